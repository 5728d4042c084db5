//! What the tests of a running server share: a server in a temporary directory, and people who speak with it.
//!
//! Clients here are bare: they say frames and hear frames, and keep nothing.

use folkmoot_model::event::{Envelope, Event, Logged, encode};
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::features::people::Role;
use folkmoot_model::id::{DeviceId, EventId, StreamId};
use folkmoot_model::refusal::Code;
use folkmoot_model::signal::{Availability, Signal};
use folkmoot_server::{Config, Running, admin, serve};
use folkmoot_wire::api::{Join, Joined, NotGranted, Session};
use folkmoot_wire::frame::{self, Ack, ClientFrame, Cursor, Hello, Recv, ServerFrame, Submit, Welcome};
use folkmoot_wire::link::Link;
use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

/// Longer than anything here takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A server in a directory of its own.
pub struct Server {
    pub running: Running,
    pub config: Config,
    stop: oneshot::Sender<()>,
    pub dir: tempfile::TempDir,
}

/// Somebody signed in.
pub struct Person {
    pub session: Session,
    pub device: DeviceId,
    pub at: Joined,
}

/// A connection to `/sync`.
pub struct Wire(pub WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Server {
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::with(Config::for_tests(dir.path()), dir).await
    }

    pub async fn with(config: Config, dir: tempfile::TempDir) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let running = serve(config.clone(), async move { drop(stopped.await) }).await.unwrap();
        Self { running, config, stop, dir }
    }

    pub async fn stop(self) -> tempfile::TempDir {
        self.stop.send(()).unwrap();
        tokio::time::timeout(PATIENCE, self.running.join()).await.unwrap();
        self.dir
    }

    pub async fn post<T: Serialize, A: DeserializeOwned>(&self, path: &str, body: &T) -> Result<A, NotGranted> {
        post(&self.running.url, path, body, None).await
    }

    /// Makes a space; gives the code of its owner.
    pub async fn space(&self) -> String {
        code(&admin::create_space(&self.config, "Moot", None).await.unwrap())
    }

    pub async fn join(&self, code: &str, name: &str, device: u8) -> Person {
        let device = DeviceId([device; 16]);
        let join = Join { code: code.into(), name: name.into(), password: "sesame, please".into(), device };
        let session: Session = self.post("join", &join).await.unwrap();
        Person { device, at: session.joined.unwrap(), session }
    }

    /// Somebody new in the space that [`Self::space`] made.
    pub async fn newcomer(&self, name: &str, device: u8) -> Person {
        let link = admin::invite(&self.config, "Moot", Role::Member, None).await.unwrap();
        self.join(&code(&link), name, device).await
    }

    pub async fn connect(&self) -> Wire {
        Wire(connect_async(self.sync_url()).await.unwrap().0)
    }

    pub fn sync_url(&self) -> String {
        format!("ws://{}/sync", self.running.address)
    }

    /// Connected and welcome, with these streams followed from the start.
    pub async fn welcome(&self, person: &Person, streams: &[StreamId]) -> Wire {
        let link = self.connect().await;
        self.welcome_on(link, person, streams).await
    }

    /// As [`Self::welcome`], over a socket whose system keeps little of what it has not read.
    pub async fn with_small_buffer(&self, person: &Person, streams: &[StreamId]) -> Wire {
        let link = Wire(client_async(self.sync_url(), self.small_buffer().await).await.unwrap().0);
        self.welcome_on(link, person, streams).await
    }

    pub async fn small_buffer(&self) -> MaybeTlsStream<TcpStream> {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(64 << 10).unwrap();
        MaybeTlsStream::Plain(socket.connect(self.running.address).await.unwrap())
    }

    async fn welcome_on(&self, mut link: Wire, person: &Person, streams: &[StreamId]) -> Wire {
        link.hello(&person.session.access, person.device, streams).await;
        let Welcome { person: known, .. } = link
            .until(|frame| match frame {
                ServerFrame::Welcome(welcome) => Some(welcome),
                _ => None,
            })
            .await;
        assert_eq!(known, person.session.person);
        link
    }
}

pub async fn post<T: Serialize, A: DeserializeOwned>(
    url: &str,
    path: &str,
    body: &T,
    token: Option<&str>,
) -> Result<A, NotGranted> {
    let mut request = reqwest::Client::new().post(format!("{url}/api/v1/{path}")).json(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap();
    match response.status().is_success() {
        true => Ok(response.json().await.unwrap()),
        false => Err(response.json().await.unwrap()),
    }
}

pub fn code(link: &Link) -> String {
    match link {
        Link::Join { code, .. } => code.clone(),
        Link::Place { .. } => panic!("a link to a place"),
    }
}

pub fn says(id: u64, text: &str) -> Envelope {
    let posted = MessagePosted { text: text.into(), reply_to: None, mentions: Vec::new(), thread: None };
    Envelope::new(event_id(id), &posted.into(), 1)
}

pub fn presence(availability: Availability, at: Option<StreamId>) -> Signal {
    Signal::Presence { availability, at }
}

pub fn event_id(id: u64) -> EventId {
    EventId::mint(id, [7; 10])
}

impl Wire {
    pub async fn say(&mut self, frame: impl Into<ClientFrame>) {
        self.0.send(Message::Binary(frame.into().bytes())).await.unwrap();
    }

    pub async fn hello(&mut self, token: &str, device: DeviceId, streams: &[StreamId]) {
        let cursors = streams.iter().map(|stream| Cursor { stream: *stream, seq: 0 }).collect();
        self.say(Hello { min: 1, max: 1, fold: 1, token: token.into(), device, cursors }).await;
    }

    pub async fn submit(&mut self, stream: StreamId, events: Vec<Envelope>) {
        self.say(Submit { stream, events, resume: true }).await;
    }

    /// The next frame, or the close code.
    pub async fn hear(&mut self) -> Result<ServerFrame, Option<u16>> {
        loop {
            match tokio::time::timeout(PATIENCE, self.0.next()).await.expect("the server says something") {
                Some(Ok(Message::Binary(bytes))) => return Ok(ServerFrame::read(&bytes).unwrap()),
                Some(Ok(Message::Close(close))) => return Err(close.map(|close| close.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    pub async fn caught(&mut self, streams: &[StreamId]) {
        let mut missing = streams.to_vec();
        while !missing.is_empty() {
            let caught = |frame| match frame {
                ServerFrame::Caught(caught) => Some(caught.head.stream),
                _ => None,
            };
            let caught = self.until(caught).await;
            missing.retain(|stream| *stream != caught);
        }
    }

    pub async fn signals(&mut self, stream: StreamId, signal: &Signal) {
        self.say(frame::Signal { stream, bytes: encode(signal) }).await;
    }

    pub async fn until<T>(&mut self, wanted: impl Fn(ServerFrame) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(self.hear().await.unwrap()) {
                return found;
            }
        }
    }

    /// The close code, whatever is said before it.
    pub async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.hear().await {
                return code;
            }
        }
    }

    /// Decided as this code or not refused, or `Err(None)` where the connection was closed instead.
    pub async fn until_decided_or_closed(&mut self, id: u64) -> Result<(), Option<Code>> {
        loop {
            match self.hear().await {
                Ok(ServerFrame::Ack(ack)) if ack.id == event_id(id) => return Ok(()),
                Ok(ServerFrame::Nack(nack)) if nack.id == event_id(id) => return Err(Some(nack.refusal.code)),
                Ok(_) => {}
                Err(_) => return Err(None),
            }
        }
    }

    pub async fn acked(&mut self, id: u64) -> u64 {
        self.until(|frame| match frame {
            ServerFrame::Ack(Ack { id: acked, seq, .. }) if acked == event_id(id) => Some(seq),
            ServerFrame::Nack(nack) if nack.id == event_id(id) => panic!("{nack:?}"),
            _ => None,
        })
        .await
    }

    /// The messages of a stream as they come, until one has this text; everything is received at once.
    pub async fn read_until(&mut self, stream: StreamId, text: &str) -> Vec<Logged> {
        let mut all = Vec::new();
        loop {
            if let Ok(ServerFrame::Events(events)) = self.hear().await
                && events.stream == stream
            {
                let cursor = Cursor { stream, seq: events.events.last().unwrap().seq };
                all.extend(events.events);
                self.say(Recv { cursor }).await;
                if all.iter().any(|logged| text_of(logged).as_deref() == Some(text)) {
                    return all;
                }
            }
        }
    }
}

pub fn text_of(logged: &Logged) -> Option<String> {
    match logged.envelope.event() {
        Ok(Event::MessagePosted(posted)) => Some(posted.text),
        _ => None,
    }
}
