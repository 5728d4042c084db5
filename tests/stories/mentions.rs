//! Whom a message names: people, whatever they are called later, and whatever becomes of the text.

use super::team::{Person, Team};
use folkmoot_client::features::messages::commands::MessageCommand;
use folkmoot_client::features::people::commands::PeopleCommand;
use folkmoot_client::features::presence::commands::PresenceCommand;
use folkmoot_client::view::markdown::{Block, Inline};
use folkmoot_client::view::{AppView, MessageItem, View};
use folkmoot_model::features::people::Role;
use folkmoot_model::id::{EventId, PersonId};

/// Waits until Bo has so many mentions that he has not read.
async fn mentions(bo: &Person, expected: u32) {
    bo.online().await;
    bo.until(View::App, |app: &AppView| app.spaces[0].mentions == expected).await;
}

fn named(message: &MessageItem) -> Vec<(PersonId, String)> {
    let Some(Block::Paragraph { inlines }) = message.blocks.first() else { return Vec::new() };
    let named = inlines.iter().filter_map(|inline| match inline {
        Inline::Mention { person, name, .. } => Some((*person, name.clone())),
        _ => None,
    });
    named.collect()
}

async fn is_told_of(bo: &Person, message: EventId) -> bool {
    bo.view::<AppView>(View::App).await.notices.iter().any(|notice| notice.id == message)
}

#[tokio::test(flavor = "multi_thread")]
async fn mentions_follow_edits_and_deletions() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    bo.dispatch(PresenceCommand::Present { active: true, away: false, at: None, focused: false, thread: None }).await;
    let lunch = ana.posts("@Bo lunch?").await;
    mentions(&bo, 1).await;
    ana.edits(lunch, "lunch?").await;
    mentions(&bo, 0).await;
    let tea = ana.posts("tea?").await;
    bo.reads("tea?").await;
    mentions(&bo, 0).await;
    assert!(!is_told_of(&bo, tea).await);

    // He has read it; that it names him now is new.
    let seq = bo.room().await.head;
    bo.dispatch(PresenceCommand::ReadTo { room: bo.welcome, seq }).await;
    bo.until(View::App, |app: &AppView| app.spaces[0].unread == 0).await;
    ana.edits(tea, "@Bo tea?").await;
    mentions(&bo, 1).await;
    bo.until(View::App, |app: &AppView| app.notices.iter().any(|notice| notice.id == tea)).await;
    ana.edits(tea, "@Bo tea, at four?").await;
    bo.reads("@Bo tea, at four?").await;
    mentions(&bo, 1).await;
    ana.dispatch(MessageCommand::Delete { room: ana.welcome, message: tea }).await;
    mentions(&bo, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_names_whom_it_named_whoever_bears_the_name_later() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let space = ana.space_id().await;
    let note = ana.posts("@Bo hi").await;
    bo.reads("@Bo hi").await;
    bo.dispatch(PeopleCommand::ChangeProfile { space, name: "Bodil".into(), colour: 2 }).await;
    ana.until(View::Space { space }, |view: &folkmoot_client::view::SpaceView| {
        view.people.iter().any(|person| person.name == "Bodil")
    })
    .await;
    let newcomer = team.member("Boris", Role::Member).await;
    newcomer.dispatch(PeopleCommand::ChangeProfile { space, name: "Bo".into(), colour: 3 }).await;
    ana.until(View::Space { space }, |view: &folkmoot_client::view::SpaceView| {
        view.people.iter().any(|person| person.name == "Bo")
    })
    .await;
    let his = [(bo.id().await, "Bo".to_owned())];
    assert_eq!(named(&ana.room().await.messages[0]), his);
    ana.edits(note, "@Bo hi again").await;
    let shown = newcomer.sees(|room| room.messages[0].text == "@Bo hi again").await;
    assert_eq!(named(&shown.messages[0]), his);
    assert!(!shown.messages[0].names_me);
    // What is written from now on names who bears the name now.
    ana.posts("@Bo welcome").await;
    let welcome = newcomer.reads("@Bo welcome").await;
    assert!(welcome.names_me);
}
