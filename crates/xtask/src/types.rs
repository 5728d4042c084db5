//! The UI's generated types: are those in the repository the ones that the Rust types give? ts-rs writes them, Prettier
//! formats them as the rest of the UI.

use crate::cargo::whole;
use crate::place;
use crate::tool::go;
use crate::web::{self, npm};
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where a run of xtask has them written, so that it does not repair what it is to find.
pub fn fresh() -> PathBuf {
    place::target().join("types")
}

/// Where the UI keeps them.
fn kept() -> PathBuf {
    place::ui().join("src/ipc/types")
}

/// Removes those of the last run.
pub fn forget() -> Result<()> {
    match fs::remove_dir_all(fresh()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).context("cannot remove old types"),
        _ => Ok(()),
    }
}

/// Has the tests write them to [`fresh`].
pub fn export() -> Result<()> {
    let test = whole("test", &["--lib", "export_bindings"]);
    go(&test.env("TS_RS_EXPORT_DIR", fresh()))
}

/// Formats those in [`fresh`], and fails with the names of the files that differ from what the UI keeps.
pub fn compare() -> Result<()> {
    let (kept, fresh) = (read(&kept())?, formatted()?);
    let names: std::collections::BTreeSet<&String> = kept.keys().chain(fresh.keys()).collect();
    let differ: Vec<&str> =
        names.into_iter().filter(|name| kept.get(*name) != fresh.get(*name)).map(String::as_str).collect();
    if !differ.is_empty() {
        bail!("ui/src/ipc/types differs in {}: renew it with `cargo xtask types`", differ.join(", "));
    }
    Ok(())
}

/// `cargo xtask types`: puts what the Rust types give now into the UI.
pub fn renew() -> Result<()> {
    web::install()?;
    web::build_if_changed()?;
    forget()?;
    export()?;
    let fresh = formatted()?;
    for old in read(&kept())?.keys().filter(|name| !fresh.contains_key(*name)) {
        fs::remove_file(kept().join(old)).with_context(|| format!("cannot remove {old}"))?;
    }
    for (name, text) in &fresh {
        let path = kept().join(name);
        fs::create_dir_all(path.parent().unwrap_or(&path))?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    forget()
}

/// What is in [`fresh`], once Prettier has formatted it.
fn formatted() -> Result<BTreeMap<String, String>> {
    let dir = fresh();
    if !dir.exists() {
        bail!("no types were generated");
    }
    let prettier = ["exec", "--", "prettier", "--config", "prettier.config.js", "--log-level", "warn", "--write"];
    go(&npm(&[&prettier[..], &[&*dir.to_string_lossy()]].concat()))?;
    let types = read(&dir)?;
    if types.is_empty() { bail!("no types were generated") } else { Ok(types) }
}

fn read(dir: &Path) -> Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).with_context(|| format!("no {}", at.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "ts") {
                let name = path.strip_prefix(dir)?.to_string_lossy().replace('\\', "/");
                // A checkout may have changed the ends of lines.
                files.insert(name, fs::read_to_string(&path)?.replace("\r\n", "\n"));
            }
        }
    }
    Ok(files)
}
