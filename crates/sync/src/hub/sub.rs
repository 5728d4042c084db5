//! A stream that a connection follows: how far it was sent, whether a read has permitted it, and what is missing.

use crate::hub::io::{Place, SessionId};
use bytes::Bytes;
use folkmoot_model::event::Above;
use folkmoot_model::features::spaces::directory;
use folkmoot_model::id::{PersonId, Seq, StreamId};
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::signal::StreamKind;
use folkmoot_wire::codec::head_digest;
use folkmoot_wire::frame::{Cursor, Range};
use folkmoot_wire::limits;
use std::collections::{BTreeMap, VecDeque};

/// How a stream is passed on to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// It has everything; new events go to it directly.
    Live,
    /// Something is missing, and a read of it is under way, or will be after one that began before it was missing.
    Reading(Turn),
    /// Something is missing, or must be permitted anew: it is read when its turn comes.
    Queued(Turn),
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
    /// The stream itself and those above it, once a read has told: they never change.
    pub chain: Vec<StreamId>,
    /// Its part in the digest of its connection's heads: see [`Self::digest`].
    pub told: u64,
    /// The snapshot of which parts were sent, and what is left of it.
    pub rest: Option<Rest>,
    /// Has access changed since it was permitted? Until a read has told, others are shown who may be there no longer.
    in_doubt: bool,
    /// Who went while it was not permitted: to be told once it is, or nobody would ever say that they are gone.
    departed: BTreeMap<SessionId, Bytes>,
    /// What was sent and is not yet received: last seq, events and bytes of each frame.
    unreceived: VecDeque<(Seq, u64, usize)>,
    /// How many events and bytes that is: asked for at each frame, of which many may be under way.
    unreceived_sum: (u64, usize),
    received: Seq,
}

/// What is left of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rest {
    /// As of which seq it was begun.
    pub seq: Seq,
    /// The places of its messages.
    pub held: Range,
    /// Where the next part begins.
    pub place: Place,
}

impl Sub {
    /// From after `cursor` on, not yet permitted.
    pub fn new(cursor: Seq) -> Self {
        Self {
            sent: cursor,
            pace: Pace::Waiting,
            marks: None,
            chain: Vec::new(),
            told: 0,
            rest: None,
            in_doubt: false,
            departed: BTreeMap::new(),
            unreceived: VecDeque::new(),
            unreceived_sum: (0, 0),
            received: cursor,
        }
    }

    /// In place of one before: who went while that waited for its read is still to be told.
    pub fn after(before: Option<Box<Self>>, cursor: Seq) -> Self {
        let (departed, chain, in_doubt) =
            before.map(|before| (before.departed, before.chain, before.in_doubt)).unwrap_or_default();
        Self { departed, chain, in_doubt, ..Self::new(cursor) }
    }

    /// A read has permitted it, having seen these access changes.
    pub fn permit(&mut self, marks: Vec<Above>) {
        (self.marks, self.in_doubt) = (Some(marks), false);
    }

    /// A read must permit it anew.
    pub fn doubt(&mut self) {
        self.marks = None;
        self.in_doubt = self.was_permitted();
    }

    /// Must it be permitted anew, and is what it shows shown until then?
    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt
    }

    /// Has a read permitted it?
    pub fn permitted(&self) -> bool {
        self.marks.is_some()
    }

    /// What the stream is to this person; `None` until a read has permitted it. The depth tells: a read names the stream and
    /// all above it, of which a space has none, a room its space, and a document its room and space. A directory's id follows from its space.
    pub fn kind(&self, stream: StreamId, person: PersonId) -> Option<StreamKind> {
        match self.marks.as_ref()?.as_slice() {
            _ if stream == StreamId::from(person) => Some(StreamKind::Own),
            [_] => Some(StreamKind::Space),
            [_, space] if stream == directory(space.stream) => Some(StreamKind::Directory),
            [_, _] => Some(StreamKind::Room),
            [_, _, _] => Some(StreamKind::Document),
            _ => None,
        }
    }

    /// How far the stream goes, as far as that may be told: only a read that permits it says more than what was sent.
    pub fn head(&self, known: Seq) -> Seq {
        if self.tells_head() { known } else { self.sent }
    }

    /// The digest of [`Self::head`], if `known` is that of how far the stream goes.
    pub fn digest(&self, stream: StreamId, known: u64) -> u64 {
        if self.tells_head() { known } else { head_digest(Cursor { stream, seq: self.sent }) }
    }

    fn tells_head(&self) -> bool {
        self.permitted() || planted(Mutant::PingsTellUnread)
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

    /// Is it `stream` or does it lie below it, or is that not known yet?
    pub fn may_lie_below(&self, stream: StreamId) -> bool {
        self.chain.is_empty() || self.chain.contains(&stream)
    }

    /// Has any read permitted it on this connection?
    pub fn was_permitted(&self) -> bool {
        !self.chain.is_empty()
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
    pub fn has_space(&self) -> bool {
        let (events, bytes) = self.room();
        planted(Mutant::UnboundedWindow) || (events > 0 && bytes > 0)
    }
}
