//! One connection: its watches and documents end with it. Requests are answered in the order in which they are done.

use axum_tws::{Message, WebSocket};
use folkmoot_client::command::{Command, Done, Refused};
use folkmoot_client::handle::EngineHandle;
use folkmoot_client::view::View;
use folkmoot_model::id::StreamId;
use futures_util::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Frames that wait to be written to the page.
const FRAMES: usize = 256;

/// What a page asks.
#[derive(Deserialize)]
struct Request {
    id: u64,
    #[serde(flatten)]
    what: What,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Dispatch(Command),
    Watch(View),
    Unwatch(u32),
    DocOpen(StreamId),
    DocClose(StreamId),
}

/// The channels of the documents that the page has open.
type Open = Arc<Mutex<BTreeMap<StreamId, u32>>>;

/// Serves a page until it goes.
pub async fn serve(engine: EngineHandle, web_socket: WebSocket) {
    let (mut sink, mut stream) = web_socket.split();
    let (down, mut waiting) = mpsc::channel::<Message>(FRAMES);
    let writing = tokio::spawn(async move {
        while let Some(message) = waiting.recv().await {
            if sink.send(message).await.is_err() {
                return;
            }
        }
    });
    let open = Open::default();
    while let Some(Ok(message)) = stream.next().await {
        if message.is_close() {
            break;
        } else if let Some(text) = message.as_text() {
            match serde_json::from_str::<Request>(text) {
                Ok(request) => drop(tokio::spawn(answer(engine.clone(), open.clone(), request, down.clone()))),
                Err(error) => tracing::warn!(%error, "the page asks what cannot be read"),
            }
        } else if message.is_binary() {
            let Some((document, frame)) = message.as_payload().split_first_chunk::<16>() else { continue };
            let channel = opened(&open).get(&StreamId(*document)).copied();
            let Some(channel) = channel else { continue };
            // In order: the edits of one editor build on each other.
            if let Err(refused) = engine.doc_push(channel, frame.to_vec()).await {
                tracing::warn!(%refused, "an edit was refused");
            }
        }
    }
    let left = std::mem::take(&mut *opened(&open));
    for channel in left.into_values() {
        // The engine may have ended first.
        drop(engine.doc_close(channel).await);
    }
    writing.abort();
}

fn opened(open: &Open) -> std::sync::MutexGuard<'_, BTreeMap<StreamId, u32>> {
    // A panic elsewhere leaves the table as good as it was.
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(engine: EngineHandle, open: Open, Request { id, what }: Request, down: mpsc::Sender<Message>) {
    let done = match what {
        What::Dispatch(command) => engine.dispatch(command).await.map(|done: Done| json(&done)),
        What::Watch(view) => watch(&engine, view, &down).await,
        What::Unwatch(watch) => engine.unwatch(watch).await.map(|()| Value::Null),
        What::DocOpen(document) => open_document(&engine, &open, document, &down).await.map(|()| Value::Null),
        What::DocClose(document) => {
            let channel = opened(&open).remove(&document);
            match channel {
                Some(channel) => engine.doc_close(channel).await.map(|()| Value::Null),
                None => Ok(Value::Null),
            }
        }
    };
    let answer = match done {
        Ok(done) => json!({ "id": id, "done": done }),
        Err(refused) => json!({ "id": id, "refused": json(&refused) }),
    };
    say(&down, &answer).await;
}

async fn watch(engine: &EngineHandle, view: View, down: &mpsc::Sender<Message>) -> Result<Value, Refused> {
    let mut watched = engine.watch(view).await?;
    let (watch, down) = (watched.watch, down.clone());
    tokio::spawn(async move {
        while let Some(update) = watched.updates.recv().await {
            if !say(&down, &json!({ "watch": watch, "update": json(&update) })).await {
                return;
            }
        }
    });
    Ok(json!({ "watch": watch }))
}

async fn open_document(
    engine: &EngineHandle,
    open: &Open,
    document: StreamId,
    down: &mpsc::Sender<Message>,
) -> Result<(), Refused> {
    let mut channel = engine.doc_open(document).await?;
    let before = opened(open).insert(document, channel.number);
    if let Some(before) = before {
        engine.doc_close(before).await?;
    }
    let down = down.clone();
    tokio::spawn(async move {
        while let Some(frame) = channel.frames.recv().await {
            let message = [document.as_bytes().as_slice(), &frame].concat();
            if down.send(Message::binary(message)).await.is_err() {
                return;
            }
        }
    });
    Ok(())
}

fn json<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_else(|error| json!({ "unwritable": error.to_string() }))
}

/// Says it; false if the page has gone.
async fn say(down: &mpsc::Sender<Message>, value: &Value) -> bool {
    down.send(Message::text(value.to_string())).await.is_ok()
}
