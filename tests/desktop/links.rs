//! A link is opened outside or copied, and nothing is ever fetched by the app.

use crate::hands::{LEFT, MIDDLE, RIGHT};
use crate::in_a_room;
use crate::seat::{Seat, until, window_manager};
use folkmoot_bench::scene::Scene;
use serde_json::json;
use std::net::TcpListener;
use std::time::Duration;
use tokio::time::sleep;

/// How long it is waited for what must not happen.
const NOTHING: Duration = Duration::from_secs(1);

const COMPOSER: &str = "[data-region=composer] textarea";

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_opened_outside_once_and_nothing_is_fetched() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::new().await.unwrap();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    elsewhere.set_nonblocking(true).unwrap();
    let address = format!("http://{}/report.zip", elsewhere.local_addr().unwrap());
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    ana.write_down_what_is_opened();
    let hers = ana.open(&[]).await;
    let room = in_a_room(&hers, &scene.invite().await.unwrap()).await;
    let posted = hers.ask(json!({ "do": "post", "room": room, "text": address, "reply_to": null })).await;
    assert!(posted["id"].is_string(), "{posted}");
    hers.shows(&address).await;
    let link = "article a[href]";

    ana.click(&hers, link, MIDDLE, 1).await;
    until("the middle button opens it", async || !ana.opened().is_empty()).await;
    ana.click(&hers, link, LEFT, 1).await;
    until("a click opens it", async || ana.opened().len() >= 2).await;
    ana.click(&hers, link, RIGHT, 1).await;
    hers.shows("Open outside of Folkmoot").await;
    hers.shows("Copy link").await;
    ana.keys(&["Down", "Return"]);
    until("the menu opens it", async || ana.opened().len() >= 3).await;
    sleep(NOTHING).await;
    assert_eq!(ana.opened(), vec![address.as_str(); 3], "each of them once");
    assert!(elsewhere.accept().is_err(), "the app fetches nothing");

    // Beside text there is no menu; where one writes there is that of the system.
    hers.write(COMPOSER, "cut me").await;
    ana.keys(&["ctrl+a"]);
    ana.click(&hers, COMPOSER, RIGHT, 1).await;
    ana.keys(&["Down", "Return"]);
    hers.until("its first choice cuts", &format!("document.querySelector({COMPOSER:?}).value === ''")).await;
    ana.quit().await;
}
