//! What a node keeps of an awake stream: who follows it, what waits to be appended, and the last signals.

use crate::awareness::{Connection, Owners};
use crate::hub::io::SessionId;
use crate::hub::sub::Sub;
use crate::lasting::Lasting;
use bytes::Bytes;
use folkmoot_model::event::{Above, Envelope};
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_wire::codec::head_digest;
use folkmoot_wire::frame::Cursor;
use folkmoot_wire::limits;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// An awake stream.
#[derive(Debug)]
pub struct StreamState {
    /// The last seq that this node knows of.
    pub head: Seq,
    /// Its part in the digest of those who follow it and may know: see [`head_digest`].
    pub digest: u64,
    /// Who follows it.
    pub followers: BTreeSet<SessionId>,
    /// What waits for the commit under way.
    pub queue: VecDeque<(SessionId, Envelope)>,
    /// Is a commit under way?
    pub committing: bool,
    /// The last runs, without a gap between them, while somebody lags: they are sent these, and not read them each.
    recent: VecDeque<Run>,
    /// What each connection shows, as the frame to send to whoever comes.
    signals: BTreeMap<(SessionId, Lasting), Bytes>,
    /// Whose the carets are.
    carets: Owners,
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

impl StreamState {
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
            carets: Owners::default(),
        }
    }

    /// The stream goes so far. Is that news?
    pub fn goes_to(&mut self, stream: StreamId, seq: Seq) -> bool {
        if seq <= self.head {
            return false;
        }
        self.head = seq;
        self.digest = head_digest(Cursor { stream, seq });
        true
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

    /// A connection shows something. False if that is a caret that is not theirs to show.
    pub fn shows(&mut self, by: Connection, lasting: Lasting, frame: Bytes) -> bool {
        if let Lasting::Caret(client) = lasting {
            let before = self.carets.owner(client);
            if !self.carets.said(by, client, false) {
                return false;
            }
            // Of another connection of theirs.
            if let Some((_, before)) = before.filter(|before| before.0 == by.0 && *before != by) {
                self.signals.remove(&(before, lasting));
            }
        }
        self.signals.insert((by.1, lasting), frame);
        true
    }

    /// A connection shows something no longer. False if it did not.
    pub fn takes_back(&mut self, by: Connection, lasting: Lasting) -> bool {
        if let Lasting::Caret(client) = lasting {
            self.carets.said(by, client, true);
        }
        self.signals.remove(&(by.1, lasting)).is_some()
    }

    /// A connection shows nothing any more. False if it did not.
    pub fn takes_all_back(&mut self, by: Connection) -> bool {
        self.carets.left(by);
        let shown: Vec<Lasting> = self.shown_by(by.1).collect();
        shown.iter().filter(|lasting| self.signals.remove(&(by.1, **lasting)).is_some()).count() > 0
    }

    /// What a connection shows.
    pub fn shown_by(&self, session: SessionId) -> impl Iterator<Item = Lasting> {
        let (first, last) = Lasting::ALL.into_inner();
        self.signals.range((session, first)..=(session, last)).map(|((_, lasting), _)| *lasting)
    }

    /// What is shown, and by which connection.
    pub fn shown(&self) -> impl Iterator<Item = (SessionId, &Bytes)> {
        self.signals.iter().map(|((session, _), frame)| (*session, frame))
    }

    /// Is there nothing to keep?
    pub fn is_idle(&self) -> bool {
        self.followers.is_empty() && self.queue.is_empty() && !self.committing
    }
}
