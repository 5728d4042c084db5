//! The server machine of one node: who is connected, what they follow, what is being appended.
//!
//! # What it is for
//!
//! A connection broker without IO. Devices follow streams and submit events; the hub sends each follower what it lacks
//! and may read, in log order, and gives each author an answer. It holds no log and decides no rule: appending is an
//! effect, answered by what `decide` made of it, and who may read is answered by each read, in one transaction with
//! what is read. No cache decides: an event is passed on directly (fan-out) only while nothing has changed who may read
//! it, and by a fresh read otherwise. The driver is `hub_task` in the server; the simulation runs the same code.
//!
//! # The states of a subscription
//!
//! ```text
//! Sub ──▶ Waiting ──▶ Queued ──▶ Reading ──▶ Waiting … ──▶ Live
//!            ▲        its turn     answer     more to read   │ everything is sent: `Caught`
//!            └────── the window is full, or access changed ──┘
//! ```
//!
//! *Waiting*: something is missing. *Queued*: it waits for its turn among the few reads of one connection. *Reading*: a
//! read is under way. *Live*: new events go to it directly. A read that says no ends it (`Revoked`).
//!
//! # Example: Ana says something, and Bo is put out
//!
//! 1. Bo's connection says `Hello` with a cursor at 40 → `Send(Welcome)` and `Read` of the tail after 40, for Bo. The
//!    answer permits him and brings 41 and 42 → `Send(Events)`, then `Send(Caught)`: he is *live*.
//! 2. Ana submits an event → `Commit` with a ticket. What she submits to other streams waits, so that her order holds;
//!    what others submit to this one is queued behind the commit.
//! 3. `Committed` answers: it is 43 → one frame is encoded, and sent to all who are live; then `Send(Ack)` to Ana.
//!    Somebody who lags is sent the last frames once there is room, or is read the log.
//! 4. An admin puts Bo out. The commit brings `MemberRemoved` at 44: all of Bo's subscriptions in and below that stream
//!    lose their permission, and are read anew. The read says that he may not → `Send(Revoked)`. Nothing that is
//!    appended after 44 reaches him in between: an event names the last access changes above it, and goes only to who
//!    was permitted by a read that has seen them.
//! 5. A commit fails, or nobody knows → no answer, but `Busy`; the devices submit again from their first undecided
//!    event, and their ids tell what is there.
//!
//! `follow` and `reads` lead a stream to its followers, `append` takes submits, `fan_out` passes on, `session`, `sub`
//! and `stream_state` are what is kept.

mod append;
mod fan_out;
mod follow;
pub mod io;
mod part;
mod reads;
mod session;
mod stream_state;
mod sub;

use crate::lasting::Lasting;
use crate::random::Random;
use bytes::Bytes;
use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_wire::frame::{
    Bye, ByeCode, ClientFrame, Cursor, Hello, LaterPage, Ping, ServerFrame, Unlisted, VERSION, Welcome,
};
use folkmoot_wire::limits;
use io::{Bounds, Effect, Identity, Input, Load, Nodes, SessionId, Ticket, What};
use session::{PageAsk, Session};
use std::collections::{BTreeMap, BTreeSet};
use stream_state::StreamState;
use sub::{Pace, Sub, Turn};

/// Who waits for a read, and their turn: one that is not their subscription's any more is void.
type Readers = BTreeMap<SessionId, Turn>;

/// A read under way, made once for all who waited for the same of a stream.
#[derive(Debug, Default)]
struct Reading {
    /// Who waited when it began.
    now: Readers,
    /// Who has come since: it shows them what was, so that they wait for one more.
    next: Readers,
}

/// The server machine of one node.
#[derive(Debug)]
pub struct Hub {
    random: Random,
    bounds: Bounds,
    sessions: BTreeMap<SessionId, Session>,
    /// The connections of each person.
    people: BTreeSet<(PersonId, SessionId)>,
    states: BTreeMap<StreamId, StreamState>,
    commits: BTreeMap<Ticket, (StreamId, Vec<(SessionId, EventId)>)>,
    reads: BTreeMap<Ticket, (StreamId, What)>,
    /// The same reads, by what is read.
    reading: BTreeMap<(StreamId, What), Reading>,
    turns: Turn,
    pages: BTreeMap<Ticket, (SessionId, Turn, Box<PageAsk>)>,
    tickets: Ticket,
    nodes: Nodes,
    /// May something have been appended that was not told?
    in_doubt: bool,
    /// When heads were asked for last, Unix milliseconds.
    asked_ms: u64,
    now_ms: u64,
    /// Signals that were not passed on, or not whole: see [`Load::signals_dropped`].
    signals_dropped: u64,
    script: Vec<Effect>,
}

impl Hub {
    /// A node with nobody connected.
    pub fn new(seed: [u8; 32], nodes: Nodes) -> Self {
        Self::with(seed, nodes, Bounds::default())
    }

    /// As [`Self::new`], with other bounds than the protocol's.
    pub fn with(seed: [u8; 32], nodes: Nodes, bounds: Bounds) -> Self {
        Self {
            random: Random::new(seed),
            nodes,
            bounds,
            sessions: BTreeMap::new(),
            people: BTreeSet::new(),
            states: BTreeMap::new(),
            commits: BTreeMap::new(),
            reads: BTreeMap::new(),
            reading: BTreeMap::new(),
            turns: 0,
            pages: BTreeMap::new(),
            tickets: 0,
            in_doubt: false,
            asked_ms: 0,
            now_ms: 0,
            signals_dropped: 0,
            script: Vec::new(),
        }
    }

    /// Takes in what happened at `now_ms` (Unix milliseconds) and gives the script to run.
    pub fn handle(&mut self, now_ms: u64, input: Input) -> Vec<Effect> {
        if let Some(by_ms) = self.now_ms.checked_sub(now_ms).filter(|by_ms| *by_ms > 0) {
            // The clock was set back: every moment goes with it, so that heartbeats go on.
            self.sessions.values_mut().for_each(|session| session.clock_set_back(by_ms));
            self.asked_ms = self.asked_ms.saturating_sub(by_ms);
            self.states.values_mut().for_each(|state| state.forget_before(u64::MAX));
        }
        self.now_ms = now_ms;
        match input {
            Input::Connected { session } => {
                self.sessions.insert(session, Session::new(self.now_ms));
            }
            Input::Frame { session, frame, identity } => self.frame(session, frame, identity),
            Input::Throttled { session, after_ms } => self.busy(session, after_ms),
            Input::Later { session, page } => self.later(session, page),
            Input::Garbage { session } => self.close(session, ByeCode::BadFrame),
            Input::Closed { session } => self.forget(session),
            Input::SignedOut { .. } if planted(Mutant::SignedOutStays) => {}
            Input::SignedOut { device } => {
                let of_it = self.sessions.iter().filter(|(_, session)| session.device() == Some(device));
                for session in of_it.map(|(id, _)| *id).collect::<Vec<SessionId>>() {
                    self.close(session, ByeCode::Revoked);
                }
            }
            Input::Committed { ticket, outcome } => self.committed(ticket, outcome),
            Input::Appended { inserts } => self.publish_all(inserts),
            Input::Read { ticket, outcome } => self.read(ticket, outcome),
            Input::Heads { heads } => self.heads(heads),
            Input::Drained { session } => self.drained(session),
            Input::Progressed { session } => {
                if let Some(session) = self.sessions.get_mut(&session) {
                    session.heard_ms = now_ms;
                }
            }
            Input::Tick => self.tick(),
        }
        std::mem::take(&mut self.script)
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.sessions.len()
    }

    /// What it holds at present.
    pub fn load(&self) -> Load {
        let sessions = || self.sessions.values();
        let subs = || sessions().flat_map(|session| session.subs.values());
        Load {
            sessions: self.sessions.len(),
            states: self.states.len(),
            undecided: sessions().map(Session::undecided).sum(),
            undecided_max: sessions().map(Session::undecided).max().unwrap_or(0),
            unreceived_bytes_max: subs().map(|sub| sub.unreceived().1).max().unwrap_or(0),
            unreceived_events_max: subs().map(|sub| sub.unreceived().0).max().unwrap_or(0),
            recent_bytes_max: self.states.values().map(StreamState::recent_bytes).max().unwrap_or(0),
            followed_max: sessions().map(|session| session.subs.len()).max().unwrap_or(0),
            pages_max: sessions().map(|session| session.pages).max().unwrap_or(0),
            waiting_max: sessions().map(|session| session.reads().0).max().unwrap_or(0),
            reads_max: sessions().map(|session| session.reads().1).max().unwrap_or(0),
            unwritten_bytes_max: sessions().map(|session| session.unwritten).max().unwrap_or(0),
            tickets: self.commits.len() + self.reads.len() + self.pages.len(),
            signals_dropped: self.signals_dropped,
        }
    }

    /// How many who follow a stream are taken to have everything, and were not sent what it holds up to here.
    pub fn lacking(&self, Cursor { stream, seq }: Cursor) -> usize {
        let subs = self.sessions.values().filter_map(|session| session.subs.get(&stream));
        subs.filter(|sub| sub.pace == Pace::Live && sub.sent < seq).count()
    }

    /// Is this stream followed, and with a read that permits it? `None`: it is not followed.
    pub fn permitted(&self, id: SessionId, stream: StreamId) -> Option<bool> {
        self.sessions.get(&id)?.subs.get(&stream).map(|sub| sub.permitted())
    }

    /// Is this connection's presence, or this caret of it, shown in this stream?
    pub fn is_shown(&self, id: SessionId, stream: StreamId, lasting: Lasting) -> bool {
        self.states.get(&stream).is_some_and(|state| state.shown_by(id).any(|shown| shown == lasting))
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
                self.signal(id, identity.person, signal.stream, &signal.bytes)
            }
            (ClientFrame::Pong(_), Some(_)) => {}
            (ClientFrame::Probe(probe), Some(_)) => self.probed(id, probe.full),
        }
    }

    fn later(&mut self, id: SessionId, page: LaterPage) {
        match self.sessions.get_mut(&id) {
            Some(session) if session.identity.is_some() => {
                session.heard_ms = self.now_ms;
                self.send(id, Unlisted::from(page));
            }
            _ => self.close(id, ByeCode::BadFrame),
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
        self.people.insert((identity.person, id));
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

    fn tick(&mut self) {
        let now_ms = self.now_ms;
        let due =
            self.nodes == Nodes::Many && !planted(Mutant::NodesNeverLook) && now_ms >= self.asked_ms + limits::HEADS_MS;
        if std::mem::take(&mut self.in_doubt) || due {
            self.asked_ms = now_ms;
            let streams =
                self.states.iter().filter(|(_, state)| !state.followers.is_empty()).map(|(stream, _)| *stream);
            let streams: Vec<StreamId> = streams.collect();
            if !streams.is_empty() {
                self.script.push(Effect::Heads { streams });
            }
        }
        let kept_ms = now_ms.saturating_sub(limits::RECENT_MS);
        self.states.values_mut().for_each(|state| state.forget_before(kept_ms));
        let ids: Vec<SessionId> = self.sessions.keys().copied().collect();
        for id in ids {
            let Some(session) = self.sessions.get(&id) else { continue };
            if let Some(code) = session.overdue(now_ms) {
                self.close(id, code);
            } else if session.identity.is_some() && now_ms >= session.pinged_ms + limits::PING_MS {
                self.ping(id, false);
            } else if session.probe.is_some() {
                self.answer_probe(id);
            }
        }
    }

    /// A probe is answered at once, or a little later if one was just before: an answer may name all heads.
    fn probed(&mut self, id: SessionId, full: bool) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.probe = Some(full || session.probe.unwrap_or(false));
            self.answer_probe(id);
        }
    }

    fn answer_probe(&mut self, id: SessionId) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if self.now_ms >= session.probed_ms + limits::PROBES_MS
            && let Some(full) = session.probe.take()
        {
            session.probed_ms = self.now_ms;
            self.ping(id, full);
        }
    }

    fn ping(&mut self, id: SessionId, full: bool) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.pinged_ms = self.now_ms;
        let changed = std::mem::take(&mut session.changed);
        let states = &self.states;
        let head = |stream: &StreamId, sub: &Sub| {
            let known = states.get(stream).map_or(0, |state| state.head);
            Cursor { stream: *stream, seq: sub.head(known) }
        };
        let digest = session.digest;
        let heads = match full {
            true => session.subs.iter().map(|(stream, sub)| head(stream, sub)).collect(),
            false => {
                changed.iter().filter_map(|stream| session.subs.get(stream).map(|sub| head(stream, sub))).collect()
            }
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
        if let Some(person) = self.sessions.remove(&id).and_then(|session| session.person()) {
            self.people.remove(&(person, id));
        }
    }

    fn send(&mut self, session: SessionId, frame: impl Into<ServerFrame>) {
        self.send_bytes(session, frame.into().bytes());
    }

    fn send_bytes(&mut self, id: SessionId, frame: Bytes) {
        if let Some(session) = self.sessions.get_mut(&id) {
            session.sends(frame.len());
        }
        self.script.push(Effect::Send { session: id, frame });
    }

    fn person(&self, id: SessionId) -> Option<PersonId> {
        self.sessions.get(&id)?.person()
    }

    fn sessions_of(&self, person: PersonId) -> Vec<SessionId> {
        self.people.range((person, 0)..=(person, SessionId::MAX)).map(|(_, id)| *id).collect()
    }
}
