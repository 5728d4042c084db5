//! One account in several spaces of its server.

use super::team::{Person, Team};
use folkmoot_client::command::{Done, LinkTarget, Refused};
use folkmoot_client::features::accounts::commands::AccountCommand;
use folkmoot_client::features::people::commands::PeopleCommand;
use folkmoot_client::features::presence::commands::PresenceCommand;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_client::view::{AppView, RoomView, SpaceView, View};
use folkmoot_model::features::people::Role;
use folkmoot_model::features::rooms::RoomAccess;
use folkmoot_model::id::StreamId;
use folkmoot_model::signal::Availability;

/// Joins as the person that is signed in. Gives the space and its first room.
async fn joins(person: &Person, link: &str) -> (StreamId, StreamId) {
    let join = AccountCommand::Join { link: link.into(), name: String::new(), password: String::new() };
    match person.dispatch(join).await {
        Done::Joined { space, room } => (space, room),
        done => panic!("joining answered {done:?}"),
    }
}

async fn spaces_of(person: &Person, names: &[&str]) {
    person.until(View::App, |app: &AppView| app.spaces.iter().map(|space| &space.name).eq(names)).await;
}

/// The room may not be known yet.
async fn shows(person: &Person, room: StreamId, hoped: impl Fn(&RoomView) -> bool) {
    let hoped = |view: &Option<RoomView>| view.as_ref().is_some_and(|view| view.held && hoped(view));
    person.until(View::Room { room, at: None }, hoped).await;
}

async fn reads_in(person: &Person, room: StreamId, text: &str) {
    shows(person, room, |view| view.messages.iter().any(|message| message.text == text)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_joins_a_second_space_with_the_account_they_have() {
    let team = Team::new().await;
    let mut ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let garden = team.another_space("Garden").await;
    ana.dispatch(PresenceCommand::Present { active: true, away: false, at: None, focused: true, thread: None }).await;

    let Done::Inspected { link: LinkTarget::Join { space_name, known, .. } } =
        ana.dispatch(AccountCommand::Inspect { link: garden.clone() }).await
    else {
        panic!("it leads to a space")
    };
    assert_eq!((space_name.as_str(), known), ("Garden", true));
    let (space, room) = joins(&ana, &garden).await;
    spaces_of(&ana, &["Garden", "Northlight"]).await;
    shows(&ana, room, |_| true).await;
    ana.posts_in(room, "Seeds are in.").await;
    ana.posts("Back in Northlight.").await;
    bo.reads("Back in Northlight.").await;
    ana.online().await;
    let held = bo.handle.cursors().await.expect("the engine runs");
    assert!(!held.iter().any(|(stream, _)| [space, room].contains(stream)), "Bo is not in it: {held:?}");

    // Once more, by another link: they are where they were.
    let Done::Link { link } = ana.dispatch(AccountCommand::Invite { space, role: Role::Member }).await else {
        panic!("a link")
    };
    assert_eq!(joins(&ana, &link).await, (space, room));
    assert_eq!(joins(&bo, &link).await, (space, room), "which is still good for somebody else");
    reads_in(&bo, room, "Seeds are in.").await;
    let person = ana.id().await;
    let here = |view: &SpaceView| {
        view.people.iter().any(|item| item.id == person && item.availability == Availability::Online)
    };
    bo.until(View::Space { space }, here).await;

    ana.reopen_offline().await;
    spaces_of(&ana, &["Garden", "Northlight"]).await;
    reads_in(&ana, room, "Seeds are in.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_put_out_comes_back_by_an_invitation_as_the_same_person() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    bo.posts("Before.").await;
    ana.reads("Before.").await;
    let (space, person) = (ana.space_id().await, bo.id().await);
    ana.dispatch(PeopleCommand::Remove { stream: space, person }).await;
    spaces_of(&bo, &[]).await;
    ana.posts("Without him.").await;
    ana.online().await;
    joins(&bo, &team.invite(Role::Member).await).await;
    spaces_of(&bo, &["Northlight"]).await;
    assert_eq!(bo.id().await, person);
    reads_in(&bo, bo.welcome, "Without him.").await;
    assert_eq!(bo.reads("Before.").await.author, person);
    bo.posts("After.").await;
    ana.reads("After.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_is_in_no_private_room_that_they_had_and_still_has_their_direct_ones() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let (space, person, ana_id) = (ana.space_id().await, bo.id().await, ana.id().await);
    let (access, name, topic) = (RoomAccess::Private, "board".to_owned(), String::new());
    let members = vec![person];
    let Done::Opened { stream: board } =
        ana.dispatch(RoomCommand::OpenRoom { space, access, name, topic, members }).await
    else {
        panic!("a room")
    };
    let Done::Opened { stream: pair } = bo.dispatch(RoomCommand::OpenDirect { space, people: vec![ana_id] }).await
    else {
        panic!("a room")
    };
    bo.posts_in(pair, "Between us.").await;
    ana.posts_in(board, "For the board.").await;
    reads_in(&bo, board, "For the board.").await;
    reads_in(&ana, pair, "Between us.").await;

    ana.dispatch(PeopleCommand::Remove { stream: space, person }).await;
    spaces_of(&bo, &[]).await;
    shows(&ana, board, |view| view.members.iter().all(|member| member.id != person)).await;
    joins(&bo, &team.invite(Role::Member).await).await;
    reads_in(&bo, pair, "Between us.").await;
    ana.posts_in(board, "Is he back?").await;
    ana.online().await;
    bo.online().await;
    let rooms = bo.space().await.rooms;
    assert!(rooms.iter().all(|room| room.id != board), "{rooms:?}");
    let held = bo.handle.cursors().await.expect("the engine runs");
    assert!(held.iter().all(|(stream, seq)| *stream != board || *seq == 0), "nothing of the room is there: {held:?}");

    ana.dispatch(RoomCommand::AddToRoom { room: board, person }).await;
    reads_in(&bo, board, "Is he back?").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_another_server_is_refused_while_one_is_signed_in() {
    let (here, there) = (Team::new().await, Team::new().await);
    let ana = here.member("Ana", Role::Owner).await;
    let link = there.invite(Role::Member).await;
    let inspected = ana.dispatch(AccountCommand::Inspect { link: link.clone() }).await;
    assert!(matches!(inspected, Done::Inspected { link: LinkTarget::Join { known: false, .. } }), "{inspected:?}");
    let join = AccountCommand::Join { link, name: "Ana".into(), password: super::team::PASSWORD.into() };
    assert_eq!(ana.refused(join).await, Refused::WrongServer);
    spaces_of(&ana, &["Northlight"]).await;
}
