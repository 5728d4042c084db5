//! Bo takes back what he said: as if it had never been, while it is only on his device; by deleting it afterwards.

use super::team::Team;
use folkmoot_client::features::messages::commands::MessageCommand;
use folkmoot_client::features::outbox::commands::OutboxCommand;
use folkmoot_client::features::reactions::commands::ReactionCommand;
use folkmoot_model::features::people::Role;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_sent_is_taken_back_without_a_trace_whenever_the_app_is_killed() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    let room = bo.welcome;
    bo.reopen_offline().await;
    let one = bo.posts("Never mind.").await;
    bo.edits(one, "Never mind me.").await;
    bo.dispatch(ReactionCommand::React { room, message: one, emoji: "🙈".into(), on: true }).await;
    let two = bo.posts("This stays.").await;
    let three = bo.posts("Nor this.").await;

    bo.killed_and_reopened_offline().await;
    assert!(bo.room().await.messages.iter().all(|message| message.untouched));
    bo.dispatch(OutboxCommand::TakeBack { room, message: one }).await;
    bo.dispatch(OutboxCommand::TakeBack { room, message: three }).await;
    assert_eq!(bo.texts().await, ["This stays."]);
    bo.killed_and_reopened_offline().await;
    assert_eq!(bo.texts().await, ["This stays."]);

    bo.reopen_online().await;
    let seen = ana.reads("This stays.").await;
    assert_eq!((seen.id, ana.texts().await.len()), (two, 1), "not even a deletion is seen of the others");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_knows_is_deleted_instead() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let said = bo.posts("Said aloud.").await;
    ana.reads("Said aloud.").await;
    bo.online().await;
    assert!(!bo.room().await.messages[0].untouched);
    bo.dispatch(OutboxCommand::TakeBack { room: bo.welcome, message: said }).await;
    ana.sees(|room| room.messages[0].deleted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_own_answer_rests_on_is_deleted_instead() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    bo.reopen_offline().await;
    let (room, said) = (bo.welcome, bo.posts("At nine?").await);
    bo.dispatch(MessageCommand::Post { room, text: "Or at ten.".into(), reply_to: Some(said), thread: None }).await;
    bo.dispatch(OutboxCommand::TakeBack { room, message: said }).await;
    bo.reopen_online().await;
    ana.reads("Or at ten.").await;
    let seen = ana.room().await.messages;
    assert!(seen[0].deleted && seen[1].refused.is_empty());
    assert!(bo.room().await.messages.iter().all(|message| message.refused.is_empty()));
}
