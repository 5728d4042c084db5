//! Where rooms and documents are opened and listed, and under which ids.

use super::*;

#[test]
fn rooms_and_documents_are_opened_where_one_is_a_member() {
    let (new, rooms) = (StreamId::fixed(40), directory(SPACE));
    let pair = direct_room(SPACE, &[ANA, BO]);
    let direct = |members| Event::from(RoomOpened { name: String::new(), ..room(RoomAccess::Direct, members) });
    let list_document = |document| {
        let (kind, title) = (DocumentKind::Code, "Plan".into());
        Event::from(DocumentListed { document, kind, title, archived: false })
    };
    let opened = |room| Event::from(DocumentOpened { room, kind: DocumentKind::RichText });
    let list = |room| Event::from(RoomListed { room, name: "new".into(), topic: String::new(), archived: false });
    check(
        &World::new(),
        vec![
            (new, BO, room(RoomAccess::Private, vec![]).into(), Ok(())),
            (new, GUEST, room(RoomAccess::Public, vec![]).into(), Err(Code::Forbidden)),
            (new, STRANGER, room(RoomAccess::Public, vec![]).into(), Err(Code::NotMember)),
            (ROOM, BO, room(RoomAccess::Public, vec![]).into(), Err(Code::IdReuse)),
            (pair, ANA, direct(vec![BO]), Ok(())),
            (pair, BO, direct(vec![ANA]), Ok(())),
            (pair, OWNER, direct(vec![BO]), Err(Code::BadRequest)),
            (new, ANA, direct(vec![BO]), Err(Code::BadRequest)),
            (new, BO, room(RoomAccess::Private, vec![STRANGER]).into(), Err(Code::TargetMissing)),
            (rooms, BO, list(ROOM), Err(Code::Forbidden)),
            (rooms, OWNER, list(ROOM), Err(Code::Forbidden)),
            (rooms, GUEST, list(ROOM), Err(Code::Forbidden)),
            (rooms, STRANGER, list(new), Err(Code::Forbidden)),
            (rooms, BO, posted("x").into(), Err(Code::BadRequest)),
            (rooms, OWNER, MemberRemoved { person: BO }.into(), Err(Code::BadRequest)),
            (SPACE, BO, list(ROOM), Err(Code::Forbidden)),
            (directory(HIDDEN), OWNER, DirectoryOpened { space: SPACE }.into(), Err(Code::Forbidden)),
            (HIDDEN, ANA, listed("x").into(), Err(Code::TargetMissing)),
            (ROOM, BO, list_document(new), Ok(())),
            (ROOM, BO, list_document(pair), Err(Code::BadRequest)),
            (ROOM, BO, list_document(rooms), Err(Code::BadRequest)),
            (ROOM, GUEST, room(RoomAccess::Public, vec![]).into(), Err(Code::Forbidden)),
            (new, BO, opened(ROOM), Ok(())),
            (new, BO, opened(HIDDEN), Err(Code::NotMember)),
            (new, BO, opened(StreamId::fixed(70)), Err(Code::NotMember)),
            (DOCUMENT, BO, DocumentEdited { update: vec![] }.into(), Ok(())),
            (DOCUMENT, OWNER, DocumentEdited { update: vec![] }.into(), Err(Code::NotMember)),
            (DOCUMENT, BO, posted("x").into(), Err(Code::BadRequest)),
            (ROOM, BO, DocumentEdited { update: vec![] }.into(), Err(Code::BadRequest)),
            (ROOM, BO, RoomArchived { archived: true }.into(), Err(Code::Forbidden)),
            (ROOM, ANA, RoomArchived { archived: true }.into(), Ok(())),
        ],
    );
}

#[test]
fn what_is_refused_whatever_stands_under_an_id_does_not_tell_whether_anything_does() {
    let private = |members| Event::from(room(RoomAccess::Private, members));
    let unnamed = Event::from(RoomOpened { name: String::new(), ..room(RoomAccess::Private, vec![]) });
    let mut cases = Vec::new();
    for stream in [StreamId::fixed(40), HIDDEN, DOCUMENT] {
        cases.push((stream, CY, private(vec![STRANGER]), Err(Code::TargetMissing)));
        cases.push((stream, CY, unnamed.clone(), Err(Code::BadRequest)));
        cases.push((stream, GUEST, private(vec![]), Err(Code::Forbidden)));
        cases.push((stream, STRANGER, private(vec![]), Err(Code::NotMember)));
    }
    check(&World::new(), cases);
}

#[test]
fn an_opening_takes_only_an_id_that_is_for_it() {
    let mut world = World::new();
    let pair = direct_room(SPACE, &[ANA, BO]);
    let private = || Event::from(room(RoomAccess::Private, vec![]));
    let direct = Event::from(RoomOpened { name: String::new(), ..room(RoomAccess::Direct, vec![BO]) });
    let opened = Event::from(DocumentOpened { room: ROOM, kind: DocumentKind::Code });
    // As an account of an old server: under an id that a client might have minted.
    let old: PersonId = PersonId::fixed(9);
    world.apply(SPACE, SERVER, MemberAdded { person: old, role: Role::Member, profile: Some(profile("Old")) });
    check(
        &world,
        vec![
            (pair, CY, private(), Err(Code::IdReuse)),
            (pair, CY, opened.clone(), Err(Code::NotMember)),
            (pair, BO, opened, Err(Code::IdReuse)),
            (SERVER.into(), CY, private(), Err(Code::IdReuse)),
            (BO.into(), CY, private(), Err(Code::IdReuse)),
            (old.into(), old, private(), Err(Code::IdReuse)),
            (DOCUMENT, CY, private(), Err(Code::IdReuse)),
            (pair, ANA, direct.clone(), Ok(())),
        ],
    );
    // Opened privately by the rules of another time.
    world.apply(pair, CY, private());
    check(&world, vec![(pair, ANA, direct, Err(Code::IdReuse))]);
}
