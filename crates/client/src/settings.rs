//! What the person chose for this device alone: kept sealed beside the session, so that it outlives a damaged store.

use folkmoot_model::event::{decode, encode};
use folkmoot_store::{Key, SealedFile, StoreError};
use minicbor::{Decode, Encode};
use std::path::Path;

/// The choices. Each is optional, so that later ones can be added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Settings {
    /// No notifications before this time, Unix milliseconds.
    #[n(0)]
    pub paused_until_ms: Option<u64>,
}

/// The file that keeps them.
pub struct SettingsFile(SealedFile);

impl SettingsFile {
    /// That of the profile in `dir`.
    pub fn of(dir: &Path) -> Self {
        Self(SealedFile::new(&dir.join("settings.sealed")))
    }

    /// The choices; none where there is no file, or one that cannot be read: the app works without them.
    pub fn read(&self, key: &Key) -> Settings {
        match self.0.read(key) {
            Ok(bytes) => bytes.and_then(|bytes| decode(&bytes)).unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, "the settings of this device cannot be read");
                Settings::default()
            }
        }
    }

    /// Keeps them. Fails as [`SealedFile::write`].
    pub fn write(&self, key: &Key, settings: &Settings) -> Result<(), StoreError> {
        self.0.write(key, &encode(settings))
    }
}
