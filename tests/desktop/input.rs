//! A true wheel scrolls. On this display there is no graphics device, as in a virtual machine or a remote desktop.

use crate::hands::WHEEL_UP;
use crate::in_a_room;
use crate::page::Page;
use crate::seat::{Seat, until, window_manager};
use folkmoot_bench::large;
use folkmoot_bench::scene::Scene;
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

/// What scrolls in a room.
const MESSAGES: &str = "[data-region=messages]";

/// Without a move for so long it is at rest.
const REST: Duration = Duration::from_millis(600);

const TO_END: &str = "(document.querySelector('[data-region=messages]').scrollTop = 1e6)";

/// Messages, far more than the window has room for.
const MANY: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn the_wheel_scrolls_a_room() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::new().await.unwrap();
    large::fill(&scene.invite().await.unwrap(), MANY).await.unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    let hers = ana.open(&[]).await;
    in_a_room(&hers, &scene.invite().await.unwrap()).await;

    // To the end of the room, wherever it opened.
    hers.until("its end is shown", &format!("({TO_END}, document.body.innerText.includes('Note {}:'))", MANY - 1))
        .await;
    let end = at_rest(&hers).await;
    ana.click(&hers, MESSAGES, WHEEL_UP, 8).await;
    until("the wheel scrolls up", async || scrolled(&hers).await < end - 300).await;
    ana.quit().await;
}

/// While rows above come to be measured, the list corrects where it stands.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_turn_of_the_wheel_moves_what_is_read_by_all_of_it() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::new().await.unwrap();
    large::fill(&scene.invite().await.unwrap(), MANY).await.unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    let hers = ana.open(&[]).await;
    let room = in_a_room(&hers, &scene.invite().await.unwrap()).await;
    let shows_end = format!("document.body.innerText.includes('Note {}:')", MANY - 1);
    hers.until("its end is shown", &format!("({TO_END}, {shows_end})")).await;
    at_rest(&hers).await;
    turns(&ana, &hers).await;
    // Opened anew, where all is read: at its end.
    hers.ask(json!({ "do": "read_to", "room": room, "seq": 1_000 })).await;
    hers.reload_in("light").await;
    hers.until("its end is shown", &shows_end).await;
    at_rest(&hers).await;
    turns(&ana, &hers).await;
    ana.quit().await;
}

async fn turns(ana: &Seat, hers: &Page) {
    hers.get(LOOK_AT_ONE).await;
    ana.click(hers, MESSAGES, WHEEL_UP, 1).await;
    hers.until("the wheel has turned", "window.turned !== 0").await;
    at_rest(hers).await;
    hers.until(
        "a message has moved by all of it",
        "Math.abs(window.one.getBoundingClientRect().top - window.stood + window.turned) < 3",
    )
    .await;
}

/// Keeps a message on the screen, where it stands, and by how much the wheel turns.
const LOOK_AT_ONE: &str = "const { top } = document.querySelector('[data-region=messages]').getBoundingClientRect();
    const below = (one) => one.getBoundingClientRect().top > top + 150;
    window.one = [...document.querySelectorAll('[data-message]')].find(below);
    window.stood = window.one.getBoundingClientRect().top;
    window.turned = 0;
    addEventListener('wheel', ({ deltaY }) => (window.turned += deltaY), { passive: true, once: true })";

/// Where it is once it moves no more: what was loaded above moves it too.
async fn at_rest(page: &Page) -> i64 {
    let (mut before, mut now) = (-1, scrolled(page).await);
    while before != now {
        sleep(REST).await;
        (before, now) = (now, scrolled(page).await);
    }
    now
}

async fn scrolled(page: &Page) -> i64 {
    page.give("return Math.round(document.querySelector(arguments[0]).scrollTop)", json!(MESSAGES))
        .await
        .as_i64()
        .unwrap()
}
