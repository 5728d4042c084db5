//! `folkmootd` as a person runs it: processes, signals, and what is left after the worst of them.
#![cfg(unix)]

use crate::common::{Wire, code, event_id, post, says};
use folkmoot_model::id::DeviceId;
use folkmoot_wire::api::{Join, Session};
use folkmoot_wire::frame::{Ack, ClientFrame, Cursor, Hello, ServerFrame, Submit};
use folkmoot_wire::link::Link;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

struct Served {
    child: Child,
    url: String,
}

fn folkmootd(dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_folkmootd"));
    command.env("FOLKMOOT_DATA", dir).env("FOLKMOOT_ARGON2__MEMORY_KIB", "64").env("FOLKMOOT_ARGON2__PASSES", "1");
    command
}

fn serve(dir: &Path) -> Served {
    let mut command = folkmootd(dir);
    command.args(["serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let url = line.strip_prefix("listening ").unwrap().trim().to_owned();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    Served { child, url }
}

fn run(dir: &Path, args: &[&str]) -> Output {
    folkmootd(dir).args(args).output().unwrap()
}

fn link(dir: &Path, args: &[&str]) -> Link {
    let output = run(dir, args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(printed.lines().count(), 1, "{printed}");
    printed.parse().unwrap()
}

/// A directory in which a server was made, and nothing more.
fn made() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let output = run(dir.path(), &["init"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    dir
}

/// The lines that a command prints, which must succeed.
fn lines(dir: &Path, args: &[&str]) -> Vec<String> {
    let output = run(dir, args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn host(link: &Link) -> String {
    match link {
        Link::Join { host, .. } | Link::Place { host, .. } => host.clone(),
    }
}

fn signal(child: &Child, signal: &str) {
    let killed = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
}

async fn join(url: &str, link: &Link, name: &str, device: u8) -> Session {
    let device = DeviceId([device; 16]);
    let join = Join { code: code(link), name: name.into(), password: "sesame, please".into(), device };
    post(url, "join", &join, None).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_is_made_before_and_people_are_invited_while_the_server_runs() {
    let dir = made();
    let data = dir.path();
    let first = link(data, &["space", "create", "The Moot"]);
    let mut served = serve(data);
    assert_eq!(format!("http://{}", host(&first)), served.url, "the port was chosen with the first link");
    join(&served.url, &first, "Ana", 1).await;
    for entry in std::fs::read_dir(data).unwrap().map(Result::unwrap) {
        let mode = std::os::unix::fs::PermissionsExt::mode(&entry.metadata().unwrap().permissions());
        assert_eq!(mode & 0o077, 0, "{:?} is for its user alone", entry.file_name());
    }
    let second = link(data, &["invite", "--space", "The Moot", "--role", "guest"]);
    assert_eq!(host(&second), host(&first));
    join(&served.url, &second, "Gus", 2).await;
    let third = link(data, &["space", "create", "Another", "--host", "moot.example:443"]);
    assert_eq!(host(&third), "moot.example:443");
    join(&served.url, &third, "Bo", 3).await;

    let unknown = run(data, &["invite", "--space", "Nowhere"]);
    assert!(!unknown.status.success() && unknown.stdout.is_empty());
    let again = run(data, &["serve"]);
    assert!(!again.status.success() && again.stdout.is_empty());
    assert!(String::from_utf8_lossy(&again.stderr).contains("another server runs"));

    signal(&served.child, "-TERM");
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
    let mut rest = String::new();
    served.child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "one line is all that it prints");
    assert!(!data.join("run.json").exists());
    let offline = link(data, &["invite", "--space", "The Moot"]);
    assert_eq!(host(&offline), host(&first));
    let mut served = serve(data);
    join(&served.url, &offline, "Cy", 4).await;
    signal(&served.child, "-INT");
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_directory_without_a_server_is_an_error_for_all_but_serve_and_init() {
    let root = tempfile::tempdir().unwrap();
    let typo = root.path().join("typo");
    let id = DeviceId([1; 16]).to_string();
    for args in [
        &["invite", "--space", "Moot"][..],
        &["space", "create", "Moot"],
        &["space", "list"],
        &["person", "list"],
        &["person", "end", "Ana"],
        &["device", "list", "--person", "Ana"],
        &["device", "end", &id],
    ] {
        let output = run(&typo, args);
        assert!(!output.status.success() && output.stdout.is_empty(), "{args:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("no server is in"), "{args:?}");
        assert!(!typo.exists(), "{args:?} makes nothing");
    }
    let first = lines(&typo, &["init"]);
    assert_eq!(lines(&typo, &["init"]), first, "it stays as it is");
    let (host_of_init, key) = first[0].split_once('#').unwrap();
    let Link::Join { host, key: of_link, .. } = link(&typo, &["space", "create", "Moot"]) else { panic!("no link") };
    assert_eq!((host.as_str(), of_link.to_string().as_str()), (host_of_init, key));
}

#[test]
fn no_two_spaces_have_one_name_and_all_are_listed() {
    let dir = made();
    link(dir.path(), &["space", "create", "The Moot"]);
    for again in ["The Moot", " the moot "] {
        let refused = run(dir.path(), &["space", "create", again]);
        assert!(!refused.status.success() && refused.stdout.is_empty(), "{again:?}");
        assert!(String::from_utf8_lossy(&refused.stderr).contains("\"The Moot\" already"), "{again:?}");
    }
    link(dir.path(), &["space", "create", "Another"]);
    let listed = lines(dir.path(), &["space", "list"]);
    assert!(listed.len() == 2 && listed[0].ends_with("  The Moot") && listed[1].ends_with("  Another"), "{listed:?}");
    let id = listed[0].split_whitespace().next().unwrap();
    link(dir.path(), &["invite", "--space", id]);
    link(dir.path(), &["invite", "--space", "The Moot"]);
    // Nobody need read all of it.
    let (gone, pipe) = std::io::pipe().unwrap();
    drop(gone);
    let unread = folkmootd(dir.path()).args(["space", "list"]).stdout(pipe).stderr(Stdio::piped()).output().unwrap();
    assert!(unread.status.success() && unread.stderr.is_empty(), "{}", String::from_utf8_lossy(&unread.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_outlives_a_kill() {
    let dir = made();
    let data = dir.path();
    let first = link(data, &["space", "create", "Moot"]);
    let mut served = serve(data);
    let ana = join(&served.url, &first, "Ana", 1).await;
    let room = ana.joined.unwrap().room;
    let hello = |url: String| {
        let token = ana.access.clone();
        async move {
            let (socket, _) = tokio_tungstenite::connect_async(url.replace("http", "ws") + "/sync").await.unwrap();
            let mut link = Wire(socket);
            let cursors = vec![Cursor { stream: room, seq: 0 }];
            link.say(Hello { min: 1, max: 1, fold: 1, token, device: DeviceId([1; 16]), cursors }).await;
            link
        }
    };
    let mut acked = Vec::new();
    let mut speaking = hello(served.url.clone()).await;
    for id in 0..40 {
        let submit = Submit { stream: room, events: vec![says(id, &format!("number {id}"))], resume: id == 0 };
        speaking.say(ClientFrame::from(submit)).await;
    }
    while acked.len() < 20 {
        if let ServerFrame::Ack(Ack { id, .. }) = speaking.hear().await.unwrap() {
            acked.push(id);
        }
    }
    signal(&served.child, "-KILL");
    served.child.wait().unwrap();

    let mut served = serve(data);
    let mut again = hello(served.url.clone()).await;
    let mut held = Vec::new();
    let resent = (0..40).map(|id| says(id, &format!("number {id}"))).collect();
    again.submit(room, resent).await;
    while !(0..40).all(|id| held.contains(&event_id(id))) {
        if let Ok(ServerFrame::Events(events)) = again.hear().await {
            held.extend(events.events.into_iter().map(|logged| logged.envelope.id));
        }
    }
    assert!(acked.iter().all(|id| held.contains(id)));
    let mut once = held.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), held.len(), "each once");
    signal(&served.child, "-TERM");
    assert_eq!(served.child.wait().unwrap().code(), Some(0));
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement: cargo test -p folkmoot-server --test server idle -- --ignored --nocapture"]
async fn what_an_idle_connection_weighs() {
    let dir = made();
    let first = link(dir.path(), &["space", "create", "Moot"]);
    std::fs::write(
        dir.path().join("folkmoot.toml"),
        "[rates]\nconnections_per_person_max = 9999\n\
        connections_per_device_max = 9999\n",
    )
    .unwrap();
    let mut served = serve(dir.path());
    let ana = join(&served.url, &first, "Ana", 1).await;
    let room = ana.joined.unwrap().room;
    let resident_kib = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", served.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap()
    };
    let (before, began, mut idle) = (resident_kib(), std::time::Instant::now(), Vec::new());
    let all = (0..1_000).map(|_| async {
        let (socket, _) = tokio_tungstenite::connect_async(served.url.replace("http", "ws") + "/sync").await.unwrap();
        let mut link = Wire(socket);
        link.hello(&ana.access, DeviceId([1; 16]), &[room]).await;
        link.until(|frame| matches!(frame, ServerFrame::Events(_)).then_some(())).await;
        link
    });
    idle.extend(futures_util::future::join_all(all).await);
    println!("1,000 connections welcome and caught up in {:?}", began.elapsed());
    println!("each {} KiB", (resident_kib() - before) / 1_000);
    drop(idle);
    signal(&served.child, "-TERM");
    served.child.wait().unwrap();
}
