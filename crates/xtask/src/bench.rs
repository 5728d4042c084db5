//! `cargo xtask bench`: the figures of docs/PERFORMANCE.md in one table, of the product as `cargo xtask run` builds it.

use crate::cargo::{self, PRODUCT_PROFILE};
use crate::tool::{said, tool};
use crate::{browser, debian, desktop, place, web};
use anyhow::{Context, Result, bail};

/// Of the engine and the server, by `folkmoot-bench`.
const ENGINE: [&str; 4] = ["chat", "document", "crowd", "large"];

/// Of the real window, and of the page in Chromium.
const WINDOW: [&str; 2] = ["window", "chromium"];

/// How the table begins.
const HEAD: &str = "| what | measured |\n|---|---|";

/// Measures the parts that `only` names, or all.
pub fn run(only: &[String]) -> Result<()> {
    let all = [&ENGINE[..], &WINDOW].concat();
    if let Some(unknown) = only.iter().find(|part| !all.contains(&part.as_str())) {
        bail!("no part {unknown:?}; there are: {}", all.join(", "));
    }
    let is_wanted = |part: &&str| only.is_empty() || only.iter().any(|wanted| wanted == part);
    debian::ensure_for_tests()?;
    web::install()?;
    web::build_if_changed()?;
    cargo::measured()?;
    let program = |name| place::program(PRODUCT_PROFILE, name);
    let mut told = Vec::new();
    let engine: Vec<&str> = ENGINE.into_iter().filter(is_wanted).collect();
    if !engine.is_empty() {
        told.push(said(&tool(program("folkmoot-bench"), engine)).context("not measured")?);
    }
    if is_wanted(&"window") {
        told.push(desktop::figures(&program("folkmoot"))?);
    }
    if is_wanted(&"chromium") {
        told.push(browser::figures()?);
    }
    println!("\n{HEAD}");
    told.iter().flat_map(|told| rows(told)).for_each(|row| println!("{row}"));
    Ok(())
}

/// The rows of tables, among whatever else was said.
fn rows(told: &str) -> impl Iterator<Item = &str> {
    told.lines().filter(|line| line.starts_with("| ") && !HEAD.starts_with(line))
}
