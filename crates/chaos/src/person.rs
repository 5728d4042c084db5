//! One client process: the real engine on a real profile, at work until it is killed.
//!
//! What it prints, a line each, is what it promises: `opened`, `said KIND TOKEN ID` once that is saved, `acked ID` once
//! the server has it, `refused ID …`. A token stands in the text that was said, and nowhere else. Kinds: `post`, `edit`
//! and `react` (ID is the event's or, of a reaction, the message's), `doc` (the document's).

use anyhow::{Context, Result, bail};
use clap::Args;
use folkmoot_client::command::Done;
use folkmoot_client::doc_bridge::{RESTART, UPDATE};
use folkmoot_client::engine::{Engine, Options};
use folkmoot_client::features::accounts::commands::AccountCommand;
use folkmoot_client::features::documents::commands::DocumentCommand;
use folkmoot_client::features::messages::commands::MessageCommand;
use folkmoot_client::features::presence::commands::PresenceCommand;
use folkmoot_client::features::reactions::commands::ReactionCommand;
use folkmoot_client::handle::{DocumentChannel, EngineHandle};
use folkmoot_client::keys::SecretsWish;
use folkmoot_client::profile::Profile;
use folkmoot_client::source::Source;
use folkmoot_client::view::Phase;
use folkmoot_model::features::documents::DocumentKind;
use folkmoot_model::features::messages::message;
use folkmoot_model::id::{EventId, Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::Value;
use folkmoot_store::StoreError;
use folkmoot_sync::outbox::State;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Text, Transact, Update};

/// How long a profile may still be held by the process that was just killed.
const HELD_MAX: Duration = Duration::from_secs(120);

/// How long a client may take to send and fetch everything, on a machine that does much else.
const SETTLED_MAX: Duration = Duration::from_secs(300);

/// Which client, and what it works on.
#[derive(Args)]
pub struct Person {
    /// The profile's folder.
    #[arg(long)]
    profile: PathBuf,
    /// What its tokens begin with.
    #[arg(long, default_value = "")]
    token: String,
    /// Decides what it does.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Where it posts.
    #[arg(long)]
    room: Option<StreamId>,
    /// What it writes in.
    #[arg(long)]
    document: Vec<StreamId>,
    /// Join by this link first, print the room, and end.
    #[arg(long)]
    join: Option<String>,
    /// Make so many documents in the room, print them, and end.
    #[arg(long)]
    make_documents: Option<u32>,
    /// Wait until everything is sent and fetched, write what is shown to this file, and end.
    #[arg(long)]
    settle: Option<PathBuf>,
}

/// Opens the profile as a client does. Fails if another process keeps it.
pub fn open(profile: &std::path::Path, offline: bool) -> Result<Engine> {
    let begun = std::time::Instant::now();
    let profile = loop {
        match Profile::hold(profile) {
            Err(StoreError::InUse) if begun.elapsed() < HELD_MAX => std::thread::sleep(Duration::from_millis(10)),
            held => break held?,
        }
    };
    Ok(Engine::open(profile, Options { offline, secrets: SecretsWish::File, ..Options::default() })?)
}

/// Whether the profile behind `handle` came open, with why not.
pub async fn opened(handle: &EngineHandle) -> Result<Phase> {
    handle.read(|_| ()).await?;
    let standing = handle.status().borrow().clone();
    match (standing.phase, standing.broken) {
        (_, Some(broken)) => bail!("broken: {broken}"),
        (Phase::Locked, None) => bail!("locked"),
        (phase, None) => Ok(phase),
    }
}

/// Lives.
#[tokio::main(flavor = "current_thread")]
pub async fn run(person: Person) -> Result<()> {
    let engine = open(&person.profile, false)?;
    let handle = engine.handle();
    let ended = match opened(&handle).await {
        Err(error) => {
            println!("broken {error:#}");
            Err(error)
        }
        Ok(phase) => live(&person, &handle, phase).await,
    };
    engine.close();
    ended
}

async fn live(person: &Person, handle: &EngineHandle, phase: Phase) -> Result<()> {
    if let Some(link) = &person.join {
        let name = person.token.clone();
        let join = AccountCommand::Join { link: link.clone(), name, password: "correct horse battery".into() };
        let Done::Joined { room, .. } = handle.dispatch(join).await? else { bail!("no room to land in") };
        caught_up(handle).await?;
        println!("room {room}");
        return Ok(());
    }
    println!("opened {phase:?}");
    let room = person.room.context("which room?")?;
    if let Some(count) = person.make_documents {
        for n in 0..count {
            let make = DocumentCommand::CreateDocument { room, kind: DocumentKind::Code, title: format!("notes {n}") };
            if let Done::Opened { stream } = handle.dispatch(make).await? {
                println!("document {stream}");
            }
        }
        return caught_up(handle).await;
    }
    if let Some(file) = &person.settle {
        caught_up(handle).await?;
        let shown = crate::shown::read(handle, room, &person.document).await?;
        std::fs::write(file, serde_json::to_vec(&shown)?)?;
        println!("settled");
        return Ok(());
    }
    let dice = StdRng::seed_from_u64(person.seed);
    let work = Work { person, handle, room, dice, count: 0, undecided: Vec::new(), document: None };
    let (told, mut end) = tokio::sync::mpsc::channel(1);
    // The end of stdin is the end of the day.
    std::thread::spawn(move || {
        let ended = std::io::stdin().read_to_end(&mut Vec::new());
        told.blocking_send(ended).ok();
    });
    tokio::select! {
        worked = work.go() => worked,
        _ = end.recv() => Ok(()),
    }
}

async fn caught_up(handle: &EngineHandle) -> Result<()> {
    let mut standing = handle.status();
    let settled = standing.wait_for(|standing| standing.caught_up && standing.pending == 0);
    let waited = tokio::time::timeout(SETTLED_MAX, settled).await;
    match waited {
        Ok(Ok(_)) => Ok(()),
        _ => bail!("never settled: {:?}", *handle.status().borrow()),
    }
}

struct Work<'a> {
    person: &'a Person,
    handle: &'a EngineHandle,
    room: StreamId,
    dice: StdRng,
    count: u32,
    undecided: Vec<EventId>,
    document: Option<Editor>,
}

struct Editor {
    id: StreamId,
    channel: DocumentChannel,
    doc: Doc,
    has_state: bool,
}

impl Work<'_> {
    async fn go(mut self) -> Result<()> {
        loop {
            let done = match self.dice.random_range(0..100) {
                0..50 => self.post().await,
                50..65 => self.edit().await,
                65..75 => self.react().await,
                75..97 => self.write().await,
                _ => self.read().await,
            };
            if let Err(error) = done {
                println!("not saved: {error:#}");
            }
            self.decided().await?;
            // Most of the time a person thinks; now and then several things come at once.
            if self.dice.random_bool(0.7) {
                tokio::time::sleep(Duration::from_millis(self.dice.random_range(1..400))).await;
            }
        }
    }

    fn token(&mut self) -> String {
        self.count += 1;
        format!("{}-{};", self.person.token, self.count)
    }

    async fn post(&mut self) -> Result<()> {
        let text = self.token();
        let reply_to = None;
        let done = self
            .handle
            .dispatch(MessageCommand::Post { room: self.room, text: text.clone(), reply_to, thread: None })
            .await?;
        if let Done::Minted { id } = done {
            println!("said post {text} {id}");
            self.undecided.push(id);
        }
        Ok(())
    }

    /// One of the last messages, with its text.
    async fn some_message(&mut self) -> Result<Option<(EventId, String)>> {
        let (room, back) = (self.room, self.dice.random_range(0..12));
        let found = self.handle.read(move |source| last_message(source?, room, back)).await?;
        Ok(found)
    }

    async fn edit(&mut self) -> Result<()> {
        let Some((message, text)) = self.some_message().await? else { return Ok(()) };
        let token = self.token();
        let edit = MessageCommand::Edit { room: self.room, message, text: format!("{text} {token}") };
        if let Done::Minted { id } = self.handle.dispatch(edit).await? {
            println!("said edit {token} {id}");
            self.undecided.push(id);
        }
        Ok(())
    }

    async fn react(&mut self) -> Result<()> {
        let Some((message, _)) = self.some_message().await? else { return Ok(()) };
        // A token instead of an emoji: so each reaction is told from the others.
        let emoji = self.token();
        let react = ReactionCommand::React { room: self.room, message, emoji: emoji.clone(), on: true };
        self.handle.dispatch(react).await?;
        println!("said react {emoji} {message}");
        Ok(())
    }

    async fn write(&mut self) -> Result<()> {
        let mut editor = match self.document.take() {
            Some(editor) => editor,
            None => {
                let documents = &self.person.document;
                let id = documents[self.dice.random_range(0..documents.len())];
                let client = u64::from(self.dice.random_range(1..u32::MAX));
                let doc = Doc::with_options(yrs::Options::with_client_id(yrs::ClientID::new(client)));
                Editor { id, channel: self.handle.doc_open(id).await?, doc, has_state: false }
            }
        };
        while let Ok(frame) = editor.channel.frames.try_recv() {
            match frame.split_first() {
                Some((&UPDATE, update)) => {
                    editor.doc.transact_mut().apply_update(Update::decode_v1(update)?)?;
                    editor.has_state = true;
                }
                // It opens anew the next time.
                Some((&RESTART, _)) => return Ok(()),
                _ => {}
            }
        }
        if editor.has_state {
            let (token, at_end) = (self.token(), self.dice.random_bool(0.5));
            let update = editor.insert(&format!("{token}\n"), at_end);
            self.handle.doc_push(editor.channel.number, [&[UPDATE], update.as_slice()].concat()).await?;
            println!("said doc {token} {}", editor.id);
        }
        self.document = Some(editor);
        Ok(())
    }

    async fn read(&mut self) -> Result<()> {
        let (room, back) = (self.room, self.dice.random_range(0..200));
        let seq = self.handle.read(move |source| Some(source?.held(room)?.cursor)).await?;
        let seq: Seq = seq.unwrap_or(0).saturating_sub(back).max(1);
        self.handle.dispatch(PresenceCommand::ReadTo { room, seq }).await?;
        Ok(())
    }

    /// Tells what the server has decided.
    async fn decided(&mut self) -> Result<()> {
        let undecided = std::mem::take(&mut self.undecided);
        let states = self.handle.read(move |source| {
            let state = |id: EventId| source.and_then(|source| source.outbox().get(id)).map(|item| item.state.clone());
            let held = source.is_some();
            undecided.into_iter().map(|id| (id, state(id))).map(|(id, state)| (id, state, held)).collect::<Vec<_>>()
        });
        for (id, state, held) in states.await? {
            match state {
                None if held => println!("acked {id}"),
                Some(State::Accepted(_)) => println!("acked {id}"),
                Some(State::Refused(refusal)) => println!("refused {id} {refusal:?}"),
                _ => self.undecided.push(id),
            }
        }
        Ok(())
    }
}

impl Editor {
    fn insert(&self, text: &str, at_end: bool) -> Vec<u8> {
        let body = self.doc.get_or_insert_text("content");
        let mut txn = self.doc.transact_mut();
        let end = body.get_string(&txn).len() as u32;
        body.insert(&mut txn, if at_end { end } else { 0 }, text);
        txn.encode_update_v1()
    }
}

fn last_message(source: &dyn Source, room: StreamId, back: usize) -> Option<(EventId, String)> {
    let places = source.range(room, Key::Timeline(0), Key::Timeline(Seq::MAX), true, back + 1);
    let Value::At(id) = places.last()?.1.value else { return None };
    let row = message(source.row(room, &Key::Message(id))?)?;
    // Others' tokens make it long, and it takes a thousand edits at most.
    row.edited.is_none_or(|edited| edited.count < 50).then(|| (id, row.text.as_str().to_owned()))
}
