//! The simulated world in the tests of the house. `cargo xtask sim` runs it longer and faster.

use folkmoot_sim::plan::Plan;
use folkmoot_sim::run::history;

#[test]
fn the_same_seed_is_the_same_history() {
    assert_eq!(history(&Plan::of_seed(7), false), history(&Plan::of_seed(7), false));
}
