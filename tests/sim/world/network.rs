//! The network and the two drivers: frames under way as bytes, commits and reads under way, scripts run effect by effect.

use super::{Link, TOKEN_MS, World};
use crate::sim::device::{Device, apply};
use crate::sim::oracle;
use folkmoot_model::id::StreamId;
use folkmoot_sync::decide::Log;
use folkmoot_sync::hub::io as hub;
use folkmoot_sync::outbox::Entry;
use folkmoot_sync::replica::io as replica;
use folkmoot_wire::frame::{ByeCode, ClientFrame, Cursor, ServerFrame};

impl World {
    pub(super) fn deliver(&mut self) {
        let ready: Vec<u64> = self.links.keys().copied().collect();
        if !ready.is_empty() {
            let session = ready[self.pick(ready.len())];
            self.deliver_on(session);
        }
    }

    pub(super) fn deliver_all(&mut self) {
        let sessions: Vec<u64> = self.links.keys().copied().collect();
        for session in sessions {
            for _ in 0..50 {
                self.deliver_on(session);
            }
        }
        for _ in 0..200 {
            self.run_under_way();
        }
    }

    /// One frame in each direction, or the end of the connection.
    pub(super) fn deliver_on(&mut self, session: u64) {
        let Some(link) = self.links.get_mut(&session) else { return };
        if link.half_open {
            link.up.clear();
            link.down.clear();
            return;
        }
        let device = link.device;
        if !link.opened {
            link.opened = true;
            self.hub(hub::Input::Connected { session });
            return self.device(device, replica::Input::Opened);
        }
        let (up, down) = (link.up.pop_front(), link.down.pop_front());
        if up.is_none() && down.is_none() {
            if let Some(code) = link.closed {
                self.drop_link(session, code);
            }
            return;
        }
        if let Some(bytes) = up {
            let frame = ClientFrame::read(&bytes).expect("a frame that a device sent");
            let identity = match &frame {
                ClientFrame::Hello(hello) => Some(self.identity(device, &hello.token)),
                ClientFrame::Auth(auth) => Some(self.identity(device, &auth.token)),
                _ => None,
            };
            self.hub(hub::Input::Frame { session, frame, identity });
        }
        if let Some(bytes) = down {
            let frame = ServerFrame::read(&bytes).expect("a frame that a server sent");
            self.say(|| format!("device {device} is told {frame:?}"));
            if let ServerFrame::Ack(ack) = &frame {
                self.acked.insert(ack.id);
            }
            self.device(device, replica::Input::Frame(frame));
        }
    }

    pub(super) fn identity(&self, device: usize, token: &str) -> Result<hub::Identity, ByeCode> {
        let expires_ms: u64 = token.parse().expect("a token of this world");
        let Device { person, id, .. } = &self.devices[device];
        match expires_ms > self.now_ms {
            true => Ok(hub::Identity { person: *person, device: *id, expires_ms }),
            false => Err(ByeCode::Expired),
        }
    }

    pub(super) fn hub(&mut self, input: hub::Input) {
        for effect in self.hub.handle(self.now_ms, input) {
            match effect {
                hub::Effect::Send { session, frame } => {
                    self.history = self.history.wrapping_mul(31).wrapping_add(frame.len() as u64);
                    let Some(link) = self.links.get_mut(&session) else { continue };
                    let person = self.devices[link.device].person;
                    oracle::may_be_sent(&self.log, person, &frame);
                    if !link.half_open {
                        link.down.push_back(frame);
                    }
                }
                hub::Effect::Close { session, code } => {
                    if let Some(link) = self.links.get_mut(&session) {
                        link.closed = Some(Some(code));
                        link.up.clear();
                    }
                }
                other => self.under_way.push_back(other),
            }
        }
    }

    /// Runs one of the commits and reads under way: any of the reads, but commits in order.
    pub(super) fn run_under_way(&mut self) {
        if self.under_way.is_empty() {
            return;
        }
        let mut at = self.pick(self.under_way.len());
        if matches!(self.under_way[at], hub::Effect::Commit { .. }) {
            at = self.under_way.iter().position(|effect| matches!(effect, hub::Effect::Commit { .. })).unwrap_or(at);
        }
        let Some(effect) = self.under_way.remove(at) else { return };
        match effect {
            hub::Effect::Commit { ticket, stream, submissions } => {
                let fails = !self.healed && self.chance(12);
                let happens = !fails || self.chance(2);
                let people = self.people.clone();
                let committed = happens.then(|| self.log.commit(stream, &submissions, self.now_ms, &people));
                let outcome = committed.filter(|_| !fails);
                self.hub(hub::Input::Committed { ticket, outcome });
            }
            hub::Effect::Heads { streams } => {
                let head = |stream: StreamId| Cursor { stream, seq: self.log.head(stream).seq };
                let fails = !self.healed && self.random.up_to(20) == 0;
                let heads = (!fails).then(|| streams.into_iter().map(head).collect());
                self.hub(hub::Input::Heads { heads });
            }
            hub::Effect::Read { ticket, read } => {
                let fails = !self.healed && self.chance(30);
                let outcome = (!fails).then(|| self.log.read(read));
                self.hub(hub::Input::Read { ticket, outcome });
            }
            _ => {}
        }
    }

    pub(super) fn start(&mut self, device: usize) {
        let script = self.devices[device].start(self.now_ms);
        self.run_script(device, script);
    }

    pub(super) fn crash(&mut self, device: usize) {
        if let Some(session) = self.devices[device].session.take() {
            self.links.remove(&session);
            self.hub(hub::Input::Closed { session });
        }
        self.devices[device].crash();
    }

    pub fn device(&mut self, device: usize, input: replica::Input) {
        let Device { replica, disk, .. } = &mut self.devices[device];
        let Some(replica) = replica else { return };
        let script = replica.handle(self.now_ms, disk, input);
        self.run_script(device, script);
    }

    pub(super) fn run_script(&mut self, device: usize, script: Vec<replica::Effect>) {
        let mut later = Vec::new();
        for effect in script {
            self.acts += 1;
            if !self.healed && self.random.up_to(2_000) == 0 {
                self.say(|| format!("device {device} crashes before {effect:?}"));
                self.crash(device);
                return self.start(device);
            }
            match effect {
                replica::Effect::Journal(entries) => {
                    for entry in &entries {
                        if let Entry::Queued { stream, envelope, .. } = entry {
                            self.said.push((device, *stream, envelope.id));
                        }
                    }
                    self.devices[device].disk.journal.extend(entries);
                    let Device { replica: Some(replica), disk, .. } = &mut self.devices[device] else { continue };
                    if replica.outbox().worth_rewriting() {
                        disk.journal = replica.outbox().entries();
                        replica.journal_rewritten();
                    }
                }
                replica::Effect::Commit(changes) => self.devices[device].disk.commit(changes),
                replica::Effect::Dial => {
                    self.sessions += 1;
                    self.devices[device].session = Some(self.sessions);
                    self.links.insert(self.sessions, Link { device, ..Link::default() });
                }
                replica::Effect::Hangup => {
                    if let Some(session) = self.devices[device].session.take() {
                        self.links.remove(&session);
                        self.hub(hub::Input::Closed { session });
                    }
                }
                replica::Effect::Send(frame) => {
                    if self.trace {
                        println!("    device {device} says {frame:?}");
                    }
                    let session = self.devices[device].session;
                    if let Some(link) = session.and_then(|session| self.links.get_mut(&session))
                        && !link.half_open
                        && link.closed.is_none()
                    {
                        link.up.push_back(frame.bytes());
                    }
                }
                replica::Effect::Wake(at_ms) => self.devices[device].wake_ms = at_ms,
                replica::Effect::RefreshToken => later.push(replica::Input::Token {
                    token: (self.now_ms + TOKEN_MS).to_string(),
                    expires_ms: self.now_ms + TOKEN_MS,
                }),
                replica::Effect::Edited { document, update } => {
                    if let Some(doc) = self.devices[device].documents.get(&document) {
                        apply(doc, &update);
                    }
                }
                replica::Effect::Revoked(stream) => {
                    self.devices[device].documents.remove(&stream);
                }
                replica::Effect::EditRefused { document, .. } => self.devices[device].refused_documents.push(document),
                replica::Effect::SignedOut => panic!("nobody signed device {device} out"),
                _ => {}
            }
        }
        for input in later {
            self.device(device, input);
        }
    }
}
