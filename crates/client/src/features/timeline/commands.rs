//! What a person does: the window of a room's messages that is on the screen.

use crate::command::ScrollTo;
use serde::{Deserialize, Serialize};

/// The window of a room's messages that is on the screen.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum TimelineCommand {
    /// Move the window of a watched room: older or newer messages, or to a place. See `RoomView`.
    Scroll { watch: u32, to: ScrollTo },
}
