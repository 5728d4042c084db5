//! The data directory: who holds it, where its files lie, and how a running server is found.
//!
//! `folkmoot.db` the log · `identity.pem` the server's key · `lock` held while served · `run.json` while running. All of it
//! is for the directory's user alone, also where an earlier version or a hand left it open to others.

use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The operator's choices, see [`crate::config`].
pub const CONFIG: &str = "folkmoot.toml";

/// A data directory, not necessarily held.
#[derive(Debug, Clone)]
pub struct DataDir(PathBuf);

/// The data directory is this process's until dropped, or until the process ends in any way.
#[derive(Debug)]
pub struct Held {
    dir: DataDir,
    lock: File,
}

impl Drop for Held {
    fn drop(&mut self) {
        // Closing the file is not enough: a process that is being forked just now has it open too, until its `exec`.
        if let Err(error) = self.lock.unlock() {
            tracing::warn!(%error, "the lock stays until its file is closed everywhere");
        }
    }
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
    /// The directory at `path`, made if missing.
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
        let lock = private().truncate(false).open(&path).map_err(Error::file("open the lock", &path))?;
        match lock.try_lock() {
            Ok(()) => {
                self.make_private()?;
                Ok(Held { dir: self.clone(), lock })
            }
            Err(TryLockError::WouldBlock) => Err(Error::InUse(self.0.clone())),
            Err(TryLockError::Error(source)) => Err(Error::File { what: "lock", path, source }),
        }
    }

    /// Takes from others what they may do with the directory and the files in it that are ours.
    fn make_private(&self) -> Result<(), Error> {
        // SQLite gives the files beside a database the mode that it has, so it is made before SQLite could make it.
        let log = self.log();
        private().truncate(false).open(&log).map_err(Error::file("open", &log))?;
        #[cfg(unix)]
        for name in [
            "",
            "folkmoot.db",
            "folkmoot.db-wal",
            "folkmoot.db-shm",
            "identity.pem",
            "lock",
            "run.json",
            "run.json.new",
            CONFIG,
        ] {
            restrict(&self.0.join(name))?;
        }
        Ok(())
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
    let written = private().truncate(true).open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(Error::file("write", path))
}

/// Opens files to be written, and makes missing ones for their user alone.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Takes the rights of group and others from what lies at `path`, if anything does. What belongs to somebody else is left
/// as it is, and so is a directory that all may write into (`/tmp`): it is no directory of a server.
#[cfg(unix)]
fn restrict(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    const OTHERS: u32 = 0o077;
    const STICKY: u32 = 0o1000;
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(Error::File { what: "look at", path: path.into(), source }),
    };
    let mode = found.permissions().mode();
    if mode & OTHERS == 0 || mode & STICKY != 0 || found.is_symlink() {
        return Ok(());
    }
    match fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o7777 & !OTHERS)) {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            tracing::warn!(path = %path.display(), %error, "others can open this, and it is not ours to change");
            Ok(())
        }
        changed => changed.map_err(Error::file("restrict", path)),
    }
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
        let forked = held.lock.try_clone().unwrap();
        drop(held);
        data.hold().unwrap();
        drop(forked);
    }

    #[cfg(unix)]
    #[test]
    fn what_others_could_open_is_closed_to_them() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("data");
        let mode = |name: &str| fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o7777;
        let open_up =
            |name: &str, mode| fs::set_permissions(path.join(name), fs::Permissions::from_mode(mode)).unwrap();
        let data = DataDir::open(&path).unwrap();
        drop(data.hold().unwrap());
        assert_eq!((mode(""), mode("folkmoot.db"), mode("lock")), (0o700, 0o600, 0o600), "made so");
        let ours = ["folkmoot.db", "folkmoot.db-wal", "folkmoot.db-shm", "identity.pem", "run.json", "folkmoot.toml"];
        for name in ours.into_iter().chain(["notes.txt"]) {
            fs::write(path.join(name), "").unwrap();
            open_up(name, 0o644);
        }
        open_up("", 0o755);
        drop(data.hold().unwrap());
        assert_eq!(mode(""), 0o700);
        for name in ours {
            assert_eq!(mode(name), 0o600, "{name}");
        }
        assert_eq!(mode("notes.txt"), 0o644, "what is not ours stays as it is");
    }
}
