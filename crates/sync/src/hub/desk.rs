//! What a node keeps of an awake stream: who follows it, what waits to be appended, and the last signals.

use crate::hub::io::SessionId;
use bytes::Bytes;
use folkmoot_model::event::Envelope;
use folkmoot_model::id::Seq;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// An awake stream.
#[derive(Debug, Default)]
pub struct Desk {
    /// The last seq that this node knows of.
    pub head: Seq,
    /// Who follows it.
    pub followers: BTreeSet<SessionId>,
    /// What waits for the commit under way.
    pub queue: VecDeque<(SessionId, Envelope)>,
    /// Is a commit under way?
    pub committing: bool,
    /// The last presence or carets of each connection, as the frame to send to whoever comes.
    pub signals: BTreeMap<SessionId, Bytes>,
}

impl Desk {
    /// Is there nothing to keep?
    pub fn is_idle(&self) -> bool {
        self.followers.is_empty() && self.queue.is_empty() && !self.committing
    }

    /// Bytes of a connection's events that wait.
    pub fn bytes_of(&self, session: SessionId) -> usize {
        self.queue.iter().filter(|(id, _)| *id == session).map(|(_, envelope)| envelope.body.len()).sum()
    }
}
