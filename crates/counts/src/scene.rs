//! Whom and what the paths are about: eight people with a room and a document, and what they say there, in a log in
//! memory that decides as the real one does.

use folkmoot_model::event::{Above, Envelope, Event, Logged};
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind, DocumentOpened};
use folkmoot_model::features::messages::mentions::Mention;
use folkmoot_model::features::messages::{MessageEdited, MessagePosted};
use folkmoot_model::features::people::{MemberAdded, Role};
use folkmoot_model::features::profiles::ProfileChanged;
use folkmoot_model::features::reactions::MessageReacted;
use folkmoot_model::features::rooms::{RoomAccess, RoomOpened};
use folkmoot_model::features::spaces::SpaceOpened;
use folkmoot_model::id::{DeviceId, EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::{Held, RowMap, Rows};
use folkmoot_model::rule::By;
use folkmoot_model::yjs::gate::Gate;
use folkmoot_model::yjs::text::MessageText;
use folkmoot_sync::decide::{Answer, Decision, Head, Known, Log, SERVER, Submission, access_seq, decide};
use folkmoot_sync::hub::io::Committed;
use std::collections::BTreeMap;
use yrs::{Doc, Text, Transact};

pub const SPACE: StreamId = StreamId::fixed(201);
pub const ROOM: StreamId = StreamId::fixed(202);
pub const DOCUMENT: StreamId = StreamId::fixed(203);

/// How many people there are.
const PEOPLE: u64 = 8;

/// When all of it happens, Unix milliseconds.
pub const NOW_MS: u64 = 1_800_000_000_000;

pub fn person(n: u64) -> PersonId {
    PersonId([1 + (n % PEOPLE) as u8; 16])
}

pub fn device(n: u64) -> DeviceId {
    DeviceId::derive("device", &[&n.to_be_bytes()])
}

/// The `n`th event's id.
pub fn event_id(n: u64) -> EventId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    EventId::mint(NOW_MS + n, random)
}

/// A message of a usual length.
pub fn message(n: u64) -> MessagePosted {
    let text = format!("{n}: the notes of this morning are in the document, please have a look before four");
    let named = n.is_multiple_of(10).then(|| Mention { person: person(n), name: String::new() });
    MessagePosted { text, reply_to: None, mentions: named.into_iter().collect(), thread: None }
}

/// What one person types into a document: every eighth key takes the letter before away, and now and then they go on
/// writing further up.
pub fn keystrokes(keys: u32) -> Vec<Vec<u8>> {
    let doc = Doc::with_client_id(77);
    let text = doc.get_or_insert_text("content");
    let (mut at, mut updates) = (0, Vec::new());
    for key in 0..keys {
        let mut txn = doc.transact_mut();
        if key % 100 == 99 {
            at /= 2;
        }
        if key % 8 == 7 {
            at -= 1;
            text.remove_range(&mut txn, at, 1);
        } else {
            text.insert(&mut txn, at, "e");
            at += 1;
        }
        updates.push(txn.encode_update_v1());
    }
    updates
}

/// The log of their server.
pub struct Team {
    rows: RowMap,
    logs: BTreeMap<StreamId, Vec<Logged>>,
    ids: BTreeMap<(StreamId, EventId), usize>,
    gate: Gate,
    events: u64,
}

impl Rows for Team {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        self.rows.get(stream, key)
    }
}

impl Log for Team {
    fn known(&self, stream: StreamId, id: EventId) -> Option<Known> {
        self.ids.get(&(stream, id)).map(|at| Known::Logged(self.log(stream)[*at].clone()))
    }

    fn head(&self, stream: StreamId) -> Head {
        self.log(stream).last().map_or_else(Head::default, |last| Head { seq: last.seq, server_ms: last.server_ms })
    }

    fn granted(&self, person: PersonId) -> Vec<StreamId> {
        self.rows.granted(person)
    }
}

impl Team {
    /// They have just begun.
    pub fn new() -> Self {
        let mut team = Self {
            rows: RowMap::default(),
            logs: BTreeMap::new(),
            ids: BTreeMap::new(),
            gate: Gate::default(),
            events: 0,
        };
        team.by_server(SPACE, SpaceOpened { name: "Northlight".into() });
        for n in 0..PEOPLE {
            let profile = Some(ProfileChanged { name: format!("Person {n}"), colour: 1 });
            let role = if n == 0 { Role::Owner } else { Role::Member };
            team.by_server(SPACE, MemberAdded { person: person(n), role, profile });
        }
        let members = (1..PEOPLE).map(person).collect();
        let (access, topic) = (RoomAccess::Public, String::new());
        let room = team.submission(0, RoomOpened { space: SPACE, access, name: "welcome".into(), topic, members });
        team.append(ROOM, &[room]);
        let document = team.submission(0, DocumentOpened { room: ROOM, kind: DocumentKind::Code });
        team.append(DOCUMENT, &[document]);
        team
    }

    /// What was said in a stream, from the first on.
    pub fn log(&self, stream: StreamId) -> &[Logged] {
        self.logs.get(&stream).map_or(&[], Vec::as_slice)
    }

    /// The access changes that one who reads the document has seen.
    pub fn marks(&self) -> Vec<Above> {
        [DOCUMENT, ROOM, SPACE].map(|stream| Above { stream, seq: access_seq(self, stream) }).to_vec()
    }

    /// What the `n`th person submits.
    pub fn submission(&mut self, n: u64, event: impl Into<Event>) -> Submission {
        self.events += 1;
        let envelope = Envelope::new(event_id(self.events), &event.into(), NOW_MS);
        Submission { who: person(n), device: device(n), by: By::Session, envelope }
    }

    /// So many events as a room has them: of ten, six messages, three reactions, and one message edited.
    pub fn talk(&mut self, events: u64) -> Vec<Submission> {
        let (mut said, mut last) = (Vec::new(), None);
        for n in 0..events {
            let (kind, id) = (n % 10, event_id(self.events + 1));
            let (who, event) = match last.take().filter(|_| kind >= 6) {
                None => {
                    let posted = message(n);
                    last = Some((n, id, posted.text.clone()));
                    (n, posted.into())
                }
                Some((author, message, text)) if kind == 9 => {
                    let delta = MessageText::plain(&text).delta(message, id, &format!("{text}, or five"));
                    let delta = delta.expect("it says something else");
                    (author, MessageEdited { message, delta, mentions: None }.into())
                }
                Some((author, message, text)) => {
                    last = Some((author, message, text));
                    (n, Event::from(MessageReacted { message, emoji: "👍".into(), on: true }))
                }
            };
            said.push(self.submission(who, event));
        }
        said
    }

    /// So many keystrokes of the first person in the document, as they are submitted.
    pub fn typed(&mut self, keys: u32) -> Vec<Submission> {
        let edits = keystrokes(keys).into_iter().map(|update| DocumentEdited { update });
        edits.map(|edited| self.submission(0, edited)).collect()
    }

    /// Appends what is submitted: all of it, since nothing here is to be refused.
    pub fn append(&mut self, stream: StreamId, submissions: &[Submission]) -> Committed {
        let mut gate = std::mem::take(&mut self.gate);
        let Decision { answers, inserts, rows, .. } = decide(self, stream, submissions, NOW_MS, Some(&mut gate));
        assert_eq!(answers.iter().find(|answer| matches!(answer, Answer::Nack(_))), None);
        self.gate = gate;
        self.rows.0.extend(rows.0);
        for (stream, events) in &inserts {
            let log = self.logs.entry(*stream).or_default();
            for logged in events {
                self.ids.insert((*stream, logged.envelope.id), log.len());
                log.push(logged.clone());
            }
        }
        Committed { answers, inserts }
    }

    fn by_server(&mut self, stream: StreamId, event: impl Into<Event>) {
        let submission = Submission { who: SERVER, by: By::Server, ..self.submission(0, event) };
        self.append(stream, &[submission]);
    }
}
