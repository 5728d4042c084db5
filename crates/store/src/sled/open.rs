//! Opening the store's folder: refuse what is locked or newer, set aside what is damaged, begin what is missing.
//!
//! The folder holds our `header`, and sled's files in a folder whose name each store draws anew: a sled that did not open
//! in time goes on, and makes folders and files by name where it was told to, which would otherwise be in the store that
//! took its place. The whole is made under another name and renamed.

use super::{SledStore, from_sled, guarded};
use crate::disk::{beside, folder_of};
use crate::header::{Header, Kind};
use crate::limits::{CACHE_BYTES, OPEN_MAX, RELEASE_MAX};
use crate::{Key, Store, StoreError};
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// A value under this key says that sled's file is the one that we made: given garbage, sled may open an empty tree.
const WITNESS: &[u8] = b"w";

/// An open store, and what was found on the way.
pub struct Opened {
    /// The store.
    pub store: SledStore,
    /// Whether it is new, and empty.
    pub created: bool,
    /// Where the damaged one before it lies now: the person is to be told.
    pub quarantined: Option<PathBuf>,
}

/// Whether a folder that did not open may be set aside.
enum Failure {
    Leave(StoreError),
    SetAside(String),
}

impl SledStore {
    /// Opens the store in the folder `dir`, or makes it. One that is damaged, or does not open in ten seconds, is renamed
    /// to `….bad-<unix_seconds>` and begun anew.
    ///
    /// Fails, having changed nothing, with [`StoreError::Locked`] (no key, or not the one that it was made with),
    /// [`StoreError::Newer`], [`StoreError::InUse`], or [`StoreError::Io`] where the disk is at fault (full, read-only,
    /// not ours).
    pub fn open(dir: &Path, key: Option<&Key>, unix_seconds: u64) -> Result<Opened, StoreError> {
        Self::open_within(dir, key, unix_seconds, OPEN_MAX)
    }

    /// Sets the folder aside, whatever is in it, and begins anew: after [`StoreError::Damaged`] from an open store (drop
    /// that first), or because the person wants to start over without the key. No folder is no error.
    pub fn replace(dir: &Path, key: &Key, unix_seconds: u64) -> Result<Opened, StoreError> {
        let quarantined = if dir.exists() { Some(set_aside(dir, unix_seconds)?) } else { None };
        make(dir, key, unix_seconds, OPEN_MAX)?;
        let store = load(dir, key, OPEN_MAX).map_err(Failure::into_error)?;
        Ok(Opened { store, created: true, quarantined })
    }

    pub(super) fn open_within(
        dir: &Path,
        key: Option<&Key>,
        unix_seconds: u64,
        limit: Duration,
    ) -> Result<Opened, StoreError> {
        let key = key.ok_or(StoreError::Locked)?;
        let created = !dir.exists();
        if created {
            make(dir, key, unix_seconds, limit)?;
        }
        match load(dir, key, limit) {
            Ok(store) => Ok(Opened { store, created, quarantined: None }),
            Err(Failure::Leave(error)) => Err(error),
            Err(Failure::SetAside(why)) => {
                tracing::warn!(why, "the store is set aside");
                Self::replace(dir, key, unix_seconds)
            }
        }
    }
}

/// The folder of sled's files, if this app with this key may read them.
fn admit(dir: &Path, key: &Key) -> Result<PathBuf, Failure> {
    let bytes = match fs::read(dir.join("header")) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Failure::SetAside("it has no header".into()));
        }
        Err(error) => {
            return Err(Failure::Leave(StoreError::io("read the store's header")(error)));
        }
    };
    match Header::find(Kind::Store, &bytes) {
        Some(header) => {
            header.admit(Kind::Store, key).map_err(Failure::Leave)?;
            Ok(files(dir, &header))
        }
        None => Err(Failure::SetAside("its header is damaged".into())),
    }
}

pub(super) fn files(dir: &Path, header: &Header) -> PathBuf {
    let name: String = header.salt().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    dir.join(name)
}

fn load(dir: &Path, key: &Key, limit: Duration) -> Result<SledStore, Failure> {
    let files = admit(dir, key)?;
    let file = fs::OpenOptions::new().read(true).write(true).open(files.join("db"));
    let file = file.map_err(|error| Failure::of("open the store", error))?;
    wait_until_free(&file)?;
    let db = open_sled(&files, limit)?;
    let read = || db.get(WITNESS).map_err(|error| from_sled("read", error));
    let witness = guarded("read", read).map_err(Failure::of_sled)?;
    let whole = witness.is_some_and(|sealed| key.unseal(WITNESS, &sealed).is_ok());
    if !whole {
        return Err(Failure::SetAside("it holds nothing of ours".into()));
    }
    // The process before may have been killed before it synced the folder's name; and no blob counts as synced yet.
    sync_folder(folder_of(dir)).map_err(|error| Failure::of("sync the profile's folder", error))?;
    let synced_blobs = BTreeSet::new();
    let store = SledStore { key: key.clone(), db: Some(db), dir: files, file, synced_blobs, poisoned: false };
    // Whoever opens it reads these first, and could do nothing about damage there.
    store.metas(b"").map_err(Failure::of_sled)?;
    Ok(store)
}

/// Makes a whole, synced store under a temporary name, and renames it. What bears the name by then is set aside: a sled
/// that did not open in time makes its folder again.
pub(super) fn make(dir: &Path, key: &Key, unix_seconds: u64, limit: Duration) -> Result<(), StoreError> {
    let new = beside(dir, ".new");
    let io = StoreError::io;
    if new.exists() {
        fs::remove_dir_all(&new).map_err(io("remove an unfinished store"))?;
    }
    fs::create_dir_all(&new).map_err(io("make the store's folder"))?;
    let header = Header::new(Kind::Store, key)?;
    let db = open_sled(&files(&new, &header), limit).map_err(Failure::into_error)?;
    let witness = key.seal(WITNESS, b"")?;
    db.insert(WITNESS, witness).and_then(|_| db.flush()).map_err(|error| from_sled("begin the store", error))?;
    drop(db);
    fs::write(new.join("header"), header.bytes).map_err(io("write the store's header"))?;
    sync_all_in(&new).map_err(io("sync the new store"))?;
    let mut named = fs::rename(&new, dir);
    if named.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::DirectoryNotEmpty) {
        set_aside(dir, unix_seconds)?;
        named = fs::rename(&new, dir);
    }
    named.map_err(io("name the new store"))?;
    sync_folder(folder_of(dir)).map_err(io("sync the profile's folder"))
}

/// sled, opened in a thread: damaged files have made it panic, and run without end.
fn open_sled(dir: &Path, limit: Duration) -> Result<sled::Db, Failure> {
    // Every commit flushes, and tidies as it goes (a file rewritten fifteen times over stayed at 2.2 times its content), so
    // no thread need wake for it; nor can dropping the database then wait for a thread that died.
    let config = sled::Config::new().path(dir).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    let (answer, answered) = mpsc::channel();
    thread::Builder::new()
        .name("store-open".into())
        .spawn(move || {
            let opened = panic::catch_unwind(AssertUnwindSafe(|| config.open()));
            // Nobody waits any more: then the database closes here.
            answer.send(opened).ok();
        })
        .map_err(|error| Failure::Leave(StoreError::io("start a thread")(error)))?;
    match answered.recv_timeout(limit) {
        Ok(Ok(Ok(db))) => Ok(db),
        Ok(Ok(Err(error))) => Err(Failure::of_sled(from_sled("open", error))),
        Ok(Err(_)) => Err(Failure::SetAside("opening it panicked".into())),
        Err(_) => Err(Failure::SetAside("opening it took too long".into())),
    }
}

/// sled locks its file, and says no word by which to know that another has it.
fn wait_until_free(file: &File) -> Result<(), Failure> {
    let begun = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => {
                return file.unlock().map_err(|error| Failure::of("unlock the store", error));
            }
            Err(TryLockError::WouldBlock) if begun.elapsed() < RELEASE_MAX => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(TryLockError::WouldBlock) => return Err(Failure::Leave(StoreError::InUse)),
            Err(TryLockError::Error(error)) => return Err(Failure::of("lock the store", error)),
        }
    }
}

impl Failure {
    /// A disk that is full or not ours says nothing about the bytes on it; setting them aside would not help.
    fn of(what: &'static str, error: io::Error) -> Self {
        use io::ErrorKind::{
            Interrupted, OutOfMemory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, ResourceBusy, StorageFull,
        };
        let elsewhere =
            [Interrupted, OutOfMemory, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, ResourceBusy, StorageFull];
        if elsewhere.contains(&error.kind()) {
            Self::Leave(StoreError::io(what)(error))
        } else {
            Self::SetAside(format!("{what}: {error}"))
        }
    }

    fn of_sled(error: StoreError) -> Self {
        match error {
            StoreError::Io { what, source } => Self::of(what, source),
            other => Self::SetAside(other.to_string()),
        }
    }

    fn into_error(self) -> StoreError {
        match self {
            Self::Leave(error) => error,
            Self::SetAside(why) => StoreError::Damaged(why),
        }
    }
}

/// Renames the folder to the first free of `….bad-<unix_seconds>`, `….bad-<unix_seconds>-2`, ….
fn set_aside(dir: &Path, unix_seconds: u64) -> Result<PathBuf, StoreError> {
    let first = beside(dir, &format!(".bad-{unix_seconds}"));
    let mut aside = first.clone();
    let mut number = 1;
    while aside.exists() {
        number += 1;
        aside = beside(&first, &format!("-{number}"));
    }
    fs::rename(dir, &aside)
        .and_then(|()| sync_folder(folder_of(dir)))
        .map_err(StoreError::io("set the damaged store aside"))?;
    Ok(aside)
}

fn sync_all_in(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_all_in(&entry.path())?;
        } else {
            fs::OpenOptions::new().write(true).open(entry.path())?.sync_all()?;
        }
    }
    sync_folder(folder)
}

pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    crate::disk::Disk::sync_folder(&crate::disk::RealDisk, folder)
}
