//! `cargo xtask sim`: the simulated world, built for speed and with every check left in.

use crate::cargo::cargo as call;
use crate::tool::go;
use anyhow::Result;
use clap::Args;

/// What to run.
#[derive(Args)]
pub struct Sim {
    /// How many histories.
    #[arg(long, default_value_t = SEEDS)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Run so many minutes instead of so many histories.
    #[arg(long, conflicts_with = "seeds")]
    minutes: Option<f64>,
    /// Replay only this seed, and print what happens.
    #[arg(long, env = "SEED", conflicts_with_all = ["from", "minutes"])]
    seed: Option<u64>,
    /// Replay only this plan, and print what happens.
    #[arg(long, env = "PLAN", conflicts_with_all = ["from", "minutes", "seed"])]
    plan: Option<String>,
    /// Let each planted bug loose, and print which of 20,000 seeds is the first to notice it.
    #[arg(long)]
    mutants: bool,
}

/// How many histories a test run goes through.
const SEEDS: u64 = 10_000;

/// How many histories a planted bug may survive.
const MUTANT_SEEDS: u64 = 20_000;

/// Runs the world.
pub fn run(sim: &Sim) -> Result<()> {
    let from = sim.from.to_string();
    if sim.mutants {
        return planted(&["--mutants", "--seeds", &MUTANT_SEEDS.to_string()]);
    }
    if let Some(plan) = &sim.plan {
        return world(&["--plan", plan]);
    }
    if let Some(seed) = sim.seed {
        return world(&["--seed", &seed.to_string()]);
    }
    match sim.minutes {
        Some(minutes) => world(&["--from", &from, "--minutes", &minutes.to_string()]),
        None => world(&["--from", &from, "--seeds", &sim.seeds.to_string()]),
    }
}

/// What a test run does: many histories, what failed once, and every planted bug against the seed that notices it.
pub fn test() -> Result<()> {
    world(&["--regressions"])?;
    world(&["--seeds", &SEEDS.to_string()])?;
    planted(&["--regressions"])?;
    planted(&["--recorded"])
}

fn world(args: &[&str]) -> Result<()> {
    const RUN: &[&str] = &["run", "--quiet", "--package", "folkmoot-sim", "--profile", "sim", "--"];
    go(&call(&[RUN, args].concat()))
}

fn planted(args: &[&str]) -> Result<()> {
    const RUN: &[&str] =
        &["run", "--quiet", "--package", "folkmoot-sim", "--profile", "sim", "--features", "mutants", "--"];
    go(&call(&[RUN, args].concat()))
}
