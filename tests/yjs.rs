//! yjs from npm against the engine: random edits on two devices through a real server, offline spells and reloads
//! included, end in one text. `ROUNDS=n` makes it longer, `SEED=n` another.

#[path = "stories/team.rs"]
#[allow(dead_code, reason = "the stage of the stories, of which this needs a part")]
mod team;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use folkmoot_client::command::Done;
use folkmoot_client::features::documents::commands::DocumentCommand;
use folkmoot_client::handle::DocumentChannel;
use folkmoot_client::view::{SpaceView, View};
use folkmoot_model::features::documents::DocumentKind;
use folkmoot_model::features::people::Role;
use folkmoot_model::id::StreamId;
use folkmoot_sync::random::Random;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use team::{Person, Team};

fn env(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

/// A Y.Doc in a process of its own, at a document channel of an engine.
struct Webview {
    process: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    channel: DocumentChannel,
}

impl Webview {
    async fn open(person: &Person, document: StreamId, kind: &str, seed: u64) -> Self {
        let root = env!("CARGO_MANIFEST_DIR");
        let mut node = std::process::Command::new("node");
        node.arg(format!("{root}/tests/yjs/editor.mjs")).arg(format!("{root}/ui")).arg(kind).arg(seed.to_string());
        let mut process =
            node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node runs; npm ci in ui first");
        let stdin = process.stdin.take().expect("piped");
        let stdout = BufReader::new(process.stdout.take().expect("piped"));
        let channel = person.handle.doc_open(document).await.expect("the document opens");
        let mut webview = Self { process, stdin, stdout, channel };
        webview.take().await;
        webview
    }

    fn say(&mut self, said: &Value) -> Value {
        writeln!(self.stdin, "{said}").expect("it reads");
        let mut line = String::new();
        self.stdout.read_line(&mut line).expect("it answers");
        serde_json::from_str(&line).expect("a line of JSON; npm ci in ui first")
    }

    fn apply(&mut self, frame: &[u8]) {
        if let Some((0, update)) = frame.split_first() {
            self.say(&json!({ "apply": BASE64_STANDARD.encode(update) }));
        }
    }

    /// Waits for a frame: the first is the whole state.
    async fn take(&mut self) {
        let frame = self.channel.frames.recv().await.expect("the document stays open");
        self.apply(&frame);
    }

    /// Takes what has come.
    fn catch_up(&mut self) {
        while let Ok(frame) = self.channel.frames.try_recv() {
            self.apply(&frame);
        }
    }

    /// Edits at random; each edit is saved once this returns.
    async fn edit(&mut self, person: &Person, edits: u64) {
        let answer = self.say(&json!({ "edit": edits }));
        for update in answer["updates"].as_array().expect("updates") {
            let mut frame = vec![0];
            frame.extend(BASE64_STANDARD.decode(update.as_str().expect("text")).expect("base64"));
            person.handle.doc_push(self.channel.number, frame).await.expect("the edit is saved");
        }
    }

    fn text(&mut self) -> String {
        let answer = self.say(&json!({ "text": true }));
        assert_eq!(answer["pending"], false, "an update is missing");
        answer["text"].as_str().expect("text").to_owned()
    }
}

impl Drop for Webview {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

async fn converge(kind: DocumentKind, name: &str, seed: u64) {
    let mut random = Random::new([u8::try_from(seed % 251).expect("small"); 32]);
    let team = Team::new().await;
    let mut people = [team.member("Ana", Role::Owner).await, team.member("Bo", Role::Member).await];
    let create = DocumentCommand::CreateDocument { room: people[0].welcome, kind, title: "Fuzz".into() };
    let Done::Opened { stream: document } = people[0].dispatch(create).await else { panic!("no document") };
    people[0].online().await;
    let space = people[1].space_id().await;
    let listed = |view: &SpaceView| view.documents.iter().any(|item| item.id == document);
    people[1].until(View::Space { space }, listed).await;
    let mut webviews = [
        Webview::open(&people[0], document, name, seed).await,
        Webview::open(&people[1], document, name, seed + 1).await,
    ];
    for round in 0..env("ROUNDS", 25) {
        let who = usize::try_from(random.up_to(1)).expect("0 or 1");
        match random.up_to(9) {
            0..=5 => webviews[who].edit(&people[who], 1 + random.up_to(8)).await,
            6 => webviews[who].catch_up(),
            change => {
                // Closed, and opened again with or without a network.
                if change == 7 {
                    people[who].reopen_offline().await
                } else {
                    people[who].reopen_online().await
                }
                let begun = 1_000 * (round + 1) + u64::try_from(who).expect("0 or 1");
                webviews[who] = Webview::open(&people[who], document, name, seed + begun).await;
            }
        }
    }
    for person in &mut people {
        person.reopen_online().await;
    }
    for person in &people {
        person.online().await;
    }
    let [ana, bo] = &people;
    let mut at_ana = Webview::open(ana, document, name, 7).await;
    let mut at_bo = Webview::open(bo, document, name, 8).await;
    let waiting = async {
        while at_ana.text() != at_bo.text() {
            tokio::select! {
                Some(frame) = at_ana.channel.frames.recv() => at_ana.apply(&frame),
                Some(frame) = at_bo.channel.frames.recv() => at_bo.apply(&frame),
            }
        }
    };
    let waited = tokio::time::timeout(std::time::Duration::from_secs(60), waiting).await;
    assert!(waited.is_ok(), "seed {seed}: {:?} is not {:?}", at_ana.text(), at_bo.text());
    assert!(!at_ana.text().is_empty(), "nothing was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn yjs_and_the_engine_agree_on_code() {
    converge(DocumentKind::Code, "code", env("SEED", 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yjs_and_the_engine_agree_on_rich_text() {
    converge(DocumentKind::RichText, "rich", env("SEED", 2)).await;
}
