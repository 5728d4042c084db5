//! Who a text names: `@` and the name of a member, outside code. The same finder serves posting and showing.

mod names;

pub use names::{Names, Piece};

use crate::source::Source;
use crate::view::markdown::{Block, Inline, ListItem, parse};
use crate::view::people::{self, People};
use crate::view::unread::head;
use folkmoot_model::id::{PersonId, StreamId};
use folkmoot_model::messages::MENTIONS_MAX;
use std::collections::BTreeSet;

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
