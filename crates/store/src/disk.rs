//! The little of a file system that is needed here, so that a simulated one can stand in and fail.
//!
//! Not for sled, which opens its files itself.

use std::fs;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// A file that grows at its end.
pub trait File: Send {
    /// Appends all of `bytes`, or fails having appended any part of them.
    fn write_all_at_end(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns when content and length would survive a power cut.
    fn sync_data(&mut self) -> io::Result<()>;
    /// Cuts the file to `len` bytes. Not synced.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
    /// Bytes in the file.
    fn len(&self) -> io::Result<u64>;
    /// Whether there are none.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

/// Files by name. Changes of names survive a power cut only after [`Disk::sync_folder`].
pub trait Disk: Send + Sync {
    /// All bytes of a file; `NotFound` if there is none.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// A new empty file, in place of what bore the name; readable by its owner alone.
    fn create(&self, path: &Path) -> io::Result<Box<dyn File>>;
    /// An existing file; `NotFound` if there is none.
    fn open(&self, path: &Path) -> io::Result<Box<dyn File>>;
    /// Gives `from` the name `to`, in place of what bore it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Keeps the file also under the name `to`, or a copy of it; `AlreadyExists` if that name is taken.
    fn keep_as(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a name; `NotFound` if there is none.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Returns when the names in this folder would survive a power cut.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// The disk of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let mut options = fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Box::new(options.open(path)?))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn File>> {
        Ok(Box::new(fs::OpenOptions::new().read(true).write(true).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn keep_as(&self, from: &Path, to: &Path) -> io::Result<()> {
        // A second name needs no room, which matters on a full disk; not every file system has them.
        match fs::hard_link(from, to) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                let mut source = fs::File::open(from)?;
                let mut copy = fs::OpenOptions::new().write(true).create_new(true).open(to)?;
                io::copy(&mut source, &mut copy)?;
                copy.sync_all()
            }
            other => other,
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        // Elsewhere a folder cannot be opened as a file, and names are journalled by the system.
        if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
    }
}

impl File for fs::File {
    fn write_all_at_end(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.seek(SeekFrom::End(0))?;
        self.write_all(bytes)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        Self::sync_data(self)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }
}

/// Puts `bytes` under the name `path`, all or nothing, surviving a power cut after it returns: written beside it as
/// `….tmp`, synced, renamed, and the folder synced.
pub(crate) fn write_whole(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = beside(path, ".tmp");
    let written = disk.create(&temporary).and_then(|mut file| {
        file.write_all_at_end(bytes)?;
        file.sync_data()
    });
    if let Err(error) = written.and_then(|()| disk.rename(&temporary, path)) {
        if let Err(left) = disk.remove(&temporary) {
            tracing::debug!(%left, "a temporary file stays; the next write replaces it");
        }
        return Err(error);
    }
    disk.sync_folder(folder_of(path))
}

/// The path with `suffix` after its last name.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The folder that holds `path`.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
