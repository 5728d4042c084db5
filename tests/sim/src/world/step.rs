//! One operation of a plan.

use super::World;
use crate::dice::Dice;
use crate::link::End;
use crate::plan::{Op, What};
use folkmoot_sync::hub::io as hub;
use folkmoot_sync::replica::io as replica;
use folkmoot_wire::frame::ByeCode;

/// A reader that is behind by so many frames is too slow: the node's queue to it is full.
const SLOW_FRAMES: usize = 150;

impl World {
    /// Does one operation.
    pub(super) fn step(&mut self, op: Op) {
        self.dice = Dice::new(op.dice);
        self.fuse = op.crash;
        let device = op.whom % self.devices.len();
        let node = op.whom % self.nodes.len();
        match op.what {
            What::Deliver => {
                let sessions: Vec<u64> = self.links.keys().copied().collect();
                if !sessions.is_empty() {
                    let session = sessions[self.dice.pick(sessions.len())];
                    self.deliver_on(session);
                }
            }
            What::Work => {
                let busy: Vec<usize> = (0..self.nodes.len()).filter(|n| self.nodes[*n].is_working()).collect();
                if !busy.is_empty() {
                    let node = busy[self.dice.pick(busy.len())];
                    self.work(node);
                }
            }
            What::Bus => self.bus(),
            What::Act => self.act(device),
            What::Pass => self.pass(op.dice),
            What::Cut => self.cut(),
            What::Stall => {
                let sessions: Vec<u64> = self.links.keys().copied().collect();
                if !sessions.is_empty() {
                    let session = sessions[self.dice.pick(sessions.len())];
                    self.say(|| format!("link {session} stalls, or flows again"));
                    self.links.entry(session).and_modify(|link| link.stalled = !link.stalled);
                }
            }
            What::Kill => {
                self.say(|| format!("device {device} is killed"));
                self.restart(device);
            }
            What::Power => {
                let survive = self.dice.pick(self.devices[device].disk.unsynced() + 1);
                self.say(|| format!("device {device} loses power; {survive} commits survive"));
                self.devices[device].disk.power_cut(survive);
                self.restart(device);
            }
            What::Full => self.devices[device].disk.full = true,
            What::Node => {
                self.say(|| format!("node {node} dies"));
                self.kill_node(node);
            }
            What::Doubt => self.doubt = true,
            What::Wake => {
                let input = if self.dice.chance(2) { replica::Input::Woke } else { replica::Input::TryNow };
                self.device(device, input);
            }
            What::Ahead | What::Back => {
                let step = op.dice as i64 * if op.what == What::Back { -1 } else { 1 };
                self.say(|| format!("the clock of device {device} steps by {step} ms"));
                self.devices[device].skew_ms += step;
                self.device(device, replica::Input::Tick);
            }
            What::NodeClock => {
                let step = if op.whom.is_multiple_of(2) { op.dice as i64 } else { -(op.dice as i64) };
                self.say(|| format!("the clocks of the nodes step by {step} ms"));
                self.server_skew_ms += step;
                self.nodes[node].skew_ms = step % 5_000;
                self.pass(0);
            }
            What::Upgrade => {
                if let Some(old) = self.setup.old.filter(|old| *old < self.devices.len()) {
                    self.upgrade(old);
                }
            }
            What::SignOut => self.sign_out(device),
            What::Hostile => self.hostile(),
            What::Checkpoint => {
                if !self.documents.is_empty() {
                    let document = self.documents[self.dice.pick(self.documents.len())];
                    self.log.checkpoint(document, self.setup.checkpoint);
                }
            }
        }
        self.fuse = None;
        self.close_slow();
    }

    /// Time passes for everybody.
    pub(super) fn pass(&mut self, ms: u64) {
        self.now_ms += ms;
        for node in 0..self.nodes.len() {
            self.node(node, hub::Input::Tick);
        }
        for device in 0..self.devices.len() {
            let now_ms = self.device_ms(device);
            let roster = &mut self.devices[device].roster;
            roster.expire(now_ms);
            if self.devices[device].wake_ms <= now_ms {
                self.device(device, replica::Input::Tick);
            }
        }
    }

    fn cut(&mut self) {
        let open: Vec<u64> = self.links.keys().copied().collect();
        if open.is_empty() {
            return;
        }
        let session = open[self.dice.pick(open.len())];
        if self.dice.chance(3) {
            self.say(|| format!("link {session} is half open"));
            if let Some(link) = self.links.get_mut(&session) {
                link.half_open = true;
                link.up.clear();
                link.down.clear();
            }
            return;
        }
        self.say(|| format!("link {session} is cut"));
        self.cut_off(session);
    }

    /// Both ends learn that a connection is gone; what was on its way is lost.
    pub(super) fn cut_off(&mut self, session: u64) {
        let Some(link) = self.links.get(&session) else { return };
        let (node, opened) = (link.node, link.opened);
        self.drop_link(session, None);
        if opened {
            self.node(node, hub::Input::Closed { session });
        }
    }

    /// The client's end of a connection goes.
    pub(super) fn drop_link(&mut self, session: u64, code: Option<ByeCode>) {
        let Some(link) = self.links.remove(&session) else { return };
        let End::Device(device) = link.end else { return };
        if self.devices[device].session == Some(session) {
            self.devices[device].session = None;
            self.device(device, replica::Input::Lost { code });
        }
    }

    fn close_slow(&mut self) {
        let slow = self.links.iter().filter(|(_, link)| link.down.len() > SLOW_FRAMES && link.closed.is_none());
        for session in slow.map(|(session, _)| *session).collect::<Vec<_>>() {
            self.say(|| format!("link {session} is too slow"));
            let Some(link) = self.links.get_mut(&session) else { continue };
            link.closed = Some(Some(ByeCode::Slow));
            link.down.clear();
            link.up.clear();
            let node = link.node;
            self.node(node, hub::Input::Closed { session });
        }
    }

    /// The process of a device ends and starts again.
    pub(super) fn restart(&mut self, device: usize) {
        self.stop(device);
        if !self.devices[device].needs_sign_in {
            self.start(device);
        }
    }

    pub(super) fn stop(&mut self, device: usize) {
        self.fuse = None;
        // What the process had given to the network may still arrive.
        if let Some(session) = self.devices[device].session
            && let Some(link) = self.links.get_mut(&session)
            && link.opened
            && !link.half_open
            && link.carried.is_none()
            && self.dice.chance(2)
        {
            for bytes in std::mem::take(&mut link.up) {
                self.arrives(session, &bytes);
            }
        }
        if let Some(session) = self.devices[device].session.take()
            && let Some(link) = self.links.remove(&session)
            && link.opened
            && !link.half_open
        {
            self.node(link.node, hub::Input::Closed { session });
        }
        self.devices[device].stop();
    }

    pub(super) fn start(&mut self, device: usize) {
        let now_ms = self.device_ms(device);
        let script = self.devices[device].start(now_ms);
        self.run_script(device, script);
    }

    /// A device gets the version that all others run.
    pub(super) fn upgrade(&mut self, device: usize) {
        if std::mem::take(&mut self.devices[device].old) {
            self.say(|| format!("device {device} is upgraded"));
            self.stop(device);
            self.devices[device].disk.outdate();
            self.restart(device);
        }
    }

    fn sign_out(&mut self, device: usize) {
        self.say(|| format!("device {device} is signed out"));
        self.devices[device].signed_out += 1;
        let id = self.devices[device].id;
        for node in 0..self.nodes.len() {
            self.node(node, hub::Input::SignedOut { device: id });
        }
    }

    /// The person signs in again, if they have to.
    pub(super) fn sign_in(&mut self, device: usize) {
        if std::mem::take(&mut self.devices[device].needs_sign_in) {
            self.say(|| format!("device {device} signs in"));
            self.devices[device].signed_in = self.devices[device].signed_out;
            self.start(device);
        }
    }
}
