//! Who may be there no longer: gone at once for those who are, and their sockets closed, whatever these do.

use crate::common::{PATIENCE, Person, Server, Wire, event_id, post, presence, says};
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind, DocumentOpened};
use folkmoot_model::features::people::MemberRemoved;
use folkmoot_model::features::rooms::{RoomAccess, RoomOpened};
use folkmoot_model::id::StreamId;
use folkmoot_model::key::List;
use folkmoot_model::signal::Availability;
use folkmoot_server::Config;
use folkmoot_server::config::Rates;
use folkmoot_wire::api::{Session, SignIn, Ticket, Ticketed};
use folkmoot_wire::frame::{Page, Range, ServerFrame, Signalled};
use futures_util::SinkExt;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, client_async};
use yrs::{Doc, Text, Transact};

/// Megabytes that are asked for at once take hours so.
const TRICKLE_BYTES: usize = 2 << 10;
const TRICKLE_EVERY: Duration = Duration::from_millis(200);

fn bare(link: Wire) -> TcpStream {
    let MaybeTlsStream::Plain(socket) = link.0.into_inner() else { panic!("no TLS here") };
    socket
}

/// Reads so slowly that what was asked for never comes to its end, until the socket is closed.
fn trickles(mut socket: TcpStream) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut some = [0; TRICKLE_BYTES];
        while socket.read(&mut some).await.is_ok_and(|bytes| bytes > 0) {
            tokio::time::sleep(TRICKLE_EVERY).await;
        }
    })
}

/// Bo, here and in the first room, who has asked for far more than he reads; and a connection of Ana that sees him.
async fn reads_little(server: &Server) -> (Person, Person, Wire, Wire) {
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let bo = server.newcomer("Bo", 2).await;
    let (space, room) = (ana.at.space, ana.at.room);
    let mut watching = server.welcome(&ana, &[space, room]).await;
    let mut slow = server.with_small_buffer(&bo, &[space, room]).await;
    slow.caught(&[space, room]).await;
    for id in 1..=20 {
        watching.submit(room, vec![says(id, &"x".repeat(39_900))]).await;
        watching.acked(id).await;
    }
    for _ in 0..60 {
        let range = Range { first: 1, last: 100 };
        slow.say(Page { stream: room, range, since: 0, list: List::Messages }).await;
    }
    slow.signals(space, &presence(Availability::Online, None)).await;
    slow.signals(room, &presence(Availability::Online, Some(room))).await;
    let here = |frame| match frame {
        ServerFrame::Signalled(Signalled { stream, .. }) if stream == room => Some(()),
        _ => None,
    };
    watching.until(here).await;
    (ana, bo, watching, slow)
}

impl Wire {
    /// Waits until that connection of a person is gone from all of these streams.
    async fn sees_go(&mut self, person: &Person, streams: &[StreamId]) {
        let mut missing = streams.to_vec();
        while !missing.is_empty() {
            let left = self.until(|frame| match frame {
                ServerFrame::Signalled(left) if left.bytes.is_empty() => Some(left),
                _ => None,
            });
            let Signalled { stream, from, .. } = timeout(PATIENCE, left).await.expect("they go in time");
            assert_eq!(from, person.session.person);
            missing.retain(|one| *one != stream);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_put_out_is_gone_at_once_though_they_read_a_few_bytes_at_a_time() {
    let server = Server::new().await;
    let (ana, bo, mut watching, slow) = reads_little(&server).await;
    let reading = trickles(bare(slow));
    let removed: Event = MemberRemoved { person: bo.session.person }.into();
    watching.submit(ana.at.space, vec![Envelope::new(event_id(100), &removed, 1)]).await;
    watching.sees_go(&bo, &[ana.at.space, ana.at.room]).await;
    reading.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_or_in_anew_is_gone_though_they_read_a_few_bytes_at_a_time() {
    for signs_out in [true, false] {
        let server = Server::new().await;
        let (ana, bo, mut watching, slow) = reads_little(&server).await;
        let reading = trickles(bare(slow));
        if signs_out {
            let url = format!("{}/api/v1/sign-out", server.running.url);
            let asked = reqwest::Client::new().post(url).bearer_auth(&bo.session.access).send().await.unwrap();
            assert!(asked.status().is_success());
        } else {
            let (name, password) = ("Bo".to_owned(), "sesame, please".to_owned());
            let again = SignIn { name, password, device: bo.device, known_device: None };
            let _session: Session = post(&server.running.url, "sign-in", &again, None).await.unwrap();
        }
        watching.sees_go(&bo, &[ana.at.space, ana.at.room]).await;
        reading.abort();
    }
}

/// A connection to a document as a Yjs client that is not ours, if there may be one more.
async fn opens(server: &Server, person: &Person, document: StreamId) -> Option<Wire> {
    let wanted = Ticket { document, read_only: true };
    let Ticketed { ticket } = post(&server.running.url, "ticket", &wanted, Some(&person.session.access)).await.unwrap();
    let url = format!("ws://{}/yjs/{document}?ticket={ticket}", server.running.address);
    let socket = server.small_buffer().await;
    client_async(url, socket).await.ok().map(|(socket, _)| Wire(socket))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_whose_person_is_put_out_is_closed_though_it_reads_a_few_bytes_at_a_time() {
    const LOST: StreamId = StreamId::fixed(0xa0);
    let dir = tempfile::tempdir().unwrap();
    let config = Config::for_tests(dir.path());
    let rates = Rates { documents_per_person_max: 1, ..config.rates };
    let server = Server::with(Config { rates, ..config }, dir).await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let bo = server.newcomer("Bo", 2).await;
    let mut link = server.welcome(&ana, &[]).await;
    let (name, topic) = ("plan".to_owned(), String::new());
    let (space, members) = (ana.at.space, vec![bo.session.person]);
    let opened: Event = RoomOpened { space, access: RoomAccess::Private, name, topic, members }.into();
    link.submit(LOST, vec![Envelope::new(event_id(1), &opened, 1)]).await;
    let documents = [(LOST, StreamId::fixed(0xd0)), (ana.at.room, StreamId::fixed(0xd1))];
    for (n, (room, document)) in documents.into_iter().enumerate() {
        let opened: Event = DocumentOpened { room, kind: DocumentKind::Code }.into();
        link.submit(document, vec![Envelope::new(event_id(2 + n as u64), &opened, 1)]).await;
    }
    let doc = Doc::with_client_id(7);
    let text = doc.get_or_insert_text("content");
    for id in 10..16 {
        let mut change = doc.transact_mut();
        text.push(&mut change, &"x".repeat(500_000));
        let edited: Event = DocumentEdited { update: change.encode_update_v1() }.into();
        link.submit(documents[0].1, vec![Envelope::new(event_id(id), &edited, 1)]).await;
        link.acked(id).await;
    }

    let mut slow = opens(&server, &bo, documents[0].1).await.unwrap();
    // Sync step 1 of who has nothing: message 0, step 0, an empty state vector.
    slow.0.send(Message::Binary(vec![0, 0, 1, 0].into())).await.unwrap();
    let mut slow = bare(slow);
    // More than anything but the document: it is on its way.
    slow.read_exact(&mut vec![0; 64 << 10]).await.unwrap();
    assert!(opens(&server, &bo, documents[1].1).await.is_none(), "one at a time");
    let reading = trickles(slow);
    let removed: Event = MemberRemoved { person: bo.session.person }.into();
    link.submit(LOST, vec![Envelope::new(event_id(100), &removed, 1)]).await;
    let closed = async {
        while opens(&server, &bo, documents[1].1).await.is_none() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, closed).await.expect("it is closed");
    reading.abort();
}
