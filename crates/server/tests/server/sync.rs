//! A real server, real sockets: what is said reaches the others, and what must not pass does not.

use crate::common::{Server, event_id, says};
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::features::people::{MemberAdded, Role};
use folkmoot_model::features::reads::Granted;
use folkmoot_model::id::{DeviceId, StreamId};
use folkmoot_model::key::List;
use folkmoot_model::refusal::Code;
use folkmoot_server::Config;
use folkmoot_server::config::Rates;
use folkmoot_wire::api::{NotGranted, Refresh, Session};
use folkmoot_wire::frame::{ByeCode, ClientFrame, Nack, Page, Range, ServerFrame, Submit, Unlisted};
use folkmoot_wire::limits::FRAME_BYTES_MAX;
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

fn nack_of(id: u64) -> impl Fn(ServerFrame) -> Option<Code> {
    move |frame| match frame {
        ServerFrame::Nack(Nack { id: nacked, refusal }) if nacked == event_id(id) => Some(refusal.code),
        ServerFrame::Ack(ack) if ack.id == event_id(id) => panic!("{ack:?}"),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ana_says_something_and_bo_hears_it_after_it_is_durable() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let bo = server.newcomer("Bo", 2).await;
    let room = ana.at.room;
    let mut listening = server.welcome(&bo, &[room]).await;
    let mut speaking = server.welcome(&ana, &[room]).await;
    speaking.submit(room, vec![says(1, "hello"), says(2, "bo?")]).await;
    let seq = speaking.acked(2).await;
    let heard = listening.read_until(room, "bo?").await;
    assert_eq!(heard.last().unwrap().seq, seq);
    assert!(heard.iter().map(|logged| logged.seq).eq(1..=seq));
    assert!(heard[heard.len() - 2..].iter().all(|logged| logged.author == ana.session.person));
    // Said again, it is acknowledged again and heard no second time.
    speaking.submit(room, vec![says(2, "bo?"), says(3, "are you there?")]).await;
    assert_eq!(speaking.acked(2).await, seq);
    assert_eq!(speaking.acked(3).await, seq + 1);
    assert_eq!(listening.read_until(room, "are you there?").await.len(), 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_is_seen_by_who_is_connected() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let mut link = server.welcome(&ana, &[ana.at.space]).await;
    let bo = server.newcomer("Bo", 2).await;
    link.until(|frame| match frame {
        ServerFrame::Events(events) => events.events.iter().find_map(|logged| match logged.envelope.event() {
            Ok(Event::MemberAdded(MemberAdded { person, .. })) if person == bo.session.person => Some(()),
            _ => None,
        }),
        _ => None,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_writes_as_somebody_else_or_as_the_server() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let bo = server.newcomer("Bo", 2).await;
    let mut link = server.welcome(&bo, &[ana.at.space]).await;
    let own = StreamId::from(ana.session.person);
    let granted = Granted { stream: ana.at.space, space: None };
    link.submit(own, vec![Envelope::new(event_id(1), &granted.clone().into(), 1)]).await;
    assert_eq!(link.until(nack_of(1)).await, Code::Forbidden);
    link.submit(own, vec![says(2, "in ana's own stream")]).await;
    assert_eq!(link.until(nack_of(2)).await, Code::NotMember);
    let forged = MemberAdded { person: bo.session.person, role: Role::Owner, profile: None };
    link.submit(ana.at.space, vec![Envelope::new(event_id(3), &forged.into(), 1)]).await;
    assert!(matches!(link.until(nack_of(3)).await, Code::Forbidden | Code::BadRequest));
    // An envelope names no author: the session is the author, whoever it is.
    link.submit(ana.at.room, vec![says(4, "by bo")]).await;
    link.acked(4).await;
    let mut reading = server.welcome(&ana, &[ana.at.room]).await;
    let heard = reading.read_until(ana.at.room, "by bo").await;
    assert_eq!(heard.last().unwrap().author, bo.session.person);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_hears_nothing() {
    let (server, elsewhere) = (Server::new().await, Server::new().await);
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let eve = elsewhere.join(&elsewhere.space().await, "Eve", 3).await;
    for (token, device) in
        [(eve.session.access.as_str(), eve.device), (ana.session.access.as_str(), DeviceId([9; 16])), ("", ana.device)]
    {
        let mut link = server.connect().await;
        link.hello(token, device, &[ana.at.room]).await;
        while let Ok(frame) = link.hear().await {
            assert!(matches!(frame, ServerFrame::Bye(_)), "{frame:?}");
        }
    }
    let mut link = server.connect().await;
    link.submit(ana.at.room, vec![says(1, "without hello")]).await;
    assert_eq!(link.closed().await, Some(ByeCode::BadFrame.close_code()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_frame_closes_its_connection_and_no_other() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let room = ana.at.room;
    let mut good = server.welcome(&ana, &[room]).await;
    let submit = Submit { stream: room, events: vec![says(1, "cut")], resume: true };
    let cut = ClientFrame::from(submit).bytes();
    let endless_array = [&[0x04, 0xa1, 0x01, 0x9b][..], &[0x7f; 8]].concat();
    let bad: Vec<Message> = vec![
        Message::Binary(vec![].into()),
        Message::Binary(vec![0x7f].into()),
        Message::Binary(vec![0x21; 100].into()),
        Message::Binary(cut.slice(..cut.len() - 3)),
        Message::Binary([cut.as_ref(), &[0]].concat().into()),
        Message::Binary(endless_array.into()),
        Message::Binary([vec![0x04], vec![0x9f; 100_000]].concat().into()),
        Message::Text("{}".into()),
    ];
    for message in bad {
        let mut link = server.welcome(&ana, &[room]).await;
        link.0.send(message.clone()).await.unwrap();
        assert_eq!(link.closed().await, Some(ByeCode::BadFrame.close_code()), "{message:?}");
    }
    let mut link = server.welcome(&ana, &[room]).await;
    // The server may close before all of it is sent.
    let sent = link.0.send(Message::Binary(vec![0x04; FRAME_BYTES_MAX + 1].into())).await;
    if sent.is_ok() {
        assert_eq!(link.closed().await, Some(u16::from(CloseCode::Size)));
    }
    good.submit(room, vec![says(2, "still here")]).await;
    good.acked(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_pings_without_end_is_closed_and_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let tests = Config::for_tests(dir.path());
    let rates = Rates { signals_per_second: 5, ..tests.rates };
    let server = Server::with(Config { rates, ..tests }, dir).await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let (mut good, mut link) = (server.welcome(&ana, &[]).await, server.welcome(&ana, &[]).await);
    good.0.send(Message::Ping(vec![1].into())).await.unwrap();
    while !matches!(good.0.next().await.expect("it is open"), Ok(Message::Pong(answer)) if *answer == [1]) {}
    for _ in 0..50 {
        // It may be closed before all are sent.
        if link.0.send(Message::Ping(vec![2].into())).await.is_err() {
            break;
        }
    }
    assert_eq!(link.closed().await, Some(ByeCode::BadFrame.close_code()));
    good.submit(ana.at.room, vec![says(1, "still here")]).await;
    good.acked(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_too_much_is_told_to_wait() {
    let dir = tempfile::tempdir().unwrap();
    let tests = Config::for_tests(dir.path());
    let rates = Rates { events_per_second: 2, events_burst: 3, ..tests.rates };
    let server = Server::with(Config { rates, ..tests }, dir).await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let mut link = server.welcome(&ana, &[]).await;
    link.submit(ana.at.room, (0..3).map(|id| says(id, "one of three")).collect()).await;
    link.acked(2).await;
    link.submit(ana.at.room, vec![says(3, "one more")]).await;
    let after_ms = link.until(|frame| match frame {
        ServerFrame::Busy(busy) => Some(busy.after_ms),
        ServerFrame::Ack(ack) => panic!("{ack:?}"),
        _ => None,
    });
    let after_ms = after_ms.await;
    assert!((1..=501).contains(&after_ms), "{after_ms}");
    tokio::time::sleep(std::time::Duration::from_millis(after_ms.into())).await;
    link.submit(ana.at.room, vec![says(3, "one more")]).await;
    link.acked(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_web_page_may_not_connect() {
    let server = Server::new().await;
    for (origin, allowed) in [("https://evil.example", false), ("null", false), ("tauri://localhost", true)] {
        let mut request = server.sync_url().into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        assert_eq!(tokio_tungstenite::connect_async(request).await.is_ok(), allowed, "{origin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stolen_refresh_token_ends_the_session() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let mut link = server.welcome(&ana, &[ana.at.room]).await;
    let refresh = Refresh { refresh: ana.session.refresh.clone() };
    let renewed: Session = server.post("refresh", &refresh).await.unwrap();
    let same: Session = server.post("refresh", &refresh).await.unwrap();
    assert_eq!(renewed.refresh, same.refresh);
    let out = reqwest::Client::new().post(format!("{}/api/v1/sign-out", server.running.url));
    assert_eq!(out.bearer_auth(&renewed.access).send().await.unwrap().status(), 204);
    assert_eq!(link.closed().await, Some(ByeCode::Revoked.close_code()));
    let after: Result<Session, _> = server.post("refresh", &Refresh { refresh: renewed.refresh }).await;
    assert_eq!(after.map(|_| ()), Err(NotGranted::SignedOut));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_says_so_and_comes_back_at_the_same_port() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let room = ana.at.room;
    let mut link = server.welcome(&ana, &[room]).await;
    link.submit(room, vec![says(1, "before")]).await;
    link.acked(1).await;
    let (address, config) = (server.running.address, server.config.clone());
    let (dir, code) = tokio::join!(server.stop(), link.closed());
    assert_eq!(code, Some(ByeCode::Busy.close_code()));
    let server = Server::with(config, dir).await;
    assert_eq!(server.running.address, address);
    let mut link = server.welcome(&ana, &[room]).await;
    link.read_until(room, "before").await;
    let live = reqwest::get(format!("{}/health/live", server.running.url)).await.unwrap();
    let ready = reqwest::get(format!("{}/health/ready", server.running.url)).await.unwrap();
    assert_eq!((live.status(), ready.status()), (reqwest::StatusCode::OK, reqwest::StatusCode::OK));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_a_list_that_this_server_does_not_know_is_told_so_and_stays() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let room = ana.at.room;
    let mut link = server.welcome(&ana, &[room]).await;
    let range = Range { first: 1, last: 9 };
    let asked = Page { stream: room, range, since: 0, list: List::Messages };
    let known = ClientFrame::from(asked).bytes();
    // The list is the last field: its number, and a list of what a later version says of it.
    let (rest, [0x82, 0x00, 0x80]) = known.split_last_chunk().unwrap() else { panic!("{known:?}") };
    for later in [&[0x82, 0x18, 0xf0, 0x80][..], &[0x82, 0x18, 0xf0, 0x82, 0x01, 0x61, b'x']] {
        link.0.send(Message::Binary([rest, later].concat().into())).await.unwrap();
    }
    for _ in 0..2 {
        let unlisted = link.until(|frame| match frame {
            ServerFrame::Unlisted(unlisted) => Some(unlisted),
            _ => None,
        });
        assert_eq!(unlisted.await, Unlisted { stream: room, range, list: 240 });
    }
    link.submit(room, vec![says(1, "still here")]).await;
    link.acked(1).await;
    link.0.send(Message::Binary([rest, &[0x82, 0x61, b'x', 0x80]].concat().into())).await.unwrap();
    assert_eq!(link.closed().await, Some(ByeCode::BadFrame.close_code()), "no number of a list");
}
