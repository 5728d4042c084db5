//! The data directory: who holds it, where its files lie, and how a running server is found.
//!
//! `folkmoot.db` the log · `identity.pem` the server's key · `lock` held while served · `run.json` while running.

use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A data directory, not necessarily held.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

/// The data directory is this process's until dropped, or until the process ends in any way.
#[derive(Debug)]
pub struct Held {
    dir: DataDir,
    _lock: File,
}

/// What a running server says of itself in `run.json`, readable by its user alone.
#[derive(Clone, Serialize, Deserialize)]
pub struct RunningServer {
    /// Its process.
    pub pid: u32,
    /// Where it is reached.
    pub url: String,
    /// Where it takes an operator's commands, on loopback.
    pub admin: SocketAddr,
    /// What an operator's command must carry.
    pub secret: String,
}

impl DataDir {
    /// The directory at `path`, made if missing, for its user alone.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(Error::file("make the data directory", &path))?;
        Ok(Self(path))
    }

    /// Takes the directory for this process. Does not wait; fails with [`Error::InUse`] if another has it.
    pub fn hold(&self) -> Result<Held, Error> {
        let path = self.0.join("lock");
        let mut options = OpenOptions::new();
        let lock = options.write(true).create(true).truncate(false).open(&path);
        let lock = lock.map_err(Error::file("open the lock", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Held { dir: self.clone(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::InUse(self.0.clone())),
            Err(TryLockError::Error(source)) => Err(Error::File { what: "lock", path, source }),
        }
    }

    /// The log's file.
    pub fn log(&self) -> PathBuf {
        self.0.join("folkmoot.db")
    }

    /// The file of the server's key.
    pub fn identity(&self) -> PathBuf {
        self.0.join("identity.pem")
    }

    /// What the server that runs here says of itself, if one does and has said it.
    pub fn running(&self) -> Result<Option<RunningServer>, Error> {
        let path = self.run_file();
        match fs::read(&path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::File { what: "read", path, source }),
        }
    }

    fn run_file(&self) -> PathBuf {
        self.0.join("run.json")
    }
}

impl Held {
    /// Which directory.
    pub fn dir(&self) -> &DataDir {
        &self.dir
    }

    /// Says where this server is reached. What an earlier one left behind is replaced.
    pub fn announce(&self, running: &RunningServer) -> Result<(), Error> {
        let json = serde_json::to_vec(running).expect("plain fields are always JSON");
        let (path, fresh) = (self.dir.run_file(), self.dir.0.join("run.json.new"));
        write_secret(&fresh, &json)?;
        fs::rename(&fresh, &path).map_err(Error::file("rename to", path))
    }

    /// Says that no server is reached here any more.
    pub fn withdraw(&self) {
        let path = self.dir.run_file();
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "cannot remove run.json");
        }
    }
}

/// Writes a file that its user alone may read, durably, replacing one that is there.
pub fn write_secret(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(Error::file("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_one_holder_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path().join("data")).unwrap();
        let held = data.hold().unwrap();
        assert!(matches!(data.hold(), Err(Error::InUse(_))));
        drop(held);
        data.hold().unwrap();
    }
}
