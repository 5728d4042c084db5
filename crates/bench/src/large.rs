//! A room of a million messages: how long it takes to come to a new device, and to open.

use crate::scene::Scene;
use crate::socket::Socket;
use crate::table::{Table, ms};
use anyhow::{Context, Result};
use folkmoot_client::handle::EngineHandle;
use folkmoot_client::view::View;
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_wire::limits::SUBMIT_EVENTS_MAX;
use std::time::{Duration, Instant};

/// How many.
pub const MESSAGES: usize = 1_000_000;
const OPENINGS: usize = 50;

/// Fills the room that everyone who joins lands in; gives how many messages a second that were.
pub async fn fill(link: &str, messages: usize) -> Result<f64> {
    let mut filler = Socket::join_by(link, "Filler").await?;
    let room = filler.room;
    let begun = Instant::now();
    let mut filled = 0;
    while filled < messages {
        let batch = SUBMIT_EVENTS_MAX.min(messages - filled);
        let posted = |n| MessagePosted {
            text: format!("Note {n}: nothing to see here."),
            reply_to: None,
            mentions: vec![],
            thread: None,
        };
        filler.append(room, (filled..filled + batch).map(|n| posted(n).into()).collect()).await?;
        filled += batch;
    }
    Ok(messages as f64 / begun.elapsed().as_secs_f64())
}

/// Fills the room, joins it with a fresh engine, and opens it again and again.
pub async fn measure(scene: &Scene, table: &mut Table) -> Result<()> {
    let rate = fill(&scene.invite().await?, MESSAGES).await?;
    table.put("messages appended durably by one person, in batches of 256", format!("{rate:.0} a second"));

    let begun = Instant::now();
    let newcomer = scene.person("Newcomer").await?;
    table.put(
        "joining a space whose room has 1,000,000 messages, until all is caught up",
        format!("{:.0} ms", ms(begun.elapsed())),
    );
    let times = openings(&newcomer.handle, &View::Room { room: newcomer.room, at: None }, OPENINGS).await?;
    table.times("opening that room: view asked → rows for the screen", times);
    Ok(())
}

/// How long a view takes to open, so many times: asked → its first rows.
pub async fn openings(handle: &EngineHandle, view: &View, times: usize) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    for _ in 0..times {
        let begun = Instant::now();
        let mut watched = handle.watch(view.clone()).await?;
        watched.updates.recv().await.context("no snapshot")?;
        took.push(begun.elapsed());
    }
    Ok(took)
}
