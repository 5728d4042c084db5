//! The attacks: what each needs beforehand, and what it does.

use super::daemon::Daemon;
use crate::socket::{Socket, mint};
use anyhow::{Result, bail};
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind, DocumentOpened};
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::id::StreamId;
use folkmoot_model::key::List;
use folkmoot_wire::frame::{Cursor, Page, Probe, Range, ServerFrame, Sub};
use folkmoot_wire::limits::{FRAME_BYTES_MAX, HELLO_CURSORS_MAX, PAGE_PLACES_MAX, PAGES_PER_SESSION_MAX};
use std::io::ErrorKind::WouldBlock;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};
use yrs::{Doc, Text, Transact};

/// Readers of the large document, and how many of them read slowly.
const READERS: usize = 20;
const SLOW: usize = 5;

/// Between two frames of who reads slowly.
const PAUSE: Duration = Duration::from_millis(50);

/// Characters of a large message.
const TEXT: usize = 40_000;

/// Frames of a flood, and connections that never say anything.
const FLOOD: usize = 50_000;
const HALF_OPEN: usize = 400;

/// Streams whose heads are asked for in a loop, and for how long that is looked at.
const PROBED_STREAMS: usize = 400;
const PROBED: Duration = Duration::from_secs(20);

/// Requests whose body never comes, from each of so many addresses, and for how long they are looked at.
const UNFINISHED: usize = 1_000;
const ADDRESSES: u8 = 3;
const LOOKED_AT: Duration = Duration::from_secs(5);

/// One of the attacks.
#[derive(Debug, Clone, Copy)]
pub enum Attack {
    UnknownStreams,
    LargePages,
    SubFlood,
    ProbeFlood,
    HalfOpen,
    UnfinishedBodies,
    LargeDocument,
}

/// An attack that is ready to be run.
pub enum Prepared {
    Unknown(Socket),
    Pages(Socket),
    Subs(Socket),
    Probes(Socket),
    HalfOpen(String),
    Bodies(String),
    Document(Vec<Socket>, StreamId),
}

impl Attack {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::UnknownStreams,
        Self::LargePages,
        Self::SubFlood,
        Self::ProbeFlood,
        Self::HalfOpen,
        Self::UnfinishedBodies,
        Self::LargeDocument,
    ];

    /// What it is.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnknownStreams => "attack: 4,096 streams that do not exist, followed at once",
            Self::LargePages => "attack: 64 pages of 500 messages of 40 kB, asked for at once",
            Self::SubFlood => "attack: 50,000 times Sub of one stream",
            Self::ProbeFlood => "attack: 50,000 probes for all heads of 400 streams",
            Self::HalfOpen => "attack: 400 connections that never say anything",
            Self::UnfinishedBodies => "attack: 3,000 requests of three addresses whose body never comes",
            Self::LargeDocument => "attack: a document of 32 MiB opened by 20 at once, 5 of whom read slowly",
        }
    }

    /// Brings about what it needs.
    pub async fn prepare(self, daemon: &Daemon) -> Result<Prepared> {
        let mut attacker = Socket::join_by(&daemon.invite().await?, "Eve").await?;
        Ok(match self {
            Self::UnknownStreams => Prepared::Unknown(attacker),
            Self::LargePages => {
                let posted =
                    |_| MessagePosted { text: "x".repeat(TEXT), reply_to: None, mentions: vec![], thread: None }.into();
                let at_once = FRAME_BYTES_MAX / (TEXT + 200);
                for _ in (0..PAGE_PLACES_MAX as usize).step_by(at_once) {
                    attacker.append(daemon.quiet_room(), (0..at_once).map(posted).collect()).await?;
                }
                Prepared::Pages(attacker)
            }
            Self::SubFlood => Prepared::Subs(attacker),
            Self::ProbeFlood => {
                let mut owner = daemon.owner.lock().await;
                for stream in documents(&mut owner, PROBED_STREAMS).await? {
                    attacker.follow(stream, 0).await?;
                }
                Prepared::Probes(attacker)
            }
            Self::HalfOpen => Prepared::HalfOpen(daemon.host().to_owned()),
            Self::UnfinishedBodies => Prepared::Bodies(daemon.host().to_owned()),
            Self::LargeDocument => {
                let document = large_document(&mut attacker).await?;
                let mut readers = vec![attacker];
                while readers.len() < READERS {
                    readers.push(Socket::join_by(&daemon.invite().await?, &format!("Reader {}", readers.len())).await?);
                }
                Prepared::Document(readers, document)
            }
        })
    }
}

impl Prepared {
    /// Does it; says what came of it.
    pub async fn run(self) -> Result<String> {
        match self {
            Self::Unknown(mut eve) => {
                // As a `Hello` with so many cursors does.
                for n in 0..HELLO_CURSORS_MAX {
                    eve.feed(Sub { cursor: Cursor { stream: unknown(n), seq: 0 } }).await?;
                }
                eve.flush().await?;
                for _ in 0..HELLO_CURSORS_MAX {
                    while !matches!(eve.hear().await?, ServerFrame::Revoked(_)) {}
                }
                Ok("all denied".into())
            }
            Self::Pages(mut eve) => {
                let range = Range { first: 1, last: PAGE_PLACES_MAX };
                for _ in 0..PAGES_PER_SESSION_MAX {
                    eve.say(Page { stream: eve.room, range, since: 0, list: List::Messages }).await?;
                }
                let before = eve.received;
                let mut ended = 0;
                while ended < PAGES_PER_SESSION_MAX {
                    if let ServerFrame::PageRows(page) = eve.hear().await? {
                        ended += usize::from(page.last);
                    }
                }
                Ok(format!("all {} MB came", (eve.received - before) >> 20))
            }
            Self::Subs(mut eve) => {
                let room = eve.room;
                for _ in 0..FLOOD {
                    eve.feed(Sub { cursor: Cursor { stream: room, seq: 0 } }).await?;
                }
                eve.flush().await?;
                // Frames are taken in order: once this is answered, all were.
                eve.say(Probe { full: false }).await?;
                while !matches!(eve.hear().await?, ServerFrame::Ping(_)) {}
                Ok("all taken".into())
            }
            Self::Probes(mut eve) => {
                for _ in 0..FLOOD {
                    eve.feed(Probe { full: true }).await?;
                }
                eve.flush().await?;
                let mut answered = 0;
                let answers = async {
                    loop {
                        answered += usize::from(matches!(eve.hear().await?, ServerFrame::Ping(_)));
                    }
                };
                let ended: Result<Result<()>, _> = timeout(PROBED, answers).await;
                if let Ok(ended) = ended {
                    ended?;
                }
                Ok(format!("{answered} answered in {} s", PROBED.as_secs()))
            }
            Self::HalfOpen(host) => {
                let mut held = Vec::new();
                for _ in 0..HALF_OPEN {
                    held.push(TcpStream::connect(&host).await?);
                }
                sleep(Duration::from_secs(5)).await;
                Ok(format!("{} held for 5 s", held.len()))
            }
            Self::Bodies(host) => unfinished(host.parse()?).await,
            Self::Document(readers, document) => {
                let readings = readers.into_iter().enumerate().map(|(n, mut reader)| {
                    let pause = if n < SLOW { PAUSE } else { Duration::ZERO };
                    tokio::spawn(async move { open(&mut reader, document, pause).await })
                });
                let (mut whole, mut why) = (0, None);
                for reading in readings.collect::<Vec<_>>() {
                    match reading.await? {
                        Ok(()) => whole += 1,
                        Err(error) => why = Some(error),
                    }
                }
                let why = why.map_or_else(String::new, |error| format!(" (others: {error})"));
                Ok(format!("{whole} of {READERS} have it{why}"))
            }
        }
    }
}

/// Sends all of many requests but the end of their bodies; says how many of them the server still waits for.
async fn unfinished(host: SocketAddr) -> Result<String> {
    let head = format!(
        "POST /api/v1/inspect HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
    );
    let mut held = Vec::new();
    for address in 1..=ADDRESSES {
        for _ in 0..UNFINISHED {
            let socket = TcpSocket::new_v4()?;
            socket.bind((Ipv4Addr::new(127, 0, 0, address), 0).into())?;
            let mut socket = socket.connect(host).await?;
            socket.write_all(head.as_bytes()).await?;
            socket.write_all(&[b' '; 50_000]).await?;
            held.push(socket);
        }
    }
    sleep(LOOKED_AT).await;
    let waits = |socket: &&TcpStream| socket.try_read(&mut [0]).is_err_and(|error| error.kind() == WouldBlock);
    let waits = held.iter().filter(waits).count();
    Ok(format!("{waits} still waited for after {} s", LOOKED_AT.as_secs()))
}

fn unknown(n: usize) -> StreamId {
    StreamId::derive("unknown", &[&n.to_be_bytes()])
}

/// Opens a document from nothing, pausing after each frame.
async fn open(reader: &mut Socket, document: StreamId, pause: Duration) -> Result<()> {
    reader.say(Sub { cursor: Cursor { stream: document, seq: 0 } }).await?;
    loop {
        match reader.hear().await? {
            ServerFrame::Caught(caught) if caught.head.stream == document => return Ok(()),
            ServerFrame::Bye(bye) => bail!("{:?}", bye.code),
            _ => sleep(pause).await,
        }
    }
}

/// So many documents, empty.
async fn documents(by: &mut Socket, documents: usize) -> Result<Vec<StreamId>> {
    let mut made = Vec::new();
    for _ in 0..documents {
        let (document, room) = (StreamId(mint()?.0), by.room);
        by.append(document, vec![DocumentOpened { room, kind: DocumentKind::Code }.into()]).await?;
        made.push(document);
    }
    Ok(made)
}

/// A document as large as one may be, with a checkpoint of most of it.
async fn large_document(by: &mut Socket) -> Result<StreamId> {
    let document = documents(by, 1).await?[0];
    let doc = Doc::with_client_id(7);
    let text = doc.get_or_insert_text("content");
    for n in 0..33 {
        let update = {
            let mut change = doc.transact_mut();
            text.push(&mut change, &format!("{n:08}").repeat(125_000));
            change.encode_update_v1()
        };
        by.append(document, vec![DocumentEdited { update }.into()]).await?;
    }
    // Its checkpoints are made beside the writing.
    sleep(Duration::from_secs(20)).await;
    Ok(document)
}
