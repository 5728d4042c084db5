//! The server's log in memory: the transactions of the real one, and the reads that go with them.

use folkmoot_model::event::{Above, Event, Logged};
use folkmoot_model::gate::Gate;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::refusal::Refusal;
use folkmoot_model::row::{Held, Key, Row, RowMap, Rows, Value};
use folkmoot_model::rule::{above, may_read};
use folkmoot_sync::decide::{Decision, Head, Known, Log, Submission, access_seq, decide};
use folkmoot_sync::hub::io::{Committed, Read, ReadOutcome, What};
use folkmoot_wire::frame::{Range, WireRow};
use std::collections::{BTreeMap, BTreeSet};

/// A tail longer than this is caught up by rows: small, so that it happens often.
const TAIL_MAX: u64 = 30;
/// Messages in a snapshot.
const HOT: usize = 8;

/// The log of a simulated server.
#[derive(Default)]
pub struct SimLog {
    pub events: BTreeMap<StreamId, Vec<Logged>>,
    pub rows: RowMap,
    pub rejects: BTreeMap<(StreamId, EventId), Refusal>,
    gates: BTreeMap<StreamId, Gate>,
    /// In which order events of all streams were committed.
    pub order: BTreeMap<(StreamId, Seq), u64>,
    /// Since which commit a person may no longer read a stream.
    pub barred: BTreeMap<(PersonId, StreamId), u64>,
    /// Who was ever kept from reading a stream that exists.
    pub ever_barred: BTreeSet<(PersonId, StreamId)>,
    commits: u64,
}

impl Rows for SimLog {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        self.rows.get(stream, key)
    }
}

impl Log for SimLog {
    fn known(&self, stream: StreamId, id: EventId) -> Option<Known> {
        let logged = self.events.get(&stream).and_then(|events| events.iter().find(|logged| logged.envelope.id == id));
        let refused = || self.rejects.get(&(stream, id)).cloned().map(Known::Refused);
        logged.cloned().map(Known::Logged).or_else(refused)
    }

    fn head(&self, stream: StreamId) -> Head {
        let last = self.events.get(&stream).and_then(|events| events.last());
        last.map_or_else(Head::default, |last| Head { seq: last.seq, server_ms: last.server_ms })
    }
}

impl SimLog {
    /// One transaction. `people` are those whose right to read is watched.
    pub fn commit(
        &mut self,
        stream: StreamId,
        submissions: &[Submission],
        now_ms: u64,
        people: &[PersonId],
    ) -> Committed {
        let mut gate = self.gates.get(&stream).cloned().unwrap_or_default();
        let Decision { answers, inserts, rows, rejects } = decide(self, stream, submissions, now_ms, Some(&mut gate));
        self.gates.insert(stream, gate);
        self.commits += 1;
        self.rows.0.extend(rows.0);
        self.rejects.extend(rejects.into_iter().map(|(id, refusal)| ((stream, id), refusal)));
        for (stream, events) in &inserts {
            for logged in events {
                let log = self.events.entry(*stream).or_default();
                assert_eq!(logged.seq, log.len() as u64 + 1, "seqs are contiguous");
                assert!(log.iter().all(|other| other.envelope.id != logged.envelope.id), "an id is in the log once");
                self.order.insert((*stream, logged.seq), self.commits);
                log.push(logged.clone());
            }
        }
        let streams: Vec<StreamId> = self.events.keys().copied().collect();
        for person in people {
            for stream in &streams {
                if may_read(self, *stream, *person) {
                    self.barred.remove(&(*person, *stream));
                } else {
                    self.barred.entry((*person, *stream)).or_insert(self.commits);
                    self.ever_barred.insert((*person, *stream));
                }
            }
        }
        Committed { answers, inserts }
    }

    /// One read transaction.
    pub fn read(&self, read: Read) -> ReadOutcome {
        let Read { stream, who, what } = read;
        if !may_read(self, stream, who) {
            return ReadOutcome::Denied;
        }
        let head = self.head(stream).seq;
        let marks = [stream].into_iter().chain(above(self, stream));
        let marks: Vec<Above> = marks.map(|stream| Above { stream, seq: access_seq(self, stream) }).collect();
        let none = Vec::new();
        let log = self.events.get(&stream).unwrap_or(&none);
        let is_document =
            matches!(self.rows.get(stream, &Key::Head).row().map(|row| row.value), Some(Value::DocumentHead(_)));
        match what {
            What::Tail { after, events, .. } if is_document || head.saturating_sub(after) <= TAIL_MAX => {
                let tail = log.iter().filter(|logged| logged.seq > after).take(events as usize);
                ReadOutcome::Tail { events: tail.cloned().collect(), head, marks }
            }
            What::Tail { .. } => {
                let timeline = self.rows.0.keys().filter_map(|(of, key)| match key {
                    Key::Timeline(seq) if *of == stream => Some(*seq),
                    _ => None,
                });
                let timeline: Vec<Seq> = timeline.collect();
                let first = match timeline.len() {
                    few if few <= HOT => 1,
                    many => timeline[many - HOT],
                };
                let held = Range { first, last: head };
                let rows = self.wire_rows(stream, |key, _| !key.is_message_part() || self.lies_in(stream, key, held));
                ReadOutcome::Snapshot { seq: head, head, rows, held, checkpoint: None, marks }
            }
            What::Page { range, since } => {
                let rows = self.wire_rows(stream, |key, row| row.seq > since && self.lies_in(stream, key, range));
                ReadOutcome::Page { range, rows, as_of: head }
            }
        }
    }

    fn wire_rows(&self, stream: StreamId, wanted: impl Fn(&Key, &Row) -> bool) -> Vec<WireRow> {
        let rows = self.rows.0.iter().filter(|((of, key), row)| *of == stream && wanted(key, row));
        rows.map(|((_, key), row)| WireRow { key: key.bytes(), value: row.bytes() }).collect()
    }

    /// Does the row belong to a message posted at one of these places?
    pub fn lies_in(&self, stream: StreamId, key: &Key, range: Range) -> bool {
        let posted = |message| match self.rows.get(stream, &Key::Message(message)).row().map(|row| row.value) {
            Some(Value::Message(message)) => message.posted_seq,
            _ => 0,
        };
        let at = match key {
            Key::Timeline(seq) | Key::Mention(_, seq) => *seq,
            Key::Message(message) | Key::Reactions(message) => posted(*message),
            _ => return false,
        };
        (range.first..=range.last).contains(&at)
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
