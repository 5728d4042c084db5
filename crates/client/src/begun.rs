//! A first run that has begun: by which link, on which device, and whether this computer hosts what it leads to. Kept sealed
//! before the server is asked, so that whoever tries again after a failure goes on with the same space and the same person.

use folkmoot_model::event::{decode, encode};
use folkmoot_model::id::DeviceId;
use folkmoot_store::{Key, SealedFile, StoreError};
use minicbor::{Decode, Encode};
use std::path::Path;

/// What was begun.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Begun {
    /// The join link.
    #[n(0)]
    pub link: String,
    /// The device that joins by it: by the same one the server knows an attempt again.
    #[n(1)]
    pub device: DeviceId,
    /// Does this computer host the space, which was made for this?
    #[n(2)]
    pub hosted: bool,
}

/// The file that keeps it.
pub struct BegunFile(SealedFile);

impl BegunFile {
    /// That of the profile in `dir`.
    pub fn of(dir: &Path) -> Self {
        Self(SealedFile::new(&dir.join("begun.sealed")))
    }

    /// What was begun, if anything was. Fails as [`SealedFile::read`].
    pub fn read(&self, key: &Key) -> Result<Option<Begun>, StoreError> {
        Ok(self.0.read(key)?.and_then(|bytes| decode(&bytes)))
    }

    /// Keeps it. Fails as [`SealedFile::write`].
    pub fn write(&self, key: &Key, begun: &Begun) -> Result<(), StoreError> {
        self.0.write(key, &encode(begun))
    }

    /// Forgets it; none is no error. Fails as [`SealedFile::remove`].
    pub fn forget(&self) -> Result<(), StoreError> {
        self.0.remove()
    }
}
