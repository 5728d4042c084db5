//! Fuzzing: the targets of `fuzz/`, driven by libFuzzer. It needs no nightly compiler, since the flags that make its
//! coverage counters are stable ones; what that goes without is the address sanitizer (`cargo +nightly fuzz run`).

use crate::cargo::cargo;
use crate::place;
use crate::tool::{ask, go, tool};
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What libFuzzer finds its way by, as `cargo fuzz` asks for it.
const COUNTED: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";

/// How many inputs a test run tries of each target: enough to see what was broken by the way. A number and no time, so
/// that a faster machine does not go further, and find what has nothing to do with the change.
const SMOKE_RUNS: &str = "-runs=8000";

/// How long it may take over that.
const SMOKE: Duration = Duration::from_secs(60);

/// Is what lies outside of the workspace formatted too?
pub fn formatted() -> Result<()> {
    go(&cargo(&["fmt", "--manifest-path", &folder().join("Cargo.toml").to_string_lossy(), "--check"]))
}

/// Replays what is kept for every target, then makes up more for a moment, from a seed that is always the same.
pub fn smoke() -> Result<()> {
    let programs = build()?;
    let mut failed = Vec::new();
    for name in targets()? {
        let fresh = place::target().join("fuzz/smoke").join(&name);
        if fresh.exists() {
            std::fs::remove_dir_all(&fresh)?;
        }
        if run(&programs, &name, &fresh, SMOKE, &["-seed=1", SMOKE_RUNS]).is_err() {
            failed.push(name);
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("{} failed; the inputs are in fuzz/artifacts", failed.join(", ")) }
}

/// Makes up inputs for one target, or for one after the other, so many minutes each.
pub fn long(target: Option<&str>, minutes: u64) -> Result<()> {
    let all = targets()?;
    let chosen = match target {
        None => all,
        Some(name) if all.iter().any(|known| known == name) => vec![name.to_owned()],
        Some(name) => bail!("no target {name:?}; there are: {}", all.join(", ")),
    };
    let programs = build()?;
    for name in chosen {
        let reached = place::target().join("fuzz/corpus").join(&name);
        let time = Duration::from_secs(60 * minutes);
        run(&programs, &name, &reached, time, &["-use_value_profile=1"]).with_context(|| {
            format!("the input is in fuzz/artifacts/{name}; once mended, keep it in fuzz/corpus/{name}")
        })?;
    }
    Ok(())
}

/// The names of the targets: those of the folders of what is kept for them.
fn targets() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder().join("corpus"))? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Builds all targets, and says where they are.
fn build() -> Result<PathBuf> {
    let version = ask("rustc", &["-vV"])?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc does not say its host")?;
    let (manifest, target) = (folder().join("Cargo.toml"), place::target().join("fuzz"));
    let (manifest_arg, target_arg) = (manifest.to_string_lossy(), target.to_string_lossy());
    // With `--target` the flags are not for build scripts and macros, which libFuzzer is not linked to.
    let args = ["--release", "--bins", "--locked", "--target", host, "--manifest-path", &manifest_arg];
    let build = cargo(&[&["build"], &args[..], &["--target-dir", &target_arg]].concat());
    go(&build.env("RUSTFLAGS", COUNTED)).context("the fuzz targets do not build")?;
    Ok(target.join(host).join("release"))
}

/// Replays what is kept and what was `reached`, and makes up more for `time`. What is new goes into `reached`.
fn run(programs: &Path, name: &str, reached: &Path, time: Duration, args: &[&str]) -> Result<()> {
    let kept = folder().join("corpus").join(name);
    let artifacts = folder().join("artifacts").join(name);
    std::fs::create_dir_all(reached)?;
    std::fs::create_dir_all(&artifacts)?;
    let mut all = vec![
        format!("-max_total_time={}", time.as_secs()),
        format!("-artifact_prefix={}/", artifacts.display()),
        "-timeout=10".into(),
        "-rss_limit_mb=2048".into(),
        "-max_len=40000".into(),
        "-print_final_stats=1".into(),
        "-verbosity=0".into(),
    ];
    all.extend(args.iter().map(|arg| (*arg).to_owned()));
    all.extend([reached, &kept].map(|folder| folder.to_string_lossy().into_owned()));
    go(&tool(programs.join(name), all))
}

fn folder() -> PathBuf {
    place::root().join("fuzz")
}
