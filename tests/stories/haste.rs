//! Whoever says more at once than a server takes waits, and then all of it goes up.

use super::team::Team;
use folkmoot_client::command::Done;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_model::features::people::Role;
use folkmoot_model::features::rooms::RoomAccess;
use folkmoot_server::config::{Config, Rates};

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_rate_allows_goes_up_in_its_time() {
    // Far more than a burst, in a large submit, a smaller one, and single ones after these.
    const LINES: usize = 380;
    let rates = |config: &Config| Rates { events_per_second: 100, events_burst: 50, ..config.rates };
    let team = Team::with(|config| Config { rates: rates(&config), ..config }).await;
    let ana = team.member("Ana", Role::Owner).await;
    let space = ana.space_id().await;
    let (name, topic) = ("all that was said".into(), String::new());
    let open = RoomCommand::OpenRoom { space, access: RoomAccess::Private, name, topic, members: vec![] };
    let opened = ana.dispatch(open).await;
    let Done::Opened { stream } = opened else { panic!("{opened:?}") };
    for line in 0..LINES {
        ana.posts_in(stream, &format!("Line {line}.")).await;
    }
    let (name, topic) = ("and now".into(), String::new());
    ana.dispatch(RoomCommand::OpenRoom { space, access: RoomAccess::Public, name, topic, members: vec![] }).await;
    ana.online().await;
}
