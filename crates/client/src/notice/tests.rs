//! What notifies, and what does not.

use super::*;
use crate::view::testing::{ANA, BO, ME, ROOM, SPACE, World, posted as message_posted};
use folkmoot_model::id::direct_room;
use folkmoot_model::messages::MessageDeleted;
use folkmoot_model::reads::NotifyChosen;
use folkmoot_model::rooms::RoomAccess;

const AWAY: Situation = Situation { focused_room: None, window_focused: false };

/// The notices of everything in the room.
fn all(world: &World, room: StreamId, situation: Situation) -> Vec<(String, String, bool)> {
    let notices = arrived(world, room, Range { first: 1, last: 10_000 }, situation);
    notices.into_iter().map(|notice| (notice.title, notice.text, notice.addressed)).collect()
}

fn told(title: &str, text: &str, addressed: bool) -> (String, String, bool) {
    (title.into(), text.into(), addressed)
}

#[test]
fn in_a_public_room_a_mention_notifies_unless_another_level_was_chosen() {
    let mut world = World::new();
    world.post(ANA, "nothing for you", &[]);
    world.post(BO, "**look**, @Mia\nnow", &[ME]);
    let mention = told("bo in #notes", "look, @Mia now", true);
    assert_eq!(all(&world, ROOM, AWAY), std::slice::from_ref(&mention));
    world.say(ME.into(), ME, NotifyChosen { room: ROOM, level: NotifyLevel::All });
    assert_eq!(all(&world, ROOM, AWAY), [told("Ana in #notes", "nothing for you", false), mention]);
    world.say(ME.into(), ME, NotifyChosen { room: ROOM, level: NotifyLevel::Nothing });
    assert_eq!(all(&world, ROOM, AWAY), []);
}

#[test]
fn a_direct_message_notifies_by_the_name_of_its_author() {
    let mut world = World::new();
    let (two, three) = (direct_room(SPACE, &[ANA, ME]), direct_room(SPACE, &[ANA, BO, ME]));
    world.room(two, RoomAccess::Direct, "", ANA, &[ME]);
    world.room(three, RoomAccess::Direct, "", ANA, &[ME, BO]);
    world.post_in(two, ANA, "hello", &[]);
    world.post_in(three, BO, "hi", &[]);
    assert_eq!(all(&world, two, AWAY), [told("Ana", "hello", true)]);
    assert_eq!(all(&world, three, AWAY), [told("bo in Ana, bo", "hi", true)]);
}

#[test]
fn what_is_mine_read_deleted_or_looked_at_is_silent() {
    let mut world = World::new();
    world.post(ME, "mine", &[ME]);
    world.queue(ROOM, message_posted("pending", &[ME]));
    let deleted = world.post(ANA, "@Mia", &[ME]);
    world.say(ROOM, ANA, MessageDeleted { message: deleted });
    assert_eq!(all(&world, ROOM, AWAY), []);
    world.post(ANA, "@Mia", &[ME]);
    assert_eq!(all(&world, ROOM, Situation { focused_room: Some(ROOM), window_focused: true }), []);
    assert_eq!(all(&world, ROOM, Situation { focused_room: Some(ROOM), window_focused: false }).len(), 1);
    assert_eq!(all(&world, ROOM, Situation { focused_room: None, window_focused: true }).len(), 1);
    world.read(ROOM, 5);
    assert_eq!(all(&world, ROOM, AWAY), []);
}

#[test]
fn a_night_of_messages_gives_few_notices() {
    let mut world = World::new();
    for n in 0..100 {
        world.post(ANA, &format!("{n} @Mia"), &[ME]);
    }
    let notices = all(&world, ROOM, AWAY);
    assert_eq!(notices.len(), NOTICES_MAX);
    assert_eq!(notices.last(), Some(&told("Ana in #notes", "99 @Mia", true)));
    let long = world.post(ANA, &"x".repeat(5_000), &[ME]);
    let last = arrived(&world, ROOM, Range { first: 102, last: 102 }, AWAY).remove(0);
    assert_eq!((last.id, last.text.chars().count()), (long, 181));
}
