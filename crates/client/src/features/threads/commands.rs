//! What a person does: threads. Replies are messages, and are posted as these.

use crate::command::{Ordered, Ordering, Refused};
use crate::source::Source;
use crate::view::unread::mark;
use folkmoot_model::features::messages::message;
use folkmoot_model::features::threads::{Subject, ThreadFollowed};
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::key::Key;
use serde::{Deserialize, Serialize};

/// Threads.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum ThreadCommand {
    /// Follow a thread, or follow it no longer. What is there already counts as read.
    FollowThread { room: StreamId, subject: Subject, on: bool },
}

impl ThreadCommand {
    /// The events that say it.
    pub(crate) fn order(self, on: &Ordering<'_>) -> Result<Ordered, Refused> {
        match self {
            Self::FollowThread { room, subject, on: follows } => {
                let place = place(on.source, room, subject).ok_or(Refused::NotHeld)?;
                let read_to = on.source.held(room).map_or(place, |held| held.cursor);
                let followed = ThreadFollowed { room, subject, place, read_to, on: follows };
                Ok(Ordered::one(on.me.into(), followed))
            }
        }
    }
}

/// The place of what a thread hangs on: where it stands, or where the person's mark says.
fn place(source: &dyn Source, room: StreamId, subject: Subject) -> Option<Seq> {
    let Subject::Message(root) = subject;
    let held = source.row(room, &Key::Message(root)).and_then(message).map(|root| root.posted_seq);
    held.or_else(|| mark(source, room, subject).map(|mark| mark.place))
}
