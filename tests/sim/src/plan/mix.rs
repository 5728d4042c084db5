//! How often what happens in the history of a seed.

use super::{Mostly, Setup, What};
use crate::dice::Dice;

/// How often what happens, for a seed: work and life always, trouble of some kinds.
pub(super) fn mix(dice: &mut Dice, setup: &Setup) -> Vec<(u64, What)> {
    if setup.mostly == Mostly::Comings {
        // Few words and no other trouble: what is said later would hide what was not told.
        let quiet = [(38, What::Deliver), (35, What::Work), (10, What::Act), (9, What::Pass)];
        return quiet.into_iter().chain([(3, What::Doubt), (3, What::Cut)]).collect();
    }
    if setup.mostly == Mostly::Checkpoints {
        // Much is written and opened again before anything else happens: a snapshot must be overtaken by a checkpoint.
        let busy = [(30, What::Deliver), (35, What::Work), (35, What::Act), (4, What::Pass), (10, What::Bus)];
        return busy.into_iter().chain([(12, What::Checkpoint), (1, What::Cut), (1, What::Stall)]).collect();
    }
    let mut mix = vec![(38, What::Deliver), (22, What::Work), (25, What::Act), (9, What::Pass)];
    if setup.nodes > 1 {
        mix.push((10, What::Bus));
    }
    let trouble = [
        (2, What::Cut),
        (1, What::Stall),
        (2, What::Kill),
        (1, What::Power),
        (1, What::Full),
        (1, What::Node),
        (1, What::Wake),
        (1, What::Ahead),
        (1, What::Back),
        (1, What::NodeClock),
        (1, What::SignOut),
        (1, What::Hostile),
        (2, What::Checkpoint),
    ];
    let quiet = dice.chance(10);
    mix.extend(trouble.into_iter().filter(|_| !quiet && dice.chance(2)));
    if setup.old.is_some() {
        mix.push((1, What::Upgrade));
    }
    match setup.mostly {
        Mostly::Leavings => mix.extend([(4, What::Cut), (6, What::Kill)]),
        Mostly::Floods => mix.push((6, What::Hostile)),
        _ => {}
    }
    mix
}
