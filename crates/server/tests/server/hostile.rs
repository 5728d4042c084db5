//! What somebody signed in can do to a server: each attack is refused by its code, ends at most the connection that it
//! came by, and leaves the server as it was, in memory too.

use crate::common::{Person, Server, Wire, event_id, says};
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind, DocumentListed, DocumentOpened};
use folkmoot_model::features::messages::{EDITS_MAX, MessageEdited};
use folkmoot_model::features::rooms::RoomChanged;
use folkmoot_model::id::{DeviceId, StreamId};
use folkmoot_model::refusal::Code;
use folkmoot_model::yjs::text::MessageText;
use folkmoot_wire::api::{Refresh, Session};
use folkmoot_wire::frame::{Auth, ByeCode, Nack, Probe, ServerFrame};
use folkmoot_wire::limits::{BODY_BYTES_MAX, SUBMIT_EVENTS_MAX};
use yrs::{Doc, GetString, ReadTxn, Text, Transact};

const DOCUMENT: StreamId = StreamId::fixed(0xd0);

/// Resident memory of this process, which the server is part of, in bytes.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() << 10
}

async fn decided(link: &mut Wire, id: u64) -> Result<(), Code> {
    link.until(|frame| match frame {
        ServerFrame::Ack(ack) if ack.id == event_id(id) => Some(Ok(())),
        ServerFrame::Nack(Nack { id: nacked, refusal }) if nacked == event_id(id) => Some(Err(refusal.code)),
        _ => None,
    })
    .await
}

fn edits(id: u64, update: Vec<u8>) -> Envelope {
    Envelope::new(event_id(id), &DocumentEdited { update }.into(), 1)
}

/// A document in the welcome room, with one honest change by Yjs client 7.
async fn document(link: &mut Wire, ana: &Person) -> Doc {
    let kind = DocumentKind::Code;
    let opened: Event = DocumentOpened { room: ana.at.room, kind }.into();
    link.submit(DOCUMENT, vec![Envelope::new(event_id(1_001), &opened, 1)]).await;
    assert_eq!(decided(link, 1_001).await, Ok(()));
    let listed = DocumentListed { document: DOCUMENT, kind, title: "Plan".into(), archived: false };
    link.submit(ana.at.room, vec![Envelope::new(event_id(1_002), &listed.into(), 1)]).await;
    assert_eq!(decided(link, 1_002).await, Ok(()));
    let doc = Doc::with_client_id(7);
    doc.get_or_insert_text("content").push(&mut doc.transact_mut(), "honest");
    let whole = doc.transact().encode_state_as_update_v1(&yrs::StateVector::default());
    link.submit(DOCUMENT, vec![edits(1_003, whole)]).await;
    assert_eq!(decided(link, 1_003).await, Ok(()));
    doc
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_harm_the_crdt_library_never_reaches_it() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let eve = server.newcomer("Eve", 2).await;
    let mut good = server.welcome(&ana, &[ana.at.room]).await;
    let doc = document(&mut good, &ana).await;
    let mut bad = server.welcome(&eve, &[ana.at.room]).await;
    #[cfg(target_os = "linux")]
    let before = resident();

    let values = [&[1, 1, 9, 0, 8, 1, 1, b'p', 1][..], &[117, 1].repeat(6_000), &[126, 0]].concat();
    let json = [vec![b'['; 6_000], vec![b']'; 6_000]].concat();
    let embed = [&[1, 1, 9, 0, 5, 1, 1, b'p', 0xe0, 0x5d][..], &json, &[0]].concat();
    let types = {
        let nested = |clock: u32| match clock {
            0 => vec![7, 1, 1, b'p', 3, 1, b'e'],
            n if n <= 128 => vec![7, 0, 9, (n - 1) as u8, 3, 1, b'e'],
            n => vec![7, 0, 9, (n - 1) as u8 | 0x80, ((n - 1) >> 7) as u8, 3, 1, b'e'],
        };
        [&[1, 0xdc, 0x0b, 9, 0][..], &(0..1_500).flat_map(nested).collect::<Vec<_>>(), &[0]].concat()
    };
    let missing = vec![1, 1, 9, 0, 0x84, 55, 3, 1, b'x', 0];
    let squatted = {
        let doc = Doc::with_client_id(7);
        doc.get_or_insert_text("content").push(&mut doc.transact_mut(), "by somebody else as seven");
        doc.transact().encode_state_as_update_v1(&yrs::StateVector::default())
    };
    let attacks = [
        ("a bomb of five bytes", vec![0xff, 0xff, 0xff, 0x3f, 0], Code::BadRequest),
        ("a bomb of structs", vec![1, 0xff, 0xff, 0xff, 0x3f, 1, 0], Code::BadRequest),
        ("a bomb of deletions", vec![0, 1, 1, 0xff, 0xff, 0xff, 0x3f], Code::BadRequest),
        ("values in values", values, Code::BadRequest),
        ("JSON in JSON", embed, Code::BadRequest),
        ("types in types", types, Code::BadRequest),
        ("on what is missing", missing, Code::BadRequest),
        ("as somebody else's client", squatted, Code::Forbidden),
        ("no update at all", b"hello".to_vec(), Code::BadRequest),
    ];
    for (id, (what, update, code)) in (1..).zip(attacks) {
        for again in 0..2 {
            bad.submit(DOCUMENT, vec![edits(id, update.clone())]).await;
            assert_eq!(decided(&mut bad, id).await, Err(code), "{what}, {again}: a refusal is final");
        }
    }
    #[cfg(target_os = "linux")]
    assert!(resident().saturating_sub(before) < 64 << 20, "it takes {} MB", (resident() - before) >> 20);
    // The document is as it was, and goes on.
    let vector = doc.transact().state_vector();
    doc.get_or_insert_text("content").push(&mut doc.transact_mut(), " work");
    good.submit(DOCUMENT, vec![edits(1_004, doc.transact().encode_diff_v1(&vector))]).await;
    assert_eq!(decided(&mut good, 1_004).await, Ok(()));
    assert_eq!(doc.get_or_insert_text("content").get_string(&doc.transact()), "honest work");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_was_used_says_nothing_else_for_anybody() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let bo = server.newcomer("Bo", 2).await;
    let room = ana.at.room;
    let mut link = server.welcome(&ana, &[room]).await;
    link.submit(room, vec![says(1, "said once")]).await;
    let seq = link.acked(1).await;
    link.submit(room, vec![says(1, "said otherwise")]).await;
    assert_eq!(decided(&mut link, 1).await, Err(Code::IdReuse));
    let mut other = server.welcome(&bo, &[room]).await;
    other.submit(room, vec![says(1, "said once")]).await;
    assert_eq!(decided(&mut other, 1).await, Err(Code::IdReuse));
    link.submit(room, vec![says(2, "next")]).await;
    assert_eq!(link.acked(2).await, seq + 1, "nothing came between");
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_that_the_server_does_not_know_are_refused_and_so_are_bodies_beyond_the_bound() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let room = ana.at.room;
    let mut link = server.welcome(&ana, &[room]).await;
    for (id, kind) in [(1, 9_999), (2, 0x8001), (3, 0xffff)] {
        link.submit(room, vec![Envelope { kind, ..says(id, "of the future") }]).await;
        assert_eq!(decided(&mut link, id).await, Err(Code::Upgrade), "{kind}");
    }
    link.submit(room, vec![Envelope { body_version: 99, ..says(4, "of the future") }]).await;
    assert_eq!(decided(&mut link, 4).await, Err(Code::Upgrade));
    link.submit(room, vec![Envelope { body: vec![0xff; 40], ..says(5, "") }]).await;
    assert_eq!(decided(&mut link, 5).await, Err(Code::BadRequest));
    let mut flooding = server.welcome(&ana, &[room]).await;
    let many = (0..=SUBMIT_EVENTS_MAX as u64).map(|id| says(100 + id, "x")).collect();
    flooding.submit(room, many).await;
    assert_eq!(flooding.closed().await, Some(ByeCode::BadFrame.close_code()));
    let mut large = server.welcome(&ana, &[room]).await;
    large.submit(room, vec![Envelope { body: vec![0; BODY_BYTES_MAX + 1], ..says(6, "") }]).await;
    let outcome = large.until_decided_or_closed(6).await;
    assert!(matches!(outcome, Err(Some(Code::TooLarge)) | Err(None)), "{outcome:?}");
    link.submit(room, vec![says(7, "still here")]).await;
    link.acked(7).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_in_band_by_the_same_device_alone() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let bo = server.newcomer("Bo", 2).await;
    let room = ana.at.room;
    let mut link = server.welcome(&ana, &[room]).await;
    let renewed: Session = server.post("refresh", &Refresh { refresh: ana.session.refresh.clone() }).await.unwrap();
    assert_ne!(renewed.access, ana.session.access);
    link.say(Auth { token: renewed.access }).await;
    link.submit(room, vec![says(1, "goes on")]).await;
    link.acked(1).await;
    link.say(Probe { full: false }).await;
    link.until(|frame| matches!(frame, ServerFrame::Ping(_)).then_some(())).await;
    link.say(Auth { token: bo.session.access.clone() }).await;
    assert!(link.closed().await.is_some(), "another's token ends the connection");
    let mut forged = server.connect().await;
    forged.hello(&bo.session.access, DeviceId([1; 16]), &[room]).await;
    assert!(forged.closed().await.is_some(), "another device's token opens nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_uses_up_what_an_author_may_still_edit_of_their_own_message() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let eve = server.newcomer("Eve", 2).await;
    let room = ana.at.room;
    let mut good = server.welcome(&ana, &[]).await;
    let everyone: Event = RoomChanged { name: None, topic: None, everyone_edits: Some(true) }.into();
    good.submit(room, vec![says(1, "hers"), Envelope::new(event_id(2), &everyone, 1)]).await;
    good.acked(2).await;
    let mut bad = server.welcome(&eve, &[]).await;
    let mut text = MessageText::plain("hers");
    let edit = |text: &mut MessageText, id: u64| {
        let delta = text.delta(event_id(1), event_id(id), &id.to_string()).unwrap();
        *text = text.with(event_id(1), &delta);
        Envelope::new(event_id(id), &MessageEdited { message: event_id(1), delta, mentions: None }.into(), 1)
    };
    let mut id = 10;
    while id <= 2 * u64::from(EDITS_MAX) {
        let before = text.clone();
        bad.submit(room, vec![edit(&mut text, id)]).await;
        if decided(&mut bad, id).await.is_err() {
            text = before;
            break;
        }
        id += 1;
    }
    good.submit(room, vec![edit(&mut text, 5_000)]).await;
    assert_eq!(decided(&mut good, 5_000).await, Ok(()), "after {} edits by somebody else", id - 10);
}
