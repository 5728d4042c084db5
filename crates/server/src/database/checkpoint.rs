//! Checkpoints of documents: the whole body as one Yjs update, and the gate as of it. Computed beside the writer.
//!
//! A checkpoint is a cache: the events stay in the log, and opening a document is its checkpoint and what came after.
//! `checkpoint/schedule.rs` says when one is made.

mod schedule;

use super::LogError;
use super::gates::{checkpointed_gate, step};
use super::packed::{pack, unpack};
use super::read_tx::{AFTER, logged};
use folkmoot_model::event::encode;
use folkmoot_model::id::{Seq, StreamId};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params};
pub use schedule::{Checkpoints, start};
use yrs::updates::decoder::Decode;
use yrs::{Doc, ReadTxn, StateVector, Transact, Update};

/// A document's body as of `seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// As of which event.
    pub seq: Seq,
    /// A Yjs update, version 1 encoding, of the whole body.
    pub state: Vec<u8>,
}

/// A document's body and gate as of `seq`, as they are stored.
#[derive(Debug)]
pub struct Checkpoint {
    seq: Seq,
    state: (Value, bool),
    gate: (Value, bool),
}

impl Checkpoint {
    /// As of which event.
    pub fn seq(&self) -> Seq {
        self.seq
    }
}

/// What making one came to.
#[derive(Debug)]
pub enum Made {
    /// The body as of the head.
    Checkpoint(Checkpoint),
    /// No event came after the last.
    NothingNew,
    /// It was to be given up.
    GivenUp,
}

/// Makes the checkpoint of a document as of its head. `goes_on` is asked between two updates.
pub fn make(db: &Connection, document: StreamId, goes_on: impl Fn() -> bool) -> Result<Made, LogError> {
    let (before, mut gate) = checkpointed_gate(db, document)?;
    let doc = Doc::new();
    if let Some(Body { state, .. }) = last(db, document)? {
        apply(&doc, &state)?;
    }
    let mut seq = before;
    let mut events = db.prepare_cached(AFTER)?;
    let mut rows = events.query(params![document.as_bytes(), before, i64::MAX])?;
    while let Some(row) = rows.next()? {
        if !goes_on() {
            return Ok(Made::GivenUp);
        }
        let event = logged(row)?;
        seq = event.seq;
        if let Some(update) = step(&mut gate, &event)? {
            apply(&doc, &update)?;
        }
    }
    if seq == before {
        return Ok(Made::NothingNew);
    }
    let state = doc.transact().encode_diff_v1(&StateVector::default());
    // Compressed here, and not in the writer.
    Ok(Made::Checkpoint(Checkpoint { seq, state: pack(&state), gate: pack(&encode(&gate)) }))
}

/// Puts a checkpoint in the place of the last, unless that is newer.
pub fn store(db: &Connection, document: StreamId, checkpoint: &Checkpoint) -> Result<(), LogError> {
    let sql = "INSERT INTO checkpoint(stream, seq, state, state_packed, gate, gate_packed) VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
               ON CONFLICT(stream) DO UPDATE SET seq = excluded.seq, state = excluded.state, \
               state_packed = excluded.state_packed, gate = excluded.gate, gate_packed = excluded.gate_packed \
               WHERE excluded.seq > checkpoint.seq";
    let Checkpoint { seq, state: (state, state_packed), gate: (gate, gate_packed) } = checkpoint;
    let values = params![document.as_bytes(), seq, state, state_packed, gate, gate_packed];
    db.prepare_cached(sql)?.execute(values)?;
    // It is the newest gate now.
    db.prepare_cached("DELETE FROM gate WHERE stream = ?1 AND seq <= ?2")?
        .execute(params![document.as_bytes(), seq])?;
    Ok(())
}

/// The last checkpoint of a document, if it has one.
pub fn last(db: &Connection, document: StreamId) -> Result<Option<Body>, LogError> {
    let mut query = db.prepare_cached("SELECT seq, state, state_packed FROM checkpoint WHERE stream = ?1")?;
    let found = query.query_row([document.as_bytes()], |row| Ok(Body { seq: row.get(0)?, state: unpack(row, 1, 2)? }));
    Ok(found.optional()?)
}

fn apply(doc: &Doc, update: &[u8]) -> Result<(), LogError> {
    let update = Update::decode_v1(update).map_err(|_| LogError::Broken)?;
    doc.transact_mut().apply_update(update).map_err(|_| LogError::Broken)
}
