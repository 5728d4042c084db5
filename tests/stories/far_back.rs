//! A link leads to a message from long before Bo joined: it is fetched with what stands around it, and without a network
//! it is said that it is not here.

use super::team::{PASSWORD, Person, Team};
use folkmoot_bench::socket::Socket;
use folkmoot_client::command::{Done, Refused, ScrollTo};
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_client::features::timeline::commands::TimelineCommand;
use folkmoot_client::handle::Watched;
use folkmoot_client::view::patch::Update;
use folkmoot_client::view::{RoomView, View};
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::features::people::Role;
use folkmoot_model::id::EventId;
use folkmoot_wire::api::{Place, Placed, Session, SignIn};
use std::time::Duration;

/// So many that a newcomer is sent only the newest thousand.
const MESSAGES: usize = 6_500;

/// Posts so many, and gives the ids of two that are far from the end and from each other.
pub async fn long_history(team: &Team) -> [EventId; 2] {
    let mut filler = Socket::join_by(&team.invite(Role::Member).await, "Filler").await.expect("it joins");
    let room = filler.room;
    let posted =
        |n: usize| MessagePosted { text: format!("Note {n}"), reply_to: None, mentions: vec![], thread: None }.into();
    let mut ids = Vec::new();
    for first in (0..MESSAGES).step_by(250) {
        if [0, 3_000].contains(&first) {
            ids.push(filler.submit(room, vec![posted(first)]).await.expect("it is sent"));
        } else {
            filler.append(room, vec![posted(first)]).await.expect("it is appended");
        }
        filler.append(room, (first + 1..first + 250).map(posted).collect()).await.expect("it is appended");
    }
    ids.try_into().expect("two")
}

/// What of the room a watch shows.
async fn shown(watched: &mut Watched, bo: &Person, text: &str) {
    let waiting = async {
        loop {
            let update = watched.updates.recv().await.expect("the engine runs");
            let told = match &update {
                Update::Snapshot { view } => view.to_string(),
                patch => serde_json::to_string(patch).expect("JSON"),
            };
            if told.contains(&format!("\"{text}\"")) {
                return;
            }
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), waiting).await.is_ok(), "{} never sees {text}", bo.name);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_a_message_that_is_not_held_shows_it_with_what_stands_around_it() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let [first, second] = long_history(&team).await;
    ana.posts("The end.").await;
    ana.online().await;
    let mut bo = team.member("Bo", Role::Member).await;
    bo.reads("The end.").await;
    let watch =
        async |bo: &Person| bo.handle.watch(View::Room { room: bo.welcome, at: None }).await.expect("the engine runs");
    let goes = |watch: u32, message: EventId| TimelineCommand::Scroll { watch, to: ScrollTo::Message { message } };

    let mut watched = watch(&bo).await;
    bo.dispatch(goes(watched.watch, second)).await;
    shown(&mut watched, &bo, "Note 3000").await;
    let around: RoomView = bo
        .until(View::Room { room: bo.welcome, at: Some(second) }, |room: &RoomView| {
            room.messages.iter().any(|message| message.id == second)
        })
        .await;
    let texts: Vec<&str> = around.messages.iter().map(|message| message.text.as_str()).collect();
    assert!(["Note 2999", "Note 3000", "Note 3001"].iter().all(|text| texts.contains(text)), "{texts:?}");
    assert!(around.older && around.newer, "it goes on to both sides");
    // Nobody knows of it: it is no message, or one of a room that is not his.
    let nowhere = EventId([7; 16]);
    assert_eq!(bo.refused(goes(watched.watch, nowhere)).await, Refused::NotHeld);

    // What was fetched is here without a network; what was not is said to be elsewhere, and nothing moves.
    drop(watched);
    bo.reopen_offline().await;
    let mut watched = watch(&bo).await;
    bo.dispatch(goes(watched.watch, second)).await;
    shown(&mut watched, &bo, "Note 3000").await;
    assert_eq!(bo.refused(goes(watched.watch, first)).await, Refused::Offline);
    drop(watched);
    bo.reopen_online().await;
    let mut watched = watch(&bo).await;
    assert_eq!(bo.dispatch(goes(watched.watch, first)).await, Done::Ok);
    shown(&mut watched, &bo, "Note 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_of_a_message_that_they_may_not_read() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    team.member("Bo", Role::Member).await;
    let (space, access) = (ana.space_id().await, folkmoot_model::features::rooms::RoomAccess::Private);
    let open = RoomCommand::OpenRoom { space, access, name: "plans".into(), topic: String::new(), members: vec![] };
    let Done::Opened { stream: room } = ana.dispatch(open).await else { panic!("it opens") };
    let message = ana.posts_in(room, "A secret.").await;
    ana.online().await;
    let http = reqwest::Client::new();
    let url = |path: &str| format!("http://{}/api/v1/{path}", team.address());
    for (name, seen) in [("Ana", true), ("Bo", false)] {
        let device = folkmoot_model::id::DeviceId([u8::from(seen) + 1; 16]);
        let sign_in = SignIn { name: name.into(), password: PASSWORD.into(), device, known_device: None };
        let session: Session =
            http.post(url("sign-in")).json(&sign_in).send().await.expect("an answer").json().await.expect("a session");
        let ask = http.post(url("place")).json(&Place { room, message });
        assert_eq!(ask.try_clone().expect("a copy").send().await.expect("an answer").status(), 401, "without a token");
        let placed: Placed =
            ask.bearer_auth(session.access).send().await.expect("an answer").json().await.expect("a place");
        assert_eq!(placed.seq.is_some(), seen, "{name}");
    }
}
