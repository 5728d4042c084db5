//! Who looks like whom: of a space's people those whose names cannot be told apart by eye, and what tells them apart.
//!
//! Names are people's own to choose, and may repeat. So whoever has one that looks like another's is shown with the beginning of
//! their id, which nobody chooses; both are, since nobody can say who had it first. See `docs/decisions/0017`.

use crate::source::Source;
use crate::view::people::everyone;
use folkmoot_model::id::{PersonId, StreamId};
use folkmoot_model::looks::looks;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How those who look alike are shown, by person.
pub type Marked = BTreeMap<PersonId, String>;

/// The lengths of beginnings of ids: of the first of which all that look alike differ, that many characters are shown.
const LENGTHS: [usize; 3] = [8, 13, 36];

/// How those of a space who look alike are shown: remembered, or found.
pub fn marked(source: &dyn Source, space: StreamId) -> Arc<Marked> {
    source.marked(space).unwrap_or_else(|| find(source, space))
}

/// Finds them, among all who are or were in the space: what somebody said stays when they leave.
pub fn find(source: &dyn Source, space: StreamId) -> Arc<Marked> {
    let names = everyone(source, space).into_iter().map(|(person, row)| (person, row.name));
    Arc::new(of_names(names.filter(|(_, name)| !name.is_empty()).collect()))
}

fn of_names(names: BTreeMap<PersonId, String>) -> Marked {
    let mut by_look: BTreeMap<String, BTreeSet<PersonId>> = BTreeMap::new();
    for (person, name) in &names {
        for look in looks(name) {
            by_look.entry(look).or_default().insert(*person);
        }
    }
    let mut marked = Marked::new();
    for people in by_look.values().filter(|people| people.len() > 1) {
        for person in people {
            marked.entry(*person).or_insert_with(|| with_id(&names[person], *person, people));
        }
    }
    // A name may be chosen so that it looks like another with its mark.
    let shown: BTreeSet<String> = marked.values().flat_map(|shown| looks(shown)).collect();
    for (one, name) in names.iter().filter(|(_, name)| looks(name).iter().any(|look| shown.contains(look))) {
        marked.entry(*one).or_insert_with(|| with_id(name, *one, &BTreeSet::new()));
    }
    marked
}

fn with_id(name: &str, person: PersonId, alike: &BTreeSet<PersonId>) -> String {
    let id = person.to_string();
    let tells_apart = |length: &usize| {
        let begins = |other: &PersonId| *other != person && other.to_string()[..*length] == id[..*length];
        !alike.iter().any(begins)
    };
    let length = LENGTHS.into_iter().find(tells_apart).unwrap_or(id.len());
    format!("{name} · {}", &id[..length])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::mention::mentions_in_room;
    use crate::view::people::People;
    use crate::view::testing::{ANA, BO, ME, ROOM, SPACE, World};
    use folkmoot_model::features::people::{MemberRemoved, Role};
    use folkmoot_model::features::profiles::ProfileChanged;

    fn names(world: &World) -> [String; 3] {
        let mut people = People::of(world, SPACE);
        [ANA, BO, ME].map(|person| people.name(person))
    }

    fn renames(world: &mut World, who: PersonId, name: &str) {
        world.say(SPACE, who, ProfileChanged { name: name.into(), colour: 3 });
    }

    #[test]
    fn those_who_look_alike_are_shown_with_the_beginnings_of_their_ids() {
        let mut world = World::new();
        assert_eq!(names(&world), ["Ana", "bo", "Mia"]);
        renames(&mut world, BO, "mia");
        assert_eq!(names(&world), ["Ana".to_owned(), "mia · acacacac".to_owned(), "Mia · aaaaaaaa".to_owned()]);
        for look in ["Ana", "ana", "Аna", "ANA"] {
            renames(&mut world, BO, look);
            assert_eq!(names(&world), ["Ana · abababab".to_owned(), format!("{look} · acacacac"), "Mia".to_owned()]);
        }
        world.say(SPACE, ANA, MemberRemoved { person: BO });
        assert_eq!(names(&world)[0], "Ana · abababab", "what they said is still there");
    }

    #[test]
    fn a_name_that_is_chosen_to_look_like_a_marked_one_is_marked_too() {
        let mut world = World::new();
        renames(&mut world, ME, "Ana");
        renames(&mut world, BO, "Ana · abababab");
        assert_eq!(names(&world), ["Ana · abababab", "Ana · abababab · acacacac", "Ana · aaaaaaaa"]);
    }

    #[test]
    fn as_much_of_an_id_is_shown_as_tells_them_apart() {
        let id = |last: u8, middle: u8| PersonId([1, 1, 1, 1, middle, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, last]);
        let of = |people: &[PersonId]| of_names(people.iter().map(|person| (*person, "Ana".to_owned())).collect());
        assert_eq!(of(&[id(1, 1), id(1, 2)])[&id(1, 1)], "Ana · 01010101-0101");
        assert!(of(&[id(1, 1), id(2, 1)])[&id(2, 1)].ends_with("0102"));
    }

    #[test]
    fn whoever_is_called_by_name_and_id_alone_is_meant() {
        let mut world = World::new();
        renames(&mut world, BO, "Ana");
        let named = |text| mentions_in_room(&world, ROOM, text).into_iter().map(|one| one.person).collect::<Vec<_>>();
        assert_eq!(named("@Ana · acacacac look"), [BO]);
        assert_eq!(named("@Ana look"), [ANA, BO], "both are called so");
    }

    #[test]
    fn in_a_large_space_each_name_is_looked_at_once() {
        let mut world = World::new();
        for n in 0..200_u8 {
            world.member(
                PersonId([n, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]),
                &format!("Person {n}"),
                Role::Member,
            );
        }
        world.reads.set(0);
        names(&world);
        assert!(world.reads.get() < 300, "{} rows", world.reads.get());
    }
}
