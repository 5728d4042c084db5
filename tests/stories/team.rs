//! The stage of the stories: a server in a temporary folder, and people with their devices. Waiting is for what is
//! shown, never for time.

use folkmoot_client::command::{Command, Done, Refused};
use folkmoot_client::engine::{Engine, Options};
use folkmoot_client::features::accounts::commands::AccountCommand;
use folkmoot_client::features::messages::commands::MessageCommand;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_client::handle::{DocumentChannel, EngineHandle};
use folkmoot_client::keys::SecretsWish;
use folkmoot_client::profile::Profile;
use folkmoot_client::view::patch::Update;
use folkmoot_client::view::{AppView, MessageItem, RoomView, SpaceView, View};
use folkmoot_model::features::people::Role;
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_server::admin;
use folkmoot_server::config::Config;
use folkmoot_server::serve::{Running, serve};
use folkmoot_wire::y_websocket::aware;
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::oneshot;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, OffsetKind, Options as DocOptions, ReadTxn, Text, Transact, Update as DocUpdate};

/// Far longer than anything takes: only a hang gets here.
const PATIENCE: Duration = Duration::from_secs(60);

pub const PASSWORD: &str = "correct horse battery";

/// A server, and the folder that everybody's data lies in.
pub struct Team {
    folder: TempDir,
    config: Config,
    server: Option<(Running, oneshot::Sender<()>)>,
    space: String,
}

/// A person at a device.
pub struct Person {
    pub name: &'static str,
    pub dir: PathBuf,
    engine: Option<Engine>,
    pub handle: EngineHandle,
    pub welcome: StreamId,
}

impl Team {
    /// A server with one space, on this computer alone.
    pub async fn new() -> Self {
        Self::with(|config| config).await
    }

    /// A server with one space, for other computers too: it speaks TLS.
    pub async fn on_the_network() -> Self {
        Self::with(|config| Config { listen: "0.0.0.0:0".parse().expect("an address"), ..config }).await
    }

    /// A server with one space, that an operator has configured so.
    pub async fn with(configured: impl FnOnce(Config) -> Config) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = configured(Config::for_tests(folder.path().join("server")));
        let mut team = Self { folder, config, server: None, space: "Northlight".into() };
        team.serve().await;
        admin::create_space(&team.config, &team.space, None).await.expect("a space is made while the server runs");
        team
    }

    /// Where the server keeps its log.
    pub fn log(&self) -> PathBuf {
        self.config.data.join("folkmoot.db")
    }

    /// The server starts, at the port that it had before.
    pub async fn serve(&mut self) {
        let (stop, stopped) = oneshot::channel();
        let shutdown = async move { drop(stopped.await) };
        let running = serve(self.config.clone(), shutdown).await.expect("the server starts");
        self.server = Some((running, stop));
    }

    /// The server ends.
    pub async fn stop(&mut self) {
        if let Some((running, stop)) = self.server.take() {
            stop.send(()).expect("the server still runs");
            running.join().await;
        }
    }

    /// A link for one more person.
    pub async fn invite(&self, role: Role) -> String {
        admin::invite(&self.config, &self.space, role, None).await.expect("an invitation").to_string()
    }

    /// Makes another space; gives the link by which its owner joins.
    pub async fn another_space(&self, name: &str) -> String {
        admin::create_space(&self.config, name, None).await.expect("a space").to_string()
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.server.as_ref().expect("the server runs").0.address
    }

    /// A person who has just joined.
    pub async fn member(&self, name: &'static str, role: Role) -> Person {
        let link = self.invite(role).await;
        self.member_by(name, link).await
    }

    /// A person who has just joined by this link.
    pub async fn member_by(&self, name: &'static str, link: String) -> Person {
        let dir = self.folder.path().join(name);
        let mut person = Person::at(name, dir, Options::default());
        let join = AccountCommand::Join { link, name: name.into(), password: PASSWORD.into() };
        let done =
            person.handle.dispatch(join).await.unwrap_or_else(|refused| panic!("{name} cannot join: {refused:?}"));
        let Done::Joined { room, .. } = done else { panic!("joining answered {done:?}") };
        person.welcome = room;
        person.online().await;
        person
    }

    /// Somebody who has just opened the app.
    pub fn stranger(&self, name: &'static str) -> Person {
        Person::at(name, self.folder.path().join(name), Options::default())
    }

    /// Another device of a person.
    pub async fn second_device(&self, of: &Person, folder: &str) -> Person {
        let server = self.invite(Role::Member).await;
        let mut person = Person::at(of.name, self.folder.path().join(folder), Options::default());
        let sign_in = AccountCommand::SignIn { server, name: of.name.into(), password: PASSWORD.into() };
        person.handle.dispatch(sign_in).await.unwrap_or_else(|refused| panic!("cannot sign in: {refused:?}"));
        person.welcome = of.welcome;
        person.online().await;
        person
    }
}

impl Person {
    fn at(name: &'static str, dir: PathBuf, options: Options) -> Self {
        let profile = Profile::hold(&dir).expect("the profile is free");
        let engine =
            Engine::open(profile, Options { secrets: SecretsWish::File, ..options }).expect("the engine starts");
        let handle = engine.handle();
        Self { name, dir, engine: Some(engine), handle, welcome: StreamId([0; 16]) }
    }

    /// The app is closed.
    pub async fn quit(&mut self) {
        if let Some(engine) = self.engine.take() {
            tokio::task::spawn_blocking(move || engine.close()).await.expect("the engine ends");
        }
    }

    /// The app is opened again where there is no network.
    pub async fn reopen_offline(&mut self) {
        self.reopen(Options { offline: true, ..Options::default() }).await;
    }

    /// The app is opened again, and everything missed has come.
    pub async fn reopen_online(&mut self) {
        self.reopen(Options::default()).await;
        self.online().await;
    }

    /// The app is killed, and opened again where there is no network: from a copy of what lies on its disk at this
    /// moment, which is all that a kill leaves.
    pub async fn killed_and_reopened_offline(&mut self) {
        let copy = self.dir.with_extension("killed");
        copied(&self.dir, &copy);
        self.quit().await;
        std::fs::remove_dir_all(&self.dir).expect("the folder goes");
        std::fs::rename(&copy, &self.dir).expect("the copy takes its place");
        self.reopen_offline().await;
    }

    async fn reopen(&mut self, options: Options) {
        self.quit().await;
        let again = Self::at(self.name, self.dir.clone(), options);
        *self = Self { welcome: self.welcome, ..again };
    }

    /// Waits until the link is up and nothing is missing or unsent.
    pub async fn online(&self) {
        let mut standing = self.handle.status();
        let settled = standing.wait_for(|standing| standing.caught_up && standing.pending == 0);
        let waited = tokio::time::timeout(PATIENCE, settled).await;
        assert!(
            matches!(waited, Ok(Ok(_))),
            "{} does not come online: {:?}",
            self.name,
            *self.handle.status().borrow()
        );
    }

    pub async fn dispatch(&self, command: impl Into<Command>) -> Done {
        self.handle.dispatch(command).await.unwrap_or_else(|refused| panic!("{} is refused: {refused:?}", self.name))
    }

    pub async fn refused(&self, command: impl Into<Command>) -> Refused {
        self.handle.dispatch(command).await.expect_err("this should be refused")
    }

    pub async fn posts(&self, text: &str) -> EventId {
        self.posts_in(self.welcome, text).await
    }

    pub async fn posts_in(&self, room: StreamId, text: &str) -> EventId {
        let done = self.dispatch(MessageCommand::Post { room, text: text.into(), reply_to: None, thread: None }).await;
        let Done::Minted { id } = done else { panic!("posting answered {done:?}") };
        id
    }

    /// Everyone in the welcome room edits from now on what others have written there, and `other` knows.
    pub async fn lets_everyone_edit(&self, other: &Self) {
        self.dispatch(RoomCommand::LetEveryoneEdit { room: self.welcome, everyone: true }).await;
        other.sees(|room| room.room.everyone_edits).await;
    }

    pub async fn edits(&self, message: EventId, text: &str) {
        self.dispatch(MessageCommand::Edit { room: self.welcome, message, text: text.into() }).await;
    }

    /// The welcome room as it is shown now.
    pub async fn room(&self) -> RoomView {
        self.view(View::Room { room: self.welcome, at: None }).await
    }

    pub async fn texts(&self) -> Vec<String> {
        self.room().await.messages.into_iter().map(|message| message.text).collect()
    }

    pub async fn space(&self) -> SpaceView {
        let app: AppView = self.view(View::App).await;
        self.view(View::Space { space: app.spaces[0].id }).await
    }

    pub async fn space_id(&self) -> StreamId {
        self.view::<AppView>(View::App).await.spaces[0].id
    }

    pub async fn id(&self) -> PersonId {
        self.view::<AppView>(View::App).await.me.expect("somebody is signed in").id
    }

    pub async fn view<V: DeserializeOwned>(&self, view: View) -> V {
        let mut watched = self.handle.watch(view).await.expect("the engine runs");
        match watched.updates.recv().await {
            Some(Update::Snapshot { view }) => serde_json::from_value(view).expect("a view reads back"),
            other => panic!("a watcher is first sent a snapshot, not {other:?}"),
        }
    }

    /// Waits until a view shows what is hoped for.
    pub async fn until<V: DeserializeOwned + std::fmt::Debug>(&self, view: View, hoped: impl Fn(&V) -> bool) -> V {
        let mut watched = self.handle.watch(view.clone()).await.expect("the engine runs");
        let waiting = async {
            while watched.updates.recv().await.is_some() {
                let shown: V = self.view(view.clone()).await;
                if hoped(&shown) {
                    return shown;
                }
            }
            panic!("the engine ended");
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(shown) => shown,
            Err(_) => panic!("{} never sees it: {:?}", self.name, self.view::<V>(view).await),
        }
    }

    /// Waits until the welcome room shows what is hoped for.
    pub async fn sees(&self, hoped: impl Fn(&RoomView) -> bool) -> RoomView {
        self.until(View::Room { room: self.welcome, at: None }, hoped).await
    }

    /// Waits until the welcome room shows a message with this text.
    pub async fn reads(&self, text: &str) -> MessageItem {
        let view = self.sees(|room| room.messages.iter().any(|message| message.text == text)).await;
        view.messages.into_iter().find(|message| message.text == text).expect("it was just there")
    }
}

fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("it can be read") {
        let entry = entry.expect("an entry");
        match entry.file_type().expect("a type").is_dir() {
            true => copied(&entry.path(), &to.join(entry.file_name())),
            false => drop(std::fs::copy(entry.path(), to.join(entry.file_name())).expect("it is copied")),
        }
    }
}

/// A document as a webview has it.
pub struct Editor {
    pub doc: Doc,
    pub channel: DocumentChannel,
    handle: EngineHandle,
}

impl Editor {
    pub async fn open(person: &Person, document: StreamId, client: u64) -> Self {
        let mut options = DocOptions::with_client_id(yrs::ClientID::new(client));
        options.offset_kind = OffsetKind::Utf16;
        let channel = person.handle.doc_open(document).await.expect("the document opens");
        Self { doc: Doc::with_options(options), channel, handle: person.handle.clone() }
    }

    /// Types text at the end. Saved once this returns.
    pub async fn types(&self, text: &str) {
        self.tries(text).await.expect("the edit is saved");
    }

    /// Types text at the end, which may be refused.
    pub async fn tries(&self, text: &str) -> Result<(), Refused> {
        let body = self.doc.get_or_insert_text("content");
        let before = self.doc.transact().state_vector();
        let end = body.len(&self.doc.transact());
        body.insert(&mut self.doc.transact_mut(), end, text);
        let mut frame = vec![0];
        frame.extend(self.doc.transact().encode_diff_v1(&before));
        self.handle.doc_push(self.channel.number, frame).await
    }

    /// Gives a frame that is no edit to the others.
    pub async fn shows(&self, frame: &[u8]) {
        self.handle.doc_push(self.channel.number, frame.to_vec()).await.expect("it is passed on");
    }

    /// Waits for exactly this frame; what comes before is not taken in.
    pub async fn hears(&mut self, frame: &[u8]) {
        let waiting = async { while self.channel.frames.recv().await.expect("the document stays open") != frame {} };
        assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "{frame:?} never comes");
    }

    /// Waits for the next caret of somebody: which Yjs client, and its state, `null` if it goes.
    pub async fn sees_caret(&mut self) -> (u32, serde_json::Value) {
        let waiting = async {
            loop {
                let frame = self.channel.frames.recv().await.expect("the document stays open");
                if frame.first() == Some(&1) {
                    return frame;
                }
            }
        };
        let frame = tokio::time::timeout(PATIENCE, waiting).await.expect("a caret comes");
        let carets = aware(&frame[1..]);
        let [caret] = &carets[..] else { panic!("{} carets", carets.len()) };
        (caret.client, serde_json::from_str(&caret.state).expect("a state"))
    }

    pub fn text(&self) -> String {
        let body = self.doc.get_or_insert_text("content");
        body.get_string(&self.doc.transact())
    }

    /// Takes in what others wrote until the text is as hoped for.
    pub async fn until(&mut self, hoped: impl Fn(&str) -> bool) {
        let waiting = async {
            while !hoped(&self.text()) {
                let frame = self.channel.frames.recv().await.expect("the document stays open");
                if frame.first() == Some(&0) {
                    let update = DocUpdate::decode_v1(&frame[1..]).expect("an update");
                    self.doc.transact_mut().apply_update(update).expect("it applies");
                }
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "never seen; it says {:?}", self.text());
    }
}
