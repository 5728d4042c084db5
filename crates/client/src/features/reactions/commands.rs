//! What a person does: reactions.

use crate::command::Ordered;
use folkmoot_model::features::reactions::{MessageReacted, emoji};
use folkmoot_model::id::{EventId, StreamId};
use serde::{Deserialize, Serialize};

/// Reactions.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum ReactionCommand {
    /// Put an emoji on a message or take it off.
    React { room: StreamId, message: EventId, emoji: String, on: bool },
}

impl ReactionCommand {
    /// With the emoji as it is drawn; what is no emoji is left as it is, and refused by the rule.
    pub fn typed(self) -> Self {
        match self {
            Self::React { room, message, emoji: form, on } => {
                let form = emoji(&form).map_or(form, str::to_owned);
                Self::React { room, message, emoji: form, on }
            }
        }
    }

    /// The events that say it.
    pub(crate) fn order(self) -> Ordered {
        match self {
            Self::React { room, message, emoji, on } => Ordered::one(room, MessageReacted { message, emoji, on }),
        }
    }
}
