//! A profile in a folder that cannot be written: what reads alone reads a copy, which goes when the call ends. Keys are
//! not copied where a link does.

use crate::end::End;
use folkmoot_client::command::Refused;
use folkmoot_store::{ProfileLock, StoreError};
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;
use tempfile::TempDir;

/// What is opened to be written even by who only reads, and is sealed.
const WRITTEN: [&str; 2] = ["store", "outbox.journal"];

/// A copy of the profile in `dir`, if that cannot be written. Refused while another process uses the profile.
pub fn of_read_only(dir: &Path) -> Result<Option<TempDir>, End> {
    match tempfile::tempfile_in(dir) {
        Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) => {}
        // What else is wrong with it is told by who opens it.
        _ => return Ok(None),
    }
    let _lock = ProfileLock::take_to_read(dir).map_err(Refused::from)?;
    let copy = || {
        let copy = tempfile::tempdir()?;
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let (from, name) = (entry.path(), entry.file_name());
            match name.to_str() {
                Some(name) if WRITTEN.contains(&name) => copied(&from, &copy.path().join(name))?,
                Some("lock") => {}
                _ if from.is_file() => linked(&from, &copy.path().join(name))?,
                _ => {}
            }
        }
        Ok(copy)
    };
    let failed = |source| StoreError::Io { what: "copy the profile, which cannot be written", source };
    Ok(Some(copy().map_err(failed).map_err(Refused::from)?))
}

/// Copies a file or a folder with all that is in it; the copy can be written.
fn copied(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return io::copy(&mut File::open(from)?, &mut File::create_new(to)?).map(drop);
    }
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copied(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

#[cfg(unix)]
fn linked(from: &Path, to: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(fs::canonicalize(from)?, to)
}

#[cfg(not(unix))]
fn linked(from: &Path, to: &Path) -> io::Result<()> {
    copied(from, to)
}
