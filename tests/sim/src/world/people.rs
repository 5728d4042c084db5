//! What people do at their devices.

use super::Typed;
use super::World;
use crate::device::Device;
use crate::plan::Mostly;
use folkmoot_model::event::Event;
use folkmoot_model::features::documents::{DocumentKind, DocumentListed, DocumentOpened};
use folkmoot_model::features::messages::mentions::{Mention, MentionsEdited};
use folkmoot_model::features::messages::{MessageEdited, MessagePosted};
use folkmoot_model::features::people::{MemberAdded, MemberRemoved, Role, RoleChanged};
use folkmoot_model::features::pins::MessagePinned;
use folkmoot_model::features::profiles::{Mode, ProfileChanged, Status, StatusChosen};
use folkmoot_model::features::reactions::MessageReacted;
use folkmoot_model::features::reads::{MarkedUnread, ReadTo};
use folkmoot_model::features::rooms::{RoomAccess, RoomArchived, RoomChanged, RoomOpened};
use folkmoot_model::id::{EventId, PersonId, StreamId, direct_room};
use folkmoot_model::key::Key;
use folkmoot_model::row::Value;
use folkmoot_model::signal::{Availability, Signal};
use folkmoot_sync::decide::SERVER;
use folkmoot_sync::outbox::{Draft, State};
use folkmoot_sync::replica::io as replica;
use folkmoot_wire::y_websocket::{Aware, aware_update};

impl World {
    pub(super) fn act(&mut self, device: usize) {
        if self.devices[device].replica.is_none() {
            return self.sign_in(device);
        }
        let often: &[u64] = match self.setup.mostly {
            Mostly::Anything | Mostly::Floods => &[],
            Mostly::Pages => &[0, 6, 6, 8, 22, 22],
            Mostly::Access => &[0, 13, 13, 16, 21],
            Mostly::Openings | Mostly::Twice => &[0, 10, 13],
            Mostly::Documents => &[10, 10, 10, 21],
            Mostly::Checkpoints => &[10, 10, 21, 21],
            Mostly::Comings => &[0, 16, 25, 25, 25],
            Mostly::Leavings => &[0, 26, 26],
        };
        let arm = match often {
            [] => self.dice.up_to(24),
            _ if self.setup.mostly != Mostly::Checkpoints && self.dice.chance(2) => self.dice.up_to(24),
            often => often[self.dice.pick(often.len())],
        };
        match arm {
            0..=5 => self.post(device),
            6..=7 => self.edit(device),
            8 if !self.devices[device].old => self.on_message(device, |message, dice| {
                MessageReacted {
                    message, emoji: ["👍", "❤️", "👍", "❤"][(dice % 4) as usize].into(), on: dice % 3 > 0
                }
                .into()
            }),
            9 if self.dice.chance(3) => self.delete(device),
            10..=12 => self.write(device),
            13 => self.rearrange(device),
            14 => self.read(device),
            15 => self.discard(device),
            17 | 20 => self.take_back(device),
            18 => self.say_again(device),
            19 => self.draft(device),
            21 => self.reopen(device),
            24 => self.pin(device),
            16 => self.signal(device),
            25 => self.come_or_go(device),
            26 => self.open_and_leave(device),
            _ => self.look_back(device),
        }
    }

    pub(super) fn some_room(&mut self) -> StreamId {
        let first = self.setup.mostly == Mostly::Pages && !self.dice.chance(3);
        if first { self.rooms[0] } else { self.rooms[self.dice.pick(self.rooms.len())] }
    }

    fn some_person(&mut self) -> PersonId {
        self.people[self.dice.pick(self.people.len())]
    }

    /// The person gives up what was refused.
    fn discard(&mut self, device: usize) {
        let Some(replica) = &self.devices[device].replica else { return };
        let refused = replica.outbox().items().filter(|item| matches!(item.state, State::Refused(_)));
        let events: Vec<EventId> = refused.map(|item| item.envelope.id).collect();
        self.devices[device].given_up.extend(&events);
        self.device(device, replica::Input::Discard { events });
    }

    /// The person says what was refused again.
    fn say_again(&mut self, device: usize) {
        let Some(replica) = &self.devices[device].replica else { return };
        let refused = replica.outbox().items().find(|item| matches!(item.state, State::Refused(_)));
        let Some((id, stream, Ok(event))) = refused.map(|item| (item.envelope.id, item.stream, item.envelope.event()))
        else {
            return;
        };
        if matches!(event, Event::MessagePosted(_)) {
            let events = vec![(stream, self.mint(device), event)];
            self.devices[device].given_up.insert(id);
            self.device(device, replica::Input::Again { refused: id, events });
        }
    }

    /// The person takes back a message that has not gone yet.
    fn take_back(&mut self, device: usize) {
        let Some(replica) = &self.devices[device].replica else { return };
        let items = replica.outbox().items().map(|item| item.envelope.id);
        let able: Vec<(EventId, Vec<EventId>)> =
            items.filter_map(|id| Some((id, replica.outbox().takes_back(id)?))).collect();
        if able.is_empty() {
            return;
        }
        let (message, goes) = able[self.dice.pick(able.len())].clone();
        self.say(|| format!("device {device} takes back {message}"));
        self.devices[device].taking.extend(goes);
        self.device(device, replica::Input::TakeBack { message });
    }

    /// A document is closed, opened again, or found damaged and fetched anew.
    fn reopen(&mut self, device: usize) {
        if self.documents.is_empty() {
            return;
        }
        let document = self.documents[self.dice.pick(self.documents.len())];
        match self.dice.pick(3) {
            0 => self.device(device, replica::Input::Unfollow { document }),
            1 => self.device(device, replica::Input::Follow { document }),
            _ => {
                // The editor begins again from what is there.
                self.devices[device].documents.remove(&document);
                self.device(device, replica::Input::FetchAnew { document });
            }
        }
    }

    fn draft(&mut self, device: usize) {
        let room = self.some_room();
        let text = if self.dice.chance(3) { String::new() } else { format!("draft {}", self.dice.up_to(99)) };
        self.device(
            device,
            replica::Input::Draft { room, draft: Draft { text, reply_to: None, edits: None, thread: None } },
        );
    }

    /// Somebody types, opens a room or document, or closes what is open, or shows a caret.
    fn signal(&mut self, device: usize) {
        let open: Vec<StreamId> = self.rooms.iter().chain(&self.documents).copied().collect();
        let stream = open[self.dice.pick(open.len())];
        let (says, left) = (Signal::Presence { availability: Availability::Online, at: Some(stream) }, Signal::left());
        match self.dice.pick(4) {
            0 => {
                let (stream, signal) = (self.some_room(), Signal::Typing { on: self.dice.chance(2), thread: None });
                self.device(device, replica::Input::Signal { stream, signal });
            }
            1 if self.documents.contains(&stream) => {
                let update = caret(device as u32, self.dice.up_to(3) as u32);
                let signal = Signal::Awareness { update };
                self.device(device, replica::Input::Signal { stream, signal });
            }
            2 => self.shows(device, None, left, None),
            _ => self.shows(device, Some(stream), left, Some(says)),
        }
    }

    /// As the engine does when another room or document is on the screen.
    fn shows(&mut self, device: usize, at: Option<StreamId>, left: Signal, says: Option<Signal>) {
        let before = std::mem::replace(&mut self.devices[device].at, at);
        if let Some(stream) = before.filter(|before| Some(*before) != at) {
            self.device(device, replica::Input::Signal { stream, signal: left });
        }
        if let (Some(stream), Some(signal)) = (at, says) {
            self.device(device, replica::Input::Signal { stream, signal });
        }
    }

    pub(super) fn queue(&mut self, device: usize, events: Vec<(StreamId, EventId, Event)>) -> bool {
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return false };
        let permitted =
            |(stream, id, event): &(StreamId, EventId, Event)| replica.permits(disk, *stream, *id, event).is_ok();
        // Now and then a device does not ask before: the server must refuse by itself.
        let asks = self.dice.up_to(9) > 0;
        if asks && !events.iter().all(permitted) {
            return false;
        }
        self.say(|| format!("device {device} queues {events:?}"));
        self.device(device, replica::Input::Queue { events });
        true
    }

    pub(super) fn mint(&mut self, device: usize) -> EventId {
        let now_ms = self.device_ms(device);
        self.devices[device].replica.as_mut().expect("it runs").mint(now_ms)
    }

    fn post(&mut self, device: usize) {
        let room = self.some_room();
        let id = self.mint(device);
        let person = self.some_person();
        let mentions: Vec<Mention> = self.dice.chance(3).then(|| named(person)).into_iter().collect();
        let text = format!("note {}", self.said.len());
        let text = mentions.iter().fold(text, |text, mention| format!("{text} @{}", mention.name));
        let thread = self.posts_in(device, room);
        let posted = MessagePosted { text, reply_to: None, mentions, thread };
        self.queue(device, vec![(room, id, posted.into())]);
    }

    /// A message that the device shows, pending ones included.
    pub(super) fn message(&mut self, device: usize) -> Option<(StreamId, EventId)> {
        let room = self.some_room();
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return None };
        let above = replica.overlay(room).map(|(key, _)| *key);
        let held = disk.store.rows.0.keys().filter(|(stream, _)| *stream == room).map(|(_, key)| *key);
        let messages: Vec<EventId> = held
            .chain(above)
            .filter_map(|key| match key {
                Key::Message(message) => Some(message),
                _ => None,
            })
            .collect();
        let len = messages.len();
        (len > 0).then(|| (room, messages[self.dice.pick(len)]))
    }

    fn on_message(&mut self, device: usize, event: impl Fn(EventId, u64) -> Event) {
        let Some((room, message)) = self.message(device) else { return };
        let (id, dice) = (self.mint(device), self.dice.up_to(11));
        self.queue(device, vec![(room, id, event(message, dice))]);
    }

    fn pin(&mut self, device: usize) {
        let Some((room, message)) = self.message(device) else { return };
        let id = self.mint(device);
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return };
        let row = replica.row(disk, room, &Key::Message(message)).row().map(|row| row.value);
        let Some(Value::Message(row)) = row else { return };
        let on = !self.said.len().is_multiple_of(4);
        self.queue(device, vec![(room, id, MessagePinned { message, place: row.posted_seq, on }.into())]);
    }

    fn edit(&mut self, device: usize) {
        let Some((room, message)) = self.message(device) else { return };
        let id = self.mint(device);
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return };
        let row = replica.row(disk, room, &Key::Message(message)).row().map(|row| row.value);
        let Some(Value::Message(row)) = row else { return };
        let words = format!("+{}.{device}", self.said.len());
        let text = match self.dice.chance(2) {
            true => format!("{} {words}", row.text.as_str()),
            false => format!("{words} {}", row.text.as_str()),
        };
        if let Some(delta) = row.text.delta(message, id, &text) {
            // Some name nobody any more, some the author of the edit, most whom they named before.
            let before = row.mentions.iter().map(|named| Mention { person: named.person, name: named.name.clone() });
            let all = match self.said.len() % 5 {
                0 => Vec::new(),
                1 => vec![named(self.devices[device].person)],
                _ => before.collect(),
            };
            let mentions = Some(MentionsEdited { after: row.edits(), all });
            self.queue(device, vec![(room, id, MessageEdited { message, delta, mentions }.into())]);
            self.typed.push(Typed { event: id, room, message, words });
        }
    }

    fn write(&mut self, device: usize) {
        let opens = match self.setup.mostly {
            Mostly::Openings | Mostly::Twice => 2,
            Mostly::Checkpoints => 0,
            _ => 12,
        };
        if self.documents.is_empty() || self.dice.chance(opens) {
            let room = self.some_room();
            let document = StreamId::mint(self.now_ms, self.dice.bytes());
            let kind = DocumentKind::Code;
            let listed = DocumentListed { document, kind, title: "Notes".into(), archived: false };
            let (one, two) = (self.mint(device), self.mint(device));
            let opened = DocumentOpened { room, kind };
            if self.queue(device, vec![(room, one, listed.into()), (document, two, opened.into())]) {
                self.documents.push(document);
                self.creators.insert(document, device);
                self.device(device, replica::Input::Follow { document });
            }
            return;
        }
        let document = self.documents[self.dice.pick(self.documents.len())];
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return };
        if !matches!(replica.row(disk, document, &Key::Head).row().map(|row| row.value), Some(Value::DocumentHead(_))) {
            return self.device(device, replica::Input::Follow { document });
        }
        let at = self.dice.up_to(1 << 20);
        let delete = self.dice.chance(5);
        let text = format!("<{}>", self.dice.up_to(9_999));
        let update = self.devices[device].type_into(document, at, &text, delete);
        self.say(|| format!("device {device} types {text} into {document}"));
        self.device(device, replica::Input::Edit { document, update });
    }

    fn rearrange(&mut self, device: usize) {
        let person = self.some_person();
        let id = self.mint(device);
        let (kinds, rooms_max) =
            if matches!(self.setup.mostly, Mostly::Openings | Mostly::Twice) { (1, 16) } else { (11, 4) };
        match self.dice.up_to(kinds) {
            0 if self.rooms.len() < rooms_max => {
                let room = StreamId::mint(self.now_ms, self.dice.bytes());
                let access = if self.dice.chance(2) { RoomAccess::Private } else { RoomAccess::Public };
                let name = format!("room {}", self.rooms.len());
                let (space, topic, members) = (self.space, String::new(), vec![person]);
                let opened = RoomOpened { space, access, name, topic, members };
                if self.queue(device, vec![(room, id, opened.into())]) {
                    self.rooms.push(room);
                }
            }
            1..=2 => {
                let stream = if self.dice.chance(4) { self.space } else { self.some_room() };
                self.queue(device, vec![(stream, id, MemberRemoved { person }.into())]);
            }
            3..=4 => {
                let room = self.some_room();
                let added = MemberAdded { person, role: Role::Member, profile: None };
                self.queue(device, vec![(room, id, added.into())]);
            }
            5 => {
                let role = [Role::Owner, Role::Admin, Role::Member, Role::Guest][self.dice.pick(4)];
                self.queue(device, vec![(self.space, id, RoleChanged { person, role }.into())]);
            }
            6 => {
                let archived = self.dice.chance(3);
                let room = self.some_room();
                self.queue(device, vec![(room, id, RoomArchived { archived }.into())]);
            }
            7 => {
                let room = self.some_room();
                let name = Some(format!("name {}", self.said.len()));
                let everyone_edits = self.said.len().is_multiple_of(3).then(|| self.said.len().is_multiple_of(2));
                self.queue(device, vec![(room, id, RoomChanged { name, topic: None, everyone_edits }.into())]);
            }
            8 => self.open_direct(device, person),
            9 => {
                let status = Status { mode: Mode::Busy, text: "at lunch".into(), until_ms: None };
                let status = self.dice.chance(2).then_some(status);
                self.queue(device, vec![(self.space, id, StatusChosen { status }.into())]);
            }
            _ => {
                // Let in again by an invitation.
                let profile = Some(ProfileChanged { name: "Again".into(), colour: 1 });
                self.append(self.space, SERVER, MemberAdded { person, role: Role::Admin, profile }.into());
            }
        }
    }

    fn open_direct(&mut self, device: usize, person: PersonId) {
        let me = self.devices[device].person;
        let people = [me, person];
        let room = direct_room(self.space, &people);
        let opened = RoomOpened {
            space: self.space,
            access: RoomAccess::Direct,
            name: String::new(),
            topic: String::new(),
            members: vec![person],
        };
        let id = self.mint(device);
        if person != me && self.queue(device, vec![(room, id, opened.into())]) && !self.rooms.contains(&room) {
            self.rooms.push(room);
        }
    }

    fn read(&mut self, device: usize) {
        let room = self.some_room();
        let own = self.devices[device].person.into();
        let (id, seq) = (self.mint(device), 1 + self.dice.up_to(20));
        let event = match self.reads_thread(device, room, seq) {
            Some(event) => event,
            None if self.dice.chance(4) => MarkedUnread { room, seq }.into(),
            None => ReadTo { room, seq }.into(),
        };
        self.queue(device, vec![(own, id, event)]);
    }
}

/// An awareness update: this Yjs client shows a caret, or with the clock 0 none any more.
pub(super) fn caret(client: u32, clock: u32) -> Vec<u8> {
    let state = if clock == 0 { "null" } else { "{}" };
    aware_update(&[Aware { client, clock, state: state.into() }])
}

/// Somebody as a text names them.
fn named(person: PersonId) -> Mention {
    Mention { person, name: format!("P{}", person.0[0]) }
}
