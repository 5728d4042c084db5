//! A first run that has begun: by which links, on which devices, and whether this computer hosts what they lead to. Kept
//! sealed before the server is asked, so that whoever tries again after a failure goes on with the same space and the same
//! person.

use folkmoot_model::event::{decode, encode};
use folkmoot_model::id::DeviceId;
use folkmoot_store::{Key, SealedFile, StoreError};
use folkmoot_wire::link::Link;
use minicbor::{Decode, Encode};
use std::path::Path;

/// How many are remembered: somebody who was sent several links, and tries one after the other.
pub const BEGUN_MAX: usize = 8;

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
    /// Under which name, where the server may have made that account.
    #[n(3)]
    pub name: Option<String>,
}

impl Begun {
    /// Was it begun by this link, at whichever address its server was then?
    pub fn is_by(&self, link: &Link) -> bool {
        let invitation = |link: &Link| match link {
            Link::Join { code, key, .. } => Some((code.clone(), *key)),
            Link::Place { .. } => None,
        };
        self.link.parse().is_ok_and(|own| invitation(&own).is_some_and(|own| invitation(link) == Some(own)))
    }
}

/// The file that keeps it.
pub struct BegunFile(SealedFile);

impl BegunFile {
    /// That of the profile in `dir`.
    pub fn of(dir: &Path) -> Self {
        Self(SealedFile::new(&dir.join("begun.sealed")))
    }

    /// What was begun, the oldest first. Fails as [`SealedFile::read`].
    pub fn read(&self, key: &Key) -> Result<Vec<Begun>, StoreError> {
        Ok(self.0.read(key)?.and_then(|bytes| decode(&bytes)).unwrap_or_default())
    }

    /// Keeps it. Fails as [`SealedFile::write`].
    pub fn write(&self, key: &Key, begun: &[Begun]) -> Result<(), StoreError> {
        self.0.write(key, &encode(&begun))
    }

    /// Forgets it; none is no error. Fails as [`SealedFile::remove`].
    pub fn forget(&self) -> Result<(), StoreError> {
        self.0.remove()
    }
}
