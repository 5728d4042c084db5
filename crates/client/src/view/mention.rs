//! Who a text names: `@` and the name of a member, outside code. The same finder serves posting and showing.

use crate::source::Source;
use crate::view::markdown::{Block, Inline, ListItem, parse};
use crate::view::people::{self, People};
use crate::view::unread::head;
use folkmoot_model::id::{PersonId, StreamId};
use folkmoot_model::messages::MENTIONS_MAX;
use std::collections::{BTreeMap, BTreeSet};

/// Names to look for, by their first letter; longer ones first.
#[derive(Debug, Default)]
pub struct Names {
    by_first: BTreeMap<char, Vec<Name>>,
    me: Option<PersonId>,
}

#[derive(Debug)]
struct Name {
    folded: Vec<char>,
    person: PersonId,
}

/// A piece of a text: as it is, or a name with its `@`.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'t> {
    /// No name.
    Text(&'t str),
    /// A name as it was written, without the `@`.
    Named(PersonId, &'t str),
}

impl Names {
    /// These names; blank ones name nobody. `me` is told apart when a name is shown.
    pub fn of<'n>(people: impl IntoIterator<Item = (PersonId, &'n str)>, me: Option<PersonId>) -> Self {
        let mut by_first: BTreeMap<char, Vec<Name>> = BTreeMap::new();
        for (person, name) in people {
            let folded: Vec<char> = name.trim().chars().flat_map(char::to_lowercase).collect();
            if let Some(first) = folded.first() {
                by_first.entry(*first).or_default().push(Name { folded, person });
            }
        }
        for names in by_first.values_mut() {
            names.sort_by(|one, other| other.folded.len().cmp(&one.folded.len()).then(one.person.cmp(&other.person)));
        }
        Self { by_first, me }
    }

    /// Is it the person signed in?
    pub fn is_me(&self, person: PersonId) -> bool {
        self.me == Some(person)
    }

    /// Cuts a text at the names in it.
    pub fn pieces<'t>(&self, text: &'t str) -> Vec<Piece<'t>> {
        let (mut pieces, mut plain, mut before) = (Vec::new(), 0, None);
        for (at, char) in text.char_indices() {
            // Inside of a name that was found.
            if at < plain {
                before = Some(char);
                continue;
            }
            let found = (char == '@' && bounds(before)).then(|| self.longest(&text[at + 1..])).flatten();
            before = Some(char);
            let Some((person, bytes)) = found else { continue };
            if plain < at {
                pieces.push(Piece::Text(&text[plain..at]));
            }
            plain = at + 1 + bytes;
            pieces.push(Piece::Named(person, &text[at + 1..plain]));
        }
        if plain < text.len() {
            pieces.push(Piece::Text(&text[plain..]));
        }
        pieces
    }

    /// The longest name that `text` begins with, and its length in bytes.
    fn longest(&self, text: &str) -> Option<(PersonId, usize)> {
        let first = text.chars().next()?.to_lowercase().next()?;
        let names = self.by_first.get(&first)?;
        names.iter().find_map(|name| Some((name.person, begins(text, &name.folded)?)))
    }

    /// Everyone who bears the same name as this person.
    fn namesakes(&self, person: PersonId) -> impl Iterator<Item = PersonId> {
        let all = || self.by_first.values().flatten();
        let folded = all().find(|name| name.person == person).map(|name| &name.folded);
        all().filter(move |name| Some(&name.folded) == folded).map(|name| name.person)
    }
}

/// The bytes of `text` that read as the folded `name`, if it begins with it and the name ends there.
fn begins(text: &str, name: &[char]) -> Option<usize> {
    let mut name = name.iter();
    for (at, char) in text.char_indices() {
        if name.len() == 0 {
            return bounds(Some(char)).then_some(at);
        }
        if !char.to_lowercase().all(|folded| name.next() == Some(&folded)) {
            return None;
        }
    }
    (name.len() == 0).then_some(text.len())
}

/// May a name begin after, or end before this character? Scripts that write no spaces bound everywhere.
fn bounds(char: Option<char>) -> bool {
    char.is_none_or(|char| !(char.is_alphanumeric() || char == '_') || unspaced(char))
}

fn unspaced(char: char) -> bool {
    matches!(char as u32,
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x2E80..=0x9FFF | 0xAC00..=0xD7AF | 0xF900..=0xFAFF
            | 0x2_0000..=0x3_FFFF)
}

/// The members that a text names, sorted, each once, at most [`MENTIONS_MAX`]: `@` at the beginning of a word, and the
/// longest name that follows and ends with a word, whatever its case, outside code and links. Of members with the same
/// name all are meant.
pub fn mentions_in(text: &str, members: &[(PersonId, &str)]) -> Vec<PersonId> {
    let names = Names::of(members.iter().copied(), None);
    let mut found = BTreeSet::new();
    in_blocks(&parse(text, &names), &mut found);
    let meant: BTreeSet<PersonId> = found.into_iter().flat_map(|person| names.namesakes(person)).collect();
    meant.into_iter().take(MENTIONS_MAX).collect()
}

/// The present members of a room with their names in its space, for [`mentions_in`].
pub fn members(source: &dyn Source, room: StreamId) -> Vec<(PersonId, String)> {
    let Some(head) = head(source, room) else { return Vec::new() };
    let mut people = People::of(source, head.space);
    people::present(source, room).into_iter().map(|(person, _)| (person, people.name(person))).collect()
}

fn in_blocks(blocks: &[Block], found: &mut BTreeSet<PersonId>) {
    for block in blocks {
        match block {
            Block::Paragraph { inlines } | Block::Heading { inlines, .. } => in_inlines(inlines, found),
            Block::Quote { blocks } => in_blocks(blocks, found),
            Block::List { items, .. } => {
                items.iter().for_each(|ListItem { blocks, .. }| in_blocks(blocks, found));
            }
            Block::Table { rows } => rows.iter().flatten().for_each(|cell| in_inlines(cell, found)),
            Block::Code { .. } | Block::Rule => {}
        }
    }
}

fn in_inlines(inlines: &[Inline], found: &mut BTreeSet<PersonId>) {
    for inline in inlines {
        match inline {
            Inline::Mention { person, .. } => {
                found.insert(*person);
            }
            Inline::Strong { inlines } | Inline::Emphasis { inlines } | Inline::Strike { inlines } => {
                in_inlines(inlines, found);
            }
            Inline::Text { .. } | Inline::Code { .. } | Inline::Link { .. } | Inline::Break => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: PersonId = PersonId([1; 16]);
    const ANA_LIMA: PersonId = PersonId([2; 16]);
    const TANAKA: PersonId = PersonId([3; 16]);
    const OTHER_ANA: PersonId = PersonId([4; 16]);
    const BO: PersonId = PersonId([5; 16]);

    fn check(text: &str, expected: &[PersonId]) {
        let members = [(ANA, "Ana"), (ANA_LIMA, "Ana Lima"), (TANAKA, "田中"), (BO, "bo_b")];
        assert_eq!(mentions_in(text, &members), expected, "{text}");
    }

    #[test]
    fn a_text_names_members() {
        check("@Ana, look", &[ANA]);
        check("hello @ana lima!", &[ANA_LIMA]);
        check("@ANA and @Ana Lima and @ana", &[ANA, ANA_LIMA]);
        check("(@Ana) **@bo_b** > @Ana", &[ANA, BO]);
        check("- [ ] @bo_b does it\n- > @Ana sees", &[ANA, BO]);
        check("@Ana\nLima", &[ANA]);
        check("@田中さん、お願いします", &[TANAKA]);
        check("你好@田中", &[TANAKA]);
    }

    #[test]
    fn what_only_looks_like_a_name_names_nobody() {
        check("@Anabel", &[]);
        check("mail ana@Ana", &[]);
        check("@ Ana and @", &[]);
        check("`@Ana` and ``x @Ana``", &[]);
        check("```\n@Ana\n```", &[]);
        check("    @Ana", &[]);
        check("[@Ana](https://example.org)", &[]);
        check("@Ana_", &[]);
        check("", &[]);
    }

    #[test]
    fn namesakes_are_all_meant_and_the_number_is_bounded() {
        assert_eq!(mentions_in("@ana", &[(OTHER_ANA, "ana"), (ANA, "Ana")]), [ANA, OTHER_ANA]);
        let names: Vec<String> = (0..80).map(|n| format!("n{n}")).collect();
        let members: Vec<_> = (0..80).map(|n| (PersonId([n; 16]), names[usize::from(n)].as_str())).collect();
        let text: String = names.iter().map(|name| format!("@{name} ")).collect();
        assert_eq!(mentions_in(&text, &members).len(), MENTIONS_MAX);
        assert!(mentions_in(&text, &members).is_sorted());
        assert_eq!(mentions_in("@", &[(ANA, " ")]), []);
    }

    #[test]
    fn pieces_join_to_the_text() {
        let names = Names::of([(ANA, "Ana")], None);
        assert_eq!(names.pieces("é @ana@Ana x"), [Piece::Text("é "), Piece::Named(ANA, "ana"), Piece::Text("@Ana x")]);
    }
}
