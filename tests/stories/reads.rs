//! What is unread: counted from one mark per person and room, the same on all their devices.

use super::team::Team;
use folkmoot_client::features::presence::commands::PresenceCommand;
use folkmoot_client::features::reads::commands::ReadCommand;
use folkmoot_client::view::{SpaceView, View};
use folkmoot_model::features::people::Role;

#[tokio::test(flavor = "multi_thread")]
async fn reading_on_one_device_is_reading_on_the_other() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let phone = team.second_device(&bo, "bo-phone").await;
    let space = bo.space_id().await;
    ana.posts("One.").await;
    ana.posts("Two, and @Bo should see it.").await;
    let counts = |unread, mentions| {
        move |view: &SpaceView| view.rooms.iter().any(|room| room.unread == unread && room.mentions == mentions)
    };
    bo.until(View::Space { space }, counts(2, 1)).await;
    phone.until(View::Space { space }, counts(2, 1)).await;
    let head = bo.room().await.head;
    bo.dispatch(PresenceCommand::ReadTo { room: bo.welcome, seq: head }).await;
    phone.until(View::Space { space }, counts(0, 0)).await;
    let second = bo.reads("Two, and @Bo should see it.").await;
    let seq = second.seq.expect("it is in the log");
    phone.dispatch(ReadCommand::MarkUnread { room: bo.welcome, seq }).await;
    bo.until(View::Space { space }, counts(1, 1)).await;
}
