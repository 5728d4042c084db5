//! A removed member gets nothing more, and keeps nothing.

use super::team::Team;
use folkmoot_client::command::Refused;
use folkmoot_client::features::people::commands::PeopleCommand;
use folkmoot_client::view::{AppView, RoomView, View};
use folkmoot_model::features::people::Role;
use folkmoot_model::refusal::Code;

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_member_gets_nothing_more() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    ana.posts("Hello Bo.").await;
    bo.reads("Hello Bo.").await;
    let (space, person) = (ana.space_id().await, bo.id().await);
    ana.dispatch(PeopleCommand::Remove { stream: space, person }).await;
    bo.until(View::App, |app: &AppView| app.spaces.is_empty()).await;
    let welcome: Option<RoomView> = bo.view(View::Room { room: bo.welcome, at: None }).await;
    assert!(welcome.is_none(), "{welcome:?}");
    ana.posts("He is gone.").await;
    ana.online().await;
    let held = bo.handle.cursors().await.expect("the engine runs");
    let others: Vec<_> = held.iter().filter(|(stream, seq)| *stream != person.into() && *seq > 0).collect();
    assert!(others.is_empty(), "nothing of the space is left on the device: {others:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_removed_member_wrote_offline_is_refused_and_kept() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    let person = bo.id().await;
    bo.reopen_offline().await;
    bo.posts("Am I still here?").await;
    ana.dispatch(PeopleCommand::Remove { stream: ana.welcome, person }).await;
    ana.online().await;
    bo.reopen_online().await;
    let refused = bo.sees(|room| room.messages.iter().any(|message| !message.refused.is_empty())).await;
    let message = refused.messages.iter().find(|message| !message.refused.is_empty()).expect("just seen");
    assert_eq!(message.refused[0].text, "Am I still here?");
    assert_eq!(message.refused[0].refusal.code, Code::NotMember);
    assert!(ana.texts().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_answer_before_anything_is_queued() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let space = bo.space_id().await;
    let person = ana.id().await;
    let refused = bo.refused(PeopleCommand::Remove { stream: space, person }).await;
    assert!(matches!(refused, Refused::Rule { refusal } if refusal.code == Code::Forbidden));
    assert_eq!(bo.handle.status().borrow().pending, 0);
}
