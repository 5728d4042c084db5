//! What somebody may take of what many share: nobody takes all of it.

use super::*;
use folkmoot_model::features::messages::{EDITS_MAX, EDITS_OF_ALL_MAX};
use folkmoot_model::features::reactions::EMOJI_OF_ONE_MAX;

fn react(at: usize) -> Event {
    let emoji = char::from_u32(0x1f330 + at as u32).expect("a plant").to_string();
    MessageReacted { message: MESSAGE, emoji, on: true }.into()
}

#[test]
fn nobody_takes_all_the_room_that_there_is_for_emoji() {
    let mut world = World::new();
    for at in 0..EMOJI_OF_ONE_MAX {
        assert_eq!(world.permit(ROOM, BO, &react(at)), Ok(()));
        world.apply(ROOM, BO, react(at));
    }
    let full = Err(Refusal::too_many(EMOJI_OF_ONE_MAX, Unit::Emoji));
    assert_eq!(world.permit(ROOM, BO, &react(EMOJI_OF_ONE_MAX)), full);
    assert_eq!(world.permit(ROOM, BO, &react(0)), Ok(()), "it is there already");
    assert_eq!(world.permit(ROOM, ANA, &react(EMOJI_OF_ONE_MAX)), Ok(()));
    world.apply(ROOM, ANA, react(EMOJI_OF_ONE_MAX));
    assert_eq!(world.permit(ROOM, BO, &react(EMOJI_OF_ONE_MAX)), full, "also where somebody else has put it");
    world.apply(ROOM, BO, MessageReacted { message: MESSAGE, emoji: "🌰".into(), on: false });
    assert_eq!(world.permit(ROOM, BO, &react(EMOJI_OF_ONE_MAX)), Ok(()), "whoever takes one off has room again");
}

#[test]
fn half_of_the_edits_that_a_message_takes_are_for_its_author_alone() {
    let mut world = World::new();
    world.apply(ROOM, ANA, RoomChanged { name: None, topic: None, everyone_edits: Some(true) });
    let edit = |world: &World, id: EventId, text: &str| {
        let delta = world.text().delta(MESSAGE, id, text).expect("it changes something");
        Event::from(MessageEdited { message: MESSAGE, delta, mentions: None })
    };
    for n in 0..EDITS_MAX {
        let next = edit(&world, EventId::fixed(99), &format!("edit {n}"));
        let refused = (n >= EDITS_OF_ALL_MAX).then(|| Refusal::too_many(EDITS_OF_ALL_MAX as usize, Unit::Edits));
        assert_eq!(world.permit(ROOM, BO, &next).err(), refused, "after {n}");
        assert_eq!(world.permit(ROOM, ANA, &next), Ok(()), "after {n}");
        let id = EventId::derive("edit", &[&n.to_be_bytes()]);
        let event = edit(&world, id, &format!("edit {n}"));
        world.apply_at(u64::from(1_000 + n), id, ROOM, BO, event);
    }
    let last = edit(&world, EventId::fixed(99), "one too many");
    assert_eq!(world.permit(ROOM, ANA, &last), Err(Refusal::too_many(EDITS_MAX as usize, Unit::Edits)));
}
