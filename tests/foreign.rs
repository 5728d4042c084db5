//! Yjs clients that are not ours, beside ours in one document: the real y-websocket of npm, under CodeMirror and Tiptap,
//! at a real server.

#[path = "stories/team.rs"]
#[allow(dead_code, reason = "the stage of the stories, of which this needs a part")]
mod team;

use folkmoot_client::command::{Done, Refused};
use folkmoot_client::features::accounts::commands::AccountCommand;
use folkmoot_client::features::documents::commands::DocumentCommand;
use folkmoot_client::features::people::commands::PeopleCommand;
use folkmoot_client::view::{SpaceView, View};
use folkmoot_model::features::documents::DocumentKind;
use folkmoot_model::features::people::Role;
use folkmoot_model::id::StreamId;
use folkmoot_model::refusal::Code;
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;
use team::{Editor, Person, Team};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command as Process};

/// Far longer than anything takes: only a hang gets here.
const PATIENCE: Duration = Duration::from_secs(60);

/// A foreign client in a process of its own.
struct Foreign {
    stdin: ChildStdin,
    stdout: Lines<BufReader<ChildStdout>>,
    /// What it said at the start: was it synced, or closed?
    begun: Value,
    _process: Child,
}

impl Foreign {
    async fn open(address: &str, editor: &str) -> Self {
        let root = env!("CARGO_MANIFEST_DIR");
        let mut node = Process::new("node");
        node.arg(format!("{root}/tests/yjs/foreign.mjs")).arg(format!("{root}/ui")).arg(address).arg(editor);
        node.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = node.spawn().expect("node runs; npm ci in ui first");
        let stdin = process.stdin.take().expect("piped");
        let stdout = BufReader::new(process.stdout.take().expect("piped")).lines();
        let mut foreign = Self { stdin, stdout, begun: Value::Null, _process: process };
        foreign.begun = foreign.answer().await;
        foreign
    }

    async fn answer(&mut self) -> Value {
        let line = tokio::time::timeout(PATIENCE, self.stdout.next_line()).await.expect("it answers");
        let line = line.expect("it can be read").expect("it runs; npm ci in ui first");
        serde_json::from_str(&line).expect("a line of JSON")
    }

    async fn say(&mut self, said: Value) -> Value {
        self.stdin.write_all(format!("{said}\n").as_bytes()).await.expect("it reads");
        self.answer().await
    }

    async fn types(&mut self, text: &str) {
        self.say(json!({ "type": text })).await;
    }

    async fn reads(&mut self, text: &str) -> String {
        self.say(json!({ "until": text })).await["text"].as_str().expect("text").to_owned()
    }

    /// Waits until the server has closed the connection; why, by number and word.
    async fn is_closed(&mut self) -> (u64, String) {
        let closed = self.say(json!({ "closed": true })).await;
        (closed["code"].as_u64().expect("a code"), closed["reason"].as_str().expect("a reason").to_owned())
    }
}

/// A document that Ana has made, which everybody's device lists.
async fn document(ana: &Person, others: &[&Person], kind: DocumentKind) -> StreamId {
    let create = DocumentCommand::CreateDocument { room: ana.welcome, kind, title: "Plan".into() };
    let Done::Opened { stream } = ana.dispatch(create).await else { panic!("no document") };
    ana.online().await;
    for person in others {
        let space = person.space_id().await;
        let listed = |view: &SpaceView| view.documents.iter().any(|item| item.id == stream);
        person.until(View::Space { space }, listed).await;
    }
    stream
}

async fn ticket(person: &Person, document: StreamId, read_only: bool) -> String {
    match person.dispatch(AccountCommand::Ticket { document, read_only }).await {
        Done::Link { link } => link,
        other => panic!("no address: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_editor_of_code_writes_with_ours() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let document = document(&ana, &[], DocumentKind::Code).await;
    let mut ours = Editor::open(&ana, document, 11).await;
    ours.types("fn moot() {}\n").await;
    ana.online().await;
    let mut theirs = Foreign::open(&ticket(&ana, document, false).await, "codemirror").await;
    assert_eq!(theirs.begun["synced"], true);
    assert_eq!(theirs.reads("moot").await, "fn moot() {}\n");
    theirs.types("// from elsewhere\n").await;
    ours.until(|text| text.contains("elsewhere")).await;
    ours.types("// and back\n").await;
    assert_eq!(theirs.reads("back").await, "fn moot() {}\n// from elsewhere\n// and back\n");
    // A second one, of another kind, that knows nothing yet.
    let mut third = Foreign::open(&ticket(&ana, document, false).await, "text").await;
    assert_eq!(third.reads("back").await, ours.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_editor_of_rich_text_writes_with_another_and_all_is_kept() {
    let team = Team::new().await;
    let (ana, bo) = (team.member("Ana", Role::Owner).await, team.member("Bo", Role::Member).await);
    let document = document(&ana, &[&bo], DocumentKind::RichText).await;
    let mut one = Foreign::open(&ticket(&ana, document, false).await, "tiptap").await;
    one.types("Spruce from the north").await;
    let mut other = Foreign::open(&ticket(&bo, document, false).await, "tiptap").await;
    other.reads("Spruce").await;
    other.types("and stone from the shore").await;
    let text = one.reads("stone").await;
    drop((one, other));
    // Nobody is connected: what was written is in the log.
    let mut later = Foreign::open(&ticket(&bo, document, true).await, "tiptap").await;
    assert_eq!(later.reads("stone").await, text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_to_read_does_not_write() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let document = document(&ana, &[], DocumentKind::Code).await;
    let ours = Editor::open(&ana, document, 11).await;
    ours.types("as it is").await;
    ana.online().await;
    let mut reader = Foreign::open(&ticket(&ana, document, true).await, "text").await;
    reader.reads("as it is").await;
    reader.types(" no more").await;
    assert_eq!(reader.is_closed().await, (4403, "forbidden".into()));
    ours.types(", and stays").await;
    let mut again = Foreign::open(&ticket(&ana, document, true).await, "text").await;
    assert_eq!(again.reads("stays").await, "as it is, and stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_put_out_is_cut_off_at_once_and_gets_no_ticket() {
    let team = Team::new().await;
    let (ana, bo) = (team.member("Ana", Role::Owner).await, team.member("Bo", Role::Member).await);
    let document = document(&ana, &[&bo], DocumentKind::Code).await;
    let spare = ticket(&bo, document, false).await;
    let mut theirs = Foreign::open(&ticket(&bo, document, false).await, "text").await;
    assert_eq!(theirs.begun["synced"], true);
    let (space, person) = (ana.space_id().await, bo.id().await);
    ana.dispatch(PeopleCommand::Remove { stream: space, person }).await;
    assert_eq!(theirs.is_closed().await, (4403, "not_member".into()));
    // A ticket that was given before opens nothing more.
    let mut late = Foreign::open(&spare, "text").await;
    assert_eq!((late.begun["synced"].clone(), late.is_closed().await.0), (false.into(), 4403));
    let refused = bo.refused(AccountCommand::Ticket { document, read_only: true }).await;
    assert!(matches!(refused, Refused::Rule { refusal } if refusal.code == Code::Forbidden));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_signs_out_takes_along_what_its_tickets_opened() {
    let team = Team::new().await;
    let (ana, bo) = (team.member("Ana", Role::Owner).await, team.member("Bo", Role::Member).await);
    let document = document(&ana, &[&bo], DocumentKind::Code).await;
    let spare = ticket(&bo, document, false).await;
    let mut theirs = Foreign::open(&ticket(&bo, document, false).await, "text").await;
    let mut other = Foreign::open(&ticket(&ana, document, false).await, "text").await;
    bo.dispatch(AccountCommand::SignOut { discard_unsent: false }).await;
    assert_eq!(theirs.is_closed().await.0, 4003);
    let mut late = Foreign::open(&spare, "text").await;
    assert_eq!((late.begun["synced"].clone(), late.is_closed().await.0), (false.into(), 401));
    // Nobody else's.
    other.types("goes on").await;
    assert_eq!(other.reads("goes on").await, "goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caret_bears_its_persons_name_and_goes_with_its_connection() {
    let team = Team::new().await;
    let (ana, bo) = (team.member("Ana", Role::Owner).await, team.member("Bo", Role::Member).await);
    let document = document(&ana, &[&bo], DocumentKind::Code).await;
    let mut one = Foreign::open(&ticket(&ana, document, false).await, "text").await;
    let mut other = Foreign::open(&ticket(&bo, document, true).await, "text").await;
    other.say(json!({ "caret": { "user": { "name": "Ana", "color": "#000000" }, "cursor": 4 } })).await;
    let state = one.say(json!({ "sees": "Bo" })).await;
    assert_eq!(state["cursor"], 4);
    assert!(state["user"]["color"].as_str().is_some_and(|colour| colour.starts_with('#') && colour != "#000000"));
    // Who comes later is told too.
    let mut third = Foreign::open(&ticket(&ana, document, true).await, "text").await;
    third.say(json!({ "sees": "Bo" })).await;
    drop(other);
    one.say(json!({ "gone": "Bo" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_was_made_up_or_is_for_another_document_opens_nothing() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let one = document(&ana, &[], DocumentKind::Code).await;
    let other = document(&ana, &[], DocumentKind::Code).await;
    let address = ticket(&ana, one, false).await;
    let elsewhere = address.replace(&one.to_string(), &other.to_string());
    let (there, _) = address.split_once('=').expect("a ticket");
    for made_up in [elsewhere, format!("{there}=a.b.c")] {
        let mut foreign = Foreign::open(&made_up, "text").await;
        assert_eq!(foreign.is_closed().await.0, 401);
    }
}
