//! How cargo is called. Every call names the whole workspace and the same features, so that no crate is compiled twice
//! because of another set of features; what differs is only which targets are built and run.

use crate::place;
use crate::tool::{find, go, in_ci, tool};
use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand, TargetKind};
use duct::Expression;

/// What every call for tests ends with. `xtask` runs while it would be replaced, which Windows does not allow.
const WHOLE: &[&str] = &["--workspace", "--exclude", "xtask", "--features", "folkmoot/desktop"];

/// The packages that a person uses, for one call: so the app alone is built as it is with the others.
const PRODUCT: &[&str] = &[
    "--profile",
    "app",
    "--package",
    "folkmoot",
    "--package",
    "folkmoot-server",
    "--package",
    "folkmoot-ctl",
    "--features",
    "folkmoot/desktop",
];

/// The profile, and folder under `target`, of [`product`].
pub const PRODUCT_PROFILE: &str = "app";

/// `cargo` with `args`.
pub fn cargo(args: &[&str]) -> Expression {
    once(tool(program(), args))
}

/// The cargo that runs us.
pub fn program() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".into())
}

/// A build that is thrown away gains nothing from being incremental.
pub fn once(call: Expression) -> Expression {
    if in_ci() { call.env("CARGO_INCREMENTAL", "0") } else { call }
}

/// `cargo COMMAND` on the whole workspace with `args`.
pub fn whole(command: &str, args: &[&str]) -> Expression {
    cargo(&[&[command], WHOLE, args].concat())
}

/// Builds the app, the server and the headless client, as people run them.
pub fn product() -> Result<()> {
    go(&cargo(&[&["build"], PRODUCT].concat())).context("the app does not build")
}

/// Builds what is measured: the product, with the same dependencies, and the programs that measure it.
pub fn measured() -> Result<()> {
    let measuring = ["--package", "folkmoot-bench", "--package", "folkmoot-dev"];
    go(&cargo(&[&["build"], PRODUCT, &measuring].concat())).context("what is measured does not build")
}

/// Builds every target of the workspace, tests and development programs included.
pub fn everything() -> Result<()> {
    go(&whole("build", &["--all-targets"])).context("the workspace does not build")
}

/// Builds every program of the workspace, those of development included.
pub fn programs() -> Result<()> {
    go(&whole("build", &["--bins"])).context("the workspace does not build")
}

/// What follows `cargo` to run one test target of the root package, with `args` for it.
pub fn root_test<'a>(name: &'a str, args: &[&'a str]) -> Vec<&'a str> {
    [&["test"], WHOLE, &["--test", name, "--"], args].concat()
}

/// As [`root_test`], for what is measured: as people run it, and nothing but what is asked for.
pub fn root_figures<'a>(name: &'a str, figure: &'a str) -> Vec<&'a str> {
    let args = ["--test", name, "--", "--ignored", "--exact", "--nocapture", figure];
    [&["test", "--profile", PRODUCT_PROFILE], WHOLE, &args].concat()
}

/// Adds rustfmt and clippy to a toolchain that came without them.
pub fn ensure_components() -> Result<()> {
    let answers = |name: &&str| cargo(&[*name, "--version"]).stdout_null().stderr_null().run().is_ok();
    let missing = !["fmt", "clippy"].iter().all(answers);
    if missing && find("rustup").is_some() {
        go(&tool("rustup", ["component", "add", "rustfmt", "clippy"])).context("no rustfmt or clippy")?;
    }
    Ok(())
}

/// What cargo knows of the workspace itself.
pub fn workspace() -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.current_dir(place::root()).no_deps();
    command.exec().context("cargo metadata failed")
}

/// The names of the integration tests: first those of the root package, then those of the crates.
pub fn integration_tests() -> Result<(Vec<String>, Vec<String>)> {
    let (mut root, mut crates) = (Vec::new(), Vec::new());
    for package in &workspace()?.packages {
        let tests = package.targets.iter().filter(|target| target.kind.contains(&TargetKind::Test));
        let names = tests.map(|target| target.name.clone());
        if package.name.as_str() == "folkmoot" { root.extend(names) } else { crates.extend(names) }
    }
    // `--test` names those of every crate: said twice, they would run twice.
    crates.sort();
    crates.dedup();
    Ok((root, crates))
}
