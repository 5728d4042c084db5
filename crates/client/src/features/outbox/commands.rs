//! What a person does: what this device has said and the server has not accepted.

use folkmoot_model::id::{EventId, StreamId};
use serde::{Deserialize, Serialize};

/// What this device has said and the server has not accepted.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum OutboxCommand {
    /// Take back one's own message: as if it had never been said if the server cannot know of it, else by deleting it.
    TakeBack { room: StreamId, message: EventId },
    /// Send a refused event's content again under a new id. One that is not refused is on its way: nothing is done.
    Retry { event: EventId },
    /// Give up a refused event.
    Discard { event: EventId },
}
