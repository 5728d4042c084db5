//! Who comes and goes, again and again: one person in one room, and people in rooms that they have just opened.

use super::World;
use folkmoot_model::features::people::{MemberAdded, MemberRemoved, Role};
use folkmoot_model::features::profiles::ProfileChanged;
use folkmoot_model::features::rooms::{RoomAccess, RoomOpened};
use folkmoot_model::id::StreamId;
use folkmoot_sync::decide::SERVER;

/// Rooms that there are at most.
const ROOMS_MAX: usize = 16;

impl World {
    /// The last person is put out of the first room or of the space, or let in again.
    pub(super) fn come_or_go(&mut self, device: usize) {
        let Some(person) = self.people.last().copied() else { return };
        let (room, space) = (self.rooms[0], self.space);
        let dice = self.dice.up_to(7);
        // Out, in, or out and at once in again.
        if dice <= 4 {
            let id = self.mint(device);
            self.queue(device, vec![(room, id, MemberRemoved { person }.into())]);
        }
        if (1..=5).contains(&dice) && self.devices[device].replica.is_some() {
            let id = self.mint(device);
            let added = MemberAdded { person, role: Role::Member, profile: None };
            self.queue(device, vec![(room, id, added.into())]);
        }
        if dice == 6 {
            let id = self.mint(device);
            self.queue(device, vec![(space, id, MemberRemoved { person }.into())]);
        }
        if dice == 7 {
            let profile = Some(ProfileChanged { name: "Again".into(), colour: 1 });
            self.append(space, SERVER, MemberAdded { person, role: Role::Admin, profile }.into());
        }
    }

    /// A person opens a private room for somebody, and leaves it.
    pub(super) fn open_and_leave(&mut self, device: usize) {
        if self.rooms.len() >= ROOMS_MAX {
            return;
        }
        let room = StreamId::mint(self.now_ms, self.dice.bytes());
        let members = vec![self.people[self.dice.pick(self.people.len())]];
        let name = format!("room {}", self.rooms.len());
        let opened = RoomOpened { space: self.space, access: RoomAccess::Private, name, topic: String::new(), members };
        let (one, two) = (self.mint(device), self.mint(device));
        if self.queue(device, vec![(room, one, opened.into())]) {
            self.rooms.push(room);
            let person = self.devices[device].person;
            self.queue(device, vec![(room, two, MemberRemoved { person }.into())]);
        }
    }
}
