//! The one task of a node that runs the hub's machine: inputs in, batch by batch, and its script to whom it concerns.
//!
//! It never waits for the log, for a reader or for a connection: a queue that is full is an answer (`None`, or a close).

use crate::clock::{now_ms, random};
use crate::database::{Database, Inserts};
use crate::session::outgoing::{Outgoing, Unsent};
use folkmoot_model::id::PersonId;
use folkmoot_sync::hub::Hub;
use folkmoot_sync::hub::io::{Effect, Input, Nodes, SessionId};
use folkmoot_wire::frame::{Bye, ByeCode, ServerFrame};
use folkmoot_wire::limits::UNSENT_BYTES_MAX;
use futures_util::FutureExt;
use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;

/// Inputs of connections that wait; whoever sends one more waits, which slows down only those who send.
const INPUTS_MAX: usize = 8_192;

/// Answers that wait: as many as may be asked for at the writer and the readers together.
const ANSWERS_MAX: usize = 128 << 10;

/// Inputs in one batch, after which the writers of connections are woken.
const BATCH_MAX: usize = 1_024;

/// The machine is told the time so often; it asks for once a second at least.
const TICK: Duration = Duration::from_millis(250);

/// Without a tick for so long, the hub task is taken for dead, in milliseconds.
const DEAD_MS: u64 = 5_000;

/// What the hub task is told.
enum Command {
    Connected(SessionId, Arc<Outgoing>),
    Input(Input),
    Stop,
}

/// An answer of the log, and to which machine: tickets of one that fell over mean nothing to the next.
struct Answer {
    epoch: u64,
    input: Input,
}

/// Where the hub task is told what happens.
#[derive(Clone)]
pub struct HubHandle {
    command: mpsc::Sender<Command>,
    ticked_ms: Arc<AtomicU64>,
}

/// Where the log's writer tells what was appended beside the hub.
#[derive(Clone)]
pub struct Answers(mpsc::Sender<Answer>);

/// The hub task's ends of its channels.
pub struct Inbox {
    command: mpsc::Receiver<Command>,
    answers: mpsc::Receiver<Answer>,
    answer: Answers,
    ticked_ms: Arc<AtomicU64>,
}

/// The channels of a hub task that does not run yet.
pub fn channel() -> (HubHandle, Inbox) {
    let (command, told_to) = mpsc::channel(INPUTS_MAX);
    let (answer, answers) = mpsc::channel(ANSWERS_MAX);
    let ticked_ms = Arc::new(AtomicU64::new(0));
    let handle = HubHandle { command, ticked_ms: Arc::clone(&ticked_ms) };
    (handle, Inbox { command: told_to, answers, answer: Answers(answer), ticked_ms })
}

impl HubHandle {
    /// Tells an input. Waits while the hub task has more than enough to do; a hub task that is gone hears nothing.
    pub fn send(&self, input: Input) -> impl Future<Output = ()> + Send + '_ {
        self.tell(Command::Input(input))
    }

    /// A connection is open, and this is its queue.
    pub(crate) fn connected(
        &self,
        session: SessionId,
        outgoing: Arc<Outgoing>,
    ) -> impl Future<Output = ()> + Send + '_ {
        self.tell(Command::Connected(session, outgoing))
    }

    /// Says goodbye to every connection.
    pub(crate) fn stop(&self) -> impl Future<Output = ()> + Send + '_ {
        self.tell(Command::Stop)
    }

    /// Does the hub task do its work?
    pub fn is_alive(&self) -> bool {
        now_ms().saturating_sub(self.ticked_ms.load(Ordering::Relaxed)) < DEAD_MS
    }

    /// A place first: the library's own `send` would hold what is told once more, in each connection's future.
    async fn tell(&self, command: Command) {
        match self.command.reserve().await {
            Ok(place) => place.send(command),
            Err(_) => tracing::debug!("the hub is gone"),
        }
    }
}

impl Inbox {
    /// For the log's writer.
    pub fn answers(&self) -> Answers {
        self.answer.clone()
    }

    /// The next input, for tests of what tells the hub task.
    #[cfg(test)]
    pub(crate) fn try_next(&mut self) -> Option<Input> {
        match self.command.try_recv().ok()? {
            Command::Input(input) => Some(input),
            Command::Connected(session, _) => Some(Input::Connected { session }),
            Command::Stop => None,
        }
    }
}

impl Answers {
    /// Tells the hub what was appended beside it. For the writer's thread: it may block.
    pub fn appended(&self, inserts: Inserts) {
        self.send(ANY_EPOCH, Input::Appended { inserts });
    }

    fn send(&self, epoch: u64, input: Input) {
        let answer = match self.0.try_send(Answer { epoch, input }) {
            Ok(()) => return,
            Err(mpsc::error::TrySendError::Closed(_)) => return tracing::debug!("the hub is gone"),
            Err(mpsc::error::TrySendError::Full(answer)) => answer,
        };
        // The hub task itself answers when a queue of the log is full, and must not wait for itself. Its answers cannot
        // fill this channel: it takes more of them than those queues do together.
        if tokio::runtime::Handle::try_current().is_ok() || self.0.blocking_send(answer).is_err() {
            tracing::error!("an answer to the hub is lost");
        }
    }
}

/// What was appended concerns every machine.
const ANY_EPOCH: u64 = 0;

/// Runs the machine until its task is dropped. If it falls over, its connections are closed and it starts anew:
/// what was acknowledged is in the log, and clients send the rest again.
pub async fn run(mut inbox: Inbox, log: Database) {
    for epoch in ANY_EPOCH + 1.. {
        let mut hub = HubTask {
            hub: Hub::new(random(), Nodes::One),
            outgoing: HashMap::new(),
            to_wake: Vec::new(),
            unsent: Unsent::default(),
            people: HashMap::new(),
            drained: VecDeque::new(),
            log: log.clone(),
            answers: inbox.answer.clone(),
            epoch,
        };
        match AssertUnwindSafe(hub.serve(&mut inbox)).catch_unwind().await {
            Ok(()) => return,
            Err(_) => tracing::error!(epoch, "the hub panicked; it starts anew"),
        }
    }
}

struct HubTask {
    hub: Hub,
    outgoing: HashMap<SessionId, Arc<Outgoing>>,
    to_wake: Vec<Arc<Outgoing>>,
    /// Bytes that wait for all connections, and for those of each person.
    unsent: Unsent,
    people: HashMap<PersonId, Unsent>,
    /// Connections for which nothing waited when the hub asked to be told so.
    drained: VecDeque<SessionId>,
    log: Database,
    answers: Answers,
    epoch: u64,
}

impl HubTask {
    async fn serve(&mut self, inbox: &mut Inbox) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = ticks.tick() => {
                    inbox.ticked_ms.store(now_ms(), Ordering::Relaxed);
                    self.handle(Input::Tick);
                }
                Some(answer) = inbox.answers.recv() => self.answered(answer),
                command = inbox.command.recv() => match command {
                    Some(command) => self.command(command),
                    None => return,
                },
            }
            for _ in 0..BATCH_MAX {
                if let Ok(answer) = inbox.answers.try_recv() {
                    self.answered(answer);
                } else if let Ok(command) = inbox.command.try_recv() {
                    self.command(command);
                } else {
                    break;
                }
            }
            for outgoing in self.to_wake.drain(..) {
                if outgoing.is_too_much_for_one() {
                    outgoing.cut();
                }
                outgoing.wake();
            }
            self.relieve();
        }
    }

    fn answered(&mut self, Answer { epoch, input }: Answer) {
        if epoch == self.epoch || epoch == ANY_EPOCH {
            self.handle(input);
        }
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Connected(session, outgoing) => {
                outgoing.counts_among(Some(&self.unsent), None);
                self.outgoing.insert(session, outgoing);
                self.handle(Input::Connected { session });
            }
            Command::Input(input) => {
                match &input {
                    Input::Closed { session } => {
                        self.outgoing.remove(session);
                    }
                    Input::Frame { session, identity: Some(Ok(identity)), .. } => self.is_of(*session, identity.person),
                    _ => {}
                }
                self.handle(input);
            }
            Command::Stop => self.goodbye(),
        }
    }

    fn handle(&mut self, input: Input) {
        let mut next = Some(input);
        while let Some(input) = next {
            for effect in self.hub.handle(now_ms(), input) {
                self.run(effect);
            }
            next = self.drained.pop_front().map(|session| Input::Drained { session });
        }
    }

    /// A connection is this person's: what waits for it counts among what waits for them.
    fn is_of(&mut self, session: SessionId, person: PersonId) {
        if self.people.len() > 2 * self.outgoing.len() {
            self.people.retain(|_, unsent| Arc::strong_count(unsent) > 1);
        }
        if let Some(outgoing) = self.outgoing.get(&session) {
            outgoing.counts_among(None, Some(self.people.entry(person).or_default()));
        }
    }

    /// While too much waits for all together, the largest queue of whom most waits for is given up: nobody else's.
    fn relieve(&mut self) {
        while self.unsent.load(Ordering::Relaxed) > UNSENT_BYTES_MAX {
            let waits = |outgoing: &&Arc<Outgoing>| {
                let (bytes, of_person) = outgoing.unsent();
                (of_person, bytes)
            };
            let Some(most) = self.outgoing.values().filter(|outgoing| outgoing.unsent().0 > 0).max_by_key(waits) else {
                return;
            };
            let before = most.unsent().0;
            most.cut();
            most.wake();
            if most.unsent().0 == before {
                // The rest is being written, and goes with its connection.
                return;
            }
        }
    }

    fn run(&mut self, effect: Effect) {
        match effect {
            Effect::Send { session, frame } => {
                if let Some(outgoing) = self.outgoing.get(&session) {
                    outgoing.push(frame);
                    self.to_wake.push(Arc::clone(outgoing));
                }
            }
            Effect::TellDrained { session } => {
                if let Some(outgoing) = self.outgoing.get(&session)
                    && !outgoing.tell_when_drained()
                {
                    self.drained.push_back(session);
                }
            }
            Effect::Close { session, code } => {
                if let Some(outgoing) = self.outgoing.remove(&session) {
                    outgoing.close(code.close_code());
                    self.to_wake.push(outgoing);
                }
            }
            Effect::Commit { ticket, stream, submissions } => {
                let (answers, epoch) = (self.answers.clone(), self.epoch);
                self.log.append(stream, submissions, move |outcome| {
                    answers.send(epoch, Input::Committed { ticket, outcome });
                });
            }
            Effect::Read { ticket, read } => {
                let (answers, epoch) = (self.answers.clone(), self.epoch);
                self.log.read(read, move |outcome| answers.send(epoch, Input::Read { ticket, outcome }));
            }
            Effect::Heads { streams } => {
                let (answers, epoch) = (self.answers.clone(), self.epoch);
                self.log.heads(streams, move |heads| answers.send(epoch, Input::Heads { heads }));
            }
        }
    }

    fn goodbye(&mut self) {
        let bye = ServerFrame::from(Bye { code: ByeCode::Busy }).bytes();
        for outgoing in self.outgoing.values() {
            outgoing.push(bye.clone());
        }
        self.close_all();
    }

    fn close_all(&mut self) {
        for (_, outgoing) in self.outgoing.drain() {
            outgoing.close(ByeCode::Busy.close_code());
            outgoing.wake();
        }
    }
}

impl Drop for HubTask {
    fn drop(&mut self) {
        self.close_all();
    }
}
