//! Who a text names: `@` and the name of a member, outside code. The same finder serves posting and showing.

mod names;

pub use names::{Names, Piece};

use crate::source::Source;
use crate::view::markdown::{Block, Inline, ListItem, parse};
use crate::view::message::named;
use crate::view::people::{self, People};
use crate::view::unread::head;
use folkmoot_model::features::messages::MessageRow;
use folkmoot_model::features::messages::mentions::{MENTIONS_MAX, Mention, MentionsEdited, folded};
use folkmoot_model::id::{PersonId, StreamId};
use std::collections::BTreeMap;

/// Whom a text names of these people, sorted by person, each once, at most [`MENTIONS_MAX`]: `@` at the beginning of a word,
/// and the longest name that follows and ends with a word, whatever its case, outside code and links. Of people with the
/// same name all are meant.
fn mentions_in(text: &str, people: &[(PersonId, &str)]) -> Vec<Mention> {
    let names = Names::of(people.iter().copied(), None);
    let mut found = BTreeMap::new();
    in_blocks(&parse(text, &names), &mut found);
    let all = found.into_values().flat_map(|name| {
        let namesakes: Vec<PersonId> = names.namesakes(&name).collect();
        namesakes.into_iter().map(move |one| (one, name.clone()))
    });
    let meant: BTreeMap<PersonId, String> = all.collect();
    meant.into_iter().take(MENTIONS_MAX).map(|(person, name)| Mention { person, name }).collect()
}

/// Whom an edited text may name: those whom the message named before, under the names by which it did, whatever they are
/// called now; and the room's members, but for those with such a name.
fn nameable(members: Vec<(PersonId, String)>, before: Vec<(PersonId, String)>) -> Vec<(PersonId, String)> {
    let taken: Vec<Vec<char>> = before.iter().map(|(_, name)| folded(name)).collect();
    let free = members.into_iter().filter(|(_, name)| !taken.contains(&folded(name)));
    before.iter().cloned().chain(free).collect()
}

/// Whom a text in a room names of those who are in it.
pub fn mentions_in_room(source: &dyn Source, room: StreamId, text: &str) -> Vec<Mention> {
    of_these(text, &members(source, room))
}

/// Whom a message of a room, of which this is the row, names once its text is `text`.
pub fn mentions_after(source: &dyn Source, room: StreamId, row: &MessageRow, text: &str) -> MentionsEdited {
    let mut people = head(source, room).map(|head| People::of(source, head.space));
    let mut current = |person| people.as_mut().map(|people| people.chosen_name(person)).unwrap_or_default();
    let name =
        |(person, name): (PersonId, String)| if name.is_empty() { (person, current(person)) } else { (person, name) };
    let before = named(row).into_iter().map(name).collect();
    MentionsEdited { after: row.edits(), all: of_these(text, &nameable(members(source, room), before)) }
}

fn of_these(text: &str, people: &[(PersonId, String)]) -> Vec<Mention> {
    let people: Vec<(PersonId, &str)> = people.iter().map(|(person, name)| (*person, name.as_str())).collect();
    mentions_in(text, &people)
}

/// The present members of a room with their names in its space: as they have chosen them, and as they are told from others.
fn members(source: &dyn Source, room: StreamId) -> Vec<(PersonId, String)> {
    let Some(head) = head(source, room) else { return Vec::new() };
    let mut people = People::of(source, head.space);
    let all = people::present(source, room).into_iter().flat_map(|(person, _)| {
        let (chosen, shown) = (people.chosen_name(person), people.name(person));
        let marked = (shown != chosen).then_some((person, shown));
        [(person, chosen)].into_iter().chain(marked)
    });
    all.collect()
}

fn in_blocks(blocks: &[Block], found: &mut BTreeMap<PersonId, String>) {
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

fn in_inlines(inlines: &[Inline], found: &mut BTreeMap<PersonId, String>) {
    for inline in inlines {
        match inline {
            Inline::Mention { person, name, .. } => {
                found.entry(*person).or_insert_with(|| name.clone());
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
        let found: Vec<PersonId> = mentions_in(text, &members).into_iter().map(|mention| mention.person).collect();
        assert_eq!(found, expected, "{text}");
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
        let mention = |person, name: &str| Mention { person, name: name.into() };
        let found = mentions_in("@aNa", &[(OTHER_ANA, "ana"), (ANA, "Ana")]);
        assert_eq!(found, [mention(ANA, "aNa"), mention(OTHER_ANA, "aNa")]);
        let names: Vec<String> = (0..80).map(|n| format!("n{n}")).collect();
        let members: Vec<_> = (0..80).map(|n| (PersonId([n; 16]), names[usize::from(n)].as_str())).collect();
        let text: String = names.iter().map(|name| format!("@{name} ")).collect();
        assert_eq!(mentions_in(&text, &members).len(), MENTIONS_MAX);
        assert!(mentions_in(&text, &members).is_sorted());
        assert_eq!(mentions_in("@", &[(ANA, " ")]), []);
    }

    #[test]
    fn an_edited_text_names_whom_it_named_whatever_they_are_called_now() {
        let members = vec![(ANA, "Ana".to_owned()), (OTHER_ANA, "bo".to_owned()), (BO, "Bodil".to_owned())];
        let nameable = nameable(members, vec![(BO, "Bo".to_owned())]);
        let nameable: Vec<_> = nameable.iter().map(|(person, name)| (*person, name.as_str())).collect();
        let named = mentions_in("@Bo and @Ana", &nameable);
        assert_eq!(named.iter().map(|mention| mention.person).collect::<Vec<_>>(), [ANA, BO]);
    }

    #[test]
    fn pieces_join_to_the_text() {
        let names = Names::of([(ANA, "Ana")], None);
        assert_eq!(names.pieces("é @ana@Ana x"), [Piece::Text("é "), Piece::Named(ANA, "ana"), Piece::Text("@Ana x")]);
    }
}
