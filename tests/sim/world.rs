//! The world: one server over a log, five devices of three people, and a network that loses, cuts and delays.
//!
//! Every choice comes from the seed. Frames cross as their real bytes. A crash may fall between any two effects.

mod network;
mod people;

use super::device::Device;
use super::log::SimLog;
use super::oracle;
use bytes::Bytes;
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::id::{DeviceId, EventId, PersonId, StreamId};
use folkmoot_model::members::{MemberAdded, ProfileChanged, Role, SpaceOpened};
use folkmoot_model::rooms::{RoomAccess, RoomOpened};
use folkmoot_model::row::{Key, Row, Rows};
use folkmoot_model::rule::By;
use folkmoot_sync::decide::{SERVER, Submission};
use folkmoot_sync::hub::Hub;
use folkmoot_sync::hub::io as hub;
use folkmoot_sync::random::Random;
use folkmoot_sync::replica::io as replica;
use folkmoot_wire::frame::ByeCode;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Steps in which everything may go wrong, before the world heals.
const STEPS: u64 = 400;
/// How long the healed world may take to come to rest, in steps.
const REST_STEPS: u64 = 6_000;
/// Tokens live so long, in milliseconds: short, so that they expire under way.
const TOKEN_MS: u64 = 120_000;

/// A connection: frames on their way in both directions.
#[derive(Default)]
struct Link {
    device: usize,
    up: VecDeque<Bytes>,
    down: VecDeque<Bytes>,
    /// Set once one side has closed: the other learns of it after what is on its way.
    closed: Option<Option<ByeCode>>,
    opened: bool,
    /// Nothing arrives any more, and nobody is told.
    half_open: bool,
}

/// The simulated world.
pub struct World {
    random: Random,
    pub now_ms: u64,
    pub log: SimLog,
    hub: Hub,
    hub_starts: u64,
    /// Effects of the hub that the driver has not run yet: commits and reads under way.
    under_way: VecDeque<hub::Effect>,
    links: BTreeMap<u64, Link>,
    sessions: u64,
    pub devices: Vec<Device>,
    pub people: Vec<PersonId>,
    pub space: StreamId,
    pub rooms: Vec<StreamId>,
    pub documents: Vec<StreamId>,
    /// On which device a document was made.
    pub creators: BTreeMap<StreamId, usize>,
    /// Every event that a device has saved: device, stream, id.
    pub said: Vec<(usize, StreamId, EventId)>,
    pub acked: BTreeSet<EventId>,
    healed: bool,
    pub trace: bool,
    acts: u64,
    history: u64,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let people: Vec<PersonId> = (1..=3).map(|n| PersonId([n; 16])).collect();
        let owners = [0, 0, 1, 1, 2];
        let device = |(n, owner): (usize, &usize)| Device::new(people[*owner], DeviceId([n as u8 + 100; 16]), seed);
        let mut world = Self {
            random: Random::new(bytes),
            now_ms: 1_700_000_000_000,
            log: SimLog::default(),
            hub: Hub::new(bytes),
            hub_starts: 0,
            under_way: VecDeque::new(),
            links: BTreeMap::new(),
            sessions: 0,
            devices: owners.iter().enumerate().map(device).collect(),
            space: StreamId([200; 16]),
            rooms: Vec::new(),
            documents: Vec::new(),
            creators: BTreeMap::new(),
            said: Vec::new(),
            acked: BTreeSet::new(),
            people,
            healed: false,
            trace: false,
            acts: 0,
            history: 0,
        };
        world.found();
        world
    }

    /// Runs the whole history, and gives a number that stands for all of it.
    pub fn run(&mut self) -> u64 {
        for device in 0..self.devices.len() {
            self.start(device);
        }
        for _ in 0..STEPS {
            self.step();
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
            quiet = if self.at_rest() { quiet + 1 } else { 0 };
            self.pass(if steps % 10 == 0 { 20_000 } else { 500 });
        }
        self.deliver_all();
        oracle::judge(self);
        self.history
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.random.up_to(one_in - 1) == 0
    }

    fn pick(&mut self, len: usize) -> usize {
        self.random.up_to(len as u64 - 1) as usize
    }

    fn some_device(&mut self) -> usize {
        self.pick(self.devices.len())
    }

    fn some_room(&mut self) -> StreamId {
        let at = self.pick(self.rooms.len());
        self.rooms[at]
    }

    fn some_person(&mut self) -> PersonId {
        let at = self.pick(self.people.len());
        self.people[at]
    }

    fn some_document(&mut self) -> StreamId {
        let at = self.pick(self.documents.len());
        self.documents[at]
    }

    fn say(&mut self, words: impl FnOnce() -> String) {
        if self.trace {
            println!("{} {}", self.now_ms % 10_000_000, words());
        }
    }

    /// The space, its people and the first room, as the server makes them.
    fn found(&mut self) {
        let opened = SpaceOpened { name: "Northlight".into() };
        self.append(self.space, SERVER, opened.into());
        for person in self.people.clone() {
            let profile = Some(ProfileChanged { name: format!("Person {}", person.0[0]), colour: person.0[0] });
            self.append(self.space, SERVER, MemberAdded { person, role: Role::Admin, profile }.into());
        }
        let room = StreamId([201; 16]);
        let members = self.people.clone();
        let opened = RoomOpened {
            space: self.space,
            access: RoomAccess::Public,
            name: "welcome".into(),
            topic: String::new(),
            members,
        };
        self.append(room, self.people[0], opened.into());
        self.rooms.push(room);
    }

    fn append(&mut self, stream: StreamId, who: PersonId, event: Event) {
        let id = EventId::mint(self.now_ms, self.random.bytes());
        let envelope = Envelope::new(id, &event, self.now_ms);
        let submission = Submission { who, device: DeviceId([0; 16]), by: By::Server, envelope };
        let people = self.people.clone();
        let committed = self.log.commit(stream, &[submission], self.now_ms, &people);
        let input = hub::Input::Appended { inserts: committed.inserts };
        self.hub(input);
    }

    // ---- one step ----

    fn step(&mut self) {
        let dice = self.random.up_to(99);
        match dice {
            0..=39 => self.deliver(),
            40..=59 => self.run_under_way(),
            60..=84 => {
                let device = self.some_device();
                self.act(device);
            }
            85..=92 => {
                let ms = self.random.up_to(4_000);
                self.pass(ms);
            }
            93 => {
                let ms = self.random.up_to(70_000);
                self.pass(ms);
            }
            94..=95 => self.cut(),
            96..=97 => {
                let device = self.some_device();
                self.say(|| format!("device {device} crashes"));
                self.crash(device);
                self.start(device);
            }
            98 => {
                let device = self.some_device();
                let input = if self.chance(2) { replica::Input::Woke } else { replica::Input::TryNow };
                self.device(device, input);
            }
            _ => {
                if self.chance(4) {
                    self.say(|| "the server crashes".into());
                    self.crash_hub();
                }
            }
        }
    }

    fn pass(&mut self, ms: u64) {
        self.now_ms += ms;
        self.hub(hub::Input::Tick);
        for device in 0..self.devices.len() {
            if self.devices[device].wake_ms <= self.now_ms {
                self.device(device, replica::Input::Tick);
            }
        }
    }

    fn cut(&mut self) {
        let open: Vec<u64> = self.links.keys().copied().collect();
        if open.is_empty() {
            return;
        }
        let session = open[self.pick(open.len())];
        if self.chance(3) {
            self.say(|| format!("link {session} is half open"));
            if let Some(link) = self.links.get_mut(&session) {
                link.half_open = true;
                link.up.clear();
                link.down.clear();
            }
            return;
        }
        self.say(|| format!("link {session} is cut"));
        self.drop_link(session, None);
        self.hub(hub::Input::Closed { session });
    }

    /// The device's side of a connection ends: what was on its way is lost.
    fn drop_link(&mut self, session: u64, code: Option<ByeCode>) {
        let Some(link) = self.links.remove(&session) else { return };
        if self.devices[link.device].session == Some(session) {
            self.devices[link.device].session = None;
            self.device(link.device, replica::Input::Lost { code });
        }
    }

    fn crash_hub(&mut self) {
        self.hub_starts += 1;
        let mut seed = [9; 32];
        seed[..8].copy_from_slice(&self.hub_starts.to_be_bytes());
        self.hub = Hub::new(seed);
        // A commit that was handed over may or may not have happened.
        while let Some(effect) = self.under_way.pop_front() {
            if let hub::Effect::Commit { stream, submissions, .. } = effect
                && self.chance(2)
            {
                let people = self.people.clone();
                self.log.commit(stream, &submissions, self.now_ms, &people);
            }
        }
        let sessions: Vec<u64> = self.links.keys().copied().collect();
        for session in sessions {
            self.drop_link(session, None);
        }
    }

    fn heal(&mut self) {
        self.say(|| "the world heals".into());
        self.healed = true;
        let half_open: Vec<u64> = self.links.iter().filter(|(_, link)| link.half_open).map(|(id, _)| *id).collect();
        for session in half_open {
            self.drop_link(session, None);
            self.hub(hub::Input::Closed { session });
        }
    }

    fn at_rest(&self) -> bool {
        let quiet =
            self.under_way.is_empty() && self.links.values().all(|link| link.up.is_empty() && link.down.is_empty());
        quiet
            && self.devices.iter().all(|device| {
                device.replica.as_ref().is_some_and(|replica| {
                    replica.is_caught_up() && replica.outbox().pending() == 0 && oracle::outbox_is_settled(replica)
                })
            })
    }
}

/// Is the row one that the server has?
pub fn same_row(log: &SimLog, stream: StreamId, key: &Key, row: &Row) -> bool {
    log.get(stream, key).row().as_ref() == Some(row)
}
