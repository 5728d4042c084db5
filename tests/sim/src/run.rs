//! Running plans: one with all its words, or many on all cores until one fails.

use crate::plan::Plan;
use crate::world::World;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a plan broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// What does not hold: the first word of an oracle's failure, or where the code panicked.
    pub name: String,
    /// All that was said.
    pub words: String,
}

/// What became of a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// A number that stands for all of it.
    pub hash: u64,
    /// Inputs that machines have handled.
    pub acts: u64,
    /// What it broke.
    pub violation: Option<Violation>,
}

thread_local! {
    /// The last panic of this thread: its words and place.
    static LAST: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
}

/// Panics of simulated worlds are caught and told by [`history`], not printed.
fn quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            let place = info.location().map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
            let words = info.payload_as_str().unwrap_or("a panic without words").to_owned();
            LAST.with_borrow_mut(|last| *last = Some((words, place)));
        }));
    });
}

/// Runs a plan.
pub fn history(plan: &Plan, trace: bool) -> History {
    quiet();
    let mut world = World::new(&plan.setup);
    world.trace = trace;
    let ran = catch_unwind(AssertUnwindSafe(|| world.run(plan)));
    let acts = world.acts;
    match ran {
        Ok(hash) => History { hash, acts, violation: None },
        Err(_) => {
            let (words, place) = LAST.take().unwrap_or_default();
            let said = words.split_once("` failed: ").map_or(words.as_str(), |(_, said)| said);
            let named = said.split_once(':').filter(|(name, _)| name.contains('-') && !name.contains(' '));
            let name = named.map_or_else(|| place.clone(), |(name, _)| name.to_owned());
            let words = if words.contains(&place) { words } else { format!("{words} ({place})") };
            History { hash: 0, acts, violation: Some(Violation { name, words }) }
        }
    }
}

/// What many histories came to.
#[derive(Debug, Default)]
pub struct Tally {
    /// How many were run.
    pub seeds: u64,
    /// Inputs that machines have handled in all.
    pub acts: u64,
    /// Seeds that broke something, lowest first.
    pub broken: Vec<(u64, Violation)>,
    /// How long it took.
    pub took: Duration,
}

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// After so many seeds.
    Seeds(u64),
    /// After this time.
    Time(Duration),
}

/// Runs the plans of seeds from `from` on all cores, until `until` or until `enough` of them broke something.
pub fn seeds(from: u64, until: Until, enough: usize) -> Tally {
    let begun = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (next, acts, ran) = (AtomicU64::new(from), AtomicU64::new(0), AtomicU64::new(0));
    let broken = std::sync::Mutex::new(Vec::new());
    let lock = || broken.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let over = match until {
                        Until::Seeds(seeds) => seed >= from + seeds,
                        Until::Time(time) => begun.elapsed() >= time,
                    };
                    if over || lock().len() >= enough {
                        return;
                    }
                    let history = history(&Plan::of_seed(seed), false);
                    acts.fetch_add(history.acts, Ordering::Relaxed);
                    ran.fetch_add(1, Ordering::Relaxed);
                    if let Some(violation) = history.violation {
                        lock().push((seed, violation));
                    }
                }
            });
        }
    });
    let mut broken = broken.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    broken.sort_by_key(|(seed, _)| *seed);
    Tally { seeds: ran.into_inner(), acts: acts.into_inner(), broken, took: begun.elapsed() }
}
