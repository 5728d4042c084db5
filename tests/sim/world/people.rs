//! What people do at their devices, drawn from the seed.

use super::World;
use crate::sim::device::Device;
use folkmoot_model::documents::{DocumentKind, DocumentListed, DocumentOpened};
use folkmoot_model::event::Event;
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_model::members::{MemberAdded, MemberRemoved, ProfileChanged, Role};
use folkmoot_model::messages::{MessageDeleted, MessageEdited, MessagePosted};
use folkmoot_model::reactions::MessageReacted;
use folkmoot_model::reads::{MarkedUnread, ReadTo};
use folkmoot_model::rooms::{RoomAccess, RoomListed, RoomOpened};
use folkmoot_model::row::{Key, Value};
use folkmoot_sync::decide::SERVER;
use folkmoot_sync::replica::io as replica;
use folkmoot_wire::frame::Range;

impl World {
    pub(super) fn act(&mut self, device: usize) {
        if self.devices[device].replica.is_none() {
            return;
        }
        match self.random.up_to(15) {
            0..=5 => self.post(device),
            6..=7 => self.edit(device),
            8 => self.on_message(device, |message, dice| {
                MessageReacted { message, emoji: ["👍", "🌲"][(dice % 2) as usize].into(), on: dice % 3 > 0 }.into()
            }),
            9 if self.chance(3) => self.on_message(device, |message, _| MessageDeleted { message }.into()),
            10..=12 => self.write(device),
            13 => self.rearrange(device),
            14 => self.read(device),
            _ => {
                let room = self.some_room();
                let first = self.random.up_to(40);
                self.device(device, replica::Input::Want { room, range: Range { first, last: first + 40 } });
            }
        }
    }

    pub(super) fn queue(&mut self, device: usize, events: Vec<(StreamId, EventId, Event)>) -> bool {
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return false };
        let permitted =
            |(stream, id, event): &(StreamId, EventId, Event)| replica.permits(disk, *stream, *id, event).is_ok();
        // Now and then a device does not ask before: the server must refuse by itself.
        let asks = self.random.up_to(9) > 0;
        if asks && !events.iter().all(permitted) {
            return false;
        }
        self.say(|| format!("device {device} queues {events:?}"));
        self.device(device, replica::Input::Queue { events });
        true
    }

    pub(super) fn mint(&mut self, device: usize) -> EventId {
        let now_ms = self.now_ms;
        self.devices[device].replica.as_mut().expect("it runs").mint(now_ms)
    }

    pub(super) fn post(&mut self, device: usize) {
        let room = self.some_room();
        let id = self.mint(device);
        let person = self.some_person();
        let mentions = if self.chance(3) { vec![person] } else { Vec::new() };
        let posted = MessagePosted { text: format!("note {}", self.said.len()), reply_to: None, mentions };
        self.queue(device, vec![(room, id, posted.into())]);
    }

    /// A message that the device shows, pending ones included.
    pub(super) fn message(&mut self, device: usize) -> Option<(StreamId, EventId)> {
        let room = self.some_room();
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return None };
        let above = replica.overlay(room).map(|(key, _)| *key);
        let held = disk.rows.0.keys().filter(|(stream, _)| *stream == room).map(|(_, key)| *key);
        let messages: Vec<EventId> = held
            .chain(above)
            .filter_map(|key| match key {
                Key::Message(message) => Some(message),
                _ => None,
            })
            .collect();
        let len = messages.len();
        (len > 0).then(|| (room, messages[self.pick(len)]))
    }

    pub(super) fn on_message(&mut self, device: usize, event: impl Fn(EventId, u64) -> Event) {
        let Some((room, message)) = self.message(device) else { return };
        let (id, dice) = (self.mint(device), self.random.up_to(11));
        self.queue(device, vec![(room, id, event(message, dice))]);
    }

    pub(super) fn edit(&mut self, device: usize) {
        let Some((room, message)) = self.message(device) else { return };
        let id = self.mint(device);
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return };
        let row = replica.row(disk, room, &Key::Message(message)).row().map(|row| row.value);
        let Some(Value::Message(row)) = row else { return };
        let text = format!("{} +{}", row.text.as_str(), self.said.len());
        if let Some(delta) = row.text.delta(message, id, &text) {
            self.queue(device, vec![(room, id, MessageEdited { message, delta }.into())]);
        }
    }

    pub(super) fn write(&mut self, device: usize) {
        if self.documents.is_empty() || self.chance(12) {
            let room = self.some_room();
            let document = StreamId::mint(self.now_ms, self.random.bytes());
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
        let document = self.some_document();
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return };
        if !matches!(replica.row(disk, document, &Key::Head).row().map(|row| row.value), Some(Value::DocumentHead(_))) {
            return self.device(device, replica::Input::Follow { document });
        }
        let at = self.random.up_to(1 << 20);
        let delete = self.chance(5);
        let text = format!("<{}>", self.random.up_to(9_999));
        let update = self.devices[device].type_into(document, at, &text, delete);
        self.say(|| format!("device {device} types {text} into {document}"));
        self.device(device, replica::Input::Edit { document, update });
    }

    pub(super) fn rearrange(&mut self, device: usize) {
        let person = self.some_person();
        let id = self.mint(device);
        match self.random.up_to(5) {
            0 if self.rooms.len() < 4 => {
                let room = StreamId::mint(self.now_ms, self.random.bytes());
                let access = if self.chance(2) { RoomAccess::Private } else { RoomAccess::Public };
                let name = format!("room {}", self.rooms.len());
                let opened = RoomOpened {
                    space: self.space,
                    access,
                    name: name.clone(),
                    topic: String::new(),
                    members: vec![person],
                };
                let listed = RoomListed { room, name, topic: String::new(), archived: false };
                let mut events = vec![(room, id, opened.into())];
                if access == RoomAccess::Public {
                    events.push((self.space, self.mint(device), listed.into()));
                }
                if self.queue(device, events) {
                    self.rooms.push(room);
                }
            }
            1..=2 => {
                let stream = if self.chance(4) { self.space } else { self.some_room() };
                self.queue(device, vec![(stream, id, MemberRemoved { person }.into())]);
            }
            3..=4 => {
                let room = self.some_room();
                let added = MemberAdded { person, role: Role::Member, profile: None };
                self.queue(device, vec![(room, id, added.into())]);
            }
            _ => {
                // Let in again by an invitation.
                let profile = Some(ProfileChanged { name: "Again".into(), colour: 1 });
                self.append(self.space, SERVER, MemberAdded { person, role: Role::Admin, profile }.into());
            }
        }
    }

    pub(super) fn read(&mut self, device: usize) {
        let room = self.some_room();
        let own = self.devices[device].person.into();
        let (id, seq) = (self.mint(device), 1 + self.random.up_to(20));
        let event = if self.chance(4) { MarkedUnread { room, seq }.into() } else { ReadTo { room, seq }.into() };
        self.queue(device, vec![(own, id, event)]);
    }
}
