//! A document's frame: its title, room, standing and who is in it. Its body is the document bridge's.

use crate::source::Source;
use crate::view::item::{self, Items};
use crate::view::people;
use crate::view::unread::head;
use crate::view::{DocumentView, pending};
use folkmoot_model::id::StreamId;
use folkmoot_model::key::Key;
use folkmoot_model::row::Value;

/// The view of a document. `body_here` says whether its body has come, if it was not held on disk before; `damaged`,
/// whether something of it did not pass.
/// `None` if the document or its room is not held.
pub fn document(source: &dyn Source, document: StreamId, body_here: bool, damaged: bool) -> Option<DocumentView> {
    let room_id = room_of(source, document)?;
    let listed = source.row(room_id, &Key::Document(document))?;
    let Value::Document(row) = listed.value else { return None };
    let room = head(source, room_id)?;
    let space = room.space;
    let mut items = Items::of(source, space);
    let room_item = items.room(room_id, &room);
    let mut here = source.presence().here(document);
    if !here.contains(&source.me()) {
        here.push(source.me());
    }
    let in_space = people::member(source, space, source.me()).is_some();
    Some(DocumentView {
        document: item::document(source, room_id, document, &row),
        space,
        standing: pending::document_send_state(source, room_id, document),
        can_write: in_space && room_item.joined && !room.archived && !row.archived && !damaged,
        damaged,
        held: body_here
            || source.held(document).is_some_and(|held| held.cursor > 0)
            || source.outbox().items().any(|item| item.stream == document),
        here: items.people.items(here),
        room: room_item,
    })
}

/// The room that a document is in: as its own stream says, or, before that was ever opened here, as a room lists it.
pub fn room_of(source: &dyn Source, document: StreamId) -> Option<StreamId> {
    if let Some(Value::DocumentHead(own)) = source.row(document, &Key::Head).map(|row| row.value) {
        return Some(own.room);
    }
    let lists = |room: &StreamId| source.row(*room, &Key::Document(document)).is_some();
    let rooms = item::spaces(source).into_iter().flat_map(|space| item::rooms(source, space));
    rooms.map(|(room, _)| room).find(lists)
}

#[cfg(test)]
mod tests;
