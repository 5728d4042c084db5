//! What a person calls things by: a room by its name or id, a person by name, a message by its id or the start of it.

use crate::call::End;
use crate::limits::{ABBREVIATION_CHARS_MIN, SEARCHED_MAX};
use folkmoot_client::source::Source;
use folkmoot_client::view::{item, people};
use folkmoot_model::event::PENDING_SEQ;
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::row::{Key, Value};
use std::fmt::Display;

/// The one among `things` that is called so: by its whole id, by its name, or by the beginning of its id.
fn called<T: Copy + Display>(what: &str, text: &str, things: &[(T, String)]) -> Result<T, End> {
    let asked = text.to_lowercase();
    let whole = things.iter().find(|(id, _)| id.to_string() == asked).map(|(id, _)| *id);
    let only = |found: Vec<T>| match found[..] {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        _ => Err(End::NotFound(format!("{what} {text} is not the only one"))),
    };
    let named = only(things.iter().filter(|(_, name)| name.to_lowercase() == asked).map(|(id, _)| *id).collect());
    let begun = || {
        let begins = |id: &T| asked.len() >= ABBREVIATION_CHARS_MIN && id.to_string().starts_with(&asked);
        only(things.iter().filter(|(id, _)| begins(id)).map(|(id, _)| *id).collect())
    };
    let found = match whole {
        Some(whole) => Some(whole),
        None => match named? {
            Some(named) => Some(named),
            None => begun()?,
        },
    };
    found.ok_or_else(|| End::NotFound(format!("{what} {text}")))
}

/// The space of this name or id, or the only one.
pub fn space(source: &dyn Source, text: Option<&str>) -> Result<StreamId, End> {
    let name = |space: StreamId| match source.row(space, &Key::Head)?.value {
        Value::Space(head) => Some((space, head.name)),
        _ => None,
    };
    let spaces: Vec<(StreamId, String)> = item::spaces(source).into_iter().filter_map(name).collect();
    match (text, &spaces[..]) {
        (Some(text), _) => called("space", text, &spaces),
        (None, [(space, _)]) => Ok(*space),
        (None, []) => Err(End::NotFound("space: none is held".into())),
        (None, _) => Err(End::NotFound("space: there are several, say --space".into())),
    }
}

/// All rooms that the person is in, with what each is called.
pub fn rooms(source: &dyn Source) -> Vec<(StreamId, String)> {
    let in_space = |space: StreamId| {
        let mut items = item::Items::of(source, space);
        let rooms: Vec<_> = item::rooms(source, space);
        rooms.into_iter().map(move |(room, head)| (room, items.room_name(&head))).collect::<Vec<_>>()
    };
    item::spaces(source).into_iter().flat_map(in_space).collect()
}

/// A room that the person is in.
pub fn room(source: &dyn Source, text: &str) -> Result<StreamId, End> {
    called("room", text.trim_start_matches('#'), &rooms(source))
}

/// A room that the person is in, or could join.
pub fn any_room(source: &dyn Source, text: &str) -> Result<StreamId, End> {
    room(source, text).or_else(|not_found| {
        let listings = item::spaces(source).into_iter().flat_map(|space| item::listings(source, space));
        let open: Vec<(StreamId, String)> = listings.map(|(room, listing)| (room, listing.name)).collect();
        called("room", text.trim_start_matches('#'), &open).map_err(|_| not_found)
    })
}

/// A member of a space.
pub fn person(source: &dyn Source, text: &str) -> Result<(StreamId, PersonId), End> {
    let text = text.trim_start_matches('@');
    let mut first = None;
    for space in item::spaces(source) {
        let members: Vec<(PersonId, String)> =
            people::present(source, space).into_iter().map(|(person, member)| (person, member.name)).collect();
        match called("person", text, &members) {
            Ok(person) => return Ok((space, person)),
            Err(end) => first = first.or(Some(end)),
        }
    }
    Err(first.unwrap_or_else(|| End::NotFound(format!("person {text}"))))
}

/// The documents of all rooms: room, document, title.
pub fn documents(source: &dyn Source) -> Vec<(StreamId, StreamId, String)> {
    let rooms: Vec<StreamId> = rooms(source).into_iter().map(|(room, _)| room).collect();
    item::documents(source, &rooms).into_iter().map(|document| (document.room, document.id, document.title)).collect()
}

/// A document and its room.
pub fn document(source: &dyn Source, text: &str) -> Result<(StreamId, StreamId), End> {
    let documents = documents(source);
    let named: Vec<(StreamId, String)> = documents.iter().map(|(_, id, title)| (*id, title.clone())).collect();
    let found = called("document", text, &named)?;
    let room = documents.iter().find(|(_, id, _)| *id == found).map(|(room, ..)| *room);
    Ok((room.unwrap_or(found), found))
}

/// A message and its room: in this room, or in any that is held.
pub fn message(source: &dyn Source, room: Option<StreamId>, text: &str) -> Result<(StreamId, EventId), End> {
    let rooms: Vec<StreamId> = match room {
        Some(room) => vec![room],
        None => rooms(source).into_iter().map(|(room, _)| room).collect(),
    };
    if let Ok(id) = text.parse::<EventId>() {
        let in_room = rooms.iter().find(|room| source.row(**room, &Key::Message(id)).is_some());
        return in_room.map(|room| (*room, id)).ok_or_else(|| End::NotFound(format!("message {text}")));
    }
    let mut found = Vec::new();
    for room in rooms {
        let places = (Key::Timeline(0), Key::Timeline(PENDING_SEQ * 2));
        for (_, row) in source.range(room, places.0, places.1, true, SEARCHED_MAX) {
            match row.value {
                Value::At(id) if id.to_string().starts_with(&text.to_lowercase()) => found.push((room, id)),
                _ => {}
            }
        }
    }
    found.dedup();
    match found[..] {
        [one] if text.len() >= ABBREVIATION_CHARS_MIN => Ok(one),
        [] | [_] => Err(End::NotFound(format!("message {text}"))),
        _ => Err(End::NotFound(format!("message {text} is not the only one"))),
    }
}
