//! What a person does: what is unread, and what of a room notifies.

use crate::command::{Ordered, Ordering};
use folkmoot_model::features::reads::{MarkedUnread, NotifyChosen, NotifyLevel};
use folkmoot_model::id::{Seq, StreamId};
use serde::{Deserialize, Serialize};

/// What is unread, and what of a room notifies.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum ReadCommand {
    /// Unread from this message on.
    MarkUnread { room: StreamId, seq: Seq },
    /// What of a room should notify.
    Notify { room: StreamId, level: NotifyLevel },
}

impl ReadCommand {
    /// The events that say it.
    pub(crate) fn order(self, on: &Ordering<'_>) -> Ordered {
        let own = StreamId::from(on.me);
        match self {
            Self::MarkUnread { room, seq } => Ordered::one(own, MarkedUnread { room, seq }),
            Self::Notify { room, level } => Ordered::one(own, NotifyChosen { room, level }),
        }
    }
}
