//! One write transaction: what jobs may do in it. Later jobs see what earlier ones wrote.

use super::LogError;
use super::gates::Gates;
use super::packed::pack;
use super::read_tx::{ReadTx, RowCache};
use super::usage::{Usage, Usages};
use crate::clock::now_ms;
use folkmoot_model::event::{Event, Logged, encode};
use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::refusal::Refusal;
use folkmoot_model::row::{RowMap, Rows, Value};
use folkmoot_model::rule::{self, By, Proposal};
use folkmoot_model::yjs::gate::Gate;
use folkmoot_sync::decide::{Answer, Head, Log, SERVER, Submission, decide};
use folkmoot_sync::hub::io::Committed;
use folkmoot_wire::limits::{DOCUMENT_BYTES_MAX, REFUSALS_MANY_MS};
use rusqlite::{Connection, params};
use std::collections::BTreeMap;

/// Events by stream, in order of seq.
pub type Inserts = BTreeMap<StreamId, Vec<Logged>>;

/// One write transaction.
pub struct WriteTx<'a> {
    view: ReadTx<'a>,
    gates: &'a mut Gates,
    usages: &'a mut Usages,
    appended: Inserts,
    touched: bool,
}

impl<'a> WriteTx<'a> {
    /// Over the open transaction of `db`.
    pub(super) fn new(db: &'a Connection, kept: RowCache, gates: &'a mut Gates, usages: &'a mut Usages) -> Self {
        usages.begin(now_ms());
        Self { view: ReadTx::new(db, kept), gates, usages, appended: Inserts::new(), touched: false }
    }

    /// The connection, for tables that are not the log's.
    pub fn db(&self) -> &'a Connection {
        self.view.db()
    }

    /// Rows and heads as of now.
    pub fn rows(&self) -> &ReadTx<'a> {
        &self.view
    }

    /// Appends what may be appended of `submissions` to `stream`, and folds it. What is refused is stored as refused.
    pub fn append(&mut self, stream: StreamId, submissions: &[Submission]) -> Result<Committed, LogError> {
        self.touched = true;
        let edits = submissions.iter().any(|submission| submission.envelope.is_update());
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
        // For whoever is outside nothing is loaded: how long that takes, and whether they must wait for it, would tell them what is there.
        let people: Vec<PersonId> =
            submissions.iter().filter(|one| !self.is_outside(stream, one)).map(|one| one.who).collect();
        if people.is_empty() {
            return self.decide(stream, submissions, None);
        }
        let mut held = match self.gates.take(self.view.db(), stream, people.into_iter())? {
            Ok(held) => held,
            Err(wait) => {
                let after_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).saturating_add(1);
                let answers = submissions.iter().map(|_| Answer::Busy(after_ms)).collect();
                return Ok(Committed { answers, inserts: Inserts::new() });
            }
        };
        let committed = self.decide(stream, submissions, Some(&mut held.gate))?;
        held.grew(committed.inserts.get(&stream).map_or(&[][..], Vec::as_slice));
        self.gates.put(stream, held);
        Ok(committed)
    }

    /// May they not even read what they write to? They are told that, and of no quota or bound.
    fn is_outside(&self, stream: StreamId, submission: &Submission) -> bool {
        let Submission { who, by, ref envelope, .. } = *submission;
        match envelope.event() {
            Ok(event) => rule::is_outside(&self.view, Proposal { stream, who, by, id: envelope.id, event: &event }),
            Err(_) => by == By::Session && !rule::may_read(&self.view, stream, who),
        }
    }

    /// Decides at once if there is room for all of it, else one by one, so that each is measured against what the ones before it left,
    /// and an opening where it is to be opened, whatever stands under its id.
    fn decide(
        &mut self,
        stream: StreamId,
        submissions: &[Submission],
        mut gate: Option<&mut Gate>,
    ) -> Result<Committed, LogError> {
        if !submissions.iter().any(opens) {
            let space = self.space_of(stream);
            if self.room_for(space, submissions, gate.as_deref())?.is_ok() {
                return self.decide_all(stream, space, submissions, gate);
            }
        }
        let mut all = Committed { answers: Vec::new(), inserts: Inserts::new() };
        for submission in submissions {
            let (id, one) = (submission.envelope.id, std::slice::from_ref(submission));
            let asked = if opens(submission) { self.space_asked(stream, submission) } else { self.space_of(stream) };
            let refusal = self.room_for(asked, one, gate.as_deref())?.err();
            let is_new = || self.view.known(stream, id).is_none() && !self.is_outside(stream, submission);
            if let Some(refusal) = refusal.filter(|_| is_new()) {
                self.view.checked()?;
                all.answers.push(self.refuse(stream, submission, refusal)?);
                continue;
            }
            let space = self.space_of(stream).or(asked);
            let one = self.decide_all(stream, space, one, gate.as_deref_mut())?;
            all.answers.extend(one.answers);
            for (stream, events) in one.inserts {
                all.inserts.entry(stream).or_default().extend(events);
            }
        }
        Ok(all)
    }

    /// The space that a stream lies in, if it exists and does.
    fn space_of(&self, stream: StreamId) -> Option<StreamId> {
        match self.view.get(stream, &Key::Head).row()?.value {
            Value::Space(_) => Some(stream),
            _ => rule::above(&self.view, stream).last().copied(),
        }
    }

    /// The space in which a stream is to be opened.
    fn space_asked(&self, stream: StreamId, opening: &Submission) -> Option<StreamId> {
        let Some(parent) = opening.envelope.event().ok()?.parent() else { return Some(stream) };
        Some(rule::above(&self.view, parent.stream()).last().copied().unwrap_or(parent.stream()))
    }

    /// Is there room for all of these, within the document's bound and the quotas of people and space?
    fn room_for(
        &mut self,
        space: Option<StreamId>,
        submissions: &[Submission],
        gate: Option<&Gate>,
    ) -> Result<Result<(), Refusal>, LogError> {
        let edits = submissions.iter().filter(|submission| submission.envelope.is_update());
        let grown: u64 = edits.map(|submission| submission.envelope.body.len() as u64).sum();
        if grown > 0 && gate.is_some_and(|gate| gate.bytes() + grown > DOCUMENT_BYTES_MAX) {
            return Ok(Err(Refusal::too_large(DOCUMENT_BYTES_MAX as usize)));
        }
        let mut asked: BTreeMap<PersonId, Usage> = BTreeMap::new();
        // What the server itself says is what people ask it for by other ways, which have their own bounds.
        for Submission { who, envelope, .. } in submissions.iter().filter(|one| one.who != SERVER) {
            *asked.entry(*who).or_default() += Usage::of(*who, envelope);
        }
        let mut of_all = Usage::default();
        for (who, more) in asked {
            of_all += more;
            let permitted = self.usages.permit(self.view.db(), who, space, more, of_all)?;
            if permitted.is_err() {
                return Ok(permitted);
            }
        }
        Ok(Ok(()))
    }

    fn decide_all(
        &mut self,
        stream: StreamId,
        space: Option<StreamId>,
        submissions: &[Submission],
        gate: Option<&mut Gate>,
    ) -> Result<Committed, LogError> {
        let mut decision = decide(&self.view, stream, submissions, now_ms(), gate);
        self.view.checked()?;
        let rejects = decision.rejects.iter().map(|(id, refusal)| (*id, encode(refusal)));
        let redundant = decision.redundant.iter().map(|(id, redundant)| (*id, encode(redundant)));
        let mut kept: BTreeMap<EventId, Vec<u8>> = rejects.chain(redundant).collect();
        // In the order in which they were submitted: there may be room for some of them only.
        for submission in submissions {
            if let Some(answer) = kept.remove(&submission.envelope.id) {
                self.keep_unless_many(stream, submission, submissions, &mut decision.answers, answer)?;
            }
        }
        self.put_rows(decision.rows)?;
        for (stream, events) in &decision.inserts {
            self.insert(*stream, events)?;
        }
        self.count(stream, space, &decision.inserts);
        Ok(Committed { answers: decision.answers, inserts: decision.inserts })
    }

    /// Counts what was appended for its authors and the space. What follows from it in own streams is counted with it.
    fn count(&mut self, stream: StreamId, space: Option<StreamId>, inserts: &Inserts) {
        for logged in inserts.get(&stream).map_or(&[][..], Vec::as_slice) {
            let more = Usage::of(logged.author, &logged.envelope);
            if logged.author != SERVER {
                self.usages.add(logged.author.0, more);
            }
            if let Some(space) = space {
                self.usages.add(space.0, more);
            }
        }
    }

    /// Stores a refusal, if the person may have another; else they are told to come again.
    fn refuse(&mut self, stream: StreamId, submission: &Submission, refusal: Refusal) -> Result<Answer, LogError> {
        let mut answers = vec![Answer::Nack(refusal.clone())];
        let one = std::slice::from_ref(submission);
        self.keep_unless_many(stream, submission, one, &mut answers, encode(&refusal))?;
        Ok(answers.remove(0))
    }

    /// Stores what was answered to `submission` and is not in the log. Of who has more of that than is kept, nothing is decided
    /// now: an answer that is not stored could not be repeated.
    fn keep_unless_many(
        &mut self,
        stream: StreamId,
        submission: &Submission,
        submissions: &[Submission],
        answers: &mut [Answer],
        answer: Vec<u8>,
    ) -> Result<(), LogError> {
        let (id, who) = (submission.envelope.id, submission.who);
        if self.usages.may_refuse(self.view.db(), who)? {
            self.usages.add(who.0, Usage::REFUSAL);
            return self.keep_answer(stream, id, who, answer);
        }
        for (_, answer) in submissions.iter().zip(answers).filter(|(submission, _)| submission.envelope.id == id) {
            *answer = Answer::Busy(REFUSALS_MANY_MS);
        }
        Ok(())
    }

    /// Deletes refusals that were stored before; see [`Usages::forget_refusals`].
    pub(super) fn forget_refusals(&mut self, before_ms: u64) -> Result<usize, LogError> {
        self.usages.forget_refusals(self.view.db(), before_ms)
    }

    /// Of what is not in the log: a refusal, or an acknowledgement of what added nothing.
    fn keep_answer(&self, stream: StreamId, id: EventId, who: PersonId, answer: Vec<u8>) -> Result<(), LogError> {
        let sql = "INSERT OR IGNORE INTO reject(stream, id, refusal, server_ms, person) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = params![stream.as_bytes(), id.as_bytes(), answer, now_ms(), who.as_bytes()];
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
                   access, packed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";
        let mut insert = self.db().prepare_cached(sql)?;
        for Logged { envelope, seq, author, server_ms, access, device } in events {
            let (body, packed) = pack(&envelope.body);
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
                body,
                encode(access),
                packed,
            ])?;
        }
        let Some(last) = events.last() else { return Ok(()) };
        let head = self.view.get(stream, &Key::Head).row().map(|row| row.value);
        let kind = match head {
            Some(Value::Space(_)) => 1,
            Some(Value::Room(_)) => 2,
            Some(Value::DocumentHead(_)) => 3,
            Some(Value::Directory(_)) => 5,
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
        self.usages.job_done();
        std::mem::take(&mut self.appended)
    }

    /// What this job wrote was rolled back.
    pub(super) fn void(&mut self) {
        if !self.touched {
            return;
        }
        self.appended.clear();
        self.usages.job_void();
        self.view.forget();
        self.gates.clear();
    }

    /// Did every query succeed?
    pub(super) fn checked(&self) -> Result<(), LogError> {
        self.view.checked()
    }

    /// Writes what is only counted so far. Gives what the next transaction may start with.
    pub(super) fn finish(self) -> Result<RowCache, LogError> {
        self.usages.write(self.view.db())?;
        Ok(self.view.into_kept())
    }
}

fn opens(submission: &Submission) -> bool {
    Event::scope_of(submission.envelope.kind).is_some_and(|scope| scope.opens())
}
