//! Planted bugs, let loose one at a time: the world must notice each. The seeds that show it stand in `mutants.txt`.

use crate::plan::Plan;
use crate::run::{Violation, history};
use crate::shrink::shrink;
use folkmoot_model::mutant::{Mutant, let_loose};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The seeds that were found to kill, one a line: mutant, seed, what it breaks.
pub const RECORDED: &str = include_str!("../mutants.txt");

/// What became of a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Killed {
    /// Which.
    pub mutant: Mutant,
    /// By which seed, and what it breaks; `None`: it survives.
    pub by: Option<(u64, String)>,
}

/// What a seed breaks while `mutant` is loose.
fn breaks(mutant: Mutant, seed: u64) -> Option<String> {
    breaks_plan(mutant, &Plan::of_seed(seed)).map(|violation| violation.name)
}

/// What a plan breaks while `mutant` is loose.
pub fn breaks_plan(mutant: Mutant, plan: &Plan) -> Option<Violation> {
    let_loose(Some(mutant));
    let history = history(plan, false);
    let_loose(None);
    history.violation
}

/// The recorded seed's plan of a mutant, made as small as it can be and still notice it.
pub fn smallest(mutant: Mutant, tries: u32) -> Option<(Plan, Violation)> {
    let plan = Plan::of_seed(recorded(mutant)?);
    let violation = breaks_plan(mutant, &plan)?;
    let_loose(Some(mutant));
    let smallest = shrink(&plan, &violation, tries);
    let_loose(None);
    Some(smallest)
}

/// The seed that is recorded for a mutant.
fn recorded(mutant: Mutant) -> Option<u64> {
    let mut lines = RECORDED.lines().map(str::split_whitespace).map(Iterator::collect::<Vec<_>>);
    lines.find(|words| words.first() == Some(&mutant.name()))?.get(1)?.parse().ok()
}

/// The first of these seeds that kills each mutant whose name contains `named`.
pub fn search(named: &str, seeds: Range<u64>, tell: impl Fn(&Killed) + Sync) -> Vec<Killed> {
    let mutants = Mutant::ALL.iter().copied().filter(|mutant| mutant.name().contains(named));
    all(
        mutants.collect(),
        |mutant| seeds.clone().find_map(|seed| breaks(mutant, seed).map(|broken| (seed, broken))),
        tell,
    )
}

/// Each mutant against its recorded seed. One that has none survives: nothing is known to notice it.
pub fn replay(tell: impl Fn(&Killed) + Sync) -> Vec<Killed> {
    all(Mutant::ALL.to_vec(), |mutant| recorded(mutant).and_then(|seed| Some((seed, breaks(mutant, seed)?))), tell)
}

/// Asks of these mutants on all cores; answers in the order in which they are declared.
fn all(
    mutants: Vec<Mutant>,
    ask: impl Fn(Mutant) -> Option<(u64, String)> + Sync,
    tell: impl Fn(&Killed) + Sync,
) -> Vec<Killed> {
    let (next, killed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let one = Killed { mutant: *mutant, by: ask(*mutant) };
                    tell(&one);
                    killed.lock().unwrap_or_else(PoisonError::into_inner).push(one);
                }
            });
        }
    });
    let mut killed = killed.into_inner().unwrap_or_else(PoisonError::into_inner);
    killed.sort_by_key(|one| one.mutant);
    killed
}
