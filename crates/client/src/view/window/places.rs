//! Places of a room or thread: which are held without a gap, and the messages at them.

use super::{Posted, STEP};
use crate::source::Source;
use crate::view::talk::Talk;
use crate::view::unread::{at_place, place_in_list};
use folkmoot_model::event::PENDING_SEQ;
use folkmoot_model::features::messages::message;
use folkmoot_model::id::{EventId, Seq};
use folkmoot_model::key::{Key, List};
use folkmoot_sync::replica::io::StreamHeld;
use folkmoot_wire::frame::Range;
use folkmoot_wire::limits::PAGE_PLACES_MAX;

/// The place of an accepted message that is held.
pub fn place(source: &dyn Source, talk: Talk, id: EventId) -> Option<Seq> {
    let row = source.row(talk.room, &Key::Message(id)).and_then(message)?;
    (row.posted_seq < PENDING_SEQ && talk.has(&row)).then_some(row.posted_seq)
}

/// The places around `place` that are held without a gap, first and last.
pub fn span(held: &StreamHeld, list: List, place: Seq) -> Option<(Seq, Seq)> {
    let mut found: Option<(Seq, Seq)> = None;
    for range in held.ranges(list) {
        match found {
            Some((first, last)) if range.first == last + 1 => found = Some((first, range.last)),
            Some((_, last)) if last >= place => break,
            _ => found = Some((range.first, range.last)),
        }
    }
    found.filter(|(first, last)| (*first..=*last).contains(&place))
}

/// The first run of shown places that may be out of date, as much as one page brings.
pub fn stale(held: &StreamHeld, list: List, oldest: Seq, newest: Seq) -> Option<Range> {
    let range = held
        .ranges(list)
        .into_iter()
        .find(|range| range.stale_since.is_some() && range.first <= newest && range.last >= oldest)?;
    let first = range.first.max(oldest);
    Some(Range { first, last: range.last.min(newest).min(first.saturating_add(width(list) - 1)) })
}

/// As many places around `focus` as one page brings, from `floor` to `end`.
pub fn nearby(list: List, focus: Seq, floor: Seq, end: Seq) -> Range {
    let last = focus.saturating_add(width(list) / 2).min(end);
    Range { first: last.saturating_sub(width(list) - 1).max(floor).min(last), last }
}

/// The places after `last`, as many as one page brings.
pub fn after_place(list: List, last: Seq, end: Seq) -> Range {
    Range { first: last + 1, last: last.saturating_add(width(list)).min(end) }
}

/// The places before `first`, as many as one page brings.
pub fn before_place(list: List, first: Seq, floor: Seq) -> Range {
    Range { first: first.saturating_sub(width(list)).max(floor), last: first - 1 }
}

/// How many places one page may span: of a sparse list any number.
fn width(list: List) -> u64 {
    if list.is_sparse() { Seq::MAX } else { PAGE_PLACES_MAX }
}

/// At most `limit` accepted messages at these places (first and last), ascending or, with `rev`, descending.
pub fn walk(source: &dyn Source, talk: Talk, places: (Seq, Seq), rev: bool, limit: usize) -> Vec<Posted> {
    let (mut first, mut last, list) = (places.0, places.1.min(PENDING_SEQ - 1), talk.list());
    let mut messages = Vec::new();
    while first <= last && messages.len() < limit {
        let asked = (limit - messages.len()).min(STEP);
        let rows = source.range(talk.room, list.entry(first), list.entry(last), rev, asked);
        messages.extend(rows.iter().filter_map(|place| at_place(source, talk.room, place)));
        let last_read = rows.last().and_then(|(key, _)| place_in_list(key)).filter(|_| rows.len() == asked);
        let Some(seq) = last_read else { break };
        match (rev, seq.checked_sub(1)) {
            (false, _) => first = seq + 1,
            (true, Some(before)) => last = before,
            (true, None) => break,
        }
    }
    messages
}
