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
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Instant;
use yrs::updates::decoder::Decode;
use yrs::{Doc, ReadTxn, StateVector, Transact, Update};

/// Documents that wait for a checkpoint; a further one is asked for again by its next edit after a while.
const WAITING_MAX: usize = 256;

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
        for document in asked {
            // The gate keeps from yrs what it cannot bear; if something slips through, only this document goes without.
            match catch_unwind(AssertUnwindSafe(|| one(&db, document, &jobs))) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, %document, "no checkpoint"),
                Err(_) => tracing::error!(%document, "yrs panicked over a document: no checkpoint"),
            }
        }
    })?;
    Ok((ask, thread))
}

fn one(db: &Connection, document: StreamId, jobs: &Jobs) -> Result<(), LogError> {
    let began = Instant::now();
    let made = db.unchecked_transaction().map_err(LogError::from).and_then(|tx| make(&tx, document));
    let Some(checkpoint) = made? else { return Ok(()) };
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::debug!(%document, seq = checkpoint.seq, bytes = checkpoint.state.len(), took_ms, "checkpoint");
    jobs.write_and_forget(move |turn| {
        let sql = "INSERT INTO checkpoint(stream, seq, state, gate) VALUES (?1, ?2, ?3, ?4) ON CONFLICT(stream) \
                   DO UPDATE SET seq = excluded.seq, state = excluded.state, gate = excluded.gate \
                   WHERE excluded.seq > checkpoint.seq";
        let Checkpoint { seq, state, gate } = &checkpoint;
        turn.db().execute(sql, params![document.as_bytes(), seq, state, gate])?;
        turn.checkpointed(document, took_ms)
    });
    Ok(())
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
