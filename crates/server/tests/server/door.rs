//! Who comes in: web pages that are not ours, addresses at which too much fails, more connections and work than one
//! person may have.

use crate::common::{Person, Server, event_id, post, says};
use folkmoot_model::features::people::Role;
use folkmoot_model::id::{DeviceId, EventId, StreamId};
use folkmoot_server::Config;
use folkmoot_server::config::Rates;
use folkmoot_wire::api::{Inspect, Inspected, Invite, Invited, NotGranted, Place, Placed, Refresh, Session};
use folkmoot_wire::frame::{ByeCode, ServerFrame};
use folkmoot_wire::limits::HELLO_MS;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HOST, ORIGIN};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

async fn with(change: impl FnOnce(Config) -> Config) -> Server {
    let dir = tempfile::tempdir().unwrap();
    Server::with(change(Config::for_tests(dir.path())), dir).await
}

async fn with_rates(change: impl FnOnce(Rates) -> Rates) -> Server {
    with(|config| Config { rates: change(config.rates), ..config }).await
}

/// Fails at this address until strangers there are told to wait.
async fn fail(server: &Server) {
    for _ in 0..100 {
        let refused: Result<Inspected, _> = server.post("inspect", &Inspect { code: "0".into(), device: None }).await;
        if matches!(refused, Err(NotGranted::TooManyTries { .. })) {
            return;
        }
    }
    panic!("nobody is told to wait");
}

async fn placed(server: &Server, access: &str) -> Result<Placed, NotGranted> {
    let asked = Place { room: StreamId([1; 16]), message: EventId([1; 16]) };
    post(&server.running.url, "place", &asked, Some(access)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_sites_neither_read_nor_change_anything() {
    let server = with(|config| Config { public_addr: Some("moot.example:443".into()), ..config }).await;
    let code = server.space().await;
    let (http, url) = (reqwest::Client::new(), &server.running.url);
    let inspect = || http.post(format!("{url}/api/v1/inspect")).json(&Inspect { code: code.clone(), device: None });
    for (host, expected) in [
        ("evil.example", StatusCode::MISDIRECTED_REQUEST),
        ("moot.example", StatusCode::OK),
        ("localhost:1", StatusCode::OK),
    ] {
        assert_eq!(inspect().header(HOST, host).send().await.unwrap().status(), expected, "{host}");
        let live = http.get(format!("{url}/health/live")).header(HOST, host);
        assert_eq!(live.send().await.unwrap().status(), expected, "{host}");
        let mut request = server.sync_url().into_client_request().unwrap();
        request.headers_mut().insert("host", host.parse().unwrap());
        assert_eq!(tokio_tungstenite::connect_async(request).await.is_ok(), expected == StatusCode::OK, "{host}");
    }
    for (origin, expected) in [("https://evil.example", StatusCode::FORBIDDEN), ("tauri://localhost", StatusCode::OK)] {
        assert_eq!(inspect().header(ORIGIN, origin).send().await.unwrap().status(), expected, "{origin}");
    }
    let text = http.post(format!("{url}/api/v1/inspect")).header(CONTENT_TYPE, "text/plain");
    let text =
        text.body(serde_json::to_string(&Inspect { code: code.clone(), device: None }).unwrap()).send().await.unwrap();
    assert_eq!(text.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(text.json::<NotGranted>().await.unwrap(), NotGranted::BadRequest);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_fail_at_an_address_does_not_keep_those_out_who_show_a_good_token() {
    let server = with_rates(|rates| Rates { connects_per_second: 1, ..rates }).await;
    let owners = server.space().await;
    let ana = server.join(&owners, "Ana", 1).await;
    fail(&server).await;
    placed(&server, &ana.session.access).await.unwrap();
    server.welcome(&ana, &[ana.at.room]).await;
    fail(&server).await;
    let renewed: Session = server.post("refresh", &Refresh { refresh: ana.session.refresh.clone() }).await.unwrap();
    placed(&server, &renewed.access).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_trusted_proxy_each_client_fails_for_themself() {
    for trusted in [true, false] {
        let proxies = || vec![String::from("127.0.0.1").try_into().unwrap()];
        let server = with(|config| Config {
            trusted_proxies: if trusted { proxies() } else { Vec::new() },
            rates: Rates { connects_per_second: 1, sockets_per_address_max: 4_096, ..config.rates },
            ..config
        })
        .await;
        let http = reqwest::Client::new();
        let fails = async |client: &str| {
            let asked = http
                .post(format!("{}/api/v1/inspect", server.running.url))
                .json(&Inspect { code: "0".into(), device: None });
            asked.header("x-forwarded-for", client).send().await.unwrap().status()
        };
        let mut answers = Vec::new();
        for client in 0..20 {
            answers.push(fails(&format!("192.0.2.{client}")).await);
        }
        let alone = answers.iter().all(|answer| *answer == StatusCode::FORBIDDEN);
        assert_eq!(alone, trusted, "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_no_more_sockets_than_it_may() {
    let server = with_rates(|rates| Rates { sockets_per_address_max: 3, ..rates }).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(TcpStream::connect(server.running.address).await.unwrap());
    }
    let url = format!("{}/health/live", server.running.url);
    let get = async || reqwest::Client::new().get(&url).send().await;
    assert!(get().await.is_err());
    held.clear();
    // The server sees them go a moment later.
    for _ in 0..100 {
        if get().await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("nobody is let in any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_said_hello_makes_the_server_hold_little() {
    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message;
    let server = Server::new().await;
    let mut stranger = server.connect().await;
    // The largest message that a member may send, in parts that each wait for those after them.
    for part in 0..15 {
        let sent = stranger.0.send(part_of_a_message(part == 0, vec![0; 64 << 10])).await;
        assert!(sent.is_ok() || part > 2, "{sent:?}");
    }
    // Long before those are closed who say nothing.
    let gone = tokio::time::timeout(Duration::from_millis(HELLO_MS / 2), async {
        while let Some(Ok(_)) = stranger.0.next().await {}
    });
    gone.await.unwrap();
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let mut link = server.welcome(&ana, &[ana.at.room]).await;
    assert!(link.0.send(Message::binary(vec![0; 1 << 20])).await.is_ok(), "who is known may send as much");

    fn part_of_a_message(first: bool, part: Vec<u8>) -> Message {
        use tokio_tungstenite::tungstenite::protocol::frame::Frame;
        use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
        let kind = if first { Data::Binary } else { Data::Continue };
        Message::Frame(Frame::message(part, OpCode::Data(kind), false))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_places_in_silence_keeps_nobody_out_at_the_same_address() {
    let server = with_rates(|rates| Rates { greetings_per_address_max: 2, ..rates }).await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let mut silent = [server.connect().await, server.connect().await, server.connect().await];
    server.welcome(&ana, &[ana.at.room]).await;
    assert_eq!(silent[0].closed().await, Some(ByeCode::Busy.close_code()));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_too_many_of_a_device_ends_its_oldest() {
    let server = with_rates(|rates| Rates { connections_per_device_max: 2, ..rates }).await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let mut first = server.welcome(&ana, &[ana.at.room]).await;
    let mut second = server.welcome(&ana, &[ana.at.room]).await;
    let _third = server.welcome(&ana, &[ana.at.room]).await;
    assert_eq!(first.closed().await, Some(ByeCode::Busy.close_code()));
    second.submit(ana.at.room, vec![says(1, "still here")]).await;
    second.acked(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_too_many_devices_is_told_to_come_back_later() {
    let server = with_rates(|rates| Rates { connections_per_person_max: 1, ..rates }).await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let bo = server.newcomer("Bo", 2).await;
    let session = folkmoot_wire::api::SignIn {
        name: "Ana".into(),
        password: "sesame, please".into(),
        device: DeviceId([3; 16]),
        known_device: None,
    };
    let other: Session = server.post("sign-in", &session).await.unwrap();
    let _first = server.welcome(&ana, &[]).await;
    let mut second = server.connect().await;
    second.hello(&other.access, DeviceId([3; 16]), &[]).await;
    assert_eq!(second.closed().await, Some(ByeCode::Busy.close_code()));
    server.welcome(&bo, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_too_fast_is_owed_by_the_person_and_not_by_the_connection() {
    let server = with_rates(|rates| Rates { events_per_second: 1, events_burst: 5, ..rates }).await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let mut first = server.welcome(&ana, &[ana.at.room]).await;
    first.submit(ana.at.room, (1..=100).map(|id| says(id, "fast")).collect()).await;
    first.acked(100).await;
    drop(first);
    let mut second = server.welcome(&ana, &[ana.at.room]).await;
    second.submit(ana.at.room, vec![says(101, "faster")]).await;
    let after_ms = second
        .until(|frame| match frame {
            ServerFrame::Busy(busy) => Some(busy.after_ms),
            ServerFrame::Ack(ack) if ack.id == event_id(101) => Some(0),
            _ => None,
        })
        .await;
    assert!(after_ms > 60_000, "{after_ms}");
}

#[tokio::test(flavor = "multi_thread")]
async fn large_messages_are_counted_by_their_bytes_and_not_only_by_their_number() {
    let rates = |rates| Rates { bytes_per_second: 100, bytes_burst: 100_000, ..rates };
    let server = with_rates(rates).await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let bo = server.newcomer("Bo", 2).await;
    let large = |id| says(id, &"x".repeat(39_900));
    let mut link = server.welcome(&ana, &[]).await;
    for id in [1, 2] {
        link.submit(ana.at.room, vec![large(id)]).await;
        link.acked(id).await;
    }
    // Over another connection too.
    let mut other = server.welcome(&ana, &[]).await;
    other.submit(ana.at.room, vec![large(3)]).await;
    let is_told_to_wait = |frame| match frame {
        ServerFrame::Busy(_) => Some(true),
        ServerFrame::Ack(ack) if ack.id == event_id(3) => Some(false),
        _ => None,
    };
    assert!(other.until(is_told_to_wait).await);
    let mut another = server.welcome(&bo, &[]).await;
    another.submit(ana.at.room, vec![large(4)]).await;
    another.acked(4).await;
}

/// A request of which all has come but the end of its body.
async fn unfinished(server: &Server) -> TcpStream {
    let mut socket = TcpStream::connect(server.running.address).await.unwrap();
    let head = "POST /api/v1/inspect HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{";
    socket.write_all(head.as_bytes()).await.unwrap();
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_never_come_are_few_and_keep_nobody_out_at_the_same_address() {
    let server = Server::new().await;
    let code = server.space().await;
    let mut oldest = unfinished(&server).await;
    let mut held = Vec::new();
    for _ in 0..200 {
        held.push(unfinished(&server).await);
    }
    // Long before it would be too late for any body.
    let mut answer = Vec::new();
    let answered = tokio::time::timeout(Duration::from_millis(HELLO_MS / 2), oldest.read_to_end(&mut answer));
    answered.await.expect("the oldest is answered").unwrap();
    let inspected: Result<Inspected, _> = server.post("inspect", &Inspect { code, device: None }).await;
    inspected.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn work_beyond_the_budget_waits_for_its_person_alone() {
    let server = with_rates(|rates| Rates { costs_per_second: 1, costs_burst: 100, ..rates }).await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let bo = server.newcomer("Bo", 2).await;
    let mut granted = 0;
    let refused = loop {
        match placed(&server, &ana.session.access).await {
            Ok(_) if granted < 20 => granted += 1,
            other => break other,
        }
    };
    assert!(matches!(refused, Err(NotGranted::TooManyTries { .. })), "after {granted}: {refused:?}");
    assert!(granted <= 10, "{granted}");
    placed(&server, &bo.session.access).await.unwrap();
    server.welcome(&bo, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_rule_refuses_is_no_failed_try_of_its_address() {
    let server = with_rates(|rates| Rates { connects_per_second: 1, costs_burst: 1_000_000, ..rates }).await;
    let space = server.space().await;
    let ana = server.join(&space, "Ana", 1).await;
    let bo = server.newcomer("Bo", 2).await;
    let invites = Invite { space: ana.at.space, role: Role::Admin };
    for _ in 0..100 {
        let refused: Result<Invited, _> = post(&server.running.url, "invite", &invites, Some(&bo.session.access)).await;
        assert_eq!(refused.err(), Some(NotGranted::Forbidden));
    }
    // Somebody else there, whose token is over, is told that, and not to wait.
    assert_eq!(placed(&server, "over").await.err(), Some(NotGranted::SignedOut));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_this_person_knows_what_a_device_shows_to_be_known() {
    let server = Server::new().await;
    let ana: Person = server.join(&server.space().await, "Ana", 1).await;
    let bo = server.newcomer("Bo", 2).await;
    assert_ne!(ana.session.known_device, bo.session.known_device);
}
