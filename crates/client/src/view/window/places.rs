//! Places of a room: which are held without a gap, and the messages at them.

use super::{Posted, STEP};
use crate::source::Source;
use crate::view::unread::at_place;
use folkmoot_model::event::PENDING_SEQ;
use folkmoot_model::features::messages::message;
use folkmoot_model::id::{EventId, Seq, StreamId};
use folkmoot_model::key::{Key, List};
use folkmoot_sync::replica::io::StreamHeld;
use folkmoot_wire::frame::Range;
use folkmoot_wire::limits::PAGE_PLACES_MAX;

/// The place of an accepted message that is held.
pub fn place(source: &dyn Source, room: StreamId, id: EventId) -> Option<Seq> {
    let row = source.row(room, &Key::Message(id)).and_then(message)?;
    (row.posted_seq < PENDING_SEQ).then_some(row.posted_seq)
}

/// The places around `place` that are held without a gap, first and last.
pub fn span(held: &StreamHeld, place: Seq) -> Option<(Seq, Seq)> {
    let mut found: Option<(Seq, Seq)> = None;
    for range in held.ranges(List::Messages) {
        match found {
            Some((first, last)) if range.first == last + 1 => found = Some((first, range.last)),
            Some((_, last)) if last >= place => break,
            _ => found = Some((range.first, range.last)),
        }
    }
    found.filter(|(first, last)| (*first..=*last).contains(&place))
}

/// The first run of shown places that may be out of date, as much as one page brings.
pub fn stale(held: &StreamHeld, oldest: Seq, newest: Seq) -> Option<Range> {
    let range = held
        .ranges(List::Messages)
        .into_iter()
        .find(|range| range.stale_since.is_some() && range.first <= newest && range.last >= oldest)?;
    let first = range.first.max(oldest);
    Some(Range { first, last: range.last.min(newest).min(first.saturating_add(PAGE_PLACES_MAX - 1)) })
}

/// As many places around `focus` as one page brings.
pub fn nearby(focus: Seq, end: Seq) -> Range {
    let last = focus.saturating_add(PAGE_PLACES_MAX / 2).min(end);
    Range { first: last.saturating_sub(PAGE_PLACES_MAX - 1).max(1), last }
}

/// At most `limit` accepted messages at these places (first and last), ascending or, with `rev`, descending.
pub fn walk(source: &dyn Source, room: StreamId, places: (Seq, Seq), rev: bool, limit: usize) -> Vec<Posted> {
    let (mut first, mut last) = (places.0, places.1.min(PENDING_SEQ - 1));
    let mut messages = Vec::new();
    while first <= last && messages.len() < limit {
        let asked = (limit - messages.len()).min(STEP);
        let rows = source.range(room, Key::Timeline(first), Key::Timeline(last), rev, asked);
        messages.extend(rows.iter().filter_map(|place| at_place(source, room, place)));
        let Some((Key::Timeline(seq), _)) = rows.last().filter(|_| rows.len() == asked) else { break };
        match (rev, seq.checked_sub(1)) {
            (false, _) => first = seq + 1,
            (true, Some(before)) => last = before,
            (true, None) => break,
        }
    }
    messages
}
