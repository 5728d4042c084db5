//! What crosses connections, and the driver of the devices: scripts run effect by effect.

use super::World;
use crate::device::{Device, apply};
use crate::link::{End, Link, Requests};
use crate::oracle;
use bytes::Bytes;
use folkmoot_model::documents::DocumentEdited;
use folkmoot_model::event::Event;
use folkmoot_model::id::{DeviceId, EventId, StreamId};
use folkmoot_model::refusal::Code;
use folkmoot_model::signal::{Availability, Signal};
use folkmoot_sync::carried::Broken;
use folkmoot_sync::hub::io as hub;
use folkmoot_sync::outbox::Entry;
use folkmoot_sync::replica::Replica;
use folkmoot_sync::replica::io as replica;
use folkmoot_wire::frame::{ByeCode, ClientFrame, ServerFrame};

/// Requests and responses of which an old one may arrive again.
const OLD_PARCELS: usize = 8;

/// What a node may ask for without anything new happening to it: far more than it ever does.
const WORKS_MAX: usize = 20_000;

impl World {
    /// Everything that is on its way arrives, and every node answers.
    pub(super) fn deliver_all(&mut self) {
        for _ in 0..40 {
            for session in self.links.keys().copied().collect::<Vec<u64>>() {
                self.deliver_on(session);
            }
            for node in 0..self.nodes.len() {
                let mut works = 0;
                while self.nodes[node].is_working() {
                    works += 1;
                    assert!(works < WORKS_MAX, "answers-end: node {node} asks anew with each answer");
                    self.work(node);
                }
            }
            while self.nodes.iter().any(|node| !node.inbox.is_empty()) {
                self.bus();
            }
        }
    }

    /// A frame in each direction, or a request and its response, or the end of the connection.
    pub(super) fn deliver_on(&mut self, session: u64) {
        let Some(link) = self.links.get_mut(&session) else { return };
        if link.half_open {
            link.up.clear();
            link.down.clear();
            return;
        }
        let node = link.node;
        if !link.opened {
            link.opened = true;
            let end = link.end;
            self.node(node, hub::Input::Connected { session });
            if let End::Device(device) = end {
                self.device(device, replica::Input::Opened);
            }
            return;
        }
        if let Some(requests) = link.carried.take() {
            return self.request(session, requests);
        }
        // Who keeps to no rule does not wait for answers either.
        if matches!(link.end, End::Hostile(_)) {
            for bytes in std::mem::take(&mut link.up) {
                self.arrives(session, &bytes);
            }
            let link = self.links.get_mut(&session).filter(|link| !link.stalled);
            if link.is_some_and(|link| link.down.pop_front().is_some() && link.takes(1)) {
                self.node(node, hub::Input::Drained { session });
            }
            return;
        }
        let up = link.up.pop_front();
        let down = if link.stalled { None } else { link.down.pop_front() };
        let drained = down.is_some() && link.takes(1);
        if up.is_none() && down.is_none() {
            if let (Some(code), true) = (link.closed, link.down.is_empty()) {
                self.drop_link(session, code);
            }
            return;
        }
        if let Some(bytes) = up {
            self.arrives(session, &bytes);
        }
        if let Some(bytes) = down {
            self.told(session, &bytes);
        }
        if drained {
            self.node(node, hub::Input::Drained { session });
        }
    }

    /// A request goes to the node, and its response comes back; each may be lost, and old ones may arrive again.
    fn request(&mut self, session: u64, mut requests: Box<Requests>) {
        let Some(link) = self.links.get_mut(&session) else { return };
        let mut said = link.up.drain(..).try_for_each(|frame| requests.client.say(frame));
        let (node, drained) = (link.node, link.takes(link.down.len()));
        said = said.and(link.down.drain(..).try_for_each(|frame| requests.node.say(frame)));
        let over = link.closed;
        let stalled = link.stalled;
        let sure = self.healed;
        let lost = |world: &mut Self| !sure && world.dice.chance(4);
        let parcel = requests.client.parcel();
        requests.requests.push(parcel.clone());
        let mut arriving = if lost(self) { Vec::new() } else { vec![parcel] };
        if !sure && self.dice.chance(4) {
            let old = self.dice.pick(requests.requests.len());
            arriving.push(requests.requests[old].clone());
        }
        let mut received = Vec::new();
        for parcel in arriving {
            match requests.node.accept(parcel) {
                Ok(frames) => received.extend(frames),
                Err(broken) => said = Err(broken),
            }
        }
        let response = requests.node.parcel();
        requests.responses.push(response.clone());
        let mut responses = if lost(self) || stalled { Vec::new() } else { vec![response] };
        if !sure && self.dice.chance(4) {
            let old = self.dice.pick(requests.responses.len());
            responses.push(requests.responses[old].clone());
        }
        let mut told = Vec::new();
        for parcel in responses {
            match requests.client.accept(parcel) {
                Ok(frames) => told.extend(frames),
                Err(broken) => said = Err(broken),
            }
        }
        requests.requests.truncate(OLD_PARCELS);
        requests.responses.truncate(OLD_PARCELS);
        let empty = requests.node.is_empty();
        if let Some(link) = self.links.get_mut(&session) {
            link.carried = Some(requests);
        }
        match said {
            Ok(()) => {}
            Err(Broken::Full) => return self.cut_off(session),
            Err(Broken::Gap) => panic!("carried-in-order: both sides are those that began"),
        }
        for bytes in received {
            self.arrives(session, &bytes);
        }
        for bytes in told {
            self.told(session, &bytes);
        }
        if drained {
            self.node(node, hub::Input::Drained { session });
        }
        if let (Some(code), true) = (over, empty) {
            self.drop_link(session, code);
        }
    }

    /// Bytes of a client arrive at a node.
    pub(super) fn arrives(&mut self, session: u64, bytes: &Bytes) {
        let Some(link) = self.links.get(&session).filter(|link| link.closed.is_none()) else { return };
        let (node, end) = (link.node, link.end);
        let Ok(frame) = ClientFrame::read(bytes) else {
            assert!(matches!(end, End::Hostile(_)), "frames-readable: a device sent what no node can read");
            return self.node(node, hub::Input::Garbage { session });
        };
        let identity = match &frame {
            ClientFrame::Hello(hello) => Some(self.identity(node, end, &hello.token)),
            ClientFrame::Auth(auth) => Some(self.identity(node, end, &auth.token)),
            _ => None,
        };
        self.node(node, hub::Input::Frame { session, frame, identity });
    }

    /// Bytes of a node arrive at a client.
    fn told(&mut self, session: u64, bytes: &Bytes) {
        let Some(End::Device(device)) = self.links.get(&session).map(|link| link.end) else { return };
        if self.devices[device].session != Some(session) {
            return;
        }
        let mut frame = ServerFrame::read(bytes).expect("frames-readable: a node sent what no device can read");
        self.say(|| format!("device {device} is told {frame:?}"));
        match &frame {
            ServerFrame::Ack(ack) => {
                if self.log.turned_away.contains(&(ack.stream, ack.id)) {
                    self.nacked.remove(&ack.id);
                }
                assert!(!self.nacked.contains(&ack.id), "answer-final: {} was refused and is acknowledged", ack.id);
                self.acked.insert(ack.id);
            }
            ServerFrame::Nack(nack) => {
                assert!(!self.acked.contains(&nack.id), "answer-final: {} was acknowledged and is refused", nack.id);
                self.nacked.insert(nack.id);
            }
            _ => {}
        }
        if self.devices[device].old {
            oracle::as_seen_by_older(&mut frame);
        }
        self.device(device, replica::Input::Frame(frame));
    }

    /// A token: until when it counts by the servers' clock, and after how many times of signing out it was issued.
    pub(super) fn token(&self, device: usize) -> replica::Input {
        let expires_ms = self.node_ms(0) + self.setup.token_ms;
        let token = format!("{expires_ms} {}", self.devices[device].signed_in);
        // By the device's clock: now, and the life that the server gave it.
        replica::Input::Token { token, expires_ms: self.device_ms(device) + self.setup.token_ms }
    }

    fn identity(&self, node: usize, end: End, token: &str) -> Result<hub::Identity, ByeCode> {
        let read = |token: &str| -> Option<(u64, u64)> {
            let (expires_ms, signed_in) = token.split_once(' ')?;
            Some((expires_ms.parse().ok()?, signed_in.parse().ok()?))
        };
        let (expires_ms, signed_in) = read(token).ok_or(ByeCode::Revoked)?;
        let (person, device) = match end {
            End::Device(device) if self.devices[device].signed_out > signed_in => return Err(ByeCode::Revoked),
            End::Device(device) => (self.devices[device].person, self.devices[device].id),
            End::Hostile(person) => (person, DeviceId([13; 16])),
        };
        match expires_ms > self.node_ms(node) {
            true => Ok(hub::Identity { person, device, expires_ms }),
            false => Err(ByeCode::Expired),
        }
    }

    /// Gives an input to a device's machine, and runs its script.
    pub(super) fn device(&mut self, device: usize, input: replica::Input) {
        self.acts += 1;
        let now_ms = self.device_ms(device);
        let Device { replica, disk, .. } = &mut self.devices[device];
        let Some(replica) = replica else { return };
        let script = replica.handle(now_ms, disk, input);
        self.run_script(device, script);
    }

    pub(super) fn run_script(&mut self, device: usize, script: Vec<replica::Effect>) {
        let mut later = Vec::new();
        for effect in script {
            let crashes = self.burn();
            let full = matches!(&effect, replica::Effect::Journal(entries) if !entries.is_empty())
                && std::mem::take(&mut self.devices[device].disk.full);
            if crashes || full {
                self.say(|| format!("device {device} stops before {effect:?}"));
                if let replica::Effect::Journal(entries) = effect
                    && !full
                {
                    // The first entries may be on the disk, which is worse than what the real journal does.
                    let torn = self.dice.pick(entries.len() + 1);
                    self.journal(device, entries.into_iter().take(torn).collect());
                }
                return self.restart(device);
            }
            match effect {
                replica::Effect::Journal(entries) => {
                    self.journal(device, entries);
                    let Device { replica: Some(replica), disk, .. } = &mut self.devices[device] else { continue };
                    // It may be written anew at any time, not only when it is worth it.
                    if replica.outbox().worth_rewriting() || self.dice.chance(16) {
                        disk.rewrite(replica.outbox().entries());
                        replica.journal_rewritten();
                    }
                }
                replica::Effect::Commit(changes) => self.devices[device].disk.commit(changes),
                replica::Effect::Dial => {
                    let node = self.dice.pick(self.nodes.len());
                    let carried = self.dice.up_to(99) < self.setup.carried;
                    self.sessions += 1;
                    self.say(|| format!("device {device} dials node {node}: link {}", self.sessions));
                    self.devices[device].session = Some(self.sessions);
                    self.links.insert(self.sessions, Link::new(End::Device(device), node, carried));
                }
                replica::Effect::Hangup => self.hang_up(device),
                replica::Effect::Send(frame) => {
                    self.say(|| format!("device {device} says {frame:?}"));
                    let session = self.devices[device].session;
                    if let Some(link) = session.and_then(|session| self.links.get_mut(&session))
                        && !link.half_open
                        && link.closed.is_none()
                    {
                        link.up.push_back(frame.bytes());
                    }
                }
                replica::Effect::Wake(at_ms) => self.devices[device].wake_ms = at_ms,
                replica::Effect::RefreshToken if self.devices[device].signed_out > self.devices[device].signed_in => {
                    return self.must_sign_in(device);
                }
                replica::Effect::RefreshToken => later.push(self.token(device)),
                replica::Effect::Edited { document, update } => {
                    if let Some(doc) = self.devices[device].documents.get(&document) {
                        apply(doc, &update);
                    }
                }
                replica::Effect::Revoked(stream) => {
                    self.devices[device].documents.remove(&stream);
                    self.devices[device].roster.forget(stream);
                }
                replica::Effect::EditRefused { document, event, refusal } => {
                    later.push(self.edit_refused(device, document, event, refusal.code));
                }
                replica::Effect::Signalled { stream, from, session, signal } => {
                    let now_ms = self.device_ms(device);
                    self.devices[device].roster.signalled(now_ms, stream, from, session, signal.as_ref());
                }
                replica::Effect::LinkChanged => later.extend(self.link_changed(device)),
                replica::Effect::SignedOut => return self.must_sign_in(device),
                _ => {}
            }
        }
        for input in later {
            self.answers_within += 1;
            assert!(self.answers_within < 64, "answers-end: device {device} answers itself without end, now {input:?}");
            self.device(device, input);
            self.answers_within -= 1;
        }
    }

    /// Entries reach the disk.
    fn journal(&mut self, device: usize, entries: Vec<Entry>) {
        for entry in &entries {
            match entry {
                Entry::Queued { stream, envelope, .. } => {
                    self.said.push((device, *stream, envelope.id));
                    if let Ok(Event::DocumentEdited(edited)) = envelope.event() {
                        self.devices[device].saved(*stream, &edited.update);
                    }
                }
                Entry::Settled { id } => {
                    if self.devices[device].taking.contains(id) {
                        self.devices[device].taken.insert(*id);
                    }
                    self.devices[device].settled(*id);
                }
                Entry::Drafted { room, draft } => {
                    self.devices[device].drafts.insert(*room, draft.clone());
                }
                Entry::Unsent { document, update } => self.devices[device].saved(*document, update),
                _ => {}
            }
        }
        self.devices[device].disk.journal.extend(entries);
    }

    /// As the engine does: what is forbidden although its person may write was somebody else's Yjs client.
    fn edit_refused(&mut self, device: usize, document: StreamId, event: EventId, code: Code) -> replica::Input {
        let at = &mut self.devices[device];
        oracle::nothing_goes_on(device, at.replica.as_ref(), document, event);
        at.refused.entry(document).or_default().insert(event);
        let edit = DocumentEdited { update: Vec::new() }.into();
        let permits = |replica: &Replica| replica.permits(&at.disk, document, event, &edit).is_ok();
        let may_write = at.replica.as_ref().is_some_and(permits);
        let updates = if code == Code::Forbidden && may_write { at.said_again(document, event) } else { None };
        self.say(|| {
            format!(
                "device {device} is refused {event} ({code:?}, may write: {may_write}), says it again: {}",
                updates.is_some()
            )
        });
        match updates {
            Some(updates) => replica::Input::EditAgain { document, refused: event, updates },
            None => replica::Input::EditStays { refused: event },
        }
    }

    fn hang_up(&mut self, device: usize) {
        if let Some(session) = self.devices[device].session.take()
            && let Some(link) = self.links.remove(&session)
            && link.opened
            && !link.half_open
        {
            self.node(link.node, hub::Input::Closed { session });
        }
    }

    fn must_sign_in(&mut self, device: usize) {
        let is_out = self.devices[device].signed_out > self.devices[device].signed_in;
        assert!(is_out, "signed-out-by-none: device {device} believes to be signed out");
        self.stop(device);
        self.devices[device].needs_sign_in = true;
    }

    /// As the engine does: whoever is up says that they are here, and what is open, and without a link nobody is.
    fn link_changed(&mut self, device: usize) -> Vec<replica::Input> {
        let space = self.space;
        let Device { replica, roster, was_up, at, old, .. } = &mut self.devices[device];
        let up = replica.as_ref().is_some_and(|replica| replica.link().is_up());
        let before = std::mem::replace(was_up, up);
        if !up {
            roster.clear();
        }
        if !up || before {
            return Vec::new();
        }
        let says = |stream, at| {
            let signal = Signal::Presence { availability: Availability::Online, at };
            replica::Input::Signal { stream, signal }
        };
        let here = at.map(|at| says(at, Some(at)));
        // An older version said in the space where it is.
        let told = at.filter(|_| *old);
        [says(space, told)].into_iter().chain(here).collect()
    }
}
