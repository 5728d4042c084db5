//! kill −9, again and again, of a real `folkmootctl` and a real `folkmootd` under load: what was saved is there in the
//! end, once. `KILLS=n` says how many of each.

#[path = "kills/first_run.rs"]
mod first_run;

use folkmoot_client::engine::{Engine, Options};
use folkmoot_client::features::accounts::commands::AccountCommand;
use folkmoot_client::keys::SecretsWish;
use folkmoot_client::profile::Profile;
use folkmoot_client::view::LinkState;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

fn kills() -> u32 {
    std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(50)
}

/// A binary of the workspace. `cargo xtask test` has built everything before and says so; otherwise it is built here.
fn binary(package: &str, name: &str) -> PathBuf {
    if std::env::var_os("FOLKMOOT_BUILT").is_none() {
        let status = Command::new(env!("CARGO")).args(["build", "--quiet", "-p", package, "--bin", name]).status();
        assert!(status.expect("cargo runs").success(), "{name} builds");
    }
    let test = std::env::current_exe().expect("this test is a file");
    test.ancestors().nth(2).expect("it lies in target/PROFILE/deps").join(name)
}

fn printed(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{:?}: {said}", output.status);
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A real server process in a temporary folder, and people who use it by `folkmootctl`.
struct World {
    folder: TempDir,
    folkmootd: PathBuf,
    folkmootctl: PathBuf,
    server: Option<Child>,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            folder: tempfile::tempdir().expect("a folder"),
            folkmootd: binary("folkmoot-server", "folkmootd"),
            folkmootctl: binary("folkmoot-ctl", "folkmootctl"),
            server: None,
        };
        world.start();
        printed(&world.daemon(&["space", "create", "Northlight"]).output().expect("it runs"));
        world
    }

    fn daemon(&self, args: &[&str]) -> Command {
        let mut command = Command::new(&self.folkmootd);
        command.args(args).arg("--data").arg(self.folder.path().join("server")).envs([
            ("FOLKMOOT_RATES__EVENTS_PER_SECOND", "1000000"),
            ("FOLKMOOT_RATES__EVENTS_BURST", "1000000"),
            ("FOLKMOOT_RATES__CONNECTS_PER_SECOND", "1000000"),
            ("FOLKMOOT_ARGON2__MEMORY_KIB", "64"),
            ("FOLKMOOT_ARGON2__PASSES", "1"),
            ("FOLKMOOT_LOG", "warn"),
        ]);
        command
    }

    /// Starts the server, and returns once it takes connections.
    fn start(&mut self) {
        let mut server = self.daemon(&["serve"]).stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut line = String::new();
        BufReader::new(server.stdout.take().expect("piped")).read_line(&mut line).expect("it prints");
        assert!(line.starts_with("listening http://127.0.0.1:"), "it said {line:?}");
        self.server = Some(server);
    }

    fn kill_server(&mut self) {
        kill(self.server.as_mut().expect("it runs"));
    }

    /// As an operator does, or the computer when it shuts down.
    fn stop_server(&mut self) {
        let server = self.server.as_mut().expect("it runs");
        let told = Command::new("kill").arg(server.id().to_string()).status().expect("kill runs");
        assert!(told.success());
        server.wait().expect("it ends");
    }

    fn profile(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ctl(&self, name: &str, args: &[&str]) -> Command {
        let mut command = Command::new(&self.folkmootctl);
        command.arg("--profile").arg(self.profile(name)).arg("--secrets-in-file").args(args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn invite(&self) -> String {
        printed(&self.daemon(&["invite", "--space", "Northlight"]).output().expect("it runs"))
    }

    fn join(&self, name: &str) {
        printed(&self.joining(name, &self.invite()).wait_with_output().expect("it ends"));
    }

    /// Somebody who joins by this link, and has given their password.
    fn joining(&self, name: &str, link: &str) -> Child {
        let mut join = self.ctl(name, &["join", link, "--name", name, "--password-stdin"]);
        let mut process = join.stdin(Stdio::piped()).spawn().expect("ctl starts");
        let mut stdin = process.stdin.take().expect("piped");
        writeln!(stdin, "correct horse battery").expect("it reads");
        process
    }

    /// Sends what waits, until nothing does.
    fn drain(&self, name: &str) {
        let until = Instant::now() + Duration::from_secs(120);
        while !self.ctl(name, &["status"]).output().expect("it runs").status.success() {
            assert!(Instant::now() < until, "{name} never comes to an end with sending");
        }
    }

    /// How often each text stands in #welcome.
    fn texts(&self, name: &str) -> BTreeMap<String, usize> {
        let output = self.ctl(name, &["read", "welcome", "--last", "10000", "--json"]).output().expect("it runs");
        let mut texts = BTreeMap::new();
        for message in messages(&printed(&output)) {
            let text = message["text"].as_str().expect("a message has a text").to_owned();
            *texts.entry(text).or_default() += 1;
        }
        texts
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            kill(server);
        }
    }
}

fn kill(process: &mut Child) {
    process.kill().expect("it can be killed");
    process.wait().expect("it ends");
}

/// One JSON array, or one object a line.
fn messages(text: &str) -> Vec<Value> {
    match serde_json::from_str(text) {
        Ok(Value::Array(messages)) => messages,
        _ => text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect(),
    }
}

fn judge(world: &World, reader: &str, saved: &[String]) {
    let texts = world.texts(reader);
    let doubled: Vec<_> = texts.iter().filter(|(_, times)| **times > 1).collect();
    let lost: Vec<_> = saved.iter().filter(|text| !texts.contains_key(*text)).collect();
    println!("{} saved, {} in the room, {} doubled, {} lost", saved.len(), texts.len(), doubled.len(), lost.len());
    assert!(doubled.is_empty(), "doubled: {doubled:?}");
    assert!(lost.is_empty(), "lost: {lost:?}");
}

#[test]
fn a_client_killed_at_any_moment_loses_and_doubles_nothing() {
    let world = World::new();
    world.join("ana");
    world.join("bo");
    let (mut saved, mut killed) = (Vec::new(), 0);
    for n in 0.. {
        let text = format!("note {n}");
        let mut post = world.ctl("ana", &["post", "welcome", &text]).spawn().expect("ctl starts");
        // From before it has opened its store until after it has printed the id.
        let patience = Duration::from_millis(u64::from(n) * 37 % 400);
        let until = Instant::now() + patience;
        while post.try_wait().expect("it can be asked").is_none() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        killed += u32::from(post.try_wait().expect("it can be asked").is_none());
        kill(&mut post);
        let mut id = String::new();
        post.stdout.take().expect("piped").read_to_string(&mut id).expect("text");
        if !id.trim().is_empty() {
            saved.push(text);
        }
        if killed >= kills() {
            break;
        }
        assert!(n < 40 * kills(), "only {killed} of {n} were still running");
    }
    world.drain("ana");
    judge(&world, "bo", &saved);
    assert_eq!(world.texts("ana"), world.texts("bo"));
}

#[test]
fn a_server_killed_under_load_loses_and_doubles_nothing() {
    let mut world = World::new();
    let names = ["ana", "bo", "cleo"];
    for name in names {
        world.join(name);
    }
    let done = AtomicBool::new(false);
    let (folder, folkmootctl) = (world.folder.path().to_owned(), world.folkmootctl.clone());
    let saved: Vec<String> = std::thread::scope(|scope| {
        let posting = names.map(|name| {
            let (folder, folkmootctl, done) = (&folder, &folkmootctl, &done);
            scope.spawn(move || post_until(folkmootctl, &folder.join(name), name, done))
        });
        for n in 0..kills() {
            std::thread::sleep(Duration::from_millis(u64::from(n) * 53 % 300));
            world.kill_server();
            world.start();
        }
        done.store(true, Ordering::Relaxed);
        posting.into_iter().flat_map(|thread| thread.join().expect("it posts")).collect()
    });
    for name in names {
        world.drain(name);
    }
    judge(&world, "ana", &saved);
    assert_eq!(world.texts("ana"), world.texts("bo"));
}

/// Posts again and again; gives the texts that the device called saved.
fn post_until(folkmootctl: &Path, profile: &Path, name: &str, done: &AtomicBool) -> Vec<String> {
    let mut saved = Vec::new();
    for n in 0.. {
        if done.load(Ordering::Relaxed) {
            break;
        }
        let text = format!("{name} {n}");
        let post = ["--wait", "2", "post", "welcome", &text];
        let output = Command::new(folkmootctl).arg("--profile").arg(profile).args(post).output().expect("it runs");
        if !output.stdout.is_empty() {
            saved.push(text);
        }
    }
    saved
}

/// Nobody waits for a heartbeat that does not come.
#[test]
fn a_server_that_is_killed_is_missed_at_once() {
    let mut world = World::new();
    let link = world.invite();
    let profile = Profile::hold(&world.profile("ana")).expect("the profile is free");
    let engine =
        Engine::open(profile, Options { secrets: SecretsWish::File, ..Options::default() }).expect("it starts");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let handle = engine.handle();
    let mut standing = handle.status();
    let password = "correct horse battery".into();
    let join = handle.dispatch(AccountCommand::Join { link, name: "ana".into(), password });
    runtime.block_on(join).expect("she joins");
    for end in [World::kill_server, World::stop_server] {
        let online = standing.wait_for(|standing| standing.link == LinkState::Online);
        runtime
            .block_on(async { tokio::time::timeout(Duration::from_secs(60), online).await.expect("online").is_ok() });
        end(&mut world);
        let offline = standing.wait_for(|standing| matches!(standing.link, LinkState::Offline { .. }));
        let missed = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(2), offline).await.is_ok() });
        assert!(missed, "{:?}", handle.status().borrow().link);
        world.start();
        runtime.block_on(handle.dispatch(AccountCommand::TryNow)).expect("the engine runs");
    }
    engine.close();
}
