//! Reactions: {emoji: [people]} beside a message, with the intent to add or remove, so that two devices agree.

use crate::id::{EventId, PersonId};
use crate::messages::standing_message;
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal, Unit};
use crate::row::{Held, Row, Value};
use crate::rule::Standing;
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// The longest emoji, in bytes: a family of four with skin tones has 41.
pub const EMOJI_BYTES_MAX: usize = 64;

/// The most different emoji on one message.
pub const EMOJI_MAX: usize = 40;

/// The author put an emoji on a message, or took it off.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MessageReacted {
    /// Which message.
    #[n(0)]
    pub message: EventId,
    /// The emoji, at most [`EMOJI_BYTES_MAX`].
    #[n(1)]
    pub emoji: String,
    /// Put on, or taken off?
    #[n(2)]
    pub on: bool,
}

/// The reactions to a message.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct ReactionsRow {
    /// Who put which emoji; none is empty.
    #[n(0)]
    pub people: BTreeMap<String, BTreeSet<PersonId>>,
}

impl MessageReacted {
    pub(crate) fn permit(&self, standing: &Standing, target: Held, reactions: Held) -> Result<(), Refusal> {
        if self.emoji.len() > EMOJI_BYTES_MAX {
            return Err(Refusal::too_large(EMOJI_BYTES_MAX));
        }
        if self.emoji.is_empty() || self.emoji.chars().any(|char| char.is_control() || char.is_whitespace()) {
            return Err(Code::BadRequest.into());
        }
        standing.writes()?;
        standing_message(target)?;
        let held = reactions.row().and_then(reactions_of).unwrap_or_default().people;
        if self.on && !held.contains_key(&self.emoji) && held.len() >= EMOJI_MAX {
            return Err(Refusal::too_many(EMOJI_MAX, Unit::Emoji));
        }
        Ok(())
    }

    pub(crate) fn step(&self, row: Option<Row>, author: PersonId) -> Value {
        let mut reactions = row.and_then(reactions_of).unwrap_or_default();
        let held = reactions.people.get(&self.emoji).is_some_and(|people| people.contains(&author));
        let on = if planted(Mutant::ReactionsToggle) { !held } else { self.on };
        if on {
            reactions.people.entry(self.emoji.clone()).or_default().insert(author);
        } else if let Some(people) = reactions.people.get_mut(&self.emoji) {
            people.remove(&author);
            if people.is_empty() {
                reactions.people.remove(&self.emoji);
            }
        }
        Value::Reactions(reactions)
    }
}

/// The reactions in a row at [`crate::row::Key::Reactions`].
pub fn reactions_of(row: Row) -> Option<ReactionsRow> {
    match row.value {
        Value::Reactions(reactions) => Some(reactions),
        _ => None,
    }
}
