//! What a node keeps of an awake stream: who follows it, what waits to be appended, and the last signals.

use crate::hub::io::SessionId;
use crate::hub::sub::Sub;
use bytes::Bytes;
use folkmoot_model::event::{Above, Envelope};
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_wire::codec::head_digest;
use folkmoot_wire::frame::Cursor;
use folkmoot_wire::limits;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// An awake stream.
#[derive(Debug)]
pub struct Desk {
    /// The last seq that this node knows of.
    pub head: Seq,
    /// Its part in the digest of those who follow it: see [`head_digest`].
    pub digest: u64,
    /// Who follows it.
    pub followers: BTreeSet<SessionId>,
    /// What waits for the commit under way.
    pub queue: VecDeque<(SessionId, Envelope)>,
    /// Is a commit under way?
    pub committing: bool,
    /// The last runs, without a gap between them, while somebody lags: they are sent these, and not read them each.
    recent: VecDeque<Run>,
    /// The last presence or carets of each connection, as the frame to send to whoever comes.
    pub signals: BTreeMap<SessionId, Bytes>,
}

/// What was appended at once, as the frame for all who follow.
#[derive(Debug, Clone)]
pub struct Run {
    /// The first and the last.
    pub first: Seq,
    pub last: Seq,
    /// How many.
    pub events: u64,
    /// The access changes that whoever gets it must have been permitted after.
    pub above: Vec<Above>,
    /// Encoded.
    pub frame: Bytes,
    /// When it was, Unix milliseconds.
    pub at_ms: u64,
}

impl Run {
    /// May a connection have it next, and is there room for it?
    pub fn is_next_for(&self, sub: &Sub) -> bool {
        sub.permitted() && sub.sent + 1 == self.first && sub.has_read(&self.above) && sub.has_space()
    }
}

impl Desk {
    /// Of a stream of which nothing is known yet.
    pub fn of(stream: StreamId) -> Self {
        Self {
            head: 0,
            digest: head_digest(Cursor { stream, seq: 0 }),
            followers: BTreeSet::new(),
            queue: VecDeque::new(),
            committing: false,
            recent: VecDeque::new(),
            signals: BTreeMap::new(),
        }
    }

    /// The stream goes so far. Gives what changes in the digest of those who follow it.
    pub fn goes_to(&mut self, stream: StreamId, seq: Seq) -> u64 {
        if seq <= self.head {
            return 0;
        }
        self.head = seq;
        let before = std::mem::replace(&mut self.digest, head_digest(Cursor { stream, seq }));
        before ^ self.digest
    }

    /// Keeps a run for those who lag.
    pub fn keep(&mut self, run: Run) {
        let last = self.recent.back().map_or(run.first - 1, |run| run.last);
        if run.last <= last {
            return;
        }
        if run.first != last + 1 {
            self.recent.clear();
        }
        self.recent.push_back(run);
        let mut bytes = self.recent_bytes();
        while bytes > limits::RECENT_BYTES {
            bytes -= self.recent.pop_front().map_or(bytes, |run| run.frame.len());
        }
    }

    /// Nobody lags, or what was kept is older than it is worth.
    pub fn forget_before(&mut self, at_ms: u64) {
        while self.recent.front().is_some_and(|run| run.at_ms < at_ms) {
            self.recent.pop_front();
        }
    }

    /// Bytes of the frames that are kept.
    pub fn recent_bytes(&self) -> usize {
        self.recent.iter().map(|run| run.frame.len()).sum()
    }

    /// Passes on what is kept of what a connection lacks, as far as it may have it and has room; to be sent in this order.
    pub fn pass_on(&self, sub: &mut Sub) -> Vec<Bytes> {
        let mut frames = Vec::new();
        for run in self.recent.range(self.recent.partition_point(|run| run.last <= sub.sent)..) {
            if !run.is_next_for(sub) {
                break;
            }
            sub.delivered(run.last, run.events, run.frame.len());
            frames.push(run.frame.clone());
        }
        frames
    }

    /// Is there nothing to keep?
    pub fn is_idle(&self) -> bool {
        self.followers.is_empty() && self.queue.is_empty() && !self.committing
    }
}
