//! A room and a window of its messages.

use crate::features::pins::view as pins;
use crate::source::Source;
use crate::view::item::{self, Items};
use crate::view::message::Messages;
use crate::view::pending::Pending;
use crate::view::people;
use crate::view::talk::Talk;
use crate::view::unread::head;
use crate::view::window::{Rendered, RoomWindow, Slice};
use crate::view::{DraftItem, EditItem, MessageItem, RoomItem, RoomView};
use folkmoot_model::event::PENDING_SEQ;
use folkmoot_model::features::messages::message;
use folkmoot_model::features::rooms::RoomHead;
use folkmoot_model::features::spaces::directory;
use folkmoot_model::features::threads::Subject;
use folkmoot_model::id::StreamId;
use folkmoot_model::key::Key;
use folkmoot_model::row::Value;
use folkmoot_wire::frame::Range;

/// The view of a room or thread, and what it lacks.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown<View> {
    /// What is shown. `loading` says that messages are missing; whether they can be fetched, the link decides.
    pub view: View,
    /// Places to ask the server for: missing ones, or shown ones that may be out of date.
    pub wants: Vec<(Talk, Range)>,
}

/// What a window shows of its room now. `None` if this device knows nothing of the room: not even its space.
pub fn room(source: &dyn Source, window: &mut RoomWindow) -> Option<Shown<RoomView>> {
    let id = window.room();
    let Some(head) = head(source, id) else { return unheld(source, window) };
    let slice = window.settle(source);
    let mut items = Items::of(source, head.space);
    let room = items.room(id, &head);
    let members = people::present(source, id).into_iter().map(|(person, _)| person);
    let view = RoomView {
        space: head.space,
        manages: item::manages(source, id, &head),
        can_pin: pins::can_pin(source, id),
        pins: u32::try_from(pins::of(source, id).len()).unwrap_or(u32::MAX),
        members: items.people.items(members),
        messages: shown(source, window, &head, &slice),
        draft: draft(source, window.talk(), &head),
        edits: edits(source, id),
        older: slice.older,
        newer: slice.newer,
        loading: slice.missing.is_some(),
        first_unread: window.first_unread,
        unread_at_opening: window.unread_at_opening,
        head: source.held(id).map_or(0, |held| held.cursor),
        typing: people::others(source, source.presence().typing(id, None)),
        held: true,
        room,
    };
    Some(Shown { view, wants: slice.wants().map(|range| (window.talk(), range)).into_iter().collect() })
}

/// The accepted messages of the window and, at the end, the person's own that are on their way or were refused, in
/// the order in which they were said.
pub fn shown(source: &dyn Source, window: &mut RoomWindow, head: &RoomHead, slice: &Slice) -> Vec<MessageItem> {
    let (room, talk) = (window.room(), window.talk());
    let pending = Pending::of(source, room);
    let mut messages = Messages::of(source, room, head, &pending, std::mem::take(&mut window.rendered));
    let mut shown: Vec<MessageItem> = slice.messages.iter().map(|(_, id, row)| messages.item(*id, row)).collect();
    let own = if slice.newer { &[] } else { pending.posts() };
    for id in own {
        let row = source.row(room, &Key::Message(*id)).and_then(message);
        match (row, pending.refused_post(*id)) {
            // One that has its place already stands there.
            (Some(row), _) if row.posted_seq >= PENDING_SEQ && talk.has(&row) => shown.push(messages.item(*id, &row)),
            (None, Some((posted, at_ms))) if talk.takes(posted) => shown.push(messages.refused(*id, posted, at_ms)),
            _ => {}
        }
    }
    window.rendered = messages.into_rendered();
    shown
}

/// What the person has begun to write in a room or thread.
pub fn draft(source: &dyn Source, talk: Talk, head: &RoomHead) -> Option<DraftItem> {
    let draft = source.outbox().draft(talk.room, (talk.thread.map(Subject::id), None))?;
    let nothing = Pending::default();
    let mut messages = Messages::of(source, talk.room, head, &nothing, Rendered::new());
    let reply_to = draft.reply_to.map(|answered| messages.quote(answered));
    Some(DraftItem { text: draft.text.clone(), reply_to })
}

/// The messages of a room whose text the person has begun to change.
pub fn edits(source: &dyn Source, room: StreamId) -> Vec<EditItem> {
    let begun = source.outbox().drafts(room);
    begun.filter_map(|draft| Some(EditItem { message: draft.edits?, text: draft.text.clone() })).collect()
}

/// A room of which only a listing or a grant is known, in a space that the person is in. What they said there and was
/// refused is shown all the same: it is theirs to keep.
fn unheld(source: &dyn Source, window: &mut RoomWindow) -> Option<Shown<RoomView>> {
    let room = window.room();
    let listed = item::spaces(source).into_iter().find_map(|space| {
        match source.row(directory(space), &Key::Listing(room))?.value {
            Value::Listing(listing) => Some((space, Items::of(source, space).listed(room, &listing))),
            _ => None,
        }
    });
    let granted = || match source.row(source.me().into(), &Key::Grant(room))?.value {
        Value::Grant(grant) if grant.present => {
            let is_room = |space: &StreamId| directory(*space) != room && item::spaces(source).contains(space);
            let space = grant.space.filter(is_room)?;
            Some((space, RoomItem { joined: true, ..Items::of(source, space).unknown(room) }))
        }
        _ => None,
    };
    let (space, room) = listed.or_else(granted)?;
    let head = RoomHead {
        space,
        access: room.access,
        name: room.name.clone(),
        topic: room.topic.clone(),
        archived: room.archived,
        people: Vec::new(),
        everyone_edits: false,
    };
    let nothing = Slice::default();
    let view = RoomView {
        space,
        manages: false,
        can_pin: false,
        pins: 0,
        members: Vec::new(),
        messages: shown(source, window, &head, &nothing),
        draft: draft(source, window.talk(), &head),
        edits: edits(source, room.id),
        room,
        older: false,
        newer: false,
        loading: true,
        first_unread: None,
        unread_at_opening: 0,
        head: 0,
        typing: Vec::new(),
        held: false,
    };
    Some(Shown { view, wants: Vec::new() })
}

#[cfg(test)]
mod tests;
