//! Pins: the messages that a room keeps at hand, in one row of the room, so that their bound is a rule of that row.

use crate::event::PENDING_SEQ;
use crate::fact::{About, At, Context, Fact, Scope, Words};
use crate::features::messages::standing_message;
use crate::id::{EventId, PersonId, Seq};
use crate::key::Key;
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal, Unit};
use crate::row::{Row, Value};
use crate::rule::Authorization;
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most messages that are pinned in one room: more is no list that anybody looks through.
pub const PINS_MAX: usize = 100;

/// The author pinned a message in its room, or took the pin off.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct MessagePinned {
    /// Which message.
    #[n(0)]
    pub message: EventId,
    /// The message's place, so that a device that does not hold it can fetch it.
    #[n(1)]
    pub place: Seq,
    /// Pinned, or taken off?
    #[n(2)]
    pub on: bool,
}

/// The pins of a room.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct PinsRow {
    /// In the order in which they were pinned, each message once.
    #[n(0)]
    pub pins: Vec<Pin>,
}

/// A message that is pinned.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Pin {
    /// Which.
    #[n(0)]
    pub message: EventId,
    /// Its place.
    #[n(1)]
    pub place: Seq,
    /// Who pinned it.
    #[n(2)]
    pub by: PersonId,
    /// When, Unix milliseconds.
    #[n(3)]
    pub at_ms: u64,
}

impl Fact for MessagePinned {
    const SCOPE: Scope = Scope::Room;

    fn about(&self, _: EventId) -> About {
        About::Message(self.message)
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Pins]
    }

    fn permit(&self, author: &Authorization, context: &Context<'_>) -> Result<(), Refusal> {
        author.writes()?;
        if !planted(Mutant::GuestsPin) {
            author.not_guest()?;
        }
        if !self.on {
            return Ok(());
        }
        let message = standing_message(context.row(&Key::Message(self.message)))?;
        // What is in a thread alone is not found by its place in the room.
        let elsewhere = message.is_some_and(|message| message.posted_seq != self.place || !message.is_in_room());
        // What is pending has no place that another device could look at.
        if elsewhere || self.place == 0 || self.place >= PENDING_SEQ {
            return Err(Code::BadRequest.into());
        }
        let pins = context.row(&Key::Pins).row().and_then(pins_of).unwrap_or_default().pins;
        let is_new = pins.iter().all(|pin| pin.message != self.message);
        if is_new && pins.len() >= PINS_MAX { Err(Refusal::too_many(PINS_MAX, Unit::Pins)) } else { Ok(()) }
    }

    fn step(&self, _: &Key, before: Option<Value>, at: &At) -> Option<Value> {
        let PinsRow { mut pins } = before.and_then(pins_in).unwrap_or_default();
        if !self.on {
            pins.retain(|pin| pin.message != self.message);
        } else if pins.iter().all(|pin| pin.message != self.message) {
            pins.push(Pin { message: self.message, place: self.place, by: at.author, at_ms: at.at_ms });
        }
        Some(Value::Pins(PinsRow { pins }))
    }
}

/// The pins after this message was deleted; `None` if it was not among them.
pub(crate) fn without(before: Option<Value>, message: EventId) -> Option<Value> {
    let PinsRow { mut pins } = before.and_then(pins_in)?;
    let many = pins.len();
    pins.retain(|pin| pin.message != message || planted(Mutant::PinsOutliveMessages));
    (pins.len() < many).then_some(Value::Pins(PinsRow { pins }))
}

/// The pins in a row at [`Key::Pins`].
pub fn pins_of(row: Row) -> Option<PinsRow> {
    pins_in(row.value)
}

fn pins_in(value: Value) -> Option<PinsRow> {
    match value {
        Value::Pins(pins) => Some(pins),
        _ => None,
    }
}
