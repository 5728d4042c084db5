//! The world: one server over a log, five devices of three people, and a network that loses, cuts and delays.
//!
//! Every choice comes from the seed. Frames cross as their real bytes. A crash may fall between any two effects.

use super::device::{Device, apply};
use super::log::SimLog;
use super::oracle;
use bytes::Bytes;
use folkmoot_model::documents::{DocumentKind, DocumentListed, DocumentOpened};
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::id::{DeviceId, EventId, PersonId, StreamId};
use folkmoot_model::members::{MemberAdded, MemberRemoved, ProfileChanged, Role, SpaceOpened};
use folkmoot_model::messages::{MessageDeleted, MessageEdited, MessagePosted};
use folkmoot_model::reactions::MessageReacted;
use folkmoot_model::reads::{MarkedUnread, ReadTo};
use folkmoot_model::rooms::{RoomAccess, RoomListed, RoomOpened};
use folkmoot_model::row::{Key, Rows, Value};
use folkmoot_model::rule::By;
use folkmoot_sync::decide::{SERVER, Submission};
use folkmoot_sync::hub::Hub;
use folkmoot_sync::hub::io as hub;
use folkmoot_sync::random::Random;
use folkmoot_sync::replica::io as replica;
use folkmoot_wire::frame::{ByeCode, ClientFrame, Cursor, Range, ServerFrame};
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

    // ---- the network ----

    fn deliver(&mut self) {
        let ready: Vec<u64> = self.links.keys().copied().collect();
        if !ready.is_empty() {
            let session = ready[self.pick(ready.len())];
            self.deliver_on(session);
        }
    }

    fn deliver_all(&mut self) {
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
    fn deliver_on(&mut self, session: u64) {
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
            if let ServerFrame::Ack(ack) = &frame {
                self.acked.insert(ack.id);
            }
            self.device(device, replica::Input::Frame(frame));
        }
    }

    fn identity(&self, device: usize, token: &str) -> Result<hub::Identity, ByeCode> {
        let expires_ms: u64 = token.parse().expect("a token of this world");
        let Device { person, id, .. } = &self.devices[device];
        match expires_ms > self.now_ms {
            true => Ok(hub::Identity { person: *person, device: *id, expires_ms }),
            false => Err(ByeCode::Expired),
        }
    }

    // ---- the server's driver ----

    fn hub(&mut self, input: hub::Input) {
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
    fn run_under_way(&mut self) {
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
                use folkmoot_sync::decide::Log;
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

    // ---- a device's driver ----

    fn start(&mut self, device: usize) {
        let script = self.devices[device].start(self.now_ms);
        self.run_script(device, script);
    }

    fn crash(&mut self, device: usize) {
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

    fn run_script(&mut self, device: usize, script: Vec<replica::Effect>) {
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
                    use folkmoot_sync::outbox::Entry;
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

    // ---- what people do ----

    fn act(&mut self, device: usize) {
        if self.devices[device].replica.is_none() {
            return;
        }
        match self.random.up_to(15) {
            0..=5 => self.post(device),
            6..=7 => self.edit(device),
            8 => self.on_message(device, |message, dice| {
                MessageReacted { message, emoji: ["👍", "🌲"][(dice % 2) as usize].into(), on: dice % 3 > 0 }.into()
            }),
            9 if self.chance(3) => self.on_message(device, |message, _| MessageDeleted { message }.into()),
            10..=12 => self.write(device),
            13 => self.rearrange(device),
            14 => self.read(device),
            _ => {
                let room = self.some_room();
                let first = self.random.up_to(40);
                self.device(device, replica::Input::Want { room, range: Range { first, last: first + 40 } });
            }
        }
    }

    fn queue(&mut self, device: usize, events: Vec<(StreamId, EventId, Event)>) -> bool {
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return false };
        let permitted =
            |(stream, id, event): &(StreamId, EventId, Event)| replica.permits(disk, *stream, *id, event).is_ok();
        // Now and then a device does not ask before: the server must refuse by itself.
        let asks = self.random.up_to(9) > 0;
        if asks && !events.iter().all(permitted) {
            return false;
        }
        self.say(|| format!("device {device} queues {events:?}"));
        self.device(device, replica::Input::Queue { events });
        true
    }

    fn mint(&mut self, device: usize) -> EventId {
        let now_ms = self.now_ms;
        self.devices[device].replica.as_mut().expect("it runs").mint(now_ms)
    }

    fn post(&mut self, device: usize) {
        let room = self.some_room();
        let id = self.mint(device);
        let person = self.some_person();
        let mentions = if self.chance(3) { vec![person] } else { Vec::new() };
        let posted = MessagePosted { text: format!("note {}", self.said.len()), reply_to: None, mentions };
        self.queue(device, vec![(room, id, posted.into())]);
    }

    /// A message that the device shows, pending ones included.
    fn message(&mut self, device: usize) -> Option<(StreamId, EventId)> {
        let room = self.some_room();
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return None };
        let above = replica.overlay(room).map(|(key, _)| *key);
        let held = disk.rows.0.keys().filter(|(stream, _)| *stream == room).map(|(_, key)| *key);
        let messages: Vec<EventId> = held
            .chain(above)
            .filter_map(|key| match key {
                Key::Message(message) => Some(message),
                _ => None,
            })
            .collect();
        let len = messages.len();
        (len > 0).then(|| (room, messages[self.pick(len)]))
    }

    fn on_message(&mut self, device: usize, event: impl Fn(EventId, u64) -> Event) {
        let Some((room, message)) = self.message(device) else { return };
        let (id, dice) = (self.mint(device), self.random.up_to(11));
        self.queue(device, vec![(room, id, event(message, dice))]);
    }

    fn edit(&mut self, device: usize) {
        let Some((room, message)) = self.message(device) else { return };
        let id = self.mint(device);
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return };
        let row = replica.row(disk, room, &Key::Message(message)).row().map(|row| row.value);
        let Some(Value::Message(row)) = row else { return };
        let text = format!("{} +{}", row.text.as_str(), self.said.len());
        if let Some(delta) = row.text.delta(message, id, &text) {
            self.queue(device, vec![(room, id, MessageEdited { message, delta }.into())]);
        }
    }

    fn write(&mut self, device: usize) {
        if self.documents.is_empty() || self.chance(12) {
            let room = self.some_room();
            let document = StreamId::mint(self.now_ms, self.random.bytes());
            let kind = DocumentKind::Code;
            let listed = DocumentListed { document, kind, title: "Notes".into(), archived: false };
            let (one, two) = (self.mint(device), self.mint(device));
            let opened = DocumentOpened { room, kind };
            if self.queue(device, vec![(room, one, listed.into()), (document, two, opened.into())]) {
                self.documents.push(document);
            }
            return;
        }
        let document = self.some_document();
        let Device { replica: Some(replica), disk, .. } = &self.devices[device] else { return };
        if !matches!(replica.row(disk, document, &Key::Head).row().map(|row| row.value), Some(Value::DocumentHead(_))) {
            return self.device(device, replica::Input::Follow { document });
        }
        let at = self.random.up_to(1 << 20);
        let delete = self.chance(5);
        let text = format!("<{}>", self.random.up_to(9_999));
        let update = self.devices[device].type_into(document, at, &text, delete);
        self.say(|| format!("device {device} types {text} into {document}"));
        self.device(device, replica::Input::Edit { document, update });
    }

    fn rearrange(&mut self, device: usize) {
        let person = self.some_person();
        let id = self.mint(device);
        match self.random.up_to(5) {
            0 if self.rooms.len() < 4 => {
                let room = StreamId::mint(self.now_ms, self.random.bytes());
                let access = if self.chance(2) { RoomAccess::Private } else { RoomAccess::Public };
                let name = format!("room {}", self.rooms.len());
                let opened = RoomOpened {
                    space: self.space,
                    access,
                    name: name.clone(),
                    topic: String::new(),
                    members: vec![person],
                };
                let listed = RoomListed { room, name, topic: String::new(), archived: false };
                let mut events = vec![(room, id, opened.into())];
                if access == RoomAccess::Public {
                    events.push((self.space, self.mint(device), listed.into()));
                }
                if self.queue(device, events) {
                    self.rooms.push(room);
                }
            }
            1..=2 => {
                let stream = if self.chance(4) { self.space } else { self.some_room() };
                self.queue(device, vec![(stream, id, MemberRemoved { person }.into())]);
            }
            3..=4 => {
                let room = self.some_room();
                let added = MemberAdded { person, role: Role::Member, profile: None };
                self.queue(device, vec![(room, id, added.into())]);
            }
            _ => {
                // Let in again by an invitation.
                let profile = Some(ProfileChanged { name: "Again".into(), colour: 1 });
                self.append(self.space, SERVER, MemberAdded { person, role: Role::Admin, profile }.into());
            }
        }
    }

    fn read(&mut self, device: usize) {
        let room = self.some_room();
        let own = self.devices[device].person.into();
        let (id, seq) = (self.mint(device), 1 + self.random.up_to(20));
        let event = if self.chance(4) { MarkedUnread { room, seq }.into() } else { ReadTo { room, seq }.into() };
        self.queue(device, vec![(own, id, event)]);
    }
}

/// Is the row one that the server has?
pub fn same_row(log: &SimLog, stream: StreamId, key: &Key, row: &folkmoot_model::row::Row) -> bool {
    log.get(stream, key).row().as_ref() == Some(row)
}
