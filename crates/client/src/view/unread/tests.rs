//! Counting what is unread.

use super::*;
use crate::view::testing::{ANA, BO, ME, ROOM, World, posted as message_posted};
use folkmoot_model::features::messages::MessageDeleted;
use folkmoot_model::features::people::{MemberAdded, Role};
use folkmoot_model::features::reads::{MarkedUnread, NotifyChosen};

fn counts(world: &World, room: StreamId) -> (u32, u32) {
    let unread = unread(world, room);
    (unread.count, unread.mentions)
}

#[test]
fn others_messages_after_the_mark_are_unread_and_mentions_among_them() {
    let mut world = World::new();
    world.post(ANA, "one", &[ME]);
    world.read(ROOM, 2);
    assert_eq!(counts(&world, ROOM), (0, 0));
    world.post(ANA, "two", &[]);
    world.post(BO, "@Mia", &[ME]);
    world.post(ME, "mine", &[ME]);
    let deleted = world.post(BO, "@Mia again", &[ME]);
    world.say(ROOM, BO, MessageDeleted { message: deleted });
    assert_eq!(counts(&world, ROOM), (2, 1));
    world.queue(ROOM, message_posted("pending", &[ME]));
    assert_eq!(counts(&world, ROOM), (2, 1));
    world.say(ME.into(), ME, MarkedUnread { room: ROOM, seq: 2 });
    assert_eq!(counts(&world, ROOM), (3, 2));
}

#[test]
fn a_mark_that_is_still_pending_counts() {
    let mut world = World::new();
    world.post(ANA, "one", &[]);
    assert_eq!(counts(&world, ROOM), (1, 0));
    world.queue(ME.into(), folkmoot_model::features::reads::ReadTo { room: ROOM, seq: 2 });
    assert_eq!(counts(&world, ROOM), (0, 0));
}

#[test]
fn in_a_direct_room_everything_is_a_mention() {
    let mut world = World::new();
    let direct = StreamId([5; 16]);
    world.room(direct, RoomAccess::Direct, "", ANA, &[ME]);
    world.post_in(direct, ANA, "hello", &[]);
    assert_eq!(counts(&world, direct), (1, 1));
    assert_eq!(notify_level(&world, direct, RoomAccess::Direct), NotifyLevel::All);
    assert_eq!(notify_level(&world, ROOM, RoomAccess::Public), NotifyLevel::Mentions);
    world.say(ME.into(), ME, NotifyChosen { room: direct, level: NotifyLevel::Nothing });
    assert_eq!(notify_level(&world, direct, RoomAccess::Direct), NotifyLevel::Nothing);
}

#[test]
fn what_was_said_before_a_person_came_is_not_unread_to_them() {
    let mut world = World::new();
    let room = StreamId([6; 16]);
    world.room(room, RoomAccess::Public, "old", ANA, &[BO]);
    world.post_in(room, ANA, "long ago", &[]);
    assert_eq!(counts(&world, room), (0, 0), "who is not in it has nothing unread");
    let joining = MemberAdded { person: ME, role: Role::Member, profile: None };
    let id = world.queue(room, joining.clone());
    assert_eq!(counts(&world, room), (0, 0));
    world.enter(folkmoot_sync::outbox::Entry::Settled { id });
    world.accept(room, ME, id, joining);
    assert_eq!(counts(&world, room), (0, 0));
    world.post_in(room, ANA, "welcome", &[]);
    assert_eq!(counts(&world, room), (1, 0));
}

#[test]
fn counts_are_bounded_and_so_is_what_they_read() {
    let mut world = World::new();
    for _ in 0..1_500 {
        world.post(ANA, "x", &[ME]);
    }
    assert_eq!(counts(&world, ROOM), (1_000, 1_000));
    let mut world = World::new();
    for _ in 0..4_000 {
        world.post(ME, "x", &[]);
    }
    world.reads.set(0);
    assert_eq!(counts(&world, ROOM), (0, 0));
    assert!(world.reads.get() < 2 * SCANNED_MAX + 100);
}
