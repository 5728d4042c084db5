//! The first run where the keyring is locked or never answers: nothing is made before the key has its place, and there is a
//! way on.

use crate::page::Page;
use crate::seat::{Seat, signal, until, window_manager};
use crate::{PASSWORD, in_a_room};
use folkmoot_bench::scene::Scene;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long the app may take to end, whatever it waits for.
const END_MAX: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_is_not_opened_makes_nothing_and_a_file_leads_on() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    ana.lock_keyring();
    let hers = ana.open(&[]).await;
    starts_a_space(&hers).await;
    let prompt = ana.prompted().await;
    hers.shows("Waiting for your keyring").await;
    ana.press(&prompt, &["Escape"]);
    hers.shows("Your keyring was not opened").await;
    assert!(!ana.profile().join("server").exists(), "nothing was made");
    hers.press("Keep it in a file").await;
    hers.until("is in a room", "location.hash.includes('/room/')").await;
    assert_eq!(std::fs::read_to_string(ana.profile().join("secrets")).unwrap(), "file");
    ana.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_never_answers_is_not_waited_for_and_the_app_ends_at_once() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    ana.keyring("-STOP");
    let hers = ana.open(&[]).await;
    starts_a_space(&hers).await;
    hers.shows("What is kept on this device is sealed").await;
    hers.press("Keep it in a file").await;
    hers.until("is in a room", "location.hash.includes('/room/')").await;
    ana.keyring("-CONT");
    ana.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_key_may_lie_is_in_view_and_a_passphrase_is_taken_by_enter() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    ana.keyring("-STOP");
    let hers = ana.open(&[]).await;
    starts_a_space(&hers).await;
    hers.shows("Your keyring was not opened").await;
    let in_view = "(({ top, bottom }) => top >= 0 && bottom <= innerHeight)
        (document.querySelector('[role=group]').getBoundingClientRect())";
    hers.until("all of it is in view", in_view).await;
    hers.fill("Passphrase", "open sesame\u{e007}").await;
    hers.until("is in a room", "location.hash.includes('/room/')").await;
    assert_eq!(std::fs::read_to_string(ana.profile().join("secrets")).unwrap(), "passphrase");
    ana.keyring("-CONT");
    ana.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_the_keyring_says_so_and_ends_when_told() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::new().await.unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    let hers = ana.open(&[]).await;
    in_a_room(&hers, &scene.invite().await.unwrap()).await;
    ana.quit().await;
    ana.keyring("-STOP");
    let hers = ana.open(&[]).await;
    hers.shows("Waiting for your keyring").await;
    let (begun, app) = (Instant::now(), ana.pid().unwrap());
    signal("-TERM", app);
    until("it has ended", async || {
        sleep(Duration::from_millis(50)).await;
        ana.pid() != Some(app)
    })
    .await;
    assert!(begun.elapsed() < END_MAX, "{:?}", begun.elapsed());
    ana.keyring("-CONT");
}

pub async fn starts_a_space(hers: &Page) {
    hers.press("Start a space on this computer").await;
    hers.fill("Name of the space", "The Moot").await;
    hers.fill("Your name", "Ana").await;
    hers.fill("Password", PASSWORD).await;
    hers.press("Start the space").await;
}
