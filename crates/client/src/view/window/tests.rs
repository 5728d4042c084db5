//! Opening, scrolling and sliding, in rooms that are held whole, in part and not at all.

use super::*;
use crate::view::testing::{ANA, BO, ME, ROOM, TALK, World};

/// A room with messages "1" to "n" of Ana, at places 2 to n+1; read up to the message `read`.
fn world(count: usize, read: u64) -> (World, Vec<EventId>) {
    let mut world = World::new();
    let ids = (1..=count).map(|n| world.post(ANA, &n.to_string(), &[])).collect();
    world.read(ROOM, read + 1);
    (world, ids)
}

fn texts(slice: &Slice) -> Vec<u64> {
    slice.messages.iter().map(|(.., row)| row.text.as_str().parse().unwrap()).collect()
}

/// The first and last text that are shown, and whether there are older and newer ones.
fn shown(slice: &Slice) -> (u64, u64, bool, bool) {
    let texts = texts(slice);
    assert!(texts.is_sorted_by(|one, next| one + 1 == *next), "no gap: {texts:?}");
    (texts[0], texts[texts.len() - 1], slice.older, slice.newer)
}

#[test]
fn a_read_room_opens_at_the_end_and_follows_it() {
    let (mut world, _) = world(5_000, 5_000);
    let mut window = RoomWindow::open(&world, TALK, None);
    assert_eq!(shown(&window.settle(&world)), (4_951, 5_000, true, false));
    assert_eq!((window.first_unread, window.unread_at_opening), (None, 0));
    for n in 5_001..=5_400 {
        world.post(ANA, &n.to_string(), &[]);
    }
    assert_eq!(shown(&window.settle(&world)), (5_101, 5_400, true, false));
}

#[test]
fn a_room_opens_at_its_first_unread_message_which_stays_for_the_visit() {
    let (mut world, ids) = world(5_000, 4_000);
    let mut window = RoomWindow::open(&world, TALK, None);
    assert_eq!(shown(&window.settle(&world)), (3_952, 4_101, true, true));
    assert_eq!((window.first_unread, window.unread_at_opening), (Some(ids[4_000]), 1_000));
    world.read(ROOM, 5_001);
    window.scroll(&world, ScrollTo::Latest);
    assert_eq!(shown(&window.settle(&world)), (4_951, 5_000, true, false));
    assert_eq!((window.first_unread, window.unread_at_opening), (Some(ids[4_000]), 1_000));
    window.scroll(&world, ScrollTo::Unread);
    assert_eq!(shown(&window.settle(&world)), (3_952, 4_101, true, true));
}

#[test]
fn a_few_unread_messages_are_shown_to_the_end_which_is_followed() {
    let (mut world, ids) = world(500, 480);
    let mut window = RoomWindow::open(&world, TALK, None);
    assert_eq!(shown(&window.settle(&world)), (432, 500, true, false));
    assert_eq!(window.first_unread, Some(ids[480]));
    for n in 501..=650 {
        world.post(ANA, &n.to_string(), &[]);
    }
    assert_eq!(shown(&window.settle(&world)), (432, 650, true, false));
}

#[test]
fn a_window_slides_and_never_grows_past_its_bound() {
    let (world, ids) = world(5_000, 5_000);
    let mut window = RoomWindow::open(&world, TALK, None);
    let mut last = (4_951_u64, 5_000_u64, true, false);
    let mut steps = 0;
    while last.2 {
        assert!(window.scroll(&world, ScrollTo::Older));
        let slice = window.settle(&world);
        assert!(slice.messages.len() <= WINDOW_MAX);
        let next = shown(&slice);
        assert_eq!(next.0, last.0.saturating_sub(STEP as u64).max(1), "each step shows {STEP} more");
        (last, steps) = (next, steps + 1);
    }
    assert_eq!((last, steps), ((1, 300, false, true), 99));
    while last.3 {
        window.scroll(&world, ScrollTo::Newer);
        let next = shown(&window.settle(&world));
        assert!(next.1 == (last.1 + STEP as u64).min(5_000), "{last:?} {next:?}");
        last = next;
    }
    assert_eq!(last, (4_701, 5_000, true, false));
    assert!(window.scroll(&world, ScrollTo::Message { message: ids[99] }));
    assert_eq!(shown(&window.settle(&world)), (51, 200, true, true));
}

#[test]
fn opening_a_large_room_reads_only_the_window() {
    let (world, _) = world(20_000, 20_001);
    world.reads.set(0);
    let mut window = RoomWindow::open(&world, TALK, None);
    window.scroll(&world, ScrollTo::Older);
    window.settle(&world);
    assert!(world.reads.get() < 1_500, "{} rows were read", world.reads.get());
}

#[test]
fn a_window_opens_around_a_message_that_was_asked_for() {
    let (world, ids) = world(1_000, 10);
    let mut window = RoomWindow::open(&world, TALK, Some(ids[499]));
    assert_eq!(shown(&window.settle(&world)), (451, 600, true, true));
    assert_eq!(window.first_unread, Some(ids[10]));
    let mut window = RoomWindow::open(&world, TALK, Some(EventId([7; 16])));
    assert_eq!(shown(&window.settle(&world)).0, 1);
    assert!(!window.scroll(&world, ScrollTo::Message { message: EventId([7; 16]) }));
}

#[test]
fn a_window_stops_at_a_gap_and_wants_what_lies_behind_it() {
    let (mut world, ids) = world(2_000, 2_001);
    world.drop_places(ROOM, 1, 1_001);
    let mut window = RoomWindow::open(&world, TALK, None);
    assert_eq!(window.settle(&world).missing, None, "what is shown is held");
    for _ in 0..25 {
        window.scroll(&world, ScrollTo::Older);
    }
    let slice = window.settle(&world);
    assert_eq!(shown(&slice).0, 1_001);
    assert!(slice.older);
    assert_eq!(slice.missing, Some(Range { first: 1_002 - 500, last: 1_001 }));

    // An old place behind the gap: shown up to the gap, wants what comes next.
    let (mut world, _) = world_with_gap();
    window = RoomWindow::open(&world, TALK, Some(ids[0]));
    let slice = window.settle(&world);
    assert_eq!(shown(&slice), (1, 20, false, true));
    assert_eq!(slice.missing, Some(Range { first: 22, last: 521 }));
    assert!(!window.follows);
    world.held.get_mut(&ROOM).unwrap().followed[0].stale_since = Some(30);
    assert_eq!(window.settle(&world).stale, Some(Range { first: 2, last: 21 }));
}

/// Messages 1 to 20 and 500 to 600 are held.
fn world_with_gap() -> (World, Vec<EventId>) {
    let (mut world, ids) = world(600, 601);
    world.drop_places(ROOM, 22, 500);
    (world, ids)
}

#[test]
fn an_unread_place_in_a_gap_opens_at_the_end_and_is_fetched_when_asked_for() {
    let (mut world, ids) = world(600, 100);
    world.drop_places(ROOM, 50, 500);
    let mut window = RoomWindow::open(&world, TALK, None);
    assert_eq!(shown(&window.settle(&world)), (551, 600, true, false));
    assert_eq!((window.first_unread, window.unread_at_opening), (None, 101));
    window.scroll(&world, ScrollTo::Unread);
    let slice = window.settle(&world);
    assert_eq!((slice.messages.len(), slice.missing), (0, Some(Range { first: 1, last: 352 })));
    assert!(slice.older && !window.follows);
    let (fetched, _) = self::world(600, 100);
    assert_eq!(shown(&window.settle(&fetched)), (52, 201, true, true));
    assert_eq!(window.first_unread, Some(ids[100]));
}

#[test]
fn a_room_that_is_not_held_opens_once_it_is() {
    let mut empty = World::default();
    empty.read(ROOM, 0);
    let mut window = RoomWindow::open(&empty, TALK, None);
    assert_eq!(window.settle(&empty).messages, []);
    let (world, ids) = world(300, 200);
    assert_eq!(shown(&window.settle(&world)), (152, 300, true, false));
    assert_eq!((window.first_unread, window.unread_at_opening), (Some(ids[200]), 100));
}

#[test]
fn marking_unread_moves_the_line() {
    let (mut world, ids) = world(100, 101);
    let mut window = RoomWindow::open(&world, TALK, None);
    assert_eq!(window.first_unread, None);
    world.say(ME.into(), ME, folkmoot_model::features::reads::MarkedUnread { room: ROOM, seq: 91 });
    window.settle(&world);
    assert_eq!((window.first_unread, window.unread_at_opening), (Some(ids[89]), 11));
}

#[test]
fn own_and_deleted_messages_are_passed_over_by_the_line() {
    let (mut world, _) = world(10, 11);
    world.post(ME, "11", &[]);
    let deleted = world.post(BO, "12", &[]);
    let first = world.post(BO, "13", &[]);
    world.say(ROOM, BO, folkmoot_model::features::messages::MessageDeleted { message: deleted, reply: None });
    let window = RoomWindow::open(&world, TALK, None);
    assert_eq!((window.first_unread, window.unread_at_opening), (Some(first), 1));
}

#[test]
fn an_empty_room_wants_nothing() {
    let world = World::new();
    let mut window = RoomWindow::open(&world, TALK, None);
    for to in [ScrollTo::Older, ScrollTo::Newer, ScrollTo::Latest, ScrollTo::Unread] {
        window.scroll(&world, to);
        let slice = window.settle(&world);
        assert_eq!((slice.messages.len(), slice.older, slice.newer, slice.missing), (0, false, false, None));
    }
}
