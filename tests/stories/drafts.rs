//! What Bo has begun to write is there when he comes back, and so is where he was.

use super::team::Team;
use folkmoot_client::command::{Done, FoundKind};
use folkmoot_client::features::accounts::commands::AccountCommand;
use folkmoot_client::features::drafts::commands::DraftCommand;
use folkmoot_client::features::presence::commands::PresenceCommand;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_client::features::search::commands::SearchCommand;
use folkmoot_client::view::EditItem;
use folkmoot_model::features::people::Role;

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_survives_a_kill_and_goes_when_it_is_emptied() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    let asked = ana.posts("When do we meet?").await;
    bo.reads("When do we meet?").await;
    let room = bo.welcome;
    let draft = |text: &str| DraftCommand::Draft { room, text: text.into(), reply_to: Some(asked), thread: None };
    bo.dispatch(draft("At ni")).await;
    bo.dispatch(draft("At nine, at the")).await;

    bo.killed_and_reopened_offline().await;
    let kept = bo.room().await.draft.expect("it is kept");
    assert_eq!(kept.text, "At nine, at the");
    assert_eq!(kept.reply_to.map(|quote| quote.excerpt), Some("When do we meet?".into()));
    assert!(bo.space().await.rooms[0].draft, "the sidebar shows it");

    bo.dispatch(DraftCommand::Draft { room, text: String::new(), reply_to: None, thread: None }).await;
    bo.killed_and_reopened_offline().await;
    assert_eq!(bo.room().await.draft, None);
    assert!(!bo.space().await.rooms[0].draft);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_was_begun_survives_a_kill_beside_a_draft_and_goes_when_it_ends() {
    let team = Team::new().await;
    let mut bo = team.member("Bo", Role::Owner).await;
    let (first, second) = (bo.posts("At nine.").await, bo.posts("In the garden.").await);
    bo.online().await;
    let room = bo.welcome;
    let edit = |message, text: &str| DraftCommand::DraftEdit { room, message, text: text.into() };
    bo.dispatch(edit(first, "At te")).await;
    bo.dispatch(edit(first, "At ten.")).await;
    bo.dispatch(edit(second, "In the hou")).await;
    bo.dispatch(DraftCommand::Draft { room, text: "Who comes?".into(), reply_to: None, thread: None }).await;

    bo.killed_and_reopened_offline().await;
    let shown = bo.room().await;
    let begun = |message, text: &str| EditItem { message, text: text.into() };
    assert_eq!(shown.edits, [begun(first, "At ten."), begun(second, "In the hou")]);
    assert_eq!(shown.draft.map(|draft| draft.text), Some("Who comes?".into()));
    assert_eq!(bo.texts().await, ["At nine.", "In the garden."], "nobody sees it before it is saved");

    bo.dispatch(edit(first, "")).await;
    bo.dispatch(DraftCommand::Draft { room, text: String::new(), reply_to: None, thread: None }).await;
    bo.killed_and_reopened_offline().await;
    assert_eq!(bo.room().await.edits, [begun(second, "In the hou")]);
    assert!(bo.space().await.rooms[0].draft, "the sidebar shows it");
    bo.dispatch(edit(second, "")).await;
    assert_eq!(bo.room().await.edits, []);
    assert!(!bo.space().await.rooms[0].draft);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_gives_up_what_is_not_sent_and_keeps_drafts() {
    let team = Team::new().await;
    let mut bo = team.member("Bo", Role::Owner).await;
    bo.reopen_offline().await;
    let room = bo.welcome;
    bo.posts("Not sent.").await;
    bo.dispatch(DraftCommand::Draft { room, text: "Begun".into(), reply_to: None, thread: None }).await;
    bo.dispatch(AccountCommand::SignOut { discard_unsent: true }).await;
    assert_eq!((bo.texts().await.len(), bo.room().await.draft.map(|draft| draft.text)), (0, Some("Begun".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_looked_at_last_is_found_first_also_after_a_restart() {
    let team = Team::new().await;
    let mut bo = team.member("Bo", Role::Owner).await;
    let space = bo.space_id().await;
    let mut rooms = Vec::new();
    for name in ["alpha", "beta", "gamma"] {
        let (access, topic) = (folkmoot_model::features::rooms::RoomAccess::Public, String::new());
        let open = RoomCommand::OpenRoom { space, access, name: name.into(), topic, members: vec![] };
        let Done::Opened { stream } = bo.dispatch(open).await else { panic!("it opens") };
        rooms.push(stream);
    }
    for room in [rooms[2], rooms[0], rooms[1]] {
        bo.dispatch(PresenceCommand::Present {
            active: true,
            away: false,
            at: Some(room),
            focused: true,
            thread: None,
        })
        .await;
    }
    bo.reopen_online().await;
    let Done::Found { items } = bo.dispatch(SearchCommand::Find { query: String::new() }).await else {
        panic!("it finds")
    };
    let first: Vec<&str> = items.iter().take(3).map(|item| item.name.as_str()).collect();
    assert_eq!(first, ["beta", "alpha", "gamma"]);
    assert!(items.iter().all(|item| item.kind == FoundKind::Room));
}
