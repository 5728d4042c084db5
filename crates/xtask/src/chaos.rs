//! `cargo xtask chaos`: real processes under kills, power cuts, sleep, full disks and wrong clocks. The program is
//! `crates/chaos`; here it is built, with the server beside it, and run.

use crate::tool::{go, tool};
use crate::{cargo, debian, place};
use anyhow::{Context, Result};

/// What wrong clocks and power cuts are made with.
const PACKAGES: &[&str] = &["faketime", "gcc", "e2fsprogs"];

/// How long the stage of `cargo xtask test` runs: setting up included, judging not.
const STAGE_MINUTES: &str = "2";

/// Builds all it needs, and runs it for so many minutes.
pub fn run(minutes: &str, seed: Option<u64>) -> Result<()> {
    if !cfg!(target_os = "linux") {
        println!("SKIPPED: chaos needs Linux: it preloads a recorder of what is written");
        return Ok(());
    }
    if let Err(error) = debian::ensure(PACKAGES, false) {
        // It says itself what it does without.
        println!("{error:#}");
    }
    let programs = ["--bin", "folkmootd", "--bin", "folkmoot-chaos"];
    go(&cargo::whole("build", &programs)).context("chaos does not build")?;
    let mut args = vec!["run".to_owned(), "--minutes".into(), minutes.into()];
    args.extend(["--dir".into(), place::target().join("chaos").display().to_string()]);
    args.extend(seed.into_iter().flat_map(|seed| ["--seed".into(), seed.to_string()]));
    go(&tool(place::program("debug", "folkmoot-chaos"), args)).context("something saved was lost, or came twice")
}

/// As the tests do.
pub fn stage() -> Result<()> {
    run(STAGE_MINUTES, None)
}
