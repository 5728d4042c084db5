//! What the server refused stays with who said it: also when the room is gone, and when it was archived meanwhile.

use super::team::Team;
use folkmoot_client::command::Done;
use folkmoot_client::features::messages::commands::MessageCommand;
use folkmoot_client::features::outbox::commands::OutboxCommand;
use folkmoot_client::features::people::commands::PeopleCommand;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_client::view::{AppView, RefusedWhat, SpaceView, View};
use folkmoot_model::features::people::Role;
use folkmoot_model::features::rooms::RoomAccess;
use folkmoot_model::id::StreamId;
use folkmoot_model::refusal::Code;

#[tokio::test(flavor = "multi_thread")]
async fn words_for_a_private_room_that_was_lost_are_kept_to_be_copied_or_given_up() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    let (space, person) = (ana.space_id().await, bo.id().await);
    let (name, topic, members) = ("plans".into(), String::new(), vec![person]);
    let open = RoomCommand::OpenRoom { space, access: RoomAccess::Private, name, topic, members };
    let Done::Opened { stream: room } = ana.dispatch(open).await else { panic!("it opens") };
    bo.until(View::Space { space }, |view: &SpaceView| view.rooms.iter().any(|item| item.id == room)).await;
    let his = bo.posts_in(room, "Meet at the harbour").await;
    bo.online().await;
    bo.until(View::Room { room, at: None }, |view: &folkmoot_client::view::RoomView| view.messages.len() == 1).await;
    bo.reopen_offline().await;
    bo.posts_in(room, "A plan of mine.").await;
    let text = "Meet at the old mill".into();
    bo.dispatch(MessageCommand::Edit { room, message: his, text }).await;
    ana.dispatch(PeopleCommand::Remove { stream: room, person }).await;
    ana.online().await;

    bo.reopen_online().await;
    bo.until(View::Space { space }, |view: &SpaceView| view.rooms.iter().all(|item| item.id != room)).await;
    let app: AppView = bo.until(View::App, |app: &AppView| app.not_sent.len() == 2).await;
    let told: Vec<_> = app.not_sent.iter().map(|item| (item.what, item.text.as_str(), item.space)).collect();
    assert_eq!(told, [(RefusedWhat::Edit, "old mill", None), (RefusedWhat::Post, "A plan of mine.", None)]);
    assert!(app.not_sent.iter().all(|item| item.refusal.code == Code::NotMember));
    for item in app.not_sent {
        bo.dispatch(OutboxCommand::Discard { event: item.id }).await;
    }
    bo.reopen_offline().await;
    assert!(bo.view::<AppView>(View::App).await.not_sent.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_for_a_room_that_was_archived_says_so_and_is_sent_again_when_it_is_back() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    let room: StreamId = ana.welcome;
    bo.reopen_offline().await;
    bo.posts("Too late?").await;
    ana.dispatch(RoomCommand::ArchiveRoom { room, archived: true }).await;
    ana.online().await;
    bo.reopen_online().await;
    let app: AppView = bo.until(View::App, |app: &AppView| app.not_sent.len() == 1).await;
    assert_eq!((app.not_sent[0].refusal.code, app.not_sent[0].place.as_str()), (Code::Archived, "welcome"));
    bo.sees(|view| view.room.archived).await;
    let event = app.not_sent[0].id;
    bo.refused(OutboxCommand::Retry { event }).await;
    ana.dispatch(RoomCommand::ArchiveRoom { room, archived: false }).await;
    bo.sees(|view| !view.room.archived).await;
    bo.dispatch(OutboxCommand::Retry { event }).await;
    ana.reads("Too late?").await;
    assert!(bo.view::<AppView>(View::App).await.not_sent.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_for_a_room_that_was_archived_is_made_again_over_what_others_changed_meanwhile() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    let room: StreamId = ana.welcome;
    ana.lets_everyone_edit(&bo).await;
    let note = ana.posts("Meet at the harbour.").await;
    bo.reads("Meet at the harbour.").await;
    bo.reopen_offline().await;
    bo.edits(note, "Meet at the harbour. Bring boots.").await;
    ana.edits(note, "Meet at the old mill.").await;
    ana.dispatch(RoomCommand::ArchiveRoom { room, archived: true }).await;
    ana.online().await;
    bo.reopen_online().await;
    let app: AppView = bo.until(View::App, |app: &AppView| app.not_sent.len() == 1).await;
    let item = &app.not_sent[0];
    assert_eq!((item.what, item.refusal.code), (RefusedWhat::Edit, Code::Archived));
    assert!(item.text.contains("Bring boots"), "his words are there to be copied: {:?}", item.text);
    bo.sees(|view| view.room.archived && view.messages[0].text == "Meet at the old mill.").await;
    let event = item.id;
    bo.refused(OutboxCommand::Retry { event }).await;
    assert_eq!(bo.view::<AppView>(View::App).await.not_sent.len(), 1, "what is refused again is kept");
    ana.dispatch(RoomCommand::ArchiveRoom { room, archived: false }).await;
    bo.sees(|view| !view.room.archived).await;
    bo.dispatch(OutboxCommand::Retry { event }).await;
    let both = |text: &str| text.contains("old mill") && text.contains("Bring boots");
    let at_ana = ana.sees(|room| both(&room.messages[0].text)).await;
    let at_bo = bo.sees(|room| both(&room.messages[0].text)).await;
    assert_eq!(at_ana.messages[0].text, at_bo.messages[0].text);
    bo.online().await;
    assert!(bo.view::<AppView>(View::App).await.not_sent.is_empty());
    // Of an edit that is on its way or arrived there is nothing to be tried again.
    assert_eq!(bo.refused(OutboxCommand::Retry { event }).await, folkmoot_client::command::Refused::NotHeld);
}
