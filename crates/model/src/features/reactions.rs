//! Reactions: {emoji: [people]} beside a message, with the intent to add or remove, so that two devices agree.

use crate::features::messages::standing_message;
use crate::id::{EventId, PersonId};
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal, Unit};
use crate::row::{Held, Row, Value};
use crate::rule::Authorization;
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
    /// Who put which emoji, each without selectors of its form (see [`emoji`]); none is empty.
    #[n(0)]
    pub people: BTreeMap<String, BTreeSet<PersonId>>,
}

impl MessageReacted {
    pub(crate) fn permit(&self, author: &Authorization, target: Held, reactions: Held) -> Result<(), Refusal> {
        if self.emoji.len() > EMOJI_BYTES_MAX {
            return Err(Refusal::too_large(EMOJI_BYTES_MAX));
        }
        if emoji(&self.emoji).is_none() {
            return Err(Code::BadRequest.into());
        }
        author.writes()?;
        standing_message(target)?;
        let held = reactions.row().and_then(reactions_of).unwrap_or_default().people;
        if self.on && !held.contains_key(&key_of(&self.emoji)) && held.len() >= EMOJI_MAX {
            return Err(Refusal::too_many(EMOJI_MAX, Unit::Emoji));
        }
        Ok(())
    }

    pub(crate) fn step(&self, row: Option<Row>, author: PersonId) -> Value {
        let mut people: BTreeMap<String, BTreeSet<PersonId>> = BTreeMap::new();
        // Before 0.2 each form of an emoji had a key of its own.
        for (emoji, all) in row.and_then(reactions_of).unwrap_or_default().people {
            people.entry(key_of(&emoji)).or_default().extend(all);
        }
        let emoji = if planted(Mutant::EmojiByForm) { self.emoji.clone() } else { key_of(&self.emoji) };
        let held = people.get(&emoji).is_some_and(|people| people.contains(&author));
        let on = if planted(Mutant::ReactionsToggle) { !held } else { self.on };
        let all = people.entry(emoji.clone()).or_default();
        if on {
            all.insert(author);
        } else {
            all.remove(&author);
        }
        people.retain(|_, all| !all.is_empty());
        Value::Reactions(ReactionsRow { people })
    }
}

/// The emoji as it is drawn, if it is one, in whichever form: with or without the selectors that ask for a picture or a text.
pub fn emoji(emoji: &str) -> Option<&'static str> {
    emojis::get(emoji).or_else(|| emojis::get(&key_of(emoji))).map(emojis::Emoji::as_str)
}

/// The key of an emoji: it without the selectors that ask for a picture or a text, so that it is one in all its forms. A
/// rule of its own, and no table: tables grow with each version of Unicode, and rows must not.
fn key_of(emoji: &str) -> String {
    emoji.chars().filter(|char| !matches!(char, '\u{FE0E}' | '\u{FE0F}')).collect()
}

/// The reactions in a row at [`crate::row::Key::Reactions`].
pub fn reactions_of(row: Row) -> Option<ReactionsRow> {
    match row.value {
        Value::Reactions(reactions) => Some(reactions),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::Row;

    #[test]
    fn an_emoji_is_one_in_all_its_forms() {
        for form in ["❤", "❤️", "❤\u{FE0E}", "👍", "👍\u{FE0F}", "👩‍❤️‍👨", "👩‍❤‍👨", "1️⃣", "🇨🇭", "👋🏽"]
        {
            assert_eq!(emoji(form).map(key_of), Some(key_of(form)), "{form}");
        }
        for none in ["", "lol", "a", "1", "👍👍", "❤ ", "\u{FE0F}", "@", "#"] {
            assert_eq!(emoji(none), None, "{none:?}");
        }
    }

    #[test]
    fn whoever_takes_a_reaction_back_takes_it_in_either_form() {
        let (one, other) = (PersonId([1; 16]), PersonId([2; 16]));
        let react = |row: Option<Row>, who, emoji: &str, on| {
            let event = MessageReacted { message: EventId([3; 16]), emoji: emoji.into(), on };
            Some(Row { seq: 1, value: event.step(row, who) })
        };
        let row = react(react(None, one, "❤️", true), other, "❤", true);
        let held = reactions_of(row.clone().unwrap()).unwrap().people;
        assert_eq!(held, BTreeMap::from([("❤".to_owned(), BTreeSet::from([one, other]))]));
        let row = react(react(row, one, "❤", false), other, "❤️", false);
        assert_eq!(reactions_of(row.unwrap()).unwrap().people, BTreeMap::new());
        // As it was before there was one key.
        let people =
            BTreeMap::from([("❤️".to_owned(), BTreeSet::from([one])), ("❤".to_owned(), BTreeSet::from([other]))]);
        let row = Some(Row { seq: 1, value: Value::Reactions(ReactionsRow { people }) });
        let held = reactions_of(react(row, one, "❤️", true).unwrap()).unwrap().people;
        assert_eq!(held["❤"].len(), 2);
    }
}
