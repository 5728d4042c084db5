//! What is installed is noted beside it, so that it is installed anew only when something else is wanted.

use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// Runs `install`, and notes `wanted` (a version, or what a lock file says) in `note`, unless just that is noted there.
pub fn once(note: &Path, wanted: &[u8], install: impl FnOnce() -> Result<()>) -> Result<()> {
    if fs::read(note).is_ok_and(|installed| installed == wanted) {
        println!("{} says that it is installed", note.display());
        return Ok(());
    }
    install()?;
    fs::write(note, wanted).context("cannot note what is installed")
}
