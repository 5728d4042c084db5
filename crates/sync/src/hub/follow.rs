//! Following streams: every read names its person, and its answer alone says whether they may read on.

use super::Hub;
use super::io::{Effect, Read, ReadOutcome, SessionId, Ticket, What};
use super::session::{Pace, Sub};
use super::spread::runs;
use bytes::Bytes;
use folkmoot_model::event::{Above, Logged};
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_wire::frame::{
    ByeCode, Caught, Cursor, Events, Page, PageRows, Range, Revoked, ServerFrame, Snapshot, WireRow,
};
use folkmoot_wire::limits;

impl Hub {
    pub(super) fn follow(&mut self, id: SessionId, cursor: Cursor) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.subs.len() >= limits::STREAMS_PER_SESSION_MAX && !session.subs.contains_key(&cursor.stream) {
            return self.close(id, ByeCode::BadFrame);
        }
        let before = session.subs.remove(&cursor.stream);
        session.subs.insert(cursor.stream, Box::new(Sub::after(before, cursor.seq)));
        self.desks.entry(cursor.stream).or_default().followers.insert(id);
        self.read_on(id, cursor.stream);
    }

    pub(super) fn unfollow(&mut self, id: SessionId, stream: StreamId) {
        let person = self.person(id);
        if let Some(session) = self.sessions.get_mut(&id) {
            session.subs.remove(&stream);
        }
        let Some(desk) = self.desks.get_mut(&stream) else { return };
        desk.followers.remove(&id);
        let was_seen = desk.signals.remove(&id).is_some();
        if desk.is_idle() && !planted(Mutant::DesksStay) {
            self.desks.remove(&stream);
        } else if let (true, Some(person)) = (was_seen && !planted(Mutant::GhostsStay), person) {
            self.departed(id, stream, person);
        }
    }

    /// Reads what follows in a stream, unless it is being read, nothing is missing, or the window is full.
    pub(super) fn read_on(&mut self, id: SessionId, stream: StreamId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let (Some(identity), Some(sub)) = (session.identity, session.subs.get_mut(&stream)) else { return };
        let desk = self.desks.get(&stream);
        if let (Pace::Waiting, Some(desk)) = (sub.pace, desk) {
            let frames = desk.pass_on(sub).into_iter();
            self.script.extend(frames.map(|frame| Effect::Send { session: id, frame }));
        }
        let head = desk.map_or(0, |desk| desk.head);
        if sub.pace != Pace::Waiting || (sub.permitted() && sub.sent >= head) {
            if sub.pace == Pace::Waiting {
                sub.pace = Pace::Live;
                let head = Cursor { stream, seq: sub.sent };
                self.send(id, Caught { head });
            }
            return;
        }
        let (events, bytes) = sub.room();
        if events == 0 || bytes == 0 {
            return;
        }
        let what = What::Tail { after: sub.sent, events, bytes };
        self.tickets += 1;
        sub.pace = Pace::Reading(self.tickets);
        self.reads.insert(self.tickets, (id, stream));
        self.script.push(Effect::Read { ticket: self.tickets, read: Read { stream, who: identity.person, what } });
    }

    pub(super) fn page(&mut self, id: SessionId, page: Page) {
        let Page { stream, range, since } = page;
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some(who) = session.person() else { return };
        let places = range.last.saturating_sub(range.first);
        if range.first > range.last
            || places >= limits::PAGE_PLACES_MAX
            || (session.pages >= limits::PAGES_PER_SESSION_MAX && !planted(Mutant::UnboundedPages))
        {
            return self.close(id, ByeCode::BadFrame);
        }
        session.pages += 1;
        self.tickets += 1;
        self.pages.insert(self.tickets, (id, stream));
        let read = Read { stream, who, what: What::Page { range, since } };
        self.script.push(Effect::Read { ticket: self.tickets, read });
    }

    pub(super) fn paged(&mut self, id: SessionId, stream: StreamId, outcome: Option<ReadOutcome>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.pages -= 1;
        match outcome {
            Some(ReadOutcome::Page { range, rows, as_of }) => self.send_page(id, stream, range, rows, as_of),
            // What is denied is revoked by the read that the subscription makes.
            Some(_) => {}
            None => self.close(id, ByeCode::Busy),
        }
    }

    pub(super) fn read(&mut self, ticket: Ticket, outcome: Option<ReadOutcome>) {
        if let Some((id, stream)) = self.pages.remove(&ticket) {
            return self.paged(id, stream, outcome);
        }
        let Some((id, stream)) = self.reads.remove(&ticket) else { return };
        let Some(session) = self.sessions.get_mut(&id) else { return };
        // A subscription that was dropped or begun anew meanwhile has another ticket.
        let current = session.subs.get(&stream).is_some_and(|sub| sub.pace == Pace::Reading(ticket));
        match outcome {
            None => self.close(id, ByeCode::Busy),
            _ if !current && !planted(Mutant::LateReadsCount) => {}
            Some(ReadOutcome::Denied) => self.revoke(id, stream),
            Some(ReadOutcome::Tail { events, head, marks }) => {
                self.learn(stream, &events);
                self.now_permitted(id, stream, head, marks);
                for run in runs(events) {
                    let last = run.last().map_or(0, |logged| logged.seq);
                    let events = run.len() as u64;
                    let frame = ServerFrame::from(Events { stream, events: run }).bytes();
                    self.deliver(id, stream, last, events, frame);
                }
                self.read_on(id, stream);
            }
            Some(ReadOutcome::Snapshot { seq, head, rows, held, checkpoint, marks }) => {
                self.now_permitted(id, stream, head, marks);
                self.send_snapshot(id, stream, seq, rows, held, checkpoint);
                self.read_on(id, stream);
            }
            Some(ReadOutcome::Page { .. }) => {}
        }
    }

    /// What another node appended and nobody told: who came or went by it.
    fn learn(&mut self, stream: StreamId, events: &[Logged]) {
        let known = self.desks.get(&stream).map_or(0, |desk| desk.head);
        for logged in events.iter().filter(|logged| known > 0 && logged.seq > known) {
            self.access_changed(stream, logged);
        }
    }

    pub(super) fn now_permitted(&mut self, id: SessionId, stream: StreamId, head: Seq, marks: Vec<Above>) {
        let desk = self.desks.entry(stream).or_default();
        desk.head = desk.head.max(head);
        let Some(sub) = self.sessions.get_mut(&id).and_then(|session| session.subs.get_mut(&stream)) else { return };
        let newly = !sub.permitted();
        sub.marks = Some(marks);
        sub.pace = Pace::Waiting;
        if newly {
            let gone: Vec<Bytes> = sub.take_departed().collect();
            self.script.extend(gone.into_iter().map(|frame| Effect::Send { session: id, frame }));
            let others = desk.signals.iter().filter(|(session, _)| **session != id);
            let seen: Vec<Bytes> = others.map(|(_, frame)| frame.clone()).collect();
            self.script.extend(seen.into_iter().map(|frame| Effect::Send { session: id, frame }));
        }
    }

    pub(super) fn deliver(&mut self, id: SessionId, stream: StreamId, last: Seq, events: u64, frame: Bytes) {
        let Some(sub) = self.sessions.get_mut(&id).and_then(|session| session.subs.get_mut(&stream)) else { return };
        sub.delivered(last, events, frame.len());
        self.script.push(Effect::Send { session: id, frame });
    }

    pub(super) fn revoke(&mut self, id: SessionId, stream: StreamId) {
        self.send(id, Revoked { stream });
        self.unfollow(id, stream);
        self.permit_anew(id, |sub| sub.may_lie_below(stream));
    }

    pub(super) fn send_page(&mut self, id: SessionId, stream: StreamId, range: Range, rows: Vec<WireRow>, as_of: Seq) {
        let mut chunks = chunks(rows).peekable();
        while let Some(rows) = chunks.next() {
            let last = chunks.peek().is_none();
            self.send(id, PageRows { stream, range, rows, as_of, last });
        }
    }

    pub(super) fn send_snapshot(
        &mut self,
        id: SessionId,
        stream: StreamId,
        seq: Seq,
        rows: Vec<WireRow>,
        held: Range,
        checkpoint: Option<Vec<u8>>,
    ) {
        let parts = checkpoint.as_deref().unwrap_or_default().chunks(limits::ROWS_BYTES);
        let parts = parts.map(|part| (Vec::new(), Some(part.to_vec())));
        let mut chunks = chunks(rows).map(|rows| (rows, None)).chain(parts).peekable();
        let mut first = true;
        while let Some((rows, checkpoint)) = chunks.next() {
            let last = chunks.peek().is_none();
            let frame = ServerFrame::from(Snapshot { stream, seq, rows, held, first, last, checkpoint }).bytes();
            first = false;
            self.deliver(id, stream, seq, 0, frame);
        }
    }
}

/// Cuts rows into chunks; at least one, which may be empty.
fn chunks(rows: Vec<WireRow>) -> impl Iterator<Item = Vec<WireRow>> {
    let mut chunks: Vec<Vec<WireRow>> = vec![Vec::new()];
    let mut bytes = 0;
    for row in rows {
        let size = row.key.len() + row.value.len();
        if bytes > 0 && bytes + size > limits::ROWS_BYTES {
            chunks.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(row);
        }
    }
    chunks.into_iter()
}
