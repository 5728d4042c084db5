//! What a person calls things by: their name, their id, or the beginning of their id. Where several fit, all their ids are
//! told, so that one of them can be said instead.

use crate::end::End;
use crate::limits::{ABBREVIATION_CHARS_MIN, SEARCHED_MAX, TOLD_MAX};
use folkmoot_client::source::Source;
use folkmoot_client::view::unread::head;
use folkmoot_client::view::{item, people};
use folkmoot_model::event::PENDING_SEQ;
use folkmoot_model::features::people::MemberRow;
use folkmoot_model::features::spaces::ListingRow;
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::Value;
use folkmoot_model::writing::typed_name;
use serde::Serialize;
use std::fmt::Display;

/// Something that has a name.
struct Named<T> {
    id: T,
    name: String,
    /// The space or room that it is in.
    place: String,
}

/// One of several that fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fitting {
    id: String,
    name: String,
    #[serde(rename = "in")]
    place: String,
}

impl<T: Copy + Display> Named<T> {
    fn fitting(&self) -> Fitting {
        Fitting { id: self.id.to_string(), name: self.name.clone(), place: self.place.clone() }
    }
}

/// The only one of those that fit, some of which may be the same by another name; `None` if none does.
fn only<T: Copy + Display + PartialEq>(what: &str, text: &str, fit: &[&Named<T>]) -> Result<Option<T>, End> {
    let mut several: Vec<&Named<T>> = Vec::new();
    for thing in fit {
        if several.iter().all(|one| one.id != thing.id) {
            several.push(thing);
        }
    }
    match several[..] {
        [] => Ok(None),
        [one] => Ok(Some(one.id)),
        _ => Err(End::NotUnique {
            what: format!("{what} {text}"),
            ids: several.iter().take(TOLD_MAX).map(|one| one.fitting()).collect(),
        }),
    }
}

/// The one among `things` that is called so: by its whole id, by its name, or by the beginning of its id.
fn called<T: Copy + Display + PartialEq>(what: &str, text: &str, things: &[Named<T>]) -> Result<T, End> {
    let asked = typed_name(text).to_lowercase();
    if let Some(whole) = things.iter().find(|thing| thing.id.to_string() == asked) {
        return Ok(whole.id);
    }
    let named: Vec<_> = things.iter().filter(|thing| thing.name.to_lowercase() == asked).collect();
    if let Some(named) = only(what, text, &named)? {
        return Ok(named);
    }
    let begins = |id: &T| asked.len() >= ABBREVIATION_CHARS_MIN && id.to_string().starts_with(&asked);
    let begun: Vec<_> = things.iter().filter(|thing| begins(&thing.id)).collect();
    only(what, text, &begun)?.ok_or_else(|| End::NotFound(format!("{what} {text}")))
}

/// The spaces that are held.
fn spaces(source: &dyn Source) -> Vec<Named<StreamId>> {
    let named = |space: StreamId| match source.row(space, &Key::Head)?.value {
        Value::Space(head) => Some(Named { id: space, name: head.name, place: String::new() }),
        _ => None,
    };
    item::spaces(source).into_iter().filter_map(named).collect()
}

/// The space of this name or id, or the only one.
pub fn space(source: &dyn Source, text: Option<&str>) -> Result<StreamId, End> {
    let spaces = spaces(source);
    match text {
        Some(text) => called("space", text, &spaces),
        None => only("space", "(say --space)", &spaces.iter().collect::<Vec<_>>())?
            .ok_or_else(|| End::NotFound("space: none is held".into())),
    }
}

/// All rooms that the person is in.
fn rooms(source: &dyn Source) -> Vec<Named<StreamId>> {
    let in_space = |space: Named<StreamId>| {
        let mut items = item::Items::of(source, space.id);
        let named = |(id, head)| Named { id, name: items.room_name(&head), place: space.name.clone() };
        item::rooms(source, space.id).into_iter().map(named).collect::<Vec<_>>()
    };
    spaces(source).into_iter().flat_map(in_space).collect()
}

fn room_among(text: &str, rooms: &[Named<StreamId>]) -> Result<StreamId, End> {
    called("room", text.strip_prefix('#').unwrap_or(text), rooms)
}

/// A room that the person is in.
pub fn room(source: &dyn Source, text: &str) -> Result<StreamId, End> {
    room_among(text, &rooms(source))
}

/// A room that the person is in, or could join.
pub fn any_room(source: &dyn Source, text: &str) -> Result<StreamId, End> {
    let mut all = rooms(source);
    for space in spaces(source) {
        let named = |(id, listing): (StreamId, ListingRow)| Named { id, name: listing.name, place: space.name.clone() };
        all.extend(item::listings(source, space.id).into_iter().map(named));
    }
    room_among(text, &all)
}

/// The space that a room is in.
pub fn space_of(source: &dyn Source, room: StreamId) -> Result<StreamId, End> {
    head(source, room).map(|head| head.space).ok_or_else(|| End::NotFound(format!("room {room}")))
}

/// The members of a space, or of all, each under the name that they have there.
fn members(source: &dyn Source, within: Option<StreamId>) -> Vec<Named<PersonId>> {
    let spaces = spaces(source).into_iter().filter(|space| within.is_none_or(|within| within == space.id));
    let in_space = |space: Named<StreamId>| {
        let named = |(id, row): (PersonId, MemberRow)| Named { id, name: row.name, place: space.name.clone() };
        people::present(source, space.id).into_iter().map(named).collect::<Vec<_>>()
    };
    spaces.flat_map(in_space).collect()
}

/// A member of this space, or of any.
pub fn person(source: &dyn Source, within: Option<StreamId>, text: &str) -> Result<PersonId, End> {
    called("person", text.strip_prefix('@').unwrap_or(text), &members(source, within))
}

/// People, and a space that they all are in.
pub fn people_of_one_space(source: &dyn Source, texts: &[String]) -> Result<(StreamId, Vec<PersonId>), End> {
    let people = texts.iter().map(|text| person(source, None, text)).collect::<Result<Vec<_>, End>>()?;
    let has_all = |space: &StreamId| people.iter().all(|person| people::member(source, *space, *person).is_some());
    let space = item::spaces(source).into_iter().find(has_all);
    Ok((space.ok_or_else(|| End::NotFound("space: none has all of them".into()))?, people))
}

/// The documents of all rooms: room, document, title.
pub fn documents(source: &dyn Source) -> Vec<(StreamId, StreamId, String)> {
    let rooms: Vec<StreamId> = rooms(source).into_iter().map(|room| room.id).collect();
    item::documents(source, &rooms).into_iter().map(|document| (document.room, document.id, document.title)).collect()
}

/// A document and its room.
pub fn document(source: &dyn Source, text: &str) -> Result<(StreamId, StreamId), End> {
    let (rooms, documents) = (rooms(source), documents(source));
    let place = |id| rooms.iter().find(|room| room.id == id).map(|room| room.name.clone()).unwrap_or_default();
    let named = documents.iter().map(|(room, id, title)| Named { id: *id, name: title.clone(), place: place(*room) });
    let found = called("document", text, &named.collect::<Vec<_>>())?;
    let room = documents.iter().find(|(_, id, _)| *id == found).map(|(room, ..)| *room);
    Ok((room.unwrap_or(found), found))
}

/// A message and its room: in this room, or in any that is held.
pub fn message(source: &dyn Source, room: Option<StreamId>, text: &str) -> Result<(StreamId, EventId), End> {
    let rooms: Vec<Named<StreamId>> =
        rooms(source).into_iter().filter(|one| room.is_none_or(|room| room == one.id)).collect();
    let missing = || End::NotFound(format!("message {text}"));
    if let Ok(id) = text.parse::<EventId>() {
        let in_room = rooms.iter().find(|room| source.row(room.id, &Key::Message(id)).is_some());
        return in_room.map(|room| (room.id, id)).ok_or_else(missing);
    }
    let begun = text.to_lowercase();
    if begun.len() < ABBREVIATION_CHARS_MIN {
        return Err(missing());
    }
    let mut found = Vec::new();
    for room in &rooms {
        let newest = |from, to| source.range(room.id, from, to, true, SEARCHED_MAX);
        let in_room = newest(Key::Timeline(0), Key::Timeline(PENDING_SEQ * 2)).into_iter();
        for (_, row) in in_room.chain(newest(Key::Reply(0), Key::Reply(PENDING_SEQ * 2))) {
            match row.value {
                Value::At(id) if id.to_string().starts_with(&begun) => found.push((room, id)),
                _ => {}
            }
        }
    }
    found.dedup_by_key(|(_, id)| *id);
    let named = found.iter().map(|(room, id)| Named { id: *id, name: String::new(), place: room.name.clone() });
    let named: Vec<_> = named.collect();
    let id = only("message", text, &named.iter().collect::<Vec<_>>())?.ok_or_else(missing)?;
    found.iter().find(|(_, one)| *one == id).map(|(room, id)| (room.id, *id)).ok_or_else(missing)
}

/// Something that was refused, by its id or the beginning of that.
pub fn refused(text: &str, ids: &[EventId]) -> Result<EventId, End> {
    let named = ids.iter().map(|id| Named { id: *id, name: String::new(), place: String::new() });
    called("refused", text, &named.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(id: u8, name: &str) -> Named<StreamId> {
        Named { id: StreamId([id; 16]), name: name.into(), place: "Moot".into() }
    }

    #[test]
    fn what_is_not_unique_tells_its_ids() {
        let rooms = [room(1, "welcome"), room(2, "Welcome"), room(3, "Th\u{e9}")];
        assert_eq!(called("room", "THE\u{301} ", &rooms).unwrap(), rooms[2].id);
        let Err(End::NotUnique { what, ids }) = called("room", "welcome", &rooms) else { panic!("it is unique") };
        assert_eq!(what, "room welcome");
        assert_eq!(ids, [rooms[0].fitting(), rooms[1].fitting()]);
        for fitting in &ids {
            assert_eq!(called("room", &fitting.id, &rooms).unwrap().to_string(), fitting.id);
            assert_eq!(called("room", &fitting.id[..8], &rooms).unwrap().to_string(), fitting.id);
        }
        assert!(matches!(called("room", &ids[0].id[..3], &rooms), Err(End::NotFound(_))));
        // A name that looks like the beginning of an id is a name.
        let rooms = [room(1, "welcome"), room(2, "0101010101")];
        assert_eq!(called("room", "0101010101", &rooms).unwrap(), rooms[1].id);
    }
}
