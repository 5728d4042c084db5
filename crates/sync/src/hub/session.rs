//! A connection as the hub sees it: who it is, how far it has each stream, and what it still has to say.

use crate::hub::io::{Bounds, Identity};
use crate::hub::sub::{Pace, Sub, Turn};
use folkmoot_model::event::{Above, Envelope};
use folkmoot_model::id::{DeviceId, PersonId, Seq, StreamId};
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_wire::frame::{ByeCode, Cursor, Page};
use folkmoot_wire::limits;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A connection.
#[derive(Debug)]
pub struct Session {
    /// Who it is, once it has said hello.
    pub identity: Option<Identity>,
    /// What it follows. Boxed: a tree has room for eleven from the start, and a connection of `/yjs` follows one.
    pub subs: BTreeMap<StreamId, Box<Sub>>,
    /// What lies above what it follows, as far as reads have told: pairs of the stream above and the one that is followed.
    below: BTreeSet<(StreamId, StreamId)>,
    /// What is to be read for it, in the order in which it was asked for.
    waiting: BTreeMap<Turn, Ask>,
    /// The same of streams that were permitted and must be anew: others are shown meanwhile who may be there no longer.
    anew: BTreeMap<Turn, StreamId>,
    /// What is being read for it: a stream, or a page.
    under_way: BTreeMap<Turn, Option<StreamId>>,
    /// Bytes that were sent to it and of which its driver has not said that they are written.
    pub unwritten: usize,
    /// How many of them its driver was asked to tell of.
    told_when_drained: Option<usize>,
    /// Of the heads of all that it follows, as far as they may be told: see [`folkmoot_wire::codec::heads_digest`].
    pub digest: u64,
    /// Its submits of which nothing has gone to a commit yet, in order.
    pub submits: VecDeque<(StreamId, Vec<Envelope>)>,
    /// The stream to which events of it are on their way into a commit, and how many.
    in_commit: Option<(StreamId, usize)>,
    /// Bytes of those of them that wait for a commit.
    queued_bytes: usize,
    /// Are its submits ignored until it resumes?
    pub ignoring: bool,
    /// Streams whose heads changed since the last ping.
    pub changed: BTreeSet<StreamId>,
    /// How many pages are being read for it, or are to be.
    pub pages: usize,
    /// When it was last heard of, Unix milliseconds.
    pub heard_ms: u64,
    /// When it was last pinged, Unix milliseconds.
    pub pinged_ms: u64,
    /// When a probe of it was answered last, Unix milliseconds.
    pub probed_ms: u64,
    /// A probe that waits to be answered, and whether with all heads.
    pub probe: Option<bool>,
}

/// What waits to be read for a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// What follows in a stream.
    Stream(StreamId),
    /// Rows of a page.
    Page(Box<PageAsk>),
}

/// A page, or what is left of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageAsk {
    /// As it was asked for.
    pub page: Page,
    /// Where the next part begins, and as of which seq the first was.
    pub rest: Option<(Seq, Seq)>,
}

impl Session {
    /// Just connected.
    pub fn new(now_ms: u64) -> Self {
        Self {
            identity: None,
            subs: BTreeMap::new(),
            below: BTreeSet::new(),
            waiting: BTreeMap::new(),
            anew: BTreeMap::new(),
            under_way: BTreeMap::new(),
            unwritten: 0,
            told_when_drained: None,
            digest: 0,
            submits: VecDeque::new(),
            in_commit: None,
            queued_bytes: 0,
            ignoring: false,
            changed: BTreeSet::new(),
            pages: 0,
            heard_ms: now_ms,
            pinged_ms: now_ms,
            probed_ms: 0,
            probe: None,
        }
    }

    /// The clock was set back: every moment goes with it. A token's end is not this machine's to move.
    pub fn clock_set_back(&mut self, by_ms: u64) {
        self.heard_ms = self.heard_ms.saturating_sub(by_ms);
        self.pinged_ms = self.pinged_ms.saturating_sub(by_ms);
        self.probed_ms = self.probed_ms.saturating_sub(by_ms);
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
        waiting + self.in_commit.map_or(0, |(_, events)| events)
    }

    /// Bytes of its submits that no commit has yet.
    pub fn waiting_bytes(&self) -> usize {
        self.queued_bytes + self.submits.iter().map(|(_, events)| bytes(events)).sum::<usize>()
    }

    /// An event of it went into a commit.
    pub fn committing(&mut self, bytes: usize) {
        self.queued_bytes = self.queued_bytes.saturating_sub(bytes);
    }

    /// The next submit that may go on: the first, if no events of this connection are on their way to another stream.
    pub fn next_submit(&mut self) -> Option<(StreamId, Vec<Envelope>)> {
        let (stream, events) = self.submits.front()?;
        let before = match self.in_commit {
            Some((at, _)) if at != *stream && !planted(Mutant::StreamsAtOnce) => return None,
            Some((_, before)) => before,
            None => 0,
        };
        self.in_commit = Some((*stream, before + events.len()));
        self.queued_bytes += bytes(events);
        self.submits.pop_front()
    }

    /// An event of it was decided. False if it was not waiting for that: it has been told to resume.
    pub fn answered(&mut self, stream: StreamId) -> bool {
        match self.in_commit {
            Some((at, events)) if at == stream => {
                self.in_commit = (events > 1).then_some((at, events - 1));
                true
            }
            _ => false,
        }
    }

    /// Drops what waits and ignores submits. Gives the stream to which events of it are on their way.
    pub fn ignore(&mut self) -> Option<StreamId> {
        self.ignoring = true;
        self.submits.clear();
        self.queued_bytes = 0;
        self.in_commit.take().map(|(stream, _)| stream)
    }

    /// A frame of so many bytes goes to its driver.
    pub fn sends(&mut self, bytes: usize) {
        self.unwritten += bytes;
    }

    /// May it be sent more of what can wait?
    pub fn has_room(&self, bounds: &Bounds) -> bool {
        self.unwritten < bounds.unwritten_bytes
    }

    /// Its driver is to tell when it has written what was sent so far. False if it was asked already.
    pub fn asks_when_drained(&mut self) -> bool {
        let new = self.told_when_drained.is_none();
        self.told_when_drained.get_or_insert(self.unwritten);
        new
    }

    /// What was sent before the driver was asked is written.
    pub fn drained(&mut self) {
        self.unwritten -= self.told_when_drained.take().unwrap_or(0);
    }

    /// It waits for something to be read.
    pub fn waits_for(&mut self, turn: Turn, ask: Ask) {
        self.waiting.insert(turn, ask);
    }

    /// It waits for a stream to be permitted anew, since that turn or from that one on.
    pub fn waits_anew_for(&mut self, turn: Turn, stream: StreamId) {
        self.waiting.remove(&turn);
        self.anew.insert(turn, stream);
    }

    /// How many reads wait for their turn, and how many are under way.
    pub fn reads(&self) -> (usize, usize) {
        (self.waiting.len() + self.anew.len(), self.under_way.len())
    }

    /// What is to be read next, if one more read may be under way. While there is no room, only what must be permitted anew: what
    /// somebody does not take does not keep them where they may be no longer.
    pub fn next_ask(&mut self, bounds: &Bounds) -> Option<(Turn, Ask)> {
        if self.under_way.len() >= bounds.reads {
            return None;
        }
        let (turn, stream) = self.anew.first_key_value().map(|(turn, stream)| (*turn, *stream)).unzip();
        let waits = self.waiting.first_key_value().map(|(turn, _)| *turn);
        match (turn, waits.filter(|_| self.has_room(bounds))) {
            (Some(anew), waits) if waits.is_none_or(|waits| anew < waits) => {
                self.anew.remove(&anew);
                Some((anew, Ask::Stream(stream?)))
            }
            (_, Some(_)) => self.waiting.pop_first(),
            (_, None) => None,
        }
    }

    /// A read of a stream, or of a page, is under way.
    pub fn reads_now(&mut self, turn: Turn, stream: Option<StreamId>) {
        self.under_way.insert(turn, stream);
    }

    /// A read is answered, or not made after all.
    pub fn has_read(&mut self, turn: Turn) {
        self.under_way.remove(&turn);
    }

    /// What lies below a stream, of what it follows and of which a read has told where it lies.
    pub fn below(&self, stream: StreamId) -> Vec<StreamId> {
        let range = (stream, StreamId([0; 16]))..=(stream, StreamId([u8::MAX; 16]));
        self.below.range(range).map(|(_, below)| *below).collect()
    }

    /// What is being read of which no read has told where it lies.
    pub fn read_blindly(&self) -> Vec<StreamId> {
        let blind = |stream: &StreamId| self.subs.get(stream).is_some_and(|sub| sub.chain.is_empty());
        self.under_way.values().flatten().copied().filter(blind).collect()
    }

    /// A read has told what lies above a stream.
    pub fn lies_below(&mut self, stream: StreamId, marks: &[Above]) {
        let Some(sub) = self.subs.get_mut(&stream).filter(|sub| sub.chain.is_empty()) else { return };
        sub.chain = marks.iter().map(|above| above.stream).collect();
        self.below.extend(sub.chain.iter().filter(|above| **above != stream).map(|above| (*above, stream)));
    }

    /// It follows a stream, perhaps anew: who went while it waited for its read is still to be told then, and where it
    /// lies it always will.
    pub fn follows(&mut self, Cursor { stream, seq }: Cursor) {
        let before = self.drops(stream);
        let sub = Sub::after(before, seq);
        self.below.extend(sub.chain.iter().filter(|above| **above != stream).map(|above| (*above, stream)));
        self.subs.insert(stream, Box::new(sub));
    }

    /// A stream goes as far as this digest of its head says, or it may be told anew how far.
    pub fn knows(&mut self, stream: StreamId, head: u64) {
        if let Some(sub) = self.subs.get_mut(&stream) {
            let told = sub.digest(stream, head);
            self.digest ^= std::mem::replace(&mut sub.told, told) ^ told;
        }
    }

    /// It follows a stream no longer. Gives how it followed it.
    pub fn drops(&mut self, stream: StreamId) -> Option<Box<Sub>> {
        let sub = self.subs.remove(&stream)?;
        self.digest ^= sub.told;
        if let Pace::Queued(turn) = sub.pace {
            self.waiting.remove(&turn);
            self.anew.remove(&turn);
        }
        for above in &sub.chain {
            self.below.remove(&(*above, stream));
        }
        Some(sub)
    }
}

/// Bytes of the bodies of events.
pub fn bytes(events: &[Envelope]) -> usize {
    events.iter().map(|envelope| envelope.body.len()).sum()
}
