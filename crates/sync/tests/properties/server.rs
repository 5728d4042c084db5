//! The other end, as plain as can be: a log, and its rows as of each place.

use crate::device::{ANA, DEVICE, ROOM, SPACE};
use folkmoot_model::event::{Envelope, Event, Logged};
use folkmoot_model::fold;
use folkmoot_model::id::{EventId, PersonId, Seq};
use folkmoot_model::members::Role;
use folkmoot_model::messages::message;
use folkmoot_model::rooms::{RoomAccess, RoomOpened};
use folkmoot_model::row::{Key, Overlay, Row, RowMap, Rows};
use folkmoot_wire::frame::{Events, PageRows, Range, Snapshot, WireRow};

/// One room's log.
pub struct Server {
    pub log: Vec<Logged>,
    /// The rows after as many events.
    pub rows: Vec<RowMap>,
}

impl Server {
    /// With a room that Ana has opened for herself and these.
    pub fn with(members: &[PersonId]) -> Self {
        let mut server = Self { log: Vec::new(), rows: vec![RowMap::default()] };
        let opened = RoomOpened {
            space: SPACE,
            access: RoomAccess::Private,
            name: "den".into(),
            topic: String::new(),
            members: members.to_vec(),
        };
        server.append(ANA, Envelope::new(EventId([200; 16]), &opened.into(), 1));
        assert_eq!(server.role(ANA), Some(Role::Admin));
        server
    }

    pub fn head(&self) -> Seq {
        self.log.len() as Seq
    }

    /// Appends it if it is not there. Gives its place.
    pub fn append(&mut self, author: PersonId, envelope: Envelope) -> Seq {
        if let Some(logged) = self.log.iter().find(|logged| logged.envelope.id == envelope.id) {
            return logged.seq;
        }
        let seq = self.head() + 1;
        let logged = Logged { envelope, seq, author, server_ms: 1_000_000 + seq, access: Vec::new(), device: DEVICE };
        let below = self.now().clone();
        let mut rows = Overlay::over(&below);
        fold::apply(&mut rows, ROOM, &logged.sealed().expect("it was made here"));
        let mut after = below.clone();
        after.0.extend(rows.into_changed().0);
        self.rows.push(after);
        self.log.push(logged);
        seq
    }

    pub fn says(&mut self, author: PersonId, event: impl Into<Event>) -> EventId {
        let id = EventId::derive("said", &[&self.head().to_be_bytes()]);
        self.append(author, Envelope::new(id, &event.into(), 5));
        id
    }

    pub fn now(&self) -> &RowMap {
        self.rows.last().expect("there is an empty one at least")
    }

    /// The log in `(after, to]`.
    pub fn events(&self, after: Seq, to: Seq) -> Option<Events> {
        let events = self.log.get(after as usize..(to as usize).min(self.log.len()))?.to_vec();
        (!events.is_empty()).then_some(Events { stream: ROOM, events })
    }

    /// Rows of messages at these places that changed after `since`, as of `as_of`.
    pub fn page(&self, range: Range, since: Seq, as_of: Seq) -> PageRows {
        let rows = messages(&self.rows[as_of as usize], range, since);
        PageRows { stream: ROOM, range, rows, as_of, last: true }
    }

    /// The room's structure, and its messages from `first` on.
    pub fn snapshot(&self, first: Seq) -> Snapshot {
        let seq = self.head();
        let held = Range { first, last: seq };
        let structure = self.now().0.iter().filter(|((_, key), _)| !key.is_message_part());
        let structure = structure.map(|((_, key), row)| wire(key, row));
        let rows = structure.chain(messages(self.now(), held, 0)).collect();
        Snapshot { stream: ROOM, seq, rows, held, first: true, last: true, checkpoint: None }
    }

    fn role(&self, who: PersonId) -> Option<Role> {
        let row = self.now().get(ROOM, &Key::Member(who)).row();
        row.and_then(folkmoot_model::members::member).map(|member| member.role)
    }
}

/// The keys of the messages at these places: all that is shown of them.
pub fn keys(rows: &RowMap, range: Range) -> Vec<Key> {
    let posted = |row: &Row| message(row.clone()).map(|message| message.posted_seq);
    let here = |seq: Seq| (range.first..=range.last).contains(&seq);
    let messages = rows.0.iter().filter_map(|((_, key), row)| match key {
        Key::Message(id) if posted(row).is_some_and(here) => Some((*id, posted(row)?)),
        _ => None,
    });
    messages.flat_map(|(id, seq)| [Key::Timeline(seq), Key::Message(id), Key::Reactions(id)]).collect()
}

fn messages(rows: &RowMap, range: Range, since: Seq) -> Vec<WireRow> {
    let changed = |key: &Key| rows.get(ROOM, key).row().filter(|row| row.seq > since).map(|row| wire(key, &row));
    keys(rows, range).iter().filter_map(changed).collect()
}

fn wire(key: &Key, row: &Row) -> WireRow {
    WireRow { key: key.bytes(), value: row.bytes() }
}
