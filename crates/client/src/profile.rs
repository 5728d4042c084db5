//! A profile: one account's folder on this computer, held by one process at a time.
//!
//! `lock`, `secrets` (where the key lies), `session.sealed`, `outbox.journal`, `store/`, and what was set aside.

use folkmoot_store::{ProfileLock, StoreError};
use std::path::{Path, PathBuf};

/// A profile, held by this process until dropped.
#[derive(Debug)]
pub struct Profile {
    dir: PathBuf,
    _lock: ProfileLock,
}

impl Profile {
    /// The profile in `dir`, which is made if it is missing, for this user alone. Fails with [`StoreError::InUse`] if
    /// another process holds it, and with [`StoreError::Io`].
    pub fn hold(dir: &Path) -> Result<Self, StoreError> {
        let io = |source| StoreError::Io { what: "make the profile's folder", source };
        if !dir.exists() {
            std::fs::create_dir_all(dir).map_err(io)?;
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).map_err(io)?;
            }
        }
        Ok(Self { dir: dir.to_owned(), _lock: ProfileLock::take(dir)? })
    }

    /// The folder that the platform has for it; `None` on a computer without a home.
    pub fn usual_dir() -> Option<PathBuf> {
        let dirs = directories::ProjectDirs::from("org", "folkmoot", "Folkmoot")?;
        Some(dirs.data_local_dir().join("profile"))
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}
