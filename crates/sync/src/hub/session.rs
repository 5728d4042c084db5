//! A connection as the hub sees it: who it is, how far it has each stream, and what it still has to say.

use crate::hub::io::{Identity, SessionId};
use bytes::Bytes;
use folkmoot_model::event::{Above, Envelope};
use folkmoot_model::id::{DeviceId, PersonId, Seq, StreamId};
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::signal::StreamKind;
use folkmoot_wire::frame::ByeCode;
use folkmoot_wire::limits;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A connection.
#[derive(Debug)]
pub struct Session {
    /// Who it is, once it has said hello.
    pub identity: Option<Identity>,
    /// What it follows. Boxed: a tree has room for eleven from the start, and a connection of `/yjs` follows one.
    pub subs: BTreeMap<StreamId, Box<Sub>>,
    /// Its submits that no desk has yet, in order.
    pub submits: VecDeque<(StreamId, Vec<Envelope>)>,
    /// The stream whose desk has events of it, and how many.
    at_desk: Option<(StreamId, usize)>,
    /// Are its submits ignored until it resumes?
    pub ignoring: bool,
    /// Streams whose heads changed since the last ping.
    pub changed: BTreeSet<StreamId>,
    /// How many pages are being read for it.
    pub pages: usize,
    /// When it was last heard of, Unix milliseconds.
    pub heard_ms: u64,
    /// When it was last pinged, Unix milliseconds.
    pub pinged_ms: u64,
}

/// How a stream is passed on to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// It has everything; new events go to it directly.
    Live,
    /// Something is missing, and a read of it is under way, or will be after one that began before it was missing.
    Reading(Turn),
    /// Something is missing, or must be permitted anew; to be read when the window opens.
    Waiting,
}

/// Counts when subscriptions were to be read, so that none takes what was read for one before it.
pub type Turn = u64;

/// A stream that a connection follows.
#[derive(Debug)]
pub struct Sub {
    /// The last seq that was sent.
    pub sent: Seq,
    /// How it is passed on.
    pub pace: Pace,
    /// The access changes that the last read has seen; `None` until a read has permitted it.
    pub marks: Option<Vec<Above>>,
    /// Who went while it was not permitted: to be told once it is, or nobody would ever say that they are gone.
    departed: BTreeMap<SessionId, Bytes>,
    /// What was sent and is not yet received: last seq, events and bytes of each frame.
    unreceived: VecDeque<(Seq, u64, usize)>,
    /// How many events and bytes that is: asked for at each frame, of which many may be under way.
    unreceived_sum: (u64, usize),
    received: Seq,
}

impl Session {
    /// Just connected.
    pub fn new(now_ms: u64) -> Self {
        Self {
            identity: None,
            subs: BTreeMap::new(),
            submits: VecDeque::new(),
            at_desk: None,
            ignoring: false,
            changed: BTreeSet::new(),
            pages: 0,
            heard_ms: now_ms,
            pinged_ms: now_ms,
        }
    }

    /// The clock was set back: every moment goes with it. A token's end is not this machine's to move.
    pub fn clock_set_back(&mut self, by_ms: u64) {
        self.heard_ms = self.heard_ms.saturating_sub(by_ms);
        self.pinged_ms = self.pinged_ms.saturating_sub(by_ms);
    }

    /// The person, once known.
    pub fn person(&self) -> Option<PersonId> {
        self.identity.map(|identity| identity.person)
    }

    /// The device, once known.
    pub fn device(&self) -> Option<DeviceId> {
        self.identity.map(|identity| identity.device)
    }

    /// Why the connection must end now, if it must.
    pub fn overdue(&self, now_ms: u64) -> Option<ByeCode> {
        match self.identity {
            None => (now_ms > self.heard_ms + limits::HELLO_MS).then_some(ByeCode::BadFrame),
            Some(identity) if now_ms > identity.expires_ms.saturating_add(limits::TOKEN_GRACE_MS) => {
                Some(ByeCode::Expired)
            }
            Some(_) => (now_ms > self.heard_ms + limits::DEAD_MS).then_some(ByeCode::Slow),
        }
    }

    /// How many of its events are not decided.
    pub fn undecided(&self) -> usize {
        let waiting: usize = self.submits.iter().map(|(_, events)| events.len()).sum();
        waiting + self.at_desk.map_or(0, |(_, events)| events)
    }

    /// The stream whose desk has events of it.
    pub fn at_desk(&self) -> Option<StreamId> {
        self.at_desk.map(|(stream, _)| stream)
    }

    /// Bytes of its submits that no desk has yet.
    pub fn waiting_bytes(&self) -> usize {
        self.submits.iter().map(|(_, events)| bytes(events)).sum()
    }

    /// The next submit that its desk may have: the first, if no other stream's desk has events of this connection.
    pub fn next_submit(&mut self) -> Option<(StreamId, Vec<Envelope>)> {
        let (stream, events) = self.submits.front()?;
        let before = match self.at_desk {
            Some((at, _)) if at != *stream && !planted(Mutant::DesksAtOnce) => return None,
            Some((_, before)) => before,
            None => 0,
        };
        self.at_desk = Some((*stream, before + events.len()));
        self.submits.pop_front()
    }

    /// An event of it was decided. False if it was not waiting for that: it has been told to resume.
    pub fn answered(&mut self, stream: StreamId) -> bool {
        match self.at_desk {
            Some((at, events)) if at == stream => {
                self.at_desk = (events > 1).then_some((at, events - 1));
                true
            }
            _ => false,
        }
    }

    /// Drops what waits and ignores submits. Gives the stream whose desk has events of it.
    pub fn ignore(&mut self) -> Option<StreamId> {
        self.ignoring = true;
        self.submits.clear();
        self.at_desk.take().map(|(stream, _)| stream)
    }
}

impl Sub {
    /// From after `cursor` on, not yet permitted.
    pub fn new(cursor: Seq) -> Self {
        Self {
            sent: cursor,
            pace: Pace::Waiting,
            marks: None,
            departed: BTreeMap::new(),
            unreceived: VecDeque::new(),
            unreceived_sum: (0, 0),
            received: cursor,
        }
    }

    /// In place of one before: who went while that waited for its read is still to be told.
    pub fn after(before: Option<Box<Self>>, cursor: Seq) -> Self {
        let departed = before.filter(|_| !planted(Mutant::FollowsAnewForgets));
        let departed = departed.map(|before| before.departed).unwrap_or_default();
        Self { departed, ..Self::new(cursor) }
    }

    /// Has a read permitted it?
    pub fn permitted(&self) -> bool {
        self.marks.is_some()
    }

    /// What the stream is to this person; `None` until a read has permitted it. The depth tells: a read names the stream and
    /// all above it, of which a space has none, a room its space, and a document its room and space.
    pub fn kind(&self, stream: StreamId, person: PersonId) -> Option<StreamKind> {
        match self.marks.as_ref()?.len() {
            _ if stream == StreamId::from(person) => Some(StreamKind::Own),
            1 => Some(StreamKind::Space),
            2 => Some(StreamKind::Room),
            3 => Some(StreamKind::Document),
            _ => None,
        }
    }

    /// How far the stream goes, as far as that may be told: only a read that permits it says more than what was sent.
    pub fn head(&self, known: Seq) -> Seq {
        if self.permitted() || planted(Mutant::PingsTellUnread) { known } else { self.sent }
    }

    /// A connection is gone: to be told by this frame once this is permitted. False if that are too many to keep.
    pub fn departs(&mut self, session: SessionId, frame: &Bytes) -> bool {
        if planted(Mutant::DepartedForgotten) {
            return true;
        }
        self.departed.insert(session, frame.clone());
        self.departed.len() <= limits::SEND_QUEUE_FRAMES
    }

    /// Who went meanwhile.
    pub fn take_departed(&mut self) -> impl Iterator<Item = Bytes> {
        std::mem::take(&mut self.departed).into_values()
    }

    /// Does it lie below `stream`, or is that not known yet?
    pub fn may_lie_below(&self, stream: StreamId) -> bool {
        self.marks.as_ref().is_none_or(|marks| marks.iter().any(|above| above.stream == stream))
    }

    /// Have all these access changes been seen by the read that permitted it?
    pub fn has_read(&self, above: &[Above]) -> bool {
        let marks = self.marks.as_deref().unwrap_or_default();
        planted(Mutant::PublishesUnread)
            || above
                .iter()
                .all(|needed| marks.iter().any(|mark| mark.stream == needed.stream && mark.seq >= needed.seq))
    }

    /// A frame up to `last` was sent.
    pub fn delivered(&mut self, last: Seq, events: u64, bytes: usize) {
        self.sent = self.sent.max(last);
        self.unreceived.push_back((last, events, bytes));
        let sum = &mut self.unreceived_sum;
        *sum = (sum.0 + events, sum.1 + bytes);
    }

    /// Everything up to `seq` was received. More than was sent counts as all that was sent.
    pub fn received(&mut self, seq: Seq) {
        self.received = self.received.max(seq.min(self.sent));
        while let Some(&(_, events, bytes)) = self.unreceived.front().filter(|(last, ..)| *last <= self.received) {
            self.unreceived.pop_front();
            let sum = &mut self.unreceived_sum;
            *sum = (sum.0 - events, sum.1 - bytes);
        }
    }

    /// How many events and bytes were sent and not received.
    pub fn unreceived(&self) -> (u64, usize) {
        self.unreceived_sum
    }

    /// How many events and bytes fit the window.
    pub fn room(&self) -> (u64, usize) {
        let (events, bytes) = self.unreceived();
        (limits::WINDOW_EVENTS.saturating_sub(events), limits::WINDOW_BYTES.saturating_sub(bytes))
    }

    /// Is the window open? What is sent next may go beyond it, once.
    pub fn has_room(&self) -> bool {
        let (events, bytes) = self.room();
        planted(Mutant::UnboundedWindow) || (events > 0 && bytes > 0)
    }
}

/// Bytes of the bodies of events.
pub fn bytes(events: &[Envelope]) -> usize {
    events.iter().map(|envelope| envelope.body.len()).sum()
}
