//! The test of the real window: on a display that nobody sees, with a session bus, by a driver of the window.

use crate::cargo::{cargo, once, program, root_figures, root_test};
use crate::tool::{find, go, said, tool};
use crate::{installed, place};
use anyhow::{Context, Result, bail};
use duct::Expression;
use std::path::{Path, PathBuf};

/// The driver's version: 3.0 is not stable.
const DRIVER_VERSION: &str = "2.1.0";

/// Runs it. Fails where there is no Xvfb: macOS and Windows have no driver for their window, or no hidden display.
pub fn run() -> Result<()> {
    let test = root_test("desktop", &["--test-threads=1", "--nocapture"]);
    go(&driven(&test)?).context("the window does not do what it should")
}

/// What the window costs: what the test prints.
pub fn figures() -> Result<String> {
    said(&driven(&root_figures("desktop", "figures::what_the_window_costs"))?).context("not measured")
}

/// What the edits of this trace cost in the window: what the test prints.
pub fn trace(file: &Path) -> Result<String> {
    let file = file.canonicalize().with_context(|| format!("there is no {}", file.display()))?;
    let figures = driven(&root_figures("desktop", "trace::what_a_trace_costs"))?;
    said(&figures.env("FOLKMOOT_TRACE", file)).context("not measured")
}

fn driven(test: &[&str]) -> Result<Expression> {
    if find("xvfb-run").is_none() || find("dbus-run-session").is_none() {
        bail!("it needs Linux with xvfb-run and dbus-run-session");
    }
    let driver = driver()?;
    let program = program();
    let around = ["--auto-servernum", "--server-args=-screen 0 1600x1000x24", "dbus-run-session", "--", &program];
    Ok(once(tool("xvfb-run", [&around[..], test].concat())).env("TAURI_DRIVER", driver))
}

/// Where the driver lies; installed on the first call.
fn driver() -> Result<PathBuf> {
    let tools = place::tools();
    let root = tools.display().to_string();
    // It only passes requests on: an unoptimised one is as good, and there in half the time.
    let args =
        ["install", "tauri-driver", "--version", DRIVER_VERSION, "--locked", "--debug", "--force", "--root", &root];
    installed::once(&tools.join("tauri-driver.version"), DRIVER_VERSION.as_bytes(), || {
        go(&cargo(&args)).context("tauri-driver cannot be installed")
    })?;
    Ok(tools.join("bin/tauri-driver"))
}
