//! `cargo xtask chaos`: real processes under kills, power cuts, sleep, full disks and wrong clocks. The program is
//! `crates/chaos`; here it is built, with the server beside it, and run.

use crate::tool::{go, tool};
use crate::{cargo, debian, place};
use anyhow::{Context, Result};

/// What wrong clocks and power cuts are made with.
const PACKAGES: &[&str] = &["faketime", "gcc", "e2fsprogs"];

/// What `cargo xtask chaos` takes.
#[derive(clap::Args)]
pub struct Chaos {
    /// How long.
    #[arg(long, default_value = "10")]
    minutes: String,
    /// Decides what happens; drawn if none is given.
    #[arg(long)]
    seed: Option<u64>,
    /// Plant bugs instead, one after the other: each must be noticed.
    #[arg(long, conflicts_with_all = ["minutes", "seed"])]
    mutants: bool,
}

/// Builds all it needs, and runs it.
pub fn run(chaos: &Chaos) -> Result<()> {
    if !built()? {
        return Ok(());
    }
    if chaos.mutants { prove() } else { live(&chaos.minutes, chaos.seed) }
}

/// As the tests do: two minutes, setting up included and judging not; and the planted bugs.
pub fn stage() -> Result<()> {
    if !built()? {
        return Ok(());
    }
    live("2", None)?;
    prove()
}

fn built() -> Result<bool> {
    if !cfg!(target_os = "linux") {
        println!("SKIPPED: chaos needs Linux: it preloads a recorder of what is written");
        return Ok(false);
    }
    if let Err(error) = debian::ensure(PACKAGES, false) {
        // It says itself what it does without.
        println!("{error:#}");
    }
    let programs = ["--bin", "folkmootd", "--bin", "folkmoot-chaos"];
    go(&cargo::whole("build", &programs)).context("chaos does not build")?;
    Ok(true)
}

fn live(minutes: &str, seed: Option<u64>) -> Result<()> {
    let mut args = vec!["run".to_owned(), "--minutes".into(), minutes.into()];
    args.extend(seed.into_iter().flat_map(|seed| ["--seed".into(), seed.to_string()]));
    chaos(args).context("something saved was lost, or came twice")
}

fn prove() -> Result<()> {
    chaos(vec!["prove".into()]).context("a planted bug was not noticed")
}

fn chaos(mut args: Vec<String>) -> Result<()> {
    args.extend(["--dir".into(), place::target().join("chaos").display().to_string()]);
    go(&tool(place::program("debug", "folkmoot-chaos"), args))
}
