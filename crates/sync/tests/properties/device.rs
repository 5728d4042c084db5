//! A device: the client machine with a disk in memory, and what it says on its link.

use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::id::{DeviceId, EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::{Held, RowMap, Rows};
use folkmoot_sync::outbox::Entry;
use folkmoot_sync::replica::Replica;
use folkmoot_sync::replica::io::{Changes, Effect, Input, Start, StreamHeld};
use folkmoot_wire::frame::{ClientFrame, ServerFrame, Welcome};
use folkmoot_wire::limits::REDIAL_MS_MAX;
use std::collections::BTreeMap;

pub const ANA: PersonId = PersonId([1; 16]);
pub const BO: PersonId = PersonId([2; 16]);
pub const SPACE: StreamId = StreamId::fixed(7);
pub const ROOM: StreamId = StreamId::fixed(8);
pub const DEVICE: DeviceId = DeviceId([4; 16]);

/// What survives the process.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    pub rows: RowMap,
    pub streams: BTreeMap<StreamId, StreamHeld>,
    pub journal: Vec<Entry>,
}

impl Rows for Disk {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        match self.rows.get(stream, key) {
            Held::Absent if !key.is_structure() => Held::Unknown,
            Held::Absent if self.streams.get(&stream).is_none_or(|held| held.cursor == 0) => Held::Unknown,
            held => held,
        }
    }
}

impl Disk {
    fn commit(&mut self, changes: Changes) {
        for stream in changes.forget {
            self.rows.0.retain(|(of, _), _| *of != stream);
            self.streams.remove(&stream);
        }
        self.streams.extend(changes.streams);
        self.rows.0.extend(changes.rows.into_iter().map(|(stream, key, row)| ((stream, key), row)));
    }
}

/// Ana's device, which is in a room from the start.
pub struct Device {
    pub replica: Replica,
    pub disk: Disk,
    /// What it said and nobody has taken.
    pub said: Vec<ClientFrame>,
    pub now_ms: u64,
}

impl Device {
    /// From what is on `disk`, with its link up.
    pub fn start(disk: Disk) -> Self {
        Self::start_at(disk, 1)
    }

    fn start_at(mut disk: Disk, now_ms: u64) -> Self {
        for stream in [ANA.into(), SPACE, ROOM] {
            disk.streams.entry(stream).or_insert_with(|| StreamHeld { fold: FOLD_VERSION, ..StreamHeld::default() });
        }
        let start = Start {
            person: ANA,
            device: DEVICE,
            // No two processes draw the same.
            seed: [now_ms as u8; 32],
            streams: disk.streams.clone().into_iter().collect(),
            journal: disk.journal.clone(),
            offline: false,
        };
        let (replica, script) = Replica::start(now_ms, start, &disk);
        let mut device = Self { replica, disk, said: Vec::new(), now_ms };
        device.run(script);
        device.is_welcome();
        device
    }

    fn is_welcome(&mut self) {
        let (version, fold, session, server_ms, expires_ms) = (1, FOLD_VERSION, 1, 1, u64::MAX);
        self.hears(Welcome { version, fold, session, server_ms, expires_ms, person: ANA });
        assert!(self.replica.link().is_up());
    }

    /// Its link is lost, and comes again.
    pub fn relinks(&mut self) {
        self.input(Input::Lost { code: None });
        self.now_ms += REDIAL_MS_MAX;
        self.input(Input::Tick);
        self.is_welcome();
    }

    /// The process ends, and begins anew.
    pub fn restart(&mut self) {
        *self = Self::start_at(std::mem::take(&mut self.disk), self.now_ms);
    }

    pub fn input(&mut self, input: Input) {
        self.now_ms += 1;
        let script = self.replica.handle(self.now_ms, &self.disk, input);
        self.run(script);
    }

    pub fn hears(&mut self, frame: impl Into<ServerFrame>) {
        self.input(Input::Frame(frame.into()));
    }

    pub fn mint(&mut self) -> EventId {
        self.now_ms += 1;
        self.replica.mint(self.now_ms)
    }

    /// How far it holds the room.
    pub fn cursor(&self) -> Seq {
        self.replica.held(ROOM).map_or(0, |held| held.cursor)
    }

    fn run(&mut self, script: Vec<Effect>) {
        let mut inputs = Vec::new();
        for effect in script {
            match effect {
                Effect::Journal(entries) => self.disk.journal.extend(entries),
                Effect::Commit(changes) => self.disk.commit(changes),
                Effect::Send(frame) => self.said.push(frame),
                Effect::RefreshToken => inputs.push(Input::Token { token: "token".into(), expires_ms: u64::MAX }),
                Effect::Dial => inputs.push(Input::Opened),
                _ => {}
            }
        }
        inputs.into_iter().for_each(|input| self.input(input));
    }
}
