//! Spaces of servers before 0.2, which listed their public rooms in their own stream, have a directory after the next start.

use super::*;
use folkmoot_model::event::encode;
use folkmoot_model::features::rooms::{RoomArchived, RoomChanged};
use folkmoot_model::features::spaces::{RoomListed, directory};

impl World {
    /// What an older server has in its log and rows after a room was listed in its space.
    async fn list_in_space(&self, name: &'static str) {
        let listed = RoomListed { room: ROOM, name: name.into(), topic: "about".into(), archived: true };
        let row = |seq| {
            let sealed = folkmoot_model::event::Sealed {
                id: event_id(50),
                seq,
                author: BO,
                at_ms: 1,
                event: listed.clone().into(),
            };
            folkmoot_model::fold::step(&Key::Listing(ROOM), None, &sealed).unwrap()
        };
        let (seq, body) = (4_u64, Event::from(listed.clone()).body());
        let row = row(seq);
        self.log
            .write(move |tx| {
                let nothing: Vec<folkmoot_model::event::Above> = Vec::new();
                let sql = "INSERT INTO event(stream, seq, id, author, device, server_ms, client_ms, kind, \
                           body_version, body, access, packed) VALUES (?1, ?2, ?3, ?4, ?4, 1, 1, 19, 0, ?5, ?6, 0)";
                let (space, id, bo) = (SPACE.as_bytes(), event_id(50), BO.as_bytes());
                tx.db().execute(sql, rusqlite::params![space, seq, id.as_bytes(), bo, body, encode(&nothing)])?;
                tx.db().execute("UPDATE stream SET head = ?2 WHERE id = ?1", rusqlite::params![space, seq])?;
                let sql = "INSERT INTO row(stream, key, seq, value) VALUES (?1, ?2, ?3, ?4)";
                let key = Key::Listing(ROOM).bytes();
                tx.db().execute(sql, rusqlite::params![space, key, seq, row.bytes()])?;
                tx.rows().forget();
                Ok::<(), LogError>(())
            })
            .await
            .unwrap();
    }

    async fn listed(&self, stream: StreamId, who: PersonId) -> Option<Vec<(PersonId, RoomListed)>> {
        let what = What::Tail { after: 0, events: 100, bytes: usize::MAX };
        let outcome = self.outcome(stream, &[who], what).await;
        if outcome.permitted.is_empty() {
            return None;
        }
        let Some(Found::Tail { events, .. }) = outcome.found else { panic!("{outcome:?}") };
        let listed = events.into_iter().filter_map(|logged| match logged.envelope.event().unwrap() {
            Event::RoomListed(listed) => Some((logged.author, listed)),
            _ => None,
        });
        Some(listed.collect())
    }
}

#[tokio::test]
async fn what_a_space_listed_moves_to_its_directory_and_guests_read_it_no_more() {
    let world = World::new().await;
    let profile = Some(ProfileChanged { name: "Eve".into(), colour: 1 });
    world.list_in_space("secret plans").await;
    world.ok(SPACE, vec![by(SERVER, 20, MemberAdded { person: EVE, role: Role::Guest, profile })]).await;
    assert_eq!(world.listed(SPACE, EVE).await.unwrap()[0].1.name, "secret plans", "the defect is there");

    let world = World::open(world.close().await);
    for _ in 0..2 {
        world.log.write(crate::space::open_missing).await.unwrap();
    }
    let expected = RoomListed { room: ROOM, name: "secret plans".into(), topic: "about".into(), archived: true };
    for member in [ANA, BO] {
        assert_eq!(world.listed(directory(SPACE), member).await, Some(vec![(SERVER, expected.clone())]));
    }
    assert_eq!(world.listed(directory(SPACE), EVE).await, None);
    for (_, listed) in world.listed(SPACE, EVE).await.unwrap() {
        assert_eq!((listed.room, listed.name.as_str(), listed.topic.as_str()), (StreamId([0; 16]), "", ""));
    }
    let rows = "SELECT count(*) FROM row WHERE stream = ?1 AND substr(key, 1, 1) = x'04'";
    let left = |db: &Connection| Ok::<i64, LogError>(db.query_row(rows, [SPACE.as_bytes()], |row| row.get(0))?);
    assert_eq!(world.log.query(left).await.unwrap(), 0);
    // Whoever is made a member follows it from then on, and whoever is made a guest no more.
    let role = |id, person, role| by(ANA, id, folkmoot_model::features::people::RoleChanged { person, role });
    world.ok(SPACE, vec![role(21, EVE, Role::Member), role(22, BO, Role::Guest)]).await;
    assert!(world.granted(EVE).await.contains(&directory(SPACE)));
    assert!(!world.granted(BO).await.contains(&directory(SPACE)));
    assert_eq!(world.listed(directory(SPACE), BO).await, None);
}

#[tokio::test]
async fn the_server_lists_a_public_room_as_it_is_and_nobody_else_does() {
    let world = World::new().await;
    world.log.write(crate::space::open_missing).await.unwrap();
    let room = StreamId::mint(1, [8; 10]);
    let opened = |access, name: &str| RoomOpened {
        space: SPACE,
        access,
        name: name.into(),
        topic: String::new(),
        members: vec![BO],
    };
    world.ok(room, vec![by(ANA, 30, opened(RoomAccess::Public, "birds"))]).await;
    let hidden = StreamId::mint(1, [9; 10]);
    world.ok(hidden, vec![by(ANA, 31, opened(RoomAccess::Private, "attic"))]).await;
    let topic = |topic: &str| RoomChanged { name: None, topic: Some(topic.into()), everyone_edits: None };
    world.ok(room, vec![by(BO, 32, topic("of the garden"))]).await;
    world.ok(hidden, vec![by(BO, 33, topic("of the house"))]).await;
    world.ok(room, vec![by(ANA, 34, RoomArchived { archived: true })]).await;
    let forged = RoomListed { room, name: "taken".into(), topic: String::new(), archived: false };
    let answer = world.answers(directory(SPACE), vec![by(BO, 35, forged)]).await;
    assert_eq!(answer, vec![Answer::Nack(Code::Forbidden.into())]);

    let listed = world.listed(directory(SPACE), BO).await.unwrap().into_iter();
    let listed = listed.filter(|(_, listed)| listed.room != ROOM).map(|(by, listed)| {
        assert_eq!((by, listed.room, listed.name.as_str()), (SERVER, room, "birds"));
        (listed.topic, listed.archived)
    });
    let birds = [("", false), ("of the garden", false), ("of the garden", true)];
    assert_eq!(listed.collect::<Vec<_>>(), birds.map(|(topic, archived)| (topic.to_owned(), archived)));
}

#[tokio::test]
async fn nobody_spoils_an_id_that_the_server_will_derive() {
    let world = World::new().await;
    // As an event of the server's own: under an id that anybody can compute, in the stream of somebody, or in the directory.
    let granted =
        Event::from(folkmoot_model::features::reads::Granted { stream: directory(SPACE), space: Some(SPACE) });
    let opened = Event::from(folkmoot_model::features::spaces::DirectoryOpened { space: SPACE });
    let kind = |event: &Event| event.kind().to_be_bytes();
    let own = StreamId::from(EVE);
    let ids = [
        (own, &granted, vec![own.as_bytes().to_vec(), kind(&granted).to_vec(), b"directory".to_vec()]),
        (directory(SPACE), &opened, vec![directory(SPACE).as_bytes().to_vec(), kind(&opened).to_vec()]),
    ];
    let profile = Some(ProfileChanged { name: "Eve".into(), colour: 1 });
    world.ok(SPACE, vec![by(SERVER, 20, MemberAdded { person: EVE, role: Role::Member, profile })]).await;
    for (stream, event, mut parts) in ids {
        parts.push(SPACE.as_bytes().to_vec());
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let id = EventId::derive("folkmoot by the server", &parts);
        let envelope = Envelope::new(id, event, 1);
        let submission = Submission { who: EVE, device: DeviceId(EVE.0), by: By::Session, envelope };
        let answer = world.answers(stream, vec![submission]).await;
        assert_eq!(answer, vec![Answer::Nack(Code::Forbidden.into())]);
    }
    let stored =
        |db: &Connection| Ok::<i64, LogError>(db.query_row("SELECT count(*) FROM reject", [], |row| row.get(0))?);
    assert_eq!(world.log.query(stored).await.unwrap(), 0);
    world.log.write(crate::space::open_missing).await.unwrap();
    assert!(world.granted(EVE).await.contains(&directory(SPACE)));
}

#[tokio::test]
async fn an_edit_carries_no_more_than_a_text_and_whom_it_names() {
    let world = World::new().await;
    world.ok(ROOM, vec![says(BO, 30)]).await;
    let edited =
        folkmoot_model::features::messages::MessageEdited { message: event_id(30), delta: vec![0, 0], mentions: None };
    let mut body = Event::from(edited).body();
    // One field more, of a megabyte, such as a later version might have.
    body[0] += 2;
    body.extend([0xf6, 0x5a, 0x00, 0x0f, 0x00, 0x00]);
    body.extend(vec![7; 0x0f_0000]);
    let envelope = Envelope { id: event_id(31), kind: 33, body_version: 0, body, client_ms: 1 };
    assert!(envelope.event().is_ok(), "what it says is understood");
    let submission = Submission { who: BO, device: DeviceId(BO.0), by: By::Session, envelope };
    let answer = world.answers(ROOM, vec![submission]).await;
    assert!(matches!(&answer[..], [Answer::Nack(refusal)] if refusal.code == Code::TooLarge));
}
