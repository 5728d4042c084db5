//! The quick switcher: rooms, documents and people whose name fits what was typed.

use crate::command::{FoundItem, FoundKind};
use crate::source::Source;
use crate::view::item::{self, Items};
use crate::view::people;
use folkmoot_model::id::StreamId;
use folkmoot_model::members::Role;
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use std::cmp::Reverse;

/// The most that is found: what is further down nobody reads.
pub const FOUND_MAX: usize = 50;

/// The longest query that is looked at, in characters.
const QUERY_CHARS_MAX: usize = 120;

/// What fits the query, best first; for an empty query everything, as most recently used. `recents` names rooms and
/// documents, the last used first. At most [`FOUND_MAX`].
pub fn find(source: &dyn Source, query: &str, recents: &[StreamId]) -> Vec<FoundItem> {
    let query: String = query.trim().chars().take(QUERY_CHARS_MAX).collect();
    let pattern = Pattern::new(&query, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let scored = everything(source).into_iter().enumerate().filter_map(|(order, item)| {
        let score = pattern.score(Utf32Str::new(&item.name, &mut buffer), &mut matcher)?;
        let used = recents.iter().position(|recent| recent.to_string() == item.id).unwrap_or(usize::MAX);
        Some(((Reverse(score), used, item.kind != FoundKind::Room, order), item))
    });
    let mut found: Vec<_> = scored.collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().take(FOUND_MAX).map(|(_, item)| item).collect()
}

/// Rooms, documents, people and open rooms of all spaces.
fn everything(source: &dyn Source) -> Vec<FoundItem> {
    item::spaces(source).into_iter().flat_map(|space| of_space(source, space)).collect()
}

fn of_space(source: &dyn Source, space: StreamId) -> Vec<FoundItem> {
    let mut items = Items::of(source, space);
    let mut found = Vec::new();
    let mut add = |kind, id: String, name: &str, context: &str| {
        found.push(FoundItem { kind, id, name: name.to_owned(), context: context.to_owned(), space });
    };
    let rooms: Vec<_> = item::rooms(source, space);
    let rooms: Vec<_> = rooms.iter().map(|(room, head)| (*room, items.room_name(head), head.topic.clone())).collect();
    for (room, name, topic) in &rooms {
        add(FoundKind::Room, room.to_string(), name, topic);
    }
    let streams: Vec<StreamId> = rooms.iter().map(|(room, ..)| *room).collect();
    for document in item::documents(source, &streams).iter().filter(|document| !document.archived) {
        let room = rooms.iter().find(|(room, ..)| *room == document.room);
        let room = room.map(|(_, name, _)| name.as_str()).unwrap_or_default();
        add(FoundKind::Document, document.id.to_string(), &document.title, room);
    }
    for (person, member) in people::present(source, space) {
        if person != source.me() {
            add(FoundKind::Person, person.to_string(), &member.name, "");
        }
    }
    let guest = people::member(source, space, source.me()).is_none_or(|me| me.role == Role::Guest);
    for (room, listing) in item::listings(source, space) {
        if !guest && !listing.archived && !streams.contains(&room) {
            add(FoundKind::OpenRoom, room.to_string(), &listing.name, &listing.topic);
        }
    }
    found
}

#[cfg(test)]
mod tests;
