//! The UI's generated types: are those in the repository the ones that the Rust types give?

use crate::place;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where a test run writes them, so that it does not repair what it is to find. (`cargo test` by hand writes them in
/// place: that is how they are renewed.)
pub fn fresh() -> PathBuf {
    place::target().join("types")
}

/// Removes those of the last run.
pub fn forget() -> Result<()> {
    match fs::remove_dir_all(fresh()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).context("cannot remove old types"),
        _ => Ok(()),
    }
}

/// Fails with the names of the files that differ.
pub fn compare() -> Result<()> {
    let (kept, fresh) = (read(&place::ui().join("src/ipc/types"))?, read(&fresh())?);
    if fresh.is_empty() {
        bail!("no types were generated");
    }
    let names: std::collections::BTreeSet<&String> = kept.keys().chain(fresh.keys()).collect();
    let differ: Vec<&str> =
        names.into_iter().filter(|name| kept.get(*name) != fresh.get(*name)).map(String::as_str).collect();
    if !differ.is_empty() {
        bail!(
            "ui/src/ipc/types differs in {}: renew it with `cargo test --workspace export_bindings`",
            differ.join(", ")
        );
    }
    Ok(())
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
