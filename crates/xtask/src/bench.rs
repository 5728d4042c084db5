//! `cargo xtask bench`: the figures of docs/PERFORMANCE.md in one table, of the product as `cargo xtask run` builds it.

use crate::cargo::{self, PRODUCT_PROFILE};
use crate::tool::{go, said, tool, tool_in};
use crate::{browser, debian, desktop, installed, place, web};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// Of the engine and the server, by `folkmoot-bench`.
const ENGINE: [&str; 5] = ["chat", "document", "crowd", "large", "arrival"];

/// Of the real window, and of the page in Chromium.
const WINDOW: [&str; 2] = ["window", "chromium"];

/// Other servers beside ours, also by `folkmoot-bench`; not among all, since it takes both cores for minutes.
const PEERS: &str = "peers";

/// How cost grows with size, also by `folkmoot-bench`; not among all either, since a million messages take their time.
const GROWTH: &str = "growth";

/// What one person can do to a server, also by `folkmoot-bench`; not among all either.
const ATTACKS: &str = "attacks";

/// A recorded writing through the window's document; it needs a file that is not ours, so it is not among all.
const TRACE: &str = "trace";

/// How the table begins.
const HEAD: &str = "| what | measured |\n|---|---|";

/// What `cargo xtask bench` takes.
#[derive(clap::Args)]
pub struct Bench {
    /// Only these parts. A name that is none lists them.
    #[arg(long, value_name = "PART")]
    only: Vec<String>,
    /// How often each server is measured, by `--only peers`.
    #[arg(long)]
    rounds: Option<usize>,
    /// Where `--only peers` writes all its figures.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// What `--only trace` replays: `automerge-paper.json.gz` of the public editing traces, or one of the same form.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Where `--only peers` or `--only growth` draws its figures.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

/// Measures the parts that `only` names, or all but the peers, growth, attacks and a trace.
pub fn run(bench: &Bench) -> Result<()> {
    let only = &bench.only;
    let all = [&ENGINE[..], &WINDOW, &[PEERS, GROWTH, ATTACKS, TRACE]].concat();
    if let Some(unknown) = only.iter().find(|part| !all.contains(&part.as_str())) {
        bail!("no part {unknown:?}; there are: {}", all.join(", "));
    }
    let asks = |part: &&str| only.iter().any(|wanted| wanted == part);
    if bench.svg.is_some() && asks(&PEERS) == asks(&GROWTH) {
        bail!("--svg is for --only {PEERS} or --only {GROWTH}, one of them");
    }
    if asks(&PEERS) {
        peers(bench)?;
    } else if bench.rounds.is_some() || bench.json.is_some() {
        bail!("--rounds and --json are for --only {PEERS}");
    }
    if asks(&GROWTH) {
        growth(bench)?;
    }
    if asks(&ATTACKS) {
        build()?;
        go(&tool(program("folkmoot-bench"), [ATTACKS])).context("not measured")?;
    }
    let is_wanted = |part: &&str| only.is_empty() || asks(part);
    if asks(&TRACE) != bench.trace.is_some() {
        bail!("--trace is for --only {TRACE}, which needs it");
    }
    if bench.trace.is_none() && ![&ENGINE[..], &WINDOW].concat().iter().any(is_wanted) {
        return Ok(());
    }
    debian::ensure_for_tests()?;
    web::install()?;
    web::build_if_changed()?;
    cargo::measured()?;
    let mut told = Vec::new();
    let engine: Vec<&str> = ENGINE.into_iter().filter(is_wanted).collect();
    if !engine.is_empty() {
        told.push(said(&tool(program("folkmoot-bench"), engine)).context("not measured")?);
    }
    if is_wanted(&"window") {
        told.push(desktop::figures()?);
    }
    if is_wanted(&"chromium") {
        told.push(browser::figures()?);
    }
    if let Some(file) = &bench.trace {
        told.push(desktop::trace(file)?);
    }
    println!("\n{HEAD}");
    told.iter().flat_map(|told| rows(told)).for_each(|row| println!("{row}"));
    Ok(())
}

fn program(name: &str) -> PathBuf {
    place::program(PRODUCT_PROFILE, name)
}

/// Installs the other servers, and drives them and ours with the same work. It needs no window.
fn peers(bench: &Bench) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("the peers are pinned to a core, and measured, as Linux does it");
    }
    let (from, dir) = (place::root().join("crates/bench/peers"), place::target().join("peers"));
    fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    for file in fs::read_dir(&from).with_context(|| format!("cannot read {}", from.display()))? {
        let file = file?;
        fs::copy(file.path(), dir.join(file.file_name())).with_context(|| format!("cannot copy {:?}", file.path()))?;
    }
    debian::ensure(debian::TO_COMPARE, false)?;
    web::install_in(&dir)?;
    python_in(&dir)?;
    let wanted = ["--release", "--locked", "--package", "peers", "--package", "y-sweet", "--bin", "y-sweet"];
    let y_sweet = [&["build", "--target-dir", "target"][..], &wanted].concat();
    go(&tool_in(dir.clone(), cargo::program(), y_sweet)).context("y-sweet does not build")?;
    build()?;
    let mut args = vec![PEERS.into(), "--dir".into(), dir.into_os_string()];
    args.extend(bench.rounds.into_iter().flat_map(|rounds| ["--rounds".into(), rounds.to_string().into()]));
    args.extend(bench.json.iter().flat_map(|file| ["--json".into(), file.clone().into_os_string()]));
    args.extend(bench.svg.iter().flat_map(|file| ["--svg".into(), file.clone().into_os_string()]));
    go(&tool(program("folkmoot-bench"), args)).context("not measured")
}

/// Puts what `requirements.txt` names into a Python of its own.
fn python_in(dir: &Path) -> Result<()> {
    let (python, wanted) = (dir.join("python"), dir.join("requirements.txt"));
    installed::once(&python.join(".installed"), &fs::read(&wanted)?, || {
        go(&tool("python3", ["-m".as_ref(), "venv".as_ref(), python.as_os_str()])).context("no python3-venv")?;
        let args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        let args = args.iter().map(AsRef::as_ref).chain([wanted.as_os_str()]);
        go(&tool(python.join("bin/python"), args)).context("Synapse cannot be installed")
    })
}

/// Asks how cost grows. It needs no window either.
fn growth(bench: &Bench) -> Result<()> {
    build()?;
    let mut args = vec![GROWTH.into()];
    args.extend(bench.svg.iter().map(|file| file.clone().into_os_string()));
    go(&tool(program("folkmoot-bench"), args)).context("not measured")
}

/// What is measured without a window.
fn build() -> Result<()> {
    let built = ["build", "--profile", PRODUCT_PROFILE, "--package", "folkmoot-server", "--package", "folkmoot-bench"];
    go(&cargo::cargo(&built)).context("what is measured does not build")
}

/// The rows of tables, among whatever else was said.
fn rows(told: &str) -> impl Iterator<Item = &str> {
    told.lines().filter(|line| line.starts_with("| ") && !HEAD.starts_with(line))
}
