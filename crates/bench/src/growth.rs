//! How cost grows: the same question at four sizes each, and the power by which the last step grew. One is in
//! proportion, nought is not at all; what is above one is to be explained.

use crate::large;
use crate::scene::Scene;
use crate::socket::{Socket, mint};
use crate::table::ms;
use crate::typist::{CHECKPOINTED, Typist};
use anyhow::{Context, Result, bail};
use folkmoot_client::features::messages::commands::MessageCommand;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_client::handle::EngineHandle;
use folkmoot_client::view::patch::Update;
use folkmoot_client::view::{AppView, View};
use folkmoot_model::event::Event;
use folkmoot_model::features::documents::{DocumentKind, DocumentListed, DocumentOpened};
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::features::rooms::RoomAccess;
use folkmoot_model::id::StreamId;
use folkmoot_wire::frame::ServerFrame;
use std::path::Path;
use std::time::{Duration, Instant};

/// Sizes of each kind of growth.
const HISTORY: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const PEOPLE: [usize; 4] = [10, 50, 250, 1_000];
const ROOMS: [usize; 4] = [10, 100, 500, 2_000];
const DOCUMENT: [usize; 4] = [1_000, 10_000, 50_000, 250_000];
const OUTBOX: [usize; 4] = [100, 500, 2_500, 10_000];

/// Of what is measured again and again, the median counts.
const TIMES: usize = 20;

/// What grew, and by how much.
#[derive(Debug, Default)]
pub struct Growth(Vec<(&'static str, Vec<(usize, Duration)>)>);

impl Growth {
    fn put(&mut self, what: &'static str, size: usize, took: Duration) {
        eprintln!("{what}: at {size}: {:.2} ms", ms(took));
        match self.0.iter_mut().find(|(row, _)| *row == what) {
            Some((_, points)) => points.push((size, took)),
            None => self.0.push((what, vec![(size, took)])),
        }
    }

    /// As a Markdown table.
    pub fn print(&self) {
        println!("| what | at each size, ms | power of the last step |\n|---|---|---|");
        for (what, points) in &self.0 {
            let told = points.iter().map(|(size, took)| format!("{size}: {:.2}", ms(*took))).collect::<Vec<_>>();
            println!("| {what} | {} | {:.2} |", told.join(" · "), power(points).unwrap_or_default());
        }
    }

    /// As a picture, both axes by powers of ten.
    pub fn draw(&self, file: &Path) -> Result<()> {
        crate::plot::growth(file, &self.0)
    }
}

/// By which power of the size the last step grew.
fn power(points: &[(usize, Duration)]) -> Option<f64> {
    let [.., (from, before), (to, after)] = points else { return None };
    Some((after.as_secs_f64() / before.as_secs_f64()).ln() / (*to as f64 / *from as f64).ln())
}

/// Measures all of it.
pub async fn measure() -> Result<Growth> {
    let mut growth = Growth::default();
    for size in HISTORY {
        history(&mut growth, size).await?;
    }
    for size in PEOPLE {
        people(&mut growth, size).await?;
    }
    for size in ROOMS {
        rooms(&mut growth, size).await?;
    }
    for size in DOCUMENT {
        document(&mut growth, size).await?;
    }
    for size in OUTBOX {
        outbox(&mut growth, size).await?;
    }
    Ok(growth)
}

/// A room with so many messages.
async fn history(growth: &mut Growth, messages: usize) -> Result<()> {
    let scene = Scene::new().await?;
    large::fill(&scene.invite().await?, messages).await?;
    let begun = Instant::now();
    let newcomer = scene.person("Newcomer").await?;
    growth.put("history: a newcomer has caught up", messages, begun.elapsed());
    let times = large::openings(&newcomer.handle, &View::Room { room: newcomer.room, at: None }, TIMES).await?;
    growth.put("history: the room opens", messages, median(times));
    let mut writer = Socket::join(&scene, "Writer").await?;
    let room = writer.room;
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        writer.append(room, vec![message("one more")]).await?;
        times.push(begun.elapsed());
    }
    growth.put("history: one more message is acknowledged", messages, median(times));
    Ok(())
}

/// A room that so many follow: until each has a message.
async fn people(growth: &mut Growth, people: usize) -> Result<()> {
    let scene = Scene::new().await?;
    let mut writer = Socket::join(&scene, "Writer").await?;
    let room = writer.room;
    let (heard, mut hears) = tokio::sync::mpsc::unbounded_channel();
    for n in 0..people {
        let mut reader = Socket::join(&scene, &format!("Reader {n}")).await?;
        reader.follow(room, 0).await?;
        let heard = heard.clone();
        tokio::spawn(async move {
            while let Ok(frame) = reader.hear().await {
                if let ServerFrame::Events(events) = frame {
                    let posted = events
                        .events
                        .iter()
                        .filter(|logged| matches!(logged.envelope.event(), Ok(Event::MessagePosted(_))));
                    if posted.count() > 0 && heard.send(()).is_err() {
                        break;
                    }
                }
            }
        });
    }
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        writer.append(room, vec![message("to all")]).await?;
        for _ in 0..people {
            hears.recv().await.context("nobody listens")?;
        }
        times.push(begun.elapsed());
    }
    growth.put("people: each in the room has a message", people, median(times));
    Ok(())
}

/// A space with so many rooms.
async fn rooms(growth: &mut Growth, rooms: usize) -> Result<()> {
    let scene = Scene::new().await?;
    let ana = scene.person("Ana").await?;
    let space = space(&ana.handle).await?;
    for n in 0..rooms {
        let (access, topic) = (RoomAccess::Public, String::new());
        ana.handle
            .dispatch(RoomCommand::OpenRoom { space, access, name: format!("room-{n}"), topic, members: vec![] })
            .await?;
    }
    sent(&ana.handle).await?;
    let begun = Instant::now();
    let newcomer = scene.person("Newcomer").await?;
    growth.put("rooms: a newcomer has caught up", rooms, begun.elapsed());
    let times = large::openings(&newcomer.handle, &View::Space { space }, TIMES).await?;
    growth.put("rooms: the list of them opens", rooms, median(times));
    Ok(())
}

/// A document of so many edits, one character each.
async fn document(growth: &mut Growth, edits: usize) -> Result<()> {
    let scene = Scene::new().await?;
    let mut writer = Socket::join(&scene, "Writer").await?;
    let document = StreamId(mint()?.0);
    writer.append(document, vec![DocumentOpened { room: writer.room, kind: DocumentKind::Code }.into()]).await?;
    let listed = DocumentListed { document, kind: DocumentKind::Code, title: "Long".into(), archived: false };
    writer.append(writer.room, vec![listed.into()]).await?;
    let mut typist = Typist::default();
    while let Some(batch) = typist.batch(edits) {
        writer.append(document, batch).await?;
    }
    tokio::time::sleep(CHECKPOINTED).await;
    let begun = Instant::now();
    writer.append(document, vec![typist.edit()]).await?;
    growth.put("document: one more edit is acknowledged", edits, begun.elapsed());
    tokio::time::sleep(CHECKPOINTED).await;
    let reader = scene.person("Reader").await?;
    for what in ["document: opens for the first time", "document: opens again"] {
        let begun = Instant::now();
        let mut opened = reader.handle.doc_open(document).await?;
        while opened.frames.recv().await.context("closed")?.first() != Some(&2) {}
        growth.put(what, edits, begun.elapsed());
    }
    Ok(())
}

/// So many messages that were written without a network.
async fn outbox(growth: &mut Growth, messages: usize) -> Result<()> {
    let scene = Scene::new().await?;
    let ana = scene.person("Ana").await?;
    let room = ana.room;
    let ana = scene.reopened(ana, true).await?;
    let begun = Instant::now();
    for n in 0..messages {
        ana.handle
            .dispatch(MessageCommand::Post {
                room,
                text: format!("Written on a train, {n}"),
                reply_to: None,
                thread: None,
            })
            .await?;
    }
    growth.put("outbox: all are saved here, one by one", messages, begun.elapsed());
    let begun = Instant::now();
    let ana = scene.reopened(ana, true).await?;
    growth.put("outbox: the app starts with them", messages, begun.elapsed());
    let begun = Instant::now();
    let ana = scene.reopened(ana, false).await?;
    sent(&ana.handle).await?;
    growth.put("outbox: all are sent and decided", messages, begun.elapsed());
    Ok(())
}

/// The person's space.
async fn space(handle: &EngineHandle) -> Result<StreamId> {
    let mut watched = handle.watch(View::App).await?;
    let Update::Snapshot { view } = watched.updates.recv().await.context("no snapshot")? else { bail!("no snapshot") };
    let view: AppView = serde_json::from_value(view)?;
    Ok(view.spaces.first().context("no space")?.id)
}

/// Waits until the link is up and the server has decided all that was written.
async fn sent(handle: &EngineHandle) -> Result<()> {
    let mut standing = handle.status();
    standing.wait_for(|standing| standing.caught_up && standing.pending == 0).await.context("the engine ended")?;
    Ok(())
}

fn message(text: &str) -> Event {
    MessagePosted { text: text.into(), reply_to: None, mentions: vec![], thread: None }.into()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
