//! `folkmoot-counts PATH`: prepares a hot path and runs it once. `cargo xtask counts` counts its instructions under
//! callgrind, which sees no more than [`counted`]: neither the preparation, nor the end of what was prepared.
//!
//! It times nothing, and what it does never differs: no clock, no randomness, no unordered map.

mod device;
mod frames;
mod scene;
mod server;

use clap::Parser;

/// What is counted: it gives how much it did.
type Run = Box<dyn FnMut() -> usize>;

/// A path: its name, its preparation, and how much it must do. One that does less is not faster.
type Path = (&'static str, fn() -> Run, usize);

/// In the order of their names.
const PATHS: [Path; 7] = [
    ("decide", server::decide, 256),
    ("fan-out", server::fan_out, 1_100),
    ("feed", device::feed, 1_000),
    ("frames", frames::frames, 1_000),
    ("gate", server::gate, 1_000),
    ("offline", device::offline, 100),
    ("yjs-client", server::yjs_client, 1_000),
];

/// Runs a hot path once, for callgrind.
#[derive(Parser)]
struct Cli {
    /// Which; without it they are listed.
    path: Option<String>,
}

fn main() {
    let Some(path) = Cli::parse().path else {
        return PATHS.iter().for_each(|(name, ..)| println!("{name}"));
    };
    let (name, prepare, much) = PATHS.into_iter().find(|(name, ..)| *name == path).expect("one of those listed");
    assert_eq!(counted(&mut *prepare()), much, "{name} does not do what it is to do");
}

/// Callgrind begins to count where this is entered, and ends where it is left: `xtask` tells it the name.
#[inline(never)]
fn counted(run: &mut dyn FnMut() -> usize) -> usize {
    run()
}

#[cfg(test)]
mod tests {
    use super::PATHS;

    #[test]
    fn every_path_does_what_it_is_to_do() {
        for (name, prepare, much) in PATHS {
            assert_eq!(prepare()(), much, "{name}");
        }
    }

    #[test]
    fn they_stand_in_the_order_of_their_names() {
        assert!(PATHS.is_sorted_by_key(|(name, ..)| *name));
    }
}
