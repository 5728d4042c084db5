//! `cargo xtask test`: everything that must hold, from a bare clone to the real window. The order is that of cost: what
//! is quick and often wrong comes first, and everything is compiled once, by `build`.

use crate::cargo::{self, cargo as call, root_test, whole};
use crate::stage::{self, Stage};
use crate::tool::go;
use crate::{browser, chaos, counts, debian, desktop, fuzz, place, sim, types, web};
use anyhow::{Context, Result, bail};

/// Runs the stages that `only` names, or all. Fails if one fails.
pub fn run(only: &[String]) -> Result<()> {
    let stages = stage::choose(stages(), only)?;
    // The table and its last line have said it all.
    if stage::run(&stages) { Ok(()) } else { std::process::exit(1) }
}

fn stages() -> Vec<Stage> {
    const NOTHING: &[&str] = &[];
    let stage = |name, title, needs, after, run| Stage { name, title, needs, after, run };
    vec![
        stage("system", "system packages and Rust components", NOTHING, NOTHING, system),
        stage("fmt", "Rust is formatted", NOTHING, NOTHING, formatted),
        stage("ui-install", "the UI's packages", NOTHING, NOTHING, web::install),
        stage("ui-check", "format, lints and types of the UI", &["ui-install"], NOTHING, || web::script("check")),
        stage("ui-test", "unit tests of the UI", &["ui-install"], NOTHING, || web::script("test")),
        stage("ui-build", "the UI, as it ships", &["ui-install"], NOTHING, || web::script("build")),
        stage("ui-size", "bounds on the UI's size", &["ui-build"], NOTHING, || web::script("size")),
        stage("build", "every crate, test and program", &["system", "ui-build"], NOTHING, cargo::everything),
        stage("clippy", "lints, none let through", &["system", "ui-build"], &["build"], clippy),
        stage("tidy", "the rules of the house", &["system", "ui-build"], NOTHING, || root("tidy")),
        stage("rust", "unit and documentation tests", &["system", "ui-build"], &["build"], rust),
        stage("fuzz", "what anybody may send is borne", &["system"], NOTHING, fuzz::smoke),
        stage("types", "the UI's types are those of Rust", &["system", "ui-build"], &["build"], generated),
        stage(
            "simulation",
            "nothing is lost in 10,000 bad histories, and planted bugs are noticed",
            NOTHING,
            NOTHING,
            sim::test,
        ),
        stage("counts", "hot paths take what they took before", &["system"], NOTHING, || counts::run(false)),
        stage("stories", "every feature, told with real sockets", &["system", "ui-build"], &["build"], stories),
        stage("chaos", "real processes, killed and without power", &["build"], NOTHING, chaos::stage),
        stage("browser", "two people in two browsers", &["build"], NOTHING, browser::flows),
        stage("desktop", "the real window", &["build"], NOTHING, desktop::run),
    ]
}

fn system() -> Result<()> {
    debian::ensure_for_tests()?;
    cargo::ensure_components()
}

fn formatted() -> Result<()> {
    go(&call(&["fmt", "--all", "--check"]))?;
    fuzz::formatted()
}

fn clippy() -> Result<()> {
    let features = ["--workspace", "--all-targets", "--features", "folkmoot/desktop"];
    go(&call(&[&["clippy"], &features[..], &["--", "-D", "warnings"]].concat()))
}

fn root(name: &str) -> Result<()> {
    go(&call(&root_test(name, &[])))
}

/// Unit tests, the crates' integration tests, documentation tests, and this crate's own.
fn rust() -> Result<()> {
    types::forget()?;
    let (_, tests) = cargo::integration_tests()?;
    let mut args = vec!["--no-fail-fast", "--lib", "--bins"];
    for test in &tests {
        args.extend(["--test", test]);
    }
    // The same inputs each time: what a run finds has to do with the change. Without it, properties draw anew.
    let seeded = |test: duct::Expression| test.env("PROPTEST_RNG_SEED", "1");
    let into_fresh = |test: duct::Expression| seeded(test).env("TS_RS_EXPORT_DIR", types::fresh());
    let runs = [into_fresh(whole("test", &args)), whole("test", &["--doc"]), call(&["test", "--package", "xtask"])];
    // Each is run, whatever comes of the others.
    let failed = runs.iter().filter(|run| go(run).is_err()).count();
    if failed > 0 { bail!("{failed} of {} runs failed", runs.len()) } else { Ok(()) }
}

/// Compares what the tests of `rust` have written, or has it written.
fn generated() -> Result<()> {
    if !types::fresh().exists() {
        types::export()?;
    }
    let compared = types::compare();
    // The next run is not to find those of this one.
    types::forget()?;
    compared
}

/// The root package's tests that have no stage of their own.
fn stories() -> Result<()> {
    let (tests, _) = cargo::integration_tests()?;
    let told = ["tidy", "desktop"];
    let rest: Vec<&str> = tests.iter().map(String::as_str).filter(|test| !told.contains(test)).collect();
    if rest.is_empty() {
        bail!("there are none in {}", place::root().join("tests").display());
    }
    let args: Vec<&str> = rest.into_iter().flat_map(|test| ["--test", test]).collect();
    let told = whole("test", &[&["--no-fail-fast"], &args[..]].concat()).env("FOLKMOOT_BUILT", "1");
    go(&told).context("a story does not end well")
}
