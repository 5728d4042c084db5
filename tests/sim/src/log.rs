//! The log that all nodes share, in memory: the transactions of the real one, and the reads that go with them.

use crate::device::apply;
use crate::node::Hint;
use crate::plan::Setup;
use crate::reference::Reference;
use folkmoot_model::event::{Above, Envelope, Event, Logged};
use folkmoot_model::features::messages::message as message_of;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::{Key, KeyKind, List};
use folkmoot_model::refusal::{Code, Refusal};
use folkmoot_model::row::{Held, Row, RowMap, Rows, Value};
use folkmoot_model::rule::{By, above, may_read};
use folkmoot_model::yjs::gate::Gate;
use folkmoot_sync::decide::{Answer, Decision, Head, Known, Log, Redundant, Submission, access_seq, decide};
use folkmoot_sync::hub::io::{Committed, Found, Place, Read, ReadOutcome, What};
use folkmoot_wire::frame::{Range, WireRow};
use std::collections::{BTreeMap, BTreeSet};
use yrs::{Doc, ReadTxn, StateVector, Transact};

/// The log.
#[derive(Default)]
pub struct SimLog {
    /// Events by stream, in order of seq.
    pub events: BTreeMap<StreamId, Vec<Logged>>,
    /// The fold of them.
    pub rows: RowMap,
    /// Refusals, stored for good.
    pub rejects: BTreeMap<(StreamId, EventId), Refusal>,
    /// What outsiders were refused: the server keeps nothing of it, the world remembers.
    pub turned_away: BTreeSet<(StreamId, EventId)>,
    /// What was acknowledged and added nothing, stored for good.
    pub redundant: BTreeMap<(StreamId, EventId), Redundant>,
    ids: BTreeMap<(StreamId, EventId), Seq>,
    gates: BTreeMap<StreamId, Gate>,
    /// Of a document: as of which event, and its whole body.
    checkpoints: BTreeMap<StreamId, (Seq, Vec<u8>)>,
    /// How everything that was ever asked was answered: by whom, what, and whether it was acknowledged.
    answered: BTreeMap<(StreamId, EventId, PersonId), (Envelope, bool)>,
    /// In which order events of all streams were committed.
    pub order: BTreeMap<(StreamId, Seq), u64>,
    /// Since which commit a person may no longer read a stream.
    pub barred: BTreeMap<(PersonId, StreamId), u64>,
    /// Who was ever kept from reading a stream that exists.
    pub ever_barred: BTreeSet<(PersonId, StreamId)>,
    /// The same, told plainly.
    pub reference: Reference,
    commits: u64,
    tail_max: u64,
    hot: usize,
    part: usize,
}

/// Entries of a sparse list that one page brings: few, since no thread here grows long.
const SPARSE_PAGE: usize = 3;

/// Bytes of a checkpoint that are read as a row is, where snapshots come in parts.
const BODY_PART: usize = 12;

/// A snapshot: as of which event, the places of its messages, and of a document its checkpoint.
struct Begun<'a> {
    seq: Seq,
    held: Range,
    body: Option<&'a [u8]>,
}

impl Rows for SimLog {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        self.rows.get(stream, key)
    }
}

impl Log for SimLog {
    fn known(&self, stream: StreamId, id: EventId) -> Option<Known> {
        let logged = self.ids.get(&(stream, id)).map(|seq| self.events[&stream][*seq as usize - 1].clone());
        let refused = || self.rejects.get(&(stream, id)).cloned().map(Known::Refused);
        let redundant = || self.redundant.get(&(stream, id)).cloned().map(Known::Redundant);
        logged.map(Known::Logged).or_else(refused).or_else(redundant)
    }

    fn head(&self, stream: StreamId) -> Head {
        let last = self.events.get(&stream).and_then(|events| events.last());
        last.map_or_else(Head::default, |last| Head { seq: last.seq, server_ms: last.server_ms })
    }

    fn granted(&self, person: PersonId) -> Vec<StreamId> {
        self.rows.granted(person)
    }
}

impl SimLog {
    /// An empty one.
    pub fn new(setup: &Setup) -> Self {
        Self { tail_max: setup.tail, hot: setup.hot, part: setup.part, ..Self::default() }
    }

    /// One transaction. `people` are those whose right to read is watched.
    pub fn commit(
        &mut self,
        stream: StreamId,
        submissions: &[Submission],
        now_ms: u64,
        people: &[PersonId],
    ) -> Committed {
        let mut gate = self.gates.get(&stream).cloned().unwrap_or_default();
        let Decision { answers, inserts, rows, rejects, redundant } =
            decide(self, stream, submissions, now_ms, Some(&mut gate));
        self.gates.insert(stream, gate);
        self.commits += 1;
        self.rows.0.extend(rows.0);
        self.redundant.extend(redundant.into_iter().map(|(id, redundant)| ((stream, id), redundant)));
        let stored: BTreeSet<EventId> = rejects.iter().map(|(id, _)| *id).collect();
        self.rejects.extend(rejects.into_iter().map(|(id, refusal)| ((stream, id), refusal)));
        self.acked_is_there(stream, submissions, &answers, &inserts);
        self.outsiders_learn_nothing(stream, submissions, &answers, &stored);
        self.answers_stay(stream, submissions, &answers);
        // What the submission says comes before what is derived from it.
        let said = inserts.iter().filter(|(of, _)| **of == stream);
        for (stream, events) in said.chain(inserts.iter().filter(|(of, _)| **of != stream)) {
            for logged in events {
                self.insert(*stream, logged);
            }
        }
        if inserts.values().flatten().any(|logged| logged.envelope.event().is_ok_and(|event| event.changes_access())) {
            self.watch(people);
        }
        Committed { answers, inserts }
    }

    /// What is acknowledged is, word for word, where the answer says; or it is remembered to have added nothing.
    fn acked_is_there(&self, stream: StreamId, asked: &[Submission], answers: &[Answer], inserts: &Hint) {
        for (submission, answer) in asked.iter().zip(answers) {
            let Answer::Ack(seq) = answer else { continue };
            let there = self.events.get(&stream).into_iter().chain(inserts.get(&stream)).flatten();
            let same =
                there.filter(|logged| logged.seq == *seq).any(|logged| logged.envelope.same_as(&submission.envelope));
            let adds_nothing = || self.redundant.contains_key(&(stream, submission.envelope.id));
            assert!(same || adds_nothing(), "acks-true: {:?} in {stream} is not at {seq}", submission.envelope);
        }
    }

    /// Whoever may not read a stream is refused everything there in the same words, and it is not stored. (Where several
    /// are decided at once, one before may have changed that.)
    fn outsiders_learn_nothing(
        &mut self,
        stream: StreamId,
        asked: &[Submission],
        answers: &[Answer],
        stored: &BTreeSet<EventId>,
    ) {
        for (Submission { who, by, envelope, .. }, answer) in asked.iter().zip(answers) {
            let (By::Session, Answer::Nack(refusal), Ok(event)) = (by, answer, envelope.event()) else { continue };
            let is_stored = self.rejects.contains_key(&(stream, envelope.id));
            if asked.len() == 1 && !self.reference.may_be_told(stream, &event, *who) {
                assert_eq!(refusal.code, Code::NotMember, "outsiders-untold: {who} in {stream}: {event:?}");
                assert!(!stored.contains(&envelope.id), "outsiders-free: what {who} was refused in {stream} is stored");
            }
            if refusal.code == Code::NotMember && !is_stored {
                self.turned_away.insert((stream, envelope.id));
            }
        }
    }

    /// Who asks the same again is answered the same, whatever has become of their rights since: whoever could not read the
    /// stream excepted, of whom nothing is kept.
    fn answers_stay(&mut self, stream: StreamId, asked: &[Submission], answers: &[Answer]) {
        for (Submission { who, envelope, .. }, answer) in asked.iter().zip(answers) {
            let acked = matches!(answer, Answer::Ack(_));
            if !acked && self.turned_away.contains(&(stream, envelope.id)) {
                continue;
            }
            let asked = (stream, envelope.id, *who);
            let (before, was_acked) = self.answered.entry(asked).or_insert_with(|| (envelope.clone(), acked));
            let other = !before.same_as(envelope);
            assert!(other || *was_acked == acked, "answer-final: {envelope:?} in {stream} is now answered {answer:?}");
        }
    }

    fn insert(&mut self, stream: StreamId, logged: &Logged) {
        let id = logged.envelope.id;
        let log = self.events.entry(stream).or_default();
        assert_eq!(logged.seq, log.len() as u64 + 1, "seqs-contiguous: {stream}");
        assert!(log.last().is_none_or(|last| last.server_ms <= logged.server_ms), "time-monotone: {stream}");
        assert!(self.ids.insert((stream, id), logged.seq).is_none(), "in-log-once: {id} twice in {stream}");
        assert!(!self.rejects.contains_key(&(stream, id)), "refused-for-good: {id} was refused, and is in {stream}");
        self.reference.append(stream, logged);
        self.order.insert((stream, logged.seq), self.commits);
        log.push(logged.clone());
    }

    fn watch(&mut self, people: &[PersonId]) {
        for stream in self.events.keys() {
            for person in people {
                if self.reference.may_read(*stream, *person) {
                    self.barred.remove(&(*person, *stream));
                } else {
                    self.barred.entry((*person, *stream)).or_insert(self.commits);
                    self.ever_barred.insert((*person, *stream));
                }
            }
        }
    }

    /// Makes a document's checkpoint, if enough has changed since the last.
    pub fn checkpoint(&mut self, document: StreamId, after: u64) {
        let head = self.head(document).seq;
        let last = self.checkpoints.get(&document).map_or(0, |(seq, _)| *seq);
        if head < last + after {
            return;
        }
        let doc = Doc::new();
        for update in self.updates(document) {
            apply(&doc, &update);
        }
        let state = doc.transact().encode_diff_v1(&StateVector::default());
        self.checkpoints.insert(document, (head, state));
    }

    /// One read transaction.
    pub fn read(&self, read: Read) -> ReadOutcome {
        let Read { stream, who, what } = read;
        let permitted: BTreeSet<PersonId> = who.into_iter().filter(|who| may_read(self, stream, *who)).collect();
        let found = (!permitted.is_empty()).then(|| self.find(stream, what));
        ReadOutcome { permitted, found }
    }

    fn find(&self, stream: StreamId, what: What) -> Found {
        let head = self.head(stream).seq;
        let marks = [stream].into_iter().chain(above(self, stream));
        let marks: Vec<Above> = marks.map(|stream| Above { stream, seq: access_seq(self, stream) }).collect();
        let none = Vec::new();
        let log = self.events.get(&stream).unwrap_or(&none);
        match what {
            What::Tail { after, events: 1.., .. }
                if let Some((seq, state)) = self.checkpoints.get(&stream)
                    && *seq > after
                    && (after == 0 || head - after > self.tail_max) =>
            {
                let begun = Begun { seq: *seq, held: Range { first: 1, last: 0 }, body: Some(state) };
                self.part(stream, begun, None, head, marks)
            }
            What::Tail { after, events, bytes }
                if events == 0 || self.is_document(stream) || head.saturating_sub(after) <= self.tail_max =>
            {
                let mut sum = 0;
                let tail = log.iter().skip(after as usize).take(events as usize);
                let tail = tail.take_while(|logged| {
                    let fits = sum == 0 || sum + logged.envelope.body.len() <= bytes;
                    sum += logged.envelope.body.len();
                    fits
                });
                Found::Tail { events: tail.cloned().collect(), head, marks }
            }
            What::Tail { .. } => {
                let timeline = self.stream_rows(stream).filter_map(|(key, _)| match key {
                    Key::Timeline(seq) => Some(*seq),
                    _ => None,
                });
                let timeline: Vec<Seq> = timeline.collect();
                let first = match timeline.len() {
                    few if few <= self.hot => 1,
                    many => timeline[many - self.hot],
                };
                let held = Range { first, last: head };
                self.part(stream, Begun { seq: head, held, body: None }, None, head, marks)
            }
            What::Rest { seq, held, place } => {
                let body = self.checkpoints.get(&stream).filter(|_| self.is_document(stream));
                match body {
                    // Another checkpoint has taken its place: the snapshot is begun anew.
                    Some((newer, state)) if *newer != seq => {
                        self.part(stream, Begun { seq: *newer, held, body: Some(state) }, None, head, marks)
                    }
                    body => {
                        let begun = Begun { seq, held, body: body.map(|(_, state)| state.as_slice()) };
                        self.part(stream, begun, Some(place), head, marks)
                    }
                }
            }
            What::Page { list, range, since } => {
                let mut places = self.places(stream, list, range);
                let mut range = range;
                if list.is_sparse() && places.len() > SPARSE_PAGE {
                    places.drain(..places.len() - SPARSE_PAGE);
                    range.first = places[0];
                }
                let now = self.fits(places.len());
                let next = places.get(now).copied();
                let now = Range { last: next.map_or(range.last, |next| next - 1), ..range };
                let rows = self.wire_rows(stream, |key, row| row.seq > since && self.lies_in(stream, list, key, now));
                Found::Page { range, rows, as_of: head, next }
            }
        }
    }

    /// How many of what is left are read at once.
    fn fits(&self, left: usize) -> usize {
        if self.part == 0 { left } else { left.min(self.part) }
    }

    /// The places of a list's entries in a range.
    fn places(&self, stream: StreamId, list: List, range: Range) -> Vec<Seq> {
        if range.first > range.last {
            return Vec::new();
        }
        let rows = self.rows.0.range((stream, list.entry(range.first))..=(stream, list.entry(range.last)));
        let place = |key: &Key| if let KeyKind::List(_, place) = key.kind() { Some(place) } else { None };
        rows.filter_map(|((_, key), _)| place(key)).collect()
    }

    /// The part of a snapshot that begins at a place, or its first.
    fn part(&self, stream: StreamId, begun: Begun<'_>, place: Option<Place>, head: Seq, marks: Vec<Above>) -> Found {
        let Begun { seq, held, body } = begun;
        let structure = self.stream_rows(stream).map(|(key, _)| *key).filter(|key| key.is_structure());
        let messages = self.places(stream, List::Messages, held).into_iter().map(Place::Messages);
        let places: Vec<Place> = structure.map(Place::Structure).chain(messages).collect();
        let from = place.map_or(0, |place| places.iter().position(|before| *before > place).unwrap_or(places.len()));
        let now = &places[from..][..self.fits(places.len() - from)];
        let is_read = |key: &Key| {
            now.iter().any(|place| match place {
                Place::Structure(structure) => structure == key,
                Place::Messages(seq) => self.lies_in(stream, List::Messages, key, Range { first: *seq, last: *seq }),
                Place::Checkpoint(_) => false,
            })
        };
        let rows = self.wire_rows(stream, |key, _| is_read(key));
        let (mut next, mut checkpoint) = (now.last().copied().filter(|last| places.last() != Some(last)), None);
        if let (None, Some(body)) = (next, body) {
            let from = if let Some(Place::Checkpoint(from)) = place { from as usize } else { 0 };
            let to = from + self.fits((body.len() - from).div_ceil(BODY_PART)) * BODY_PART;
            let to = to.min(body.len());
            checkpoint = Some(body[from..to].to_vec());
            next = (to < body.len()).then_some(Place::Checkpoint(to as u64));
        }
        Found::Snapshot { seq, head, rows, held, checkpoint, first: place.is_none(), next, marks }
    }

    fn is_document(&self, stream: StreamId) -> bool {
        matches!(self.rows.get(stream, &Key::Head).row().map(|row| row.value), Some(Value::DocumentHead(_)))
    }

    /// The rows of a stream, in order of keys.
    pub fn stream_rows(&self, stream: StreamId) -> impl Iterator<Item = (&Key, &Row)> {
        let rows = self.rows.0.range((stream, Key::Head)..);
        rows.take_while(move |((of, _), _)| *of == stream).map(|((_, key), row)| (key, row))
    }

    fn wire_rows(&self, stream: StreamId, wanted: impl Fn(&Key, &Row) -> bool) -> Vec<WireRow> {
        let rows = self.stream_rows(stream).filter(|(key, row)| wanted(key, row));
        rows.map(|(key, row)| WireRow { key: key.bytes(), value: row.bytes() }).collect()
    }

    /// Does the row come with the message that stands at one of these places of a list? What an event once named somebody in
    /// does as long as the message names them by that event.
    pub fn lies_in(&self, stream: StreamId, list: List, key: &Key, range: Range) -> bool {
        let row = |message| self.rows.get(stream, &Key::Message(message)).row().and_then(message_of);
        let found_by = || match self.rows.get(stream, key).row().map(|row| row.value) {
            Some(Value::At(message)) => row(message),
            _ => None,
        };
        let message = match key {
            Key::Timeline(seq) => return list == List::Messages && (range.first..=range.last).contains(seq),
            Key::Thread(subject, seq) => {
                return list == List::Thread(*subject) && (range.first..=range.last).contains(seq);
            }
            Key::Message(message) | Key::Reactions(message) | Key::ThreadSummary(message) => row(*message),
            Key::Mention(person, seq) => found_by().filter(|row| row.named_at(*person) == Some(*seq)),
            Key::Reply(_) => found_by(),
            _ => return false,
        };
        message.is_some_and(|row| {
            let thread = row.thread.map(|thread| List::Thread(thread.subject.id()));
            let in_room = row.thread.is_none_or(|thread| thread.also_in_room);
            let lists = in_room.then_some(List::Messages).into_iter().chain(thread);
            (range.first..=range.last).contains(&row.posted_seq) && lists.into_iter().any(|of| of == list)
        })
    }

    /// The updates of a document, in order.
    pub fn updates(&self, document: StreamId) -> Vec<Vec<u8>> {
        let events = self.events.get(&document).into_iter().flatten();
        let updates = events.filter_map(|logged| match logged.envelope.event() {
            Ok(Event::DocumentEdited(edited)) => Some(edited.update),
            _ => None,
        });
        updates.collect()
    }
}
