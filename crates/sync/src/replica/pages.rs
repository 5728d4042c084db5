//! Rows of a list that a screen wants: what of them is missing or stale is asked for, a page at a time.

use super::Replica;
use super::io::{Changes, Effect, HeldRange};
use super::views::newer;
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::key::{Key, List};
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::row::{Overlay, Rows};
use folkmoot_wire::frame::{Page, PageRows, Range, Unlisted, WireRow};
use std::collections::{BTreeMap, BTreeSet};

/// The most pages that are asked for and not answered.
const PAGES_MAX: usize = 32;

/// The pages that are being fetched.
#[derive(Debug, Default)]
pub struct Pages {
    /// By stream, list and last place: the first may come out later than was asked.
    fetched: BTreeMap<(StreamId, List, Seq), Fetch>,
    /// Lists that the server does not know, which is older than this device: they are not asked for over this link.
    unlisted: BTreeSet<List>,
}

#[derive(Debug)]
struct Fetch {
    first: Seq,
    since: Seq,
    rows: Vec<WireRow>,
}

impl Pages {
    /// Is a page of the stream being fetched?
    pub fn has(&self, stream: StreamId) -> bool {
        self.fetched.keys().any(|(of, ..)| *of == stream)
    }

    /// Fetch nothing of the stream.
    pub fn forget(&mut self, stream: StreamId) {
        self.fetched.retain(|(of, ..), _| *of != stream);
    }

    /// The server does not know a list: what was asked for of it does not come.
    pub fn unlisted(&mut self, said: &Unlisted) {
        let lists = self.fetched.keys().map(|(_, list, _)| *list).filter(|list| said.is_of(*list));
        self.unlisted.extend(lists);
        self.fetched.retain(|(_, list, _), _| !self.unlisted.contains(list));
    }

    /// The next server may know more.
    pub fn new_link(&mut self) {
        self.unlisted.clear();
    }
}

impl Replica {
    pub(super) fn want(&mut self, stream: StreamId, list: List, range: Range) {
        let may_ask = !self.is_outdated(stream) && !self.pages.unlisted.contains(&list);
        let Some(held) = self.held.get(&stream).filter(|_| may_ask) else { return };
        for (range, since) in held.missing(list, range) {
            let place = (stream, list, range.last);
            if self.pages.fetched.len() >= PAGES_MAX || self.pages.fetched.contains_key(&place) {
                continue;
            }
            self.pages.fetched.insert(place, Fetch { first: range.first, since, rows: Vec::new() });
            self.ask(Page { stream, range, since, list });
        }
    }

    fn ask(&mut self, page: Page) {
        if self.link.is_up() && self.feeds.contains_key(&page.stream) {
            self.send(page);
        }
    }

    /// Asks again for everything that the last link did not answer.
    pub(super) fn ask_again(&mut self) {
        let mut asked = Vec::new();
        for ((stream, list, last), fetch) in &mut self.pages.fetched {
            fetch.rows.clear();
            let range = Range { first: fetch.first, last: *last };
            asked.push(Page { stream: *stream, range, since: fetch.since, list: *list });
        }
        for page in asked {
            self.ask(page);
        }
    }

    pub(super) fn page_rows(&mut self, rows: &dyn Rows, page: PageRows) {
        let PageRows { stream, range, rows: chunk, as_of, last, list } = page;
        let place = (stream, list, range.last);
        let Some(fetch) = self.pages.fetched.get_mut(&place) else { return };
        // Of a sparse list the newest entries come, and with them from which place on that is all.
        if range.first != fetch.first && !(list.is_sparse() && (fetch.first..=range.last).contains(&range.first)) {
            return;
        }
        fetch.rows.extend(chunk);
        if !last {
            return;
        }
        let Some(fetch) = self.pages.fetched.remove(&place) else { return };
        let Some(held) = self.held.get(&stream) else { return };
        let mut held = held.clone();
        // Events after `as_of` that the cursor has passed found nothing here to step over: they may be missing.
        let stale_since = (as_of < held.cursor && !planted(Mutant::PagesAreFresh)).then_some(as_of);
        held.fetched(list, HeldRange { first: range.first, last: range.last, stale_since });
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
            self.want(stream, list, range);
        }
    }
}
