//! What people do with threads.

use super::World;
use crate::device::Device;
use folkmoot_model::event::Event;
use folkmoot_model::features::messages::MessageDeleted;
use folkmoot_model::features::threads::{DeletedReply, InThread, Subject, ThreadFollowed, ThreadReadTo};
use folkmoot_model::id::{EventId, Seq, StreamId};
use folkmoot_model::key::{Key, List};
use folkmoot_model::row::Value;
use folkmoot_sync::replica::io as replica;
use folkmoot_wire::frame::Range;

impl World {
    /// The thread in which the next message is posted, if it is in one: every other reply is shown in the room, too.
    pub(super) fn posts_in(&self, device: usize, room: StreamId) -> Option<InThread> {
        let said = self.said.len();
        let subject = self.thread(device, room).filter(|_| said % 5 > 2);
        subject.map(|subject| InThread { subject, also_in_room: said.is_multiple_of(2) })
    }

    /// A thread is read up to here, or followed, or not any more; if it is not a room's turn.
    pub(super) fn reads_thread(&self, device: usize, room: StreamId, seq: Seq) -> Option<Event> {
        let subject = self.thread(device, room)?;
        match self.said.len() % 4 {
            0 => Some(ThreadReadTo { room, subject, to: seq }.into()),
            1 => {
                let on = !self.said.len().is_multiple_of(3);
                Some(ThreadFollowed { room, subject, place: 1, read_to: seq, on }.into())
            }
            _ => None,
        }
    }

    /// What a thread of the room may hang on that the device holds, or now and then a reply itself.
    pub(super) fn thread(&self, device: usize, room: StreamId) -> Option<Subject> {
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return None };
        let said = self.said.len();
        let messages = disk.store.rows.0.iter().filter(|((stream, _), _)| *stream == room);
        let roots = messages.filter_map(|((_, key), row)| match (key, &row.value) {
            (Key::Message(id), Value::Message(row)) if row.thread.is_none() || said.is_multiple_of(40) => Some(*id),
            _ => None,
        });
        let pending = replica.overlay(room).filter_map(|(key, _)| match key {
            Key::Message(id) if said.is_multiple_of(7) => Some(*id),
            _ => None,
        });
        // Few threads with many replies each.
        let roots: Vec<EventId> = roots.take(2).chain(pending).collect();
        (!roots.is_empty()).then(|| Subject::Message(roots[said / 5 % roots.len()]))
    }

    pub(super) fn delete(&mut self, device: usize) {
        let Some((room, message)) = self.message(device) else { return };
        let id = self.mint(device);
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return };
        let row = replica.row(disk, room, &Key::Message(message)).row().map(|row| row.value);
        let Some(Value::Message(row)) = row else { return };
        let reply = row.thread.map(|thread| DeletedReply { subject: thread.subject, author: row.author });
        // Now and then a device does not say that it is a reply.
        let reply = reply.filter(|_| !self.said.len().is_multiple_of(9));
        self.queue(device, vec![(room, id, MessageDeleted { message, reply }.into())]);
    }

    /// Somebody looks at old messages of a room, or at a thread.
    pub(super) fn look_back(&mut self, device: usize) {
        let room = self.some_room();
        let first = self.dice.up_to(40);
        let want = match self.thread(device, room).filter(|_| first.is_multiple_of(3)) {
            Some(subject) => (List::Thread(subject.id()), Range { first, last: 9_999 }),
            None => (List::Messages, Range { first, last: first + 40 }),
        };
        self.device(device, replica::Input::Want { stream: room, list: want.0, range: want.1 });
    }
}
