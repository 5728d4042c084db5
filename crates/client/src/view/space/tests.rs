//! What a sidebar shows.

use super::*;
use crate::view::testing::{ANA, BO, ME, ROOM, SPACE, World, posted};
use crate::view::{SpaceItem, app};
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind, DocumentListed};
use folkmoot_model::features::people::{MemberAdded, MemberRemoved};
use folkmoot_model::features::reads::GrantRevoked;
use folkmoot_model::features::rooms::{RoomAccess, RoomArchived, RoomOpened};
use folkmoot_model::features::spaces::{RoomListed, directory};
use folkmoot_model::id::{PersonId, direct_room};
use folkmoot_model::signal::{Availability, Signal};

const PRIVATE: StreamId = StreamId([3; 16]);
const OPEN: StreamId = StreamId([4; 16]);

fn names(rooms: &[RoomItem]) -> Vec<&str> {
    rooms.iter().map(|room| room.name.as_str()).collect()
}

fn view(world: &World) -> SpaceView {
    space(world, SPACE).unwrap()
}

#[test]
fn rooms_are_sorted_and_direct_ones_named_by_their_people() {
    let mut world = World::new();
    let (ana, both) = (direct_room(SPACE, &[ANA, ME]), direct_room(SPACE, &[ANA, BO, ME]));
    world.room(PRIVATE, RoomAccess::Private, "Admin", ANA, &[ME]);
    world.room(ana, RoomAccess::Direct, "", ANA, &[ME]);
    world.room(both, RoomAccess::Direct, "", ME, &[BO, ANA]);
    assert_eq!(names(&view(&world).rooms), ["Admin", "notes", "Ana, bo", "Ana"]);
    world.post_in(ana, ANA, "later", &[]);
    let shown = view(&world);
    assert_eq!(names(&shown.rooms), ["Admin", "notes", "Ana", "Ana, bo"]);
    assert_eq!(shown.rooms[3].people, [ANA, BO]);
    assert_eq!((shown.rooms[2].unread, shown.rooms[2].mentions), (1, 1));
    assert_eq!(shown.space, SpaceItem { id: SPACE, name: "Field lab".into(), unread: 1, mentions: 1 });
    assert_eq!(app::spaces(&world), [shown.space]);
    world.queue(both, posted("pending counts as the last", &[]));
    assert_eq!(names(&view(&world).rooms), ["Admin", "notes", "Ana, bo", "Ana"]);
    assert_eq!(view(&world).rooms[2].pending, 1);
}

#[test]
fn rooms_that_could_be_joined_are_listed_apart_until_they_are_joined() {
    let mut world = World::new();
    world.room(OPEN, RoomAccess::Public, "birds", ANA, &[BO]);
    world.room(PRIVATE, RoomAccess::Public, "attic", ANA, &[BO]);
    assert_eq!(names(&view(&world).open_rooms), ["attic", "birds"]);
    let listing = RoomListed { room: PRIVATE, name: "attic".into(), topic: String::new(), archived: true };
    world.say(directory(SPACE), ANA, listing);
    assert_eq!(names(&view(&world).open_rooms), ["birds"]);

    world.queue(OPEN, MemberAdded { person: ME, role: Role::Member, profile: None });
    let shown = view(&world);
    assert_eq!((names(&shown.rooms), names(&shown.open_rooms)), (vec!["birds", "notes"], vec![]));
}

#[test]
fn a_room_opened_offline_is_there_and_one_that_was_left_is_not() {
    let mut world = World::new();
    let (access, members) = (RoomAccess::Private, vec![]);
    world.queue(PRIVATE, RoomOpened { space: SPACE, access, name: "new".into(), topic: "t".into(), members });
    world.queue(ROOM, MemberRemoved { person: ME });
    let shown = view(&world);
    assert_eq!((names(&shown.rooms), names(&shown.open_rooms)), (vec!["new"], vec!["notes"]));
    assert_eq!((shown.rooms[0].joined, shown.open_rooms[0].joined), (true, false));

    let mut world = World::new();
    world.room(PRIVATE, RoomAccess::Private, "secret", ANA, &[ME]);
    world.say(PRIVATE, ANA, MemberRemoved { person: ME });
    world.say(ME.into(), ME, GrantRevoked { stream: PRIVATE });
    world.say(ROOM, ANA, RoomArchived { archived: true });
    let shown = view(&world);
    assert_eq!(names(&shown.rooms), ["notes"]);
    assert!(shown.rooms[0].archived);
}

#[test]
fn people_are_shown_by_name_with_where_they_are() {
    let mut world = World::new();
    let gone = PersonId([0xad; 16]);
    world.member(gone, "Cleo", Role::Guest);
    world.say(SPACE, ANA, MemberRemoved { person: gone });
    for (person, session) in [(BO, 1), (ME, 2)] {
        for (stream, at) in [(SPACE, None), (ROOM, Some(ROOM))] {
            let here = Signal::Presence { availability: Availability::Away, at };
            world.roster.signalled(0, stream, person, session, Some(&here));
        }
    }
    let shown = view(&world);
    let people: Vec<_> = shown.people.iter().map(|who| (who.name.as_str(), who.availability, who.at, who.me)).collect();
    assert_eq!(
        people,
        [
            ("Ana", Availability::Offline, None, false),
            ("bo", Availability::Away, Some(ROOM), false),
            ("Mia", Availability::Away, Some(ROOM), true),
        ]
    );
    assert_eq!(shown.rooms[0].here, [BO], "without oneself");
    assert!(!shown.manages && !shown.guest);
    assert_eq!(app::me(&world).map(|me| (me.name, me.me)), Some(("Mia".into(), true)));
}

#[test]
fn documents_being_changed_come_first_and_a_guest_browses_nothing() {
    let mut world = World::new();
    let (plan, code) = (StreamId([7; 16]), StreamId([8; 16]));
    for (document, title) in [(plan, "Plan"), (code, "main.rs")] {
        let (kind, title) = (DocumentKind::Code, title.to_owned());
        world.say(ROOM, ANA, DocumentListed { document, kind, title, archived: false });
    }
    let titles =
        |world: &World| -> Vec<String> { view(world).documents.into_iter().map(|document| document.title).collect() };
    assert_eq!(titles(&world), ["main.rs", "Plan"]);
    world.queue(plan, DocumentEdited { update: vec![0, 0] });
    assert_eq!(titles(&world), ["Plan", "main.rs"]);

    let mut world = World::default();
    world.say(SPACE, ANA, folkmoot_model::features::spaces::SpaceOpened { name: "Field lab".into() });
    world.member(ANA, "Ana", Role::Owner);
    world.member(ME, "Mia", Role::Guest);
    world.room(OPEN, RoomAccess::Public, "birds", ANA, &[]);
    let shown = view(&world);
    assert!(shown.guest && shown.open_rooms.is_empty());
    assert_eq!(space(&World::default(), SPACE), None);
}
