//! When checkpoints are made, and in which threads: quick ones one after the other, slow ones apart, so that no document holds up the
//! others; and none holds up the end of the server.

use super::{Checkpoint, LogError, Made, make, store};
use crate::database::gates::snapshot;
use crate::database::sqlite;
use crate::database::writer::Jobs;
use folkmoot_model::id::StreamId;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Documents that are asked for while one is made; a further one is asked for again by its next edit.
const WAITING_MAX: usize = 256;

/// Checkpoints of a document may take one part in so many of the time, however fast it is written.
const SHARE: u32 = 10;

/// The least time between two checkpoints of a document.
const PAUSE: Duration = Duration::from_secs(1);

/// After a checkpoint that failed, or was given up.
const FAILED: Duration = Duration::from_mins(10);

/// A checkpoint that takes longer goes on apart, and the next is begun. Ten megabytes take less than a second.
const PATIENCE: Duration = Duration::from_secs(2);

/// So many go on apart at once; while there are more, all others wait.
const APART_MAX: usize = 3;

/// A checkpoint that takes longer is given up.
const GIVEN_UP: Duration = Duration::from_mins(2);

/// How long the end of the server waits for those under way.
const MOMENT: Duration = Duration::from_millis(300);

/// yrs recurses over the depth of types, which the gate bounds to 64; this is ample.
const STACK_BYTES: usize = 8 << 20;

/// Where checkpoints are asked for. When it is dropped no more are begun, and those under way are void.
pub struct Checkpoints {
    told: SyncSender<Told>,
    ended: Arc<AtomicBool>,
}

enum Told {
    Asked(StreamId),
    /// It took so long, or could not be made.
    Made(StreamId, Option<Duration>),
    End,
}

/// Starts the thread that has checkpoints made. It ends at once when the [`Checkpoints`] are dropped.
pub fn start(path: &Path, jobs: Jobs) -> Result<(Checkpoints, JoinHandle<()>), LogError> {
    let (told, inbox) = mpsc::sync_channel(WAITING_MAX);
    let ended = Arc::new(AtomicBool::new(false));
    let maker = Maker { path: path.to_owned(), jobs, told: told.clone(), ended: Arc::clone(&ended) };
    let thread = std::thread::Builder::new().name("checkpoints".into()).spawn(move || {
        let mut due = Due::default();
        while !maker.ended.load(Ordering::Acquire) {
            while let Some(document) = due.begin(Instant::now()) {
                if let Err(error) = maker.begin(document) {
                    tracing::error!(%error, %document, "no thread for a checkpoint");
                    due.made(document, None, Instant::now());
                }
            }
            match due.wait(&inbox) {
                Ok(Told::Asked(document)) => due.asked(document, Instant::now()),
                Ok(Told::Made(document, took)) => due.made(document, took, Instant::now()),
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Told::End) | Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    })?;
    Ok((Checkpoints { told, ended }, thread))
}

impl Checkpoints {
    /// Asks for one of `document`. False if too many wait.
    pub fn ask(&self, document: StreamId) -> bool {
        self.told.try_send(Told::Asked(document)).is_ok()
    }
}

impl Checkpoints {
    /// Begins no more. Those under way are void, and end before their next update, for which this waits a moment: they read
    /// the database.
    pub fn end(self) {
        let ended = Arc::clone(&self.ended);
        drop(self);
        let until = Instant::now() + MOMENT;
        // Each thread has its own.
        while Arc::strong_count(&ended) > 1 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        // Full: then something is read at once, and the flag is seen. Closed: it has ended already.
        let _woken = self.told.try_send(Told::End);
    }
}

/// What is to be made, and when.
#[derive(Default)]
struct Due {
    at: HashMap<StreamId, Instant>,
    /// Until then a document rests, wanted or not.
    rests: HashMap<StreamId, Instant>,
    /// Since when each is being made.
    making: HashMap<StreamId, Instant>,
}

impl Due {
    /// What is to be begun now, if there is something and a thread may be had for it.
    fn begin(&mut self, now: Instant) -> Option<StreamId> {
        let slow = self.making.values().filter(|since| now.duration_since(**since) >= PATIENCE).count();
        if slow > APART_MAX || self.making.len() > slow {
            return None;
        }
        let (&document, _) = self.next().filter(|(_, at)| **at <= now)?;
        self.at.remove(&document);
        self.making.insert(document, now);
        Some(document)
    }

    fn next(&self) -> Option<(&StreamId, &Instant)> {
        self.at.iter().filter(|(document, _)| !self.making.contains_key(document)).min_by_key(|(_, at)| **at)
    }

    /// Waits until something is told, or something may be begun.
    fn wait(&self, inbox: &mpsc::Receiver<Told>) -> Result<Told, RecvTimeoutError> {
        let Some((_, at)) = self.next() else { return inbox.recv().map_err(|_| RecvTimeoutError::Disconnected) };
        let now = Instant::now();
        let patience = self.making.values().map(|since| *since + PATIENCE).filter(|until| *until > now).min();
        let until = patience.map_or(*at, |until| until.max(*at));
        if until <= now {
            // Everything is slow: nothing is begun before one of them has ended.
            return inbox.recv().map_err(|_| RecvTimeoutError::Disconnected);
        }
        inbox.recv_timeout(until - now)
    }

    fn asked(&mut self, document: StreamId, now: Instant) {
        let at = self.rests.get(&document).copied().unwrap_or(now);
        self.at.entry(document).or_insert(at);
    }

    /// One was made in this time, or could not be made.
    fn made(&mut self, document: StreamId, took: Option<Duration>, now: Instant) {
        self.making.remove(&document);
        self.rests.retain(|_, until| *until > now);
        let until = now + took.map_or(FAILED, |took| PAUSE.max(took * SHARE));
        self.rests.insert(document, until);
        if took.is_none() {
            self.at.insert(document, until);
        } else if let Some(at) = self.at.get_mut(&document) {
            *at = until;
        }
    }
}

/// What the threads that make checkpoints share.
#[derive(Clone)]
struct Maker {
    path: PathBuf,
    jobs: Jobs,
    told: SyncSender<Told>,
    ended: Arc<AtomicBool>,
}

impl Maker {
    /// Makes a checkpoint in a thread of its own and hands it to the writer. Nobody waits for that thread.
    fn begin(&self, document: StreamId) -> std::io::Result<()> {
        let maker = self.clone();
        let thread = std::thread::Builder::new().name("checkpoint".into()).stack_size(STACK_BYTES);
        thread.spawn(move || {
            let took = maker.one(document);
            if maker.told.send(Told::Made(document, took)).is_err() {
                tracing::debug!(%document, "a checkpoint came after the end");
            }
        })?;
        Ok(())
    }

    /// How long it took, or `None` if it could not be made.
    fn one(&self, document: StreamId) -> Option<Duration> {
        let began = Instant::now();
        let goes_on = || !self.ended.load(Ordering::Acquire) && began.elapsed() < GIVEN_UP;
        // The gate keeps from yrs what it cannot bear; if something slips through, only this document goes without.
        let made = catch_unwind(AssertUnwindSafe(|| {
            let db = sqlite::reader(&self.path)?;
            let as_of_now = db.unchecked_transaction()?;
            if let Some(gate) = snapshot(&as_of_now, document)? {
                self.jobs.write_and_forget(move |tx| gate.store(tx.db(), document));
            }
            make(&as_of_now, document, goes_on)
        }));
        let checkpoint = match made {
            Ok(Ok(Made::Checkpoint(checkpoint))) => Some(checkpoint),
            Ok(Ok(Made::NothingNew)) => None,
            _ if self.ended.load(Ordering::Acquire) => return None,
            Ok(Ok(Made::GivenUp)) => {
                tracing::error!(%document, took = ?began.elapsed(), "a checkpoint is given up: it takes too long");
                return None;
            }
            Ok(Err(error)) => {
                tracing::error!(%error, %document, "no checkpoint");
                return None;
            }
            Err(_) => {
                tracing::error!(%document, "yrs panicked over a document: no checkpoint");
                return None;
            }
        };
        let took = began.elapsed();
        tracing::debug!(%document, seq = checkpoint.as_ref().map(Checkpoint::seq), ?took, "checkpoint");
        self.jobs.write_and_forget(move |tx| {
            if let Some(checkpoint) = &checkpoint {
                store(tx.db(), document, checkpoint)?;
            }
            tx.checkpointed(document)
        });
        Some(took)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(n: u8) -> StreamId {
        StreamId([n; 16])
    }

    #[test]
    fn quick_ones_are_made_one_after_the_other_and_a_slow_one_holds_up_nobody() {
        let (mut due, began) = (Due::default(), Instant::now());
        (0..10).for_each(|n| due.asked(document(n), began));
        let first = due.begin(began).unwrap();
        assert_eq!(due.begin(began), None, "one at a time");
        due.made(first, Some(Duration::from_millis(5)), began);
        let slow = due.begin(began).unwrap();
        assert_eq!(due.begin(began + PATIENCE / 2), None);
        let second = due.begin(began + PATIENCE).unwrap();
        assert_ne!(second, slow);
        due.asked(slow, began);
        let later = began + 2 * PATIENCE;
        let begun: Vec<StreamId> = (0..20).filter_map(|n| due.begin(later + n * PATIENCE)).collect();
        assert_eq!(begun.len(), APART_MAX - 1, "no more than so many at once");
        assert!(!begun.contains(&slow), "none is made twice at once");
        due.made(slow, Some(Duration::from_secs(60)), later);
        assert!(due.begin(later + 40 * PATIENCE).is_some());
    }

    #[test]
    fn a_document_rests_in_proportion_to_what_it_took_and_long_when_it_was_given_up() {
        let (mut due, now) = (Due::default(), Instant::now());
        due.asked(document(1), now);
        due.begin(now).unwrap();
        due.asked(document(1), now);
        due.made(document(1), Some(Duration::from_secs(3)), now);
        assert_eq!(due.begin(now + Duration::from_secs(29)), None);
        assert_eq!(due.begin(now + Duration::from_secs(30)), Some(document(1)));
        due.made(document(1), None, now);
        assert_eq!(due.begin(now + FAILED - PAUSE), None);
        assert_eq!(due.begin(now + FAILED), Some(document(1)));
    }
}
