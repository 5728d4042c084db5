//! The engine's state and its turn: take what waits, let the replica decide, run the script, show what changed.
//!
//! It decides nothing itself, and a step that fails ends the replica, which begins again from what is on disk.

use super::device::Device;
use super::keyring::Asking;
use super::reading::Reading;
use super::recents::Recents;
use super::renewal::{Renewal, Waiter};
use super::script::Present;
use super::watches::{Dirty, Watches};
use super::{EngineStatus, Options, Reply, Request};
use crate::account::Account;
use crate::command::{Done, Refused};
use crate::doc_bridge::Documents;
use crate::doc_bridge::gates::Gates;
use crate::keys::Secrets;
use crate::link::{Link, LinkEvent};
use crate::profile::Profile;
use crate::session::Session;
use crate::settings::Settings;
use crate::view::remembered::Remembered;
use crate::view::{LinkState, NoticeItem, Phase, SecretsKept};
use folkmoot_model::id::StreamId;
use folkmoot_store::StoreError;
use folkmoot_sync::outbox::Entry;
use folkmoot_sync::presence::Roster;
use folkmoot_sync::replica::Replica;
use folkmoot_sync::replica::io::{Effect, Input};
use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

/// Asks taken in one turn: their answers wait for one sync together.
const ASKS_A_TURN: usize = 128;

/// Frames taken in one turn, and for how long, so that what a person does never waits long behind a catch-up.
const FRAMES_A_TURN: usize = 64;
const FRAMES_TIME: Duration = Duration::from_millis(50);

/// The longest sleep: time that passed without us, asleep, is noticed this soon after waking.
const SLEEP_MAX: Duration = Duration::from_secs(5);

/// More time on the wall than on our own clock by this much: the computer slept.
const SLEPT_MS: u64 = 5_000;

/// Times that a turn shows what showing itself changed.
const SHOWINGS_MAX: usize = 3;

/// Steps that may fail in one turn before the disk is left alone for a while.
pub(super) const FAILURES_A_TURN: u32 = 3;

/// Between two tries to open what the device keeps, in milliseconds.
pub(super) const REOPEN_MS: u64 = 5_000;

/// What the profile is just now.
pub(super) enum Home {
    /// Nobody has ever signed in here.
    Empty,
    /// The key is not to be had.
    Locked,
    /// The disk fails; tried again at this time (Unix milliseconds).
    Broken { why: String, retry_ms: u64 },
    /// A person's.
    Open(Box<Open>),
}

/// An account, open.
pub(super) struct Open {
    pub(super) session: Session,
    pub(super) device: Device,
    pub(super) replica: Replica,
    pub(super) account: Account,
    pub(super) link: Option<Link>,
    /// The access token and when it expires, Unix milliseconds.
    pub(super) access: Option<(String, u64)>,
}

/// What a turn has gathered: to be journalled in one write, then done, then answered.
#[derive(Default)]
pub(super) struct Group {
    pub(super) journal: Vec<Vec<Entry>>,
    pub(super) rest: Vec<Effect>,
    pub(super) replies: Vec<(Reply, Done)>,
}

/// A step failed: the replica has begun again from the disk, and what was decided before is void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BegunAnew;

pub(super) struct Core {
    pub(super) profile: Profile,
    pub(super) options: Options,
    pub(super) io: Handle,
    pub(super) requests: mpsc::Sender<Request>,
    pub(super) hear: mpsc::Sender<(u64, LinkEvent)>,
    pub(super) secrets: Option<Arc<dyn Secrets>>,
    /// How the secrets of a new profile would be kept.
    pub(super) secrets_to_be: SecretsKept,
    pub(super) home: Home,
    pub(super) watches: Watches,
    pub(super) documents: Documents,
    pub(super) gates: Gates,
    /// Documents that were fetched anew in this process because something of them was not sound.
    pub(super) fetched_anew: BTreeSet<StreamId>,
    /// Yjs client ids that this process has drawn.
    pub(super) minted: BTreeSet<u32>,
    pub(super) roster: Roster,
    pub(super) remembered: RefCell<Remembered>,
    pub(super) notices: VecDeque<NoticeItem>,
    pub(super) quarantined: Option<String>,
    pub(super) settings: Settings,
    /// `None` until the UI has said: a headless client is not present.
    pub(super) present: Option<Present>,
    pub(super) was_up: bool,
    pub(super) reading: Reading,
    pub(super) renewal: Renewal,
    pub(super) waiters: Vec<Waiter>,
    pub(super) recents: Recents,
    pub(super) epoch: u64,
    pub(super) starts: u64,
    pub(super) failures: u32,
    pub(super) wake_ms: Option<u64>,
    pub(super) group: Group,
    answers: Vec<(Reply, Result<Done, Refused>)>,
    pub(super) inputs: VecDeque<Input>,
    pub(super) signed_out: bool,
    pub(super) dirty: Dirty,
    pub(super) now_ms: u64,
    clock: (Instant, u64),
    pub(super) status: watch::Sender<EngineStatus>,
    pub(super) asking: Asking,
    ending: bool,
}

impl Core {
    /// Nothing is opened yet. Fails without randomness.
    pub(super) fn new(
        profile: Profile,
        options: Options,
        io: Handle,
        requests: mpsc::Sender<Request>,
        hear: mpsc::Sender<(u64, LinkEvent)>,
    ) -> Result<Self, StoreError> {
        let mut random = [0; 8];
        getrandom::fill(&mut random)?;
        let now_ms = wall_ms();
        let status = EngineStatus {
            phase: Phase::Locked,
            person: None,
            host: String::new(),
            link: LinkState::Connecting,
            pending: 0,
            outbox: 0,
            caught_up: false,
            secrets: SecretsKept::File,
            broken: None,
        };
        Ok(Self {
            profile,
            options,
            io,
            requests,
            hear,
            secrets: None,
            secrets_to_be: SecretsKept::File,
            home: Home::Locked,
            watches: Watches::default(),
            documents: Documents::default(),
            gates: Gates::default(),
            fetched_anew: BTreeSet::new(),
            minted: BTreeSet::new(),
            roster: Roster::default(),
            remembered: RefCell::default(),
            notices: VecDeque::new(),
            quarantined: None,
            settings: Settings::default(),
            present: None,
            was_up: false,
            reading: Reading::default(),
            renewal: Renewal::new(u64::from_be_bytes(random)),
            waiters: Vec::new(),
            recents: Recents::default(),
            epoch: 0,
            starts: 0,
            failures: 0,
            wake_ms: None,
            group: Group::default(),
            answers: Vec::new(),
            inputs: VecDeque::new(),
            signed_out: false,
            dirty: Dirty::default(),
            now_ms,
            clock: (Instant::now(), now_ms),
            status: watch::Sender::new(status),
            asking: Asking::default(),
            ending: false,
        })
    }

    pub(super) fn status_receiver(&self) -> watch::Receiver<EngineStatus> {
        self.status.subscribe()
    }

    /// Opens the profile as far as that goes without waiting for anybody.
    pub(super) fn begin(&mut self) {
        self.open_as_found();
        self.end_turn();
    }

    /// Turns until the engine is dropped.
    pub(super) async fn run(
        &mut self,
        mut asked: mpsc::Receiver<Request>,
        mut heard: mpsc::Receiver<(u64, LinkEvent)>,
    ) {
        while !self.ending {
            tokio::select! {
                biased;
                ask = asked.recv() => match ask {
                    Some(ask) => self.begin_turn(|core| core.take(ask)),
                    None => break,
                },
                Some((epoch, heard)) = heard.recv() => self.begin_turn(|core| core.heard(epoch, heard)),
                () = tokio::time::sleep(self.sleep()) => self.begin_turn(|_| ()),
            }
            for _ in 1..ASKS_A_TURN {
                let Ok(ask) = asked.try_recv() else { break };
                self.take(ask);
            }
            let begun = Instant::now();
            for _ in 0..FRAMES_A_TURN {
                if begun.elapsed() >= FRAMES_TIME {
                    break;
                }
                let Ok((epoch, heard)) = heard.try_recv() else { break };
                self.heard(epoch, heard);
            }
            self.end_turn();
        }
        self.read_marks(true);
        self.end_turn();
        self.write_settled();
    }

    fn begin_turn(&mut self, first: impl FnOnce(&mut Self)) {
        let (then, wall_then_ms) = self.clock;
        let (now, wall_ms) = (Instant::now(), wall_ms());
        self.clock = (now, wall_ms);
        (self.failures, self.now_ms) = (0, wall_ms);
        let awake_ms = u64::try_from(now.duration_since(then).as_millis()).unwrap_or(u64::MAX);
        if wall_ms.saturating_sub(wall_then_ms) > awake_ms.saturating_add(SLEPT_MS) {
            self.woke();
        }
        first(self);
    }

    pub(super) fn take(&mut self, request: Request) {
        let Some(request) = self.held_back(request) else { return };
        match request {
            Request::Dispatch { command, reply } => {
                if matches!(self.home, Home::Broken { .. }) && self.failures <= FAILURES_A_TURN {
                    self.reopen();
                }
                self.dispatch(command, reply);
            }
            Request::Watch { view, sink, reply } => {
                let watch = self.watches.add(view, sink);
                if reply.send(watch).is_err() {
                    self.watches.remove(watch);
                }
            }
            Request::Unwatch { watch } => self.watches.remove(watch),
            Request::DocOpen { document, sink, reply } => drop(reply.send(self.open_document(document, sink))),
            Request::DocPush { channel, frame, reply } => self.push_document(channel, frame, reply),
            Request::DocClose { channel } => self.close_document(channel),
            Request::Cursors { reply } => {
                self.settle();
                let held = match &self.home {
                    Home::Open(open) => open.replica.streams().map(|(stream, held)| (stream, held.cursor)).collect(),
                    _ => Vec::new(),
                };
                drop(reply.send(held));
            }
            Request::DocState { document, reply } => {
                self.settle();
                drop(reply.send(self.document_state(document)));
            }
            Request::Read(read) => {
                self.settle();
                match &self.home {
                    Home::Open(open) => read(Some(&self.screen(open))),
                    _ => read(None),
                }
            }
            Request::Woke => self.woke(),
            Request::Room => {}
            Request::Completion(came) => self.came(*came),
            Request::End => self.ending = true,
        }
    }

    fn heard(&mut self, epoch: u64, heard: LinkEvent) {
        let Home::Open(open) = &mut self.home else { return };
        // What a link says that was given up is no news.
        if open.link.as_ref().is_none_or(|link| link.epoch != epoch) {
            return;
        }
        let input = match heard {
            LinkEvent::Opened => Input::Opened,
            LinkEvent::Frame(frame) => Input::Frame(frame),
            LinkEvent::Lost { code, wrong_server } => {
                if wrong_server {
                    tracing::warn!(host = open.session.server.host, "another server answers here");
                }
                open.link = None;
                Input::Lost { code }
            }
        };
        self.inputs.push_back(input);
        self.feed_waiting();
    }

    fn woke(&mut self) {
        self.renewal.hurry(self.now_ms);
        self.inputs.push_back(Input::Woke);
        self.feed_waiting();
    }

    fn end_turn(&mut self) {
        if let Home::Broken { retry_ms, .. } = self.home
            && self.now_ms >= retry_ms
        {
            self.reopen();
        }
        self.settle();
        if self.wake_ms.is_some_and(|wake_ms| self.now_ms >= wake_ms) {
            self.wake_ms = None;
            self.inputs.push_back(Input::Tick);
        }
        self.read_marks(false);
        self.renew_if_due();
        self.end_pause();
        let expired = self.roster.expire(self.now_ms);
        self.dirty.streams(expired);
        self.settle();
        if std::mem::take(&mut self.signed_out) {
            self.end_session(false);
            self.settle();
        }
        self.tell_status();
        for (reply, answer) in std::mem::take(&mut self.answers) {
            // Who asked may have gone.
            drop(reply.send(answer));
        }
        self.rewrite_journal();
        self.keep_recents();
        self.show_documents();
        // Showing a room may ask for its rows, which says at once that they are being fetched.
        for _ in 0..SHOWINGS_MAX {
            self.show();
            if self.dirty.is_nothing() {
                break;
            }
        }
        self.tell_status();
    }

    /// Answers at the end of the turn: whoever is answered finds everything as the answer says.
    pub(super) fn answer(&mut self, reply: Reply, answer: Result<Done, Refused>) {
        self.answers.push((reply, answer));
    }

    fn sleep(&self) -> Duration {
        let retry = match self.home {
            Home::Broken { retry_ms, .. } => Some(retry_ms),
            _ => None,
        };
        let pause = self.settings.paused_until_ms;
        let due = [self.wake_ms, self.reading.due_ms(), self.renewal.due_ms(), self.roster.expires_ms(), pause, retry];
        let due_ms = due.into_iter().flatten().min().unwrap_or(u64::MAX);
        Duration::from_millis(due_ms.saturating_sub(wall_ms())).min(SLEEP_MAX)
    }
}

fn wall_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
