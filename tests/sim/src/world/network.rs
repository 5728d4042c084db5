//! What crosses connections, in both directions, whole, twice or not at all.

use super::World;
use crate::link::{End, Requests};
use crate::oracle;
use bytes::Bytes;
use folkmoot_model::id::DeviceId;
use folkmoot_sync::hub::io as hub;
use folkmoot_sync::replica::io as replica;
use folkmoot_sync::request_transport::Broken;
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
}
