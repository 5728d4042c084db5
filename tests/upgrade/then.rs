//! A fixture, unpacked: the disks of then under the programs of now.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

/// Far longer than anything takes: only a hang gets here.
const PATIENCE: Duration = Duration::from_secs(120);

/// More messages than any room of a fixture has.
const ALL: &str = "100000";

/// Where an event is in the log: its stream, its place and its id.
pub type Logged = (Vec<u8>, u64, Vec<u8>);

/// May a program dial?
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// It may, and there is a server.
    Up,
    /// It may not.
    Never,
}

/// A server's data directory, two profiles, and what was shown of them.
pub struct Then {
    folder: TempDir,
    runtime: Runtime,
    folkmootd: PathBuf,
    folkmootctl: PathBuf,
    /// The engine itself, for what `folkmootctl` does not print: drafts, and what people say of themselves.
    engine: PathBuf,
    server: Option<Child>,
    /// What is in `expected.json`.
    pub expected: Value,
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
    let text = String::from_utf8(output.stdout.clone()).expect("text");
    // The line's end is the program's, further ones are a document's.
    text.strip_suffix('\n').map(str::to_owned).unwrap_or(text)
}

/// One JSON value a line.
fn rows(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// As an operator does, or the computer when it shuts down.
fn end(process: &mut Child) {
    let told = Command::new("kill").arg(process.id().to_string()).status().expect("kill runs");
    assert!(told.success());
    process.wait().expect("it ends");
}

/// The first line that a process prints; empty if it ends before.
fn first_line(process: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(process.stdout.take().expect("piped")).read_line(&mut line).expect("text");
    line.trim_end().to_owned()
}

impl Then {
    /// Unpacks a fixture into a folder of its own.
    pub fn unpack(fixture: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let packed = std::fs::read(fixture).expect("the fixture can be read");
        let tar = zstd::stream::decode_all(&*packed).expect("it is packed by zstd");
        let mut unpack = Command::new("tar");
        unpack.args(["--extract", "--no-same-owner", "--file", "-", "--directory"]).arg(folder.path());
        let mut process = unpack.stdin(Stdio::piped()).spawn().expect("tar runs");
        process.stdin.take().expect("piped").write_all(&tar).expect("tar reads");
        assert!(process.wait().expect("tar ends").success(), "it is unpacked");
        let expected = std::fs::read(folder.path().join("expected.json")).expect("what was shown then");
        let then = Self {
            folder,
            runtime: Runtime::new().expect("a runtime"),
            folkmootd: binary("folkmoot-server", "folkmootd"),
            folkmootctl: binary("folkmoot-ctl", "folkmootctl"),
            engine: binary("folkmoot-dev", "folkmoot-dev"),
            server: None,
            expected: serde_json::from_slice(&expected).expect("JSON"),
        };
        then.used_just_now();
        then
    }

    fn log(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.folder.path().join("server/folkmoot.db")).expect("the log opens")
    }

    /// A device that has been away for months is signed out, and a fixture becomes older than that.
    fn used_just_now(&self) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
        let now_ms = i64::try_from(now.as_millis()).expect("before the end of time");
        self.log().execute("UPDATE device SET rotated_ms = ?1", [now_ms]).expect("there are devices");
    }

    /// The log. To be asked while no server runs.
    pub fn events(&self) -> BTreeSet<Logged> {
        let log = self.log();
        let mut query = log.prepare("SELECT stream, seq, id FROM event").expect("there is a log");
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("it is read");
        rows.map(|row| row.expect("an event")).collect()
    }

    /// Starts the server where it was, and returns once it takes connections.
    pub fn serve(&mut self) {
        let address = self.expected["address"].as_str().expect("an address");
        let until = Instant::now() + PATIENCE;
        let mut serve = Command::new(&self.folkmootd);
        serve.args(["serve", "--listen", address, "--data"]).arg(self.folder.path().join("server")).envs([
            ("FOLKMOOT_RATES__EVENTS_PER_SECOND", "1000000"),
            ("FOLKMOOT_RATES__EVENTS_BURST", "1000000"),
            ("FOLKMOOT_RATES__CONNECTS_PER_SECOND", "1000000"),
            ("FOLKMOOT_LOG", "warn"),
        ]);
        self.server = loop {
            let mut server = serve.stdout(Stdio::piped()).spawn().expect("the server starts");
            let line = first_line(&mut server);
            if line == format!("listening http://{address}") {
                break Some(server);
            }
            // Another run of this test may have the address.
            server.kill().expect("it can be killed");
            server.wait().expect("it ends");
            assert!(Instant::now() < until, "it does not listen on {address}: {line:?}");
            std::thread::sleep(Duration::from_millis(200));
        };
    }

    /// Stops the server.
    pub fn stop(&mut self) {
        end(&mut self.server.take().expect("it runs"));
    }

    fn profile(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn ctl(&self, name: &str, link: Link, args: &[&str]) -> Command {
        let mut command = Command::new(&self.folkmootctl);
        command.arg("--profile").arg(self.profile(name)).arg("--secrets-in-file");
        match link {
            Link::Up => command.arg("--wait").arg(PATIENCE.as_secs().to_string()),
            Link::Never => command.arg("--offline"),
        };
        command.args(args).env_remove("FOLKMOOT_PASSPHRASE");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn says(&self, name: &str, link: Link, args: &[&str]) -> String {
        printed(&self.ctl(name, link, args).output().expect("it runs"))
    }

    /// A person of the server signs in on a device that has nothing yet.
    pub fn joins_anew(&self, name: &str) {
        let text = |field: &str| self.expected[field].as_str().expect("text");
        let args = ["sign-in", text("key"), "--name", name, "--password-stdin"];
        let mut process = self.ctl(name, Link::Up, &args).stdin(Stdio::piped()).spawn().expect("it runs");
        writeln!(process.stdin.take().expect("piped"), "{}", text("password")).expect("it reads");
        printed(&process.wait_with_output().expect("it ends"));
    }

    /// Sends what waits, until nothing does.
    pub fn drain(&self, name: &str) {
        let until = Instant::now() + PATIENCE;
        while rows(&self.says(name, Link::Up, &["status", "--json"]))[0]["pending"] != 0 {
            assert!(Instant::now() < until, "{name} never comes to an end with sending");
        }
    }

    /// All that a profile shows, in the shape of `expected.json`.
    pub fn shown(&self, name: &str, link: Link) -> Value {
        let ask = |args: &[&str]| rows(&self.says(name, link, args));
        let mut rooms = ask(&["rooms", "--json"]);
        let (mut messages, mut documents) = (Map::new(), Map::new());
        for room in &mut rooms {
            // Who looks at it this very moment.
            room.as_object_mut().expect("a room").remove("here");
            let id = room["id"].as_str().expect("an id").to_owned();
            if room["joined"] == true {
                let read = ask(&["read", &id, "--last", ALL, "--json"]);
                messages.insert(id, read.into());
            }
        }
        for line in self.says(name, link, &["doc", "list"]).lines() {
            let id = line.rsplit(' ').next().expect("it ends with its id");
            let shown = self.ctl(name, link, &["doc", "show", id]).output().expect("it runs");
            // A document that was never opened here comes with the link.
            if link == Link::Up || shown.status.success() {
                documents.insert(id.to_owned(), printed(&shown).into());
            }
        }
        let refused = ask(&["refused", "list", "--json"]);
        let status = ask(&["status", "--json"]).remove(0);
        let status = json!({ "person": status["person"], "pending": status["pending"], "refused": status["refused"] });
        let (places, people) = self.places(name, messages.keys());
        json!({
            "status": status, "rooms": rooms, "messages": messages, "places": places, "people": people,
            "documents": documents, "refused": refused,
        })
    }

    /// What the engine holds of these rooms and of the people of their spaces.
    fn places<'a>(&self, name: &str, rooms: impl Iterator<Item = &'a String>) -> (Value, Value) {
        let rooms: Vec<&String> = rooms.collect();
        let asked: Vec<Value> = rooms.iter().map(|room| json!({ "view": "room", "room": room, "at": null })).collect();
        let mut places = BTreeMap::new();
        let mut spaces = BTreeSet::new();
        for (room, view) in rooms.iter().zip(self.views(name, &asked)) {
            let members = view["members"].as_array().expect("a list").iter();
            let mut members: Vec<&str> = members.map(|member| member["id"].as_str().expect("an id")).collect();
            members.sort_unstable();
            let (space, draft, edits) = (&view["space"], &view["draft"], &view["edits"]);
            places.insert(room, json!({ "space": space, "draft": draft, "edits": edits, "members": members }));
            spaces.insert(space.as_str().expect("an id").to_owned());
        }
        let asked: Vec<Value> = spaces.iter().map(|space| json!({ "view": "space", "space": space })).collect();
        let mut people = BTreeMap::new();
        for (space, view) in spaces.iter().zip(self.views(name, &asked)) {
            let all = view["people"].as_array().expect("a list").iter();
            let said = |person: &Value| {
                let fields = ["id", "name", "colour", "role", "status"];
                Value::from_iter(fields.map(|field| (field, person[field].clone())))
            };
            people.insert(space, all.map(said).collect::<Vec<_>>());
        }
        (json!(places), json!(people))
    }

    /// What the engine shows of each of these views, without a link.
    fn views(&self, name: &str, asked: &[Value]) -> Vec<Value> {
        let mut command = Command::new(&self.engine);
        command.args(["--offline", "--profile"]).arg(self.profile(name)).env_remove("FOLKMOOT_PASSPHRASE");
        let mut engine = command.env("FOLKMOOT_LOG", "error").stdout(Stdio::piped()).spawn().expect("it starts");
        let line = first_line(&mut engine);
        let address = line.strip_prefix("socket ").unwrap_or_else(|| panic!("it said {line:?}"));
        let looking = async {
            let (mut socket, _) = connect_async(address).await.expect("it takes connections");
            let mut views = Vec::new();
            for (id, view) in asked.iter().enumerate() {
                let ask = json!({ "id": id, "watch": view }).to_string();
                socket.send(Message::text(ask)).await.expect("it listens");
                // The first that is sent of a view is the whole of it; what changes meanwhile is of one before.
                loop {
                    let frame = socket.next().await.expect("it stays").expect("a frame");
                    let Message::Text(text) = frame else { continue };
                    let mut said: Value = serde_json::from_str(&text).expect("JSON");
                    assert!(said.get("refused").is_none(), "{view}: {said}");
                    if said["update"]["is"] == "snapshot" {
                        views.push(said["update"]["view"].take());
                        break;
                    }
                }
            }
            views
        };
        let views = self.runtime.block_on(async { tokio::time::timeout(PATIENCE, looking).await });
        end(&mut engine);
        views.expect("it answers")
    }
}

impl Drop for Then {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            // The test has failed: nothing more is to be said about it.
            server.kill().ok();
            server.wait().ok();
        }
    }
}
