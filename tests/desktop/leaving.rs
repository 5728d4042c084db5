//! What is on the screen when the app ends is there when it starts again, however it was ended.

use crate::hands::LEFT;
use crate::in_a_room;
use crate::page::{EDITOR, Page};
use crate::seat::{Seat, signal, until, window_manager};
use folkmoot_bench::scene::Scene;
use serde_json::json;
use std::time::Duration;
use tokio::time::sleep;

/// Typed in 0.16 s, faster than the page takes it in.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyza";
const EACH_MS: u32 = 6;

/// From the last key to the end.
const AFTER: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_last_is_saved_when_the_app_is_ended() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::new().await.unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    let mut hers = ana.open(&[]).await;
    let room = in_a_room(&hers, &scene.invite().await.unwrap()).await;
    let space = hers.place().await.split('/').find(|part| part.len() == 36).unwrap().to_owned();
    let create = json!({ "do": "create_document", "room": room, "kind": "rich_text", "title": "Minutes" });
    let document = hers.ask(create).await["stream"].as_str().unwrap().to_owned();
    let place = format!("#/{space}/document/{document}");

    for (how, text) in [("TERM", LETTERS.to_owned()), ("the tray", LETTERS.to_uppercase())] {
        open(&hers, &place).await;
        until("a tray item", async || ana.menu().contains(&"Quit".to_owned())).await;
        ana.click(&hers, EDITOR, LEFT, 1).await;
        ana.type_at(EACH_MS, &text);
        if how == "TERM" {
            sleep(AFTER).await;
            signal("-TERM", ana.pid().unwrap());
        } else {
            ana.tray(&["choose", "Quit"]).unwrap();
        }
        ana.ended().await;
        hers = ana.open(&[]).await;
        open(&hers, &place).await;
        hers.until(
            &format!("what was typed before {how} is there"),
            &format!("document.querySelector('{EDITOR}').textContent.includes({text:?})"),
        )
        .await;
    }
    // A message that was not sent either.
    hers.go(&format!("#/{space}/room/{room}")).await;
    ana.click(&hers, "[data-region=composer] textarea", LEFT, 1).await;
    ana.type_at(EACH_MS, LETTERS);
    sleep(AFTER).await;
    signal("-TERM", ana.pid().unwrap());
    ana.ended().await;
    let hers = ana.open(&[]).await;
    hers.go(&format!("#/{space}/room/{room}")).await;
    let draft = format!("document.querySelector('[data-region=composer] textarea')?.value === {LETTERS:?}");
    hers.until("the draft is there", &draft).await;
    ana.quit().await;
}

async fn open(page: &Page, place: &str) {
    page.go(place).await;
    page.until("the document is open", &format!("document.querySelector('{EDITOR}') !== null")).await;
}
