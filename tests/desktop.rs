//! The real window, and what a desktop has around it: two people, each at a desk with a home, a session bus, a keyring,
//! notifications and a tray of their own. Told as one tale, since a window takes its time to open.
//!
//! It runs under a hidden display: `cargo xtask test desktop`.

#![allow(clippy::unwrap_used, reason = "a test may")]

#[path = "desktop/around.rs"]
mod around;
#[path = "desktop/cost.rs"]
mod cost;
#[path = "desktop/figures.rs"]
mod figures;
#[path = "desktop/first_run.rs"]
mod first_run;
#[path = "desktop/hands.rs"]
mod hands;
#[path = "desktop/idle.rs"]
mod idle;
#[path = "desktop/input.rs"]
mod input;
#[path = "desktop/killed.rs"]
mod killed;
#[path = "desktop/leaving.rs"]
mod leaving;
#[path = "desktop/links.rs"]
mod links;
#[path = "desktop/page.rs"]
mod page;
#[path = "desktop/seat.rs"]
mod seat;
#[path = "desktop/services.rs"]
mod services;
#[path = "desktop/trace.rs"]
mod trace;

use folkmoot_bench::scene::Scene;
use page::{EDITOR, Page};
use seat::{KEYRING_PASSWORD, Seat, picture, until, window_manager};
use serde_json::{Value, json};

/// A password of at least ten characters.
const PASSWORD: &str = "correct horse";

#[tokio::test]
async fn two_people_at_two_desks() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let (mut ana, mut bo) = (Seat::set_up("Ana", dir.path()).await, Seat::set_up("Bo", dir.path()).await);

    let hers = ana.open(&[]).await;
    let place = ana_starts_a_space_on_her_computer(&ana, &hers).await;
    let his = bo.open(&[]).await;
    bo_joins_by_a_link_from_outside(&bo, &hers, &his, &place).await;
    they_talk(&hers, &his).await;
    they_write_a_document(&bo, &hers, &his, &place).await;
    a_reload_shows_the_same(&ana, &hers).await;
    the_page_may_do_nothing_else(&hers).await;
    bo_closes_his_window_and_is_called_back(&bo, &hers, &his, &place).await;
    bo_pauses_his_notifications_in_the_tray(&bo, &hers, &his).await;
    what_is_read_is_no_longer_notified(&bo, &hers, &his, &place).await;
    the_tray_says_how_things_stand(&bo, &his).await;
    let hers = ana_crashes_and_comes_back(&mut ana, hers, &his, &place).await;
    ana_quits_knowing_who_is_connected(&ana, hers, &his).await;
}

/// The keyring is locked, as after a sign-in without a password: the app asks for it, says so where it does not come, and
/// has everything once it is open.
#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_that_is_locked_is_asked_to_open_and_nothing_is_lost() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    let hers = ana.open(&[]).await;
    {
        let scene = Scene::new().await.unwrap();
        let link = scene.invite().await.unwrap();
        in_a_room(&hers, &link).await;
        hers.say("Before it was locked.").await;
        hers.shows("Before it was locked.").await;
    }
    // The server is gone: what she says now is nowhere but here.
    hers.shows("Offline").await;
    hers.say("Only on this device.").await;
    hers.shows("Only on this device.").await;
    let entries = ana.keyring_entries();
    ana.quit().await;
    drop(hers);

    ana.lock_keyring();
    let hers = ana.open(&[]).await;
    let prompt = ana.prompted().await;
    ana.press(&prompt, &["Escape"]);
    hers.shows("which is locked").await;
    assert_eq!(
        hers.get("return document.querySelectorAll('input').length").await,
        json!(0),
        "no passphrase is asked for"
    );
    picture(&ana, "locked").await;
    hers.press("Unlock").await;
    let prompt = ana.prompted().await;
    ana.answer(&prompt, KEYRING_PASSWORD);
    hers.shows("Before it was locked.").await;
    hers.shows("Only on this device.").await;
    assert_eq!(ana.keyring_entries(), entries, "no key was made in place of hers");
    ana.quit().await;
}

/// Joins by a link, as Ana; gives the room that she is in then.
async fn in_a_room(hers: &Page, link: &str) -> String {
    let joined = hers.ask(json!({ "do": "join", "link": link, "name": "Ana", "password": PASSWORD })).await;
    let room = joined["room"].as_str().unwrap_or_else(|| panic!("a room: {joined}")).to_owned();
    hers.until("is in the room", "document.querySelector('[data-region=composer] textarea') !== null").await;
    room
}

/// Where the tale is set: a space and its first room.
struct Place {
    space: String,
    room: String,
}

async fn ana_starts_a_space_on_her_computer(ana: &Seat, hers: &Page) -> Place {
    hers.shows("Start a space on this computer").await;
    picture(ana, "first-run").await;
    hers.press("Start a space on this computer").await;
    hers.fill("Name of the space", "The Moot").await;
    hers.fill("Your name", "Ana").await;
    hers.fill("Password", PASSWORD).await;
    hers.press("Start the space").await;
    hers.until("is in a room", "location.hash.includes('/room/')").await;
    assert!(ana.profile().join("server/run.json").exists(), "the server is a process of its own");

    let secrets = std::fs::read_to_string(ana.profile().join("secrets")).unwrap();
    assert!(secrets.starts_with("keyring "), "{secrets}");
    assert!(ana.keyring_entries() > 0, "the key lies in the keyring");
    until("a tray item", async || ana.tray(&["item"]).is_some()).await;

    let place = hers.place().await;
    let mut ids = place.split('/').filter(|part| part.len() == 36).map(str::to_owned);
    let (space, room) = (ids.next().expect("a space"), ids.next().expect("a room"));
    Place { space, room }
}

async fn bo_joins_by_a_link_from_outside(bo: &Seat, hers: &Page, his: &Page, place: &Place) {
    let answer = hers.ask(json!({ "do": "invite", "space": place.space, "role": "member" })).await;
    let link = answer["link"].as_str().unwrap_or_else(|| panic!("an invitation: {answer}"));
    his.shows("Join with a link").await;
    bo.start_again(link);
    his.shows("Join The Moot").await;
    picture(bo, "join").await;
    // A link alone joins nothing: the person says who they are, and that they want to.
    his.fill("Your name", "Bo").await;
    his.fill("Password", PASSWORD).await;
    his.press("Join").await;
    his.until("is in a room", "location.hash.includes('/room/')").await;
    // Also through the front: a place.
    bo.start_again(&format!("folkmoot://{}/{}/{}", host(link), place.space, place.room));
    his.until("is in the room", &format!("location.hash.endsWith('/{}/room/{}')", place.space, place.room)).await;
}

async fn they_talk(hers: &Page, his: &Page) {
    hers.say("Good morning from a real window.").await;
    his.shows("Good morning from a real window.").await;
    his.say("Good morning. I read you.").await;
    hers.shows("Good morning. I read you.").await;
}

async fn they_write_a_document(bo: &Seat, hers: &Page, his: &Page, place: &Place) {
    let create = json!({ "do": "create_document", "room": place.room, "kind": "rich_text", "title": "Minutes" });
    let answer = hers.ask(create).await;
    let document = answer["stream"].as_str().unwrap_or_else(|| panic!("a document: {answer}"));
    for page in [hers, his] {
        page.go(&format!("#/{}/document/{document}", place.space)).await;
    }
    hers.write(EDITOR, "Ana was here first. ").await;
    his.shows("Ana was here first.").await;
    his.write(EDITOR, "\u{e010}Bo came second.").await;
    hers.shows("Bo came second.").await;
    // Both at once, letter by letter: the updates of each build on one another, and none is lost or overtaken.
    let (many_a, many_b) = ("a".repeat(120), "b".repeat(120));
    tokio::join!(hers.write(EDITOR, &many_a), his.write(EDITOR, &many_b));
    for page in [hers, his] {
        let all = |letter: char| async move { page.written().await.matches(letter).count() >= 120 };
        until("all letters", async || all('a').await && all('b').await).await;
    }
    until("both see the same", async || hers.written().await == his.written().await).await;
    picture(bo, "document").await;
}

async fn a_reload_shows_the_same(ana: &Seat, hers: &Page) {
    hers.reload_in("dark").await;
    hers.shows("Ana was here first.").await;
    picture(ana, "document-dark").await;
}

/// Whatever got into the page could ask for no more than what the page may ask.
async fn the_page_may_do_nothing_else(hers: &Page) {
    for command in ["plugin:opener|open_path", "plugin:event|emit", "plugin:window|create", "plugin:dialog|open"] {
        let answer = hers.invoke(command).await;
        assert!(answer["error"].as_str().is_some_and(|error| error.contains("not allowed")), "{command}: {answer}");
    }
    let fetched = "return fetch('https://example.org').then(() => 'fetched', () => 'refused')";
    assert_eq!(hers.get(fetched).await, "refused", "the page has no network");
}

async fn bo_closes_his_window_and_is_called_back(bo: &Seat, hers: &Page, his: &Page, place: &Place) {
    let room = format!("#/{}/room/{}", place.space, place.room);
    hers.reload_in("light").await;
    for page in [hers, his] {
        page.go(&room).await;
        page.shows("Good morning from a real window.").await;
    }
    picture(bo, "room").await;
    until("a tray item", async || bo.tray(&["item"]).is_some()).await;
    let read = bo.tray(&["item"]).unwrap();
    bo.close_window().await;
    assert!(bo.pid().is_some(), "closing is not quitting");

    hers.say("@Bo where are <you> & your tools?").await;
    until("a notification", async || bo.notified() == 1).await;
    picture(bo, "notification").await;
    until("a mention in the tray", async || bo.menu().iter().any(|label| label.contains("where are"))).await;
    let unread = bo.tray(&["item"]).unwrap();
    assert_ne!(unread["icon"], read["icon"], "the icon has its dot");

    let (summary, body) = bo.click_notification();
    assert_eq!(summary, "Ana in #welcome");
    // This service reads markup, so the text is escaped for it.
    assert_eq!(body, "@Bo where are &lt;you&gt; &amp; your tools?");
    until("the window is back", async || bo.visible("Folkmoot").is_some()).await;
    his.until("is at the message", &format!("location.hash.includes('/{}/room/{}/')", place.space, place.room)).await;
    his.shows("where are <you> & your tools?").await;
    picture(bo, "message").await;
}

/// On whichever device: here he reads by the engine, his window stays in the tray.
async fn what_is_read_is_no_longer_notified(bo: &Seat, hers: &Page, his: &Page, place: &Place) {
    bo.close_window().await;
    hers.say("@Bo never mind, found them.").await;
    until("a notification", async || bo.notified() == 1).await;
    hers.say("@Bo really.").await;
    until("the newest is in the tray", async || bo.menu().iter().any(|label| label.contains("really"))).await;
    assert_eq!(bo.notified(), 1, "one for each room");
    his.ask(json!({ "do": "read_to", "room": place.room, "seq": 1_000 })).await;
    until("it is gone", async || bo.notified() == 0).await;
    bo.tray(&["activate"]).unwrap();
    until("the window is back", async || bo.visible("Folkmoot").is_some()).await;
}

async fn bo_pauses_his_notifications_in_the_tray(bo: &Seat, hers: &Page, his: &Page) {
    let lengths = ["30 minutes", "1 hour", "Until tomorrow"];
    until("it can be paused", async || lengths.iter().all(|length| bo.menu().contains(&(*length).to_owned()))).await;
    bo.close_window().await;
    bo.tray(&["choose", "1 hour"]).unwrap();
    let paused = |label: &String| label.starts_with("Resume notifications (paused until");
    until("it says until when", async || bo.menu().iter().any(paused)).await;
    assert!(!bo.menu().contains(&"Pause notifications".to_owned()), "one or the other");
    hers.say("@Bo are you resting?").await;
    until("it is listed", async || bo.menu().iter().any(|label| label.contains("are you resting"))).await;
    assert_eq!(bo.notified(), 0, "and nowhere else");
    bo.tray(&["choose", "Resume notifications"]).unwrap();
    until("it can be paused again", async || bo.menu().contains(&"Pause notifications".to_owned())).await;
    hers.say("@Bo and now?").await;
    until("a notification", async || bo.notified() == 1).await;
    let (_, body) = bo.click_notification();
    assert_eq!(body, "@Bo and now?");
    until("the window is back", async || bo.visible("Folkmoot").is_some()).await;
    his.shows("@Bo and now?").await;
}

async fn the_tray_says_how_things_stand(bo: &Seat, his: &Page) {
    until("all is read", async || bo.tray(&["item"]).is_some_and(|item| item["tip"] == "profile: Up to date")).await;
    let menu = bo.menu();
    assert_eq!(menu.first().map(String::as_str), Some("Open Folkmoot"));
    assert_eq!(menu.last().map(String::as_str), Some("Quit"));
    assert!(menu.contains(&"Up to date".to_owned()), "{menu:?}");
    his.go("#/").await;
    bo.tray(&["choose", "where are"]).unwrap();
    his.until("is at the message", "location.hash.includes('/room/')").await;
}

async fn ana_crashes_and_comes_back(ana: &mut Seat, hers: Page, his: &Page, place: &Place) -> Page {
    hers.say("The last words before the crash.").await;
    hers.shows("The last words before the crash.").await;
    let server = server_pid(ana);
    ana.kill();
    drop(hers);
    his.say("Ana's app is gone, her server is not.").await;
    his.shows("Ana's app is gone, her server is not.").await;
    let hers = ana.open(&[]).await;
    hers.go(&format!("#/{}/room/{}", place.space, place.room)).await;
    for text in ["Good morning. I read you.", "The last words before the crash.", "her server is not."] {
        hers.shows(text).await;
    }
    assert_eq!(server_pid(ana), server, "the server that went on is hers again");
    hers
}

async fn ana_quits_knowing_who_is_connected(ana: &Seat, hers: Page, his: &Page) {
    until("a tray item", async || ana.menu().contains(&"Quit".to_owned())).await;
    ana.tray(&["choose", "Quit"]).unwrap();
    until("she is asked", async || ana.visible("Quit Folkmoot").is_some()).await;
    picture(ana, "quit").await;
    let dialog = ana.visible("Quit Folkmoot").unwrap();
    ana.press(&dialog, &["Escape"]);
    until("she stays", async || ana.visible("Quit Folkmoot").is_none()).await;
    hers.say("I stay a little.").await;
    his.shows("I stay a little.").await;

    ana.tray(&["choose", "Quit"]).unwrap();
    until("she is asked", async || ana.visible("Quit Folkmoot").is_some()).await;
    let dialog = ana.visible("Quit Folkmoot").unwrap();
    ana.press(&dialog, &["Return"]);
    until("the app has ended", async || ana.pid().is_none()).await;
    assert!(!ana.profile().join("server/run.json").exists(), "and its server with it");
    his.shows("Offline").await;
}

fn server_pid(ana: &Seat) -> Value {
    let run = std::fs::read(ana.profile().join("server/run.json")).expect("a server");
    serde_json::from_slice::<Value>(&run).unwrap()["pid"].clone()
}

fn host(link: &str) -> &str {
    link.trim_start_matches("folkmoot://").split('/').next().unwrap()
}
