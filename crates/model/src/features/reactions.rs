//! Reactions: {emoji: [people]} beside a message, with the intent to add or remove, so that two devices agree.

use crate::fact::{About, At, Context, Fact, Scope, Words};
use crate::features::messages::standing_message;
use crate::id::{EventId, PersonId};
use crate::key::Key;
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal, Unit};
use crate::row::{Row, Value};
use crate::rule::Authorization;
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The longest emoji, in bytes: a family of four with skin tones has 41.
pub const EMOJI_BYTES_MAX: usize = 64;

/// The most different emoji on one message.
pub const EMOJI_MAX: usize = 40;

/// The most of them that one person has put there: nobody takes the room of all others.
pub const EMOJI_OF_ONE_MAX: usize = EMOJI_MAX / 2;

/// The author put an emoji on a message, or took it off.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
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

impl Fact for MessageReacted {
    const SCOPE: Scope = Scope::Room;

    fn about(&self, _: EventId) -> About {
        About::Message(self.message)
    }

    fn words(&self) -> Words<'_> {
        self.emoji.as_str().into()
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Reactions(self.message)]
    }

    fn permit(&self, author: &Authorization, context: &Context<'_>) -> Result<(), Refusal> {
        if self.emoji.len() > EMOJI_BYTES_MAX {
            return Err(Refusal::too_large(EMOJI_BYTES_MAX));
        }
        if emoji(&self.emoji).is_none() {
            return Err(Code::BadRequest.into());
        }
        author.writes()?;
        standing_message(context.row(&Key::Message(self.message)))?;
        let held = context.row(&Key::Reactions(self.message)).row().and_then(reactions_of).unwrap_or_default().people;
        let theirs = |all: &BTreeSet<PersonId>| all.contains(&author.who);
        let here = held.get(&key_of(&self.emoji));
        if !self.on || here.is_some_and(theirs) {
            return Ok(());
        }
        if here.is_none() && held.len() >= EMOJI_MAX {
            return Err(Refusal::too_many(EMOJI_MAX, Unit::Emoji));
        }
        if held.values().filter(|all| theirs(all)).count() >= EMOJI_OF_ONE_MAX {
            return Err(Refusal::too_many(EMOJI_OF_ONE_MAX, Unit::Emoji));
        }
        Ok(())
    }

    fn step(&self, _: &Key, before: Option<Value>, at: &At) -> Option<Value> {
        let mut people: BTreeMap<String, BTreeSet<PersonId>> = BTreeMap::new();
        // Before 0.2 each form of an emoji had a key of its own.
        for (emoji, all) in before.and_then(reactions_in).unwrap_or_default().people {
            people.entry(key_of(&emoji)).or_default().extend(all);
        }
        let emoji = if planted(Mutant::EmojiByForm) { self.emoji.clone() } else { key_of(&self.emoji) };
        let held = people.get(&emoji).is_some_and(|people| people.contains(&at.author));
        let on = if planted(Mutant::ReactionsToggle) { !held } else { self.on };
        let all = people.entry(emoji.clone()).or_default();
        if on {
            all.insert(at.author);
        } else {
            all.remove(&at.author);
        }
        people.retain(|_, all| !all.is_empty());
        Some(Value::Reactions(ReactionsRow { people }))
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

/// The reactions in a row at [`Key::Reactions`].
pub fn reactions_of(row: Row) -> Option<ReactionsRow> {
    reactions_in(row.value)
}

fn reactions_in(value: Value) -> Option<ReactionsRow> {
    match value {
        Value::Reactions(reactions) => Some(reactions),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let at = At { id: EventId([9; 16]), seq: 1, author: who, at_ms: 0 };
            let value = event.step(&Key::Reactions(event.message), row.map(|row| row.value), &at);
            value.map(|value| Row { seq: 1, value })
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
