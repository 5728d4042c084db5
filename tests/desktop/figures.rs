//! What the window costs: how soon it shows the last room, what it holds while nothing happens, how smoothly a long
//! room scrolls. `cargo xtask bench --only window` runs it, optimised; no test run does.

use crate::page::Page;
use crate::seat::{Seat, until, window_manager};
use folkmoot_bench::large;
use folkmoot_bench::scene::Scene;
use folkmoot_bench::table::Table;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How often the app is started.
const STARTS: usize = 7;

/// How long nothing happens before it is measured, and while.
const QUIET: Duration = Duration::from_secs(10);

/// How long the room is scrolled.
const SCROLLED: Duration = Duration::from_secs(20);

/// How often the room is opened.
const OPENINGS: usize = 30;

/// Goes away from a place and comes back.
const OPEN: &str = include_str!("open.js");

/// Scrolls the room, and notes when each frame came.
const SCROLL: &str = include_str!("scroll.js");

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it is no test: `cargo xtask bench --only window`"]
async fn what_the_window_costs() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let mut table = Table::default();
    let mut seat = Seat::set_up("Ana", dir.path()).await;
    {
        let scene = Scene::new().await.unwrap();
        large::fill(&scene.invite().await.unwrap(), large::MESSAGES).await.unwrap();
        let page = seat.open(&[]).await;
        let link = scene.invite().await.unwrap();
        let join = json!({ "do": "join", "link": link, "name": "Ana", "password": "a long password" });
        let begun = Instant::now();
        let joined = page.ask(join).await;
        let room = joined["room"].as_str().unwrap_or_else(|| panic!("a room: {joined}")).to_owned();
        page.until("is in the room", "document.querySelector('article') !== null").await;
        table.put(
            "window: joining that space, until its room is readable",
            format!("{:.0} ms", begun.elapsed().as_secs_f64() * 1_000.0),
        );
        opening(&page, &room, &mut table).await;
        scrolling(&page, &mut table).await;
        seat.quit().await;
        idle(&mut seat, &mut table, "connected").await;
    }
    // Its server is gone, as on a train.
    cold_start(&mut seat, &mut table).await;
    table.print();
}

/// From another room, which has nothing in it.
async fn opening(page: &Page, room: &str, table: &mut Table) {
    let space = page.place().await.split('/').find(|part| part.len() == 36).expect("a space").to_owned();
    let open =
        json!({ "do": "open_room", "space": space, "access": "public", "name": "aside", "topic": "", "members": [] });
    let aside = page.ask(open).await["stream"].as_str().expect("a room").to_owned();
    let (away, place) = (format!("#/{space}/room/{aside}"), format!("#/{space}/room/{room}"));
    let shown = "document.querySelectorAll('article').length > 5";
    let took = openings(page, &away, &place, "document.querySelector('article') === null", shown, OPENINGS).await;
    table.times("window: opening that room from another: asked → its messages drawn", took);
}

/// How long it takes to come to a place, again and again; `gone` and `shown` are what is so away from it and there.
pub async fn openings(page: &Page, away: &str, place: &str, gone: &str, shown: &str, times: usize) -> Vec<Duration> {
    let function = format!("(...args) => ({OPEN})(...args, () => {gone}, () => {shown})");
    let took = page.run(&function, json!([away, place, times])).await;
    took.as_array().unwrap_or_else(|| panic!("how long it took: {took}")).iter().map(milliseconds).collect()
}

/// Up through the history, as fast as a person spins a wheel.
async fn scrolling(page: &Page, table: &mut Table) {
    page.get(&format!("window.scrolling = ({SCROLL})({})", SCROLLED.as_millis())).await;
    page.until("has scrolled", "window.scrolled !== undefined").await;
    let frames = page.get("return window.scrolled.frames").await;
    let frames: Vec<Duration> = frames.as_array().unwrap().iter().map(milliseconds).collect();
    let long = frames.iter().filter(|frame| frame.as_millis() > 50).count();
    let longest = frames.iter().max().copied().unwrap_or_default();
    let moved = page.get("return window.scrolled.rows").await;
    table.times("window: scrolling that room, one frame", frames);
    table.put(
        "window: frames over 50 ms in that, the longest, messages passed",
        format!("{long}, {longest:.0?}, {moved}"),
    );
}

/// Memory and work of all its processes, with a room open and nothing done. Without a driver, which costs some itself.
async fn idle(seat: &mut Seat, table: &mut Table, how: &str) {
    seat.start();
    until("a window", async || seat.visible("Folkmoot").is_some()).await;
    // The window loads what it may need later while nothing happens.
    sleep(2 * QUIET).await;
    let before = seat.work();
    sleep(QUIET).await;
    let busy = (seat.work() - before).as_secs_f64() / QUIET.as_secs_f64() * 100.0;
    let held = seat.memory();
    let sum: u64 = held.iter().map(|(_, kib)| kib).sum();
    let parts: Vec<String> = held.iter().map(|(name, kib)| format!("{name} {}", kib / 1_000)).collect();
    table.put(
        &format!("window: PSS of all processes, idle, {how}"),
        format!("{} MB ({})", sum / 1_000, parts.join(", ")),
    );
    table.put(&format!("window: work while idle, {how}"), format!("{busy:.2} % of a core"));
    seat.quit().await;
}

/// From the start of the process to the first messages on the screen.
async fn cold_start(seat: &mut Seat, table: &mut Table) {
    let (mut readable, mut page_begun) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let page = seat.open(&[]).await;
        page.until("is readable", "performance.getEntriesByName('readable').length > 0").await;
        let times = page
            .get("return [performance.timeOrigin, performance.timeOrigin + performance.getEntriesByName('readable')[0].startTime]")
            .await;
        let begun = seat.begun().as_secs_f64() * 1_000.0;
        let since = |at: &Value| Duration::from_secs_f64((at.as_f64().unwrap_or_default() - begun).max(0.0) / 1_000.0);
        page_begun.push(since(&times[0]));
        readable.push(since(&times[1]));
        seat.quit().await;
    }
    table.times("window: start of the process → the page begins to load, without a server", page_begun);
    table.times("window: start of the process → the last room readable, without a server", readable);
}

/// What a page measured.
pub fn milliseconds(value: &Value) -> Duration {
    Duration::from_secs_f64(value.as_f64().unwrap_or_default().max(0.0) / 1_000.0)
}
