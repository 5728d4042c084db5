//! The gates of the documents that are being edited, in memory as of each document's head, within a bound.

use super::LogError;
use super::turn::DOCUMENT_EDITED;
use super::view::{AFTER, logged};
use crate::clock::now_ms;
use folkmoot_model::event::{Event, Logged, decode};
use folkmoot_model::gate::Gate;
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_wire::limits::{CHECKPOINT_BYTES, CHECKPOINT_UPDATES};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// Bytes of gates that are kept, by their measure: some thousand documents at work.
const BYTES_MAX: u64 = 128 << 20;

/// A checkpoint may take one part in so many of the time, however fast a document is written.
const CHECKPOINT_SHARE: u64 = 10;

/// The least time between two checkpoints of a document, in milliseconds.
const CHECKPOINT_PAUSE_MS: u64 = 1_000;

/// After a checkpoint that failed, in milliseconds.
const CHECKPOINT_FAILED_MS: u64 = 600_000;

/// The gates of documents. Void, all of them, when a transaction fails: a gate cannot step back.
#[derive(Debug, Default)]
pub struct Gates {
    held: HashMap<StreamId, HeldGate>,
    bytes: u64,
    uses: u64,
}

/// A document's gate and the length of its tail.
#[derive(Debug)]
pub struct HeldGate {
    /// As of the document's head.
    pub gate: Gate,
    tail: Tail,
    used: u64,
    checkpoint_after_ms: u64,
}

/// What lies after the last checkpoint.
#[derive(Debug, Default, Clone, Copy)]
struct Tail {
    updates: u64,
    bytes: u64,
}

impl Gates {
    /// The gate of `document`, loaded if need be; to be given back with [`Self::put`].
    pub fn take(&mut self, db: &Connection, document: StreamId) -> Result<HeldGate, LogError> {
        match self.held.remove(&document) {
            Some(held) => {
                self.bytes -= held.bytes();
                Ok(held)
            }
            None => load(db, document),
        }
    }

    /// Takes a gate back; those used longest ago give way.
    pub fn put(&mut self, document: StreamId, mut held: HeldGate) {
        self.uses += 1;
        held.used = self.uses;
        self.bytes += held.bytes();
        self.held.insert(document, held);
        while self.bytes > BYTES_MAX && self.held.len() > 1 {
            let oldest = self.held.iter().min_by_key(|(_, held)| held.used).map(|(document, _)| *document);
            if let Some(held) = oldest.and_then(|document| self.held.remove(&document)) {
                self.bytes -= held.bytes();
            }
        }
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Does `document` want a checkpoint now? Says so once, until [`Self::checkpointed`].
    pub fn wants_checkpoint(&mut self, document: StreamId) -> bool {
        let Some(held) = self.held.get_mut(&document) else { return false };
        let long = held.tail.updates >= CHECKPOINT_UPDATES || held.tail.bytes >= CHECKPOINT_BYTES;
        let wants = long && now_ms() >= held.checkpoint_after_ms;
        if wants {
            held.checkpoint_after_ms = now_ms() + CHECKPOINT_FAILED_MS;
        }
        wants
    }

    /// A checkpoint that took so long was written.
    pub fn checkpointed(&mut self, db: &Connection, document: StreamId, took_ms: u64) -> Result<(), LogError> {
        if let Some(held) = self.held.get_mut(&document) {
            held.tail = tail(db, document)?;
            held.checkpoint_after_ms = now_ms() + CHECKPOINT_PAUSE_MS.max(took_ms * CHECKPOINT_SHARE);
        }
        Ok(())
    }
}

impl HeldGate {
    /// These were appended.
    pub fn grew(&mut self, events: &[Logged]) {
        self.tail.updates += events.len() as u64;
        self.tail.bytes += events.iter().map(|logged| logged.envelope.body.len() as u64).sum::<u64>();
    }

    /// A bound of what it weighs in memory: what it remembers of an update is less than the update and its envelope.
    fn bytes(&self) -> u64 {
        1_024 + self.gate.bytes()
    }
}

/// The gate of `document` as of its head: that of its checkpoint and the updates after it.
fn load(db: &Connection, document: StreamId) -> Result<HeldGate, LogError> {
    let (seq, mut gate) = checkpointed_gate(db, document)?;
    let mut events = db.prepare_cached(AFTER)?;
    let mut rows = events.query(params![document.as_bytes(), seq, i64::MAX])?;
    while let Some(row) = rows.next()? {
        step(&mut gate, &logged(row)?)?;
    }
    Ok(HeldGate { gate, tail: tail(db, document)?, used: 0, checkpoint_after_ms: 0 })
}

/// Takes an event of the log into the gate. Fails if the gate refuses what it once let pass.
pub fn step(gate: &mut Gate, logged: &Logged) -> Result<Option<Vec<u8>>, LogError> {
    if logged.envelope.kind != DOCUMENT_EDITED {
        return Ok(None);
    }
    let Ok(Event::DocumentEdited(edited)) = logged.envelope.event() else { return Err(LogError::Broken) };
    gate.admit(logged.author, &edited.update).map_err(|_| LogError::Broken)?;
    Ok(Some(edited.update))
}

/// The gate of the last checkpoint and its seq; an empty one and 0 without a checkpoint.
pub fn checkpointed_gate(db: &Connection, document: StreamId) -> Result<(Seq, Gate), LogError> {
    let mut query = db.prepare_cached("SELECT seq, gate FROM checkpoint WHERE stream = ?1")?;
    let found = query.query_row([document.as_bytes()], |row| Ok((row.get(0)?, decode(row.get_ref(1)?.as_blob()?))));
    match found.optional()? {
        None => Ok((0, Gate::default())),
        Some((seq, Some(gate))) => Ok((seq, gate)),
        Some((_, None)) => Err(LogError::Broken),
    }
}

fn tail(db: &Connection, document: StreamId) -> Result<Tail, LogError> {
    let sql = "SELECT count(*), coalesce(sum(length(body)), 0) FROM event WHERE stream = ?1 \
               AND seq > coalesce((SELECT seq FROM checkpoint WHERE stream = ?1), 0)";
    let mut query = db.prepare_cached(sql)?;
    Ok(query.query_row([document.as_bytes()], |row| Ok(Tail { updates: row.get(0)?, bytes: row.get(1)? }))?)
}
