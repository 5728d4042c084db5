//! The turns of reads: each connection has a few under way and is read nothing more while what it was sent is not
//! written, so that none holds others up, and none holds more than it takes. And pages, which are nothing but reads.

use super::io::{Effect, Found, Read, ReadOutcome, SessionId, What};
use super::part::chunks;
use super::session::{Ask, PageAsk};
use super::sub::{Pace, Rest, Turn};
use super::{Hub, Readers, Reading};
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_wire::frame::{ByeCode, Page, PageRows, Range, WireRow};
use folkmoot_wire::limits;

impl Hub {
    /// Begins what waits to be read for a connection: as much as may be under way at once, and while what was sent is
    /// written.
    pub(super) fn begin_reads(&mut self, id: SessionId) {
        while let Some(session) = self.sessions.get_mut(&id) {
            match session.next_ask(&self.bounds) {
                Some((turn, Ask::Stream(stream))) => self.begin_stream(id, stream, turn),
                Some((turn, Ask::Page(ask))) => self.begin_page(id, turn, ask),
                None => {
                    let waits = session.reads().0 > 0 && !session.has_room(&self.bounds);
                    if waits && session.asks_when_drained() {
                        self.script.push(Effect::TellDrained { session: id });
                    }
                    return;
                }
            }
        }
    }

    /// A connection's driver has written what it was asked to tell of.
    pub(super) fn drained(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.heard_ms = self.now_ms;
        session.drained();
        self.begin_reads(id);
    }

    fn begin_stream(&mut self, id: SessionId, stream: StreamId, turn: Turn) {
        if let Some(sub) = self.sessions.get_mut(&id).and_then(|session| session.subs.get_mut(&stream)) {
            sub.pace = Pace::Waiting;
        }
        // Meanwhile it may have been passed on.
        if !self.must_be_read(id, stream) {
            return;
        }
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let has_room = session.has_room(&self.bounds);
        let Some(sub) = session.subs.get_mut(&stream) else { return };
        sub.pace = Pace::Reading(turn);
        let (events, bytes) = sub.room();
        let what = match sub.rest {
            _ if !has_room => What::Tail { after: sub.sent, events: 0, bytes: 0 },
            Some(Rest { seq, held, place }) => What::Rest { seq, held, place },
            None => What::Tail { after: sub.sent, events, bytes },
        };
        session.reads_now(turn, Some(stream));
        let Some(reading) = self.reading.get_mut(&(stream, what)) else {
            return self.read_for(stream, what, Readers::from([(id, turn)]));
        };
        let readers = if planted(Mutant::ReadsJoined) { &mut reading.now } else { &mut reading.next };
        if let Some(void) = readers.insert(id, turn) {
            self.has_read(id, void);
        }
    }

    /// Reads once for all of these.
    pub(super) fn read_for(&mut self, stream: StreamId, what: What, now: Readers) {
        let who = now.keys().filter_map(|id| self.person(*id)).collect();
        self.tickets += 1;
        self.reads.insert(self.tickets, (stream, what));
        self.reading.insert((stream, what), Reading { now, next: Readers::new() });
        self.script.push(Effect::Read { ticket: self.tickets, read: Read { stream, who, what } });
    }

    /// A read of a connection is not under way any more.
    pub(super) fn has_read(&mut self, id: SessionId, turn: Turn) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.has_read(turn);
        }
    }

    pub(super) fn page(&mut self, id: SessionId, page: Page) {
        let Page { range, .. } = page;
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let places = range.last.saturating_sub(range.first);
        if range.first > range.last
            || (places >= limits::PAGE_PLACES_MAX && !page.list.is_sparse())
            || (session.pages >= limits::PAGES_PER_SESSION_MAX && !planted(Mutant::UnboundedPages))
        {
            return self.close(id, ByeCode::BadFrame);
        }
        session.pages += 1;
        self.ask_page(id, Box::new(PageAsk { page, rest: None }));
    }

    fn ask_page(&mut self, id: SessionId, ask: Box<PageAsk>) {
        self.turns += 1;
        if let Some(session) = self.sessions.get_mut(&id) {
            session.waits_for(self.turns, Ask::Page(ask));
            self.begin_reads(id);
        }
    }

    fn begin_page(&mut self, id: SessionId, turn: Turn, ask: Box<PageAsk>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some(who) = session.person() else { return };
        session.reads_now(turn, None);
        let Page { stream, range, since, list } = ask.page;
        let first = ask.rest.map_or(range.first, |(next, _)| next);
        let what = What::Page { list, range: Range { first, ..range }, since };
        self.tickets += 1;
        self.pages.insert(self.tickets, (id, turn, ask));
        self.script.push(Effect::Read { ticket: self.tickets, read: Read { stream, who: [who].into(), what } });
    }

    pub(super) fn paged(&mut self, id: SessionId, turn: Turn, mut ask: Box<PageAsk>, outcome: Option<ReadOutcome>) {
        self.has_read(id, turn);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        match outcome {
            Some(ReadOutcome { found: Some(Found::Page { range, rows, as_of, next }), .. }) => {
                // Of several parts, each is at least as of the first, which says what all of them answer.
                if ask.rest.is_none() {
                    ask.page.range = range;
                }
                let as_of = ask.rest.map_or(as_of, |(_, as_of)| as_of);
                session.pages -= usize::from(next.is_none());
                self.send_page(id, &ask.page, rows, as_of, next.is_none());
                if let Some(next) = next {
                    ask.rest = Some((next, as_of));
                    return self.ask_page(id, ask);
                }
            }
            // What is not permitted is revoked by the read that the subscription makes.
            Some(_) => session.pages -= 1,
            None => return self.close(id, ByeCode::Busy),
        }
        self.begin_reads(id);
    }

    fn send_page(&mut self, id: SessionId, page: &Page, rows: Vec<WireRow>, as_of: Seq, is_last: bool) {
        let Page { stream, range, list, .. } = *page;
        let mut chunks = chunks(rows).peekable();
        while let Some(rows) = chunks.next() {
            let last = is_last && chunks.peek().is_none();
            self.send(id, PageRows { stream, range, rows, as_of, last, list });
        }
    }
}
