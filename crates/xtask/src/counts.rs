//! `cargo xtask counts`: the instructions of the hot paths in `crates/counts`, by callgrind, beside those recorded. A time
//! is noise on a machine that does other work meanwhile; a count is the same each time.

use crate::cargo::cargo;
use crate::debian::{self, TO_COUNT};
use crate::place;
use crate::tool::{ask, go, tool};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// By how much a count may differ from the recorded one, in percent. Another C library moves some by up to 4.
const MARGIN: f64 = 5.0;

/// The function of `folkmoot-counts` in which alone instructions are counted.
const COUNTED: &str = "--toggle-collect=folkmoot_counts::counted*";

/// Instructions by path.
type Counts = BTreeMap<String, u64>;

/// Counts all paths, and compares them with what is recorded, or records them. Fails if one differs by more than
/// [`MARGIN`], also if it takes less: what is recorded must stay true, or the next loss would hide behind this gain.
pub fn run(record: bool) -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        println!("SKIPPED: the recorded counts are those of Linux on x86-64");
        return Ok(());
    }
    debian::ensure(TO_COUNT, false)?;
    let (program, tools) = (build()?, tools()?);
    let mut counts = Counts::new();
    for path in ask(&program.to_string_lossy(), &[])?.lines() {
        counts.insert(path.to_owned(), count(&program, path)?);
    }
    let file = place::root().join("crates/counts/counts.txt");
    let text = fs::read_to_string(&file).unwrap_or_default();
    let recorded = read(&text)?;
    println!("\n{}", table(&counts, &recorded));
    if record {
        return fs::write(&file, written(&tools, &counts)).with_context(|| format!("cannot write {}", file.display()));
    }
    let wrong = wrong(&counts, &recorded);
    if wrong.is_empty() {
        return Ok(());
    }
    if !text.contains(&tools) {
        println!("Counted by {tools}.\nRecorded by others (see counts.txt): part of it may be theirs.");
    }
    println!("Where they go: callgrind_annotate {}/PATH.out", folder().display());
    println!("If it is meant, and worth it: cargo xtask counts --record");
    bail!("{}", wrong.join("; "))
}

/// With the dependencies of the simulation, which are compiled already where that ran before.
fn build() -> Result<PathBuf> {
    let packages = ["--package", "folkmoot-sim", "--package", "folkmoot-counts", "--bin", "folkmoot-counts"];
    go(&cargo(&[&["build", "--profile", "sim"], &packages[..]].concat())).context("the hot paths do not build")?;
    Ok(place::program("sim", "folkmoot-counts"))
}

/// What a count depends on beside our code.
fn tools() -> Result<String> {
    let (rustc, libc) = (ask("rustc", &["--version"])?, ask("getconf", &["GNU_LIBC_VERSION"])?);
    Ok(format!("{rustc}, {libc}, {}", ask("valgrind", &["--version"])?))
}

fn folder() -> PathBuf {
    place::target().join("counts")
}

/// Runs one path under callgrind.
fn count(program: &Path, path: &str) -> Result<u64> {
    fs::create_dir_all(folder())?;
    let out = folder().join(format!("{path}.out"));
    let to = format!("--callgrind-out-file={}", out.display());
    let callgrind = ["--quiet", "--tool=callgrind", "--collect-atstart=no", COUNTED, &to];
    go(&tool("valgrind", callgrind.iter().copied().chain([&*program.to_string_lossy(), path])))?;
    let text = fs::read_to_string(&out)?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")).and_then(|total| total.parse().ok());
    total.filter(|total| *total > 0).with_context(|| format!("callgrind has counted nothing of {path}"))
}

fn written(tools: &str, counts: &Counts) -> String {
    let lines: String = counts.iter().map(|(path, count)| format!("{path} {count}\n")).collect();
    format!("# Instructions of each hot path, as `cargo xtask counts --record` has counted them by\n# {tools}\n{lines}")
}

fn read(text: &str) -> Result<Counts> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let counts = lines.map(|line| {
        let (path, count) = line.split_once(' ').with_context(|| format!("no path and count: {line:?}"))?;
        Ok((path.to_owned(), count.parse().with_context(|| format!("no count: {line:?}"))?))
    });
    counts.collect()
}

fn table(counts: &Counts, recorded: &Counts) -> String {
    let mut table = format!("{:<12}{:>14}{:>14}{:>14}\n", "path", "instructions", "recorded", "difference");
    for (path, count) in counts {
        let (before, differs) = match recorded.get(path) {
            Some(before) => (before.to_string(), format!("{:+.2} %", percent(*count, *before))),
            None => Default::default(),
        };
        table += &format!("{path:<12}{count:>14}{before:>14}{differs:>14}\n");
    }
    table
}

/// What is not as it is recorded.
fn wrong(counts: &Counts, recorded: &Counts) -> Vec<String> {
    let gone = recorded.keys().filter(|path| !counts.contains_key(*path));
    let gone = gone.map(|path| format!("{path} is recorded, and there is no such path"));
    let differing = counts.iter().filter_map(|(path, count)| {
        let Some(before) = recorded.get(path) else { return Some(format!("{path} is not recorded")) };
        match percent(*count, *before) {
            more if more > MARGIN => Some(format!("{path} takes {more:.1} % more than recorded")),
            less if less < -MARGIN => Some(format!("{path} takes {:.1} % less than recorded: record it anew", -less)),
            _ => None,
        }
    });
    differing.chain(gone).collect()
}

fn percent(count: u64, before: u64) -> f64 {
    100.0 * (count as f64 - before as f64) / before as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(of: &[(&str, u64)]) -> Counts {
        of.iter().map(|(path, count)| ((*path).to_owned(), *count)).collect()
    }

    #[test]
    fn what_is_recorded_is_read_again() {
        let known = counts(&[("decide", 9), ("gate", 7)]);
        assert_eq!(read(&written("rustc, glibc", &known)).unwrap(), known);
        assert!(read("decide many").is_err());
    }

    #[test]
    fn more_and_less_than_the_margin_is_told() {
        let recorded = counts(&[("a", 1_000), ("b", 1_000), ("c", 1_000), ("d", 1_000), ("gone", 1)]);
        let now = counts(&[("a", 1_050), ("b", 950), ("c", 1_051), ("d", 949), ("new", 1)]);
        assert_eq!(wrong(&recorded, &recorded), [""; 0]);
        assert_eq!(
            wrong(&now, &recorded),
            [
                "c takes 5.1 % more than recorded",
                "d takes 5.1 % less than recorded: record it anew",
                "new is not recorded",
                "gone is recorded, and there is no such path",
            ]
        );
    }
}
