//! One process per profile.

use crate::StoreError;
use std::fs::{self, File, TryLockError};
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
        let path = dir.join("lock");
        let file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(StoreError::io("open the lock of the profile"))?;
        match file.try_lock() {
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
