//! A keystroke, from one editor to another.

use crate::scene::Scene;
use crate::table::Table;
use anyhow::{Context, Result, bail};
use folkmoot_client::command::Done;
use folkmoot_client::features::documents::commands::DocumentCommand;
use folkmoot_model::features::documents::DocumentKind;
use std::time::{Duration, Instant};
use yrs::{Doc, Options, ReadTxn, Text, Transact};

const TIMES: usize = 500;

/// Keystroke → saved here, and keystroke → at another editor.
pub async fn measure(scene: &Scene, table: &mut Table) -> Result<()> {
    let (ana, bo) = (scene.person("Cleo").await?, scene.person("Dan").await?);
    let create = DocumentCommand::CreateDocument { room: ana.room, kind: DocumentKind::Code, title: "Plan".into() };
    let Done::Opened { stream } = ana.handle.dispatch(create).await? else { bail!("no document") };
    ana.handle.status().wait_for(|standing| standing.pending == 0).await.context("the engine ended")?;
    let here = ana.handle.doc_open(stream).await?;
    let mut there = bo.handle.doc_open(stream).await?;
    while there.frames.recv().await.context("closed")?.first() != Some(&2) {}
    let doc = Doc::with_options(Options::with_client_id(yrs::ClientID::new(7)));
    let body = doc.get_or_insert_text("content");
    let (mut saved, mut seen) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let before = doc.transact().state_vector();
        let begun = Instant::now();
        body.push(&mut doc.transact_mut(), "x");
        let mut frame = vec![0];
        frame.extend(doc.transact().encode_diff_v1(&before));
        ana.handle.doc_push(here.number, frame).await?;
        saved.push(begun.elapsed());
        while there.frames.recv().await.context("closed")?.first() != Some(&0) {}
        seen.push(begun.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    table.times("document keystroke → saved on this device (fsync)", saved);
    table.times("document keystroke → at another editor (both fsyncs)", seen);
    Ok(())
}
