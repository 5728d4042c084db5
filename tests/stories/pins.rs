//! Pins: what a room keeps at hand, online and off.

use super::team::{Person, Team};
use folkmoot_client::command::{Command, Refused};
use folkmoot_client::features::messages::commands::MessageCommand;
use folkmoot_client::features::pins::commands::PinCommand;
use folkmoot_client::features::pins::view::PinsView;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_client::view::View;
use folkmoot_model::features::people::Role;
use folkmoot_model::features::pins::PINS_MAX;
use folkmoot_model::id::EventId;
use folkmoot_model::refusal::{Code, Unit};

fn pin(person: &Person, message: EventId, on: bool) -> Command {
    PinCommand::Pin { room: person.welcome, message, on }.into()
}

async fn pinned(person: &Person, hoped: impl Fn(&[&str]) -> bool) -> PinsView {
    let room = person.welcome;
    let shows = |view: &PinsView| hoped(&view.pins.iter().map(|pin| pin.excerpt.as_str()).collect::<Vec<_>>());
    person.until(View::Pins { room }, shows).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_pins_offline_the_other_sees_and_takes_off() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    let wifi = ana.posts("The wifi is *harbour*").await;
    let plan = ana.posts("The plan lies in the shelf").await;
    bo.reads("The plan lies in the shelf").await;

    bo.reopen_offline().await;
    bo.dispatch(pin(&bo, wifi, true)).await;
    bo.dispatch(pin(&bo, plan, true)).await;
    let view = pinned(&bo, |shown| shown.len() == 2).await;
    assert_eq!(view.pins[0].id, plan, "the last one first");
    assert_eq!((view.pins[1].excerpt.as_str(), view.pins[1].pinned_by_name.as_str()), ("The wifi is harbour", "Bo"));
    assert!(bo.sees(|room| room.pins == 2).await.messages.iter().all(|message| message.pinned));

    bo.reopen_online().await;
    pinned(&ana, |shown| shown == ["The plan lies in the shelf", "The wifi is harbour"]).await;
    ana.dispatch(pin(&ana, wifi, false)).await;
    pinned(&bo, |shown| shown == ["The plan lies in the shelf"]).await;
    // Its message is deleted, and with it the pin.
    ana.dispatch(MessageCommand::Delete { room: ana.welcome, message: plan }).await;
    pinned(&bo, |shown| shown.is_empty()).await;
    assert!(!bo.sees(|room| room.pins == 0).await.messages.iter().any(|message| message.pinned));
}

#[tokio::test(flavor = "multi_thread")]
async fn guests_pin_nothing_nor_does_anybody_in_an_archived_room_or_beyond_the_bound() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let guest = team.member("Gus", Role::Guest).await;
    let (room, person) = (ana.welcome, guest.id().await);
    ana.until(View::Room { room, at: None }, |view: &folkmoot_client::view::RoomView| !view.members.is_empty()).await;
    drop(ana.dispatch(RoomCommand::AddToRoom { room, person }).await);
    let message = ana.posts("hello").await;
    guest.reads("hello").await;
    let rule = |refused: Refused| match refused {
        Refused::Rule { refusal } => refusal,
        other => panic!("{other:?}"),
    };
    assert!(!guest.room().await.can_pin);
    assert_eq!(rule(guest.refused(pin(&guest, message, true)).await).code, Code::Forbidden);

    for n in 0..PINS_MAX {
        let message = ana.posts(&format!("note {n}")).await;
        ana.reads(&format!("note {n}")).await;
        ana.online().await;
        ana.dispatch(pin(&ana, message, true)).await;
    }
    let refusal = rule(ana.refused(pin(&ana, message, true)).await);
    assert_eq!((refusal.limit, refusal.unit), (Some(PINS_MAX as u64), Some(Unit::Pins)));
    ana.dispatch(RoomCommand::ArchiveRoom { room, archived: true }).await;
    assert_eq!(rule(ana.refused(pin(&ana, message, false)).await).code, Code::Archived);
    assert!(!ana.room().await.can_pin);
}
