//! A long document as it was really written, edit by edit, through the path that people use: the window's Y.Doc, the
//! engine, its journal, the server. Beside it, in the same web process, Yjs alone. `cargo xtask bench --only trace --trace
//! FILE` runs it, optimised; no test run does.

use crate::cost::Work;
use crate::figures::{milliseconds, openings};
use crate::page::Page;
use crate::seat::{Seat, window_manager};
use folkmoot_bench::scene::{Person, Scene};
use folkmoot_bench::table::{Table, ms};
use folkmoot_model::id::StreamId;
use serde::Deserialize;
use serde_json::{Value, json};
use std::process::Command;
use std::time::{Duration, Instant};
use tokio::time::sleep;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Transact, Update};

/// Replays the edits.
const REPLAY: &str = include_str!("trace.js");

/// Edits that the page is handed at once.
const HANDED: usize = 25_000;

/// How often the document is opened.
const OPENINGS: usize = 15;

/// How long it may take until the server has all.
const WHOLE_MAX: Duration = Duration::from_secs(300);

/// Between two looks whether all is acknowledged.
const LOOK: Duration = Duration::from_millis(10);

/// A trace in the form of the public collections: `automerge-paper` has 259,778 edits.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Trace {
    end_content: String,
    txns: Vec<Written>,
}

#[derive(Deserialize)]
struct Written {
    patches: Vec<Value>,
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it is no test: `cargo xtask bench --only trace --trace FILE`"]
async fn what_a_trace_costs() {
    let trace = trace();
    let patches: Vec<Value> = trace.txns.into_iter().flat_map(|written| written.patches).collect();
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let mut table = Table::default();
    let scene = Scene::new().await.unwrap();
    let mut seat = Seat::set_up("Ana", dir.path()).await;
    let page = seat.open(&[]).await;
    let join =
        json!({ "do": "join", "link": scene.invite().await.unwrap(), "name": "Ana", "password": "a long password" });
    let room = page.ask(join).await["room"].as_str().expect("a room").to_owned();
    let create = json!({ "do": "create_document", "room": room, "kind": "code", "title": "Paper" });
    let document = page.ask(create).await["stream"].as_str().expect("a document").to_owned();
    let reader = scene.person("Reader").await.unwrap();
    page.until("is in a place", "location.hash.split('/').length > 2").await;
    let space = page.place().await.split('/').find(|part| part.len() == 36).unwrap().to_owned();
    let (away, place) = (format!("#/{space}/room/{room}"), format!("#/{space}/document/{document}"));
    page.go(&place).await;
    page.until("has an editor", "document.querySelector('.cm-content') !== null").await;
    for patches in patches.chunks(HANDED) {
        page.give("window.patches = (window.patches ?? []).concat(arguments[0])", json!(patches)).await;
    }

    // Alone first and last: what the engine's compilers learn helps all three.
    let before = alone(&seat, &page, &trace.end_content).await;
    theirs(&seat, &page, &mut table, patches.len(), before, &reader, &document, &trace.end_content).await;

    let opened = "document.querySelector('.cm-content')?.textContent.length > 100";
    let took = openings(&page, &away, &place, "document.querySelector('.cm-content') === null", opened, OPENINGS).await;
    table.times("trace: the document opens in the window: asked → its text drawn", took);
    let mut took = Vec::new();
    for _ in 0..OPENINGS {
        took.push(opening(&reader, document.parse().unwrap()).await);
    }
    table.times("trace: the document opens in the engine alone", took);
    seat.quit().await;
    table.print();
}

/// Yjs alone: how long the web process worked.
async fn alone(seat: &Seat, page: &Page, end: &str) -> Duration {
    let before = Work::now(seat);
    page.run(REPLAY, json!(["alone"])).await;
    assert_eq!(page.get("return window.written").await.as_str(), Some(end), "Yjs replays it");
    (Work::now(seat) - before).web
}

#[expect(clippy::too_many_arguments, reason = "all that is compared")]
async fn theirs(
    seat: &Seat,
    page: &Page,
    table: &mut Table,
    edits: usize,
    alone_before: Duration,
    reader: &Person,
    document: &str,
    end: &str,
) {
    let (before, begun) = (Work::now(seat), Instant::now());
    let written = page.run(REPLAY, json!(["theirs"])).await;
    let accepted = "[...document.querySelectorAll('.fact')].some((fact) => fact.textContent === 'On the server')";
    // It may say so between two of its updates: it is so when another has the whole text.
    let (acknowledged, worked, first) = loop {
        while page.get(&format!("return {accepted}")).await != Value::Bool(true) {
            sleep(LOOK).await;
        }
        let (acknowledged, worked) = (begun.elapsed(), Work::now(seat) - before);
        let first = opening(reader, document.parse().unwrap()).await;
        if text(reader, document.parse().unwrap()).await == end {
            break (acknowledged, worked, first);
        }
        assert!(begun.elapsed() < WHOLE_MAX, "the server has it all");
        sleep(LOOK).await;
    };
    let after = alone(seat, page, end).await;

    let yjs = (alone_before + after) / 2;
    let sum = worked.web + worked.app + worked.network + worked.here;
    let told = |time: Duration| format!("{:.2} s", time.as_secs_f64());
    table.put(&format!("trace: {edits} edits, Yjs alone in the web process, CPU (before, after)"), {
        format!("{} ({}, {})", told(yjs), told(alone_before), told(after))
    });
    table.put(
        "trace: the same through the window's document, CPU (web process, app, network process, server)",
        format!(
            "{} ({}, {}, {}, {})",
            told(sum),
            told(worked.web),
            told(worked.app),
            told(worked.network),
            told(worked.here)
        ),
    );
    table.put("trace: times Yjs alone, all, the web process", {
        let times = |time: Duration| time.as_secs_f64() / yjs.as_secs_f64();
        format!("×{:.2}, ×{:.2}", times(sum), times(worked.web))
    });
    table.put("trace: until all is written, until the server has it all", {
        format!("{:.0} ms, {:.0} ms", ms(milliseconds(&written)), ms(acknowledged))
    });
    table.put("trace: another engine opens the document for the first time", format!("{:.1} ms", ms(first)));
}

/// Opens it in an engine: how long until its whole state is there.
async fn opening(reader: &Person, document: StreamId) -> Duration {
    let begun = Instant::now();
    let mut opened = reader.handle.doc_open(document).await.unwrap();
    while opened.frames.recv().await.expect("it may be read").first() != Some(&2) {}
    begun.elapsed()
}

/// The document's text as an engine has it.
async fn text(reader: &Person, document: StreamId) -> String {
    let state = reader.handle.doc_state(document).await.unwrap();
    let doc = Doc::new();
    let body = doc.get_or_insert_text("content");
    doc.transact_mut().apply_update(Update::decode_v1(&state).unwrap()).unwrap();
    body.get_string(&doc.transact())
}

/// The file that the environment names, packed or not.
fn trace() -> Trace {
    let file = std::env::var("FOLKMOOT_TRACE").expect("FOLKMOOT_TRACE names a trace");
    let read = Command::new("gzip").args(["--decompress", "--stdout", "--force", &file]).output().unwrap();
    assert!(read.status.success(), "{file} cannot be read");
    serde_json::from_slice(&read.stdout).expect("a trace")
}
