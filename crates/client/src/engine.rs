//! The engine: one task on a thread of its own, which owns the replica, what the device keeps, and the watches.
//!
//! Everything reaches it through one bounded channel of requests and one of what the link heard. It takes what waits, lets
//! the replica decide, runs the script from top to bottom, and then shows what changed. It never waits for the network:
//! dials, frames and requests are tasks beside it, which tell what came of them.
//!
//! `core` is the state and the turn · `batch` and `script` run what the replica wants · `home` opens and hands over,
//! `keyring` asks where the key lies, `recovery` begins anew · `people` signs in and out, `begun` a first run that failed,
//! `renewal` gets tokens · `commands` does what is asked, `unsent` says again and takes back · `bridge` serves editors ·
//! `notices` what was notified · `device` is the layout on disk · `watches`, `screen` and `status` show.

mod batch;
mod begun;
mod bridge;
mod client_id_conflict;
mod commands;
mod core;
mod device;
mod home;
mod keyring;
mod notices;
mod pause;
mod people;
mod reading;
mod recents;
mod recovery;
mod renewal;
mod screen;
mod script;
mod status;
#[cfg(test)]
mod tests;
mod unsent;
mod validate;
mod watches;

pub use device::Keeping;

use crate::command::{Command, Done, Refused};
use crate::handle::EngineHandle;
use crate::hosting::SharedHost;
use crate::keys::SecretsWish;
use crate::link::LinkEvent;
use crate::network;
use crate::profile::Profile;
use crate::source::Source;
use crate::view::patch::Update;
use crate::view::{LinkState, Phase, SecretsKept, View};
use core::Core;
use folkmoot_model::id::{PersonId, Seq, StreamId};
use folkmoot_store::StoreError;
use folkmoot_store::disk::{Disk, RealDisk};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

/// Asks that wait for the engine.
const REQUESTS: usize = 512;

/// Frames that wait for the engine; beyond them nothing more is read from the link.
const FRAMES: usize = 256;

/// How long tasks may take to end with the engine: to say goodbye to the server.
const ENDING_MAX: Duration = Duration::from_millis(500);

/// How an engine is to run.
pub struct Options {
    /// Never dial, never ask the server anything.
    pub offline: bool,
    /// The passphrase of the profile, or of one to be made.
    pub passphrase: Option<Zeroizing<String>>,
    /// Where the secrets of a new profile are to lie.
    pub secrets: SecretsWish,
    /// What leads to the system's keyring was found not to answer, and is not asked again: a keyring that says nothing, which
    /// is not the same as none.
    pub keyring_silent: bool,
    /// Where rows lie.
    pub keeping: Keeping,
    /// The disk of the journal.
    pub disk: Arc<dyn Disk>,
    /// Every id and every jitter follows from it; `None` draws one, as everybody but a test should.
    pub seed: Option<[u8; 32]>,
    /// Who starts a server on this computer; `None` where that cannot be done.
    pub host: Option<SharedHost>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            offline: false,
            passphrase: None,
            secrets: SecretsWish::Best,
            keyring_silent: false,
            keeping: Keeping::Folder,
            disk: Arc::new(RealDisk),
            seed: None,
            host: None,
        }
    }
}

/// A running engine. Dropped, it ends, and has then written everything.
#[derive(Debug)]
pub struct Engine {
    handle: EngineHandle,
    thread: Option<JoinHandle<()>>,
}

/// How the engine stands.
#[derive(Debug, Clone, PartialEq)]
pub struct EngineStatus {
    /// How far the app is.
    pub phase: Phase,
    /// Who is signed in.
    pub person: Option<PersonId>,
    /// The host and port of the server; empty if there is none.
    pub host: String,
    /// The link.
    pub link: LinkState,
    /// Changes that the server has not decided.
    pub pending: u32,
    /// Entries of the outbox, those refused or accepted and not yet reached included.
    pub outbox: u32,
    /// Is the link up and everything fetched?
    pub caught_up: bool,
    /// How secrets are kept.
    pub secrets: SecretsKept,
    /// Why the device cannot keep anything, if it cannot. For people who help.
    pub broken: Option<String>,
}

/// What reads on the engine's thread.
pub(crate) type Reader = Box<dyn FnOnce(Option<&dyn Source>) + Send>;

/// The answer to a command.
pub(crate) type Reply = oneshot::Sender<Result<Done, Refused>>;

/// What the engine is asked.
pub(crate) enum Request {
    Dispatch {
        command: Command,
        reply: Reply,
    },
    Watch {
        view: View,
        sink: mpsc::Sender<Update>,
        reply: oneshot::Sender<u32>,
    },
    Unwatch {
        watch: u32,
    },
    DocOpen {
        document: StreamId,
        sink: mpsc::Sender<Vec<u8>>,
        reply: oneshot::Sender<Result<u32, Refused>>,
    },
    DocPush {
        channel: u32,
        frame: Vec<u8>,
        reply: Reply,
    },
    DocClose {
        channel: u32,
    },
    Cursors {
        reply: oneshot::Sender<Vec<(StreamId, Seq)>>,
    },
    DocState {
        document: StreamId,
        reply: oneshot::Sender<Result<Vec<u8>, Refused>>,
    },
    Read(Reader),
    /// The computer woke, or its network changed.
    Woke,
    /// A slow watcher or editor has room again.
    Room,
    /// A request to the server, or something else that took its time, has ended.
    Completion(Box<people::Completion>),
    End,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Request(..)")
    }
}

impl Engine {
    /// Starts the engine of `profile`. What is wrong with its store or key is no failure: the app says so, and can be
    /// told to try again. Fails with [`StoreError::Io`] if no thread can be started, and without randomness.
    pub fn open(profile: Profile, options: Options) -> Result<Self, StoreError> {
        let io = |source| StoreError::Io { what: "start the engine", source };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("folkmoot-io")
            .enable_all()
            .build()
            .map_err(io)?;
        let (requests, asked) = mpsc::channel(REQUESTS);
        let (hear, heard) = mpsc::channel::<(u64, LinkEvent)>(FRAMES);
        if !options.offline {
            let requests = requests.clone();
            runtime.spawn(network::watch(async move || requests.send(Request::Woke).await.is_ok()));
        }
        let mut core = Core::new(profile, options, runtime.handle().clone(), requests.clone(), hear)?;
        let status = core.status_receiver();
        let thread = std::thread::Builder::new()
            .name("folkmoot-engine".into())
            .spawn(move || {
                // The task itself runs on this thread and may block it; what it spawns runs on the other.
                runtime.block_on(async {
                    core.begin();
                    core.run(asked, heard).await;
                });
                drop(core);
                runtime.shutdown_timeout(ENDING_MAX);
            })
            .map_err(io)?;
        Ok(Self { handle: EngineHandle { requests, status }, thread: Some(thread) })
    }

    /// Its handle.
    pub fn handle(&self) -> EngineHandle {
        self.handle.clone()
    }

    /// Ends it, and returns when everything is written and the profile is free.
    pub fn close(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        let requests = self.handle.requests.clone();
        // From a thread of its own: this may be called within a runtime, where waiting for room is not allowed.
        let asking = std::thread::spawn(move || requests.blocking_send(Request::End));
        if asking.join().is_err() || thread.join().is_err() {
            tracing::error!("the engine ended by a panic");
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.end();
    }
}
