//! A hundred people in one document, by bare sockets; and how many bytes a message and a keystroke are.

use crate::scene::Scene;
use crate::socket::{Socket, mint};
use crate::table::Table;
use anyhow::Result;
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind, DocumentOpened};
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::id::StreamId;
use folkmoot_wire::frame::ServerFrame;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use yrs::{Doc, Options, ReadTxn, Text, Transact};

const PEOPLE: usize = 100;
const KEYSTROKES: usize = 250;
const EVERY: Duration = Duration::from_millis(20);

/// One writes at 50 keystrokes a second; how long until each of a hundred has it.
pub async fn measure(scene: &Scene, table: &mut Table) -> Result<()> {
    let mut writer = Socket::join(scene, "Writer").await?;
    let document = StreamId(mint()?.0);
    let opened = DocumentOpened { room: writer.room, kind: DocumentKind::Code };
    writer.append(document, vec![opened.into()]).await?;
    let (heard, mut hears) = mpsc::unbounded_channel();
    for n in 0..PEOPLE {
        let mut reader = Socket::join(scene, &format!("Reader {n}")).await?;
        reader.follow(document, 1).await?;
        let heard = heard.clone();
        tokio::spawn(async move {
            while let Ok(frame) = reader.hear().await {
                if let ServerFrame::Events(events) = frame {
                    let now = Instant::now();
                    let told = events.events.iter().try_for_each(|logged| heard.send((logged.seq, now)));
                    if told.is_err() {
                        break;
                    }
                }
            }
        });
    }
    let doc = Doc::with_options(Options::with_client_id(yrs::ClientID::new(9)));
    let body = doc.get_or_insert_text("content");
    let mut begun = Vec::new();
    let mut ticks = tokio::time::interval(EVERY);
    let bytes_before = writer.sent;
    for _ in 0..KEYSTROKES {
        ticks.tick().await;
        let before = doc.transact().state_vector();
        body.push(&mut doc.transact_mut(), "x");
        let update = doc.transact().encode_diff_v1(&before);
        begun.push(Instant::now());
        writer.submit(document, vec![DocumentEdited { update }.into()]).await?;
    }
    let up = (writer.sent - bytes_before) / KEYSTROKES;
    let mut times = Vec::new();
    while times.len() < PEOPLE * KEYSTROKES {
        let Some((seq, at)) = hears.recv().await else { break };
        let sent = begun.get(usize::try_from(seq)?.saturating_sub(2));
        times.extend(sent.map(|sent| at.duration_since(*sent)));
    }
    table.times("keystroke → each of 100 others in one document, 50 a second (fsync)", times);
    bytes(scene, table, up).await
}

/// What one message and one keystroke are on the wire.
async fn bytes(scene: &Scene, table: &mut Table, keystroke_up: usize) -> Result<()> {
    const MESSAGES: usize = 100;
    let (mut one, mut other) = (Socket::join(scene, "Pen").await?, Socket::join(scene, "Paper").await?);
    let room = one.room;
    other.follow(room, 0).await?;
    let (up, down) = (one.sent, other.received);
    let text = "The relay dropped my laptop for eleven minutes on the train and nothing was lost.";
    for _ in 0..MESSAGES {
        let posted = MessagePosted { text: text.into(), reply_to: None, mentions: vec![], thread: None };
        one.append(room, vec![posted.into()]).await?;
    }
    let mut heard = 0;
    while heard < MESSAGES {
        if let ServerFrame::Events(events) = other.hear().await? {
            heard += events.events.len();
        }
    }
    let (up, down) = ((one.sent - up) / MESSAGES, (other.received - down) / MESSAGES);
    table.put("bytes of a message of 81 characters, up and down to each", format!("{up} B, {down} B"));
    table.put("bytes of a keystroke in a document, up", format!("{keystroke_up} B"));
    Ok(())
}
