//! The tray, the notification service and the first app may be others than they were, or stand still.

use crate::first_run::starts_a_space;
use crate::in_a_room;
use crate::seat::{Seat, signal, until, window_manager};
use folkmoot_bench::scene::{Person, Scene};
use folkmoot_client::command::Done;
use folkmoot_client::features::messages::commands::MessageCommand;
use folkmoot_model::id::EventId;
use std::fs;
use std::io::Read;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long what was deleted may still be read.
const DELETED_MAX: Duration = Duration::from_secs(2);

/// How long a second start may take, whatever the first does.
const SECOND_MAX: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_is_gone_from_the_tray_and_from_the_screen() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::new().await.unwrap();
    let bo = scene.person("Bo").await.unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    let hers = ana.open(&[]).await;
    in_a_room(&hers, &scene.invite().await.unwrap()).await;
    until("a tray item", async || ana.tray(&["item"]).is_some()).await;
    ana.close_window().await;

    say(&bo, "Something else, which stays unread.").await;
    let secret = say(&bo, "@Ana the secret plan").await;
    until("a notification", async || ana.notified() == 1).await;
    until("it is in the tray", async || ana.menu().iter().any(|label| label.contains("secret"))).await;
    bo.handle.dispatch(MessageCommand::Delete { room: bo.room, message: secret }).await.unwrap();
    sleep(DELETED_MAX).await;
    assert_eq!(ana.notified(), 0, "the notification is gone");
    assert!(!ana.menu().iter().any(|label| label.contains("secret")), "{:?}", ana.menu());
    ana.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_notification_service_is_asked_what_it_can_do_and_all_is_taken_away_at_the_end() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::new().await.unwrap();
    let bo = scene.person("Bo").await.unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    ana.end_notifications();
    let hers = ana.open(&[]).await;
    in_a_room(&hers, &scene.invite().await.unwrap()).await;
    until("a tray item", async || ana.tray(&["item"]).is_some()).await;
    ana.close_window().await;

    let reads = ana.notices(&["body-markup"]);
    say(&bo, "@Ana a <img src=x> b").await;
    let escaped = |body: &str| body.contains("&lt;img") && !body.contains('<');
    until("it is escaped", async || reads.was_asked(|asked| asked["body"].as_str().is_some_and(escaped))).await;
    drop(reads);
    let plain = ana.notices(&[]);
    sleep(Duration::from_millis(500)).await;
    say(&bo, "@Ana c <img src=x> d").await;
    let literal = |body: &str| body.contains("<img src=x>");
    until("it is as it was written", async || plain.was_asked(|asked| asked["body"].as_str().is_some_and(literal)))
        .await;
    assert!(plain.was_asked(|asked| asked["replaces"] == 0), "ids of another service are forgotten");
    ana.quit().await;
    until("it is taken away", async || plain.was_asked(|asked| asked["close"] == 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tray_that_anybody_sees_closing_is_quitting() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    ana.hide_tray();
    let hers = ana.open(&[]).await;
    hers.shows("Start a space on this computer").await;
    ana.close_window().await;
    ana.ended().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_ends_soon_where_the_first_stands_still() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    let hers = ana.open(&[]).await;
    hers.shows("Start a space on this computer").await;
    let first = ana.pid().unwrap();
    signal("-STOP", first);
    let begun = Instant::now();
    let mut second = ana.second("folkmoot://moot.example/x");
    let ended = loop {
        match second.try_wait().unwrap() {
            Some(ended) => break ended,
            None if begun.elapsed() > SECOND_MAX => panic!("it waits for the first"),
            None => sleep(Duration::from_millis(50)).await,
        }
    };
    signal("-CONT", first);
    let mut said = String::new();
    second.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!ended.success() && said.contains("does not answer"), "{ended} {said}");

    // Once it answers it is given the link, in whichever case it was written.
    ana.start_again("FOLKMOOT://moot.example/join/code");
    hers.until("the link is followed", "document.body.innerText.includes('Join with a link')").await;
    hers.until(
        "the link is in the field",
        "document.querySelector('input')?.value.toLowerCase().includes('moot.example')",
    )
    .await;
    ana.quit().await;
}

/// GTK and WebKit would wait for it without end.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_bus_that_says_nothing_keeps_the_window_from_nobody() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    ana.bus("-STOP");
    let hers = ana.open(&[]).await;
    hers.shows("Start a space on this computer").await;
    starts_a_space(&hers).await;
    // A keyring that nobody can ask is no reason for a file: that is for her to choose.
    hers.shows("Your keyring was not opened, or does not answer").await;
    hers.press("Keep it in a file").await;
    hers.until("is in a room", "location.hash.includes('/room/')").await;
    ana.quit().await;

    // Nor does a profile whose key lies in the keyring wait for it.
    ana.bus("-CONT");
    fs::remove_dir_all(ana.profile()).unwrap();
    let hers = ana.open(&[]).await;
    starts_a_space(&hers).await;
    hers.until("is in a room", "location.hash.includes('/room/')").await;
    ana.quit().await;
    ana.bus("-STOP");
    let hers = ana.open(&[]).await;
    hers.shows("the desktop does not answer").await;
    ana.quit().await;
    ana.bus("-CONT");
}

async fn say(person: &Person, text: &str) -> EventId {
    let post = MessageCommand::Post { room: person.room, text: text.into(), reply_to: None, thread: None };
    match person.handle.dispatch(post).await.unwrap() {
        Done::Minted { id } => id,
        other => panic!("{other:?}"),
    }
}
