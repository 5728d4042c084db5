//! What a server appends: one pure function, called inside the transaction that writes its decision.
//!
//! It splits known and new ids, asks `permit`, folds, and derives grants. Order, dedupe and the stored refusals are
//! decided here and nowhere else, over SQLite, PostgreSQL and the simulation's log alike.

use folkmoot_model::event::{Above, CLIENT_MS_MAX, Envelope, Event, Logged, Sealed, Unreadable};
use folkmoot_model::fact::Deriving;
use folkmoot_model::fold;
use folkmoot_model::id::{DeviceId, EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::refusal::{Code, Refusal};
use folkmoot_model::row::{Held, Overlay, RowMap, Rows};
use folkmoot_model::rule::{self, By, Proposal};
use folkmoot_model::yjs::gate::Gate;
use minicbor::{Decode, Encode};
use std::collections::{BTreeMap, BTreeSet};

/// The person under which the server itself writes.
pub const SERVER: PersonId = PersonId([0; 16]);

/// An event that somebody asks to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Its author, from the session.
    pub who: PersonId,
    /// Their device.
    pub device: DeviceId,
    /// On whose behalf.
    pub by: By,
    /// The event.
    pub envelope: Envelope,
}

/// What the log already knows of an id in a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It is in the log.
    Logged(Logged),
    /// It was acknowledged, and is not in the log.
    Redundant(Redundant),
    /// It was refused.
    Refused(Refusal),
}

/// What is remembered of a document update that added nothing: without it, whoever asks again after having lost the right
/// to write would be refused what was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Redundant {
    /// Its author.
    #[n(0)]
    pub author: PersonId,
    /// Where the log ended: its answer.
    #[n(1)]
    pub seq: Seq,
    /// BLAKE3 of its kind and body.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub hash: [u8; 32],
}

impl Redundant {
    fn new(submission: &Submission, seq: Seq) -> Self {
        let Envelope { kind, body, .. } = &submission.envelope;
        let hash = *blake3::Hasher::new().update(&kind.to_be_bytes()).update(body).finalize().as_bytes();
        Self { author: submission.who, seq, hash }
    }
}

/// Where a stream's log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// The last seq; 0 if there is nothing.
    pub seq: Seq,
    /// The last event's server time.
    pub server_ms: u64,
}

/// The log as a transaction sees it.
pub trait Log: Rows {
    /// What is known of `id` in `stream`.
    fn known(&self, stream: StreamId, id: EventId) -> Option<Known>;
    /// Where `stream` ends.
    fn head(&self, stream: StreamId) -> Head;
    /// The streams that are or were granted to a person, in order.
    fn granted(&self, person: PersonId) -> Vec<StreamId>;
}

/// What becomes of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// In the log at this place (or, of a document update that added nothing, at its head).
    Ack(Seq),
    /// Refused for ever.
    Nack(Refusal),
    /// Not decided: to be submitted again after so many milliseconds. Never [`decide`]'s own answer.
    Busy(u32),
}

/// What a transaction writes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// One for each submission, in order.
    pub answers: Vec<Answer>,
    /// Events to insert, in order of seq within each stream: first those of the stream, then those derived.
    pub inserts: BTreeMap<StreamId, Vec<Logged>>,
    /// Rows to put.
    pub rows: RowMap,
    /// Refusals to store.
    pub rejects: Vec<(EventId, Refusal)>,
    /// What was acknowledged and is not among the inserts, to store.
    pub redundant: Vec<(EventId, Redundant)>,
}

/// Decides on `submissions` to `stream` in order. `gate` is that of the stream, which must be a document, as of its
/// head; it is advanced, and void if the transaction fails. Refuses document updates where no gate is given.
pub fn decide(
    log: &dyn Log,
    stream: StreamId,
    submissions: &[Submission],
    now_ms: u64,
    mut gate: Option<&mut Gate>,
) -> Decision {
    let mut turn = Turn { log, rows: Overlay::over(log), inserts: BTreeMap::new() };
    let mut answers = Vec::with_capacity(submissions.len());
    let mut rejects: BTreeMap<EventId, Refusal> = BTreeMap::new();
    let mut redundant: BTreeMap<EventId, Redundant> = BTreeMap::new();
    for submission in submissions {
        let id = submission.envelope.id;
        let here = || rejects.get(&id).cloned().map(Known::Refused);
        let here = || here().or_else(|| redundant.get(&id).cloned().map(Known::Redundant));
        let event = submission.envelope.event();
        let outside = |turn: &Turn<'_>| turn.is_outside(stream, submission, event.as_ref().ok());
        // What nobody may ask for is refused alike, before anything is looked at: its id may be one that is there, or one that
        // the server will derive. Nothing is stored of it either.
        if let Some(code) = never(submission, event.as_ref().ok()) {
            let untold = code == Code::BadRequest && outside(&turn);
            answers.push(Answer::Nack(if untold { Code::NotMember } else { code }.into()));
            continue;
        }
        let answer = match turn.known(stream, id).or_else(here).filter(|known| heeds(submission, known)) {
            Some(Known::Logged(logged)) if says_again(submission, &logged) => Answer::Ack(logged.seq),
            Some(Known::Redundant(known)) if known == Redundant::new(submission, known.seq) => Answer::Ack(known.seq),
            // What is known of an id is not for whoever may not read the stream.
            Some(_) if outside(&turn) => Answer::Nack(Code::NotMember.into()),
            Some(Known::Logged(_) | Known::Redundant(_)) => Answer::Nack(Code::IdReuse.into()),
            Some(Known::Refused(refusal)) => Answer::Nack(refusal),
            None => match turn.admit(stream, submission, &event, gate.as_deref_mut()) {
                Ok(Admitted::Nothing) => {
                    let seq = turn.head(stream).seq;
                    redundant.insert(id, Redundant::new(submission, seq));
                    Answer::Ack(seq)
                }
                Ok(Admitted::Event(event)) => Answer::Ack(turn.append(stream, submission, event, now_ms)),
                Err(refusal) => {
                    // Outsiders cost nothing: what they are refused is refused anew, and not stored.
                    if !outside(&turn) {
                        rejects.insert(id, refusal.clone());
                    }
                    Answer::Nack(refusal)
                }
            },
        };
        answers.push(answer);
    }
    let Turn { rows, inserts, .. } = turn;
    if planted(Mutant::RefusalForgotten) {
        rejects.clear();
    }
    if planted(Mutant::RedundantForgotten) {
        redundant.clear();
    }
    let (rejects, redundant) = (rejects.into_iter().collect(), redundant.into_iter().collect());
    Decision { answers, inserts, rows: rows.into_changed(), rejects, redundant }
}

/// Why a session may never say this, whoever it is and wherever.
fn never(submission: &Submission, event: Option<&Event>) -> Option<Code> {
    let Submission { by, envelope, .. } = submission;
    let servers = event.is_some_and(|event| event.scope().is_servers()) && !planted(Mutant::AnyoneIsServer);
    match by {
        By::Session if servers => Some(Code::Forbidden),
        By::Session if !envelope.id.is_minted() || envelope.client_ms > CLIENT_MS_MAX => Some(Code::BadRequest),
        _ => None,
    }
}

/// Does it bind who asks? What somebody was once refused under an id that the server derives is nothing to the server.
fn heeds(submission: &Submission, known: &Known) -> bool {
    submission.by == By::Session || !matches!(known, Known::Refused(_))
}

/// One transaction under way.
struct Turn<'a> {
    log: &'a dyn Log,
    rows: Overlay<'a>,
    inserts: BTreeMap<StreamId, Vec<Logged>>,
}

/// What passed.
enum Admitted<'a> {
    Event(&'a Event),
    /// A document update that adds nothing.
    Nothing,
}

impl Turn<'_> {
    fn known(&self, stream: StreamId, id: EventId) -> Option<Known> {
        if planted(Mutant::NoDedupe) {
            return None;
        }
        let here = self.inserts.get(&stream).and_then(|inserts| inserts.iter().find(|logged| logged.envelope.id == id));
        let known = here.cloned().map(Known::Logged).or_else(|| self.log.known(stream, id));
        match known {
            Some(Known::Logged(logged))
                if planted(Mutant::DedupeWindow) && logged.seq + 3 < self.log.head(stream).seq =>
            {
                None
            }
            known => known,
        }
    }

    fn head(&self, stream: StreamId) -> Head {
        let last = self.inserts.get(&stream).and_then(|inserts| inserts.last());
        last.map_or_else(|| self.log.head(stream), |last| Head { seq: last.seq, server_ms: last.server_ms })
    }

    /// Is it known that the author may not even read what they write to?
    fn is_outside(&self, stream: StreamId, submission: &Submission, event: Option<&Event>) -> bool {
        let Submission { who, by, .. } = *submission;
        match event {
            Some(event) => {
                rule::is_outside(&self.rows, Proposal { stream, who, by, id: submission.envelope.id, event })
            }
            None => by == By::Session && !rule::may_read(&self.rows, stream, who),
        }
    }

    fn admit<'e>(
        &self,
        stream: StreamId,
        submission: &Submission,
        event: &'e Result<Event, Unreadable>,
        gate: Option<&mut Gate>,
    ) -> Result<Admitted<'e>, Refusal> {
        let event = event.as_ref().map_err(|unreadable| match unreadable {
            Unreadable::UnknownKind(_) | Unreadable::NewerBody(_) => Code::Upgrade,
            Unreadable::Malformed(_) => Code::BadRequest,
        })?;
        let Submission { who, by, .. } = *submission;
        let id = submission.envelope.id;
        rule::permit(&self.rows, Proposal { stream, who, by, id, event })?;
        if submission.envelope.body.len() > event.body_bytes_max() {
            return Err(Refusal::too_large(event.body_bytes_max()));
        }
        // A person's own stream has a log and no head, and so may anything that was opened by the rules of another time.
        let repeats = event.may_repeat() && self.rows.get(stream, &Key::Head) != Held::Absent;
        if event.opens() && !repeats && self.head(stream).seq > 0 && !planted(Mutant::OpensWhatIsThere) {
            return Err(Code::IdReuse.into());
        }
        // Who has seen an id may use it in another stream as well, or what derives from it elsewhere.
        let derived = self.derived(stream, who, event);
        let taken = |(n, (of, _)): (usize, &(StreamId, Event))| self.known(*of, derived_id(id, *of, n)).is_some();
        if derived.iter().enumerate().any(taken) && !planted(Mutant::DerivesTaken) {
            return Err(Code::IdReuse.into());
        }
        if let Some(update) = event.update() {
            let gate = gate.ok_or(Code::BadRequest)?;
            if !gate.admit(who, update)?.adds {
                return Ok(Admitted::Nothing);
            }
        }
        Ok(Admitted::Event(event))
    }

    /// Appends and folds the event and what derives from it. Gives its place.
    fn append(&mut self, stream: StreamId, submission: &Submission, event: &Event, now_ms: u64) -> Seq {
        let derived = self.derived(stream, submission.who, event);
        let logged = self.insert(stream, submission.envelope.clone(), submission.who, submission.device, event, now_ms);
        for (n, (of, event)) in derived.into_iter().enumerate() {
            let id = derived_id(logged.envelope.id, of, n);
            let envelope = Envelope::new(id, &event, submission.envelope.client_ms);
            self.insert(of, envelope, SERVER, submission.device, &event, now_ms);
        }
        logged.seq
    }

    fn derived(&self, stream: StreamId, who: PersonId, event: &Event) -> Vec<(StreamId, Event)> {
        let granted = |person: PersonId| {
            let all: BTreeSet<StreamId> =
                self.log.granted(person).into_iter().chain(self.rows.granted(person)).collect();
            all.into_iter().collect()
        };
        let seq = self.head(stream).seq + 1;
        event.derived(&Deriving { rows: &self.rows, granted: &granted, stream, author: who, seq })
    }

    fn insert(
        &mut self,
        stream: StreamId,
        envelope: Envelope,
        author: PersonId,
        device: DeviceId,
        event: &Event,
        now_ms: u64,
    ) -> Logged {
        let head = self.head(stream);
        let above = match event.parent() {
            Some(parent) => [parent.stream()].into_iter().chain(rule::above(&self.rows, parent.stream())).collect(),
            None => rule::above(&self.rows, stream),
        };
        let access = above.into_iter().map(|stream| Above { stream, seq: access_seq(&self.rows, stream) }).collect();
        let server_ms = if planted(Mutant::TimeGoesBack) { now_ms } else { now_ms.max(head.server_ms) };
        let access = if planted(Mutant::AccessUnnamed) { Vec::new() } else { access };
        let logged = Logged { envelope, seq: head.seq + 1, author, server_ms, access, device };
        fold::apply(&mut self.rows, stream, &sealed(&logged, event));
        self.inserts.entry(stream).or_default().push(logged.clone());
        logged
    }
}

/// The place of a stream's last change of access; 0 if there was none.
pub fn access_seq(rows: &dyn Rows, stream: StreamId) -> Seq {
    rows.get(stream, &Key::Access).row().map_or(0, |row| row.seq)
}

/// Does the author say once more what is in the log?
fn says_again(submission: &Submission, logged: &Logged) -> bool {
    let same = logged.envelope.same_as(&submission.envelope) || planted(Mutant::IdReuseAcked);
    logged.author == submission.who && same
}

/// The id of what derives from an event in another stream, as the `n`th that does.
fn derived_id(event: EventId, of: StreamId, n: usize) -> EventId {
    EventId::derive("folkmoot derived", &[event.as_bytes(), of.as_bytes(), &(n as u64).to_be_bytes()])
}

fn sealed(logged: &Logged, event: &Event) -> Sealed {
    let Logged { envelope, seq, author, server_ms, .. } = logged;
    Sealed { id: envelope.id, seq: *seq, author: *author, at_ms: *server_ms, event: event.clone() }
}
