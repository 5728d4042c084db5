//! The log against a real database: order, dedupe, refusals that repeat, reads, and what a restart leaves. Documents stand in
//! `tests/documents.rs`, what older servers left in `tests/misplaced.rs` and `tests/directories.rs`.

mod directories;
mod documents;
mod misplaced;
mod quotas;
mod refold;
mod slow;

use super::*;
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind, DocumentOpened};
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::features::people::{MemberAdded, MemberRemoved, Role};
use folkmoot_model::features::profiles::ProfileChanged;
use folkmoot_model::features::rooms::{RoomAccess, RoomOpened};
use folkmoot_model::features::spaces::SpaceOpened;
use folkmoot_model::id::{DeviceId, EventId, PersonId, Seq};
use folkmoot_model::key::{Key, List};
use folkmoot_model::refusal::{Code, Refusal};
use folkmoot_model::row::{Row, Value};
use folkmoot_model::rule::By;
use folkmoot_sync::decide::{Answer, SERVER};
use folkmoot_sync::hub::io::{Found, What};
use folkmoot_wire::frame::Range;
use folkmoot_wire::limits::{HOT_MESSAGES, TAIL_EVENTS_MAX};

const ANA: PersonId = PersonId([0xA; 16]);
const BO: PersonId = PersonId([0xB; 16]);
const EVE: PersonId = PersonId([0xE; 16]);
const SPACE: StreamId = StreamId::fixed(1);
const ROOM: StreamId = StreamId::fixed(2);
const DOCUMENT: StreamId = StreamId::fixed(3);

struct World {
    log: Database,
    threads: Threads,
    dir: tempfile::TempDir,
}

impl World {
    fn open(dir: tempfile::TempDir) -> Self {
        Self::open_with(dir, Quotas::default())
    }

    fn open_with(dir: tempfile::TempDir, quotas: Quotas) -> Self {
        let (log, threads) = Database::open_with(&dir.path().join("folkmoot.db"), quotas, Box::new(|_| ())).unwrap();
        Self { log, threads, dir }
    }

    /// A space of ana and bo with a room of ana's and a document in it. Eve is nobody.
    async fn new() -> Self {
        Self::with(Quotas::default()).await
    }

    /// The same, with these quotas.
    async fn with(quotas: Quotas) -> Self {
        let world = Self::open_with(tempfile::tempdir().unwrap(), quotas);
        let added = |person, role| MemberAdded {
            person,
            role,
            profile: Some(ProfileChanged { name: "someone".into(), colour: 1 }),
        };
        world.ok(SPACE, vec![by(SERVER, 1, SpaceOpened { name: "Moot".into() })]).await;
        world.ok(SPACE, vec![by(SERVER, 2, added(ANA, Role::Owner)), by(SERVER, 3, added(BO, Role::Member))]).await;
        let (name, topic) = ("talk".to_owned(), String::new());
        let opened = RoomOpened { space: SPACE, access: RoomAccess::Public, name, topic, members: vec![BO] };
        world.ok(ROOM, vec![by(ANA, 4, opened)]).await;
        world.ok(DOCUMENT, vec![by(ANA, 5, DocumentOpened { room: ROOM, kind: DocumentKind::Code })]).await;
        world
    }

    async fn append(&self, stream: StreamId, submissions: Vec<Submission>) -> Option<Committed> {
        let (answer, answered) = oneshot::channel();
        self.log.append(stream, submissions, move |outcome| answer.send(outcome).unwrap());
        answered.await.unwrap()
    }

    async fn answers(&self, stream: StreamId, submissions: Vec<Submission>) -> Vec<Answer> {
        self.append(stream, submissions).await.unwrap().answers
    }

    async fn ok(&self, stream: StreamId, submissions: Vec<Submission>) {
        for answer in self.answers(stream, submissions).await {
            assert!(matches!(answer, Answer::Ack(_)), "{answer:?}");
        }
    }

    async fn outcome(&self, stream: StreamId, who: &[PersonId], what: What) -> ReadOutcome {
        let (answer, answered) = oneshot::channel();
        let who = who.iter().copied().collect();
        self.log.read(Read { stream, who, what }, move |outcome| answer.send(outcome).unwrap());
        answered.await.unwrap().unwrap()
    }

    async fn read(&self, stream: StreamId, who: PersonId, what: What) -> Found {
        self.outcome(stream, &[who], what).await.found.unwrap()
    }

    async fn tail(&self, stream: StreamId, after: Seq) -> Found {
        self.read(stream, ANA, What::Tail { after, events: u64::MAX, bytes: usize::MAX }).await
    }

    async fn close(self) -> tempfile::TempDir {
        self.log.stop().await;
        tokio::task::spawn_blocking(move || self.threads.join()).await.unwrap();
        self.dir
    }
}

fn by(who: PersonId, id: u64, event: impl Into<Event>) -> Submission {
    let by = if who == SERVER { By::Server } else { By::Session };
    Submission { who, device: DeviceId(who.0), by, envelope: Envelope::new(event_id(id), &event.into(), 1) }
}

fn event_id(id: u64) -> EventId {
    EventId::mint(id, [7; 10])
}

fn says(who: PersonId, id: u64) -> Submission {
    by(who, id, MessagePosted { text: format!("message {id}"), reply_to: None, mentions: Vec::new(), thread: None })
}

fn nack(code: Code) -> Answer {
    Answer::Nack(code.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_arrives_at_once_is_one_order_without_gaps() {
    let world = World::new().await;
    let mut waiting = Vec::new();
    for id in 100..400 {
        let (answer, answered) = oneshot::channel();
        world.log.append(ROOM, vec![says(ANA, id)], move |outcome| answer.send(outcome).unwrap());
        waiting.push(answered);
    }
    for (at, answered) in waiting.into_iter().enumerate() {
        let committed = answered.await.unwrap().unwrap();
        assert_eq!(committed.answers, [Answer::Ack(at as Seq + 2)]);
        assert_eq!(committed.inserts[&ROOM][0].envelope.id, event_id(100 + at as u64));
    }
    let Found::Tail { events, head, .. } = world.tail(ROOM, 0).await else { panic!() };
    assert_eq!(head, 301);
    assert!(events.iter().map(|logged| logged.seq).eq(1..=301));
    assert!(events.is_sorted_by_key(|logged| logged.server_ms));
}

#[tokio::test]
async fn an_id_is_logged_once_and_a_refusal_repeats_but_to_outsiders() {
    let world = World::new().await;
    assert_eq!(world.answers(ROOM, vec![says(ANA, 10)]).await, [Answer::Ack(2)]);
    assert_eq!(world.answers(ROOM, vec![says(ANA, 10), says(ANA, 11)]).await, [Answer::Ack(2), Answer::Ack(3)]);
    let other = by(ANA, 10, MessagePosted { text: "other".into(), reply_to: None, mentions: Vec::new(), thread: None });
    assert_eq!(world.answers(ROOM, vec![other, says(BO, 10)]).await, [nack(Code::IdReuse), nack(Code::IdReuse)]);
    // Nothing is kept for outsiders.
    assert_eq!(world.answers(ROOM, vec![says(EVE, 16)]).await, [nack(Code::NotMember)]);
    let kept = "SELECT count(*) FROM reject";
    let kept = || world.log.query(move |db| Ok::<i64, LogError>(db.query_row(kept, [], |row| row.get(0))?));
    assert_eq!(kept().await.unwrap(), 0);
    // Eve becomes a member of the space; what she is refused from then on stays refused.
    let profile = Some(ProfileChanged { name: "Eve".into(), colour: 1 });
    world.ok(SPACE, vec![by(SERVER, 13, MemberAdded { person: EVE, role: Role::Member, profile })]).await;
    assert_eq!(world.answers(ROOM, vec![says(EVE, 12)]).await, [nack(Code::NotMember)]);
    assert_eq!(kept().await.unwrap(), 1);
    world.ok(ROOM, vec![by(EVE, 14, MemberAdded { person: EVE, role: Role::Member, profile: None })]).await;
    assert_eq!(world.answers(ROOM, vec![says(EVE, 12)]).await, [nack(Code::NotMember)]);
    world.ok(ROOM, vec![says(EVE, 15)]).await;
}

#[tokio::test]
async fn what_added_nothing_stays_acknowledged_when_its_author_may_not_write_any_more() {
    let world = World::new().await;
    let edit = |id, update: &[u8]| by(BO, id, DocumentEdited { update: update.to_vec() });
    assert_eq!(world.answers(DOCUMENT, vec![edit(10, &[0, 0])]).await, [Answer::Ack(1)]);
    world.ok(SPACE, vec![by(ANA, 11, MemberRemoved { person: BO })]).await;
    let world = World::open(world.close().await);
    let asked = vec![edit(10, &[0, 0]), edit(10, &[0, 0, 0]), edit(12, &[0, 0])];
    let expected = [Answer::Ack(1), nack(Code::NotMember), nack(Code::NotMember)];
    assert_eq!(world.answers(DOCUMENT, asked).await, expected);
}

#[tokio::test]
async fn one_id_in_two_rooms_fails_no_commit() {
    let (world, other) = (World::new().await, StreamId::fixed(4));
    let (name, topic) = ("other".to_owned(), String::new());
    let opened = RoomOpened { space: SPACE, access: RoomAccess::Public, name, topic, members: Vec::new() };
    world.ok(other, vec![by(ANA, 10, opened)]).await;
    let added = by(ANA, 11, MemberAdded { person: BO, role: Role::Member, profile: None });
    world.ok(ROOM, vec![added.clone()]).await;
    assert_eq!(world.answers(other, vec![added, says(ANA, 12)]).await, [nack(Code::IdReuse), Answer::Ack(2)]);
}

#[tokio::test]
async fn numbers_that_no_log_holds_are_refused_and_fail_nobody_elses_commit() {
    let world = World::new().await;
    let mut ahead = says(BO, 20);
    ahead.envelope.client_ms = u64::MAX;
    let (one, other) = tokio::join!(world.answers(ROOM, vec![ahead]), world.answers(ROOM, vec![says(ANA, 21)]));
    assert_eq!(one, [nack(Code::BadRequest)]);
    assert!(matches!(other[..], [Answer::Ack(_)]), "{other:?}");
    for after in [1_000, u64::MAX] {
        let Found::Tail { events, .. } = world.tail(ROOM, after).await else { panic!() };
        assert!(events.is_empty());
    }
}

#[tokio::test]
async fn fields_of_later_versions_make_no_event_large() {
    let world = World::new().await;
    let fat = |bytes: usize| {
        let mut fat = says(BO, 20 + bytes as u64);
        // A list of two more elements: no thread, and a byte string.
        fat.envelope.body[0] += 2;
        fat.envelope.body.extend([0xf6, 0x5a]);
        fat.envelope.body.extend((bytes as u32).to_be_bytes());
        fat.envelope.body.resize(fat.envelope.body.len() + bytes, 0);
        fat
    };
    assert!(matches!(world.answers(ROOM, vec![fat(1_000)]).await[..], [Answer::Ack(_)]));
    let refused = world.answers(ROOM, vec![fat(100_000)]).await;
    assert!(matches!(&refused[..], [Answer::Nack(refusal)] if refusal.code == Code::TooLarge), "{refused:?}");
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let world = World::new().await;
    world.ok(ROOM, vec![says(ANA, 10)]).await;
    world.answers(ROOM, vec![says(EVE, 11)]).await;
    let dir = world.close().await;
    assert!(
        !dir.path().join("folkmoot.db-wal").exists()
            || dir.path().join("folkmoot.db-wal").metadata().unwrap().len() == 0
    );
    let world = World::open(dir);
    assert_eq!(world.answers(ROOM, vec![says(ANA, 10), says(ANA, 12)]).await, [Answer::Ack(2), Answer::Ack(3)]);
    assert_eq!(world.answers(ROOM, vec![says(EVE, 11)]).await, [nack(Code::NotMember)]);
}

#[tokio::test]
async fn work_that_fails_leaves_nothing_and_harms_nobody() {
    let world = World::new().await;
    let failed = world.log.write(|tx| -> Result<(), LogError> {
        tx.append(ROOM, &[says(ANA, 10)])?;
        tx.db().execute("INSERT INTO meta(key, value) VALUES ('a', 'b')", [])?;
        Err(LogError::Broken)
    });
    let beside = world.append(ROOM, vec![says(BO, 11)]);
    let (failed, beside) = tokio::join!(failed, beside);
    assert!(matches!(failed, Err(LogError::Broken)));
    assert!(matches!(beside.unwrap().answers[..], [Answer::Ack(2)]));
    let left =
        world.log.query(|db| Ok::<u64, LogError>(db.query_row("SELECT count(*) FROM meta", [], |row| row.get(0))?));
    assert_eq!(left.await.unwrap(), 0);
    let panicked = world.log.write(|_| -> Result<(), LogError> { panic!("as a test") }).await;
    assert!(matches!(panicked, Err(LogError::Failed)));
    world.ok(ROOM, vec![says(ANA, 10)]).await;
}

#[tokio::test]
async fn only_who_may_read_is_answered() {
    let world = World::new().await;
    let what = What::Tail { after: 0, events: 10, bytes: 10_000 };
    for stream in [SPACE, ROOM, DOCUMENT, StreamId::from(ANA), StreamId::fixed(9)] {
        let denied = ReadOutcome { permitted: [].into(), found: None };
        assert_eq!(world.outcome(stream, &[EVE], what).await, denied);
    }
    let together = world.outcome(DOCUMENT, &[ANA, BO, EVE], what).await;
    assert_eq!(together.permitted, [ANA, BO].into());
    assert_eq!(together.found, Some(world.read(DOCUMENT, ANA, what).await));
    let Found::Tail { events, marks, .. } = world.read(DOCUMENT, BO, what).await else { panic!() };
    assert_eq!(events.len(), 1);
    assert_eq!(
        marks.iter().map(|mark| (mark.stream, mark.seq)).collect::<Vec<_>>(),
        [(DOCUMENT, 1), (ROOM, 1), (SPACE, 3)]
    );
    let Found::Tail { events, .. } = world.read(EVE.into(), EVE, what).await else { panic!() };
    assert!(events.is_empty());
    let Found::Tail { events, .. } = world.read(BO.into(), BO, what).await else { panic!() };
    assert!(events.iter().all(|logged| matches!(logged.envelope.event(), Ok(Event::Granted(_)))));
    // The space, its directory and the room.
    assert_eq!(events.len(), 3);
}

#[tokio::test]
async fn a_tail_keeps_to_its_bounds() {
    let world = World::new().await;
    world.ok(ROOM, (10..20).map(|id| says(ANA, id)).collect()).await;
    let read = |after, events, bytes| world.read(ROOM, ANA, What::Tail { after, events, bytes });
    let seqs = |outcome| match outcome {
        Found::Tail { events, head: 11, .. } => events.iter().map(|logged| logged.seq).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(seqs(read(2, 3, usize::MAX).await), [3, 4, 5]);
    assert_eq!(seqs(read(2, 100, 1).await), [3]);
    assert_eq!(seqs(read(2, 100, 40).await).len(), 2);
    assert_eq!(seqs(read(11, 100, 100).await), [0; 0]);
    assert_eq!(seqs(read(99, 100, 100).await), [0; 0]);
}

#[tokio::test]
async fn who_is_far_behind_gets_rows_and_pages_the_rest() {
    let world = World::new().await;
    let last = TAIL_EVENTS_MAX + 10;
    for first in (10..last).step_by(500) {
        let named = || vec![folkmoot_model::features::messages::mentions::Mention { person: BO, name: "Bo".into() }];
        let mention =
            |id| by(ANA, id, MessagePosted { text: "hey".into(), reply_to: None, mentions: named(), thread: None });
        world.ok(ROOM, (first..(first + 500).min(last)).map(mention).collect()).await;
    }
    assert!(matches!(world.tail(ROOM, 1).await, Found::Tail { .. }));
    let Found::Snapshot { seq, head, rows, held, checkpoint: None, .. } = world.tail(ROOM, 0).await else { panic!() };
    assert_eq!((seq, head), (TAIL_EVENTS_MAX + 1, TAIL_EVENTS_MAX + 1));
    assert_eq!(held, Range { first: seq - HOT_MESSAGES + 1, last: seq });
    let keys: Vec<Key> = rows.iter().map(|row| Key::read(&row.key).unwrap()).collect();
    let of = |is: fn(&Key) -> bool| keys.iter().filter(|key| is(key)).count() as u64;
    assert_eq!(of(|key| matches!(key, Key::Timeline(_))), HOT_MESSAGES);
    assert_eq!(of(|key| matches!(key, Key::Message(_))), HOT_MESSAGES);
    assert_eq!(of(|key| matches!(key, Key::Mention(..))), HOT_MESSAGES);
    assert_eq!(of(|key| key.is_structure()), 4, "head, access, two members");

    let range = Range { first: 2, last: 6 };
    let page = |since| world.read(ROOM, BO, What::Page { list: List::Messages, range, since });
    let Found::Page { rows, as_of, .. } = page(0).await else { panic!() };
    assert_eq!((rows.len(), as_of), (15, head));
    let Found::Page { rows, .. } = page(5).await else { panic!() };
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| Row::read(&row.value).is_some_and(|row| row.seq == 6)));
    assert!(rows.iter().any(|row| matches!(Row::read(&row.value).unwrap().value, Value::Message(_))));
}
