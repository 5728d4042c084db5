//! The quick switcher: rooms, documents and people whose name fits what was typed.

use crate::command::{FoundItem, FoundKind};
use crate::source::Source;
use crate::view::item::{self, Items};
use crate::view::people;
use folkmoot_model::features::people::Role;
use folkmoot_model::id::StreamId;
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str, chars};
use std::cmp::Reverse;

/// The most that is found: what is further down nobody reads.
pub const FOUND_MAX: usize = 50;

/// The longest query that is looked at, in characters.
const QUERY_CHARS_MAX: usize = 120;

/// How a name fits what was typed, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It is that.
    Whole,
    /// It begins with that.
    Beginning,
    /// Each word that was typed begins one of its words.
    Words,
    /// Each word that was typed is somewhere in it.
    Within,
    /// The letters are there in this order, with others between them.
    Scattered,
}

/// What fits the query, best first; for an empty query everything, as most recently used. `recents` names rooms and
/// documents, the last used first. At most [`FOUND_MAX`].
pub fn find(source: &dyn Source, query: &str, recents: &[StreamId]) -> Vec<FoundItem> {
    let query: String = query.trim().chars().take(QUERY_CHARS_MAX).collect();
    let pattern = Pattern::new(&query, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let scored = everything(source).into_iter().enumerate().filter_map(|(order, item)| {
        let score = pattern.score(Utf32Str::new(&item.name, &mut buffer), &mut matcher)?;
        let fit = fit(&item.name, &query);
        let used = recents.iter().position(|recent| recent.to_string() == item.id).unwrap_or(usize::MAX);
        let item = FoundItem { scattered: fit == Fit::Scattered, ..item };
        Some(((fit, Reverse(score), used, item.kind != FoundKind::Room, order), item))
    });
    let mut found: Vec<_> = scored.collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().take(FOUND_MAX).map(|(_, item)| item).collect()
}

/// How a name fits a query that the matcher found in it.
fn fit(name: &str, query: &str) -> Fit {
    let (name, query) = (folded(name), folded(query));
    let begins = |at: usize| name[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
    if name == query {
        Fit::Whole
    } else if name.starts_with(&query) {
        Fit::Beginning
    } else if query.split_whitespace().all(|word| name.match_indices(word).any(|(at, _)| begins(at))) {
        Fit::Words
    } else if query.split_whitespace().all(|word| name.contains(word)) {
        Fit::Within
    } else {
        Fit::Scattered
    }
}

/// Without case and accents, as the matcher compares.
fn folded(text: &str) -> String {
    text.chars().map(|char| chars::to_lower_case(chars::normalize(char))).collect()
}

/// Rooms, documents, people and open rooms of all spaces.
fn everything(source: &dyn Source) -> Vec<FoundItem> {
    item::spaces(source).into_iter().flat_map(|space| of_space(source, space)).collect()
}

fn of_space(source: &dyn Source, space: StreamId) -> Vec<FoundItem> {
    let mut items = Items::of(source, space);
    let mut found = Vec::new();
    let mut add = |kind, id: String, name: &str, context: &str| {
        let (name, context) = (name.to_owned(), context.to_owned());
        found.push(FoundItem { kind, id, name, context, space, scattered: false });
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
