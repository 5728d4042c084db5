//! One write transaction: what jobs may do in it. Later jobs see what earlier ones wrote.

use super::LogError;
use super::gates::Gates;
use super::view::{Kept, View};
use crate::clock::now_ms;
use folkmoot_model::event::{Logged, encode};
use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::gate::Gate;
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_model::refusal::Refusal;
use folkmoot_model::row::{Key, RowMap, Rows, Value};
use folkmoot_model::rule;
use folkmoot_sync::decide::{Answer, Head, Log, Submission, decide};
use folkmoot_sync::hub::io::Committed;
use folkmoot_wire::limits::DOCUMENT_BYTES_MAX;
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// Events by stream, in order of seq.
pub type Inserts = BTreeMap<StreamId, Vec<Logged>>;

/// One write transaction.
pub struct Turn<'a> {
    view: View<'a>,
    gates: &'a mut Gates,
    appended: Inserts,
    touched: bool,
}

impl<'a> Turn<'a> {
    /// Over the open transaction of `db`.
    pub(super) fn new(db: &'a Connection, kept: Kept, gates: &'a mut Gates) -> Self {
        Self { view: View::new(db, kept), gates, appended: Inserts::new(), touched: false }
    }

    /// The connection, for tables that are not the log's.
    pub fn db(&self) -> &'a Connection {
        self.view.db()
    }

    /// Rows and heads as of now.
    pub fn rows(&self) -> &View<'a> {
        &self.view
    }

    /// Appends what may be appended of `submissions` to `stream`, and folds it. What is refused is stored as refused.
    pub fn append(&mut self, stream: StreamId, submissions: &[Submission]) -> Result<Committed, LogError> {
        self.touched = true;
        let edits = submissions.iter().any(|submission| submission.envelope.kind == DOCUMENT_EDITED);
        let committed = if edits && self.may_be_document(stream) {
            self.append_edits(stream, submissions)?
        } else {
            self.decide(stream, submissions, None)?
        };
        for (stream, events) in &committed.inserts {
            self.appended.entry(*stream).or_default().extend(events.iter().cloned());
        }
        Ok(committed)
    }

    /// Is it a document, or nothing yet? The gate of anything else would be read from its whole log, for nothing.
    fn may_be_document(&self, stream: StreamId) -> bool {
        match self.view.get(stream, &Key::Head).row() {
            Some(head) => matches!(head.value, Value::DocumentHead(_)),
            None => self.view.head(stream).seq == 0,
        }
    }

    fn append_edits(&mut self, stream: StreamId, submissions: &[Submission]) -> Result<Committed, LogError> {
        let mut held = self.gates.take(self.view.db(), stream)?;
        let asked: u64 = submissions.iter().map(|submission| submission.envelope.body.len() as u64).sum();
        let committed = if held.gate.bytes() + asked <= DOCUMENT_BYTES_MAX {
            self.decide(stream, submissions, Some(&mut held.gate))?
        } else {
            self.append_near_the_bound(stream, submissions, &mut held.gate)?
        };
        held.grew(committed.inserts.get(&stream).map_or(&[][..], Vec::as_slice));
        self.gates.put(stream, held);
        Ok(committed)
    }

    /// One by one, so that each is measured against what the ones before it left.
    fn append_near_the_bound(
        &mut self,
        stream: StreamId,
        submissions: &[Submission],
        gate: &mut Gate,
    ) -> Result<Committed, LogError> {
        let mut all = Committed { answers: Vec::new(), inserts: Inserts::new() };
        for submission in submissions {
            let id = submission.envelope.id;
            let grown = gate.bytes() + submission.envelope.body.len() as u64;
            let edits = submission.envelope.kind == DOCUMENT_EDITED;
            if edits && grown > DOCUMENT_BYTES_MAX && self.view.known(stream, id).is_none() {
                let refusal = Refusal::too_large(DOCUMENT_BYTES_MAX as usize);
                self.reject(stream, id, &refusal)?;
                all.answers.push(Answer::Nack(refusal));
                continue;
            }
            let one = self.decide(stream, std::slice::from_ref(submission), Some(gate))?;
            all.answers.extend(one.answers);
            for (stream, events) in one.inserts {
                all.inserts.entry(stream).or_default().extend(events);
            }
        }
        Ok(all)
    }

    fn decide(
        &mut self,
        stream: StreamId,
        submissions: &[Submission],
        gate: Option<&mut Gate>,
    ) -> Result<Committed, LogError> {
        let decision = decide(&self.view, stream, submissions, now_ms(), gate);
        self.view.checked()?;
        for (id, refusal) in &decision.rejects {
            self.reject(stream, *id, refusal)?;
        }
        for (id, redundant) in &decision.redundant {
            self.keep_answer(stream, *id, encode(redundant))?;
        }
        self.put_rows(decision.rows)?;
        for (stream, events) in &decision.inserts {
            self.insert(*stream, events)?;
        }
        Ok(Committed { answers: decision.answers, inserts: decision.inserts })
    }

    fn reject(&self, stream: StreamId, id: EventId, refusal: &Refusal) -> Result<(), LogError> {
        self.keep_answer(stream, id, encode(refusal))
    }

    /// Of what is not in the log: a refusal, or an acknowledgement of what added nothing.
    fn keep_answer(&self, stream: StreamId, id: EventId, answer: Vec<u8>) -> Result<(), LogError> {
        let sql = "INSERT OR IGNORE INTO reject(stream, id, refusal, server_ms) VALUES (?1, ?2, ?3, ?4)";
        let values = params![stream.as_bytes(), id.as_bytes(), answer, now_ms()];
        self.db().prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    fn put_rows(&self, rows: RowMap) -> Result<(), LogError> {
        let sql = "INSERT INTO row(stream, key, seq, value) VALUES (?1, ?2, ?3, ?4) \
                   ON CONFLICT(stream, key) DO UPDATE SET seq = excluded.seq, value = excluded.value";
        let mut put = self.db().prepare_cached(sql)?;
        for ((stream, key), row) in rows.0 {
            put.execute(params![stream.as_bytes(), key.bytes(), row.seq, row.bytes()])?;
            self.view.put(stream, key, row);
        }
        Ok(())
    }

    /// The rows must be put before: the stream's kind and parent are read from its head.
    fn insert(&self, stream: StreamId, events: &[Logged]) -> Result<(), LogError> {
        let sql = "INSERT INTO event(stream, seq, id, author, device, server_ms, client_ms, kind, body_version, body, \
                   access) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
        let mut insert = self.db().prepare_cached(sql)?;
        for Logged { envelope, seq, author, server_ms, access, device } in events {
            insert.execute(params![
                stream.as_bytes(),
                seq,
                envelope.id.as_bytes(),
                author.as_bytes(),
                device.as_bytes(),
                server_ms,
                envelope.client_ms,
                envelope.kind,
                envelope.body_version,
                envelope.body,
                encode(access),
            ])?;
        }
        let Some(last) = events.last() else { return Ok(()) };
        let head = self.view.get(stream, &Key::Head).row().map(|row| row.value);
        let kind = match head {
            Some(Value::Space(_)) => 1,
            Some(Value::Room(_)) => 2,
            Some(Value::DocumentHead(_)) => 3,
            _ => 4,
        };
        let parent = head.as_ref().and_then(rule::parent);
        let sql = "INSERT INTO stream(id, kind, parent, head, head_ms, horizon, fold) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6) \
                   ON CONFLICT(id) DO UPDATE SET head = excluded.head, head_ms = excluded.head_ms";
        let parent = parent.as_ref().map(StreamId::as_bytes);
        let values = params![stream.as_bytes(), kind, parent, last.seq, last.server_ms, FOLD_VERSION];
        self.db().prepare_cached(sql)?.execute(values)?;
        self.view.grown(stream, Head { seq: last.seq, server_ms: last.server_ms });
        self.view.checked()
    }

    /// A checkpoint lies in the database: the gate's tail is shorter.
    pub(super) fn checkpointed(&mut self, stream: StreamId) -> Result<(), LogError> {
        self.gates.checkpointed(self.view.db(), stream)
    }

    /// What this job appended; the next begins anew.
    pub(super) fn take_appended(&mut self) -> Inserts {
        self.touched = false;
        std::mem::take(&mut self.appended)
    }

    /// What this job wrote was rolled back.
    pub(super) fn void(&mut self) {
        if !self.touched {
            return;
        }
        self.appended.clear();
        self.view.forget();
        self.gates.clear();
    }

    /// Did every query succeed?
    pub(super) fn checked(&self) -> Result<(), LogError> {
        self.view.checked()
    }

    /// What the next transaction may start with.
    pub(super) fn into_kept(self) -> Kept {
        self.view.into_kept()
    }
}

/// The kind of [`folkmoot_model::documents::DocumentEdited`].
pub(crate) const DOCUMENT_EDITED: u16 = 50;

#[cfg(test)]
#[test]
fn the_kind_of_document_edits() {
    let edited = folkmoot_model::documents::DocumentEdited { update: Vec::new() };
    assert_eq!(folkmoot_model::event::Event::from(edited).kind(), DOCUMENT_EDITED);
}
