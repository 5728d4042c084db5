//! What those outside learn: of whatever they may not read the same as of nothing.

use crate::common::{Person, Server, Wire, code, event_id, says};
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind, DocumentOpened};
use folkmoot_model::features::rooms::{RoomAccess, RoomOpened};
use folkmoot_model::id::{PersonId, StreamId};
use folkmoot_model::refusal::{Code, Refusal};
use folkmoot_server::config::Quotas;
use folkmoot_server::{Config, admin};
use folkmoot_wire::frame::{Nack, ServerFrame};

const PRIVATE: StreamId = StreamId::fixed(0xa0);
const DOCUMENT: StreamId = StreamId::fixed(0xd0);
const NOTHING: StreamId = StreamId::fixed(0xee);

/// What the server answers, in full.
async fn answered(link: &mut Wire, stream: StreamId, id: u64, event: Event) -> Result<(), Refusal> {
    link.submit(stream, vec![Envelope::new(event_id(id), &event, 1)]).await;
    link.until(|frame| match frame {
        ServerFrame::Ack(ack) if ack.id == event_id(id) => Some(Ok(())),
        ServerFrame::Nack(Nack { id: nacked, refusal }) if nacked == event_id(id) => Some(Err(refusal)),
        _ => None,
    })
    .await
}

fn room(space: StreamId, members: Vec<PersonId>) -> Event {
    let (name, topic) = ("den".to_owned(), String::new());
    RoomOpened { space, access: RoomAccess::Private, name, topic, members }.into()
}

/// A private room of Ana's with a document, and somebody of another space.
async fn scene(quotas: Quotas) -> (Server, Person, Person) {
    let dir = tempfile::tempdir().unwrap();
    let config = Config::for_tests(dir.path());
    let server = Server::with(Config { quotas, ..config }, dir).await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let elsewhere = admin::create_space(&server.config, "Elsewhere", None).await.unwrap();
    let eve = server.join(&code(&elsewhere), "Eve", 2).await;
    let mut link = server.welcome(&ana, &[]).await;
    assert_eq!(answered(&mut link, PRIVATE, 1, room(ana.at.space, vec![])).await, Ok(()));
    let opened = DocumentOpened { room: PRIVATE, kind: DocumentKind::Code };
    assert_eq!(answered(&mut link, DOCUMENT, 2, opened.into()).await, Ok(()));
    (server, ana, eve)
}

fn quotas() -> Quotas {
    Config::for_tests("").quotas
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opening_that_is_refused_in_any_case_does_not_tell_what_is_there() {
    let (server, _ana, eve) = scene(quotas()).await;
    let mut link = server.welcome(&eve, &[]).await;
    let nobody = PersonId([9; 16]);
    for (n, stream) in [NOTHING, PRIVATE, DOCUMENT].into_iter().enumerate() {
        let answer = answered(&mut link, stream, 10 + n as u64, room(eve.at.space, vec![nobody])).await;
        assert_eq!(answer, Err(Code::TargetMissing.into()), "{n}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_a_space_is_full_is_told_to_nobody_outside() {
    let (server, ana, eve) = scene(Quotas { space_bytes_max: 6_000, ..quotas() }).await;
    let mut link = server.welcome(&ana, &[]).await;
    let long = "x".repeat(4_000);
    link.submit(PRIVATE, vec![says(10, &long), says(11, &long)]).await;
    link.until(|frame| matches!(frame, ServerFrame::Nack(nack) if nack.refusal.code == Code::Quota).then_some(()))
        .await;
    let mut outside = server.welcome(&eve, &[]).await;
    let update = DocumentEdited { update: vec![0; 4_000] };
    for (n, stream) in [NOTHING, PRIVATE, DOCUMENT].into_iter().enumerate() {
        let id = 20 + 10 * n as u64;
        outside.submit(stream, vec![says(id, &long)]).await;
        let decided = outside.until_decided_or_closed(id).await;
        assert_eq!(decided, Err(Some(Code::NotMember)), "{n}");
        let answer = answered(&mut outside, stream, id + 1, update.clone().into()).await;
        assert_eq!(answer, Err(Code::NotMember.into()), "{n}");
        let opening = answered(&mut outside, stream, id + 2, room(eve.at.space, vec![PersonId([9; 16])])).await;
        assert_eq!(opening, Err(Code::TargetMissing.into()), "{n}");
    }
}
