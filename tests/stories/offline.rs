//! Ana posts; Bo is offline; Bo returns. And the other way round, and without any server.

use super::team::{PASSWORD, Team};
use folkmoot_client::command::{Done, Refused};
use folkmoot_client::features::accounts::commands::AccountCommand;
use folkmoot_client::features::documents::commands::DocumentCommand;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_client::view::{RoomView, SendState, SpaceView, View};
use folkmoot_model::features::documents::DocumentKind;
use folkmoot_model::features::people::Role;
use folkmoot_model::features::rooms::RoomAccess;

#[tokio::test(flavor = "multi_thread")]
async fn bo_returns_and_finds_what_ana_posted() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    bo.quit().await;
    ana.posts("The relay dropped my laptop.").await;
    ana.posts("Nothing was lost.").await;
    ana.online().await;
    bo.reopen_online().await;
    assert_eq!(bo.texts().await, ["The relay dropped my laptop.", "Nothing was lost."]);
    assert_eq!(bo.room().await.unread_at_opening, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_bo_writes_offline_is_shown_at_once_kept_and_sent_when_he_returns() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    bo.reopen_offline().await;
    let one = bo.posts("From the train.").await;
    bo.posts("Still on the train.").await;
    let shown = bo.room().await.messages;
    assert!(shown.iter().all(|message| message.standing == SendState::Saved && message.seq.is_none()));
    // Closing the app loses nothing of it.
    bo.reopen_offline().await;
    assert_eq!(bo.texts().await, ["From the train.", "Still on the train."]);
    bo.reopen_online().await;
    let arrived = ana.reads("Still on the train.").await;
    assert_eq!(ana.texts().await, ["From the train.", "Still on the train."]);
    assert_eq!(ana.reads("From the train.").await.id, one);
    assert_eq!(arrived.standing, SendState::Accepted);
    assert!(bo.room().await.messages.iter().all(|message| message.standing == SendState::Accepted));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_made_in_a_room_which_was_opened_offline_is_shown_at_once_and_arrives() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    let (space, hers) = (bo.space_id().await, ana.id().await);
    bo.until(View::Space { space }, |view: &SpaceView| view.people.len() == 2).await;
    bo.reopen_offline().await;
    let (name, topic) = ("shelf".to_owned(), String::new());
    let open = RoomCommand::OpenRoom { space, access: RoomAccess::Private, name, topic, members: vec![] };
    let Done::Opened { stream: room } = bo.dispatch(open).await else { panic!("it is opened") };
    bo.dispatch(RoomCommand::AddToRoom { room, person: hers }).await;
    let create = DocumentCommand::CreateDocument { room, kind: DocumentKind::Code, title: "Inventory".into() };
    let Done::Opened { stream: document } = bo.dispatch(create).await else { panic!("it is opened") };
    let listed = |view: &SpaceView| view.documents.iter().any(|item| item.id == document && item.title == "Inventory");
    for _ in 0..2 {
        assert!(listed(&bo.space().await), "it is listed before anything is sent");
        let members: Vec<_> = bo
            .view::<RoomView>(View::Room { room, at: None })
            .await
            .members
            .into_iter()
            .map(|member| member.id)
            .collect();
        assert!(members.contains(&hers), "whoever was added is in it: {members:?}");
        bo.reopen_offline().await;
    }
    bo.reopen_online().await;
    ana.until(View::Space { space }, listed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_goes_away_and_comes_back() {
    let mut team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    ana.posts("Before.").await;
    bo.reads("Before.").await;
    team.stop().await;
    ana.posts("While it was away.").await;
    assert_eq!(ana.texts().await, ["Before.", "While it was away."]);
    team.serve().await;
    ana.dispatch(AccountCommand::TryNow).await;
    bo.dispatch(AccountCommand::TryNow).await;
    bo.reads("While it was away.").await;
    assert_eq!(bo.texts().await, ["Before.", "While it was away."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_signed_in_here_signs_in_again_by_name_and_password_alone() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    ana.posts("Before.").await;
    ana.online().await;
    let host = ana.handle.status().borrow().host.clone();
    for server in [String::new(), host] {
        ana.dispatch(AccountCommand::SignOut { discard_unsent: false }).await;
        let sign_in = |server: String, password: &str| AccountCommand::SignIn {
            server,
            name: "Ana".into(),
            password: password.into(),
        };
        assert_eq!(ana.refused(sign_in(server.clone(), "a wrong one")).await, Refused::WrongPassword);
        assert_eq!(ana.refused(sign_in("elsewhere.example:1".into(), PASSWORD)).await, Refused::BadLink);
        ana.dispatch(sign_in(server, PASSWORD)).await;
        ana.online().await;
    }
    assert_eq!(ana.texts().await, ["Before."]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_than_the_one_that_the_link_names_is_told_nothing() {
    let team = Team::on_the_network().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    ana.posts("Over TLS.").await;
    bo.reads("Over TLS.").await;
    let link = team.invite(Role::Member).await;
    let (place, _key) = link.split_once("?key=").expect("a join link names a key");
    let other = Team::new().await.invite(Role::Member).await;
    let (_, key) = other.split_once("?key=").expect("a join link names a key");
    let stranger = team.stranger("Cy");
    let link = format!("{place}?key={key}");
    assert_eq!(stranger.refused(AccountCommand::Inspect { link: link.clone() }).await, Refused::WrongServer);
    let join = AccountCommand::Join { link, name: "Cy".into(), password: PASSWORD.into() };
    assert_eq!(stranger.refused(join).await, Refused::WrongServer);
}
