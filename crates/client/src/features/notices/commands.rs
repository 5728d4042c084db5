//! What a person does: notifications.

use crate::command::Pause;
use serde::{Deserialize, Serialize};

/// Notifications.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum NoticeCommand {
    /// No notifications on this device for a while, or again from now on.
    PauseNotifications { pause: Pause },
}
