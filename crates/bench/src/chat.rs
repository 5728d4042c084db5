//! A message, from the command to the other person's view.

use crate::scene::Scene;
use crate::table::Table;
use anyhow::{Context, Result};
use folkmoot_client::features::messages::commands::MessageCommand;
use folkmoot_client::view::View;
use std::time::Instant;

const TIMES: usize = 500;

/// Post → saved here, and post → in the view of another client.
pub async fn measure(scene: &Scene, table: &mut Table) -> Result<()> {
    let (ana, bo) = (scene.person("Ana").await?, scene.person("Bo").await?);
    let mut shown = bo.handle.watch(View::Room { room: bo.room, at: None }).await?;
    shown.updates.recv().await.context("no snapshot")?;
    let (mut saved, mut seen) = (Vec::new(), Vec::new());
    for n in 0..TIMES {
        let text = format!("note {n}: compaction ran on the old log, nothing to see here.");
        let begun = Instant::now();
        ana.handle
            .dispatch(MessageCommand::Post { room: ana.room, text: text.clone(), reply_to: None, thread: None })
            .await?;
        saved.push(begun.elapsed());
        loop {
            let update = shown.updates.recv().await.context("the engine ended")?;
            if serde_json::to_string(&update)?.contains(&text) {
                break;
            }
        }
        seen.push(begun.elapsed());
    }
    table.times("post → saved on this device (fsync)", saved);
    table.times("post → in another client's view (both fsyncs)", seen);
    Ok(())
}
