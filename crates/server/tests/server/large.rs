//! Whatever may be stored can be opened: the largest document, the largest pages, and a hot window of large messages; also
//! by who reads slowly, and while others go on.

use crate::common::{PATIENCE, Person, Server, Wire, event_id, post, says};
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind, DocumentOpened};
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::features::threads::{InThread, Subject};
use folkmoot_model::id::StreamId;
use folkmoot_model::key::{Key, List};
use folkmoot_model::row::{Row, Value};
use folkmoot_wire::api::{Ticket, Ticketed};
use folkmoot_wire::frame::{Cursor, Page, Range, Recv, ServerFrame, Snapshot, Sub, WireRow};
use folkmoot_wire::limits::{FRAME_BYTES_MAX, HOT_MESSAGES, PAGE_PLACES_MAX, TAIL_EVENTS_MAX};
use futures_util::{SinkExt, StreamExt};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Text, Transact, Update};

const DOCUMENT: StreamId = StreamId::fixed(0xd0);

/// One change of a document, just below the bound of an event, and how many of them it takes to the bound of all.
const CHANGE_BYTES: usize = 1_000_000;
const CHANGES: usize = 33;

/// A message of the size that large ones have.
const TEXT_BYTES: usize = 39_900;

fn large(id: u64) -> Envelope {
    says(id, &format!("{id:06}{}", "x".repeat(TEXT_BYTES)))
}

/// Appends messages, as many at once as a frame has room for.
async fn append(link: &mut Wire, room: StreamId, messages: Vec<Envelope>) {
    let at_once = FRAME_BYTES_MAX / (messages[0].body.len() + 200);
    for batch in messages.chunks(at_once.min(250)) {
        link.submit(room, batch.to_vec()).await;
        let last = batch.last().unwrap().id;
        link.until(|frame| match frame {
            ServerFrame::Ack(ack) if ack.id == last => Some(()),
            ServerFrame::Nack(nack) => panic!("{nack:?}"),
            _ => None,
        })
        .await;
    }
}

/// A document as large as a document may be, and its last checkpoint nearly as large.
async fn largest_document(server: &Server, ana: &Person) -> Doc {
    let mut link = server.welcome(ana, &[]).await;
    let opened: Event = DocumentOpened { room: ana.at.room, kind: DocumentKind::Code }.into();
    append(&mut link, DOCUMENT, vec![Envelope::new(event_id(1_000_001), &opened, 1)]).await;
    let doc = Doc::with_client_id(7);
    let text = doc.get_or_insert_text("content");
    for n in 0..CHANGES {
        let mut change = doc.transact_mut();
        text.push(&mut change, &format!("{n:08}").repeat(CHANGE_BYTES / 8));
        let edited = DocumentEdited { update: change.encode_update_v1() };
        append(&mut link, DOCUMENT, vec![Envelope::new(event_id(1_000_010 + n as u64), &edited.into(), 1)]).await;
    }
    // It is made beside the writing, and no sooner than the one before allows.
    loop {
        let mut link = server.welcome(ana, &[DOCUMENT]).await;
        let seq = link.until(|frame| match frame {
            ServerFrame::Snapshot(snapshot) => Some(snapshot.seq),
            ServerFrame::Events(_) => Some(0),
            _ => None,
        });
        if seq.await as usize > CHANGES / 2 {
            return doc;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// A document as a connection is told it, pausing after each frame.
async fn opened(link: &mut Wire, pause: Duration) -> Doc {
    link.say(Sub { cursor: Cursor { stream: DOCUMENT, seq: 0 } }).await;
    let doc = Doc::new();
    let apply = |update: &[u8]| doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
    let (mut body, mut begun) = (Vec::new(), false);
    loop {
        match link.hear().await.unwrap() {
            ServerFrame::Snapshot(Snapshot { seq, first, last, checkpoint, .. }) => {
                if first {
                    body.clear();
                }
                begun |= first;
                assert!(begun, "the first part comes first");
                body.extend(checkpoint.into_iter().flatten());
                if last {
                    apply(&body);
                    link.say(Recv { cursor: Cursor { stream: DOCUMENT, seq } }).await;
                }
            }
            ServerFrame::Events(events) => {
                for logged in &events.events {
                    if let Ok(Event::DocumentEdited(edited)) = logged.envelope.event() {
                        apply(&edited.update);
                    }
                }
                let seq = events.events.last().unwrap().seq;
                link.say(Recv { cursor: Cursor { stream: DOCUMENT, seq } }).await;
            }
            ServerFrame::Caught(_) => return doc,
            _ => {}
        }
        tokio::time::sleep(pause).await;
    }
}

fn text(doc: &Doc) -> String {
    let text = doc.get_or_insert_text("content");
    text.get_string(&doc.transact())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_document_comes_to_quick_and_to_slow_readers_and_to_any_yjs_client() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let whole = text(&largest_document(&server, &ana).await);
    assert!(whole.len() > 32_000_000);

    let mut quick = server.welcome(&ana, &[]).await;
    assert!(text(&opened(&mut quick, Duration::ZERO).await) == whole);

    let mut slow = server.with_small_buffer(&ana, &[]).await;
    assert!(text(&opened(&mut slow, Duration::from_millis(20)).await) == whole);

    let wanted = Ticket { document: DOCUMENT, read_only: true };
    let Ticketed { ticket } = post(&server.running.url, "ticket", &wanted, Some(&ana.session.access)).await.unwrap();
    let url = format!("ws://{}/yjs/{DOCUMENT}?ticket={ticket}", server.running.address);
    let config = WebSocketConfig::default().max_message_size(Some(64 << 20));
    let (mut foreign, _) = tokio_tungstenite::connect_async_with_config(url, Some(config), false).await.unwrap();
    // Sync step 1 of who has nothing: message 0, step 0, an empty state vector.
    foreign.send(Message::Binary(vec![0, 0, 1, 0].into())).await.unwrap();
    let answer = loop {
        let message = tokio::time::timeout(2 * PATIENCE, foreign.next()).await.unwrap().unwrap().unwrap();
        match message {
            Message::Binary(bytes) if bytes[..2] == [0, 1] => break bytes,
            Message::Close(close) => panic!("{close:?}"),
            _ => {}
        }
    };
    // After its length of four bytes the update.
    let doc = Doc::new();
    doc.transact_mut().apply_update(Update::decode_v1(&answer[6..]).unwrap()).unwrap();
    assert!(text(&doc) == whole);
}

/// The places whose message is whole among these rows.
fn places(rows: &[WireRow]) -> BTreeSet<u64> {
    let read = |row: &WireRow| match (Key::read(&row.key)?, Row::read(&row.value)?.value) {
        (Key::Message(_), Value::Message(message)) => Some(message.posted_seq),
        _ => None,
    };
    rows.iter().filter_map(read).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_largest_messages_come_whole_however_many_are_asked_for() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let room = ana.at.room;
    let mut link = server.welcome(&ana, &[]).await;
    append(&mut link, room, (0..PAGE_PLACES_MAX).map(large).collect()).await;
    let mut reader = server.with_small_buffer(&ana, &[]).await;
    let range = Range { first: 1, last: PAGE_PLACES_MAX };
    let asked = 4;
    for _ in 0..asked {
        reader.say(Page { stream: room, range, since: 0, list: List::Messages }).await;
    }
    let (mut rows, mut ended) = (Vec::new(), 0);
    while ended < asked {
        if let ServerFrame::PageRows(page) = reader.hear().await.unwrap() {
            assert_eq!(page.range, range);
            ended += usize::from(page.last);
            rows.extend(page.rows);
        }
    }
    let first_message = places(&rows).first().copied().unwrap();
    assert_eq!(places(&rows), (first_message..=PAGE_PLACES_MAX).collect());
    let messages = rows.iter().filter(|row| matches!(Key::read(&row.key), Some(Key::Message(_)))).count();
    assert_eq!(messages % asked, 0, "each page is whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_long_thread_brings_its_newest_replies_and_says_from_which_place_on() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let room = ana.at.room;
    let mut link = server.welcome(&ana, &[]).await;
    let root = large(0);
    let root_id = root.id;
    append(&mut link, room, vec![root]).await;
    let in_thread = |n: u64| {
        let thread = Some(InThread { subject: Subject::Message(root_id), also_in_room: false });
        let text = if n.is_multiple_of(2) { "a".repeat(40_000) } else { "short".into() };
        let posted = MessagePosted { text, reply_to: None, mentions: vec![], thread };
        Envelope::new(event_id(1_000 + n), &posted.into(), 1)
    };
    let replies = PAGE_PLACES_MAX + 20;
    append(&mut link, room, (0..replies).map(in_thread).collect()).await;
    let mut reader = server.with_small_buffer(&ana, &[]).await;
    let list = List::Thread(root_id);
    let mut page = async |range: Range| {
        reader.say(Page { stream: room, range, since: 0, list }).await;
        let (mut rows, mut parts) = (Vec::new(), BTreeSet::new());
        loop {
            if let ServerFrame::PageRows(page) = reader.hear().await.unwrap() {
                rows.extend(page.rows);
                parts.insert((page.range.first, page.range.last));
                if page.last {
                    assert_eq!(parts.len(), 1, "each chunk says what all of them answer: {parts:?}");
                    return (page.range, rows);
                }
            }
        }
    };
    let (newest, rows) = page(Range { first: 1, last: 1 << 40 }).await;
    let shown = places(&rows);
    assert_eq!((shown.len() as u64, shown.first().copied()), (PAGE_PLACES_MAX, Some(newest.first)));
    let entries = rows.iter().filter(|row| matches!(Key::read(&row.key), Some(Key::Thread(..)))).count() as u64;
    assert_eq!(entries, PAGE_PLACES_MAX, "with its place in the thread each");
    // The rest of it, of which nothing is left out.
    let before = Range { first: 1, last: newest.first - 1 };
    let (range, rows) = page(before).await;
    assert_eq!((range, places(&rows).len()), (before, 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hot_window_of_the_largest_messages_comes_whole_while_others_go_on() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let room = ana.at.room;
    let mut link = server.welcome(&ana, &[]).await;
    append(&mut link, room, (0..TAIL_EVENTS_MAX).map(|id| says(id, "short")).collect()).await;
    append(&mut link, room, (10_000..10_000 + HOT_MESSAGES).map(large).collect()).await;
    let mut reader = server.with_small_buffer(&ana, &[]).await;
    reader.say(Sub { cursor: Cursor { stream: room, seq: 0 } }).await;
    let (mut rows, mut meanwhile, mut later) = (Vec::new(), 20_000, 0);
    let (seq, held) = loop {
        match reader.hear().await.unwrap() {
            ServerFrame::Snapshot(Snapshot { seq, rows: part, held, first, last, .. }) => {
                assert_eq!(first, rows.is_empty(), "it is not begun anew: rows go with events that come after");
                rows.extend(part);
                if last {
                    break (seq, held);
                }
            }
            ServerFrame::Events(_) => panic!("events come after the snapshot"),
            _ => {}
        }
        // Whatever is said before the snapshot is begun is in it.
        if !rows.is_empty() && meanwhile < 20_050 {
            link.submit(room, vec![says(meanwhile, "meanwhile")]).await;
            meanwhile += 1;
        }
    };
    assert_eq!(places(&rows), (held.first..=seq).collect());
    assert_eq!(places(&rows).len() as u64, HOT_MESSAGES);
    reader.say(Recv { cursor: Cursor { stream: room, seq } }).await;
    let mut next = seq + 1;
    while later < meanwhile - 20_000 {
        if let ServerFrame::Events(events) = reader.hear().await.unwrap() {
            assert_eq!(events.events[0].seq, next, "what follows is the next event");
            next += events.events.len() as u64;
            later += events.events.len() as u64;
        }
    }
}
