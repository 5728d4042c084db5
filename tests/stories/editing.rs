//! Two people change one message at once, and a message is deleted while somebody edits it.

use super::team::Team;
use folkmoot_client::command::Refused;
use folkmoot_client::features::messages::commands::MessageCommand;
use folkmoot_client::features::outbox::commands::OutboxCommand;
use folkmoot_client::features::reactions::commands::ReactionCommand;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_model::features::people::Role;
use folkmoot_model::refusal::Code;

#[tokio::test(flavor = "multi_thread")]
async fn both_edit_one_message_offline_and_both_texts_survive() {
    let team = Team::new().await;
    let mut ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    ana.lets_everyone_edit(&bo).await;
    let note = ana.posts("Meet at the harbour.").await;
    bo.reads("Meet at the harbour.").await;
    ana.reopen_offline().await;
    bo.reopen_offline().await;
    ana.edits(note, "Meet at the old mill at nine.").await;
    bo.edits(note, "Bring boots and a torch!").await;
    ana.reopen_online().await;
    bo.reopen_online().await;
    let both = |text: &str| text.contains("old mill at nine") && text.contains("ring boots and a torch");
    let at_bo = bo.sees(|room| both(&room.messages[0].text)).await;
    let at_ana = ana.sees(|room| both(&room.messages[0].text)).await;
    assert_eq!(at_ana.messages[0].text, at_bo.messages[0].text);
    assert!(at_ana.messages[0].edited.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_its_author_edits_a_message_unless_the_room_lets_everyone() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let note = bo.posts("Half past nine.").await;
    let edit = || MessageCommand::Edit { room: ana.welcome, message: note, text: "Half past ten.".into() };
    let shown = ana.sees(|room| room.messages.len() == 1).await;
    assert!(!shown.messages[0].can_edit && shown.messages[0].can_delete, "who manages the room deletes, and no more");
    let refused = ana.refused(edit()).await;
    assert!(matches!(refused, Refused::Rule { refusal } if refusal.code == Code::Forbidden));
    let shown = bo.room().await;
    assert!(shown.messages[0].can_edit);
    let blank = MessageCommand::Edit { room: bo.welcome, message: note, text: " \u{3164}\n".into() };
    assert!(matches!(bo.refused(blank).await, Refused::Rule { refusal } if refusal.code == Code::BadRequest));
    let everyone = RoomCommand::LetEveryoneEdit { room: bo.welcome, everyone: true };
    assert!(matches!(bo.refused(everyone).await, Refused::Rule { refusal } if refusal.code == Code::Forbidden));

    ana.lets_everyone_edit(&bo).await;
    ana.dispatch(edit()).await;
    let shown = bo.sees(|room| room.messages[0].text == "Half past ten.").await;
    let edited = shown.messages[0].edited.clone().expect("it was edited");
    assert!(edited.by_other && edited.by_name == "Ana", "its author is told who did");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_message_takes_no_edit_and_the_text_of_the_edit_is_kept() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    ana.lets_everyone_edit(&bo).await;
    let note = ana.posts("A first draft.").await;
    bo.reads("A first draft.").await;
    bo.reopen_offline().await;
    bo.edits(note, "A second draft, much better.").await;
    ana.dispatch(MessageCommand::Delete { room: ana.welcome, message: note }).await;
    ana.online().await;
    bo.reopen_online().await;
    let shown = bo.sees(|room| room.messages.iter().any(|message| !message.refused.is_empty())).await;
    let message = &shown.messages[0];
    assert!(message.deleted);
    assert_eq!(message.refused[0].refusal.code, Code::TargetMissing);
    bo.dispatch(OutboxCommand::Discard { event: message.refused[0].event }).await;
    bo.sees(|room| room.messages.iter().all(|message| message.refused.is_empty())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reaction_is_put_and_taken_off() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let note = ana.posts("It ships today.").await;
    bo.reads("It ships today.").await;
    let form = |emoji: &str, on| ReactionCommand::React { room: ana.welcome, message: note, emoji: emoji.into(), on };
    let react = |on| form("❤️", on);
    bo.dispatch(form("❤", true)).await;
    ana.dispatch(react(true)).await;
    let refused = bo.refused(form("lol", true)).await;
    assert!(matches!(refused, Refused::Rule { refusal } if refusal.code == Code::BadRequest));
    let shown = ana.sees(|room| room.messages[0].reactions.iter().any(|reaction| reaction.names.len() == 2)).await;
    assert!(shown.messages[0].reactions[0].mine && shown.messages[0].reactions[0].emoji == "❤️");
    ana.dispatch(react(false)).await;
    let shown = bo.sees(|room| room.messages[0].reactions.iter().any(|reaction| reaction.names.len() == 1)).await;
    assert_eq!(shown.messages[0].reactions[0].names, ["Bo"]);
}
