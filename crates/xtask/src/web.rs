//! The web UI's package: installed and built only when something changed.

use crate::tool::{check_node, go, tool_in};
use crate::{installed, place};
use anyhow::{Context, Result};
use duct::Expression;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// What the built UI is made of, within `ui`.
const SOURCES: &[&str] = &["src", "public", "index.html", "package-lock.json", "vite.config.ts", "svelte.config.js"];

/// `npm` with `args`, in the UI's folder.
pub fn npm(args: &[&str]) -> Expression {
    npm_in(&place::ui(), args)
}

fn npm_in(dir: &Path, args: &[&str]) -> Expression {
    tool_in(dir.to_owned(), if cfg!(windows) { "npm.cmd" } else { "npm" }, args)
}

/// Runs a script of the UI's package.json.
pub fn script(name: &str) -> Result<()> {
    go(&npm(&["run", name]))
}

/// `npm ci` in the UI's folder, unless what its package-lock.json names is installed already.
pub fn install() -> Result<()> {
    install_in(&place::ui())
}

/// As [`install`], in the folder of any package.
pub fn install_in(dir: &Path) -> Result<()> {
    check_node()?;
    let lock = dir.join("package-lock.json");
    let wanted = fs::read(&lock).with_context(|| format!("{} cannot be read", lock.display()))?;
    installed::once(&dir.join("node_modules/.installed"), &wanted, || {
        go(&npm_in(dir, &["ci", "--no-audit", "--no-fund"]))
    })
}

/// Builds the UI, unless the last build is newer than all it is made of.
pub fn build_if_changed() -> Result<()> {
    let built = fs::metadata(place::ui().join("dist/index.html")).and_then(|built| built.modified());
    let changed = SOURCES.iter().map(|source| newest(&place::ui().join(source))).max().flatten();
    if built.is_ok_and(|built| changed.is_some_and(|changed| changed < built)) {
        println!("the UI is built");
        return Ok(());
    }
    script("build")
}

/// When it, or anything in it, was last changed. Folders count: they change when a file goes. `None` if it is missing.
fn newest(path: &Path) -> Option<SystemTime> {
    let own = fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let within = fs::read_dir(path).into_iter().flatten().flatten();
    within.map(|entry| newest(&entry.path())).max().flatten().max(own)
}
