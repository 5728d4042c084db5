//! Rooms that servers of another time let be opened under other people's ids are closed at the next start.

use super::*;
use folkmoot_model::features::reads::ReadTo;
use folkmoot_model::features::spaces::directory;
use folkmoot_model::id::direct_room;

impl World {
    async fn close_misplaced(&self) {
        self.log.write(super::super::misplaced::close).await.unwrap();
    }

    /// Puts everything of the room where an older server would have let it be opened.
    async fn misplace(&self, room: StreamId, at: StreamId) {
        let tables = [("stream", "id"), ("event", "stream"), ("row", "stream")];
        self.log
            .write(move |tx| {
                for (table, column) in tables {
                    let sql = format!("UPDATE {table} SET {column} = ?2 WHERE {column} = ?1");
                    tx.db().execute(&sql, [room.as_bytes(), at.as_bytes()])?;
                }
                tx.rows().forget();
                Ok::<(), LogError>(())
            })
            .await
            .unwrap();
    }

    /// The streams that are granted to a person.
    pub(super) async fn granted(&self, person: PersonId) -> Vec<StreamId> {
        let Found::Tail { events, .. } =
            self.read(person.into(), person, What::Tail { after: 0, events: 100, bytes: usize::MAX }).await
        else {
            panic!()
        };
        let mut granted = Vec::new();
        for logged in events {
            match logged.envelope.event().unwrap() {
                Event::Granted(event) => granted.push(event.stream),
                Event::GrantRevoked(event) => granted.retain(|stream| *stream != event.stream),
                _ => {}
            }
        }
        granted
    }
}

fn opening(access: RoomAccess, name: &str, members: Vec<PersonId>) -> RoomOpened {
    RoomOpened { space: SPACE, access, name: name.into(), topic: String::new(), members }
}

#[tokio::test]
async fn a_room_under_the_id_of_two_others_gets_its_own_and_they_can_talk() {
    let world = World::new().await;
    let (taken, room) = (direct_room(SPACE, &[ANA, BO]), StreamId::fixed(40));
    world.ok(room, vec![by(ANA, 20, opening(RoomAccess::Private, "Taken", vec![BO]))]).await;
    world.ok(room, vec![says(BO, 21)]).await;
    world.misplace(room, taken).await;
    let direct = || opening(RoomAccess::Direct, "", vec![BO]);
    assert_eq!(world.answers(taken, vec![by(ANA, 22, direct())]).await, [nack(Code::IdReuse)]);

    let world = World::open(world.close().await);
    for _ in 0..2 {
        world.close_misplaced().await;
    }
    world.ok(taken, vec![by(ANA, 23, direct())]).await;
    // What was said in the other room is still to be read, by those who were in it.
    let granted = world.granted(BO).await;
    let moved = *granted.iter().find(|stream| ![SPACE, directory(SPACE), ROOM, room, taken].contains(stream)).unwrap();
    let Found::Tail { events, .. } = world.tail(moved, 0).await else { panic!() };
    assert_eq!(events.len(), 2);
    assert!(granted.contains(&taken));
}

#[tokio::test]
async fn a_room_over_an_own_stream_is_closed_and_its_person_loses_nothing() {
    let world = World::new().await;
    let own = StreamId::from(ANA);
    world.ok(own, vec![by(ANA, 20, ReadTo { room: ROOM, seq: 1 })]).await;
    let (room, head) = (StreamId::fixed(40), What::Tail { after: 0, events: 100, bytes: usize::MAX });
    world.ok(room, vec![by(BO, 21, opening(RoomAccess::Public, "Over", vec![]))]).await;
    // Its rows lie over the own stream, as if it had been opened there.
    let rows = "INSERT INTO row(stream, key, seq, value) SELECT ?2, key, seq, value FROM row WHERE stream = ?1";
    world
        .log
        .write(move |tx| {
            tx.db().execute(rows, [room.as_bytes(), own.as_bytes()])?;
            tx.rows().forget();
            Ok::<(), LogError>(())
        })
        .await
        .unwrap();
    assert!(!world.outcome(own, &[BO], head).await.permitted.is_empty(), "the defect is there");

    let world = World::open(world.close().await);
    world.close_misplaced().await;
    assert!(world.outcome(own, &[BO], head).await.permitted.is_empty());
    assert_eq!(world.answers(own, vec![says(BO, 22)]).await, [nack(Code::NotMember)]);
    let kept = |db: &Connection| -> Result<i64, LogError> {
        let sql = "SELECT count(*) FROM row WHERE stream = ?1";
        Ok(db.query_row(sql, [StreamId::from(ANA).as_bytes()], |row| row.get(0))?)
    };
    // Granted the space, its directory and the room, and how far she has read.
    assert_eq!(world.log.query(kept).await.unwrap(), 4);
}

#[tokio::test]
async fn nobody_opens_anything_over_an_own_stream_or_an_id_of_others() {
    let world = World::new().await;
    // An account of an older server: under an id that a client might have minted.
    let old = PersonId::fixed(9);
    let profile = Some(ProfileChanged { name: "Old".into(), colour: 1 });
    world.ok(SPACE, vec![by(SERVER, 20, MemberAdded { person: old, role: Role::Member, profile })]).await;
    let private = || opening(RoomAccess::Private, "Taken", vec![]);
    for (n, id) in [old.into(), ANA.into(), direct_room(SPACE, &[ANA, old]), ROOM].into_iter().enumerate() {
        let opened = by(BO, 30 + n as u64, private());
        assert_eq!(world.answers(id, vec![opened]).await, [nack(Code::IdReuse)], "{id}");
    }
}
