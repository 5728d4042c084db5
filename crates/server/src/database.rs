//! The log: everything durable of a server, in one SQLite database, behind one thread that writes and a few that read.
//!
//! `writer` gathers what waits into one transaction, `write_tx` is that transaction, `read` answers reads, `refold` makes
//! rows anew that another version folded, `checkpoint` keeps documents quick to open, `wal` keeps commits short. It
//! decides nothing: `folkmoot_sync::decide` does.

mod bodies;
mod checkpoint;
mod gates;
pub(crate) mod misplaced;
mod packed;
mod read;
pub(crate) mod read_tx;
mod readers;
mod refold;
mod schema;
mod sqlite;
mod usage;
mod wal;
mod write_tx;
mod writer;

pub use checkpoint::Body;
pub use read::place_of;
pub use read_tx::ReadTx;
pub use write_tx::{Inserts, WriteTx};

use crate::config::Quotas;
use bodies::Bodies;
use folkmoot_model::id::StreamId;
use folkmoot_sync::decide::Submission;
use folkmoot_sync::hub::io::{Committed, Read, ReadOutcome};
use folkmoot_wire::frame::Cursor;
use readers::Readers;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use usage::{FORGOTTEN_AT_ONCE, Usages};
use wal::Mover;
use writer::Jobs;

/// Why the log could not do it. Nothing of the request has happened.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// SQLite fails.
    #[error("the database fails: {0}")]
    Database(#[from] rusqlite::Error),
    /// A newer server wrote the database, or a row of it.
    #[error("the database was written by a newer version")]
    Newer,
    /// What the log holds contradicts itself.
    #[error("the database is damaged")]
    Broken,
    /// More waits than may wait, or the log is closed.
    #[error("the log takes nothing more now")]
    Full,
    /// The transaction failed; why stands in the server's log.
    #[error("the transaction failed")]
    Failed,
    /// A thread cannot be started.
    #[error("cannot start a thread")]
    Thread(#[from] std::io::Error),
}

/// Between two transactions that delete old refusals.
const FORGETTING_PAUSE: Duration = Duration::from_millis(100);

/// Called by the writer after the commit of what was appended by [`Database::write`], in the order of the log.
pub type OnAppended = Box<dyn Fn(Inserts) + Send>;

/// A log, open. Clones share it; it closes when stopped, or when the last is dropped.
#[derive(Clone)]
pub struct Database {
    jobs: Jobs,
    readers: Readers,
    bodies: Arc<Bodies>,
}

/// The threads of a log that write, to be waited for. Those that read end with the last [`Database`].
pub struct Threads(Vec<JoinHandle<()>>);

impl Database {
    /// As [`Self::open_with`], with the default quotas.
    pub fn open(path: &Path, on_appended: OnAppended) -> Result<(Self, Threads), LogError> {
        Self::open_with(path, Quotas::default(), on_appended)
    }

    /// Opens the database at `path`, making it if there is none.
    pub fn open_with(path: &Path, quotas: Quotas, on_appended: OnAppended) -> Result<(Self, Threads), LogError> {
        let mut db = sqlite::writer(path)?;
        refold::all(&mut db)?;
        let (jobs, waiting) = writer::queue();
        let (checkpoints, checkpointer) = checkpoint::start(path, jobs.downgrade())?;
        let (mover, moves) = Mover::start(path)?;
        let writer = writer::start(db, mover, waiting, checkpoints, Usages::new(quotas), on_appended)?;
        let readers = readers::start(path)?;
        Ok((Self { jobs, readers, bodies: Arc::default() }, Threads(vec![writer, checkpointer, moves])))
    }

    /// Takes no more writes. What waits is still written: see [`Threads::join`].
    pub async fn stop(&self) {
        self.jobs.stop().await;
    }

    /// Appends durably; `answer` is called by the writer, with `None` if it failed. Never waits.
    pub fn append(
        &self,
        stream: StreamId,
        submissions: Vec<Submission>,
        answer: impl FnOnce(Option<Committed>) + Send + 'static,
    ) {
        self.jobs.append(stream, submissions, Box::new(answer));
    }

    /// Runs `work` in a transaction with whatever else waits, and answers after the commit. What `work` wrote before it
    /// failed is undone.
    pub async fn write<T, E>(
        &self,
        work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<LogError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.jobs.write(work, answer)?;
        answered.await.unwrap_or_else(|_| Err(LogError::Failed.into()))
    }

    /// Deletes the refusals that were stored before `before_ms` (Unix milliseconds), in small transactions, so that nobody waits.
    pub async fn forget_refusals(&self, before_ms: u64) -> Result<(), LogError> {
        loop {
            let forgotten = self.write(move |tx| tx.forget_refusals(before_ms)).await?;
            if forgotten < FORGOTTEN_AT_ONCE {
                return Ok(());
            }
            tokio::time::sleep(FORGETTING_PAUSE).await;
        }
    }

    /// Answers a read of the hub; `answer` is called by a reader, with `None` if it failed. Never waits.
    pub fn read(&self, read: Read, answer: impl FnOnce(Option<ReadOutcome>) + Send + 'static) {
        let bodies = Arc::clone(&self.bodies);
        self.readers.ask(move |db| read::read(db, &read, &bodies), move |outcome| answer(or_none("a read", outcome)));
    }

    /// Where these streams end; those that do not exist are left out. Answers as [`Self::read`].
    pub fn heads(&self, streams: Vec<StreamId>, answer: impl FnOnce(Option<Vec<Cursor>>) + Send + 'static) {
        self.readers.ask(move |db| read::heads(db, &streams), move |heads| answer(or_none("reading heads", heads)));
    }

    /// Runs `query` in one read transaction.
    pub async fn query<T, E>(&self, query: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<LogError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.readers.ask(query, move |result| {
            // Who no longer listens has gone away.
            let _gone = answer.send(result);
        });
        answered.await.unwrap_or_else(|_| Err(LogError::Failed.into()))
    }
}

fn or_none<T>(what: &'static str, result: Result<T, LogError>) -> Option<T> {
    result.inspect_err(|error| tracing::error!(%error, "{what} failed")).ok()
}

impl Threads {
    /// As [`Self::join`], but goes on after `most`: what is not written then was never acknowledged.
    pub async fn join_within(self, most: Duration) {
        let (end, ended) = oneshot::channel();
        // Not a task of the runtime, whose end would wait for it.
        std::thread::spawn(move || {
            self.join();
            // Nobody listens any more: it took longer.
            let _late = end.send(());
        });
        if tokio::time::timeout(most, ended).await.is_err() {
            tracing::error!("the log takes long to end: it is left as it is");
        }
    }

    /// Waits until all has been written. The [`Database`] must have been stopped, or every clone dropped. Blocks.
    pub fn join(self) {
        for thread in self.0 {
            if thread.join().is_err() {
                tracing::error!("a thread of the log panicked");
            }
        }
    }
}

#[cfg(test)]
mod tests;
