//! The world: server nodes over one log, devices of several people, and everything between them that can fail.
//!
//! The production machines run as they ship. Each operation of a plan is one thing that happens; after each, what must
//! always hold is checked, and at the end the world heals, comes to rest, and is judged.

mod comings;
mod devices;
mod hostile;
mod network;
mod nodes;
mod people;
mod step;
mod threads;

use crate::device::Device;
use crate::dice::Dice;
use crate::link::{End, Link};
use crate::log::SimLog;
use crate::node::Node;
use crate::oracle;
use crate::plan::{Mostly, Plan, Setup};
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::features::people::{MemberAdded, Role};
use folkmoot_model::features::profiles::ProfileChanged;
use folkmoot_model::features::rooms::{RoomAccess, RoomChanged, RoomOpened};
use folkmoot_model::features::spaces::{DirectoryOpened, SpaceOpened, directory};
use folkmoot_model::id::{DeviceId, EventId, PersonId, StreamId};
use folkmoot_model::rule::By;
use folkmoot_sync::decide::{SERVER, Submission};
use std::collections::{BTreeMap, BTreeSet};

/// How long the healed world may take to come to rest, in steps.
const REST_STEPS: u64 = 3_000;

/// Messages that a room begins with where people look at old ones.
const OLD_MESSAGES: usize = 30;

/// The outsider, who is in no space.
pub const OUTSIDER: PersonId = PersonId([66; 16]);

/// Something typed into a message that is in the log: it must be seen in the end.
pub struct Typed {
    /// The edit.
    pub event: EventId,
    /// Where.
    pub room: StreamId,
    /// Of which message.
    pub message: EventId,
    /// The words.
    pub words: String,
}

/// The simulated world.
pub struct World {
    pub(crate) setup: Setup,
    /// The choices of the operation under way.
    pub(crate) dice: Dice,
    /// True time, Unix milliseconds.
    pub(crate) now_ms: u64,
    /// How far the servers' clock is ahead of it.
    server_skew_ms: i64,
    pub(crate) log: SimLog,
    pub(crate) nodes: Vec<Node>,
    node_starts: u64,
    /// Does the next commit end in doubt?
    doubt: bool,
    /// Has one ever?
    doubted: bool,
    /// Commits that a node has given up on, and that may still happen.
    late: Vec<(StreamId, Vec<Submission>)>,
    pub(crate) links: BTreeMap<u64, Link>,
    sessions: u64,
    pub(crate) devices: Vec<Device>,
    pub(crate) people: Vec<PersonId>,
    pub(crate) space: StreamId,
    pub(crate) rooms: Vec<StreamId>,
    pub(crate) documents: Vec<StreamId>,
    /// On which device a document was made.
    pub(crate) creators: BTreeMap<StreamId, usize>,
    /// Every event that a device has saved: device, stream, id.
    pub(crate) said: Vec<(usize, StreamId, EventId)>,
    pub(crate) acked: BTreeSet<EventId>,
    pub(crate) nacked: BTreeSet<EventId>,
    pub(crate) typed: Vec<Typed>,
    /// Edits that add nothing, by somebody who keeps to no rule.
    nothings: Vec<(PersonId, StreamId, Envelope)>,
    pub(crate) healed: bool,
    /// Effects until the machine at work crashes.
    fuse: Option<u32>,
    /// Inputs that a device has given itself, one because of the other.
    answers_within: u32,
    /// Print what happens.
    pub trace: bool,
    /// Inputs that machines have handled.
    pub acts: u64,
    history: u64,
}

impl World {
    /// The world before anything happens: a space, its people, and a public room.
    pub fn new(setup: &Setup) -> Self {
        // Accounts as old servers made them, under ids of a form that clients mint too.
        let people: Vec<PersonId> = (1..=3).map(|n| PersonId::mint(0, [n; 10])).collect();
        // In some worlds people's Yjs clients have the same ids: each person's first device, and each one's second.
        let draws = |n: usize, owner: &usize| match setup.mostly {
            Mostly::Documents => setup.owners[..n].iter().filter(|other| *other == owner).count() as u8,
            _ => n as u8 + 100,
        };
        let device =
            |(n, owner): (usize, &usize)| Device::new(people[*owner], DeviceId([n as u8 + 100; 16]), draws(n, owner));
        let mut devices: Vec<Device> = setup.owners.iter().enumerate().map(device).collect();
        if let Some(old) = setup.old.and_then(|old| devices.get_mut(old)) {
            old.old = true;
        }
        let mut world = Self {
            dice: Dice::new(0),
            now_ms: 1_700_000_000_000,
            server_skew_ms: 0,
            log: SimLog::new(setup),
            nodes: (0..setup.nodes).map(|node| Node::start(node, 0, setup, 0)).collect(),
            node_starts: 0,
            doubt: false,
            doubted: false,
            late: Vec::new(),
            links: BTreeMap::new(),
            sessions: 0,
            devices,
            space: StreamId::mint(0, [200; 10]),
            rooms: Vec::new(),
            documents: Vec::new(),
            creators: BTreeMap::new(),
            said: Vec::new(),
            acked: BTreeSet::new(),
            nacked: BTreeSet::new(),
            typed: Vec::new(),
            people,
            nothings: Vec::new(),
            healed: false,
            fuse: None,
            answers_within: 0,
            trace: false,
            acts: 0,
            history: 0,
            setup: setup.clone(),
        };
        world.found();
        world
    }

    /// Runs the whole plan, and gives a number that stands for all that happened. Panics where something that must hold
    /// does not; the panic's first words name it.
    pub fn run(&mut self, plan: &Plan) -> u64 {
        for device in 0..self.devices.len() {
            self.start(device);
        }
        for op in &plan.ops {
            self.step(*op);
            oracle::always(self);
        }
        self.heal();
        // At rest is what stays so over some heartbeats.
        let (mut steps, mut quiet) = (0, 0);
        while quiet < 30 {
            steps += 1;
            if steps > REST_STEPS {
                oracle::explain_unrest(self);
            }
            self.deliver_all();
            (0..self.devices.len()).for_each(|device| self.sign_in(device));
            quiet = if self.at_rest() { quiet + 1 } else { 0 };
            self.pass(if steps % 10 == 0 { 20_000 } else { 500 });
        }
        self.deliver_all();
        oracle::judge(self);
        self.history
    }

    /// The space, its people and the first room, as the server makes them.
    fn found(&mut self) {
        self.append(self.space, SERVER, SpaceOpened { name: "Northlight".into() }.into());
        let opened = DirectoryOpened { space: self.space };
        self.append(directory(self.space), SERVER, opened.into());
        for (n, person) in self.people.clone().into_iter().enumerate() {
            let profile = Some(ProfileChanged { name: format!("Person {n}"), colour: n as u8 + 1 });
            let role = if n == 0 { Role::Owner } else { Role::Admin };
            self.append(self.space, SERVER, MemberAdded { person, role, profile }.into());
        }
        let room = StreamId::mint(0, [201; 10]);
        let opened = RoomOpened {
            space: self.space,
            // Who is put out of a public room still reads it.
            access: if self.setup.mostly == Mostly::Comings { RoomAccess::Private } else { RoomAccess::Public },
            name: "welcome".into(),
            topic: String::new(),
            members: self.people.clone(),
        };
        self.append(room, self.people[0], opened.into());
        let everyone = RoomChanged { name: None, topic: None, everyone_edits: Some(true) };
        self.append(room, self.people[0], everyone.into());
        self.rooms.push(room);
        // Where old messages are looked at, there are some.
        let said = if self.setup.mostly == Mostly::Pages { OLD_MESSAGES } else { 0 };
        for n in 0..said {
            let posted = MessagePosted { text: format!("old {n}"), reply_to: None, mentions: Vec::new(), thread: None };
            self.append(room, self.people[n % 3], posted.into());
        }
    }

    /// Appends without a session, as an invitation does, on the first node.
    pub(crate) fn append(&mut self, stream: StreamId, who: PersonId, event: Event) {
        let id = EventId::mint(self.now_ms, self.dice.bytes());
        let envelope = Envelope::new(id, &event, self.now_ms);
        let submission = Submission { who, device: DeviceId([0; 16]), by: By::Server, envelope };
        let now_ms = self.node_ms(0);
        let watched = self.watched();
        let committed = self.log.commit(stream, &[submission], now_ms, &watched);
        self.tell_nodes(0, &committed.inserts);
        self.node(0, folkmoot_sync::hub::io::Input::Appended { inserts: committed.inserts });
    }

    /// Whose right to read is watched.
    pub(crate) fn watched(&self) -> Vec<PersonId> {
        self.people.iter().copied().chain([OUTSIDER]).collect()
    }

    /// The time on a device.
    pub(crate) fn device_ms(&self, device: usize) -> u64 {
        self.now_ms.saturating_add_signed(self.devices[device].skew_ms)
    }

    /// The time on a node.
    pub(crate) fn node_ms(&self, node: usize) -> u64 {
        self.now_ms.saturating_add_signed(self.server_skew_ms + self.nodes[node].skew_ms)
    }

    pub(crate) fn say(&self, words: impl FnOnce() -> String) {
        if self.trace {
            println!("{} {}", self.now_ms % 100_000_000, words());
        }
    }

    /// Burns down the fuse by one effect. Does the machine at work crash now?
    fn burn(&mut self) -> bool {
        match &mut self.fuse {
            Some(0) => {
                self.fuse = None;
                true
            }
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        }
    }

    /// From here on nothing fails. What hangs still hangs, and must be noticed.
    fn heal(&mut self) {
        self.say(|| "the world heals".into());
        self.healed = true;
        self.fuse = None;
        self.doubt = false;
        for (stream, submissions) in std::mem::take(&mut self.late) {
            self.commit_late(stream, &submissions);
        }
        let hostile = |link: &Link| matches!(link.end, End::Hostile(_));
        let ends = self.links.iter().filter(|(_, link)| hostile(link)).map(|(session, _)| *session);
        let ends: Vec<u64> = ends.collect();
        for session in ends {
            self.cut_off(session);
        }
        for link in self.links.values_mut() {
            link.stalled = false;
        }
        for device in 0..self.devices.len() {
            self.upgrade(device);
            self.sign_in(device);
        }
    }

    fn at_rest(&self) -> bool {
        let nodes = self.nodes.iter().all(|node| !node.is_working() && node.inbox.is_empty());
        nodes
            && self.links.values().all(|link| link.is_quiet() && !link.half_open)
            && self.devices.iter().all(|device| {
                device.replica.as_ref().is_some_and(|replica| {
                    replica.is_caught_up() && replica.outbox().pending() == 0 && oracle::outbox_is_settled(replica)
                })
            })
    }
}
