//! What a server does: it decides, admits, passes on, and does all that for Yjs clients that are not ours.

use crate::Run;
use crate::scene::{DOCUMENT, NOW_MS, ROOM, Team, device, keystrokes, person};
use bytes::Bytes;
use folkmoot_model::event::Envelope;
use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::yjs::gate::Gate;
use folkmoot_sync::decide;
use folkmoot_sync::hub::Hub;
use folkmoot_sync::hub::io::{Committed, Effect, Found, Identity, Input, Nodes, ReadOutcome};
use folkmoot_sync::yjs_client::{self, Guest, Passed, YjsClient};
use folkmoot_wire::frame::{Caught, ClientFrame, Cursor, Events, Hello, ServerFrame, Submit, VERSION};
use std::sync::Arc;

/// How many follow one document.
const FOLLOWERS: u64 = 100;

/// One transaction decides on 256 events of a room, in which a thousand were said before.
pub fn decide() -> Run {
    let mut team = Team::new();
    let before = team.talk(1_000);
    team.append(ROOM, &before);
    let submissions = team.talk(256);
    Box::new(move || decide::decide(&team, ROOM, &submissions, NOW_MS, None).answers.len())
}

/// The gate admits a thousand keystrokes of one document.
pub fn gate() -> Run {
    let (mut gate, updates) = (Gate::default(), keystrokes(1_000));
    Box::new(move || updates.iter().filter(|update| gate.admit(person(0), update).is_ok_and(|one| one.adds)).count())
}

/// Ten runs of ten edits each: submitted, committed, passed on to a hundred who follow, and acknowledged.
pub fn fan_out() -> Run {
    let mut team = Team::new();
    let mut hub = followed(&team);
    let mut runs = runs(&mut team);
    Box::new(move || {
        let mut told = 0;
        for (events, committed) in std::mem::take(&mut runs) {
            let frame = Submit { stream: DOCUMENT, events, resume: true }.into();
            let asked = hub.handle(NOW_MS, Input::Frame { session: 0, frame, identity: None });
            let [Effect::Commit { ticket, .. }] = asked[..] else { panic!("{asked:?} is no commit") };
            told += hub.handle(NOW_MS, Input::Committed { ticket, outcome: Some(committed) }).len();
        }
        told
    })
}

/// The same runs, each read once and told to a hundred Yjs clients that are not ours.
pub fn yjs_client() -> Run {
    let mut team = Team::new();
    let mut guests: Vec<YjsClient> = (0..FOLLOWERS).map(guest).collect();
    let frame = |(_, committed): (Vec<Envelope>, Committed)| {
        let events = committed.inserts.into_values().flatten().collect();
        ServerFrame::from(Events { stream: DOCUMENT, events }).bytes()
    };
    let frames: Vec<Bytes> = runs(&mut team).into_iter().map(frame).collect();
    Box::new(move || {
        let mut told = 0;
        for frame in &frames {
            let passed = Arc::new(Passed::read(frame).expect("the hub has encoded it"));
            for guest in &mut guests {
                told += guest.handle(NOW_MS, yjs_client::Input::Told(&passed)).len();
            }
        }
        told
    })
}

/// Ten runs of ten keystrokes, and what the log makes of each.
fn runs(team: &mut Team) -> Vec<(Vec<Envelope>, Committed)> {
    let typed = team.typed(100);
    let runs = typed.chunks(10).map(|run| {
        let events = run.iter().map(|submission| submission.envelope.clone()).collect();
        (events, team.append(DOCUMENT, run))
    });
    runs.collect()
}

/// A hub with connections that follow the document and have all of it. The first is the writer's.
fn followed(team: &Team) -> Hub {
    let mut hub = Hub::new([1; 32], Nodes::One);
    let cursor = Cursor { stream: DOCUMENT, seq: team.log(DOCUMENT).len() as u64 };
    for session in 0..FOLLOWERS {
        let (device, token) = (device(session), String::new());
        let identity = Identity { person: person(session), device, expires_ms: u64::MAX };
        let hello = Hello { min: VERSION, max: VERSION, fold: FOLD_VERSION, token, device, cursors: vec![cursor] };
        hub.handle(NOW_MS, Input::Connected { session });
        let frame = ClientFrame::from(hello);
        for effect in hub.handle(NOW_MS, Input::Frame { session, frame, identity: Some(Ok(identity)) }) {
            if let Effect::Read { ticket, read } = effect {
                let found = Some(Found::Tail { events: Vec::new(), head: cursor.seq, marks: team.marks() });
                let outcome = ReadOutcome { permitted: read.who, found };
                hub.handle(NOW_MS, Input::Read { ticket, outcome: Some(outcome) });
            }
        }
    }
    hub
}

/// The `n`th of the foreign clients, which has all of the document.
fn guest(n: u64) -> YjsClient {
    let guest = Guest { document: DOCUMENT, device: device(n), name: "Ana".into(), colour: 1, read_only: false };
    let (mut machine, _) = YjsClient::open(NOW_MS, guest, [n as u8; 32]);
    let caught = Caught { head: Cursor { stream: DOCUMENT, seq: 1 } };
    machine.handle(NOW_MS, yjs_client::Input::Told(&Arc::new(Passed::from(ServerFrame::from(caught)))));
    machine
}
