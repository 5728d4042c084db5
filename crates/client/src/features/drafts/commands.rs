//! What a person does: what the person has begun to write.

use folkmoot_model::features::threads::Subject;
use folkmoot_model::id::{EventId, StreamId};
use serde::{Deserialize, Serialize};

/// What the person has begun to write.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum DraftCommand {
    /// Keep what is being written in a room or thread, on this device, in place of what was kept before; nothing forgets it.
    Draft {
        room: StreamId,
        text: String,
        reply_to: Option<EventId>,
        /// What the thread hangs on in which it is written.
        #[serde(default)]
        thread: Option<Subject>,
    },
    /// Keep what a message's text is being changed to, in the same way.
    DraftEdit { room: StreamId, message: EventId, text: String },
}
