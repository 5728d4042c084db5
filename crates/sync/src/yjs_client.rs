//! A Yjs client that is not ours, at `/yjs`: one connection, one document. The server acts as its replica: to the hub
//! it is a connection like any other, so that the same reads permit it, the same gate stands before what it writes, and
//! the same answers come.
//!
//! Its updates become events, which leave at once and are kept until the log has decided. y-websocket knows no answers: who is
//! refused something is told why and disconnected, since their copy now says what nobody else's does.

mod carets;
mod passed;

use crate::awareness::CaretUser;
use crate::random::Random;
use bytes::Bytes;
use carets::Carets;
use folkmoot_model::event::{Envelope, Event, encode};
use folkmoot_model::features::documents::{DocumentEdited, beyond};
use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::id::{DeviceId, EventId, PersonId, Seq, StreamId};
use folkmoot_model::refusal::{Code, Refusal};
use folkmoot_model::signal::Signal;
use folkmoot_wire::frame::{
    self, ByeCode, ClientFrame, Cursor, Hello, Recv, ServerFrame, Signalled, Snapshot, Sub, Submit, VERSION,
};
use folkmoot_wire::limits::{
    BODY_BYTES_MAX, INFLIGHT_BYTES_MAX, RESYNC_MS, SUBMIT_EVENTS_MAX, WINDOW_BYTES, WINDOW_EVENTS,
};
use folkmoot_wire::y_websocket::{self, NOTHING, Said};
pub use passed::Passed;
use passed::{Run, Shown, State, What};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// WebSocket's close code for what may not be done, told beside the reason.
pub const DENIED: u16 = 4403;

/// An event around its update, at most.
const ENVELOPE_BYTES: usize = 64;

/// Who the connection is, and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guest {
    /// The document.
    pub document: StreamId,
    /// The device whose ticket it came with.
    pub device: DeviceId,
    /// Its person's name.
    pub name: String,
    /// Their colour, an index into the theme's palette.
    pub colour: u8,
    /// May it only read?
    pub read_only: bool,
}

/// What happens to the machine.
#[derive(Debug)]
pub enum Input<'a> {
    /// A message of the client.
    Said(&'a [u8]),
    /// A frame of the hub. Of whom [`YjsClient::lacks_name`] before it, the name is given first.
    Told(&'a Arc<Passed>),
    /// Who is in the document is called so.
    Named(PersonId, CaretUser),
    /// The client answered a ping.
    Ponged,
    /// Time passes; while [`YjsClient::waits`], several times a second.
    Tick,
}

/// What the machine wants done, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write a message to the client.
    Tell(Bytes),
    /// Ping the client.
    Ping,
    /// Say this to the hub, once what was told before is written.
    Ask(ClientFrame),
    /// Close the connection, with this code and reason.
    Close(u16, String),
}

/// The machine.
#[derive(Debug)]
pub struct YjsClient {
    guest: Guest,
    random: Random,
    now_ms: u64,
    /// What is being read of the document, and the steps that wait for it.
    reading: Option<Reading>,
    /// When the document was read last, Unix milliseconds.
    read_ms: u64,
    /// What the client asked for meanwhile: read again when it is time.
    asked: Option<BTreeMap<u32, u32>>,
    /// Up to where the client has been told.
    told: Seq,
    /// What came since the hub was last told so.
    unreceived_events: u64,
    unreceived_bytes: usize,
    /// What it wrote and the log has not decided, oldest first.
    undecided: VecDeque<Envelope>,
    /// Submits are ignored until then.
    resumes_ms: Option<u64>,
    /// The next submit begins at the first undecided event.
    resume: bool,
    carets: Carets,
    script: Vec<Effect>,
}

/// A document on its way from the log.
#[derive(Debug, Default)]
struct Reading {
    /// The frames that say it.
    parts: Vec<Arc<Passed>>,
    /// About how many bytes they are.
    bytes: usize,
    wanted: Option<BTreeMap<u32, u32>>,
}

impl YjsClient {
    /// A connection that has just been opened, and what to say to the hub first.
    pub fn open(now_ms: u64, guest: Guest, seed: [u8; 32]) -> (Self, ClientFrame) {
        let Guest { document, device, .. } = guest;
        let cursors = vec![Cursor { stream: document, seq: 0 }];
        let hello = Hello { min: VERSION, max: VERSION, fold: FOLD_VERSION, token: String::new(), device, cursors };
        let carets = Carets::new(CaretUser { name: guest.name.clone(), colour: guest.colour });
        let machine = Self {
            guest,
            random: Random::new(seed),
            now_ms,
            reading: Some(Reading::default()),
            read_ms: 0,
            asked: None,
            told: 0,
            unreceived_events: 0,
            unreceived_bytes: 0,
            undecided: VecDeque::new(),
            resumes_ms: None,
            resume: true,
            carets,
            script: Vec::new(),
        };
        (machine, hello.into())
    }

    /// Takes in what happened at `now_ms` (Unix milliseconds) and gives the script to run.
    pub fn handle(&mut self, now_ms: u64, input: Input<'_>) -> Vec<Effect> {
        self.now_ms = now_ms;
        match input {
            Input::Said(message) => match Said::read(message) {
                Ok(Said::Step1(has)) => self.wanted(has),
                Ok(Said::Update(update)) => self.wrote(update),
                Ok(Said::Awareness(update)) => self.carets.said(update),
                // Whoever is aware is told as they say so, and to who comes.
                Ok(Said::QueryAwareness | Said::Unknown) => {}
                Err(_) => self.close(ByeCode::BadFrame.close_code(), "bad_request"),
            },
            Input::Told(passed) => self.passed(passed),
            Input::Named(person, user) => self.carets.named(person, user),
            Input::Ponged => self.ask(frame::Pong {}),
            Input::Tick => {}
        }
        self.due();
        std::mem::take(&mut self.script)
    }

    /// Is so much undecided that nothing more should be read from the client?
    pub fn is_full(&self) -> bool {
        let bytes: usize = self.undecided.iter().map(|envelope| envelope.body.len()).sum();
        self.undecided.len() >= SUBMIT_EVENTS_MAX || bytes >= INFLIGHT_BYTES_MAX
    }

    /// Whose caret a frame shows, if it is not known what they are called.
    pub fn lacks_name(&self, passed: &Passed) -> Option<PersonId> {
        passed.shows().filter(|person| self.carets.lacks_name(*person))
    }

    /// About how many bytes it holds of a document that is on its way from the log.
    pub fn reading_bytes(&self) -> usize {
        self.reading.as_ref().map_or(0, |reading| reading.bytes)
    }

    /// Has it something to do that waits for its time?
    pub fn waits(&self) -> bool {
        self.resumes_ms.is_some() || self.asked.is_some() || self.carets.waits()
    }

    /// The client wants what it has not: of a document that is not being read, after it was read anew.
    fn wanted(&mut self, has: BTreeMap<u32, u32>) {
        match &mut self.reading {
            Some(reading) => reading.wanted = Some(has),
            None => self.asked = Some(has),
        }
    }

    /// What waits for its time and has come to it.
    fn due(&mut self) {
        if self.resumes_ms.is_some_and(|resumes_ms| resumes_ms <= self.now_ms) {
            self.resumes_ms = None;
            self.submit_all();
        }
        if self.asked.is_some() && self.now_ms.saturating_sub(self.read_ms) >= RESYNC_MS {
            self.reading = Some(Reading { wanted: self.asked.take(), ..Reading::default() });
            self.read_ms = self.now_ms;
            self.ask(Sub { cursor: Cursor { stream: self.guest.document, seq: 0 } });
        }
        if let Some(update) = self.carets.due(self.now_ms) {
            let bytes = encode(&Signal::Awareness { update });
            self.ask(frame::Signal { stream: self.guest.document, bytes });
        }
    }

    fn wrote(&mut self, update: &[u8]) {
        if update == NOTHING {
            return;
        }
        if self.guest.read_only {
            return self.deny(&Code::Forbidden.into());
        }
        if update.len() + ENVELOPE_BYTES > BODY_BYTES_MAX {
            return self.deny(&Refusal::too_large(BODY_BYTES_MAX));
        }
        let id = EventId::mint(self.now_ms, self.random.bytes());
        let edited = Event::from(DocumentEdited { update: update.to_vec() });
        let envelope = Envelope::new(id, &edited, self.now_ms);
        self.undecided.push_back(envelope.clone());
        if self.resumes_ms.is_none() {
            self.submit(vec![envelope]);
        }
    }

    fn submit_all(&mut self) {
        self.resume = true;
        let (mut run, mut bytes) = (Vec::new(), 0);
        for envelope in self.undecided.clone() {
            bytes += envelope.body.len();
            if bytes > BODY_BYTES_MAX && !run.is_empty() {
                bytes = envelope.body.len();
                self.submit(std::mem::take(&mut run));
            }
            run.push(envelope);
        }
        if !run.is_empty() {
            self.submit(run);
        }
    }

    fn submit(&mut self, events: Vec<Envelope>) {
        let resume = std::mem::take(&mut self.resume);
        self.ask(Submit { stream: self.guest.document, events, resume });
    }

    fn passed(&mut self, passed: &Arc<Passed>) {
        match &passed.what {
            What::Run(run) => self.run(passed, run),
            What::Carets(shown) => self.shown(shown),
            What::Frame(ServerFrame::Snapshot(snapshot)) => self.snapshot(passed, snapshot),
            What::Frame(frame) => self.frame(frame),
        }
    }

    fn frame(&mut self, frame: &ServerFrame) {
        match frame {
            ServerFrame::Caught(_) => self.caught(),
            ServerFrame::Ack(ack) => self.undecided.retain(|envelope| envelope.id != ack.id),
            ServerFrame::Nack(nack) => self.deny(&nack.refusal),
            ServerFrame::Busy(busy) => self.resumes_ms = Some(self.now_ms + u64::from(busy.after_ms)),
            ServerFrame::Revoked(_) => self.deny(&Code::NotMember.into()),
            // One that shows carets is not taken here.
            ServerFrame::Signalled(signalled) if signalled.bytes.is_empty() => self.left(signalled),
            ServerFrame::Ping(_) => self.script.push(Effect::Ping),
            ServerFrame::Bye(bye) => self.close(bye.code.close_code(), "bye"),
            ServerFrame::Welcome(_)
            | ServerFrame::PageRows(_)
            | ServerFrame::Unlisted(_)
            | ServerFrame::Events(_)
            | ServerFrame::Snapshot(_)
            | ServerFrame::Signalled(_) => {}
        }
    }

    fn run(&mut self, passed: &Arc<Passed>, run: &Run) {
        let own = |id: &EventId| self.undecided.iter().any(|envelope| envelope.id == *id);
        match &mut self.reading {
            Some(reading) => {
                reading.parts.push(Arc::clone(passed));
                reading.bytes += run.bytes;
            }
            // What is its own is in its copy already; among what others wrote it does no harm.
            None if run.last > self.told && !run.edits.iter().all(|(id, _)| own(id)) => {
                run.messages().iter().for_each(|message| self.tell(message.clone()));
            }
            None => {}
        }
        self.told = self.told.max(run.last);
        self.unreceived_events += run.events;
        self.unreceived_bytes += run.bytes;
        // The window is opened again before it is full: at each event, every client would cost the hub a turn.
        if self.unreceived_events >= WINDOW_EVENTS / 4 || self.unreceived_bytes >= WINDOW_BYTES / 4 {
            self.received(run.last);
        }
    }

    /// A checkpoint: at the start, or because the client had fallen behind it.
    fn snapshot(&mut self, passed: &Arc<Passed>, snapshot: &Snapshot) {
        let reading = self.reading.get_or_insert_default();
        if snapshot.first {
            reading.parts.clear();
            reading.bytes = 0;
        }
        reading.parts.push(Arc::clone(passed));
        reading.bytes += snapshot.checkpoint.as_ref().map_or(0, Vec::len);
        if snapshot.last {
            self.received(snapshot.seq);
        }
    }

    fn received(&mut self, seq: Seq) {
        self.told = self.told.max(seq);
        (self.unreceived_events, self.unreceived_bytes) = (0, 0);
        self.ask(Recv { cursor: Cursor { stream: self.guest.document, seq } });
    }

    /// The document is here as it is: the client is told what it lacks, and is asked for what it has beyond.
    fn caught(&mut self) {
        let first = !self.carets.is_ready();
        self.carets.say_again();
        let Some(Reading { parts, wanted, .. }) = self.reading.take() else { return };
        let answer = |state: &State| match &wanted {
            Some(has) if has.is_empty() => Some(Some(state.answers.clone())),
            Some(has) => beyond(&state.update, has).map(|lacks| Some(y_websocket::step_2(&lacks))),
            // It is behind a checkpoint, and did not ask.
            None => Some((!first).then(|| y_websocket::update(&state.update))),
        };
        let state = State::of(&parts);
        let Some((state, answer)) = state.and_then(|state| answer(&state).map(|answer| (state, answer))) else {
            return self.close(ByeCode::Busy.close_code(), "damaged");
        };
        answer.into_iter().for_each(|message| self.tell(message));
        if first && !self.guest.read_only {
            self.tell(state.asks.clone());
        }
    }

    fn shown(&mut self, shown: &Shown) {
        let states = shown.signed(|| self.carets.name(shown.by.0));
        if let Some(update) = self.carets.told(shown.by, states) {
            self.tell(y_websocket::awareness(&update));
        }
    }

    fn left(&mut self, Signalled { from, session, .. }: &Signalled) {
        if let Some(update) = self.carets.left((*from, *session)) {
            self.tell(y_websocket::awareness(&update));
        }
    }

    fn deny(&mut self, refusal: &Refusal) {
        // As the code is called wherever it is said in JSON.
        let why = serde_json::to_value(refusal.code).ok();
        let why = why.as_ref().and_then(|why| why.as_str()).unwrap_or_default();
        self.tell(y_websocket::denied(why));
        self.close(DENIED, why);
    }

    fn close(&mut self, code: u16, why: &str) {
        self.script.push(Effect::Close(code, why.into()));
    }

    fn tell(&mut self, message: Bytes) {
        self.script.push(Effect::Tell(message));
    }

    fn ask(&mut self, frame: impl Into<ClientFrame>) {
        self.script.push(Effect::Ask(frame.into()));
    }
}

#[cfg(test)]
mod tests;
