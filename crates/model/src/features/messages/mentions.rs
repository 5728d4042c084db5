//! Whom a message names: people by their ids, each with the name as it was written, so that no later name changes whom a
//! text means.
//!
//! Whoever writes says whom the text names. Where two edit at once, whom the other one named still counts as long as the
//! joined text names them.

use crate::id::{PersonId, Seq};
use crate::refusal::{Code, Refusal, Unit};
use crate::writing::named;
use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most people that one message may name. With the message, its place and its reactions they are at most 64 rows.
pub const MENTIONS_MAX: usize = 50;

/// Characters that are compared when names are looked for in one text: whatever is written there and whatever the names are,
/// it takes no longer than some milliseconds. What lies beyond names nobody.
pub const COMPARED_MAX: u32 = 400_000;

/// A person whom a text names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Mention {
    /// Who.
    pub person: PersonId,
    /// Under which name, as it is written after the `@`; empty if clients before 0.2 wrote it, which did not say.
    pub name: String,
}

/// Whom the text of a message names after an edit, as its author sees it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct MentionsEdited {
    /// How many edits there were of the text that was edited: more since were made at once.
    #[n(0)]
    pub after: u32,
    /// All whom the text names, sorted by person, each once; at most [`MENTIONS_MAX`].
    #[n(1)]
    pub all: Vec<Mention>,
}

/// A person whom a message names, in its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Who.
    pub person: PersonId,
    /// As in [`Mention`].
    pub name: String,
    /// The place of the event that named them; 0 in rows of before 0.2, which did not say: where it was posted.
    pub seq: Seq,
}

impl Mention {
    pub(crate) fn at(&self, seq: Seq) -> Named {
        Named { person: self.person, name: self.name.clone(), seq }
    }
}

// Before 0.2 a mention was a person's id and nothing else: that is still read, and written where there is nothing else.

impl<C> Encode<C> for Mention {
    fn encode<W: encode::Write>(&self, to: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        match self.name.as_str() {
            "" => self.person.encode(to, ctx),
            name => to.array(2)?.encode_with(self.person, ctx)?.str(name)?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Mention {
    fn decode(from: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        if from.datatype()? != Type::Array {
            return Ok(Self { person: from.decode_with(ctx)?, name: String::new() });
        }
        fields(from, 2)?;
        Ok(Self { person: from.decode_with(ctx)?, name: from.str()?.to_owned() })
    }
}

impl<C> Encode<C> for Named {
    fn encode<W: encode::Write>(&self, to: &mut Encoder<W>, ctx: &mut C) -> Result<(), encode::Error<W::Error>> {
        to.array(3)?.encode_with(self.person, ctx)?.str(&self.name)?.u64(self.seq)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Named {
    fn decode(from: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, decode::Error> {
        if from.datatype()? != Type::Array {
            return Ok(Self { person: from.decode_with(ctx)?, name: String::new(), seq: 0 });
        }
        fields(from, 3)?;
        Ok(Self { person: from.decode_with(ctx)?, name: from.str()?.to_owned(), seq: from.u64()? })
    }
}

fn fields(from: &mut Decoder<'_>, number: u64) -> Result<(), decode::Error> {
    match from.array()? {
        Some(found) if found == number => Ok(()),
        _ => Err(decode::Error::message("another number of fields")),
    }
}

impl MentionsEdited {
    /// Who is named after this edit at `seq`: whoever was before keeps the place at which they were. `before` are those of the
    /// message, which had `edits` edits, and `text` is the one that the edit led to.
    pub(crate) fn step(&self, before: &[Named], edits: u32, text: &str, seq: Seq) -> Vec<Named> {
        let at = |person| before.iter().find(|named| named.person == person).map_or(seq, |named| named.seq);
        let mut named: Vec<Named> = self.all.iter().map(|mention| mention.at(at(mention.person))).collect();
        if edits != self.after {
            let is_listed = |person| self.all.iter().any(|mention| mention.person == person);
            let mut left = COMPARED_MAX;
            let mut stands =
                |one: &&Named| !is_listed(one.person) && (one.name.is_empty() || names(text, &one.name, &mut left));
            named.extend(before.iter().filter(|one| stands(one)).cloned());
            named.sort_by_key(|named| named.person);
            named.truncate(MENTIONS_MAX);
        }
        named
    }
}

/// Well formed: sorted by person, each once, at most [`MENTIONS_MAX`], under names such as people have.
pub(crate) fn permit(all: &[Mention]) -> Result<(), Refusal> {
    if all.len() > MENTIONS_MAX {
        return Err(Refusal::too_many(MENTIONS_MAX, Unit::Mentions));
    }
    let sorted = all.is_sorted_by(|one, next| one.person < next.person);
    let named = all.iter().all(|mention| mention.name.is_empty() || named(&mention.name).is_ok());
    if sorted && named { Ok(()) } else { Err(Code::BadRequest.into()) }
}

/// Does the text name this name: `@` at the beginning of a word, the name whatever its case, and a word's end? `left`: how many
/// characters may still be compared.
pub fn names(text: &str, name: &str, left: &mut u32) -> bool {
    let folded = folded(name);
    let mut before = None;
    for (at, char) in text.char_indices() {
        if char == '@' && begins_word(before) && begins(&text[at + 1..], &folded, left).is_some() {
            return true;
        }
        before = Some(char);
    }
    false
}

/// A name as it is looked for.
pub fn folded(name: &str) -> Vec<char> {
    name.trim().chars().flat_map(char::to_lowercase).collect()
}

/// The bytes of `text` that read as the folded `name`, if it begins with it and the name ends there. No name is read where
/// there is none, nor once no more characters may be compared: that is `left`.
pub fn begins(text: &str, name: &[char], left: &mut u32) -> Option<usize> {
    if name.is_empty() {
        return None;
    }
    let mut name = name.iter();
    for (at, char) in text.char_indices() {
        if name.len() == 0 {
            return ends_word(&text[at..]).then_some(at);
        }
        *left = left.checked_sub(1)?;
        if !char.to_lowercase().all(|folded| name.next() == Some(&folded)) {
            return None;
        }
    }
    (name.len() == 0).then_some(text.len())
}

/// May a name begin after this character?
pub fn begins_word(before: Option<char>) -> bool {
    before.is_none_or(|char| !is_word(char))
}

/// Does a word end before `rest`? Not where a hyphen, a dot or the like joins it to the next (`@Bo-Erik`, `@Bo.txt`), but for
/// an `s` after an apostrophe (`@Bo's`).
fn ends_word(rest: &str) -> bool {
    let mut chars = rest.chars();
    let Some(first) = chars.next() else { return true };
    let next = chars.next();
    match first {
        char if is_word(char) => false,
        '\'' | '’' => true,
        '-' | '.' | '‐' | '‑' | '·' | '\\' => next.is_none_or(|next| !is_word(next)),
        _ => true,
    }
}

/// Is it part of a word? Scripts that write no spaces have words that end everywhere.
fn is_word(char: char) -> bool {
    (char.is_alphanumeric() || matches!(char, '_' | '\u{300}'..='\u{36F}')) && !unspaced(char)
}

fn unspaced(char: char) -> bool {
    matches!(char as u32,
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x2E80..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF
            | 0x2_0000..=0x3_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_with_a_word_as_people_write() {
        for text in [
            "@Bo",
            "Ask @Bo.",
            "(@Bo)",
            "@Bo's turn",
            "@bo’s",
            "@Bo, look",
            "@Bo - yes",
            "@Bo… no",
            "@Bo/@Ana",
            "你好@Bo田",
        ] {
            assert!(names(text, "Bo", &mut COMPARED_MAX.clone()), "{text}");
        }
        for text in ["@Bo-Erik is ill", "@Bo.txt", "@Bob", "@Bo_", "a@Bo", "@ Bo", "Bo", "@B\u{301}o"] {
            assert!(!names(text, "Bo", &mut COMPARED_MAX.clone()), "{text}");
        }
        assert!(!names("@", "", &mut 9) && !names("@ x", " ", &mut 9));
    }

    #[test]
    fn what_was_written_before_names_were_kept_is_read() {
        use crate::event::{decode, encode};
        let old = encode(&vec![ANA, BO]);
        assert_eq!(decode::<Vec<Mention>>(&old), Some(vec![mention(ANA, ""), mention(BO, "")]));
        assert_eq!(decode::<Vec<Named>>(&old), Some(vec![named(ANA, "", 0), named(BO, "", 0)]));
        assert_eq!(encode(&vec![mention(ANA, ""), mention(BO, "")]), old);
        let new = vec![mention(ANA, "Ana")];
        assert_eq!(decode::<Vec<Mention>>(&encode(&new)), Some(new));
        let new = vec![named(ANA, "Ana", 7)];
        assert_eq!(decode::<Vec<Named>>(&encode(&new)), Some(new));
        assert_eq!(decode::<Vec<Mention>>(&encode(&vec![(ANA, 7_u64)])), None);
    }

    #[test]
    fn what_is_compared_in_one_text_is_bounded() {
        let (text, name) = ("@".repeat(39_880) + &"@".repeat(119) + "x", "@".repeat(119) + "x");
        let before: Vec<Named> = (0..50).map(|n| named(PersonId([n; 16]), &name, 4)).collect();
        let edited = MentionsEdited { after: 9, all: vec![] };
        assert_eq!(edited.step(&before, 1, &text, 9), [], "beyond the bound nobody is named");
        let mut left = COMPARED_MAX;
        assert!(!names(&text, &name, &mut left) && left == 0);
    }

    const ANA: PersonId = PersonId([1; 16]);
    const BO: PersonId = PersonId([2; 16]);

    fn mention(person: PersonId, name: &str) -> Mention {
        Mention { person, name: name.into() }
    }

    fn named(person: PersonId, name: &str, seq: Seq) -> Named {
        Named { person, name: name.into(), seq }
    }

    #[test]
    fn an_edit_says_whom_the_text_names_and_who_was_named_stays_where_they_were() {
        let before = [named(ANA, "Ana", 4)];
        let edited = MentionsEdited { after: 0, all: vec![mention(ANA, "Ana"), mention(BO, "Bo")] };
        assert_eq!(edited.step(&before, 0, "@Ana @Bo", 9), [named(ANA, "Ana", 4), named(BO, "Bo", 9)]);
        let out = MentionsEdited { after: 0, all: vec![] };
        assert_eq!(out.step(&before, 0, "`@Ana`", 9), []);
    }

    #[test]
    fn of_two_edits_at_once_whom_either_names_is_named_as_long_as_the_text_does() {
        let before = [named(ANA, "Ana", 4), named(BO, "Bo", 8)];
        let edited = MentionsEdited { after: 0, all: vec![] };
        assert_eq!(edited.step(&before, 1, "no more, but @Bo", 9), [named(BO, "Bo", 8)]);
        let many: Vec<Mention> = (0..50).map(|n| mention(PersonId([n + 10; 16]), "x")).collect();
        let edited = MentionsEdited { after: 0, all: many };
        assert_eq!(edited.step(&before, 1, "@Ana @Bo", 9).len(), MENTIONS_MAX);
    }
}
