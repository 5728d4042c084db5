//! What the server refused, wherever it was: also in rooms that the person has lost, where no room could show it.

use crate::source::Source;
use crate::view::item::{self, Items};
use crate::view::pending::{text, what};
use crate::view::unread::{head, joined};
use crate::view::{NotSentItem, document};
use folkmoot_model::features::spaces::directory;
use folkmoot_model::id::StreamId;
use folkmoot_model::key::Key;
use folkmoot_model::row::Value;
use folkmoot_sync::outbox::{Item, State};

/// The most that is listed: beyond it a person gives up the last ones first.
pub const NOT_SENT_MAX: usize = 100;

/// Everything that was refused and not given up, newest first. Read marks and the like are nobody's words: not those.
pub fn not_sent(source: &dyn Source) -> Vec<NotSentItem> {
    let items: Vec<&Item> = source.outbox().items().filter(|item| matches!(item.state, State::Refused(_))).collect();
    items.into_iter().rev().filter_map(|item| refused(source, item)).take(NOT_SENT_MAX).collect()
}

fn refused(source: &dyn Source, item: &Item) -> Option<NotSentItem> {
    let State::Refused(refusal) = &item.state else { return None };
    let event = item.envelope.event().ok()?;
    let what = what(&event)?;
    let (place, space, document) = place(source, item.stream);
    Some(NotSentItem {
        id: item.envelope.id,
        what,
        refusal: refusal.clone(),
        text: text(source, item.stream, &event),
        at_ms: item.envelope.client_ms,
        stream: item.stream,
        place,
        space,
        document,
    })
}

/// The name of a stream, and the space in which it can be opened; and whether it is a document.
fn place(source: &dyn Source, stream: StreamId) -> (String, Option<StreamId>, bool) {
    if let Some(Value::Space(space)) = source.row(stream, &Key::Head).map(|row| row.value) {
        return (space.name, Some(stream), false);
    }
    if let Some(space) = item::spaces(source).into_iter().find(|space| directory(*space) == stream) {
        return place(source, space);
    }
    if let Some(room) = head(source, stream) {
        let space = joined(source, stream).then_some(room.space);
        return (Items::of(source, room.space).room_name(&room), space, false);
    }
    if let Some(room) = document::room_of(source, stream)
        && let Some(Value::Document(row)) = source.row(room, &Key::Document(stream)).map(|row| row.value)
    {
        return (row.title, head(source, room).map(|room| room.space), true);
    }
    let listed = item::spaces(source).into_iter().find_map(|space| {
        match source.row(directory(space), &Key::Listing(stream))?.value {
            Value::Listing(listing) => Some((listing.name, Some(space), false)),
            _ => None,
        }
    });
    listed.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::RefusedWhat;
    use crate::view::testing::{ANA, ROOM, World, posted};
    use folkmoot_model::features::messages::MessageEdited;
    use folkmoot_model::refusal::Code;
    use folkmoot_model::yjs::text::MessageText;

    #[test]
    fn what_was_refused_is_listed_with_its_text_also_where_the_room_is_gone() {
        let mut world = World::new();
        let theirs = world.post(ANA, "Meet at the harbour", &[]);
        let here = world.queue(ROOM, posted("here", &[]));
        let gone = StreamId([0x77; 16]);
        let there = world.queue(gone, posted("there", &[]));
        let edit = world.mint();
        let delta = MessageText::plain("Meet at the harbour").delta(theirs, edit, "Meet at the old mill").unwrap();
        world.queue_as(gone, edit, MessageEdited { message: theirs, delta, mentions: None });
        for id in [here, there, edit] {
            world.refuse(id, Code::NotMember);
        }
        let listed = not_sent(&world);
        let told: Vec<_> = listed.iter().map(|item| (item.id, item.what, item.text.as_str(), item.space)).collect();
        assert_eq!(told[0], (edit, RefusedWhat::Edit, "old mill", None));
        assert_eq!(told[1], (there, RefusedWhat::Post, "there", None));
        assert_eq!((told[2].0, told[2].2), (here, "here"));
        assert!(!listed[2].place.is_empty() && listed[2].space.is_some());
    }
}
