//! A small secret in a file of its own, e.g. the session where there is no keyring. Not for anything that grows.

use crate::disk::{self, Disk, RealDisk};
use crate::header::{HEADER_BYTES, Header, Kind};
use crate::{Key, StoreError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that is replaced as a whole: header · sealed content, bound to header and file name.
pub struct SealedFile {
    disk: Arc<dyn Disk>,
    path: PathBuf,
}

impl SealedFile {
    /// The file of this name, which need not exist.
    pub fn new(path: &Path) -> Self {
        Self::on(Arc::new(RealDisk), path)
    }

    /// The same on another disk.
    pub fn on(disk: Arc<dyn Disk>, path: &Path) -> Self {
        Self { disk, path: path.to_owned() }
    }

    /// Puts `content` there, all or nothing; a power cut after it returns does not take it away. Fails with
    /// [`StoreError::Io`] or [`StoreError::Randomness`]; what was there before stays unless only the very last step
    /// failed.
    pub fn write(&self, key: &Key, content: &[u8]) -> Result<(), StoreError> {
        let header = Header::new(Kind::SealedFile, key)?;
        let sealed = key.seal(&self.place(&header), content)?;
        disk::write_whole(&*self.disk, &self.path, &[header.bytes.as_slice(), &sealed].concat())
            .map_err(StoreError::io("write a sealed file"))
    }

    /// What was written last; None if there is no file. Fails with [`StoreError::Locked`], [`StoreError::Newer`],
    /// [`StoreError::Damaged`] or [`StoreError::Io`], and changes nothing.
    pub fn read(&self, key: &Key) -> Result<Option<Vec<u8>>, StoreError> {
        let bytes = match self.disk.read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("read a sealed file")(error)),
        };
        let header = Header::find(Kind::SealedFile, &bytes)
            .ok_or_else(|| StoreError::Damaged("a sealed file does not begin as one".into()))?;
        header.admit(Kind::SealedFile, key)?;
        key.open(&self.place(&header), &bytes[HEADER_BYTES..]).map(Some)
    }

    /// Removes it; no file is no error. The bytes may stay readable on the disk, sealed.
    pub fn remove(&self) -> Result<(), StoreError> {
        match self.disk.remove(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed
                .and_then(|()| self.disk.sync_folder(disk::folder_of(&self.path)))
                .map_err(StoreError::io("remove a sealed file")),
        }
    }

    fn place(&self, header: &Header) -> Vec<u8> {
        let name = self.path.file_name().unwrap_or_default();
        [header.bytes.as_slice(), name.as_encoded_bytes()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SimDisk;

    #[test]
    fn a_sealed_file_holds_what_was_written_last_and_only_for_its_key_and_name() {
        let dir = tempfile::tempdir().unwrap();
        let (key, path) = (Key::generate().unwrap(), dir.path().join("session"));
        let file = SealedFile::new(&path);
        assert_eq!(file.read(&key).unwrap(), None);
        file.write(&key, b"one").unwrap();
        file.write(&key, b"two").unwrap();
        assert_eq!(file.read(&key).unwrap().as_deref(), Some(b"two".as_slice()));
        assert!(matches!(file.read(&Key::generate().unwrap()), Err(StoreError::Locked)));

        let moved = dir.path().join("another");
        std::fs::copy(&path, &moved).unwrap();
        assert!(matches!(SealedFile::new(&moved).read(&key), Err(StoreError::Damaged(_))));
        file.remove().unwrap();
        file.remove().unwrap();
        assert_eq!(file.read(&key).unwrap(), None);
    }

    #[test]
    fn a_power_cut_at_any_step_leaves_the_old_content_or_the_new() {
        let key = Key::generate().unwrap();
        for steps in 0..8 {
            for seed in 0..20 {
                let disk = SimDisk::new();
                let file = SealedFile::on(Arc::new(disk.clone()), Path::new("/profile/session"));
                file.write(&key, b"old").unwrap();
                disk.cut_power_after(steps);
                let written = file.write(&key, b"new");
                disk.restart(seed);
                let read = file.read(&key).unwrap().unwrap();
                assert!(read == b"new" || (written.is_err() && read == b"old"), "steps {steps}, seed {seed}");
            }
        }
    }
}
