//! What a person does: what the person is looking at and doing: nothing of it is a change of its own.

use folkmoot_model::features::threads::Subject;
use folkmoot_model::id::{Seq, StreamId};
use serde::{Deserialize, Serialize};

/// What the person is looking at and doing: nothing of it is a change of its own.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum PresenceCommand {
    /// Everything up to here is read.
    ReadTo { room: StreamId, seq: Seq },
    /// Everything in a thread up to here is read.
    ReadThreadTo { room: StreamId, subject: Subject, seq: Seq },
    /// The person writes in a room, or in one of its threads, or has stopped.
    Typing {
        room: StreamId,
        #[serde(default)]
        thread: Option<Subject>,
        on: bool,
    },
    /// Was the computer used in the last minute, or is the person away for ten and more; what is on the screen, and whether the
    /// window has the keyboard.
    Present {
        active: bool,
        away: bool,
        at: Option<StreamId>,
        /// The thread that is open beside it.
        #[serde(default)]
        thread: Option<Subject>,
        focused: bool,
    },
}
