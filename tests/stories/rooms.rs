//! Rooms: public, private, direct; found, joined, left.

use super::team::Team;
use folkmoot_client::command::Done;
use folkmoot_client::features::people::commands::PeopleCommand;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_client::view::{RoomView, SpaceView, View};
use folkmoot_model::features::people::Role;
use folkmoot_model::features::rooms::RoomAccess;
use folkmoot_model::id::StreamId;

fn opened(done: Done) -> StreamId {
    match done {
        Done::Opened { stream } => stream,
        other => panic!("opening answered {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_room_is_found_joined_and_left() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let space = ana.space_id().await;
    let command = RoomCommand::OpenRoom {
        space,
        access: RoomAccess::Public,
        name: "field-notes".into(),
        topic: "What we saw".into(),
        members: vec![],
    };
    let room = opened(ana.dispatch(command).await);
    ana.posts_in(room, "First light at six.").await;
    ana.online().await;
    bo.until(View::Space { space }, |view: &SpaceView| view.open_rooms.iter().any(|open| open.id == room)).await;
    // What its list says of it is followed while it is looked at from outside.
    let renamed = async {
        let found = |view: &RoomView| view.room.name == "field-notes";
        bo.until(View::Room { room, at: None }, found).await;
        let name = Some("field-book".into());
        ana.dispatch(RoomCommand::ChangeRoom { room, name, topic: None }).await;
    };
    let seen = |view: &RoomView| view.room.name == "field-book";
    tokio::join!(bo.until(View::Room { room, at: None }, seen), renamed);
    bo.dispatch(RoomCommand::JoinRoom { room }).await;
    let in_it = |view: &SpaceView| view.rooms.iter().any(|item| item.id == room && item.joined);
    bo.until(View::Space { space }, in_it).await;
    bo.posts_in(room, "Second light at seven.").await;
    bo.online().await;
    bo.dispatch(RoomCommand::LeaveRoom { room }).await;
    bo.online().await;
    bo.until(View::Space { space }, |view: &SpaceView| !in_it(view)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_finds_no_rooms_until_they_are_made_a_member() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Guest).await;
    let (space, person) = (ana.space_id().await, bo.id().await);
    let (name, topic) = ("field-notes".to_owned(), String::new());
    let command = RoomCommand::OpenRoom { space, access: RoomAccess::Public, name, topic, members: vec![] };
    let room = opened(ana.dispatch(command).await);
    ana.online().await;
    let finds = |view: &SpaceView| view.open_rooms.iter().any(|open| open.id == room);
    assert!(!finds(&bo.space().await));
    ana.dispatch(PeopleCommand::ChangeRole { space, person, role: Role::Member }).await;
    bo.until(View::Space { space }, finds).await;
    ana.dispatch(PeopleCommand::ChangeRole { space, person, role: Role::Guest }).await;
    bo.until(View::Space { space }, |view: &SpaceView| view.guest && !finds(view)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_room_is_known_only_to_who_is_in_it() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let cleo = team.member("Cleo", Role::Member).await;
    let (space, members) = (ana.space_id().await, vec![bo.id().await]);
    let access = RoomAccess::Private;
    let command = RoomCommand::OpenRoom { space, access, name: "surprise".into(), topic: String::new(), members };
    let room = opened(ana.dispatch(command).await);
    ana.online().await;
    bo.until(View::Space { space }, |view: &SpaceView| view.rooms.iter().any(|item| item.id == room)).await;
    let seen = cleo.space().await;
    assert!(seen.rooms.iter().chain(&seen.open_rooms).all(|item| item.id != room));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_start_a_direct_room_apart_meet_in_it() {
    let team = Team::new().await;
    let mut ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    let (space, one, two) = (ana.space_id().await, ana.id().await, bo.id().await);
    ana.until(View::Space { space }, |view: &SpaceView| view.people.len() == 2).await;
    ana.reopen_offline().await;
    bo.reopen_offline().await;
    let at_ana = opened(ana.dispatch(RoomCommand::OpenDirect { space, people: vec![two] }).await);
    let at_bo = opened(bo.dispatch(RoomCommand::OpenDirect { space, people: vec![one] }).await);
    assert_eq!(at_ana, at_bo);
    ana.posts_in(at_ana, "Are you there?").await;
    bo.posts_in(at_bo, "Are you?").await;
    ana.reopen_online().await;
    bo.reopen_online().await;
    for person in [&ana, &bo] {
        let both = |view: &RoomView| view.messages.len() == 2;
        let view = person.until(View::Room { room: at_ana, at: None }, both).await;
        assert!(view.messages.iter().all(|message| message.refused.is_empty()));
    }
}
