//! The server machine of one node: who is connected, what they follow, what is being appended.
//!
//! It holds no log and decides no rule. Appending is an effect, answered by what `decide` made of it; who may read is
//! answered by each read itself, in one transaction with what is read. So no cache decides: an event is passed on
//! directly only while nothing has changed who may read it, and by a fresh read otherwise.

mod desk;
pub mod io;
mod session;

use crate::decide::{Answer, Submission};
use crate::random::Random;
use bytes::Bytes;
use desk::Desk;
use folkmoot_model::event::{Envelope, Event, Logged, encode};
use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::refusal::Refusal;
use folkmoot_model::rule::By;
use folkmoot_model::signal::Signal;
use folkmoot_wire::codec::heads_digest;
use folkmoot_wire::frame::{
    Ack, Busy, Bye, ByeCode, Caught, ClientFrame, Cursor, Events, Hello, Nack, Page, PageRows, Ping, Range, Revoked,
    ServerFrame, Signalled, Snapshot, Submit, VERSION, Welcome, WireRow,
};
use folkmoot_wire::limits;
use io::{Committed, Effect, Identity, Input, Read, ReadOutcome, SessionId, Ticket, What};
use session::{Pace, Session, Sub};
use std::collections::BTreeMap;

/// How long a device waits after a commit failed, in milliseconds, before chance spreads it out.
const BUSY_MS: u32 = 500;

/// The server machine of one node.
#[derive(Debug)]
pub struct Hub {
    random: Random,
    sessions: BTreeMap<SessionId, Session>,
    desks: BTreeMap<StreamId, Desk>,
    commits: BTreeMap<Ticket, (StreamId, Vec<(SessionId, EventId)>)>,
    reads: BTreeMap<Ticket, (SessionId, StreamId)>,
    pages: BTreeMap<Ticket, (SessionId, StreamId)>,
    tickets: Ticket,
    /// May something have been appended that was not told?
    in_doubt: bool,
    now_ms: u64,
    script: Vec<Effect>,
}

impl Hub {
    /// A node with nobody connected.
    pub fn new(seed: [u8; 32]) -> Self {
        Self {
            random: Random::new(seed),
            sessions: BTreeMap::new(),
            desks: BTreeMap::new(),
            commits: BTreeMap::new(),
            reads: BTreeMap::new(),
            pages: BTreeMap::new(),
            tickets: 0,
            in_doubt: false,
            now_ms: 0,
            script: Vec::new(),
        }
    }

    /// Takes in what happened at `now_ms` (Unix milliseconds) and gives the script to run.
    pub fn handle(&mut self, now_ms: u64, input: Input) -> Vec<Effect> {
        self.now_ms = self.now_ms.max(now_ms);
        match input {
            Input::Connected { session } => {
                self.sessions.insert(session, Session::new(self.now_ms));
            }
            Input::Frame { session, frame, identity } => self.frame(session, frame, identity),
            Input::Throttled { session, after_ms } => self.busy(session, after_ms),
            Input::Garbage { session } => self.close(session, ByeCode::BadFrame),
            Input::Closed { session } => self.forget(session),
            Input::SignedOut { device } => {
                for session in self.sessions_where(|session| session.device() == Some(device)) {
                    self.close(session, ByeCode::Revoked);
                }
            }
            Input::Committed { ticket, outcome } => self.committed(ticket, outcome),
            Input::Appended { inserts } => self.publish_all(inserts),
            Input::Read { ticket, outcome } => self.read(ticket, outcome),
            Input::Heads { heads } => self.heads(heads),
            Input::Tick => self.tick(),
        }
        std::mem::take(&mut self.script)
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.sessions.len()
    }

    fn frame(&mut self, id: SessionId, frame: ClientFrame, identity: Option<Result<Identity, ByeCode>>) {
        let now_ms = self.now_ms;
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.heard_ms = now_ms;
        match (frame, session.identity) {
            (ClientFrame::Hello(hello), None) => self.hello(id, hello, identity),
            (_, None) | (ClientFrame::Hello(_), Some(_)) => self.close(id, ByeCode::BadFrame),
            (ClientFrame::Auth(_), Some(known)) => match identity {
                Some(Ok(renewed)) if renewed.device == known.device && renewed.person == known.person => {
                    session.identity = Some(renewed);
                }
                Some(Err(code)) => self.close(id, code),
                _ => self.close(id, ByeCode::Revoked),
            },
            (ClientFrame::Sub(sub), Some(_)) => self.follow(id, sub.cursor),
            (ClientFrame::Unsub(unsub), Some(_)) => self.unfollow(id, unsub.stream),
            (ClientFrame::Submit(submit), Some(_)) => self.submit(id, submit),
            (ClientFrame::Recv(recv), Some(_)) => {
                if let Some(sub) = session.subs.get_mut(&recv.cursor.stream) {
                    sub.received(recv.cursor.seq);
                    self.read_on(id, recv.cursor.stream);
                }
            }
            (ClientFrame::Page(page), Some(_)) => self.page(id, page),
            (ClientFrame::Signal(signal), Some(identity)) => {
                self.signal(id, identity.person, signal.stream, signal.bytes)
            }
            (ClientFrame::Pong(_), Some(_)) => {}
            (ClientFrame::Probe(probe), Some(_)) => self.ping(id, probe.full),
        }
    }

    fn hello(&mut self, id: SessionId, hello: Hello, identity: Option<Result<Identity, ByeCode>>) {
        let identity = match identity {
            Some(Ok(identity)) if identity.device == hello.device => identity,
            Some(Err(code)) => return self.close(id, code),
            _ => return self.close(id, ByeCode::Revoked),
        };
        if !(hello.min..=hello.max).contains(&VERSION) {
            return self.close(id, ByeCode::Version);
        }
        if hello.cursors.len() > limits::HELLO_CURSORS_MAX {
            return self.close(id, ByeCode::BadFrame);
        }
        if let Some(session) = self.sessions.get_mut(&id) {
            session.identity = Some(identity);
            session.pinged_ms = self.now_ms;
        }
        self.send(
            id,
            Welcome {
                version: VERSION,
                fold: FOLD_VERSION,
                session: id,
                server_ms: self.now_ms,
                expires_ms: identity.expires_ms,
                person: identity.person,
            },
        );
        for cursor in hello.cursors {
            self.follow(id, cursor);
        }
    }

    // ---- following ----

    fn follow(&mut self, id: SessionId, cursor: Cursor) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.subs.len() >= limits::STREAMS_PER_SESSION_MAX && !session.subs.contains_key(&cursor.stream) {
            return self.close(id, ByeCode::BadFrame);
        }
        session.subs.insert(cursor.stream, Sub::new(cursor.seq));
        self.desks.entry(cursor.stream).or_default().followers.insert(id);
        self.read_on(id, cursor.stream);
    }

    fn unfollow(&mut self, id: SessionId, stream: StreamId) {
        let person = self.person(id);
        if let Some(session) = self.sessions.get_mut(&id) {
            session.subs.remove(&stream);
        }
        let Some(desk) = self.desks.get_mut(&stream) else { return };
        desk.followers.remove(&id);
        let was_seen = desk.signals.remove(&id).is_some();
        if desk.is_idle() {
            self.desks.remove(&stream);
        } else if let (true, Some(person)) = (was_seen, person) {
            let gone = ServerFrame::from(Signalled { stream, from: person, session: id, bytes: Vec::new() }).bytes();
            self.relay(id, stream, &gone);
        }
    }

    /// Reads what follows in a stream, unless it is being read, nothing is missing, or the window is full.
    fn read_on(&mut self, id: SessionId, stream: StreamId) {
        let head = self.desks.get(&stream).map_or(0, |desk| desk.head);
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let (Some(identity), Some(sub)) = (session.identity, session.subs.get_mut(&stream)) else { return };
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

    fn page(&mut self, id: SessionId, page: Page) {
        let Page { stream, range, since } = page;
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some(who) = session.person() else { return };
        let places = range.last.saturating_sub(range.first);
        if range.first > range.last
            || places >= limits::PAGE_PLACES_MAX
            || session.pages >= limits::PAGES_PER_SESSION_MAX
        {
            return self.close(id, ByeCode::BadFrame);
        }
        session.pages += 1;
        self.tickets += 1;
        self.pages.insert(self.tickets, (id, stream));
        let read = Read { stream, who, what: What::Page { range, since } };
        self.script.push(Effect::Read { ticket: self.tickets, read });
    }

    fn paged(&mut self, id: SessionId, stream: StreamId, outcome: Option<ReadOutcome>) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.pages -= 1;
        match outcome {
            Some(ReadOutcome::Page { range, rows, as_of }) => self.send_page(id, stream, range, rows, as_of),
            // What is denied is revoked by the read that the subscription makes.
            Some(_) => {}
            None => self.close(id, ByeCode::Busy),
        }
    }

    fn read(&mut self, ticket: Ticket, outcome: Option<ReadOutcome>) {
        if let Some((id, stream)) = self.pages.remove(&ticket) {
            return self.paged(id, stream, outcome);
        }
        let Some((id, stream)) = self.reads.remove(&ticket) else { return };
        let Some(session) = self.sessions.get_mut(&id) else { return };
        // A subscription that was dropped or begun anew meanwhile has another ticket.
        let current = session.subs.get(&stream).is_some_and(|sub| sub.pace == Pace::Reading(ticket));
        match outcome {
            None => self.close(id, ByeCode::Busy),
            _ if !current => {}
            Some(ReadOutcome::Denied) => self.revoke(id, stream),
            Some(ReadOutcome::Tail { events, head, marks }) => {
                self.now_permitted(id, stream, head, marks);
                for run in runs(events) {
                    let last = run.last().map_or(0, |logged| logged.seq);
                    let frame = ServerFrame::from(Events { stream, events: run }).bytes();
                    self.deliver(id, stream, last, frame);
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

    fn now_permitted(&mut self, id: SessionId, stream: StreamId, head: Seq, marks: Vec<folkmoot_model::event::Above>) {
        let desk = self.desks.entry(stream).or_default();
        desk.head = desk.head.max(head);
        let Some(sub) = self.sessions.get_mut(&id).and_then(|session| session.subs.get_mut(&stream)) else { return };
        let newly = !sub.permitted();
        sub.marks = Some(marks);
        sub.pace = Pace::Waiting;
        if newly {
            let seen: Vec<Bytes> = desk.signals.values().cloned().collect();
            self.script.extend(seen.into_iter().map(|frame| Effect::Send { session: id, frame }));
        }
    }

    fn deliver(&mut self, id: SessionId, stream: StreamId, last: Seq, frame: Bytes) {
        let Some(sub) = self.sessions.get_mut(&id).and_then(|session| session.subs.get_mut(&stream)) else { return };
        sub.delivered(last, frame.len());
        self.script.push(Effect::Send { session: id, frame });
    }

    fn revoke(&mut self, id: SessionId, stream: StreamId) {
        self.send(id, Revoked { stream });
        self.unfollow(id, stream);
    }

    fn send_page(&mut self, id: SessionId, stream: StreamId, range: Range, rows: Vec<WireRow>, as_of: Seq) {
        let mut chunks = chunks(rows).peekable();
        while let Some(rows) = chunks.next() {
            let last = chunks.peek().is_none();
            self.send(id, PageRows { stream, range, rows, as_of, last });
        }
    }

    fn send_snapshot(
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
            self.deliver(id, stream, seq, frame);
        }
    }

    // ---- appending ----

    fn submit(&mut self, id: SessionId, submit: Submit) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let large = submit.events.iter().any(|envelope| envelope.body.len() > limits::BODY_BYTES_MAX);
        if submit.events.len() > limits::SUBMIT_EVENTS_MAX || large {
            return self.close(id, ByeCode::BadFrame);
        }
        session.ignoring &= !submit.resume;
        if session.ignoring || submit.events.is_empty() {
            return;
        }
        if session.undecided() + submit.events.len() > 2 * limits::INFLIGHT_EVENTS_MAX {
            return self.busy(id, BUSY_MS);
        }
        session.submits.push_back((submit.stream, submit.events));
        self.advance(id);
    }

    /// Passes the session's next submits to their desks: one stream at a time, so that its order holds over all.
    fn advance(&mut self, id: SessionId) {
        while let Some(session) = self.sessions.get_mut(&id) {
            let Some((stream, events)) = session.next_submit() else { return };
            let desk = self.desks.entry(stream).or_default();
            desk.queue.extend(events.into_iter().map(|envelope| (id, envelope)));
            self.commit(stream);
        }
    }

    fn commit(&mut self, stream: StreamId) {
        let Some(desk) = self.desks.get_mut(&stream) else { return };
        if desk.committing {
            return;
        }
        let (mut submissions, mut asked) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        while let Some((id, envelope)) = desk.queue.pop_front() {
            let Some(identity) = self.sessions.get(&id).and_then(|session| session.identity) else { continue };
            bytes += envelope.body.len();
            asked.push((id, envelope.id));
            submissions.push(submission(identity, envelope));
            if submissions.len() >= limits::SUBMIT_EVENTS_MAX || bytes >= limits::BODY_BYTES_MAX {
                break;
            }
        }
        if submissions.is_empty() {
            if desk.is_idle() {
                self.desks.remove(&stream);
            }
            return;
        }
        desk.committing = true;
        self.tickets += 1;
        self.commits.insert(self.tickets, (stream, asked));
        self.script.push(Effect::Commit { ticket: self.tickets, stream, submissions });
    }

    fn committed(&mut self, ticket: Ticket, outcome: Option<Committed>) {
        let Some((stream, asked)) = self.commits.remove(&ticket) else { return };
        if let Some(desk) = self.desks.get_mut(&stream) {
            desk.committing = false;
        }
        match outcome {
            Some(Committed { answers, inserts }) => {
                self.publish_all(inserts);
                for ((id, event), answer) in asked.into_iter().zip(answers) {
                    self.answer(id, stream, event, answer);
                }
            }
            // Nobody is told anything: devices resume from their first undecided event, and ids tell what is there.
            None => {
                self.in_doubt = true;
                for (id, _) in asked {
                    let after_ms = BUSY_MS + u32::try_from(self.random.up_to(u64::from(BUSY_MS))).unwrap_or(BUSY_MS);
                    self.busy(id, after_ms);
                }
            }
        }
        self.commit(stream);
    }

    fn answer(&mut self, id: SessionId, stream: StreamId, event: EventId, answer: Answer) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if !session.answered(stream) {
            return;
        }
        match answer {
            Answer::Ack(seq) => self.send(id, Ack { id: event, seq, stream }),
            Answer::Nack(refusal) => self.nack(id, event, refusal),
        }
        self.advance(id);
    }

    fn nack(&mut self, id: SessionId, event: EventId, refusal: Refusal) {
        self.send(id, Nack { id: event, refusal });
    }

    /// Ignores the session's submits, those that wait included, until it resumes from its first undecided event.
    fn busy(&mut self, id: SessionId, after_ms: u32) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let waiting = session.ignore();
        if let Some(desk) = waiting.and_then(|stream| self.desks.get_mut(&stream)) {
            desk.queue.retain(|(session, _)| *session != id);
        }
        self.send(id, Busy { after_ms });
    }

    // ---- fan-out ----

    fn publish_all(&mut self, inserts: BTreeMap<StreamId, Vec<Logged>>) {
        for (stream, events) in inserts {
            for logged in &events {
                self.access_changed(stream, logged);
            }
            for run in runs(events) {
                self.publish(stream, run);
            }
        }
    }

    /// Sends a run to everyone who follows the stream, has all before it, and room for it; encoded once.
    fn publish(&mut self, stream: StreamId, run: Vec<Logged>) {
        let (Some(first), Some(last)) = (run.first().map(|logged| logged.seq), run.last().map(|logged| logged.seq))
        else {
            return;
        };
        let Some(desk) = self.desks.get_mut(&stream) else { return };
        desk.head = desk.head.max(last);
        let above: Vec<_> = run.iter().flat_map(|logged| logged.access.iter().copied()).collect();
        let followers: Vec<SessionId> = desk.followers.iter().copied().collect();
        let frame = ServerFrame::from(Events { stream, events: run }).bytes();
        for id in followers {
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            session.changed.insert(stream);
            let Some(sub) = session.subs.get_mut(&stream) else { continue };
            if sub.pace != Pace::Live || last <= sub.sent {
                continue;
            }
            if sub.sent + 1 == first && sub.has_read(&above) && sub.has_room(frame.len()) {
                sub.delivered(last, frame.len());
                self.script.push(Effect::Send { session: id, frame: frame.clone() });
            } else {
                sub.pace = Pace::Waiting;
                self.read_on(id, stream);
            }
        }
    }

    /// Someone came, went or changed role: what their connections follow here and below is read anew before
    /// anything more of it is passed on, and the read alone says whether they may.
    fn access_changed(&mut self, stream: StreamId, logged: &Logged) {
        let person = match logged.envelope.event() {
            Ok(Event::MemberAdded(event)) => event.person,
            Ok(Event::MemberRemoved(event)) => event.person,
            Ok(Event::RoleChanged(event)) => event.person,
            _ => return,
        };
        for id in self.sessions_where(|session| session.person() == Some(person)) {
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            let concerned =
                session.subs.iter_mut().filter(|(followed, sub)| **followed == stream || sub.may_lie_below(stream));
            let mut again = Vec::new();
            for (followed, sub) in concerned {
                sub.marks = None;
                sub.pace = Pace::Waiting;
                again.push(*followed);
            }
            for followed in again {
                self.read_on(id, followed);
            }
        }
    }

    fn signal(&mut self, id: SessionId, person: PersonId, stream: StreamId, bytes: Vec<u8>) {
        let Some(session) = self.sessions.get(&id) else { return };
        let may = session.subs.get(&stream).is_some_and(Sub::permitted);
        let read = folkmoot_model::event::decode::<Signal>(&bytes);
        let (true, Some(signal), true) = (may, read, bytes.len() <= limits::SIGNAL_BYTES_MAX) else { return };
        // Encoded anew: nothing that was not understood is passed on.
        let bytes = encode(&signal);
        let frame = ServerFrame::from(Signalled { stream, from: person, session: id, bytes }).bytes();
        if !matches!(signal, Signal::Typing { .. })
            && let Some(desk) = self.desks.get_mut(&stream)
        {
            desk.signals.insert(id, frame.clone());
        }
        self.relay(id, stream, &frame);
    }

    /// Sends a signal's frame to everyone else who follows the stream.
    fn relay(&mut self, from: SessionId, stream: StreamId, frame: &Bytes) {
        let Some(desk) = self.desks.get(&stream) else { return };
        for id in desk.followers.iter().copied().filter(|id| *id != from) {
            let sub = self.sessions.get(&id).and_then(|session| session.subs.get(&stream));
            if sub.is_some_and(Sub::permitted) {
                self.script.push(Effect::Send { session: id, frame: frame.clone() });
            }
        }
    }

    // ---- liveness ----

    fn heads(&mut self, heads: Option<Vec<Cursor>>) {
        let Some(heads) = heads else {
            self.in_doubt = true;
            return;
        };
        for Cursor { stream, seq } in heads {
            let Some(desk) = self.desks.get_mut(&stream).filter(|desk| desk.head < seq) else { continue };
            desk.head = seq;
            let followers: Vec<SessionId> = desk.followers.iter().copied().collect();
            for id in followers {
                let Some(session) = self.sessions.get_mut(&id) else { continue };
                session.changed.insert(stream);
                let Some(sub) = session.subs.get_mut(&stream).filter(|sub| sub.pace == Pace::Live) else { continue };
                sub.pace = Pace::Waiting;
                self.read_on(id, stream);
            }
        }
    }

    fn tick(&mut self) {
        let now_ms = self.now_ms;
        if std::mem::take(&mut self.in_doubt) {
            let streams = self.desks.iter().filter(|(_, desk)| !desk.followers.is_empty()).map(|(stream, _)| *stream);
            self.script.push(Effect::Heads { streams: streams.collect() });
        }
        let ids: Vec<SessionId> = self.sessions.keys().copied().collect();
        for id in ids {
            let Some(session) = self.sessions.get(&id) else { continue };
            if let Some(code) = session.overdue(now_ms) {
                self.close(id, code);
            } else if session.identity.is_some() && now_ms >= session.pinged_ms + limits::PING_MS {
                self.ping(id, false);
            }
        }
    }

    fn ping(&mut self, id: SessionId, full: bool) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.pinged_ms = self.now_ms;
        let changed = std::mem::take(&mut session.changed);
        let desks = &self.desks;
        let head = |stream: &StreamId| Cursor { stream: *stream, seq: desks.get(stream).map_or(0, |desk| desk.head) };
        let digest = heads_digest(session.subs.keys().map(head));
        let heads = match full {
            true => session.subs.keys().map(head).collect(),
            false => changed.iter().filter(|stream| session.subs.contains_key(stream)).map(head).collect(),
        };
        self.send(id, Ping { heads, digest, full });
    }

    fn close(&mut self, id: SessionId, code: ByeCode) {
        if self.sessions.contains_key(&id) {
            self.send(id, Bye { code });
            self.script.push(Effect::Close { session: id, code });
            self.forget(id);
        }
    }

    fn forget(&mut self, id: SessionId) {
        let followed: Vec<StreamId> = match self.sessions.get(&id) {
            Some(session) => session.subs.keys().copied().collect(),
            None => return,
        };
        for stream in followed {
            self.unfollow(id, stream);
        }
        self.sessions.remove(&id);
    }

    fn send(&mut self, session: SessionId, frame: impl Into<ServerFrame>) {
        self.script.push(Effect::Send { session, frame: frame.into().bytes() });
    }

    fn person(&self, id: SessionId) -> Option<PersonId> {
        self.sessions.get(&id)?.person()
    }

    fn sessions_where(&self, is: impl Fn(&Session) -> bool) -> Vec<SessionId> {
        self.sessions.iter().filter(|(_, session)| is(session)).map(|(id, _)| *id).collect()
    }
}

fn submission(identity: Identity, envelope: Envelope) -> Submission {
    Submission { who: identity.person, device: identity.device, by: By::Session, envelope }
}

/// Cuts events into runs whose frames are far below the largest; a single event may be larger.
fn runs(events: Vec<Logged>) -> Vec<Vec<Logged>> {
    let mut runs: Vec<Vec<Logged>> = Vec::new();
    let mut bytes = usize::MAX;
    for logged in events {
        let size = logged.envelope.body.len() + 200;
        if bytes.saturating_add(size) > limits::WINDOW_BYTES {
            runs.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(run) = runs.last_mut() {
            run.push(logged);
        }
    }
    runs
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
