//! A server node: the production hub, and the effects of it that its driver has not run yet.

use crate::plan::Setup;
use folkmoot_model::event::Logged;
use folkmoot_model::id::StreamId;
use folkmoot_sync::hub::Hub;
use folkmoot_sync::hub::io::{Bounds, Effect, Input, Nodes};
use std::collections::{BTreeMap, VecDeque};

/// What one commit appended: the message from node to node.
pub type Hint = BTreeMap<StreamId, Vec<Logged>>;

/// What the log has done or read, and its node is not told yet.
pub struct Answer {
    /// What it will be told.
    pub input: Input,
    /// What it will tell the others.
    pub inserts: Hint,
}

impl Answer {
    /// Of a commit? Those come in the order of the commits.
    pub fn is_commit(&self) -> bool {
        matches!(self.input, Input::Committed { .. })
    }
}

/// What a connection may have under way: in a world that reads in parts so little that it waits every now and then.
pub fn bounds(setup: &Setup) -> Bounds {
    match setup.part {
        0 => Bounds { reads: usize::MAX, ..Bounds::default() },
        _ => Bounds { unwritten_bytes: 600, reads: 2 },
    }
}

/// A server node.
pub struct Node {
    /// The machine.
    pub hub: Hub,
    /// Commits and reads under way.
    pub under_way: VecDeque<Effect>,
    /// Answers to some that were, on their way.
    pub answers: VecDeque<Answer>,
    /// Messages from other nodes on their way here.
    pub inbox: VecDeque<Hint>,
    /// How far its clock is ahead of the servers' clock, in milliseconds.
    pub skew_ms: i64,
}

impl Node {
    /// A fresh process. `number` and `start` make its seed.
    pub fn start(number: usize, start: u64, setup: &Setup, skew_ms: i64) -> Self {
        let mut seed = [9; 32];
        seed[..8].copy_from_slice(&start.to_be_bytes());
        seed[8] = number as u8;
        let nodes = if setup.nodes > 1 { Nodes::Many } else { Nodes::One };
        let hub = Hub::with(seed, nodes, bounds(setup));
        Self { hub, under_way: VecDeque::new(), answers: VecDeque::new(), inbox: VecDeque::new(), skew_ms }
    }

    /// Has its log anything to do or to tell?
    pub fn is_working(&self) -> bool {
        !self.under_way.is_empty() || !self.answers.is_empty()
    }

    /// Is it going to be told of a commit?
    pub fn awaits_commit(&self) -> bool {
        self.answers.iter().any(Answer::is_commit)
    }
}
