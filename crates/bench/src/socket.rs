//! A bare client: frames over a socket, without an engine, a disk or a view. What it measures is the server.

use crate::scene::{PASSWORD, Scene};
use anyhow::{Context, Result, bail};
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::id::{DeviceId, EventId, StreamId};
use folkmoot_wire::api::{Join, Session};
use folkmoot_wire::frame::{ClientFrame, Cursor, Hello, Recv, ServerFrame, Sub, Submit, VERSION};
use folkmoot_wire::limits::{WINDOW_BYTES, WINDOW_EVENTS};
use folkmoot_wire::link::Link;
use futures_util::{SinkExt, StreamExt};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Events after which it is said that they were received: several times within a window.
const RECEIVED: u64 = WINDOW_EVENTS / 8;

/// A person with a bare socket.
pub struct Socket {
    socket: WebSocketStream<TcpStream>,
    /// The space, and the room in which they landed.
    pub space: StreamId,
    pub room: StreamId,
    /// What shows the server who they are.
    pub access: String,
    /// Bytes of all frames sent and received.
    pub sent: usize,
    pub received: usize,
}

/// An id of now.
pub fn mint() -> Result<EventId> {
    let mut random = [0; 10];
    getrandom::fill(&mut random)?;
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    Ok(EventId::mint(u64::try_from(now_ms)?, random))
}

impl Socket {
    /// Joins the space by name and opens a socket that follows nothing yet.
    pub async fn join(scene: &Scene, name: &str) -> Result<Self> {
        Self::join_by(&scene.invite().await?, name).await
    }

    /// As [`Self::join`], by a link to any server.
    pub async fn join_by(link: &str, name: &str) -> Result<Self> {
        let Link::Join { host, code, .. } = link.parse()? else { bail!("no invitation") };
        let http = reqwest::Client::new();
        let device = DeviceId(mint()?.0);
        let join = Join { code, name: name.into(), password: PASSWORD.into(), device };
        let url = format!("http://{host}/api/v1/join");
        let session: Session = http.post(url).json(&join).send().await?.error_for_status()?.json().await?;
        let joined = session.joined.context("joined nothing")?;
        let url = format!("ws://{host}/sync");
        let stream = TcpStream::connect(&host).await?;
        stream.set_nodelay(true)?;
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await?;
        let token = session.access.clone();
        let mut client =
            Self { socket, space: joined.space, room: joined.room, access: session.access, sent: 0, received: 0 };
        let hello = Hello { min: VERSION, max: VERSION, fold: FOLD_VERSION, token, device, cursors: vec![] };
        client.say(hello).await?;
        while !matches!(client.hear().await?, ServerFrame::Welcome(_)) {}
        Ok(client)
    }

    /// Says a frame.
    pub async fn say(&mut self, frame: impl Into<ClientFrame>) -> Result<()> {
        let bytes = frame.into().bytes();
        self.sent += bytes.len();
        Ok(self.socket.send(Message::Binary(bytes)).await?)
    }

    /// Says a frame together with those that follow, up to [`Self::flush`].
    pub async fn feed(&mut self, frame: impl Into<ClientFrame>) -> Result<()> {
        let bytes = frame.into().bytes();
        self.sent += bytes.len();
        Ok(self.socket.feed(Message::Binary(bytes)).await?)
    }

    /// What was said has gone.
    pub async fn flush(&mut self) -> Result<()> {
        Ok(self.socket.flush().await?)
    }

    /// Submits an event.
    pub async fn submit(&mut self, stream: StreamId, events: Vec<Event>) -> Result<EventId> {
        let mut last = EventId([0; 16]);
        let mut envelopes = Vec::new();
        for event in events {
            last = mint()?;
            envelopes.push(Envelope::new(last, &event, last.minted_ms().unwrap_or_default()));
        }
        self.say(Submit { stream, events: envelopes, resume: true }).await?;
        Ok(last)
    }

    /// Submits, and waits until the last is acknowledged.
    pub async fn append(&mut self, stream: StreamId, events: Vec<Event>) -> Result<()> {
        let last = self.submit(stream, events).await?;
        loop {
            match self.hear().await? {
                ServerFrame::Ack(ack) if ack.id == last => return Ok(()),
                ServerFrame::Nack(nack) => bail!("refused: {}", nack.refusal),
                _ => {}
            }
        }
    }

    /// Follows a stream from `seq` on; returns once caught up.
    pub async fn follow(&mut self, stream: StreamId, seq: u64) -> Result<()> {
        self.say(Sub { cursor: Cursor { stream, seq } }).await?;
        loop {
            match self.hear().await? {
                ServerFrame::Caught(caught) if caught.head.stream == stream => return Ok(()),
                ServerFrame::Revoked(_) => bail!("it may not be read"),
                _ => {}
            }
        }
    }

    /// The next frame. Events are received at once.
    pub async fn hear(&mut self) -> Result<ServerFrame> {
        loop {
            let Message::Binary(bytes) = self.socket.next().await.context("the server hung up")?? else { continue };
            self.received += bytes.len();
            let frame = ServerFrame::read(&bytes)?;
            if let Some(recv) = received(&frame) {
                self.say(recv).await?;
            }
            return Ok(frame);
        }
    }

    /// The connection, for whoever speaks on their own.
    pub fn into_inner(self) -> WebSocketStream<TcpStream> {
        self.socket
    }
}

/// What is to be said after a frame, so that more events come: each time the stream has passed so many, or so
/// many bytes, and after a snapshot.
pub fn received(frame: &ServerFrame) -> Option<Recv> {
    if let ServerFrame::Snapshot(snapshot) = frame {
        return snapshot.last.then_some(Recv { cursor: Cursor { stream: snapshot.stream, seq: snapshot.seq } });
    }
    let ServerFrame::Events(events) = frame else { return None };
    if events.events.iter().map(|logged| logged.envelope.body.len()).sum::<usize>() > WINDOW_BYTES / 8 {
        return Some(Recv { cursor: Cursor { stream: events.stream, seq: events.events.last()?.seq } });
    }
    let (first, last) = (events.events.first()?.seq, events.events.last()?.seq);
    let passed = first.saturating_sub(1) / RECEIVED < last / RECEIVED;
    passed.then_some(Recv { cursor: Cursor { stream: events.stream, seq: last } })
}
