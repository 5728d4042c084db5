//! What notifies, and what does not.

use super::*;
use crate::view::testing::{ANA, BO, ME, ROOM, SPACE, World, posted as message_posted};
use folkmoot_model::features::messages::{MessageDeleted, MessagePosted};
use folkmoot_model::features::people::MemberRemoved;
use folkmoot_model::features::reads::NotifyChosen;
use folkmoot_model::features::rooms::RoomAccess;
use folkmoot_model::features::threads::{InThread, ThreadFollowed, ThreadReadTo};
use folkmoot_model::id::{PersonId, direct_room};

const AWAY: Situation = Situation { focused_room: None, focused_thread: None, window_focused: false, paused: false };

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
fn what_was_told_is_told_no_longer_once_it_is_deleted_or_out_of_reach() {
    let mut world = World::new();
    let (first, second) = (world.post(ANA, "@Mia one", &[ME]), world.post(ANA, "@Mia two", &[ME]));
    let notices = arrived(&world, ROOM, Range { first: 1, last: 10_000 }, AWAY);
    world.read(ROOM, 10_000);
    let left = |world: &World| -> Vec<EventId> {
        notices.iter().filter_map(|item| still(world, item)).map(|item| item.id).collect()
    };
    assert_eq!(left(&world), [first, second], "reading takes nothing away");
    world.say(ROOM, ANA, MessageDeleted { message: first, reply: None });
    assert_eq!(left(&world), [second]);
    world.say(ROOM, ME, MemberRemoved { person: ME });
    assert_eq!(left(&world), []);
}

#[test]
fn what_is_mine_read_deleted_or_looked_at_is_silent() {
    let mut world = World::new();
    world.post(ME, "mine", &[ME]);
    world.queue(ROOM, message_posted("pending", &[ME]));
    let deleted = world.post(ANA, "@Mia", &[ME]);
    world.say(ROOM, ANA, MessageDeleted { message: deleted, reply: None });
    assert_eq!(all(&world, ROOM, AWAY), []);
    world.post(ANA, "@Mia", &[ME]);
    let looking = Situation { focused_room: Some(ROOM), focused_thread: None, window_focused: true, paused: false };
    assert_eq!(all(&world, ROOM, looking), []);
    assert_eq!(all(&world, ROOM, Situation { window_focused: false, ..looking }).len(), 1, "beside another window");
    assert_eq!(all(&world, ROOM, Situation { focused_room: None, ..looking }).len(), 1);
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

#[test]
fn a_pause_lists_what_comes_and_shows_nothing() {
    let mut world = World::new();
    world.post(ANA, "@Mia", &[ME]);
    let notices = |paused| arrived(&world, ROOM, Range { first: 1, last: 10_000 }, Situation { paused, ..AWAY });
    assert!(notices(true).iter().all(|notice| notice.silent) && notices(true).len() == 1);
    assert!(notices(false).iter().all(|notice| !notice.silent));
}

#[test]
fn a_pause_ends_after_its_time_or_at_eight_in_the_morning_where_the_computer_is() {
    let check = |now: &str, pause, until: &str| {
        let (now, until): (Zoned, Zoned) = (now.parse().unwrap(), until.parse().unwrap());
        let until_ms = u64::try_from(until.timestamp().as_millisecond()).unwrap();
        assert_eq!(paused_until_ms(pause, &now), Some(until_ms), "{now} {pause:?}");
    };
    check("2026-03-03T17:50[Europe/Zurich]", Pause::HalfAnHour, "2026-03-03T18:20[Europe/Zurich]");
    check("2026-03-03T23:50[Europe/Zurich]", Pause::AnHour, "2026-03-04T00:50[Europe/Zurich]");
    check("2026-03-03T17:50[Europe/Zurich]", Pause::UntilMorning, "2026-03-04T08:00[Europe/Zurich]");
    check("2026-03-03T02:00[Asia/Tokyo]", Pause::UntilMorning, "2026-03-03T08:00[Asia/Tokyo]");
    check("2026-03-03T08:00[Asia/Tokyo]", Pause::UntilMorning, "2026-03-04T08:00[Asia/Tokyo]");
    // Over a change of the clocks, and a month's end.
    check("2026-03-28T20:00[Europe/Zurich]", Pause::UntilMorning, "2026-03-29T08:00+02:00[Europe/Zurich]");
    check("2026-02-28T20:00[Europe/Zurich]", Pause::UntilMorning, "2026-03-01T08:00[Europe/Zurich]");
    assert_eq!(paused_until_ms(Pause::Over, &Zoned::now()), None);
}

#[test]
fn a_reply_in_a_thread_notifies_whoever_has_a_part_in_it_unless_they_look_at_it() {
    let mut world = World::new();
    let (mine, hers) = (world.post(ME, "mine", &[]), world.post(ANA, "hers", &[]));
    world.read(ROOM, 3);
    let reply = |root, text: &str, named: &[PersonId]| MessagePosted {
        thread: Some(InThread { subject: Subject::Message(root), also_in_room: false }),
        ..message_posted(text, named)
    };
    world.say(ROOM, BO, reply(mine, "to you", &[]));
    world.say(ROOM, BO, reply(hers, "to her", &[]));
    world.say(ROOM, BO, reply(hers, "@Mia", &[ME]));
    let (to_me, named) =
        (told("bo in #notes, in a thread", "to you", false), told("bo in #notes, in a thread", "@Mia", true));
    assert_eq!(all(&world, ROOM, AWAY), [to_me.clone(), named.clone()]);

    let looking = Situation { focused_room: Some(ROOM), window_focused: true, ..AWAY };
    assert_eq!(all(&world, ROOM, looking).len(), 2, "the room does not show them");
    let there = Situation { focused_thread: Some(Subject::Message(mine)), ..looking };
    assert_eq!(all(&world, ROOM, there), std::slice::from_ref(&named));
    let beside_the_list = Situation { focused_room: None, ..there };
    assert_eq!(all(&world, ROOM, beside_the_list), std::slice::from_ref(&named));

    let level = |world: &mut World, level| {
        world.say(ME.into(), ME, NotifyChosen { room: ROOM, level });
    };
    level(&mut world, NotifyLevel::All);
    assert_eq!(all(&world, ROOM, AWAY).len(), 2, "what one does not follow is not told, at any level");
    level(&mut world, NotifyLevel::Nothing);
    assert_eq!(all(&world, ROOM, AWAY), []);
    level(&mut world, NotifyLevel::Mentions);
    let subject = Subject::Message(mine);
    let end = world.held[&ROOM].cursor;
    world.say(ME.into(), ME, ThreadFollowed { room: ROOM, subject, place: 2, read_to: 1, on: true });
    world.say(ME.into(), ME, ThreadReadTo { room: ROOM, subject, to: end });
    assert_eq!(all(&world, ROOM, AWAY), [named], "what was read in its thread is told no longer");
}
