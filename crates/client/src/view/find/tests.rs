//! What the quick switcher finds.

use super::*;
use crate::view::testing::{ANA, BO, ME, ROOM, SPACE, World};
use folkmoot_model::features::documents::{DocumentKind, DocumentListed};
use folkmoot_model::features::rooms::RoomAccess;
use folkmoot_model::id::direct_room;

const PLAN: StreamId = StreamId([7; 16]);
const BIRDS: StreamId = StreamId([4; 16]);

fn world() -> World {
    let mut world = World::new();
    world.room(direct_room(SPACE, &[ANA, ME]), RoomAccess::Direct, "", ANA, &[ME]);
    world.room(BIRDS, RoomAccess::Public, "birds", ANA, &[BO]);
    let (kind, title) = (DocumentKind::RichText, "Night plan".to_owned());
    world.say(ROOM, ANA, DocumentListed { document: PLAN, kind, title, archived: false });
    world
}

fn names(found: &[FoundItem]) -> Vec<(FoundKind, &str, &str)> {
    found.iter().map(|item| (item.kind, item.name.as_str(), item.context.as_str())).collect()
}

#[test]
fn names_that_fit_are_found_best_first() {
    let world = world();
    let check = |query, expected: &[(FoundKind, &str, &str)]| assert_eq!(names(&find(&world, query, &[])), expected);
    check("nots", &[(FoundKind::Room, "notes", "")]);
    check("PLAN", &[(FoundKind::Document, "Night plan", "notes")]);
    check("ana", &[(FoundKind::Room, "Ana", ""), (FoundKind::Person, "Ana", "")]);
    check(" bird ", &[(FoundKind::OpenRoom, "birds", "")]);
    check(
        "n",
        &[
            (FoundKind::Room, "notes", ""),
            (FoundKind::Document, "Night plan", "notes"),
            (FoundKind::Room, "Ana", ""),
            (FoundKind::Person, "Ana", ""),
        ],
    );
    check("zzz", &[]);
}

#[test]
fn a_name_that_is_or_begins_with_the_query_comes_before_scattered_letters() {
    let mut world = world();
    let names = ["p-l-a-n", "Explanations", "town plans", "planning", "Plan", "plain of nuts"];
    for (at, name) in names.into_iter().enumerate() {
        world.room(StreamId([40 + at as u8; 16]), RoomAccess::Private, name, ME, &[]);
    }
    let found = find(&world, "plan", &[]);
    let found: Vec<_> = found.iter().map(|item| (item.name.as_str(), item.scattered)).collect();
    let well = ["Plan", "planning", "town plans", "Night plan", "Explanations"];
    assert_eq!(found[..5], well.map(|name| (name, false)));
    assert_eq!(found[5..].len(), 2);
    assert!(found[5..].iter().all(|(_, scattered)| *scattered), "{found:?}");
    assert_eq!(find(&world, "plan night", &[])[0].name, "Night plan");
    assert!(!find(&world, "plan night", &[])[0].scattered);
}

#[test]
fn an_empty_query_finds_what_was_used_last() {
    let world = world();
    let found = find(&world, "", &[PLAN, ROOM]);
    assert_eq!(names(&found)[..2], [(FoundKind::Document, "Night plan", "notes"), (FoundKind::Room, "notes", "")]);
    assert_eq!(found.len(), 6);
    assert_eq!(found[2].kind, FoundKind::Room);
}

#[test]
fn a_hostile_query_is_cut() {
    let world = world();
    assert_eq!(find(&world, &"n".repeat(1_000_000), &[]), []);
    assert_eq!(find(&world, "^no'tes$ !x \\", &[]), []);
}
