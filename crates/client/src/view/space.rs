//! A space's rooms, documents and people.

use crate::source::Source;
use crate::view::item::{self, Items};
use crate::view::people::{self, by_name};
use crate::view::{RoomItem, SpaceView, app};
use folkmoot_model::features::people::Role;
use folkmoot_model::id::StreamId;
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// The view of a space; `None` if it is not held.
pub fn space(source: &dyn Source, space: StreamId) -> Option<SpaceView> {
    let me = people::member(source, space, source.me());
    let held = item::rooms(source, space);
    let joined: BTreeSet<StreamId> = held.iter().map(|(room, _)| *room).collect();
    let mut items = Items::of(source, space);

    let rooms: Vec<RoomItem> = held.iter().map(|(room, head)| items.room(*room, head)).collect();
    let open_rooms = item::listings(source, space).into_iter();
    let open_rooms = open_rooms.filter(|(room, listing)| !listing.archived && !joined.contains(room));
    let mut open_rooms: Vec<RoomItem> = open_rooms.map(|(room, listing)| items.listed(room, &listing)).collect();
    open_rooms.sort_by(|one, other| by_name((&one.name, one.id), (&other.name, other.id)));

    let streams: Vec<StreamId> = joined.into_iter().collect();
    let members = people::present(source, space).into_iter().map(|(person, _)| person);
    Some(SpaceView {
        space: app::space_item(source, space)?,
        manages: me.as_ref().is_some_and(|me| me.role.manages()),
        guest: me.as_ref().is_some_and(|me| me.role == Role::Guest),
        rooms: sorted(source, rooms),
        // A guest could join none of them.
        open_rooms: if me.is_some_and(|me| me.role != Role::Guest) { open_rooms } else { Vec::new() },
        documents: item::documents(source, &streams),
        people: items.people.items(members),
    })
}

/// Public and private rooms by name, then direct ones by the last message.
fn sorted(source: &dyn Source, rooms: Vec<RoomItem>) -> Vec<RoomItem> {
    let (direct, mut named): (Vec<_>, Vec<_>) = rooms.into_iter().partition(|room| room.access.is_direct());
    named.sort_by(|one, other| by_name((&one.name, one.id), (&other.name, other.id)));
    let mut direct: Vec<_> = direct.into_iter().map(|room| (Reverse(item::last_ms(source, room.id)), room)).collect();
    direct.sort_by(|one, other| one.0.cmp(&other.0).then_with(|| one.1.id.cmp(&other.1.id)));
    named.into_iter().chain(direct.into_iter().map(|(_, room)| room)).collect()
}

#[cfg(test)]
mod tests;
