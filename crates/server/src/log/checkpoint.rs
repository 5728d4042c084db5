//! Checkpoints of documents: the whole body as one Yjs update, and the gate as of it. Computed beside the writer.
//!
//! A checkpoint is a cache: the events stay in the log, and opening a document is its checkpoint and what came after.

use super::gates::{checkpointed_gate, step};
use super::view::{AFTER, logged};
use super::writer::Jobs;
use super::{LogError, sqlite};
use folkmoot_model::event::encode;
use folkmoot_model::id::{Seq, StreamId};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{self, RecvError, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use yrs::updates::decoder::Decode;
use yrs::{Doc, ReadTxn, StateVector, Transact, Update};

/// Documents that are asked for while one is made; a further one is asked for again by its next edit.
const WAITING_MAX: usize = 256;

/// Checkpoints of a document may take one part in so many of the time, however fast it is written.
const SHARE: u32 = 10;

/// The least time between two checkpoints of a document.
const PAUSE: Duration = Duration::from_secs(1);

/// After a checkpoint that failed.
const FAILED: Duration = Duration::from_mins(10);

/// yrs recurses over the depth of types, which the gate bounds to 64; this is ample.
const STACK_BYTES: usize = 8 << 20;

/// A document's body as of `seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// As of which event.
    pub seq: Seq,
    /// A Yjs update, version 1 encoding, of the whole body.
    pub state: Vec<u8>,
    /// The encoded gate.
    pub gate: Vec<u8>,
}

/// Starts the thread that makes checkpoints. It ends when the sender is dropped.
pub fn start(path: &Path, jobs: Jobs) -> Result<(mpsc::SyncSender<StreamId>, JoinHandle<()>), LogError> {
    let db = sqlite::reader(path)?;
    let (ask, asked) = mpsc::sync_channel(WAITING_MAX);
    let thread = std::thread::Builder::new().name("checkpoints".into()).stack_size(STACK_BYTES).spawn(move || {
        let mut due = Due::default();
        loop {
            match due.wait(&asked) {
                Ok(Waited::Asked(document)) => due.asked(document),
                Ok(Waited::Due(document)) => due.made(document, one(&db, document, &jobs)),
                Err(RecvError) => return,
            }
        }
    })?;
    Ok((ask, thread))
}

/// What is to be made, and when.
#[derive(Default)]
struct Due {
    at: HashMap<StreamId, Instant>,
    /// Until then a document rests, wanted or not.
    rests: HashMap<StreamId, Instant>,
}

enum Waited {
    Asked(StreamId),
    Due(StreamId),
}

impl Due {
    /// What comes first: a document that is asked for, or one that is due.
    fn wait(&self, asked: &mpsc::Receiver<StreamId>) -> Result<Waited, RecvError> {
        let Some((document, at)) = self.at.iter().min_by_key(|(_, at)| **at) else {
            return asked.recv().map(Waited::Asked);
        };
        match asked.recv_timeout(at.saturating_duration_since(Instant::now())) {
            Ok(document) => Ok(Waited::Asked(document)),
            Err(RecvTimeoutError::Timeout) => Ok(Waited::Due(*document)),
            Err(RecvTimeoutError::Disconnected) => Err(RecvError),
        }
    }

    fn asked(&mut self, document: StreamId) {
        let at = self.rests.get(&document).copied().unwrap_or_else(Instant::now);
        self.at.entry(document).or_insert(at);
    }

    /// One was made in this time, or could not be made.
    fn made(&mut self, document: StreamId, took: Option<Duration>) {
        let now = Instant::now();
        self.at.remove(&document);
        self.rests.retain(|_, until| *until > now);
        self.rests.insert(document, now + took.map_or(FAILED, |took| PAUSE.max(took * SHARE)));
        if took.is_none() {
            self.asked(document);
        }
    }
}

/// Makes a checkpoint and hands it to the writer; says how long that took, or `None` if it could not.
fn one(db: &Connection, document: StreamId, jobs: &Jobs) -> Option<Duration> {
    let began = Instant::now();
    // The gate keeps from yrs what it cannot bear; if something slips through, only this document goes without.
    let made = catch_unwind(AssertUnwindSafe(|| {
        let as_of_now = db.unchecked_transaction()?;
        make(&as_of_now, document)
    }));
    let checkpoint = match made {
        Ok(Ok(checkpoint)) => checkpoint,
        Ok(Err(error)) => {
            tracing::error!(%error, %document, "no checkpoint");
            return None;
        }
        Err(_) => {
            tracing::error!(%document, "yrs panicked over a document: no checkpoint");
            return None;
        }
    };
    let took = began.elapsed();
    tracing::debug!(%document, seq = checkpoint.as_ref().map(|made| made.seq), ?took, "checkpoint");
    jobs.write_and_forget(move |turn| {
        if let Some(Checkpoint { seq, state, gate }) = &checkpoint {
            let sql = "INSERT INTO checkpoint(stream, seq, state, gate) VALUES (?1, ?2, ?3, ?4) ON CONFLICT(stream) \
                       DO UPDATE SET seq = excluded.seq, state = excluded.state, gate = excluded.gate \
                       WHERE excluded.seq > checkpoint.seq";
            turn.db().execute(sql, params![document.as_bytes(), seq, state, gate])?;
        }
        turn.checkpointed(document)
    });
    Some(took)
}

/// The body as of the head; `None` if no event came after the last checkpoint.
pub fn make(db: &Connection, document: StreamId) -> Result<Option<Checkpoint>, LogError> {
    let (before, mut gate) = checkpointed_gate(db, document)?;
    let doc = Doc::new();
    if let Some(Checkpoint { state, .. }) = last(db, document)? {
        apply(&doc, &state)?;
    }
    let mut seq = before;
    let mut events = db.prepare_cached(AFTER)?;
    let mut rows = events.query(params![document.as_bytes(), before, i64::MAX])?;
    while let Some(row) = rows.next()? {
        let event = logged(row)?;
        seq = event.seq;
        if let Some(update) = step(&mut gate, &event)? {
            apply(&doc, &update)?;
        }
    }
    let state = doc.transact().encode_diff_v1(&StateVector::default());
    Ok((seq > before).then(|| Checkpoint { seq, state, gate: encode(&gate) }))
}

/// The last checkpoint of a document, if it has one.
pub fn last(db: &Connection, document: StreamId) -> Result<Option<Checkpoint>, LogError> {
    let mut query = db.prepare_cached("SELECT seq, state, gate FROM checkpoint WHERE stream = ?1")?;
    let found = query.query_row([document.as_bytes()], |row| {
        Ok(Checkpoint { seq: row.get(0)?, state: row.get(1)?, gate: row.get(2)? })
    });
    Ok(found.optional()?)
}

fn apply(doc: &Doc, update: &[u8]) -> Result<(), LogError> {
    let update = Update::decode_v1(update).map_err(|_| LogError::Broken)?;
    doc.transact_mut().apply_update(update).map_err(|_| LogError::Broken)
}
