//! One connection of `/yjs`: a Yjs client that is not ours. Its messages go to its machine, which speaks to the hub as a
//! connection like any other; what the hub says comes back the same way.

use super::outgoing::{Next, Outgoing};
use super::unfinished::Unfinished;
use super::{LINGER, Sessions, close, last_words};
use crate::clock::{now_ms, random};
use crate::identity::Ticket;
use crate::progress::Progress;
use crate::rate_limits::{Admission, Counted};
use axum_tws::{Message, WebSocket, WebSocketError};
use bytes::Bytes;
use folkmoot_model::id::{PersonId, StreamId};
use folkmoot_sync::awareness::CaretUser;
use folkmoot_sync::hub::io::{Identity, Input, SessionId};
use folkmoot_sync::yjs_client::{self, Effect, Guest, Passed, YjsClient};
use folkmoot_wire::codec::Unreadable;
use folkmoot_wire::frame::{ClientFrame, Revoked, ServerFrame};
use folkmoot_wire::limits::{AWARENESS_MS, WINDOW_BYTES};
use futures_util::{SinkExt, StreamExt};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{sleep, timeout};

impl Sessions {
    /// Serves a foreign connection until it ends. Most do nothing, and then weigh what this future holds: nothing is
    /// moved into it twice.
    pub fn run_foreign(
        self: Arc<Self>,
        socket: WebSocket,
        progress: Progress,
        ticket: Ticket,
        admission: (Admission, Counted<PersonId>),
    ) -> impl Future<Output = ()> + Send {
        let Ticket { person, device, document, read_only, name, colour, epoch } = ticket;
        let lost = ServerFrame::from(Revoked { stream: document }).bytes();
        let (id, outgoing) = (self.next_id(), Arc::new(Outgoing::until(lost)));
        let guest = Guest { document, device, name, colour, read_only };
        let (machine, hello) = YjsClient::open(now_ms(), guest, random());
        // The ticket opened the connection; signing out and losing the right to read close it.
        let identity = Identity { person, device, expires_ms: u64::MAX };
        let mut connection = Connection {
            id,
            person,
            document,
            machine,
            socket,
            progress,
            unfinished: Unfinished::default(),
            waits: false,
            outgoing,
            sessions: self,
            _admission: admission,
        };
        async move {
            connection.begins(hello, identity, epoch).await;
            let outgoing = Arc::clone(&connection.outgoing);
            tokio::select! {
                () = connection.run() => {}
                () = outgoing.is_overdue() => tracing::debug!(session = id, "not closed in time"),
            }
            connection.sessions.hub.send(Input::Closed { session: id }).await;
        }
    }
}

struct Connection {
    id: SessionId,
    person: PersonId,
    document: StreamId,
    machine: YjsClient,
    socket: WebSocket,
    progress: Progress,
    unfinished: Unfinished,
    /// As that of a session of `/sync`.
    waits: bool,
    outgoing: Arc<Outgoing>,
    sessions: Arc<Sessions>,
    _admission: (Admission, Counted<PersonId>),
}

/// Bytes of frames, and of the documents they were put together to, that are kept; the last frame is kept in any case.
const KEPT_BYTES: usize = 1 << 20;

/// Frames, and as many at most.
const KEPT: usize = 64;

/// The last frames that foreign connections got, each read once: the hub gives the same bytes to all who follow a document.
#[derive(Default)]
pub struct PassedOn(Mutex<VecDeque<(Bytes, Arc<Passed>)>>);

impl PassedOn {
    fn read(&self, frame: &Bytes) -> Result<Arc<Passed>, Unreadable> {
        let same = |kept: &Bytes| kept.as_ptr() == frame.as_ptr() && kept.len() == frame.len();
        if let Some((_, passed)) = self.kept().iter().rev().find(|(kept, _)| same(kept)) {
            return Ok(Arc::clone(passed));
        }
        let passed = Arc::new(Passed::read(frame)?);
        let mut kept = self.kept();
        if passed.is_for_many() {
            kept.push_back((frame.clone(), Arc::clone(&passed)));
        }
        // At each frame, also one for one alone (a ping at least): a document is put together after its frames are kept.
        let bytes = |kept: &VecDeque<(Bytes, Arc<Passed>)>| -> usize {
            kept.iter().map(|(frame, passed)| frame.len() + passed.held_bytes()).sum()
        };
        while kept.len() > KEPT || (kept.len() > 1 && bytes(&kept) > KEPT_BYTES) {
            kept.pop_front();
        }
        Ok(passed)
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<(Bytes, Arc<Passed>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// WebSocket's code for what is not wanted, RFC 6455.
const POLICY: u16 = 1008;

/// Is the connection over?
type Over = bool;

impl Connection {
    /// The hub learns of the connection.
    async fn begins(&mut self, hello: ClientFrame, identity: Identity, epoch: u64) {
        let Self { id, outgoing, sessions, .. } = self;
        sessions.hub.connected(*id, Arc::clone(outgoing)).await;
        sessions.hub.send(Input::Frame { session: *id, frame: hello, identity: Some(Ok(identity)) }).await;
        // A sign-out between the check of the ticket and its arrival at the hub would be missed.
        if sessions.accounts.is_over(identity.device, epoch) {
            sessions.hub.send(Input::SignedOut { device: identity.device }).await;
        }
    }

    async fn run(&mut self) {
        let mut over = false;
        while !over {
            let (reads, waits) = (!self.machine.is_full(), self.machine.waits());
            over = tokio::select! {
                told = self.outgoing.next() => match self.machine.reading_bytes() {
                    few if few < WINDOW_BYTES => self.told(told).await,
                    _ => self.assembled(told).await,
                },
                said = self.socket.next(), if reads => self.said(said).await,
                () = sleep(Duration::from_millis(AWARENESS_MS)), if waits => {
                    let script = self.machine.handle(now_ms(), yjs_client::Input::Tick);
                    self.does(script).await
                }
            };
        }
    }

    /// A large document is on its way: the rest of it is taken in one go, by few connections at a time.
    async fn assembled(&mut self, first: Next) -> Over {
        let (sessions, outgoing) = (Arc::clone(&self.sessions), Arc::clone(&self.outgoing));
        let mut turn = sessions.assembling.acquire().await.ok();
        let mut next = first;
        loop {
            let is_told =
                |script: &[Effect]| script.iter().any(|effect| matches!(effect, Effect::Tell(_) | Effect::Close(..)));
            let (script, written) = self.hears(next).await;
            if is_told(&script) {
                // Its client may read slowly.
                turn = None;
            }
            if self.does(script).await {
                return true;
            }
            self.has_written(written).await;
            if turn.is_none() || self.machine.reading_bytes() == 0 {
                return false;
            }
            next = outgoing.next().await;
        }
    }

    async fn told(&mut self, told: Next) -> Over {
        let (mut script, mut written) = self.hears(told).await;
        // What waits is told with one flush, but for what belongs to a large document.
        while self.machine.reading_bytes() < WINDOW_BYTES
            && let Some(more) = self.outgoing.try_next()
        {
            let is_close = matches!(more, Next::Close(_));
            let (more, bytes) = self.hears(more).await;
            script.extend(more);
            written.extend(bytes);
            if is_close {
                break;
            }
        }
        let over = self.does(script).await;
        self.has_written(written).await;
        over
    }

    /// What the machine makes of what the hub says, and how many bytes each frame was.
    async fn hears(&mut self, told: Next) -> (Vec<Effect>, Vec<usize>) {
        let (script, written) = match told {
            Next::Frame(frame) => {
                let script = match self.sessions.passed.read(&frame) {
                    Ok(passed) => self.takes_in(&passed).await,
                    Err(error) => {
                        tracing::error!(%error, "a frame of our own hub");
                        Vec::new()
                    }
                };
                (script, vec![frame.len()])
            }
            Next::Close(code) => (vec![Effect::Close(code, String::new())], Vec::new()),
        };
        self.outgoing.holds(self.machine.reading_bytes());
        (script, written)
    }

    /// A frame of the hub. Who shows a caret in it is shown under their name in the document's space.
    async fn takes_in(&mut self, frame: &Arc<Passed>) -> Vec<Effect> {
        let mut script = Vec::new();
        if let Some(person) = self.machine.lacks_name(frame) {
            let profile = self.sessions.accounts.profile_in(self.document, person).await.unwrap_or_else(|denied| {
                tracing::warn!(session = self.id, %denied, "a caret is shown without its name");
                None
            });
            let (name, colour) = profile.unwrap_or_default();
            script = self.machine.handle(now_ms(), yjs_client::Input::Named(person, CaretUser { name, colour }));
        }
        script.extend(self.machine.handle(now_ms(), yjs_client::Input::Told(frame)));
        script
    }

    /// These frames are taken in, and what they made to be written is.
    async fn has_written(&mut self, frames: Vec<usize>) {
        let session = self.id;
        // Not `any`: each counts.
        if frames.into_iter().filter(|bytes| self.outgoing.written(*bytes)).count() > 0 {
            self.sessions.hub.send(Input::Drained { session }).await;
        }
    }

    async fn said(&mut self, said: Option<Result<Message, WebSocketError>>) -> Over {
        let input = match &said {
            Some(Ok(message)) if message.is_binary() => yjs_client::Input::Said(message.as_payload()),
            Some(Ok(message)) if message.is_pong() => {
                if self.unfinished.ponged(self.progress.read(), now_ms()) {
                    tracing::debug!(session = self.id, "a message is not ended");
                    self.writes(vec![close(POLICY, "unfinished")]).await;
                    return true;
                }
                yjs_client::Input::Ponged
            }
            Some(Ok(message)) if message.is_ping() => {
                self.unfinished.pinged(message.as_payload().len());
                return self.writes(Vec::new()).await;
            }
            // y-websocket says nothing in text: what some other client means by it is passed over.
            Some(Ok(message)) if message.is_text() => {
                self.unfinished.ended(self.progress.read());
                return false;
            }
            Some(Ok(_)) | None => return true,
            Some(Err(error)) => {
                tracing::debug!(session = self.id, %error, "unreadable");
                last_words(&mut self.socket).await;
                return true;
            }
        };
        if !matches!(input, yjs_client::Input::Ponged) {
            self.unfinished.ended(self.progress.read());
        }
        let script = self.machine.handle(now_ms(), input);
        self.does(script).await
    }

    /// Writes these after what waits, the answer to a ping for example.
    async fn writes(&mut self, messages: Vec<Message>) -> Over {
        let bytes: usize = messages.iter().map(|message| message.as_payload().len()).sum();
        self.outgoing.holds(bytes + self.machine.reading_bytes());
        let Self { id: session, socket, progress, sessions, .. } = self;
        let session = *session;
        let writing = async {
            for message in messages {
                socket.feed(message).await?;
            }
            socket.flush().await
        };
        let alive = || sessions.hub.send(Input::Progressed { session });
        let written = progress.unless_stuck(writing, alive).await;
        self.outgoing.holds(self.machine.reading_bytes());
        !matches!(written, Some(Ok(())))
    }

    /// Writes what is to be told, with one flush, then says to the hub what is to be said.
    async fn does(&mut self, script: Vec<Effect>) -> Over {
        let (mut messages, mut asks, mut over) = (Vec::new(), Vec::new(), false);
        for effect in script {
            match effect {
                Effect::Tell(message) => messages.push(Message::binary(message)),
                Effect::Ping => messages.push(Message::ping(Bytes::new())),
                Effect::Ask(frame) => asks.push(frame),
                Effect::Close(code, reason) => {
                    messages.push(close(code, &reason));
                    over = true;
                    break;
                }
            }
        }
        if !messages.is_empty() && self.writes(messages).await {
            return true;
        }
        for frame in asks {
            if let ClientFrame::Submit(submit) = &frame {
                self.waits &= !submit.resume;
                if self.waits {
                    continue;
                }
                if let Err(after_ms) = self.sessions.rate_limits.submit(self.person, submit) {
                    self.waits = true;
                    self.sessions.hub.send(Input::Throttled { session: self.id, after_ms }).await;
                    continue;
                }
            }
            self.sessions.hub.send(Input::Frame { session: self.id, frame, identity: None }).await;
        }
        if over {
            // Its close must reach the other side before the socket goes.
            let _lingered = timeout(LINGER, async { while let Some(Ok(_)) = self.socket.next().await {} }).await;
        }
        over
    }
}
