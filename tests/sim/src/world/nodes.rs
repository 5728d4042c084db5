//! The driver of the server nodes: scripts run effect by effect, commits that fail or end in doubt, the bus between.

use super::World;
use crate::link::End;
use crate::node::{Answer, Hint, Node};
use crate::oracle;
use folkmoot_model::id::StreamId;
use folkmoot_sync::decide::{Log, Submission};
use folkmoot_sync::hub::io::{Effect, Input};
use folkmoot_wire::frame::Cursor;

impl World {
    /// Gives an input to a node's machine, and runs its script.
    pub(super) fn node(&mut self, node: usize, input: Input) {
        self.acts += 1;
        let now_ms = self.node_ms(node);
        let found = match &input {
            Input::Heads { heads: Some(heads) } => heads.clone(),
            _ => Vec::new(),
        };
        let script = self.nodes[node].hub.handle(now_ms, input);
        oracle::all_are_told(&self.nodes[node].hub, &found);
        let mut drained = Vec::new();
        for effect in script {
            if self.burn() {
                self.say(|| format!("node {node} dies before {effect:?}"));
                return self.kill_node(node);
            }
            match effect {
                Effect::Send { session, frame } => {
                    self.history = self.history.wrapping_mul(31).wrapping_add(frame.len() as u64);
                    let Some(link) = self.links.get_mut(&session).filter(|link| link.closed.is_none()) else {
                        continue;
                    };
                    let person = match link.end {
                        End::Device(device) => self.devices[device].person,
                        End::Hostile(person) => person,
                    };
                    // Where a commit may end in doubt, or on another node, a node learns of it a little later.
                    let told = self.setup.nodes == 1 && !self.nodes[node].awaits_commit();
                    let certain = told && !self.doubted && self.node_starts == 0;
                    oracle::may_be_sent(&self.log, person, &frame, certain);
                    link.note_shown(&frame);
                    if !link.half_open {
                        link.down.push_back(frame);
                    }
                }
                Effect::Close { session, code } => {
                    if let Some(link) = self.links.get_mut(&session) {
                        link.closed = Some(Some(code));
                        link.up.clear();
                    }
                }
                Effect::TellDrained { session } => {
                    if let Some(link) = self.links.get_mut(&session).filter(|link| !link.half_open) {
                        link.tell_after = Some(link.down.len());
                        drained.extend(link.takes(0).then_some(session));
                    }
                }
                other => self.nodes[node].under_way.push_back(other),
            }
        }
        let hub = &self.nodes[node].hub;
        self.links
            .iter_mut()
            .filter(|(_, link)| link.node == node)
            .for_each(|(id, link)| oracle::no_ghosts(hub, *id, link));
        for session in drained {
            self.node(node, Input::Drained { session });
        }
    }

    /// The log does one of the things that a node asked for, or tells it of one that it did: reads in any order, but
    /// commits in that in which they were asked for.
    pub(super) fn work(&mut self, node: usize) {
        let Node { under_way, answers, .. } = &mut self.nodes[node];
        if under_way.is_empty() && answers.is_empty() {
            return;
        }
        let mut at = self.dice.pick(under_way.len() + answers.len());
        if let Some(mut at) = at.checked_sub(under_way.len()) {
            if answers[at].is_commit() {
                at = answers.iter().position(Answer::is_commit).unwrap_or(at);
            }
            let answer = answers.remove(at);
            return answer.into_iter().for_each(|answer| self.tell(node, answer));
        }
        let commit = |effect: &Effect| matches!(effect, Effect::Commit { .. });
        if commit(&under_way[at]) {
            at = under_way.iter().position(commit).unwrap_or(at);
        }
        let Some(effect) = under_way.remove(at) else { return };
        let answer = self.does(node, effect);
        // What was in doubt may happen now.
        if !self.late.is_empty() && self.dice.chance(3) {
            let (stream, submissions) = self.late.remove(0);
            self.say(|| format!("the commit to {stream} that was given up happens"));
            self.commit_late(stream, &submissions);
        }
        let Some(answer) = answer else { return };
        let waits = answer.is_commit() && self.nodes[node].awaits_commit();
        if waits || (!self.healed && self.dice.chance(self.setup.slow)) {
            return self.nodes[node].answers.push_back(answer);
        }
        self.tell(node, answer);
    }

    fn tell(&mut self, node: usize, Answer { input, inserts }: Answer) {
        self.tell_nodes(node, &inserts);
        self.node(node, input);
    }

    /// The log does what a node asked for, or fails.
    fn does(&mut self, node: usize, effect: Effect) -> Option<Answer> {
        let fails = !self.healed && self.dice.chance(self.setup.failing);
        let mut inserts = Hint::new();
        let input = match effect {
            Effect::Commit { ticket, stream, submissions } if fails || std::mem::take(&mut self.doubt) => {
                self.doubted = true;
                match self.dice.pick(self.outcomes()) {
                    0 => self.say(|| format!("node {node}: the commit to {stream} fails")),
                    1 => {
                        self.say(|| format!("node {node}: the commit to {stream} happens, and it is not told"));
                        self.commit_late(stream, &submissions);
                    }
                    _ => {
                        self.say(|| format!("node {node}: the commit to {stream} may happen later"));
                        self.late.push((stream, submissions));
                    }
                }
                Input::Committed { ticket, outcome: None }
            }
            Effect::Commit { ticket, stream, submissions } => {
                let (now_ms, watched) = (self.node_ms(node), self.watched());
                let committed = self.log.commit(stream, &submissions, now_ms, &watched);
                self.say(|| format!("node {node} commits to {stream}: {:?}", committed.answers));
                inserts.clone_from(&committed.inserts);
                Input::Committed { ticket, outcome: Some(committed) }
            }
            Effect::Heads { streams } => {
                let head = |stream: StreamId| Cursor { stream, seq: self.log.head(stream).seq };
                Input::Heads { heads: (!fails).then(|| streams.into_iter().map(head).collect()) }
            }
            Effect::Read { ticket, read } => Input::Read { ticket, outcome: (!fails).then(|| self.log.read(read)) },
            Effect::Send { .. } | Effect::Close { .. } | Effect::TellDrained { .. } => return None,
        };
        Some(Answer { input, inserts })
    }

    /// How a commit may end of which its node is not told: not at all, at once, or (in another process) some day.
    fn outcomes(&self) -> usize {
        if self.nodes.len() > 1 { 3 } else { 2 }
    }

    /// A commit of which no node is told.
    pub(super) fn commit_late(&mut self, stream: StreamId, submissions: &[Submission]) {
        let (now_ms, watched) = (self.node_ms(0), self.watched());
        self.log.commit(stream, submissions, now_ms, &watched);
    }

    /// What a node has appended is told to the others.
    pub(super) fn tell_nodes(&mut self, from: usize, inserts: &Hint) {
        let others = self.nodes.iter_mut().enumerate().filter(|(node, _)| *node != from);
        others.for_each(|(_, node)| node.inbox.push_back(inserts.clone()));
    }

    /// A message between nodes arrives, or is lost, repeated, or overtaken.
    pub(super) fn bus(&mut self) {
        let waiting: Vec<usize> = (0..self.nodes.len()).filter(|node| !self.nodes[*node].inbox.is_empty()).collect();
        if waiting.is_empty() {
            return;
        }
        let node = waiting[self.dice.pick(waiting.len())];
        let troubled = !self.healed && self.dice.chance(self.setup.bus);
        let (lost, repeated, overtakes) = match troubled.then(|| self.dice.pick(3)) {
            Some(0) => (true, false, false),
            Some(1) => (false, true, false),
            Some(_) => (false, false, true),
            None => (false, false, false),
        };
        let at = if overtakes { self.dice.pick(self.nodes[node].inbox.len()) } else { 0 };
        let Some(inserts) = self.nodes[node].inbox.remove(at) else { return };
        if repeated {
            self.nodes[node].inbox.push_back(inserts.clone());
        }
        if lost {
            self.say(|| format!("a message to node {node} is lost"));
        } else {
            self.node(node, Input::Appended { inserts });
        }
    }

    /// A node's process dies with all it had under way, and another takes its place.
    pub(super) fn kill_node(&mut self, node: usize) {
        self.fuse = None;
        self.node_starts += 1;
        let fresh = Node::start(node, self.node_starts, &self.setup, self.nodes[node].skew_ms);
        let old = std::mem::replace(&mut self.nodes[node], fresh);
        // A commit that was handed over may or may not happen, and that later.
        for effect in old.under_way {
            if let Effect::Commit { stream, submissions, .. } = effect {
                match self.dice.pick(self.outcomes()) {
                    0 => {}
                    1 => self.commit_late(stream, &submissions),
                    _ => self.late.push((stream, submissions)),
                }
            }
        }
        let sessions = self.links.iter().filter(|(_, link)| link.node == node).map(|(session, _)| *session);
        for session in sessions.collect::<Vec<u64>>() {
            // The address of a dead machine may as well say nothing.
            match self.links.get_mut(&session) {
                Some(link) if self.dice.chance(4) => link.half_open = true,
                _ => self.drop_link(session, None),
            }
        }
    }
}
