//! The seeded world: the production machines of client and server in a lossy network, with crashes at every effect
//! boundary. `SEED=n` replays one history; `SEEDS=n` says how many to run, from `FROM`.

mod sim;

use sim::world::World;

fn env(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn nothing_is_lost_doubled_leaked_or_diverges() {
    if let Some(seed) = env("SEED") {
        let mut world = World::new(seed);
        world.trace = true;
        world.run();
        return;
    }
    let from = env("FROM").unwrap_or(0);
    let seeds = env("SEEDS").unwrap_or(2_000);
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for seed in (from..from + seeds).filter(|seed| seed % threads == thread) {
                    let run = std::panic::catch_unwind(|| World::new(seed).run());
                    if run.is_err() {
                        panic!("seed {seed} failed: SEED={seed} cargo test --test simulation -- --nocapture");
                    }
                }
            });
        }
    });
    println!("{seeds} seeds from {from}, no violation");
}

#[test]
fn the_same_seed_is_the_same_history() {
    assert_eq!(World::new(7).run(), World::new(7).run());
}
