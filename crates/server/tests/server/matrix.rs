//! Who may do what, asked of the real server for each actor, each kind of stream and each event, frame and route, and
//! compared with an oracle that shares no line with the rules. A new event, frame or route has no row here until somebody
//! gives it one: then this does not compile, or fails.

mod oracle;
mod scene;

use crate::common::{event_id, post};
use folkmoot_model::features::people::Role;
use folkmoot_model::key::List;
use folkmoot_wire::api::{Invite, Invited, NotGranted, Place, Placed, Refresh, Session, Ticket, Ticketed};
use folkmoot_wire::frame::{ByeCode, ClientFrame, Cursor, Page, PageRows, Probe, Range, Revoked, ServerFrame, Sub};
use oracle::{Verdict, verdict};
use scene::{Kind, Scene, asked};

#[tokio::test(flavor = "multi_thread")]
async fn each_event_by_each_actor_in_each_stream_is_answered_as_the_oracle_says() {
    let mut scene = Scene::new().await;
    let mut wrong = Vec::new();
    let mut cells = 0;
    for actor in scene.actors() {
        let mut wire = scene.server.welcome(&scene.people[actor], &[]).await;
        for place in scene.places(actor) {
            for event in asked(&mut scene, actor, &place).await {
                let kind = event.kind();
                let expected = verdict(&scene, actor, &place, &event);
                let stream = if place.kind == Kind::Nothing { scene.unopened() } else { place.stream };
                let got = scene.submit(&mut wire, stream, event).await;
                cells += 1;
                let agrees = match (expected, got) {
                    (Verdict::Allowed, Ok(())) => true,
                    (Verdict::Refused, Err(_)) => true,
                    // Whoever may not read the stream gets one answer.
                    (Verdict::Untold, Err(code)) => code == folkmoot_model::refusal::Code::NotMember,
                    _ => false,
                };
                if !agrees {
                    wrong.push(format!("kind {kind} by {actor} in {}: expected {expected:?}, got {got:?}", place.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "of {cells} cells {} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cells > 1_500, "{cells} cells");
    scene.server.stop().await;
}

/// How each frame of a client is tried here, or where else.
fn how(frame: &ClientFrame) -> &'static str {
    match frame {
        ClientFrame::Hello(_) | ClientFrame::Sub(_) | ClientFrame::Page(_) => "reads: below, for each stream",
        ClientFrame::Submit(_) => "writes: above, for each event",
        ClientFrame::Signal(_) => "signals.rs",
        ClientFrame::Auth(_) => "tokens: below",
        ClientFrame::Unsub(_) | ClientFrame::Recv(_) | ClientFrame::Pong(_) | ClientFrame::Probe(_) => {
            "concern only what the connection follows already"
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_follows_or_pages_a_stream_that_they_may_not_read() {
    let scene = Scene::new().await;
    assert!(how(&Probe { full: true }.into()).starts_with("concern"));
    for actor in scene.actors() {
        for place in scene.places(actor) {
            let (stream, reads) = (place.stream, oracle::reads(&scene, actor, &place));
            let mut wire = scene.server.welcome(&scene.people[actor], &[]).await;
            wire.say(Page { stream, range: Range { first: 1, last: 100 }, since: 0, list: List::Messages }).await;
            wire.say(Sub { cursor: Cursor { stream, seq: 0 } }).await;
            let mut sent = 0;
            let followed = loop {
                match wire.hear().await.unwrap() {
                    ServerFrame::Caught(caught) if caught.head.stream == stream => break true,
                    ServerFrame::Revoked(Revoked { stream: revoked }) if revoked == stream => break false,
                    ServerFrame::Events(events) => sent += events.events.len(),
                    ServerFrame::Snapshot(snapshot) => sent += snapshot.rows.len(),
                    ServerFrame::PageRows(PageRows { rows, .. }) => sent += rows.len(),
                    _ => {}
                }
            };
            assert_eq!(followed, reads, "{actor} follows {}", place.name);
            assert!(reads || sent == 0, "{actor} is sent {sent} events or rows of {}", place.name);
            // Nor as the first streams of a connection.
            let mut wire = scene.server.welcome(&scene.people[actor], &[stream]).await;
            let followed = wire
                .until(|frame| match frame {
                    ServerFrame::Caught(caught) if caught.head.stream == stream => Some(true),
                    ServerFrame::Revoked(Revoked { stream: revoked }) if revoked == stream => Some(false),
                    _ => None,
                })
                .await;
            assert_eq!(followed, reads, "{actor} follows {} from the start", place.name);
        }
    }
    scene.server.stop().await;
}

/// The routes of the API, each with where it is tried.
const ROUTES: [(&str, &str); 8] = [
    ("inspect", "needs an invitation and no account"),
    ("join", "needs an invitation"),
    ("sign-in", "needs a password"),
    ("refresh", "tokens: below"),
    ("sign-out", "concerns its own device"),
    ("invite", "below, by each actor"),
    ("ticket", "below, for each stream"),
    ("place", "below, for each stream"),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_route_tells_each_actor_only_what_they_may_read() {
    let source = include_str!("../../src/api.rs");
    let api = source.split_once("let api = Router::new()").unwrap().1.split_once(".layer(").unwrap().0;
    let routes: Vec<&str> = api.split(".route(\"/").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(routes.iter().eq(ROUTES.iter().map(|(route, _)| route)), "a route without its row here: {routes:?}");

    let scene = Scene::new().await;
    let url = &scene.server.running.url;
    for actor in scene.actors() {
        let token = Some(scene.people[actor].session.access.as_str());
        for place in scene.places(actor) {
            let reads = oracle::reads(&scene, actor, &place);
            if let Some(message) = scene.messages.get(&place.stream) {
                let asked = Place { room: place.stream, message: *message };
                let Placed { seq, .. } = post(url, "place", &asked, token).await.unwrap();
                assert_eq!(seq.is_some(), reads, "{actor} asks where a message of {} stands", place.name);
            }
            for read_only in [true, false] {
                let asked = Ticket { document: place.stream, read_only };
                let given: Result<Ticketed, NotGranted> = post(url, "ticket", &asked, token).await;
                let may = place.is_document() && if read_only { reads } else { oracle::writes(&scene, actor, &place) };
                match given {
                    Ok(_) => assert!(may, "{actor} gets a ticket of {}", place.name),
                    // No word of whether there is such a document.
                    Err(refused) => {
                        assert!(!may && refused == NotGranted::Forbidden, "{actor}, {}: {refused:?}", place.name)
                    }
                }
            }
        }
        for role in [Role::Member, Role::Guest] {
            let given: Result<Invited, NotGranted> =
                post(url, "invite", &Invite { space: scene.space, role }, token).await;
            assert_eq!(given.is_ok(), oracle::invites(&scene, actor), "{actor} invites a {role:?}: {given:?}");
        }
    }
    scene.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_out_or_shows_what_is_no_token_reads_nothing() {
    let scene = Scene::new().await;
    let url = scene.server.running.url.clone();
    let ana = &scene.people["owner"];
    let mut open = scene.server.welcome(ana, &[scene.space]).await;
    let access = ana.session.access.clone();
    let answer =
        reqwest::Client::new().post(format!("{url}/api/v1/sign-out")).bearer_auth(&access).json(&()).send().await;
    assert!(answer.unwrap().status().is_success());
    assert_eq!(open.closed().await, Some(ByeCode::Revoked.close_code()), "what was open is cut off");
    let other = scene.people["other"].session.access.clone();
    let altered = format!("{}x", &other);
    for (whose, token, device) in [
        ("signed out", access.as_str(), ana.device),
        ("altered", &altered, scene.people["other"].device),
        ("no token", "", ana.device),
        ("of another device", &other, ana.device),
    ] {
        let mut wire = scene.server.connect().await;
        wire.hello(token, device, &[scene.space]).await;
        while let Ok(frame) = wire.hear().await {
            assert!(matches!(frame, ServerFrame::Bye(_)), "{whose}: {frame:?}");
        }
        if whose != "of another device" {
            let message = event_id(1);
            let answer: Result<Placed, _> =
                post(&url, "place", &Place { room: scene.space, message }, Some(token)).await;
            assert_eq!(answer.err(), Some(NotGranted::SignedOut), "{whose}");
        }
    }
    let refresh = Refresh { refresh: ana.session.refresh.clone() };
    let renewed: Result<Session, NotGranted> = post(&url, "refresh", &refresh, None).await;
    assert_eq!(renewed.err(), Some(NotGranted::SignedOut));
    scene.server.stop().await;
}
