//! The parts of the app's view that follow from rows. How the link and the profile stand, the engine adds.

use crate::source::Source;
use crate::view::people::{People, by_name};
use crate::view::talk::Talk;
use crate::view::unread::unread;
use crate::view::{FirstSync, PersonItem, SpaceItem, item};
use folkmoot_model::id::StreamId;
use folkmoot_model::key::Key;
use folkmoot_model::row::Value;

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
    let counts = item::rooms(source, space).into_iter().map(|(room, _)| unread(source, Talk::of_room(room)));
    let (unread, mentions) = counts.fold((0, 0), |(all, naming), room| (all + room.count, naming + room.mentions));
    Some(SpaceItem { id: space, name: head.name, unread, mentions })
}

/// How many of the person's rooms have come to this device, while one has not: not what it lacks of a room that it holds,
/// which is a matter of a moment and looks no different.
pub fn first_sync(source: &dyn Source) -> Option<FirstSync> {
    let rooms = item::granted_rooms(source);
    let held = rooms.iter().filter(|room| source.held(**room).is_some_and(|held| held.cursor > 0)).count();
    let count = |rooms: usize| u32::try_from(rooms).unwrap_or(u32::MAX);
    (held < rooms.len()).then(|| FirstSync { held: count(held), rooms: count(rooms.len()) })
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
    let mut people = People::of(source, names.first()?.1);
    // To themself they are called as they have chosen: it is what they change.
    Some(PersonItem { name: people.chosen_name(source.me()), ..people.item(source.me()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::testing::{ME, ROOM, SPACE, World};
    use folkmoot_model::features::reads::Granted;

    const OTHER: StreamId = StreamId([9; 16]);

    #[test]
    fn a_first_sync_is_told_until_each_room_has_come_and_no_later() {
        let mut world = World::new();
        assert_eq!(first_sync(&world), None, "its only room is here");
        world.say(ME.into(), ME, Granted { stream: OTHER, space: Some(SPACE) });
        assert_eq!(first_sync(&world), Some(FirstSync { held: 1, rooms: 2 }));
        world.held.insert(OTHER, world.held[&ROOM].clone());
        assert_eq!(first_sync(&world), None);
        // A room of a space that the person has left never comes.
        world.say(ME.into(), ME, Granted { stream: StreamId([8; 16]), space: Some(StreamId([7; 16])) });
        assert_eq!(first_sync(&world), None);
    }
}
