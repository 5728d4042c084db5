//! The client machine, with a server that says anything.

use crate::parts;
use folkmoot_model::event::Event;
use folkmoot_model::features::documents::DocumentEdited;
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::id::{DeviceId, PersonId, StreamId};
use folkmoot_model::key::{Key, List};
use folkmoot_model::row::{Held, RowMap, Rows};
use folkmoot_sync::outbox::Entry;
use folkmoot_sync::replica::Replica;
use folkmoot_sync::replica::io::{Effect, Input, Start, StreamHeld};
use folkmoot_wire::frame::{Range, ServerFrame, Welcome};
use std::collections::BTreeMap;

const ANA: PersonId = PersonId([1; 16]);
const ROOM: StreamId = StreamId([5; 16]);

#[derive(Default)]
struct Disk {
    rows: RowMap,
    streams: BTreeMap<StreamId, StreamHeld>,
    journal: Vec<Entry>,
}

impl Rows for Disk {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        match self.rows.get(stream, key) {
            Held::Absent if !key.is_structure() || !self.streams.contains_key(&stream) => Held::Unknown,
            held => held,
        }
    }
}

/// Each part is a frame of the server, or by its byte something that the person or the system does. Nothing of it ends
/// the machine, which starts from what it has left on the disk.
pub fn replica(input: &[u8]) {
    let mut disk = Disk::default();
    for stream in [ANA.into(), ROOM] {
        disk.streams.insert(stream, StreamHeld { fold: FOLD_VERSION, ..StreamHeld::default() });
    }
    let mut now_ms = 1;
    let mut replica = start(&mut disk, now_ms);
    for (what, part) in parts(input) {
        now_ms += 1;
        let input = match what {
            0 => Input::Queue { events: vec![(ROOM, replica.mint(now_ms), post(part))] },
            1 => Input::Edit { document: ROOM, update: part.to_vec() },
            2 => Input::Want { stream: ROOM, list: List::Messages, range: range(part) },
            3 => Input::Lost { code: None },
            4 => Input::Follow { document: ROOM },
            5 => Input::Unfollow { document: ROOM },
            6 => {
                now_ms += 70_000;
                Input::Tick
            }
            7 => Input::Discard { events: replica.outbox().items().map(|item| item.envelope.id).collect() },
            8 => {
                replica = start(&mut disk, now_ms);
                continue;
            }
            _ => match ServerFrame::read(part) {
                Ok(frame) => Input::Frame(frame),
                Err(_) => continue,
            },
        };
        let script = replica.handle(now_ms, &disk, input);
        run(&mut replica, &mut disk, now_ms, script);
        check(&replica);
    }
    start(&mut disk, now_ms + 1);
}

/// Ranges are in order and apart, and end at the cursor.
fn check(replica: &Replica) {
    for (_, held) in replica.streams() {
        let mut before = 0;
        for range in held.ranges(List::Messages).iter().filter(|range| range.first <= range.last) {
            assert!(range.first > before && range.last <= held.cursor, "{held:?}");
            before = range.last;
        }
    }
}

fn start(disk: &mut Disk, now_ms: u64) -> Replica {
    let start = Start {
        person: ANA,
        device: DeviceId([4; 16]),
        seed: [3; 32],
        streams: disk.streams.clone().into_iter().collect(),
        journal: disk.journal.clone(),
        offline: false,
    };
    let (mut replica, script) = Replica::start(now_ms, start, disk);
    run(&mut replica, disk, now_ms, script);
    let welcome =
        Welcome { version: 1, fold: FOLD_VERSION, session: 1, server_ms: 1, expires_ms: u64::MAX, person: ANA };
    let script = replica.handle(now_ms, disk, Input::Frame(welcome.into()));
    run(&mut replica, disk, now_ms, script);
    replica
}

fn run(replica: &mut Replica, disk: &mut Disk, now_ms: u64, script: Vec<Effect>) {
    let mut inputs = Vec::new();
    for effect in script {
        match effect {
            Effect::Journal(entries) => disk.journal.extend(entries),
            Effect::Commit(changes) => {
                for stream in changes.forget {
                    disk.rows.0.retain(|(of, _), _| *of != stream);
                    disk.streams.remove(&stream);
                }
                disk.streams.extend(changes.streams);
                disk.rows.0.extend(changes.rows.into_iter().map(|(stream, key, row)| ((stream, key), row)));
            }
            Effect::RefreshToken => inputs.push(Input::Token { token: "token".into(), expires_ms: u64::MAX }),
            Effect::Dial => inputs.push(Input::Opened),
            _ => {}
        }
    }
    for input in inputs {
        let script = replica.handle(now_ms, disk, input);
        run(replica, disk, now_ms, script);
    }
}

fn post(text: &[u8]) -> Event {
    match text.first() {
        Some(0) => DocumentEdited { update: text.to_vec() }.into(),
        _ => MessagePosted {
            text: String::from_utf8_lossy(text).into(),
            reply_to: None,
            mentions: Vec::new(),
            thread: None,
        }
        .into(),
    }
}

fn range(part: &[u8]) -> Range {
    let number = |at: usize| {
        let bytes = part.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
        bytes.map_or(u64::MAX, u64::from_le_bytes)
    };
    Range { first: number(0), last: number(8) }
}
