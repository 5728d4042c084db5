//! The parts of the app's view that follow from rows. How the link and the profile stand, the engine adds.

use crate::source::Source;
use crate::view::people::{People, by_name};
use crate::view::unread::unread;
use crate::view::{PersonItem, SpaceItem, item};
use folkmoot_model::id::StreamId;
use folkmoot_model::row::{Key, Value};

/// The person's spaces, by name.
pub fn spaces(source: &dyn Source) -> Vec<SpaceItem> {
    let mut spaces: Vec<SpaceItem> =
        item::spaces(source).into_iter().filter_map(|space| space_item(source, space)).collect();
    spaces.sort_by(|one, other| by_name((&one.name, one.id), (&other.name, other.id)));
    spaces
}

/// A space with what is unread in all its rooms; `None` if it is not held.
pub fn space_item(source: &dyn Source, space: StreamId) -> Option<SpaceItem> {
    let Value::Space(head) = source.row(space, &Key::Head)?.value else { return None };
    let counts = item::rooms(source, space).into_iter().map(|(room, _)| unread(source, room));
    let (unread, mentions) = counts.fold((0, 0), |(all, naming), room| (all + room.count, naming + room.mentions));
    Some(SpaceItem { id: space, name: head.name, unread, mentions })
}

/// The person signed in, as their first space by name knows them; `None` while no space is held.
pub fn me(source: &dyn Source) -> Option<PersonItem> {
    let mut names: Vec<(String, StreamId)> = item::spaces(source)
        .into_iter()
        .filter_map(|space| match source.row(space, &Key::Head)?.value {
            Value::Space(head) => Some((head.name, space)),
            _ => None,
        })
        .collect();
    names.sort_by(|one, other| by_name((&one.0, one.1), (&other.0, other.1)));
    names.first().map(|(_, space)| People::of(source, *space).item(source.me()))
}
