//! Who has a part in which thread, and how far they have read it.

use super::Reference;
use folkmoot_model::features::messages::mentions::Mention;
use folkmoot_model::features::threads::{ThreadFollowed, ThreadJoined, ThreadReadTo};
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use std::collections::btree_map::Entry;

impl Reference {
    /// Whoever replies has a part in the thread, and so has whose message it hangs on, and whom the reply names.
    pub(super) fn replies(&mut self, room: StreamId, root: EventId, (by, seq): (PersonId, Seq), named: &[Mention]) {
        let author = self.messages.get(&(room, root)).map(|root| root.author);
        let others = author.into_iter().chain(named.iter().map(|mention| mention.person));
        self.joins(room, root, [(by, seq)].into_iter().chain(others.map(|person| (person, seq - 1))));
    }

    /// And so has whom an edit of a reply names, who has not read that.
    pub(super) fn names_in_thread(&mut self, room: StreamId, reply: EventId, named: &[Mention]) {
        let reply = self.messages.get(&(room, reply)).and_then(|reply| Some((reply.thread?.0, reply.seq - 1)));
        if let Some((root, read_to)) = reply {
            self.joins(room, root, named.iter().map(|mention| (mention.person, read_to)));
        }
    }

    /// These have a part in a thread, and have read it so far: those who are in the room and had none before.
    fn joins(&mut self, room: StreamId, root: EventId, people: impl Iterator<Item = (PersonId, Seq)>) {
        let here = self.rooms.get(&room).map(|room| room.people.clone()).unwrap_or_default();
        for (person, read_to) in people.filter(|(person, _)| here.contains(person)) {
            let mark = (person, room, root);
            if let Entry::Vacant(none) = self.marks.entry(mark) {
                none.insert((true, read_to));
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
