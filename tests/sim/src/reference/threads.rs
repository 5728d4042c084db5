//! Who has a part in which thread, and how far they have read it.

use super::Reference;
use folkmoot_model::features::threads::{ThreadFollowed, ThreadJoined, ThreadReadTo};
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use std::collections::btree_map::Entry;

impl Reference {
    /// Who has a part in a thread by a reply: who wrote it, whom it answers, and whom it names, if they are in the room and had
    /// none before.
    pub(super) fn joins(
        &mut self,
        room: StreamId,
        root: EventId,
        by: PersonId,
        seq: Seq,
        named: impl Iterator<Item = PersonId>,
    ) {
        let author = self.messages.get(&(room, root)).map(|root| root.author);
        let people = self.rooms.get(&room).map(|room| room.people.clone()).unwrap_or_default();
        for person in [by].into_iter().chain(author).chain(named).filter(|person| people.contains(person)) {
            let mark = (person, room, root);
            if let Entry::Vacant(none) = self.marks.entry(mark) {
                none.insert((true, if person == by { seq } else { seq - 1 }));
                self.joining.insert(mark);
            }
        }
    }

    /// Was it to be said?
    pub(super) fn is_joining(&mut self, own: StreamId, joined: &ThreadJoined) -> bool {
        self.joining.remove(&(PersonId(own.0), joined.room, joined.subject.id()))
    }

    pub(super) fn follows(&mut self, by: PersonId, followed: &ThreadFollowed) {
        let mark = self.marks.entry((by, followed.room, followed.subject.id()));
        mark.or_insert((followed.on, followed.read_to)).0 = followed.on;
    }

    /// What was never followed has no mark that could move.
    pub(super) fn reads_thread(&mut self, by: PersonId, read: &ThreadReadTo) {
        if let Some((_, to)) = self.marks.get_mut(&(by, read.room, read.subject.id())) {
            *to = read.to.max(*to);
        }
    }
}
