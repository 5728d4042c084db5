//! kill −9 at each step of the first run, and once more at the next one: pressing again leads on, with one space and one owner.

use crate::PASSWORD;
use crate::first_run::starts_a_space;
use crate::page::Page;
use crate::seat::{Seat, signal, until, window_manager};
use folkmoot_bench::scene::Scene;
use folkmoot_server::Config;
use folkmoot_server::admin::{self, Command, Done};
use rusqlite::{Connection, OpenFlags};
use std::fs;
use std::thread;

/// What lies in the profile once a step of starting a space is done, in their order; and whether the server is killed too, as
/// when the computer goes off.
const STEPS: [(&str, bool); 8] = [
    ("secrets", false),
    ("server", true),
    ("server/folkmoot.db", false),
    ("server/folkmoot.db", true),
    ("server/run.json", false),
    ("begun.sealed", true),
    ("session.sealed", false),
    ("store", true),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_space_is_started_once_however_often_the_app_is_killed_meanwhile() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    for (step, server_too) in STEPS {
        let left = ana.profile().join(step);
        let killed = ana.killed_once(move || left.exists(), server_too);
        let hers = ana.open(&[]).await;
        starts_a_space(&hers).await;
        until(&format!("she is killed at {step}"), async || killed.is_finished()).await;
        ana.ended().await;

        let hers = ana.open(&[]).await;
        // Killed at the last steps, she is in already.
        if !is_in(&hers).await {
            starts_a_space(&hers).await;
        }
        hers.until("is in a room", "location.hash.includes('/room/')").await;
        let server = Config::of(ana.profile().join("server"));
        for what in [Command::ListSpaces, Command::ListPeople] {
            let lines = listed(&server, what.clone()).await;
            assert_eq!(lines.len(), 1, "killed at {step}, {what:?}: {lines:?}");
        }
        ana.quit().await;
        fs::remove_dir_all(ana.profile()).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_joined_by_once_however_often_the_app_is_killed_meanwhile() {
    let _windows = window_manager();
    let dir = tempfile::tempdir().unwrap();
    let scene = Scene::new().await.unwrap();
    let mut ana = Seat::set_up("Ana", dir.path()).await;
    for (n, step) in ["begun.sealed", "the server knows her", "session.sealed", "store"].into_iter().enumerate() {
        let (name, link) = (format!("Ana the {n}."), scene.invite().await.unwrap());
        let (left, log) = (ana.profile().join(step), accounts(scene.config()));
        // Her answer is on its way then, or her device about to keep it.
        let is_known = move || log.query_one("SELECT count(*) > ?1 FROM person", [n], |row| row.get(0)).unwrap();
        let killed = match step {
            "the server knows her" => ana.killed_once(is_known, false),
            _ => ana.killed_once(move || left.exists(), false),
        };
        let hers = ana.open(&[]).await;
        joins(&hers, &link, &name).await;
        until(&format!("she is killed at {step}"), async || killed.is_finished()).await;
        ana.ended().await;

        let hers = ana.open(&[]).await;
        if !is_in(&hers).await {
            joins(&hers, &link, &name).await;
        }
        hers.until("is in a room", "location.hash.includes('/room/')").await;
        let people = listed(scene.config(), Command::ListPeople).await;
        assert_eq!(people.len(), n + 1, "killed at {step}: {people:?}");
        ana.quit().await;
        fs::remove_dir_all(ana.profile()).unwrap();
    }
}

impl Seat {
    /// Kills the app as soon as it is so, and the server of this computer with it, if that is wanted.
    fn killed_once(&self, is_so: impl Fn() -> bool + Send + 'static, server_too: bool) -> thread::JoinHandle<()> {
        let profile = self.profile();
        thread::spawn(move || {
            while !is_so() {
                thread::yield_now();
            }
            let serves = |args: &[String]| server_too && args.contains(&profile.join("server").display().to_string());
            let is_hers = |args: &[String]| args.contains(&profile.display().to_string());
            for pid in Self::of_app(|args| is_hers(args) || serves(args)) {
                signal("-KILL", pid);
            }
        })
    }
}

/// Once the window knows: is she in a space already?
async fn is_in(hers: &Page) -> bool {
    let in_room = "document.querySelector('[data-region=composer]') !== null";
    let first_run = "document.body.innerText.includes('Join with a link')";
    hers.until("it has begun", &format!("({in_room} || {first_run})")).await;
    hers.get(&format!("return {in_room}")).await == true
}

async fn joins(hers: &Page, link: &str, name: &str) {
    hers.press("Join with a link").await;
    hers.fill("Link", link).await;
    hers.press("Look where it leads").await;
    hers.fill("Your name", name).await;
    hers.fill("Password", PASSWORD).await;
    hers.press("Join").await;
}

/// The log of a server, to be read while it is written.
fn accounts(server: &Config) -> Connection {
    Connection::open_with_flags(server.data.join("folkmoot.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

async fn listed(server: &Config, what: Command) -> Vec<String> {
    match admin::command(server, what).await.unwrap() {
        Done::Lines(lines) => lines,
        Done::Link(link) => panic!("{link}"),
    }
}
