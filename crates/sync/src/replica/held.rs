//! How far a device holds a stream: all of its structure, and of each list the places that were followed or fetched.

use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::key::{Key, KeyKind, List};
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::row::Rows;
use folkmoot_wire::frame::Range;
use folkmoot_wire::limits::PAGE_PLACES_MAX;
use std::collections::BTreeMap;

/// The most runs of events that are remembered of a stream: each begins with a snapshot. What lies before them of a list is
/// fetched when it is wanted.
const RUNS_MAX: usize = 64;

/// The most lists of a stream of which fetched places are remembered: those of others are fetched again when they are looked at.
pub const LISTS_MAX: usize = 512;

/// How far a device holds a stream.
#[derive(Debug, Clone, PartialEq, Eq, Default, minicbor::Encode, minicbor::Decode)]
pub struct StreamHeld {
    /// The last seq whose effects are held.
    #[n(0)]
    pub cursor: Seq,
    /// The fold that made the rows.
    #[n(1)]
    pub fold: u32,
    /// Places whose events were followed one by one: held of every list, where `fetched` says nothing of them. Ascending,
    /// without overlap. (Up to 0.1 all that was held of the messages, the only list.)
    #[n(2)]
    pub followed: Vec<HeldRange>,
    /// Places that came by pages and snapshots, by list. Ascending, without overlap.
    #[n(3)]
    #[cbor(default)]
    pub fetched: BTreeMap<List, Vec<HeldRange>>,
}

/// Places of a list that are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
pub struct HeldRange {
    /// The first.
    #[n(0)]
    pub first: Seq,
    /// The last.
    #[n(1)]
    pub last: Seq,
    /// `None`: every event up to the cursor was stepped over them. Otherwise they are as of this seq, and events
    /// after it may be missing in them: ask for what changed since.
    #[n(2)]
    pub stale_since: Option<Seq>,
}

impl HeldRange {
    fn has(&self, place: Seq) -> bool {
        (self.first..=self.last).contains(&place)
    }
}

impl StreamHeld {
    /// What is held of a list, ascending and without overlap.
    pub fn ranges(&self, list: List) -> Vec<HeldRange> {
        let mut ranges = self.followed.clone();
        for fetched in self.fetched.get(&list).into_iter().flatten() {
            hold(&mut ranges, *fetched);
        }
        ranges
    }

    /// Is the place of a list held, with all that happened to it up to the cursor?
    pub fn is_fresh(&self, list: List, place: Seq) -> bool {
        let of = |ranges: &[HeldRange]| ranges.iter().find(|range| range.has(place)).map(|range| range.stale_since);
        let fetched = self.fetched.get(&list).and_then(|ranges| of(ranges));
        fetched.or_else(|| of(&self.followed)) == Some(None)
    }

    /// Are all these places of a list held, with all that happened to them up to the cursor?
    pub fn has_fresh(&self, list: List, places: Range) -> bool {
        let mut next = places.first;
        for range in self.ranges(list) {
            if range.has(next) && range.stale_since.is_none() {
                next = range.last + 1;
            }
        }
        next > places.last
    }

    /// Is the row at `key`, which is in `rows`, as of the cursor? What is of no list is.
    pub fn is_fresh_row(&self, rows: &dyn Rows, stream: StreamId, key: &Key) -> bool {
        match key.kind() {
            KeyKind::Structure | KeyKind::Index => true,
            KeyKind::List(list, place) => self.is_fresh(list, place),
            KeyKind::Part(_) => {
                let row = rows.get(stream, &key.depends_on().unwrap_or(*key)).row();
                let places = row.map(|row| row.value.places());
                places.is_none_or(|places| places.iter().any(|(list, place)| self.is_fresh(*list, *place)))
            }
        }
    }

    /// The cursor moves by one event, which was followed.
    pub(super) fn advance(&mut self, fold: u32) {
        let next = self.cursor + 1;
        match self.followed.last_mut() {
            Some(range) if range.last == self.cursor => range.last = next,
            _ => self.followed.push(HeldRange { first: next, last: next, stale_since: None }),
        }
        (self.cursor, self.fold) = (next, fold);
    }

    /// The cursor jumps to `seq` by a snapshot that holds `places` of the messages whole. Whatever was held is stale from the
    /// old cursor on.
    pub(super) fn jump(&mut self, seq: Seq, places: Range, fold: u32) {
        let old = self.cursor;
        let mut messages = self.ranges(List::Messages);
        let stale = |range: &mut HeldRange| {
            if !planted(Mutant::JumpedRangesStayFresh) {
                range.stale_since.get_or_insert(old);
            }
        };
        messages.iter_mut().for_each(stale);
        self.followed.iter_mut().for_each(stale);
        self.fetched.values_mut().flatten().for_each(stale);
        let newest = HeldRange { first: places.first.max(1), last: seq, stale_since: None };
        // Nothing that is held lies beyond: a log that begins anew under the same id would tell otherwise.
        messages.retain(|range| range.first < newest.first);
        hold(&mut messages, newest);
        self.fetched.insert(List::Messages, messages);
        self.followed.drain(..self.followed.len().saturating_sub(RUNS_MAX));
        (self.cursor, self.fold) = (seq, fold);
    }

    /// A page has brought these places of a list.
    pub(super) fn fetched(&mut self, list: List, range: HeldRange) {
        hold(self.fetched.entry(list).or_default(), range);
        // All of this is written with each event of the stream.
        while self.fetched.len() > LISTS_MAX {
            let newest = |ranges: &[HeldRange]| ranges.last().map_or(0, |range| range.last);
            let others = self.fetched.iter().filter(|(of, _)| of.is_sparse() && **of != list);
            let Some(oldest) = others.min_by_key(|(_, ranges)| newest(ranges)).map(|(of, _)| *of) else { return };
            self.fetched.remove(&oldest);
        }
    }

    /// The places of `range` up to the cursor that are not held, or stale, with the seq since which rows are wanted; newest
    /// first, and cut to pages where the server does not.
    pub(super) fn missing(&self, list: List, range: Range) -> Vec<(Range, Seq)> {
        let last = range.last.min(self.cursor);
        let mut wanted = Vec::new();
        let mut next = range.first.max(1);
        let ranges = self.ranges(list);
        for known in ranges.iter().filter(|known| known.last >= range.first.max(1) && known.first <= last) {
            if known.first > next {
                wanted.push((Range { first: next, last: known.first - 1 }, 0));
            }
            if let Some(since) = known.stale_since {
                let since = if planted(Mutant::AsksSinceNow) { self.cursor } else { since };
                wanted.push((Range { first: known.first.max(next), last: known.last.min(last) }, since));
            }
            next = known.last + 1;
        }
        if next <= last {
            wanted.push((Range { first: next, last }, 0));
        }
        if list.is_sparse() {
            wanted.reverse();
            return wanted;
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
}

/// Takes `new` into held ranges: it replaces what it covers, and joins neighbours that are as fresh.
fn hold(held: &mut Vec<HeldRange>, new: HeldRange) {
    // A snapshot of a room without messages holds none.
    if new.first > new.last {
        return;
    }
    let mut ranges = Vec::new();
    for range in held.drain(..) {
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
        match held.last_mut() {
            Some(before) if before.last + 1 == range.first && before.stale_since == range.stale_since => {
                before.last = range.last;
            }
            _ => held.push(range),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: Seq, last: Seq, stale_since: Option<Seq>) -> HeldRange {
        HeldRange { first, last, stale_since }
    }

    fn held(cursor: Seq, fetched: Vec<HeldRange>, followed: Vec<HeldRange>) -> StreamHeld {
        StreamHeld { cursor, fold: 1, followed, fetched: [(List::Messages, fetched)].into() }
    }

    #[test]
    fn only_what_is_missing_or_stale_is_wanted() {
        let held = held(60, vec![range(10, 19, Some(25)), range(40, 50, None)], vec![range(51, 60, None)]);
        let wanted = held.missing(List::Messages, Range { first: 0, last: 90 });
        let pages: Vec<_> = wanted.iter().map(|(range, since)| (range.first, range.last, *since)).collect();
        assert_eq!(pages, [(20, 39, 0), (10, 19, 25), (1, 9, 0)]);
        assert_eq!(held.missing(List::Messages, Range { first: 45, last: 55 }), []);
    }

    #[test]
    fn a_fresh_page_splits_and_joins_what_is_held() {
        let mut held = held(60, vec![range(1, 30, Some(25))], vec![range(41, 60, None)]);
        held.fetched(List::Messages, range(11, 40, None));
        assert_eq!(held.ranges(List::Messages), [range(1, 10, Some(25)), range(11, 60, None)]);
        assert!(held.is_fresh(List::Messages, 60) && held.is_fresh(List::Messages, 11));
        assert!(!held.is_fresh(List::Messages, 10) && !held.is_fresh(List::Messages, 61));
    }

    #[test]
    fn a_snapshot_makes_stale_what_was_followed_and_holds_the_newest() {
        let mut held = held(0, Vec::new(), Vec::new());
        (0..30).for_each(|_| held.advance(1));
        held.jump(90, Range { first: 25, last: 90 }, 1);
        (0..10).for_each(|_| held.advance(1));
        assert_eq!(held.ranges(List::Messages), [range(1, 24, Some(30)), range(25, 100, None)]);
        assert_eq!(held.followed, [range(1, 30, Some(30)), range(91, 100, None)]);
    }

    #[test]
    fn of_very_many_threads_the_oldest_are_fetched_again() {
        let mut held = held(60, vec![range(1, 60, None)], Vec::new());
        let thread = |n: u64| List::Thread(folkmoot_model::id::EventId(u128::from(n).to_be_bytes()));
        for n in 1..=LISTS_MAX as u64 + 10 {
            held.fetched(thread(n), range(1, n, None));
        }
        assert_eq!(held.fetched.len(), LISTS_MAX);
        assert!(held.ranges(thread(1)).is_empty() && !held.ranges(thread(LISTS_MAX as u64 + 10)).is_empty());
        assert!(!held.ranges(List::Messages).is_empty(), "those of the room stay");
    }

    #[test]
    fn what_version_0_1_kept_can_be_read() {
        // Up to 0.1: [cursor, fold, [[first, last, stale_since]]].
        let older = [0x83, 0x09, 0x02, 0x81, 0x83, 0x01, 0x09, 0xf6];
        let read: StreamHeld = minicbor::decode(&older).expect("it is read");
        let expected = StreamHeld { cursor: 9, fold: 2, followed: vec![range(1, 9, None)], ..StreamHeld::default() };
        assert_eq!(read, expected);
    }
}
