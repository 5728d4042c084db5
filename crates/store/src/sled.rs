//! The store on disk: one sled tree, sealed values, keys in the open.
//!
//! Opening, and setting aside what does not open, is in `open`. sled's own `flush` reaches the operating system, so that
//! a killed process loses nothing, but not the disk; [`Store::sync`] does the rest on handles of ours. After a power cut
//! sled may open and then panic at a page that it does not find: that is damage, like any other.

mod open;
#[cfg(test)]
mod tests;

use crate::store::{Batch, Rows, Store, place};
use crate::{Key, StoreError};
use folkmoot_model::id::StreamId;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::mpsc;
use std::thread;

pub use open::Opened;

/// A device's cache of the server, in a folder. Opened by [`SledStore::open`].
pub struct SledStore {
    key: Key,
    /// None only while it is dropped.
    db: Option<sled::Db>,
    /// The folder of sled's files.
    dir: PathBuf,
    /// Our handle to sled's one file.
    file: File,
    /// Values of more than 128 KiB lie in files of their own, which sled does not sync. These are.
    synced_blobs: BTreeSet<OsString>,
    poisoned: bool,
}

impl Store for SledStore {
    fn row(&self, stream: StreamId, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(&place::row(stream, key))
    }

    fn rows(&self, stream: StreamId, from: &[u8], to: &[u8], rev: bool, limit: usize) -> Result<Rows, StoreError> {
        match place::rows(stream, from, to) {
            Some(range) => self.range(range, place::ROW_PREFIX_BYTES, rev, limit),
            None => Ok(Rows::new()),
        }
    }

    fn meta(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.get(&place::meta(key))
    }

    fn metas(&self, prefix: &[u8]) -> Result<Rows, StoreError> {
        self.range(place::metas(prefix), 1, false, usize::MAX)
    }

    fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        if batch.is_empty() {
            return self.db().map(drop);
        }
        let changes = self.changes(batch)?;
        let db = self.db()?;
        // A batch that failed halfway may show in part until the store is opened again, and is then undone.
        let commit = || db.apply_batch(changes).and_then(|()| db.flush()).map_err(|error| from_sled("commit", error));
        guarded("commit", commit).map(drop).inspect_err(|_| self.poisoned = true)
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        let db = self.db()?;
        guarded("flush", || db.flush().map_err(|error| from_sled("flush", error)))?;
        self.sync_files().map_err(StoreError::io("sync the store"))
    }
}

impl SledStore {
    fn db(&self) -> Result<&sled::Db, StoreError> {
        match &self.db {
            Some(db) if !self.poisoned => Ok(db),
            _ => Err(StoreError::Poisoned),
        }
    }

    fn get(&self, place: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let db = self.db()?;
        let sealed = guarded("read", || db.get(place).map_err(|error| from_sled("read", error)))?;
        sealed.map(|sealed| self.key.open(place, &sealed)).transpose()
    }

    /// Keys are returned without their first `skip` bytes.
    fn range(&self, range: Range<Vec<u8>>, skip: usize, rev: bool, limit: usize) -> Result<Rows, StoreError> {
        let open = |found: sled::Result<(sled::IVec, sled::IVec)>| {
            let (place, sealed) = found.map_err(|error| from_sled("read", error))?;
            Ok((place[skip..].to_vec(), self.key.open(&place, &sealed)?))
        };
        let db = self.db()?;
        guarded("read", || {
            let found = db.range(range);
            if rev { found.rev().take(limit).map(open).collect() } else { found.take(limit).map(open).collect() }
        })
    }

    fn changes(&self, batch: Batch) -> Result<sled::Batch, StoreError> {
        let mut changes = sled::Batch::default();
        let db = self.db()?;
        for stream in batch.clear {
            let places = || db.scan_prefix(place::row(stream, b"")).keys().collect::<Result<Vec<_>, _>>();
            for place in guarded("read", || places().map_err(|error| from_sled("read", error)))? {
                changes.remove(place);
            }
        }
        let rows = batch.rows.into_iter().map(|(stream, key, value)| (place::row(stream, &key), value));
        let metas = batch.metas.into_iter().map(|(key, value)| (place::meta(&key), value));
        for (place, value) in rows.chain(metas) {
            match value {
                Some(value) => {
                    let sealed = self.key.seal(&place, &value)?;
                    changes.insert(place, sealed);
                }
                None => changes.remove(place),
            }
        }
        Ok(changes)
    }

    /// Large values before the file that points to them.
    fn sync_files(&mut self) -> std::io::Result<()> {
        let folder = self.dir.join("blobs");
        let mut blobs = BTreeSet::new();
        for blob in fs::read_dir(&folder)? {
            let name = blob?.file_name();
            if !self.synced_blobs.contains(&name) {
                match fs::OpenOptions::new().write(true).open(folder.join(&name)) {
                    Ok(blob) => blob.sync_all()?,
                    // sled removed it in the meantime.
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                    Err(error) => return Err(error),
                }
            }
            blobs.insert(name);
        }
        if blobs != self.synced_blobs {
            open::sync_folder(&folder)?;
            self.synced_blobs = blobs;
        }
        self.file.sync_data()
    }
}

impl Drop for SledStore {
    /// sled waits for its threads without bound; the app must end all the same.
    fn drop(&mut self) {
        let db = self.db.take();
        let (done, ended) = mpsc::channel();
        let closing = thread::Builder::new().name("store-close".into()).spawn(move || {
            drop(db);
            done.send(()).ok();
        });
        if closing.is_err() || ended.recv_timeout(crate::limits::OPEN_MAX).is_err() {
            tracing::warn!("the store did not close in time");
        }
    }
}

/// Does it, with a panic of sled as damage.
fn guarded<T>(what: &'static str, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let panicked = |_| Err(StoreError::Damaged(format!("{what}: sled panicked")));
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(panicked)
}

/// What sled's error means to us.
fn from_sled(what: &'static str, error: sled::Error) -> StoreError {
    match error {
        sled::Error::Io(source) => StoreError::Io { what, source },
        other => StoreError::Damaged(format!("{what}: {other}")),
    }
}
