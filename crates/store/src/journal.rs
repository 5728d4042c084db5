//! What is ours and not yet the server's: outbox, drafts, unsent document updates. Append-only, synced, sealed.
//!
//! Knows payloads, not what they mean; who replays them knows each by its id, so that one too many does no harm.

mod frame;
#[cfg(test)]
mod tests;

use crate::disk::{self, Disk, File, RealDisk};
use crate::header::{Header, Kind};
use crate::{Key, StoreError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open journal. One per file; the profile's lock sees to that.
pub struct Journal {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    key: Key,
    header: Header,
    file: Box<dyn File>,
    /// Frames in the file: the next one's index.
    frames: u64,
    /// Bytes of the file that were synced.
    good_bytes: u64,
    poisoned: bool,
}

/// What opening a journal found amiss. All zero and None for a clean end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Torn {
    /// Bytes cut off at the end: the rest of an append that never returned. Nothing acknowledged.
    pub tail_bytes: u64,
    /// Bytes that were unreadable although intact frames follow them, or although their checksum holds, or because the
    /// header is lost: what was acknowledged may be missing, and the person is to be told.
    pub bad_bytes: u64,
    /// Frames missing before the last intact one.
    pub lost_frames: u64,
    /// The file as it was found, kept beside the journal if there was such damage.
    pub kept: Option<PathBuf>,
}

impl Journal {
    /// Opens the journal of this path, or begins it, and returns it with all payloads in order, synced. A torn tail is cut
    /// off; after damage in the middle the file is kept as `….bad-<n>` and every frame that still authenticates goes into
    /// a new one. Fails with [`StoreError::Locked`] or [`StoreError::Newer`], having touched nothing, or with
    /// [`StoreError::Io`].
    pub fn open(path: &Path, key: &Key) -> Result<(Self, Vec<Vec<u8>>, Torn), StoreError> {
        Self::open_on(Arc::new(RealDisk), path, key)
    }

    /// The same on another disk.
    pub fn open_on(disk: Arc<dyn Disk>, path: &Path, key: &Key) -> Result<(Self, Vec<Vec<u8>>, Torn), StoreError> {
        let bytes = match disk.read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok((Self::begin(disk, path, key, &[])?, Vec::new(), Torn::default()));
            }
            Err(error) => return Err(StoreError::io("read the journal")(error)),
        };
        let Some(header) = frame::find_header(&bytes) else {
            // Without a header nothing authenticates.
            let torn = Torn { bad_bytes: bytes.len() as u64, ..Torn::default() };
            return Self::begin_again(disk, path, key, Vec::new(), torn);
        };
        header.admit(Kind::Journal, key)?;
        let read = frame::read(&bytes, key, &header);
        let tail_bytes = bytes.len() - read.end;
        let (tail_bytes, bad_bytes) =
            if read.foreign { (0, read.bad_bytes + tail_bytes) } else { (tail_bytes, read.bad_bytes) };
        // What is cut within its headers was cut by a stranger, and frames appended there would never be looked for.
        let bad_bytes = if bytes.len() < frame::HEADERS_BYTES { bytes.len() } else { bad_bytes };
        let torn = Torn {
            tail_bytes: tail_bytes as u64,
            bad_bytes: bad_bytes as u64,
            lost_frames: read.next_index - read.payloads.len() as u64,
            kept: None,
        };
        if torn.bad_bytes > 0 {
            return Self::begin_again(disk, path, key, read.payloads, torn);
        }
        let mut file = disk.open(path).map_err(StoreError::io("open the journal"))?;
        if torn.tail_bytes > 0 {
            file.truncate(read.end as u64).map_err(StoreError::io("cut the torn end of the journal"))?;
        }
        // The process before may have been killed between writing and syncing: what is returned here must stay.
        file.sync_data()
            .and_then(|()| disk.sync_folder(disk::folder_of(path)))
            .map_err(StoreError::io("sync the journal"))?;
        let journal = Self {
            disk,
            path: path.to_owned(),
            key: key.clone(),
            header,
            file,
            frames: read.next_index,
            good_bytes: read.end as u64,
            poisoned: false,
        };
        Ok((journal, read.payloads, torn))
    }

    /// Adds a payload. When it returns that survives a power cut; before, one leaves all of it or nothing. What is to be
    /// there together, or with one sync, is one payload: of two frames in one write a power cut could leave the second.
    ///
    /// Fails with [`StoreError::TooLarge`], [`StoreError::Randomness`] or [`StoreError::Io`] (e.g. a full disk), and then
    /// the journal is as it was; if not even that could be brought about, it is poisoned: this and every later call fails.
    pub fn append(&mut self, payload: &[u8]) -> Result<(), StoreError> {
        self.whole()?;
        let mut bytes = Vec::new();
        frame::write(&mut bytes, &self.key, &self.header, self.frames, &[payload])?;
        if let Err(error) = self.file.write_all_at_end(&bytes).and_then(|()| self.file.sync_data()) {
            let undone = self.file.truncate(self.good_bytes).and_then(|()| self.file.sync_data());
            if let Err(undo) = undone {
                tracing::error!(%error, %undo, "the journal takes nothing more until it is opened again");
                self.poisoned = true;
            }
            return Err(StoreError::io("append to the journal")(error));
        }
        self.frames += 1;
        self.good_bytes += bytes.len() as u64;
        Ok(())
    }

    /// Replaces everything by these payloads: compaction, once the store is synced. All or nothing, also in a power cut.
    /// Fails like [`Journal::append`]; poisoned if only the last step, syncing the folder, failed.
    pub fn rewrite(&mut self, payloads: &[&[u8]]) -> Result<(), StoreError> {
        self.whole()?;
        let (header, bytes) = contents(&self.key, payloads)?;
        let temporary = disk::beside(&self.path, ".tmp");
        let mut written = self.disk.create(&temporary).map_err(StoreError::io("begin a new journal"))?;
        written
            .write_all_at_end(&bytes)
            .and_then(|()| written.sync_data())
            .and_then(|()| self.disk.rename(&temporary, &self.path))
            .map_err(|error| {
                if let Err(left) = self.disk.remove(&temporary) {
                    tracing::debug!(%left, "the unfinished journal stays until the next rewrite");
                }
                StoreError::io("rewrite the journal")(error)
            })?;
        (self.header, self.file) = (header, written);
        (self.frames, self.good_bytes) = (payloads.len() as u64, bytes.len() as u64);
        // Until the folder is synced a power cut brings back the old file, without what would be appended to this one.
        self.disk.sync_folder(disk::folder_of(&self.path)).map_err(|error| {
            self.poisoned = true;
            StoreError::io("sync the journal's folder")(error)
        })
    }

    /// Bytes of the file: when to rewrite it.
    pub fn len_bytes(&self) -> u64 {
        self.good_bytes
    }

    /// Whether an earlier failure could not be undone, so that it must be opened again.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }

    fn begin(disk: Arc<dyn Disk>, path: &Path, key: &Key, payloads: &[&[u8]]) -> Result<Self, StoreError> {
        let (header, bytes) = contents(key, payloads)?;
        disk::write_whole(&*disk, path, &bytes).map_err(StoreError::io("begin the journal"))?;
        let file = disk.open(path).map_err(StoreError::io("open the journal"))?;
        Ok(Self {
            disk,
            path: path.to_owned(),
            key: key.clone(),
            header,
            file,
            frames: payloads.len() as u64,
            good_bytes: bytes.len() as u64,
            poisoned: false,
        })
    }

    fn begin_again(
        disk: Arc<dyn Disk>,
        path: &Path,
        key: &Key,
        payloads: Vec<Vec<u8>>,
        torn: Torn,
    ) -> Result<(Self, Vec<Vec<u8>>, Torn), StoreError> {
        let kept = keep(&*disk, path).map_err(StoreError::io("keep the damaged journal"))?;
        let bare: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
        let journal = Self::begin(disk, path, key, &bare)?;
        tracing::warn!(?torn, kept = %kept.display(), "the journal was damaged");
        Ok((journal, payloads, Torn { kept: Some(kept), ..torn }))
    }

    fn whole(&self) -> Result<(), StoreError> {
        if self.poisoned { Err(StoreError::Poisoned) } else { Ok(()) }
    }
}

fn contents(key: &Key, payloads: &[&[u8]]) -> Result<(Header, Vec<u8>), StoreError> {
    let header = Header::new(Kind::Journal, key)?;
    let mut bytes = frame::headers(&header);
    frame::write(&mut bytes, key, &header, 0, payloads)?;
    Ok((header, bytes))
}

/// Keeps the file under the first free name `….bad-<n>`, from 1.
fn keep(disk: &dyn Disk, path: &Path) -> io::Result<PathBuf> {
    for number in 1.. {
        let kept = disk::beside(path, &format!(".bad-{number}"));
        match disk.keep_as(path, &kept) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            done => {
                return done.and_then(|()| disk.sync_folder(disk::folder_of(path))).map(|()| kept);
            }
        }
    }
    unreachable!("some number is free")
}
