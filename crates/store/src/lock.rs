//! One process per profile.

use crate::StoreError;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

/// Holds the profile for this process until dropped, or until the process ends in any way.
#[derive(Debug)]
pub struct ProfileLock {
    file: File,
}

impl ProfileLock {
    /// Takes the lock of the profile in `dir`, which must exist. Does not wait. Fails with [`StoreError::InUse`] if
    /// another process (or an earlier lock of this one) has it, with [`StoreError::Io`] if the folder cannot be written.
    pub fn take(dir: &Path) -> Result<Self, StoreError> {
        let mut options = fs::OpenOptions::new();
        let opened = options.write(true).create(true).truncate(false).open(dir.join("lock"));
        Self::of(opened, File::try_lock)
    }

    /// As [`Self::take`] for a folder that cannot be written, beside others who only read. Fails with
    /// [`StoreError::Io`] also where there is no profile.
    pub fn take_to_read(dir: &Path) -> Result<Self, StoreError> {
        Self::of(File::open(dir.join("lock")), File::try_lock_shared)
    }

    fn of(opened: io::Result<File>, lock: impl FnOnce(&File) -> Result<(), TryLockError>) -> Result<Self, StoreError> {
        let file = opened.map_err(StoreError::io("open the lock of the profile"))?;
        match lock(&file) {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
            Err(TryLockError::Error(error)) => Err(StoreError::io("lock the profile")(error)),
        }
    }
}

impl Drop for ProfileLock {
    fn drop(&mut self) {
        // Closing the file is not enough: a process that is being forked just now has it open too, until its `exec`.
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the lock of the profile stays until its file is closed everywhere");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_may_read_what_nobody_writes() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(ProfileLock::take_to_read(dir.path()), Err(StoreError::Io { .. })));
        let held = ProfileLock::take(dir.path()).unwrap();
        assert!(matches!(ProfileLock::take_to_read(dir.path()), Err(StoreError::InUse)));
        drop(held);
        let reads = [ProfileLock::take_to_read(dir.path()).unwrap(), ProfileLock::take_to_read(dir.path()).unwrap()];
        assert!(matches!(ProfileLock::take(dir.path()), Err(StoreError::InUse)));
        drop(reads);
    }

    #[test]
    fn a_profile_has_one_holder_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let held = ProfileLock::take(dir.path()).unwrap();
        assert!(matches!(ProfileLock::take(dir.path()), Err(StoreError::InUse)));
        let forked = held.file.try_clone().unwrap();
        drop(held);
        ProfileLock::take(dir.path()).unwrap();
        drop(forked);
        let missing = ProfileLock::take(&dir.path().join("nowhere"));
        assert!(matches!(missing, Err(StoreError::Io { .. })));
    }
}
