//! Quotas: what people and spaces have in the log is counted exactly, what is beyond is refused, and refusals come to an end.

use super::*;
use folkmoot_model::features::documents::DocumentListed;
use folkmoot_model::features::messages::MessageDeleted;
use rusqlite::Connection;

const QUOTAS: Quotas = Quotas {
    person_bytes_max: 1 << 40,
    person_rooms_max: 1 << 40,
    person_documents_max: 1 << 40,
    person_refusals_max: 1 << 40,
    space_bytes_max: 1 << 40,
    space_rooms_max: 1 << 40,
    space_documents_max: 1 << 40,
    openings_per_day: 1 << 40,
    grants_per_day: 1 << 40,
};

fn quota(limit: u64) -> Answer {
    Answer::Nack(Refusal::quota(limit))
}

fn opens(who: PersonId, id: u64, members: Vec<PersonId>) -> Submission {
    let (name, topic) = ("more".to_owned(), String::new());
    by(who, id, RoomOpened { space: SPACE, access: RoomAccess::Public, name, topic, members })
}

/// What is refused: there is no such message.
fn refused(who: PersonId, id: u64) -> Submission {
    by(who, id, MessageDeleted { message: event_id(1), reply: None })
}

fn stream(n: u8) -> StreamId {
    StreamId::fixed(n)
}

#[tokio::test]
async fn who_has_too_many_bytes_is_refused_more_and_nobody_else_is() {
    let world = World::with(Quotas { person_bytes_max: 4_000, ..QUOTAS }).await;
    let long =
        |id| by(BO, id, MessagePosted { text: "x".repeat(1_000), reply_to: None, mentions: Vec::new(), thread: None });
    let answers = world.answers(ROOM, (10..16).map(long).collect()).await;
    let acked = answers.iter().filter(|answer| matches!(answer, Answer::Ack(_))).count();
    assert_eq!(acked, 3, "{answers:?}");
    assert_eq!(answers[3..], [quota(4_000), quota(4_000), quota(4_000)]);
    world.ok(ROOM, vec![says(ANA, 20)]).await;
    assert_eq!(world.answers(ROOM, vec![long(12), long(13)]).await, [answers[2].clone(), quota(4_000)], "as before");
    let world = World::open_with(world.close().await, Quotas { person_bytes_max: 4_000, ..QUOTAS });
    assert_eq!(world.answers(ROOM, vec![long(30)]).await, [quota(4_000)], "also after a restart");
    let world = World::open_with(world.close().await, QUOTAS);
    assert_eq!(world.answers(ROOM, vec![long(13)]).await, [quota(4_000)], "a refusal is final");
    world.ok(ROOM, vec![long(31)]).await;
}

#[tokio::test]
async fn a_space_has_a_quota_over_all_its_rooms_and_documents() {
    let world = World::with(Quotas { space_bytes_max: 5_000, ..QUOTAS }).await;
    let long =
        |id| by(BO, id, MessagePosted { text: "x".repeat(2_000), reply_to: None, mentions: Vec::new(), thread: None });
    world.ok(ROOM, vec![long(10)]).await;
    assert_eq!(world.answers(ROOM, vec![long(11)]).await, [quota(5_000)]);
    let edit = DocumentEdited { update: vec![0; 3_000] };
    assert_eq!(world.answers(DOCUMENT, vec![by(ANA, 12, edit)]).await, [quota(5_000)]);
}

#[tokio::test]
async fn rooms_documents_and_grants_have_quotas() {
    let world = World::with(Quotas { person_rooms_max: 2, ..QUOTAS }).await;
    world.ok(stream(50), vec![opens(ANA, 50, vec![])]).await;
    assert_eq!(world.answers(stream(51), vec![opens(ANA, 51, vec![])]).await, [quota(2)]);
    world.ok(stream(52), vec![opens(BO, 52, vec![])]).await;

    let world = World::with(Quotas { openings_per_day: 3, ..QUOTAS }).await;
    let document = |id| by(ANA, id, DocumentOpened { room: ROOM, kind: DocumentKind::Code });
    world.ok(stream(60), vec![document(60)]).await;
    assert_eq!(world.answers(stream(61), vec![document(61)]).await, [quota(3)]);

    let world = World::with(Quotas { grants_per_day: 2, ..QUOTAS }).await;
    assert_eq!(
        world.answers(stream(70), vec![opens(ANA, 70, vec![BO, EVE])]).await,
        [quota(2)],
        "bo is in one of hers"
    );
    world.ok(stream(71), vec![opens(ANA, 71, vec![BO])]).await;
    assert_eq!(world.answers(stream(72), vec![opens(ANA, 72, vec![BO])]).await, [quota(2)]);
}

#[tokio::test]
async fn what_is_counted_is_what_lies_in_the_log() {
    let world = World::with(QUOTAS).await;
    let listed = DocumentListed { document: DOCUMENT, kind: DocumentKind::Code, title: "Plan".into(), archived: false };
    world.ok(ROOM, vec![says(ANA, 10), says(BO, 11), by(BO, 12, listed)]).await;
    world.answers(ROOM, vec![refused(BO, 13), says(ANA, 10)]).await;
    let failed = world.log.write(|tx| {
        tx.append(ROOM, &[says(BO, 14)])?;
        Err::<(), LogError>(LogError::Broken)
    });
    failed.await.unwrap_err();
    world.ok(ROOM, vec![says(BO, 15)]).await;
    let dir = world.close().await;
    let db = Connection::open(dir.path().join("folkmoot.db")).unwrap();
    let usage = |id: [u8; 16]| {
        let sql = "SELECT bytes, rooms, documents, refusals FROM usage WHERE id = ?1";
        db.query_row(sql, [id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).unwrap()
    };
    let logged = |who: &str| -> u64 {
        let sql = format!("SELECT sum(160 + length(body)) FROM event WHERE {who}");
        db.query_row(&sql, [], |row| row.get(0)).unwrap()
    };
    // Opening the room has put bo into it, by an event in bo's own stream.
    assert_eq!(usage(ANA.0), (logged("author = x'0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a'") + 160, 1, 1, 0));
    assert_eq!(usage(BO.0), (logged("author = x'0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b'"), 0, 0, 1));
    let (of_space, ..): (u64, u64, u64, u64) = usage(SPACE.0);
    let streams =
        [SPACE, ROOM, DOCUMENT].map(|stream| format!("x'{}'", stream.0.map(|byte| format!("{byte:02x}")).concat()));
    // The server's additions of members grant something in their own streams.
    assert_eq!(of_space, logged(&format!("stream IN ({})", streams.join(","))) + 3 * 160);
}

#[tokio::test]
async fn who_is_refused_too_much_is_told_to_wait_and_nothing_that_was_answered_changes() {
    let world = World::with(Quotas { person_refusals_max: 3, ..QUOTAS }).await;
    let asked = || -> Vec<Submission> { (10..16).map(|id| refused(ANA, id)).collect() };
    let busy = Answer::Busy(folkmoot_wire::limits::REFUSALS_MANY_MS);
    let no = || nack(Code::TargetMissing);
    let expected = [no(), no(), no(), busy.clone(), busy.clone(), busy.clone()];
    for _ in 0..2 {
        assert_eq!(world.answers(ROOM, asked()).await, expected);
    }
    let world = World::open_with(world.close().await, Quotas { person_refusals_max: 3, ..QUOTAS });
    assert_eq!(world.answers(ROOM, asked()).await, expected);
    world.ok(ROOM, vec![says(BO, 30)]).await;
    // Once the old ones are deleted there is room again.
    world.log.forget_refusals(u64::MAX >> 1).await.unwrap();
    assert_eq!(world.answers(ROOM, asked()).await, expected);
    let dir = world.close().await;
    let db = Connection::open(dir.path().join("folkmoot.db")).unwrap();
    assert_eq!(db.query_row("SELECT count(*) FROM reject", [], |row| row.get::<_, u64>(0)).unwrap(), 3);
}

#[tokio::test]
async fn refusals_are_kept_until_they_are_old() {
    let world = World::with(QUOTAS).await;
    world.answers(ROOM, (0..1_100).map(|id| refused(BO, 1_000 + id)).collect()).await;
    world.log.forget_refusals(1).await.unwrap();
    assert_eq!(world.answers(ROOM, vec![refused(BO, 1_000)]).await, [nack(Code::TargetMissing)]);
    world.log.forget_refusals(u64::MAX >> 1).await.unwrap();
    let left = world.log.query(|db| {
        let left = db.query_row("SELECT count(*) FROM reject", [], |row| row.get::<_, u64>(0))?;
        let counted: u64 = db.query_row("SELECT sum(refusals) FROM usage", [], |row| row.get(0))?;
        Ok::<_, LogError>((left, counted))
    });
    assert_eq!(left.await.unwrap(), (0, 0));
}
