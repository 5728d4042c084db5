//! From a plan that breaks something to a small one that breaks the same.

use crate::plan::Plan;
use crate::run::{Violation, history};

/// Leaves out operations, in ever smaller runs, as long as the plan still breaks what it broke; then crashes, and
/// numbers that can be smaller. Gives the smallest found, and what it breaks. `tries` bounds the histories that are run.
pub fn shrink(plan: &Plan, broken: &Violation, mut tries: u32) -> (Plan, Violation) {
    let mut best = (plan.clone(), broken.clone());
    let mut breaks = |plan: &Plan, best: &mut (Plan, Violation)| {
        if tries == 0 {
            return false;
        }
        tries -= 1;
        match history(plan, false).violation {
            Some(violation) if violation.name == broken.name => {
                *best = (plan.clone(), violation);
                true
            }
            _ => false,
        }
    };
    // Delta debugging: Zeller and Hildebrandt, 2002.
    let mut run = best.0.ops.len().div_ceil(2);
    while run > 0 {
        let (mut at, mut any) = (0, false);
        while at < best.0.ops.len() {
            let mut fewer = best.0.clone();
            let end = (at + run).min(fewer.ops.len());
            fewer.ops.drain(at..end);
            if breaks(&fewer, &mut best) {
                any = true;
            } else {
                at += run;
            }
        }
        if !any || run > 1 {
            run = if run == 1 && !any { 0 } else { (run / 2).max(1) };
        }
    }
    for at in 0..best.0.ops.len() {
        let mut simpler = best.0.clone();
        if simpler.ops[at].crash.take().is_some() {
            breaks(&simpler, &mut best);
        }
        for dice in [0, 1, 2, 5, 10, 50] {
            let mut simpler = best.0.clone();
            if simpler.ops[at].dice > dice {
                simpler.ops[at].dice = dice;
                if breaks(&simpler, &mut best) {
                    break;
                }
            }
        }
    }
    for simpler in simpler_setups(&best.0) {
        breaks(&simpler, &mut best);
    }
    best
}

fn simpler_setups(plan: &Plan) -> Vec<Plan> {
    let with = |change: fn(&mut Plan)| {
        let mut plan = plan.clone();
        change(&mut plan);
        plan
    };
    vec![
        with(|plan| plan.setup.nodes = 1),
        with(|plan| plan.setup.old = None),
        with(|plan| plan.setup.carried = 0),
        with(|plan| plan.setup.failing = 0),
        with(|plan| plan.setup.slow = 0),
        with(|plan| plan.setup.bus = 0),
        with(|plan| plan.setup.tail = 1_000),
    ]
}
