//! What a person does: pins.

use crate::command::{Ordered, Ordering, Refused};
use folkmoot_model::features::messages::message;
use folkmoot_model::features::pins::{MessagePinned, pins_of};
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_model::key::Key;
use serde::{Deserialize, Serialize};

/// Pins.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum PinCommand {
    /// Pin a message in its room, or take the pin off.
    Pin { room: StreamId, message: EventId, on: bool },
}

impl PinCommand {
    /// The events that say it.
    pub(crate) fn order(self, on: &Ordering<'_>) -> Result<Ordered, Refused> {
        match self {
            Self::Pin { room, message: id, on: pinned } => {
                let place = on.source.row(room, &Key::Message(id)).and_then(message).map(|row| row.posted_seq);
                // Of a message that is not held its pin says where it is.
                let pins = || on.source.row(room, &Key::Pins).and_then(pins_of).unwrap_or_default().pins;
                let place = place.or_else(|| pins().into_iter().find(|pin| pin.message == id).map(|pin| pin.place));
                let place = place.ok_or(Refused::NotHeld)?;
                Ok(Ordered::one(room, MessagePinned { message: id, place, on: pinned }))
            }
        }
    }
}
