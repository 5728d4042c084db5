//! The simulated world among the tests of the house. `cargo xtask sim` runs it longer and faster.

use folkmoot_sim::plan::Plan;
use folkmoot_sim::regressions;
use folkmoot_sim::run::{Until, history, seeds};

#[test]
fn nothing_is_lost_doubled_leaked_or_diverges() {
    let tally = seeds(0, Until::Seeds(300), 1);
    assert_eq!(tally.broken, [], "replay it with `cargo xtask sim --seed N`");
    assert_eq!(tally.seeds, 300);
}

#[test]
fn what_failed_once_does_not_fail_again() {
    for (name, plan) in regressions::all().expect("all are plans") {
        assert_eq!(history(&plan, false).violation, None, "{name}");
    }
}

#[test]
fn the_same_seed_is_the_same_history() {
    for seed in 0..20 {
        assert_eq!(history(&Plan::of_seed(seed), false), history(&Plan::of_seed(seed), false), "seed {seed}");
    }
}
