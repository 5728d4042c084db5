//! Ana says how she is: everybody sees it, on all her devices, until its time is over; and nothing disturbs her.

use super::team::Team;
use folkmoot_client::features::people::commands::PeopleCommand;
use folkmoot_client::view::{AppView, SpaceView, View};
use folkmoot_model::features::people::Role;
use folkmoot_model::features::profiles::{Mode, Status};
use std::time::{SystemTime, UNIX_EPOCH};

fn in_ms(ms: u64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
    u64::try_from(now).expect("before the year 500,000,000") + ms
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_is_seen_by_all_survives_a_restart_and_ends_by_itself() {
    let team = Team::new().await;
    let mut ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let space = ana.space_id().await;
    let status = Status { mode: Mode::Busy, text: "Writing the plan".into(), until_ms: Some(in_ms(3_600_000)) };
    let shows = |wanted: Option<Status>| {
        move |view: &SpaceView| view.people.iter().any(|person| person.name == "Ana" && person.status == wanted)
    };
    ana.dispatch(PeopleCommand::ChooseStatus { status: Some(status.clone()) }).await;
    bo.until(View::Space { space }, shows(Some(status.clone()))).await;
    ana.reopen_online().await;
    ana.until(View::Space { space }, shows(Some(status.clone()))).await;
    let desk = team.second_device(&ana, "desk").await;
    desk.until(View::Space { space }, shows(Some(status.clone()))).await;
    // One whose time is over is none.
    let over = Status { until_ms: Some(in_ms(0) - 1), ..status };
    desk.dispatch(PeopleCommand::ChooseStatus { status: Some(over) }).await;
    bo.until(View::Space { space }, shows(None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_not_to_be_disturbed_is_not_notified() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    bo.posts("@Ana one").await;
    ana.until(View::App, |app: &AppView| app.notices.len() == 1).await;
    let status = Status { mode: Mode::DoNotDisturb, text: String::new(), until_ms: None };
    ana.dispatch(PeopleCommand::ChooseStatus { status: Some(status) }).await;
    bo.posts("@Ana two").await;
    ana.reads("@Ana two").await;
    ana.dispatch(PeopleCommand::ChooseStatus { status: None }).await;
    bo.posts("@Ana three").await;
    let app = ana.until(View::App, |app: &AppView| app.notices.len() == 2).await;
    assert_eq!(app.notices[1].text, "@Ana three");
}
