//! Who is here, who is writing; and nobody who is gone.

use super::team::Team;
use folkmoot_client::command::Done;
use folkmoot_client::features::people::commands::PeopleCommand;
use folkmoot_client::features::presence::commands::PresenceCommand;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_client::view::{RoomView, SpaceView, View};
use folkmoot_model::features::people::Role;
use folkmoot_model::features::rooms::RoomAccess;
use folkmoot_model::signal::Availability;

#[tokio::test(flavor = "multi_thread")]
async fn ana_sees_bo_come_type_idle_and_go() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    let (space, person, room) = (ana.space_id().await, bo.id().await, ana.welcome);
    let is = |availability| {
        move |view: &SpaceView| view.people.iter().any(|item| item.id == person && item.availability == availability)
    };
    bo.dispatch(PresenceCommand::Present { active: true, away: false, at: Some(room), focused: true, thread: None })
        .await;
    ana.until(View::Space { space }, is(Availability::Online)).await;
    let here = |view: &SpaceView| view.rooms.iter().any(|item| item.here.contains(&person));
    ana.until(View::Space { space }, here).await;
    bo.dispatch(PresenceCommand::Typing { room, on: true, thread: None }).await;
    ana.until(View::Room { room, at: None }, |view: &RoomView| view.typing == [person]).await;
    bo.posts("Here I am.").await;
    ana.until(View::Room { room, at: None }, |view: &RoomView| view.typing.is_empty()).await;
    // After a minute that shows where he is, and only there; he is away after ten.
    bo.dispatch(PresenceCommand::Present { active: false, away: false, at: Some(room), focused: true, thread: None })
        .await;
    let inactive = |view: &SpaceView| {
        let mut people = view.people.iter();
        people.any(|item| item.id == person && item.inactive && item.availability == Availability::Online)
    };
    ana.until(View::Space { space }, inactive).await;
    bo.dispatch(PresenceCommand::Present { active: false, away: true, at: Some(room), focused: true, thread: None })
        .await;
    ana.until(View::Space { space }, is(Availability::Away)).await;
    bo.quit().await;
    ana.until(View::Space { space }, is(Availability::Offline)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_given_another_role_is_still_here() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let (space, person, room) = (ana.space_id().await, bo.id().await, ana.welcome);
    let is = |role, availability| {
        move |view: &SpaceView| {
            let mut people = view.people.iter();
            people.any(|item| item.id == person && item.role == role && item.availability == availability)
        }
    };
    bo.dispatch(PresenceCommand::Present { active: true, away: false, at: Some(room), focused: true, thread: None })
        .await;
    ana.until(View::Space { space }, is(Role::Member, Availability::Online)).await;
    for role in [Role::Admin, Role::Member, Role::Admin] {
        ana.dispatch(PeopleCommand::ChangeRole { space, person, role }).await;
        ana.online().await;
        bo.online().await;
        // What he says now comes after all that his new role has set off.
        bo.posts("Still here.").await;
        bo.online().await;
        ana.online().await;
        ana.until(View::Space { space }, is(role, Availability::Online)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_ana_is_is_seen_by_who_is_in_that_room_and_by_nobody_else() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let (bo, cy) = (team.member("Bo", Role::Member).await, team.member("Cy", Role::Member).await);
    let (space, person) = (ana.space_id().await, ana.id().await);
    let (access, name) = (RoomAccess::Private, "surprise".to_owned());
    let open = RoomCommand::OpenRoom { space, access, name, topic: String::new(), members: vec![cy.id().await] };
    let Done::Opened { stream: room } = ana.dispatch(open).await else { panic!("no room") };
    ana.online().await;
    let item =
        |view: &SpaceView| view.people.iter().find(|item| item.id == person).expect("she is in the space").clone();

    ana.dispatch(PresenceCommand::Present { active: true, away: false, at: Some(room), focused: true, thread: None })
        .await;
    let here = |view: &SpaceView| view.rooms.iter().any(|item| item.id == room && item.here == [person]);
    let shown = cy.until(View::Space { space }, |view: &SpaceView| here(view) && item(view).at.is_some()).await;
    assert_eq!((item(&shown).at, item(&shown).availability), (Some(room), Availability::Online));
    let online = |view: &SpaceView| item(view).availability == Availability::Online;
    let shown = bo.until(View::Space { space }, online).await;
    assert_eq!(item(&shown).at, None);

    // What Bo can see goes on, and is all that he can see.
    ana.dispatch(PresenceCommand::Present { active: false, away: true, at: Some(room), focused: false, thread: None })
        .await;
    let away = |view: &SpaceView| item(view).availability == Availability::Away;
    let shown = bo.until(View::Space { space }, away).await;
    assert_eq!(item(&shown).at, None);
    cy.until(View::Space { space }, |view: &SpaceView| here(view) && away(view)).await;

    // Closed, it is not shown as open any more; and she is still here.
    ana.dispatch(PresenceCommand::Present { active: true, away: false, at: None, focused: true, thread: None }).await;
    let shown = cy.until(View::Space { space }, |view: &SpaceView| !here(view) && online(view)).await;
    assert_eq!(item(&shown).at, None);
}
