//! Which messages are spoken of: those of a room, or those of one of its threads.

use crate::source::Source;
use folkmoot_model::event::PENDING_SEQ;
use folkmoot_model::features::messages::{MessagePosted, MessageRow, message};
use folkmoot_model::features::threads::{Subject, mark_of};
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::key::{Key, List};

/// The messages of a room, or of one of its threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Talk {
    /// The room.
    pub room: StreamId,
    /// What the thread hangs on; `None`: the messages of the room itself.
    pub thread: Option<Subject>,
}

impl Talk {
    /// The messages of a room.
    pub fn of_room(room: StreamId) -> Self {
        Self { room, thread: None }
    }

    /// The replies in the thread of this subject.
    pub fn of_thread(room: StreamId, subject: Subject) -> Self {
        Self { room, thread: Some(subject) }
    }

    /// The list that it is.
    pub fn list(self) -> List {
        self.thread.map_or(List::Messages, |subject| List::Thread(subject.id()))
    }

    /// Is a message of the room in it?
    pub fn has(self, message: &MessageRow) -> bool {
        message.lists().contains(&self.list())
    }

    /// Would this message be in it?
    pub fn takes(self, posted: &MessagePosted) -> bool {
        match (self.thread, posted.thread) {
            (None, thread) => thread.is_none_or(|thread| thread.also_in_room),
            (Some(subject), thread) => thread.is_some_and(|thread| thread.subject == subject),
        }
    }

    /// The first place that may be one of it, as far as is known: in a thread all come after its subject.
    pub fn first(self, source: &dyn Source) -> Seq {
        let Some(Subject::Message(root)) = self.thread else { return 1 };
        let held = source.row(self.room, &Key::Message(root)).and_then(message).map(|root| root.posted_seq);
        let mark = || source.row(source.me().into(), &Key::ThreadMark(self.room, root)).and_then(mark_of);
        let place = held.or_else(|| mark().map(|mark| mark.place)).filter(|place| *place < PENDING_SEQ);
        place.map_or(1, |place| place + 1)
    }
}
