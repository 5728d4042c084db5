//! Rows of older messages that a screen wants: what of them is missing or stale is asked for, a page at a time.

use super::Replica;
use super::io::{Changes, Effect, HeldRange, StreamHeld};
use super::views::newer;
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::row::{Overlay, Rows};
use folkmoot_wire::frame::{Page, PageRows, Range, WireRow};
use folkmoot_wire::limits::PAGE_PLACES_MAX;
use std::collections::BTreeMap;

/// The most pages that are asked for and not answered.
const PAGES_MAX: usize = 32;

/// The pages that are being fetched, by stream and first place.
#[derive(Debug, Default)]
pub struct Pages(BTreeMap<(StreamId, Seq), Fetch>);

#[derive(Debug)]
struct Fetch {
    last: Seq,
    since: Seq,
    rows: Vec<WireRow>,
}

impl Pages {
    /// Is a page of the stream being fetched?
    pub fn has(&self, stream: StreamId) -> bool {
        self.0.range((stream, 0)..=(stream, Seq::MAX)).next().is_some()
    }

    /// Fetch nothing of the stream.
    pub fn forget(&mut self, stream: StreamId) {
        self.0.retain(|(held, _), _| *held != stream);
    }
}

impl Replica {
    pub(super) fn want(&mut self, room: StreamId, range: Range) {
        let Some(held) = self.held.get(&room) else { return };
        for fetch in missing(held, range) {
            if self.pages.0.len() >= PAGES_MAX || self.pages.0.contains_key(&(room, fetch.0.first)) {
                continue;
            }
            let (range, since) = fetch;
            self.pages.0.insert((room, range.first), Fetch { last: range.last, since, rows: Vec::new() });
            self.ask(room, range, since);
        }
    }

    fn ask(&mut self, stream: StreamId, range: Range, since: Seq) {
        if self.link.is_up() && self.feeds.contains_key(&stream) {
            self.send(Page { stream, range, since });
        }
    }

    /// Asks again for everything that the last link did not answer.
    pub(super) fn ask_again(&mut self) {
        let mut asked = Vec::new();
        for ((stream, first), fetch) in &mut self.pages.0 {
            fetch.rows.clear();
            asked.push((*stream, Range { first: *first, last: fetch.last }, fetch.since));
        }
        for (stream, range, since) in asked {
            self.ask(stream, range, since);
        }
    }

    pub(super) fn page_rows(&mut self, rows: &dyn Rows, page: PageRows) {
        let PageRows { stream, range, rows: chunk, as_of, last } = page;
        let Some(fetch) = self.pages.0.get_mut(&(stream, range.first)) else { return };
        if fetch.last != range.last {
            return;
        }
        fetch.rows.extend(chunk);
        if !last {
            return;
        }
        let Some(fetch) = self.pages.0.remove(&(stream, range.first)) else { return };
        let Some(held) = self.held.get(&stream) else { return };
        let mut held = held.clone();
        // Events after `as_of` that the cursor has passed found nothing here to step over: they may be missing.
        let stale_since = (as_of < held.cursor && !planted(Mutant::PagesAreFresh)).then_some(as_of);
        hold(&mut held, HeldRange { first: range.first, last: range.last, stale_since });
        let changed = newer(rows, stream, fetch.rows);
        let keys: Vec<(StreamId, Key)> = changed.iter().map(|(stream, key, _)| (*stream, *key)).collect();
        let mut now = Overlay::over(rows);
        for (stream, key, row) in &changed {
            now.put(*stream, *key, row.clone());
        }
        self.held.insert(stream, held.clone());
        let changes = Changes { rows: changed, streams: vec![(stream, held)], ..Changes::default() };
        self.script.push(Effect::Commit(changes));
        self.script.push(Effect::Changed(keys));
        self.rebuild_overlay(stream, &now);
        if stale_since.is_some() {
            self.want(stream, range);
        }
    }
}

/// The places of `range` up to the cursor that are not held, or stale, with the seq since which rows are wanted; cut
/// to pages, newest first.
fn missing(held: &StreamHeld, range: Range) -> Vec<(Range, Seq)> {
    let last = range.last.min(held.cursor);
    let mut wanted = Vec::new();
    let mut next = range.first.max(1);
    for known in held.ranges.iter().filter(|known| known.last >= range.first.max(1) && known.first <= last) {
        if known.first > next {
            wanted.push((Range { first: next, last: known.first - 1 }, 0));
        }
        if let Some(since) = known.stale_since {
            let since = if planted(Mutant::AsksSinceNow) { held.cursor } else { since };
            wanted.push((Range { first: known.first.max(next), last: known.last.min(last) }, since));
        }
        next = known.last + 1;
    }
    if next <= last {
        wanted.push((Range { first: next, last }, 0));
    }
    let mut pages = Vec::new();
    for (range, since) in wanted.into_iter().rev() {
        let mut last = range.last;
        while last >= range.first {
            let first = range.first.max((last + 1).saturating_sub(PAGE_PLACES_MAX));
            pages.push((Range { first, last }, since));
            last = first - 1;
        }
    }
    pages
}

/// Takes `new` into the held ranges: it replaces what it covers, and joins neighbours that are as fresh.
fn hold(held: &mut StreamHeld, new: HeldRange) {
    let mut ranges = Vec::new();
    for range in held.ranges.drain(..) {
        if range.first < new.first {
            ranges.push(HeldRange { last: range.last.min(new.first - 1), ..range });
        }
        if range.last > new.last {
            ranges.push(HeldRange { first: range.first.max(new.last + 1), ..range });
        }
    }
    ranges.push(new);
    ranges.sort_by_key(|range| range.first);
    for range in ranges {
        match held.ranges.last_mut() {
            Some(before) if before.last + 1 == range.first && before.stale_since == range.stale_since => {
                before.last = range.last;
            }
            _ => held.ranges.push(range),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: Seq, last: Seq, stale_since: Option<Seq>) -> HeldRange {
        HeldRange { first, last, stale_since }
    }

    #[test]
    fn only_what_is_missing_or_stale_is_wanted() {
        let ranges = vec![range(10, 19, Some(25)), range(40, 60, None)];
        let held = StreamHeld { cursor: 60, fold: 1, ranges };
        let wanted = missing(&held, Range { first: 0, last: 90 });
        let pages: Vec<_> = wanted.iter().map(|(range, since)| (range.first, range.last, *since)).collect();
        assert_eq!(pages, [(20, 39, 0), (10, 19, 25), (1, 9, 0)]);
        assert_eq!(missing(&held, Range { first: 45, last: 50 }), []);
    }

    #[test]
    fn a_fresh_page_splits_and_joins_what_is_held() {
        let mut held = StreamHeld { cursor: 60, fold: 1, ranges: vec![range(1, 30, Some(25)), range(41, 60, None)] };
        hold(&mut held, range(11, 40, None));
        assert_eq!(held.ranges, [range(1, 10, Some(25)), range(11, 60, None)]);
    }
}
