//! What a client holds of the engine: do something, watch a view, exchange a document's bytes. The desktop app, the
//! development socket and the headless client come in by the same one; there is no other way.
//!
//! A channel only carries: what comes of it is decided on the engine's thread.

use crate::command::{Command, Done, Refused};
use crate::engine::{EngineStatus, Reader, Request};
use crate::source::Source;
use crate::view::View;
use crate::view::patch::Update;
use folkmoot_model::id::{Seq, StreamId};
use tokio::sync::{mpsc, oneshot, watch};

/// A handle of the engine. Clones lead to the same engine.
#[derive(Debug, Clone)]
pub struct EngineHandle {
    pub(crate) requests: mpsc::Sender<Request>,
    pub(crate) status: watch::Receiver<EngineStatus>,
}

/// A watched view. Dropped, it is watched no longer.
#[derive(Debug)]
pub struct Watched {
    /// Its number: what `TimelineCommand::Scroll` names.
    pub watch: u32,
    /// First a snapshot, then what changed. A slow reader misses states in between, never the last.
    pub updates: mpsc::Receiver<Update>,
}

/// A document that is open in an editor. Dropped, it is closed.
#[derive(Debug)]
pub struct DocumentChannel {
    /// Which.
    pub document: StreamId,
    /// The number of this channel: what [`EngineHandle::doc_push`] names.
    pub number: u32,
    /// Frames for the editor, see `doc_bridge.rs`. Ends when the document may no longer be read.
    pub frames: mpsc::Receiver<Vec<u8>>,
}

impl EngineHandle {
    /// Does what the person asks, and answers once it is saved, or refused.
    pub async fn dispatch(&self, command: impl Into<Command>) -> Result<Done, Refused> {
        let command = command.into().typed();
        self.ask(|reply| Request::Dispatch { command, reply }).await?
    }

    /// Watches a view.
    pub async fn watch(&self, view: View) -> Result<Watched, Refused> {
        let (sink, updates) = mpsc::channel(WATCH_UPDATES);
        let watch = self.ask(|reply| Request::Watch { view, sink, reply }).await?;
        Ok(Watched { watch, updates })
    }

    /// Watches it no longer.
    pub async fn unwatch(&self, watch: u32) -> Result<(), Refused> {
        self.requests.send(Request::Unwatch { watch }).await.map_err(|_| gone())
    }

    /// Opens a document for an editor.
    pub async fn doc_open(&self, document: StreamId) -> Result<DocumentChannel, Refused> {
        let (sink, frames) = mpsc::channel(DOCUMENT_FRAMES);
        let number = self.ask(|reply| Request::DocOpen { document, sink, reply }).await??;
        Ok(DocumentChannel { document, number, frames })
    }

    /// Takes a frame of the editor behind `channel`. An edit is saved once this answers.
    pub async fn doc_push(&self, channel: u32, frame: Vec<u8>) -> Result<(), Refused> {
        self.ask(|reply| Request::DocPush { channel, frame, reply }).await?.map(drop)
    }

    /// Closes a document's channel.
    pub async fn doc_close(&self, channel: u32) -> Result<(), Refused> {
        self.requests.send(Request::DocClose { channel }).await.map_err(|_| gone())
    }

    /// The document's whole state as one Yjs update, what is not sent yet included.
    pub async fn doc_state(&self, document: StreamId) -> Result<Vec<u8>, Refused> {
        self.ask(|reply| Request::DocState { document, reply }).await?
    }

    /// How far each stream is held: the last seq whose effects are here.
    pub async fn cursors(&self) -> Result<Vec<(StreamId, Seq)>, Refused> {
        self.ask(|reply| Request::Cursors { reply }).await
    }

    /// Reads whatever a view could, on the engine's thread: for tests and the headless client. It is given nothing
    /// where nobody has signed in.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(Option<&dyn Source>) -> T + Send + 'static,
    ) -> Result<T, Refused> {
        let (answer, answered) = oneshot::channel();
        let reader: Reader = Box::new(move |source| {
            // Whoever asked may have gone.
            drop(answer.send(read(source)));
        });
        self.requests.send(Request::Read(reader)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())
    }

    /// How the engine stands; changes as it does.
    pub fn status(&self) -> watch::Receiver<EngineStatus> {
        self.status.clone()
    }

    /// The computer woke, or its network changed.
    pub async fn woke(&self) -> Result<(), Refused> {
        self.requests.send(Request::Woke).await.map_err(|_| gone())
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Request) -> Result<T, Refused> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(ask(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())
    }
}

/// Updates that wait for a watcher: one that is shown, one that comes.
const WATCH_UPDATES: usize = 2;

/// Frames that wait for an editor; beyond them it is given the whole state anew.
const DOCUMENT_FRAMES: usize = 256;

fn gone() -> Refused {
    Refused::Storage { detail: "the engine has ended".into() }
}
