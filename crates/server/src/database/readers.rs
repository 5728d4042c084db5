//! The threads that read: each has its own connection, and each read is one transaction.

use super::{LogError, sqlite};
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

/// Reads are short and mostly cached: a few threads keep a core busy, and the writer has another.
const THREADS: usize = 3;

/// Reads that wait: every connection of a node that comes back at once. One more is answered as failed.
const WAITING_MAX: usize = 65_536;

/// Called with a connection, or with why there is none for it.
type Job = Box<dyn FnOnce(Result<&Connection, LogError>) + Send>;

/// The readers' queue.
#[derive(Clone)]
pub struct Readers(mpsc::SyncSender<Job>);

/// Starts the readers. They end when the last [`Readers`] is dropped.
pub fn start(path: &Path) -> Result<Readers, LogError> {
    let (jobs, waiting) = mpsc::sync_channel::<Job>(WAITING_MAX);
    let waiting = Arc::new(Mutex::new(waiting));
    for number in 0..THREADS {
        let (db, waiting) = (sqlite::reader(path)?, Arc::clone(&waiting));
        std::thread::Builder::new().name(format!("reader {number}")).spawn(move || {
            loop {
                // One reader waits for the queue, the others for their turn to wait.
                let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok(job) = job else { return };
                job(Ok(&db));
            }
        })?;
    }
    Ok(Readers(jobs))
}

impl Readers {
    /// Runs `query` in a read transaction, then `answer` with what it gave. Never waits.
    pub fn ask<T, E: From<LogError>>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        answer: impl FnOnce(Result<T, E>) + Send + 'static,
    ) {
        let job: Job = Box::new(move |db| {
            let run = |db: &Connection| -> Result<T, E> {
                let transaction = db.unchecked_transaction().map_err(LogError::from)?;
                query(&transaction)
            };
            // What a panic leaves behind is the connection alone, whose transaction was rolled back.
            answer(db.map_err(E::from).and_then(|db| {
                catch_unwind(AssertUnwindSafe(|| run(db))).unwrap_or_else(|_| Err(LogError::Failed.into()))
            }));
        });
        if let Err(mpsc::TrySendError::Full(job) | mpsc::TrySendError::Disconnected(job)) = self.0.try_send(job) {
            job(Err(LogError::Full));
        }
    }
}
