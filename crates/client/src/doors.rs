//! The three doors of the engine: do something, watch a view, exchange a document's bytes. The desktop app, the
//! development socket and the headless client come in by the same ones; there is no fourth.
//!
//! A door only carries: what comes of it is decided on the engine's thread.

use crate::command::{Command, Done, Refused};
use crate::engine::typed::typed;
use crate::engine::{Ask, Reader, Standing};
use crate::source::Source;
use crate::view::View;
use crate::view::patch::Update;
use folkmoot_model::id::{Seq, StreamId};
use tokio::sync::{mpsc, oneshot, watch};

/// The doors. Clones lead to the same engine.
#[derive(Debug, Clone)]
pub struct Doors {
    pub(crate) asks: mpsc::Sender<Ask>,
    pub(crate) standing: watch::Receiver<Standing>,
}

/// A watched view. Dropped, it is watched no longer.
#[derive(Debug)]
pub struct Watched {
    /// Its number: what [`Command::Scroll`] names.
    pub watch: u32,
    /// First a snapshot, then what changed. A slow reader misses states in between, never the last.
    pub updates: mpsc::Receiver<Update>,
}

/// A document that is open in an editor. Dropped, it is closed.
#[derive(Debug)]
pub struct DocumentDoor {
    /// Which.
    pub document: StreamId,
    /// The number of this door: what [`Doors::doc_push`] names.
    pub door: u32,
    /// Frames for the editor, see `doc_bridge.rs`. Ends when the document may no longer be read.
    pub frames: mpsc::Receiver<Vec<u8>>,
}

impl Doors {
    /// Does what the person asks, and answers once it is saved, or refused.
    pub async fn dispatch(&self, command: Command) -> Result<Done, Refused> {
        let command = typed(command);
        self.ask(|reply| Ask::Dispatch { command, reply }).await?
    }

    /// Watches a view.
    pub async fn watch(&self, view: View) -> Result<Watched, Refused> {
        let (sink, updates) = mpsc::channel(WATCH_UPDATES);
        let watch = self.ask(|reply| Ask::Watch { view, sink, reply }).await?;
        Ok(Watched { watch, updates })
    }

    /// Watches it no longer.
    pub async fn unwatch(&self, watch: u32) -> Result<(), Refused> {
        self.asks.send(Ask::Unwatch { watch }).await.map_err(|_| gone())
    }

    /// Opens a document for an editor.
    pub async fn doc_open(&self, document: StreamId) -> Result<DocumentDoor, Refused> {
        let (sink, frames) = mpsc::channel(DOCUMENT_FRAMES);
        let door = self.ask(|reply| Ask::DocOpen { document, sink, reply }).await??;
        Ok(DocumentDoor { document, door, frames })
    }

    /// Takes a frame of the editor behind `door`. An edit is saved once this answers.
    pub async fn doc_push(&self, door: u32, frame: Vec<u8>) -> Result<(), Refused> {
        self.ask(|reply| Ask::DocPush { door, frame, reply }).await?.map(drop)
    }

    /// Closes a document's door.
    pub async fn doc_close(&self, door: u32) -> Result<(), Refused> {
        self.asks.send(Ask::DocClose { door }).await.map_err(|_| gone())
    }

    /// The document's whole state as one Yjs update, what is not sent yet included.
    pub async fn doc_state(&self, document: StreamId) -> Result<Vec<u8>, Refused> {
        self.ask(|reply| Ask::DocState { document, reply }).await?
    }

    /// How far each stream is held: the last seq whose effects are here.
    pub async fn cursors(&self) -> Result<Vec<(StreamId, Seq)>, Refused> {
        self.ask(|reply| Ask::Cursors { reply }).await
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
        self.asks.send(Ask::Read(reader)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())
    }

    /// How the engine stands; changes as it does.
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.clone()
    }

    /// The computer woke, or its network changed.
    pub async fn woke(&self) -> Result<(), Refused> {
        self.asks.send(Ask::Woke).await.map_err(|_| gone())
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Result<T, Refused> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(ask(reply)).await.map_err(|_| gone())?;
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
