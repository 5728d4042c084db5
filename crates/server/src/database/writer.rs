//! The one thread that writes: it gathers what waits into one transaction, commits, then answers. No timers.

use super::checkpoint::Checkpoints;
use super::gates::Gates;
use super::read_tx::RowCache;
use super::usage::Usages;
use super::wal::Mover;
use super::write_tx::{Inserts, WriteTx};
use super::{LogError, OnAppended};
use folkmoot_model::id::StreamId;
use folkmoot_sync::decide::Submission;
use folkmoot_sync::hub::io::Committed;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Jobs that wait for the writer: a commit of each stream of a busy node. One more is answered as failed.
const WAITING_MAX: usize = 16_384;

/// Jobs in one transaction: more would make the first wait for the last without a gain.
const BATCH_MAX: usize = 1_024;

/// Told what became of an append.
pub type Appended = Box<dyn FnOnce(Option<Committed>) + Send>;

/// Told whether the transaction was committed, after which it tells the asker.
type Told = Box<dyn FnOnce(bool) + Send>;

/// Work within a transaction: says whether what it wrote is to be kept.
type Work = Box<dyn FnOnce(&mut WriteTx<'_>) -> (bool, Told) + Send>;

enum Job {
    Append { stream: StreamId, submissions: Vec<Submission>, answer: Appended },
    Write(Work),
    Stop,
}

/// The writer's queue.
#[derive(Clone)]
pub struct Jobs(Sender);

#[derive(Clone)]
enum Sender {
    Strong(mpsc::Sender<Job>),
    Weak(mpsc::WeakSender<Job>),
}

/// The other end of the queue.
pub struct Waiting(mpsc::Receiver<Job>);

/// A queue without a writer yet.
pub fn queue() -> (Jobs, Waiting) {
    let (jobs, waiting) = mpsc::channel(WAITING_MAX);
    (Jobs(Sender::Strong(jobs)), Waiting(waiting))
}

impl Jobs {
    /// The same queue, without keeping it open.
    pub fn downgrade(&self) -> Self {
        Self(match &self.0 {
            Sender::Strong(jobs) => Sender::Weak(jobs.downgrade()),
            Sender::Weak(jobs) => Sender::Weak(jobs.clone()),
        })
    }

    /// See [`super::Database::append`].
    pub fn append(&self, stream: StreamId, submissions: Vec<Submission>, answer: Appended) {
        if let Err(Job::Append { answer, .. }) = self.send(Job::Append { stream, submissions, answer }) {
            answer(None);
        }
    }

    /// See [`super::Database::write`].
    pub fn write<T, E>(
        &self,
        work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, E> + Send + 'static,
        answer: oneshot::Sender<Result<T, E>>,
    ) -> Result<(), LogError>
    where
        T: Send + 'static,
        E: From<LogError> + Send + 'static,
    {
        let work: Work = Box::new(move |tx| {
            let result = work(tx);
            let keep = result.is_ok();
            let told = move |committed| {
                let result = if committed || !keep { result } else { Err(LogError::Failed.into()) };
                // Who no longer listens has gone away; the work stands all the same.
                let _gone = answer.send(result);
            };
            (keep, Box::new(told))
        });
        self.send(Job::Write(work)).map_err(|_| LogError::Full)
    }

    /// As [`Self::write`], for work that nobody waits for.
    pub fn write_and_forget(&self, work: impl FnOnce(&mut WriteTx<'_>) -> Result<(), LogError> + Send + 'static) {
        let (answer, _nobody) = oneshot::channel();
        if let Err(error) = self.write(work, answer) {
            tracing::warn!(%error, "background work was not written");
        }
    }

    /// What waits is written, then the writer ends.
    pub async fn stop(&self) {
        if let Sender::Strong(jobs) = &self.0
            && jobs.send(Job::Stop).await.is_err()
        {
            tracing::debug!("the writer has ended already");
        }
    }

    fn send(&self, job: Job) -> Result<(), Job> {
        let strong = match &self.0 {
            Sender::Strong(jobs) => jobs.clone(),
            Sender::Weak(jobs) => match jobs.upgrade() {
                Some(jobs) => jobs,
                None => return Err(job),
            },
        };
        strong.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(job) | mpsc::error::TrySendError::Closed(job) => job,
        })
    }
}

/// Starts the writer. It ends when told to stop or when the last strong [`Jobs`] is dropped,
/// and all that waited is written.
pub fn start(
    db: Connection,
    mover: Mover,
    Waiting(mut waiting): Waiting,
    checkpoints: Checkpoints,
    usages: Usages,
    on_appended: OnAppended,
) -> Result<JoinHandle<()>, LogError> {
    let mut writer =
        Writer { db, mover, kept: RowCache::default(), gates: Gates::default(), usages, checkpoints, on_appended };
    let thread = std::thread::Builder::new().name("writer".into()).spawn(move || {
        let mut batch = Vec::new();
        while let Some(first) = waiting.blocking_recv() {
            batch.push(first);
            while batch.len() < BATCH_MAX
                && let Ok(next) = waiting.try_recv()
            {
                batch.push(next);
            }
            if batch.iter().any(|job| matches!(job, Job::Stop)) {
                // Nothing more comes in; what came in before is written, and then `blocking_recv` gives `None`.
                waiting.close();
            }
            writer.commit(std::mem::take(&mut batch));
        }
        writer.close();
    })?;
    Ok(thread)
}

struct Writer {
    db: Connection,
    mover: Mover,
    kept: RowCache,
    gates: Gates,
    usages: Usages,
    checkpoints: Checkpoints,
    on_appended: OnAppended,
}

/// What a job waits for.
enum Outcome {
    Append(Appended, Option<Committed>),
    Write(Told, Inserts),
}

impl Writer {
    /// One transaction of all these jobs: either all are written, or none.
    fn commit(&mut self, batch: Vec<Job>) {
        let mut outcomes = Vec::with_capacity(batch.len());
        // Only `outcomes`, the caches and the connection cross the border, and after a panic all three are made anew.
        let run = catch_unwind(AssertUnwindSafe(|| self.run(batch, &mut outcomes)));
        let committed = match run {
            Ok(Ok(())) => true,
            Ok(Err(error)) => {
                tracing::error!(%error, "a transaction failed");
                false
            }
            Err(_) => {
                tracing::error!("a transaction panicked");
                false
            }
        };
        self.usages.ended(committed);
        if !committed {
            self.kept = RowCache::default();
            self.gates.clear();
            if !self.db.is_autocommit()
                && let Err(error) = self.db.execute_batch("ROLLBACK")
            {
                tracing::error!(%error, "a failed transaction cannot be rolled back");
            }
        }
        for outcome in outcomes {
            self.tell(outcome, committed);
        }
        self.ask_checkpoints();
        self.mover.committed(&self.db);
    }

    fn run(&mut self, batch: Vec<Job>, outcomes: &mut Vec<Outcome>) -> Result<(), LogError> {
        // From here on each job has an outcome, so that each is answered whatever happens to the transaction.
        let mut works = Vec::with_capacity(batch.len());
        for job in batch {
            match job {
                Job::Append { stream, submissions, answer } => {
                    works.push(Step::Append(outcomes.len(), stream, submissions));
                    outcomes.push(Outcome::Append(answer, None));
                }
                Job::Write(work) => {
                    works.push(Step::Write(outcomes.len(), work));
                    outcomes.push(Outcome::Write(Box::new(|_| ()), Inserts::new()));
                }
                Job::Stop => {}
            }
        }
        self.db.execute_batch("BEGIN IMMEDIATE")?;
        let mut tx = WriteTx::new(&self.db, std::mem::take(&mut self.kept), &mut self.gates, &mut self.usages);
        for step in works {
            match step {
                Step::Append(at, stream, submissions) => {
                    let committed = match tx.append(stream, &submissions) {
                        // Found while reading, before anything was written: the others need not suffer.
                        Err(error @ (LogError::Broken | LogError::Newer)) => {
                            tracing::error!(%error, %stream, "nothing can be appended");
                            tx.void();
                            None
                        }
                        appended => Some(appended?),
                    };
                    tx.take_appended();
                    if let Outcome::Append(_, outcome) = &mut outcomes[at] {
                        *outcome = committed;
                    }
                }
                Step::Write(at, work) => {
                    self.db.execute_batch("SAVEPOINT work")?;
                    let (keep, told) = work(&mut tx);
                    tx.checked()?;
                    if keep {
                        self.db.execute_batch("RELEASE work")?;
                    } else {
                        self.db.execute_batch("ROLLBACK TO work; RELEASE work")?;
                        tx.void();
                    }
                    outcomes[at] = Outcome::Write(told, tx.take_appended());
                }
            }
        }
        let kept = tx.finish()?;
        self.db.execute_batch("COMMIT")?;
        self.kept = kept;
        Ok(())
    }

    fn tell(&mut self, outcome: Outcome, committed: bool) {
        match outcome {
            Outcome::Append(answer, outcome) => {
                answer(outcome.filter(|_| committed));
            }
            Outcome::Write(told, inserts) => {
                if committed && !inserts.is_empty() {
                    (self.on_appended)(inserts);
                }
                told(committed);
            }
        }
    }

    fn ask_checkpoints(&mut self) {
        for document in self.gates.wanting() {
            if !self.checkpoints.ask(document) {
                tracing::warn!(%document, "no checkpoint was asked for: too many wait");
                self.gates.unheard(document);
            }
        }
    }

    /// Leaves everything in one file.
    fn close(self) {
        self.checkpoints.end();
        // Whoever still reads, a checkpoint under way for example, is not waited for.
        if let Err(error) = self.db.busy_timeout(Duration::ZERO) {
            tracing::warn!(%error, "closing may take long");
        }
        let moved = self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
        match moved {
            Ok(0) => {}
            Ok(_) => tracing::info!("somebody reads the database: its WAL stays, and is read at the next start"),
            Err(error) => tracing::warn!(%error, "the WAL stays"),
        }
    }
}

enum Step {
    Append(usize, StreamId, Vec<Submission>),
    Write(usize, Work),
}
