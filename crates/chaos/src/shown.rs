//! What a device shows in the end, as text: to be compared with what the others show.

use anyhow::{Context, Result, bail};
use folkmoot_client::doc_bridge::{SYNCED, UPDATE};
use folkmoot_client::handle::EngineHandle;
use folkmoot_client::source::Source;
use folkmoot_model::features::messages::message;
use folkmoot_model::features::reactions::reactions_of;
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::Value;
use folkmoot_model::yjs::document_text::text_of;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use yrs::updates::decoder::Decode;
use yrs::{Doc, Transact, Update};

/// Messages that every device holds: fewer than a snapshot brings.
const MESSAGES: usize = 900;

/// What is shown of one room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The newest messages: place, text, reactions.
    pub messages: Vec<(Seq, String, Vec<String>)>,
    /// Each document's text.
    pub documents: Vec<String>,
}

/// Reads it, once everything is fetched.
pub async fn read(handle: &EngineHandle, room: StreamId, documents: &[StreamId]) -> Result<Shown> {
    let messages = handle.read(move |source| source.map(|source| messages(source, room))).await?;
    let mut texts = Vec::new();
    for document in documents {
        texts.push(text(handle, *document).await?);
    }
    Ok(Shown { messages: messages.context("nobody is signed in")?, documents: texts })
}

fn messages(source: &dyn Source, room: StreamId) -> Vec<(Seq, String, Vec<String>)> {
    let places = source.range(room, Key::Timeline(0), Key::Timeline(Seq::MAX), true, MESSAGES);
    let shown = places.into_iter().filter_map(|(key, row)| match (key, row.value) {
        (Key::Timeline(seq), Value::At(id)) => {
            let text = message(source.row(room, &Key::Message(id))?)?.text.as_str().to_owned();
            let reactions = source.row(room, &Key::Reactions(id)).and_then(reactions_of).unwrap_or_default();
            Some((seq, text, reactions.people.into_keys().collect()))
        }
        _ => None,
    });
    shown.collect()
}

async fn text(handle: &EngineHandle, document: StreamId) -> Result<String> {
    let mut channel = handle.doc_open(document).await?;
    let doc = Doc::new();
    loop {
        let frame = tokio::time::timeout(Duration::from_secs(300), channel.frames.recv()).await;
        match frame.context("a document does not come")?.context("a document is closed")?.split_first() {
            Some((&UPDATE, update)) => doc.transact_mut().apply_update(Update::decode_v1(update)?)?,
            Some((&SYNCED, _)) => break,
            None => bail!("an empty frame"),
            _ => {}
        }
    }
    handle.doc_close(channel.number).await?;
    Ok(text_of(&doc, "content"))
}
