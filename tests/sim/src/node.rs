//! A server node: the production hub, and the effects of it that its driver has not run yet.

use folkmoot_model::event::Logged;
use folkmoot_model::id::StreamId;
use folkmoot_sync::hub::Hub;
use folkmoot_sync::hub::io::{Effect, Nodes};
use std::collections::{BTreeMap, VecDeque};

/// What one commit appended: the message from node to node.
pub type Hint = BTreeMap<StreamId, Vec<Logged>>;

/// A server node.
pub struct Node {
    /// The machine.
    pub hub: Hub,
    /// Commits and reads under way.
    pub under_way: VecDeque<Effect>,
    /// Messages from other nodes on their way here.
    pub inbox: VecDeque<Hint>,
    /// How far its clock is ahead of the servers' clock, in milliseconds.
    pub skew_ms: i64,
}

impl Node {
    /// A fresh process. `number` and `start` make its seed.
    pub fn start(number: usize, start: u64, nodes: usize, skew_ms: i64) -> Self {
        let mut seed = [9; 32];
        seed[..8].copy_from_slice(&start.to_be_bytes());
        seed[8] = number as u8;
        let nodes = if nodes > 1 { Nodes::Many } else { Nodes::One };
        Self { hub: Hub::new(seed, nodes), under_way: VecDeque::new(), inbox: VecDeque::new(), skew_ms }
    }
}
