//! What a device does: it takes in what others have said, and keeps what its person says.

use crate::Run;
use crate::scene::{NOW_MS, ROOM, SPACE, Team, device, message, person};
use folkmoot_model::event::Logged;
use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::id::StreamId;
use folkmoot_model::key::Key;
use folkmoot_model::row::{Held, RowMap, Rows};
use folkmoot_sync::replica::Replica;
use folkmoot_sync::replica::io::{Changes, Effect, Input, Start, StreamHeld};
use folkmoot_wire::frame::{Events, ServerFrame, VERSION, Welcome};
use std::collections::BTreeMap;

/// A thousand events of a room arrive in frames of a hundred, and become rows.
pub fn feed() -> Run {
    let mut team = Team::new();
    let mut device = Device::new(&team, false);
    let talk = team.talk(1_000);
    let events = team.append(ROOM, &talk).inserts.remove(&ROOM).expect("they were appended");
    let mut frames: Vec<ServerFrame> = events.chunks(100).map(|run| run_of(ROOM, run)).collect();
    let before = device.cursor();
    Box::new(move || {
        std::mem::take(&mut frames).into_iter().for_each(|frame| device.input(Input::Frame(frame)));
        device.cursor() - before
    })
}

/// A hundred messages are written while there is no link: each is journalled, and seen above what is held.
pub fn offline() -> Run {
    let mut device = Device::new(&Team::new(), true);
    let mut messages: Vec<_> = (0..100).map(message).collect();
    Box::new(move || {
        for message in std::mem::take(&mut messages) {
            let id = device.replica.mint(NOW_MS);
            device.input(Input::Queue { events: vec![(ROOM, id, message.into())] });
        }
        device.journalled
    })
}

/// The second person's device, with its store in memory.
struct Device {
    replica: Replica,
    store: Store,
    journalled: usize,
}

/// What it keeps of the server.
#[derive(Default)]
struct Store {
    rows: RowMap,
    streams: BTreeMap<StreamId, StreamHeld>,
}

impl Rows for Store {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        match self.rows.get(stream, key) {
            Held::Absent if !key.is_structure() || self.cursor(stream) == 0 => Held::Unknown,
            held => held,
        }
    }
}

impl Store {
    fn cursor(&self, stream: StreamId) -> u64 {
        self.streams.get(&stream).map_or(0, |held| held.cursor)
    }

    fn commit(&mut self, changes: Changes) {
        assert_eq!(changes.forget, [], "nothing is lost here");
        self.streams.extend(changes.streams);
        self.rows.0.extend(changes.rows.into_iter().map(|(stream, key, row)| ((stream, key), row)));
    }
}

impl Device {
    /// It has caught up with all that was said; then its link may go.
    fn new(team: &Team, offline: bool) -> Self {
        let (person, device) = (person(1), device(1));
        let streams = [person.into(), SPACE, ROOM];
        let held = StreamHeld { fold: FOLD_VERSION, ..StreamHeld::default() };
        let start = Start {
            person,
            device,
            seed: [1; 32],
            streams: streams.map(|stream| (stream, held.clone())).to_vec(),
            journal: Vec::new(),
            offline: false,
        };
        let (replica, script) = Replica::start(NOW_MS, start, &Store::default());
        let mut device = Self { replica, store: Store::default(), journalled: 0 };
        device.run(script);
        let (server_ms, expires_ms) = (NOW_MS, u64::MAX);
        let welcome = Welcome { version: VERSION, fold: FOLD_VERSION, session: 1, server_ms, expires_ms, person };
        device.input(Input::Frame(welcome.into()));
        for stream in streams {
            device.input(Input::Frame(run_of(stream, team.log(stream))));
        }
        if offline {
            device.input(Input::Lost { code: None });
        }
        assert_eq!(device.replica.link().is_up(), !offline);
        device
    }

    fn cursor(&self) -> usize {
        self.store.cursor(ROOM) as usize
    }

    fn input(&mut self, input: Input) {
        let script = self.replica.handle(NOW_MS, &self.store, input);
        self.run(script);
    }

    fn run(&mut self, script: Vec<Effect>) {
        for effect in script {
            match effect {
                Effect::Journal(entries) => self.journalled += entries.len(),
                Effect::Commit(changes) => self.store.commit(changes),
                Effect::RefreshToken => self.input(Input::Token { token: "token".into(), expires_ms: u64::MAX }),
                Effect::Dial => self.input(Input::Opened),
                _ => {}
            }
        }
    }
}

fn run_of(stream: StreamId, events: &[Logged]) -> ServerFrame {
    Events { stream, events: events.to_vec() }.into()
}
