//! Following streams: every read names those for whom it is, and its answer alone says which of them may read on.

use super::io::{Effect, Found, Read, ReadOutcome, SessionId, Ticket, What};
use super::session::{Pace, Sub, Turn};
use super::spread::runs;
use super::{Hub, Readers, Reading};
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
        let was_seen = person.is_some_and(|person| desk.takes_all_back((person, id)));
        if desk.is_idle() && !planted(Mutant::DesksStay) {
            self.desks.remove(&stream);
        } else if let (true, Some(person)) = (was_seen && !planted(Mutant::GhostsStay), person) {
            self.departed(id, stream, person);
        }
    }

    /// Reads what follows in a stream, unless it is being read, nothing is missing, or the window is full.
    pub(super) fn read_on(&mut self, id: SessionId, stream: StreamId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let (Some(_), Some(sub)) = (session.identity, session.subs.get_mut(&stream)) else { return };
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
        self.turns += 1;
        let turn = self.turns;
        sub.pace = Pace::Reading(turn);
        let Some(reading) = self.reading.get_mut(&(stream, what)) else {
            return self.read_for(stream, what, Readers::from([(id, turn)]));
        };
        let readers = if planted(Mutant::ReadsJoined) { &mut reading.now } else { &mut reading.next };
        readers.insert(id, turn);
    }

    /// Reads once for all of these.
    fn read_for(&mut self, stream: StreamId, what: What, now: Readers) {
        let who = now.keys().filter_map(|id| self.person(*id)).collect();
        self.tickets += 1;
        self.reads.insert(self.tickets, (stream, what));
        self.reading.insert((stream, what), Reading { now, next: Readers::new() });
        self.script.push(Effect::Read { ticket: self.tickets, read: Read { stream, who, what } });
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
        let read = Read { stream, who: [who].into(), what: What::Page { range, since } };
        self.script.push(Effect::Read { ticket: self.tickets, read });
    }

    fn paged(&mut self, id: SessionId, stream: StreamId, outcome: Option<ReadOutcome>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.pages -= 1;
        match outcome {
            Some(ReadOutcome { found: Some(Found::Page { range, rows, as_of }), .. }) => {
                self.send_page(id, stream, range, rows, as_of);
            }
            // What is not permitted is revoked by the read that the subscription makes.
            Some(_) => {}
            None => self.close(id, ByeCode::Busy),
        }
    }

    pub(super) fn read(&mut self, ticket: Ticket, outcome: Option<ReadOutcome>) {
        if let Some((id, stream)) = self.pages.remove(&ticket) {
            return self.paged(id, stream, outcome);
        }
        let Some((stream, what)) = self.reads.remove(&ticket) else { return };
        let Reading { now: mut readers, mut next } = self.reading.remove(&(stream, what)).unwrap_or_default();
        next.retain(|id, turn| self.has_turn(*id, stream, *turn));
        if !next.is_empty() {
            self.read_for(stream, what, next);
        }
        let Some(ReadOutcome { permitted, found }) = outcome else {
            return readers.into_keys().for_each(|id| self.close(id, ByeCode::Busy));
        };
        // A subscription that was dropped or begun anew meanwhile has another turn.
        readers.retain(|id, turn| self.has_turn(*id, stream, *turn) || planted(Mutant::LateReadsCount));
        let may = |id: &SessionId| match planted(Mutant::OneAsksForAll) {
            true => !permitted.is_empty(),
            false => self.person(*id).is_some_and(|person| permitted.contains(&person)),
        };
        let (readers, denied): (Vec<SessionId>, Vec<SessionId>) = readers.into_keys().partition(may);
        for id in denied {
            self.revoke(id, stream);
        }
        if readers.is_empty() && !planted(Mutant::VoidReadsTeach) {
            // Nothing is learnt from it either: who is read anew for what it says would void the next read, for ever.
            return;
        }
        match found {
            Some(Found::Tail { events, head, marks }) => {
                self.learn(stream, &events);
                self.pass_read(&readers, stream, head, &marks, tail(stream, events));
            }
            Some(Found::Snapshot { seq, head, rows, held, checkpoint, marks }) => {
                let frames = snapshot(stream, seq, rows, held, checkpoint);
                self.pass_read(&readers, stream, head, &marks, frames);
            }
            Some(Found::Page { .. }) | None => {}
        }
    }

    /// Does a subscription still wait for this turn?
    fn has_turn(&self, id: SessionId, stream: StreamId, turn: Turn) -> bool {
        let sub = self.sessions.get(&id).and_then(|session| session.subs.get(&stream));
        sub.is_some_and(|sub| sub.pace == Pace::Reading(turn))
    }

    /// Sends what was read to all who waited for it and may have it.
    fn pass_read(&mut self, readers: &[SessionId], stream: StreamId, head: Seq, marks: &[Above], frames: Vec<Frame>) {
        for id in readers {
            self.now_permitted(*id, stream, head, marks.to_vec());
            for Frame { last, events, bytes } in &frames {
                self.deliver(*id, stream, *last, *events, bytes.clone());
            }
            self.read_on(*id, stream);
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
            self.show_others(id, stream);
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
}

/// A part of what was read, encoded once for all who get it.
struct Frame {
    last: Seq,
    events: u64,
    bytes: Bytes,
}

fn tail(stream: StreamId, events: Vec<Logged>) -> Vec<Frame> {
    let frame = |run: Vec<Logged>| {
        let (last, events) = (run.last().map_or(0, |logged| logged.seq), run.len() as u64);
        Frame { last, events, bytes: ServerFrame::from(Events { stream, events: run }).bytes() }
    };
    runs(events).into_iter().map(frame).collect()
}

fn snapshot(stream: StreamId, seq: Seq, rows: Vec<WireRow>, held: Range, checkpoint: Option<Vec<u8>>) -> Vec<Frame> {
    let parts = checkpoint.as_deref().unwrap_or_default().chunks(limits::ROWS_BYTES);
    let parts = parts.map(|part| (Vec::new(), Some(part.to_vec())));
    let chunks: Vec<_> = chunks(rows).map(|rows| (rows, None)).chain(parts).collect();
    let ends = chunks.len() - 1;
    let frame = |(at, (rows, checkpoint))| {
        let (first, last) = (at == 0, at == ends);
        let frame = ServerFrame::from(Snapshot { stream, seq, rows, held, first, last, checkpoint });
        Frame { last: seq, events: 0, bytes: frame.bytes() }
    };
    chunks.into_iter().enumerate().map(frame).collect()
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
