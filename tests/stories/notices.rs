//! What is said to Ana's face and what is not: the room that she looks at, and a pause.

use super::team::{Person, Team};
use folkmoot_client::command::Pause;
use folkmoot_client::features::notices::commands::NoticeCommand;
use folkmoot_client::features::presence::commands::PresenceCommand;
use folkmoot_client::view::{AppView, NoticeItem, View};
use folkmoot_model::features::people::Role;
use std::time::{SystemTime, UNIX_EPOCH};

/// The notice of Bo's next mention, if there is one once Ana has read it.
async fn mention(ana: &Person, bo: &Person, text: &str) -> Option<NoticeItem> {
    let text = format!("@Ana {text}");
    let id = bo.posts(&text).await;
    ana.reads(&text).await;
    let app: AppView = ana.until(View::App, |_| true).await;
    app.notices.into_iter().find(|notice| notice.id == id)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_into_the_room_that_ana_looks_at_is_no_news_beside_another_window_it_is() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let at = Some(ana.welcome);
    ana.dispatch(PresenceCommand::Present { active: true, away: false, at, focused: true, thread: None }).await;
    assert_eq!(mention(&ana, &bo, "one").await, None);
    ana.dispatch(PresenceCommand::Present { active: true, away: false, at, focused: false, thread: None }).await;
    assert!(mention(&ana, &bo, "two").await.is_some_and(|notice| !notice.silent));
    ana.dispatch(PresenceCommand::Present { active: true, away: false, at: None, focused: true, thread: None }).await;
    assert!(mention(&ana, &bo, "three").await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_outlives_a_restart_and_hides_nothing_that_is_unread() {
    let team = Team::new().await;
    let mut ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let before_ms = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    ana.dispatch(NoticeCommand::PauseNotifications { pause: Pause::AnHour }).await;
    ana.reopen_online().await;
    let app: AppView = ana.until(View::App, |app: &AppView| app.paused_until_ms.is_some()).await;
    let until_ms = u128::from(app.paused_until_ms.expect("it is paused"));
    assert!((3_600_000..3_660_000).contains(&(until_ms - before_ms)));
    assert!(mention(&ana, &bo, "are you there?").await.is_some_and(|notice| notice.silent));
    let app: AppView = ana.until(View::App, |app: &AppView| app.spaces[0].unread == 1).await;
    assert_eq!(app.spaces[0].mentions, 1);
    ana.dispatch(NoticeCommand::PauseNotifications { pause: Pause::Over }).await;
    ana.until(View::App, |app: &AppView| app.paused_until_ms.is_none()).await;
    assert!(mention(&ana, &bo, "and now?").await.is_some_and(|notice| !notice.silent));
}
