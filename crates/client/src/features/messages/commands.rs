//! What a person does: messages.

use crate::command::{Done, Ordered, Ordering, Refused};
use crate::view::mention::{mentions_after, mentions_in_room};
use folkmoot_model::features::messages::{MessageDeleted, MessageEdited, MessagePosted, message};
use folkmoot_model::features::threads::{DeletedReply, InThread};
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::writing::normal;
use serde::{Deserialize, Serialize};

/// Messages.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum MessageCommand {
    /// Post a message. Mentions are read from the text: `@` and the name of a member. Answers [`Done::Minted`].
    Post {
        room: StreamId,
        text: String,
        reply_to: Option<EventId>,
        /// The thread in which it is posted.
        #[serde(default)]
        thread: Option<InThread>,
    },
    /// Change a message's text. Answers [`Done::Minted`], or [`Done::Ok`] if nothing changed.
    Edit { room: StreamId, message: EventId, text: String },
    /// Delete a message.
    Delete { room: StreamId, message: EventId },
}

impl MessageCommand {
    /// With what was typed in the form in which it is kept.
    pub fn typed(self) -> Self {
        match self {
            Self::Post { room, text, reply_to, thread } => {
                Self::Post { room, text: normal(&text).into(), reply_to, thread }
            }
            Self::Edit { room, message, text } => Self::Edit { room, message, text: normal(&text).into() },
            Self::Delete { .. } => self,
        }
    }

    /// The events that say it.
    pub(crate) fn order(self, on: &Ordering<'_>) -> Result<Ordered, Refused> {
        let minted = Done::Minted { id: on.first };
        match self {
            Self::Post { room, text, reply_to, thread } => {
                let mentions = mentions_in_room(on.source, room, &text);
                let posted = MessagePosted { text, reply_to, mentions, thread };
                Ok(Ordered { done: minted, ..Ordered::one(room, posted) })
            }
            Self::Edit { room, message: id, text } => {
                let row = on.source.row(room, &Key::Message(id)).and_then(message).ok_or(Refused::NotHeld)?;
                let Some(delta) = row.text.delta(id, on.first, &text) else { return Ok(Ordered::ok(Vec::new())) };
                let mentions = Some(mentions_after(on.source, room, &row, &text));
                Ok(Ordered { done: minted, ..Ordered::one(room, MessageEdited { message: id, delta, mentions }) })
            }
            Self::Delete { room, message: id } => {
                let row = on.source.row(room, &Key::Message(id)).and_then(message).ok_or(Refused::NotHeld)?;
                let reply = row.thread.map(|thread| DeletedReply { subject: thread.subject, author: row.author });
                Ok(Ordered::one(room, MessageDeleted { message: id, reply }))
            }
        }
    }
}
