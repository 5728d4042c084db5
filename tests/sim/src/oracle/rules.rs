//! The rules as they are asked, beside what the reference says: also of what nobody happened to try.

use crate::world::World;
use folkmoot_model::event::Event;
use folkmoot_model::features::messages::{MessageDeleted, MessageEdited, message};
use folkmoot_model::features::rooms::RoomArchived;
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::Rows;
use folkmoot_model::rule::{By, Proposal, permit};

/// Messages that are asked of: the last.
const MESSAGES: usize = 12;

/// Nobody may archive a room, or delete or edit a message, who may not by the reference.
pub fn agree(world: &World) {
    let permitted = |stream: StreamId, who: PersonId, event: Event| {
        permit(&world.log, Proposal { stream, who, by: By::Session, id: EventId::fixed(1), event: &event }).is_ok()
    };
    for who in &world.people {
        for room in &world.rooms {
            let (may, does) = (world.log.reference.may_archive(*room, *who), RoomArchived { archived: false }.into());
            assert!(may || !permitted(*room, *who, does), "rules-agree: {who} archives {room}");
        }
        let messages: Vec<_> = world.log.reference.may_delete(*who).collect();
        for (room, id, may) in messages.into_iter().rev().take(MESSAGES) {
            let does = MessageDeleted { message: id, reply: None }.into();
            assert!(may || !permitted(room, *who, does), "rules-agree: {who} deletes {id} in {room}");
            let may = world.log.reference.may_edit(room, id, *who);
            let row = world.log.get(room, &Key::Message(id)).row().and_then(message);
            let delta = row.and_then(|row| row.text.delta(id, EventId::fixed(1), "edited"));
            let does = delta.map(|delta| MessageEdited { message: id, delta, mentions: None }.into());
            let does = does.is_some_and(|does| permitted(room, *who, does));
            assert!(may || !does, "rules-agree: {who} edits {id} in {room}");
        }
    }
}
