//! A small world for tests of views: real events folded into rows, an outbox with its overlay, and what is held.

use crate::source::Source;
use crate::view::talk::Talk;
use folkmoot_model::event::{Envelope, Event, Sealed};
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::features::messages::mentions::Mention;
use folkmoot_model::features::people::{MemberAdded, Role};
use folkmoot_model::features::profiles::ProfileChanged;
use folkmoot_model::features::reads::{Granted, ReadTo};
use folkmoot_model::features::rooms::{RoomAccess, RoomOpened};
use folkmoot_model::features::spaces::{DirectoryOpened, RoomListed, SpaceOpened, directory};
use folkmoot_model::fold::apply;
use folkmoot_model::id::{DeviceId, EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::refusal::Code;
use folkmoot_model::row::{Overlay, Row, RowMap};
use folkmoot_model::rule::{By, Proposal, permit};
use folkmoot_sync::outbox::{Entry, Outbox};
use folkmoot_sync::presence::Roster;
use folkmoot_sync::replica::io::{HeldRange, StreamHeld};
use std::cell::Cell;
use std::collections::BTreeMap;

pub const ME: PersonId = PersonId([0xaa; 16]);
pub const ANA: PersonId = PersonId([0xab; 16]);
pub const BO: PersonId = PersonId([0xac; 16]);
pub const SPACE: StreamId = StreamId([1; 16]);
pub const ROOM: StreamId = StreamId([2; 16]);
/// What is said in it.
pub const TALK: Talk = Talk { room: ROOM, thread: None };

/// What one device of `ME` holds.
#[derive(Default)]
pub struct World {
    rows: RowMap,
    pub held: BTreeMap<StreamId, StreamHeld>,
    journal: Vec<Entry>,
    outbox: Outbox,
    overlay: RowMap,
    pub roster: Roster,
    minted: u64,
    /// Rows that were read since the last look.
    pub reads: Cell<usize>,
}

impl World {
    /// A space "Field lab" with me (a member), Ana (its owner) and Bo, and the public room "notes" with all three.
    pub fn new() -> Self {
        let mut world = Self::default();
        world.say(SPACE, ANA, SpaceOpened { name: "Field lab".into() });
        world.say(directory(SPACE), ANA, DirectoryOpened { space: SPACE });
        for (person, name, role) in [(ANA, "Ana", Role::Owner), (BO, "bo", Role::Member), (ME, "Mia", Role::Member)] {
            world.member(person, name, role);
        }
        world.room(ROOM, RoomAccess::Public, "notes", ANA, &[BO, ME]);
        world
    }

    pub fn member(&mut self, person: PersonId, name: &str, role: Role) {
        let profile = Some(ProfileChanged { name: name.into(), colour: 3 });
        self.say(SPACE, ANA, MemberAdded { person, role, profile });
        if person == ME {
            self.say(ME.into(), ME, Granted { stream: SPACE, space: None });
        }
    }

    pub fn room(&mut self, room: StreamId, access: RoomAccess, name: &str, by: PersonId, members: &[PersonId]) {
        let (name, topic) = (name.to_owned(), String::new());
        if access == RoomAccess::Public {
            self.say(
                directory(SPACE),
                by,
                RoomListed { room, name: name.clone(), topic: topic.clone(), archived: false },
            );
        }
        if by == ME || members.contains(&ME) {
            self.say(ME.into(), ME, Granted { stream: room, space: Some(SPACE) });
        }
        let members = members.to_vec();
        self.say(room, by, RoomOpened { space: SPACE, access, name, topic, members });
    }

    /// An id that was never minted before.
    pub fn mint(&mut self) -> EventId {
        self.minted += 1;
        let mut random = [0; 10];
        random[2..].copy_from_slice(&self.minted.to_be_bytes());
        EventId::mint(1_000 + self.minted, random)
    }

    /// An accepted event; answers its id.
    pub fn say(&mut self, stream: StreamId, author: PersonId, event: impl Into<Event>) -> EventId {
        let id = self.mint();
        self.accept(stream, author, id, event);
        id
    }

    /// An event is accepted under this id; answers its place.
    pub fn accept(&mut self, stream: StreamId, author: PersonId, id: EventId, event: impl Into<Event>) -> Seq {
        let held = self.held.entry(stream).or_default();
        held.cursor += 1;
        let seq = held.cursor;
        match held.followed.last_mut() {
            Some(range) if range.last == seq - 1 => range.last = seq,
            _ => held.followed.push(HeldRange { first: seq, last: seq, stale_since: None }),
        }
        let sealed = Sealed { id, seq, author, at_ms: 10_000 + self.minted, event: event.into() };
        let mut above = Overlay::over(&self.rows);
        apply(&mut above, stream, &sealed);
        let changed = above.into_changed();
        self.rows.0.extend(changed.0);
        self.relay();
        seq
    }

    /// A message of this author in the room, naming these people.
    pub fn post(&mut self, author: PersonId, text: &str, mentions: &[PersonId]) -> EventId {
        self.post_in(ROOM, author, text, mentions)
    }

    pub fn post_in(&mut self, room: StreamId, author: PersonId, text: &str, mentions: &[PersonId]) -> EventId {
        self.say(room, author, posted(text, mentions))
    }

    pub fn read(&mut self, room: StreamId, seq: Seq) {
        self.say(ME.into(), ME, ReadTo { room, seq });
    }

    /// Something I said, not yet sent; answers its id.
    pub fn queue(&mut self, stream: StreamId, event: impl Into<Event>) -> EventId {
        let id = self.mint();
        self.queue_as(stream, id, event);
        id
    }

    pub fn queue_as(&mut self, stream: StreamId, id: EventId, event: impl Into<Event>) {
        let envelope = Envelope::new(id, &event.into(), 90_000 + self.minted);
        self.enter(Entry::Queued { stream, envelope, merges: 0 });
    }

    pub fn refuse(&mut self, id: EventId, code: Code) {
        self.enter(Entry::Refused { id, refusal: code.into() });
    }

    pub fn enter(&mut self, entry: Entry) {
        self.journal.push(entry);
        self.outbox = Outbox::replay(self.journal.clone());
        self.relay();
    }

    /// Everything saved goes out.
    pub fn send(&mut self) {
        while self.outbox.next_run(0).is_some() {}
    }

    /// Forgets the messages at these places, as if they had never been fetched.
    pub fn drop_places(&mut self, room: StreamId, first: Seq, last: Seq) {
        let gone: Vec<Key> = (first..=last).map(Key::Timeline).collect();
        for key in gone {
            self.rows.0.remove(&(room, key));
        }
        let held = self.held.get_mut(&room).unwrap();
        let cut = held.followed.drain(..).flat_map(|range| {
            let before = HeldRange { last: range.last.min(first - 1), ..range };
            let after = HeldRange { first: range.first.max(last + 1), ..range };
            [before, after].into_iter().filter(|range| range.first <= range.last)
        });
        held.followed = cut.collect();
    }

    fn relay(&mut self) {
        let streams: std::collections::BTreeSet<_> = self.outbox.items().map(|item| item.stream).collect();
        let mut above = Overlay::over(&self.rows);
        for stream in streams {
            for sealed in self.outbox.overlaid(stream).filter_map(|item| item.sealed(ME)) {
                apply(&mut above, stream, &sealed);
            }
        }
        self.overlay = above.into_changed();
    }
}

/// A message.
pub fn posted(text: &str, mentions: &[PersonId]) -> MessagePosted {
    let named = |person: &PersonId| Mention { person: *person, name: String::new() };
    MessagePosted { text: text.into(), reply_to: None, mentions: mentions.iter().map(named).collect(), thread: None }
}

impl Source for World {
    fn me(&self) -> PersonId {
        ME
    }

    fn device(&self) -> DeviceId {
        DeviceId([9; 16])
    }

    fn row(&self, stream: StreamId, key: &Key) -> Option<Row> {
        self.reads.set(self.reads.get() + 1);
        let key = &(stream, *key);
        self.overlay.0.get(key).or_else(|| self.rows.0.get(key)).cloned()
    }

    fn range(&self, stream: StreamId, from: Key, to: Key, rev: bool, limit: usize) -> Vec<(Key, Row)> {
        if from > to {
            return Vec::new();
        }
        let within = (stream, from)..=(stream, to);
        let ends = |rows: &RowMap| -> Vec<(Key, Row)> {
            let found = rows.0.range(within.clone()).map(|((_, key), row)| (*key, row.clone()));
            if rev { found.rev().take(limit).collect() } else { found.take(limit).collect() }
        };
        let mut all: BTreeMap<Key, Row> = ends(&self.rows).into_iter().collect();
        all.extend(ends(&self.overlay));
        let found: Vec<_> = match rev {
            true => all.into_iter().rev().take(limit).collect(),
            false => all.into_iter().take(limit).collect(),
        };
        self.reads.set(self.reads.get() + found.len());
        found
    }

    fn permits(&self, stream: StreamId, id: EventId, event: &Event) -> bool {
        let above = Overlay::resume(&self.rows, self.overlay.clone());
        permit(&above, Proposal { stream, who: ME, by: By::Session, id, event }).is_ok()
    }

    fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    fn held(&self, stream: StreamId) -> Option<StreamHeld> {
        self.held.get(&stream).cloned()
    }

    fn presence(&self) -> &Roster {
        &self.roster
    }

    fn now_ms(&self) -> u64 {
        100_000
    }
}
