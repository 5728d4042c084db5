//! One connection of `/sync`: its bytes become inputs of the hub, and the hub's frames its bytes. It decides nothing.
//!
//! What a hostile client can send is measured here, before the hub sees it: size, form, rate, and whose token it is.

pub mod cost;
pub mod outgoing;
mod unfinished;
mod yjs_client;

use crate::accounts::Accounts;
use crate::hub_task::HubHandle;
use crate::identity::Bearer;
use crate::progress::Progress;
use crate::rate_limits::oldest::Silent;
use crate::rate_limits::{Admission, Connection, RateLimits};
use axum_tws::{CloseCode, Message, WebSocket, WebSocketError};
use folkmoot_model::id::{DeviceId, PersonId};
use folkmoot_sync::hub::io::{Identity, Input, SessionId};
use folkmoot_wire::frame::{ByeCode, ClientFrame, LaterPage};
use folkmoot_wire::limits::{FRAMES_BURST, FRAMES_PER_SECOND, UNGREETED_BYTES_MAX};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, Stream, StreamExt};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use outgoing::{Next, Outgoing};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// How long a closed connection is still read, so that its last words are not lost with it.
const LINGER: Duration = Duration::from_secs(1);

/// How long what comes too fast waits before it is looked at again whether it may pass.
const FRAMES_WAIT: Duration = Duration::from_millis(5);

/// Documents that are put together at once for Yjs clients that are not ours: each may take several times its size. It
/// lasts as long as the log takes to read one, however slowly its client reads.
const ASSEMBLED_AT_ONCE: usize = 2;

/// A connection as it arrives: from where, and what it counts among.
pub struct Arrival {
    pub from: IpAddr,
    pub progress: Progress,
    pub admission: Admission,
}

/// What all connections of a server share.
pub struct Sessions {
    accounts: Arc<Accounts>,
    rate_limits: Arc<RateLimits>,
    hub: HubHandle,
    last: AtomicU64,
    passed: yjs_client::PassedOn,
    assembling: Semaphore,
}

impl Sessions {
    /// None yet.
    pub fn new(accounts: Arc<Accounts>, rate_limits: Arc<RateLimits>, hub: HubHandle) -> Self {
        let assembling = Semaphore::new(ASSEMBLED_AT_ONCE);
        let passed = yjs_client::PassedOn::default();
        Self { accounts, rate_limits, hub, last: AtomicU64::new(0), passed, assembling }
    }

    /// Serves a connection until it ends.
    pub async fn run(self: Arc<Self>, socket: WebSocket, arrival: Arrival) {
        let Arrival { from, progress, admission } = arrival;
        let (id, outgoing) = (self.next_id(), Arc::new(Outgoing::default()));
        progress.read_at_most(Some(UNGREETED_BYTES_MAX));
        self.hub.connected(id, Arc::clone(&outgoing)).await;
        let (sink, stream) = socket.split();
        let mut reader = Reader {
            id,
            accounts: &self.accounts,
            rate_limits: &self.rate_limits,
            hub: &self.hub,
            signals: self.rate_limits.signals(),
            frames: frames_of_one(),
            outgoing: &outgoing,
            progress: &progress,
            identity: None,
            greeting: Some(self.rate_limits.greetings.add(from, &outgoing)),
            connection: None,
            waits: false,
        };
        {
            let mut reading = std::pin::pin!(reader.run(stream));
            tokio::select! {
                () = &mut reading => {}
                () = write(sink, Writer { id, outgoing: &outgoing, progress: &progress, hub: &self.hub }) => {
                    // Its close must reach the other side before the socket goes.
                    let _lingered = timeout(LINGER, reading).await;
                }
                () = outgoing.is_overdue() => tracing::debug!(session = id, "not closed in time"),
            }
        }
        if reader.identity.is_none() {
            self.rate_limits.failed(from);
        }
        self.hub.send(Input::Closed { session: id }).await;
        drop(admission);
    }

    /// The number of a connection of which the hub does not know yet.
    fn next_id(&self) -> SessionId {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }
}

struct Reader<'a> {
    id: SessionId,
    accounts: &'a Accounts,
    rate_limits: &'a RateLimits,
    hub: &'a HubHandle,
    signals: DefaultDirectRateLimiter,
    frames: DefaultDirectRateLimiter,
    outgoing: &'a Arc<Outgoing>,
    progress: &'a Progress,
    identity: Option<(PersonId, DeviceId)>,
    greeting: Option<Silent<IpAddr, Outgoing>>,
    connection: Option<Connection>,
    /// It was told to wait: until it resumes, the hub takes no submit, and none may count.
    waits: bool,
}

impl Reader<'_> {
    async fn run(&mut self, mut stream: SplitStream<WebSocket>) {
        while let Some(message) = stream.next().await {
            while self.frames.check().is_err() {
                sleep(FRAMES_WAIT).await;
            }
            match message {
                Ok(message) if message.is_binary() => self.frame(message.as_payload()).await,
                Ok(message) if message.is_text() => self.hub.send(Input::Garbage { session: self.id }).await,
                Ok(message) if message.is_close() => return,
                // Each is answered, which waits where nobody reads: nobody else asks so often either.
                Ok(message) if message.is_ping() && self.signals.check().is_err() => {
                    self.hub.send(Input::Garbage { session: self.id }).await;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(session = self.id, %error, "unreadable");
                    return last_words(&mut stream).await;
                }
            }
        }
    }

    async fn frame(&mut self, bytes: &[u8]) {
        let session = self.id;
        let Ok(frame) = ClientFrame::read(bytes) else {
            let Some(page) = LaterPage::read(bytes) else {
                return self.hub.send(Input::Garbage { session }).await;
            };
            self.pays(cost::LATER).await;
            return self.hub.send(Input::Later { session, page }).await;
        };
        self.pays(cost::of(&frame)).await;
        let identity = match &frame {
            ClientFrame::Hello(hello) => {
                let identity = self.identify(&hello.token);
                self.pays(cost::of(&frame)).await;
                Some(identity)
            }
            ClientFrame::Auth(auth) => Some(self.accounts.identify(&auth.token)),
            ClientFrame::Submit(submit) => {
                self.waits &= !submit.resume;
                if self.waits {
                    return;
                }
                if let Err(after_ms) =
                    self.identity.map_or(Ok(()), |(person, _)| self.rate_limits.submit(person, submit))
                {
                    self.waits = true;
                    return self.hub.send(Input::Throttled { session, after_ms }).await;
                }
                None
            }
            ClientFrame::Signal(_) if self.signals.check().is_err() => return,
            _ => None,
        };
        let shown = identity.as_ref().and_then(|identity| identity.as_ref().ok()).copied();
        let identity = identity.map(|identity| {
            identity.map(|Bearer { person, device, expires_ms, .. }| Identity { person, device, expires_ms })
        });
        self.hub.send(Input::Frame { session, frame, identity }).await;
        // A sign-out between the check of the token and its arrival at the hub would be missed.
        if let Some(Bearer { device, .. }) = shown.filter(|bearer| self.accounts.is_over(bearer.device, bearer.epoch)) {
            self.hub.send(Input::SignedOut { device }).await;
        }
    }

    /// Who is known waits here for what a frame costs: nothing else is read from this connection meanwhile.
    async fn pays(&self, units: u32) {
        if let Some((person, _)) = self.identity {
            self.rate_limits.pay(person, units).await;
        }
    }

    /// Who says hello, once: the hub closes a connection that says it again.
    fn identify(&mut self, token: &str) -> Result<Bearer, ByeCode> {
        if self.identity.is_some() {
            return Err(ByeCode::BadFrame);
        }
        let bearer = self.accounts.identify(token)?;
        let Bearer { person, device, epoch, .. } = bearer;
        self.identity = Some((person, device));
        self.progress.read_at_most(None);
        self.greeting = None;
        let connection = self.rate_limits.connections.add(person, (device, epoch), self.outgoing);
        self.connection = Some(connection.ok_or(ByeCode::Busy)?);
        Ok(bearer)
    }
}

/// After what cannot be read, most often a message above the bound, the library has a close with its reason wait to be
/// written: it is, and has some time to reach the other side before the socket goes.
async fn last_words(socket: &mut (impl Stream<Item = Result<Message, WebSocketError>> + Unpin)) {
    let _written = timeout(LINGER, socket.next()).await;
    sleep(LINGER).await;
}

/// Closes a connection, with a code that is ours or WebSocket's own.
fn close(code: u16, reason: &str) -> Message {
    Message::close(CloseCode::try_from(code).ok(), reason)
}

/// The limit of the frames of one connection: what comes faster waits in its socket, and not before those of others.
fn frames_of_one() -> DefaultDirectRateLimiter {
    const RATE: NonZeroU32 = NonZeroU32::new(FRAMES_PER_SECOND).expect("some");
    const BURST: NonZeroU32 = NonZeroU32::new(FRAMES_BURST).expect("some");
    RateLimiter::direct(Quota::per_second(RATE).allow_burst(BURST))
}

/// Who writes to a connection.
struct Writer<'a> {
    id: SessionId,
    outgoing: &'a Outgoing,
    progress: &'a Progress,
    hub: &'a HubHandle,
}

/// Writes what waits, all of it with one flush, until the connection is to be closed or takes nothing any more.
async fn write(mut sink: SplitSink<WebSocket, Message>, writer: Writer<'_>) {
    let Writer { id: session, outgoing, progress, hub } = writer;
    loop {
        let first = outgoing.next().await;
        let writing = async {
            let mut next = Some(first);
            while let Some(one) = next {
                match one {
                    Next::Frame(frame) => {
                        let bytes = frame.len();
                        sink.feed(Message::binary(frame)).await?;
                        if outgoing.written(bytes) {
                            hub.send(Input::Drained { session }).await;
                        }
                    }
                    Next::Close(code) => {
                        sink.feed(close(code, "")).await?;
                        sink.flush().await?;
                        return Ok::<bool, WebSocketError>(true);
                    }
                }
                next = outgoing.try_next();
            }
            sink.flush().await?;
            Ok(false)
        };
        let alive = || hub.send(Input::Progressed { session });
        match progress.unless_stuck(writing, alive).await {
            Some(Ok(false)) => {}
            _ => return,
        }
    }
}
