//! The gates of the documents that are being edited, in memory as of each document's head, within a bound.

use super::LogError;
use super::checkpoint::{self, Body};
use super::packed::{pack, unpack};
use super::read_tx::{AFTER, logged};
use crate::rate_limits::allowance::Allowance;
use folkmoot_model::event::{Logged, decode, encode};
use folkmoot_model::id::{PersonId, Seq, StreamId};
use folkmoot_model::yjs::gate::Gate;
use folkmoot_wire::limits::{CHECKPOINT_BYTES, CHECKPOINT_UPDATES, GATE_KIB_BURST, GATE_KIB_PER_SECOND};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Bytes of gates that are kept, by their measure: some thousand documents at work.
const BYTES_MAX: u64 = 128 << 20;

/// The gates of documents. Void, all of them, when a transaction fails: a gate cannot step back.
#[derive(Debug)]
pub struct Gates {
    held: HashMap<StreamId, HeldGate>,
    bytes: u64,
    uses: u64,
    wanting: Vec<StreamId>,
    /// What each person has had loaded, in KiB: while a gate is loaded, nobody else's word is written.
    loads: Allowance<PersonId>,
}

/// A document's gate and the length of its tail.
#[derive(Debug)]
pub struct HeldGate {
    /// As of the document's head.
    pub gate: Gate,
    tail: Tail,
    used: u64,
    /// Is a checkpoint wanted or under way?
    wants: bool,
}

/// What lies after the last checkpoint.
#[derive(Debug, Default, Clone, Copy)]
struct Tail {
    updates: u64,
    bytes: u64,
}

impl Default for Gates {
    fn default() -> Self {
        let loads = Allowance::new(GATE_KIB_PER_SECOND, Duration::from_secs(1), GATE_KIB_BURST);
        Self { held: HashMap::new(), bytes: 0, uses: 0, wanting: Vec::new(), loads }
    }
}

impl Gates {
    /// The gate of `document`, to be given back with [`Self::put`]. If it must be loaded, the first of `people` who has not had too much
    /// loaded already pays for it; if nobody is left: how long to wait.
    pub fn take(
        &mut self,
        db: &Connection,
        document: StreamId,
        people: impl Iterator<Item = PersonId>,
    ) -> Result<Result<HeldGate, Duration>, LogError> {
        if let Some(held) = self.held.remove(&document) {
            self.bytes -= held.bytes();
            return Ok(Ok(held));
        }
        let now = Instant::now();
        self.loads.tidy(now);
        let mut least: Option<Duration> = None;
        for person in people {
            match self.loads.wait(&person, 1, now) {
                Some(wait) => least = Some(least.map_or(wait, |least| least.min(wait))),
                None => {
                    let held = load(db, document)?;
                    let kib = u32::try_from(held.bytes() >> 10).unwrap_or(u32::MAX);
                    self.loads.owe(person, kib, now);
                    return Ok(Ok(held));
                }
            }
        }
        match least {
            Some(wait) => Ok(Err(wait)),
            None => load(db, document).map(Ok),
        }
    }

    /// Takes a gate back; those used longest ago give way.
    pub fn put(&mut self, document: StreamId, mut held: HeldGate) {
        if held.wants_checkpoint() {
            self.wanting.push(document);
        }
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
        self.held.clear();
        self.bytes = 0;
    }

    /// The documents that want a checkpoint since this was asked last. Each is told once, until [`Self::checkpointed`].
    pub fn wanting(&mut self) -> Vec<StreamId> {
        std::mem::take(&mut self.wanting)
    }

    /// A checkpoint of `document` was written, or given up. What was written meanwhile may want the next.
    pub fn checkpointed(&mut self, db: &Connection, document: StreamId) -> Result<(), LogError> {
        let Some(held) = self.held.get_mut(&document) else { return Ok(()) };
        held.tail = tail(db, document)?;
        held.wants = false;
        if held.wants_checkpoint() {
            self.wanting.push(document);
        }
        Ok(())
    }

    /// Nobody took up that `document` wants a checkpoint: its next edit says it again.
    pub fn unheard(&mut self, document: StreamId) {
        if let Some(held) = self.held.get_mut(&document) {
            held.wants = false;
        }
    }
}

impl HeldGate {
    /// These were appended.
    pub fn grew(&mut self, events: &[Logged]) {
        self.tail.updates += events.len() as u64;
        self.tail.bytes += events.iter().map(|logged| logged.envelope.body.len() as u64).sum::<u64>();
    }

    /// Does it want a checkpoint that nobody has been told of?
    fn wants_checkpoint(&mut self) -> bool {
        let long = self.tail.updates >= CHECKPOINT_UPDATES || self.tail.bytes >= CHECKPOINT_BYTES;
        long && !std::mem::replace(&mut self.wants, true)
    }

    /// A bound of what it weighs in memory: what it remembers of an update is less than the update and its envelope.
    fn bytes(&self) -> u64 {
        1_024 + self.gate.weight()
    }
}

/// Updates since the last checkpoint after which the gate is kept by itself: making the checkpoint takes long, or fails.
const UPDATES_MANY: u64 = 4 * CHECKPOINT_UPDATES;

/// The bytes of those.
const BYTES_MANY: u64 = 4 * CHECKPOINT_BYTES;

/// The gate of `document` as of its head: the last that is stored and the updates after it, which are few: see [`snapshot`].
fn load(db: &Connection, document: StreamId) -> Result<HeldGate, LogError> {
    let (_, gate) = as_of_head(db, document)?;
    Ok(HeldGate { gate, tail: tail(db, document)?, used: 0, wants: false })
}

fn as_of_head(db: &Connection, document: StreamId) -> Result<(Seq, Gate), LogError> {
    let (mut seq, mut gate) = last_gate(db, document)?;
    let mut events = db.prepare_cached(AFTER)?;
    let mut rows = events.query(params![document.as_bytes(), seq, i64::MAX])?;
    while let Some(row) = rows.next()? {
        let event = logged(row)?;
        seq = event.seq;
        step(&mut gate, &event)?;
    }
    Ok((seq, gate))
}

/// The gate of a document whose last checkpoint is long ago, to be kept by itself: the writer must not read all that came after it whenever it
/// loads the gate. Not for the writer.
pub fn snapshot(db: &Connection, document: StreamId) -> Result<Option<Snapshot>, LogError> {
    let Tail { updates, bytes } = tail(db, document)?;
    if updates < UPDATES_MANY && bytes < BYTES_MANY {
        return Ok(None);
    }
    let (seq, gate) = as_of_head(db, document)?;
    Ok(Some(Snapshot { seq, gate: pack(&encode(&gate)) }))
}

/// A gate as of a seq, as it is stored.
pub struct Snapshot {
    seq: Seq,
    gate: (Value, bool),
}

impl Snapshot {
    /// Puts it in the place of the last.
    pub fn store(&self, db: &Connection, document: StreamId) -> Result<(), LogError> {
        let sql = "INSERT OR REPLACE INTO gate(stream, seq, gate, packed) VALUES (?1, ?2, ?3, ?4)";
        let (gate, packed) = &self.gate;
        db.prepare_cached(sql)?.execute(params![document.as_bytes(), self.seq, gate, packed])?;
        Ok(())
    }
}

/// The newest gate that is stored.
fn last_gate(db: &Connection, document: StreamId) -> Result<(Seq, Gate), LogError> {
    let sql = "SELECT seq, gate, packed FROM gate WHERE stream = ?1 \
               AND seq > coalesce((SELECT seq FROM checkpoint WHERE stream = ?1), 0)";
    let mut query = db.prepare_cached(sql)?;
    let found = query.query_row([document.as_bytes()], |row| Ok((row.get(0)?, decode(&unpack(row, 1, 2)?))));
    match found.optional()? {
        None => checkpointed_gate(db, document),
        Some((seq, gate)) => Ok((seq, gate.ok_or(LogError::Broken)?)),
    }
}

/// Takes an event of the log into the gate. Fails if the gate refuses what it once let pass.
pub fn step(gate: &mut Gate, logged: &Logged) -> Result<Option<Vec<u8>>, LogError> {
    if !logged.envelope.is_update() {
        return Ok(None);
    }
    let event = logged.envelope.event().map_err(|_| LogError::Broken)?;
    let Some(update) = event.update() else { return Ok(None) };
    gate.admit_logged(logged.author, update).map_err(|_| LogError::Broken)?;
    Ok(Some(update.to_vec()))
}

/// The gate of the last checkpoint and its seq; an empty one and 0 without a checkpoint.
pub fn checkpointed_gate(db: &Connection, document: StreamId) -> Result<(Seq, Gate), LogError> {
    let mut query = db.prepare_cached("SELECT seq, gate, gate_packed FROM checkpoint WHERE stream = ?1")?;
    let found = query.query_row([document.as_bytes()], |row| Ok((row.get(0)?, decode::<Gate>(&unpack(row, 1, 2)?))));
    match found.optional()? {
        None => Ok((0, Gate::default())),
        Some((seq, Some(gate))) if gate.knows_order() => Ok((seq, gate)),
        Some((_, Some(gate))) => {
            let Some(Body { seq, state }) = checkpoint::last(db, document)? else { return Err(LogError::Broken) };
            Ok((seq, gate.with_order_of(&state)))
        }
        Some((_, None)) => Err(LogError::Broken),
    }
}

fn tail(db: &Connection, document: StreamId) -> Result<Tail, LogError> {
    let sql = "SELECT count(*), coalesce(sum(length(body)), 0) FROM event WHERE stream = ?1 \
               AND seq > coalesce((SELECT seq FROM checkpoint WHERE stream = ?1), 0)";
    let mut query = db.prepare_cached(sql)?;
    Ok(query.query_row([document.as_bytes()], |row| Ok(Tail { updates: row.get(0)?, bytes: row.get(1)? }))?)
}

#[cfg(test)]
mod tests {
    use super::super::sqlite::writer;
    use super::*;

    const DOCUMENT: StreamId = StreamId([3; 16]);
    const LONG: Tail = Tail { updates: CHECKPOINT_UPDATES, bytes: 0 };

    #[test]
    fn whoever_has_had_much_loaded_waits_and_nobody_else_does() {
        let dir = tempfile::tempdir().unwrap();
        let db = writer(&dir.path().join("log.db")).unwrap();
        let mut gates = Gates { loads: Allowance::new(1, Duration::from_secs(1), 2), ..Gates::default() };
        let (ana, bo) = (PersonId([1; 16]), PersonId([2; 16]));
        let mut take = |document: u8, people: &[PersonId]| {
            gates.take(&db, StreamId::fixed(document), people.iter().copied()).unwrap()
        };
        for document in 0..3 {
            assert_eq!(take(document, &[ana]).is_ok(), document < 2, "a burst passes, however large what it loads");
        }
        assert!(take(3, &[ana, bo]).is_ok(), "who writes with them pays");
        assert!(take(4, &[ana, bo]).is_ok() && take(5, &[ana, bo]).is_err());
    }

    #[test]
    fn a_checkpoint_is_wanted_once_and_again_if_much_was_written_while_it_was_made() {
        let dir = tempfile::tempdir().unwrap();
        let db = writer(&dir.path().join("log.db")).unwrap();
        let event = "INSERT INTO event VALUES (?1, ?2, ?3, x'', x'', 0, 0, 0, 1, x'', x'', 0)";
        db.execute_batch("BEGIN").unwrap();
        for seq in 1..=2 * CHECKPOINT_UPDATES {
            db.execute(event, params![DOCUMENT.as_bytes(), seq, seq.to_be_bytes()]).unwrap();
        }
        db.execute_batch("COMMIT").unwrap();
        let mut gates = Gates::default();
        let edited = |gates: &mut Gates| {
            let held = HeldGate { gate: Gate::default(), tail: LONG, used: 0, wants: false };
            let before = gates.held.remove(&DOCUMENT).map_or(held, |held| HeldGate { tail: LONG, ..held });
            gates.put(DOCUMENT, before);
        };
        edited(&mut gates);
        assert_eq!(gates.wanting(), [DOCUMENT]);
        edited(&mut gates);
        assert_eq!(gates.wanting(), [], "it is under way");
        let upto = "INSERT OR REPLACE INTO checkpoint VALUES (?1, ?2, x'', x'', 0, 0)";
        for (seq, wanting) in [(CHECKPOINT_UPDATES, &[DOCUMENT][..]), (CHECKPOINT_UPDATES + 1, &[])] {
            db.execute(upto, params![DOCUMENT.as_bytes(), seq]).unwrap();
            gates.checkpointed(&db, DOCUMENT).unwrap();
            assert_eq!(gates.wanting(), wanting, "as of {seq}");
        }
        edited(&mut gates);
        assert_eq!(gates.wanting(), [DOCUMENT]);
        gates.unheard(DOCUMENT);
        edited(&mut gates);
        assert_eq!(gates.wanting(), [DOCUMENT], "nobody had taken it up");
    }
}
