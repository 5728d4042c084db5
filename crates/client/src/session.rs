//! Who is signed in on this profile, and where: kept sealed, beside the store, so that it outlives a damaged one.

use crate::pin::Server;
use folkmoot_model::event::{decode, encode};
use folkmoot_model::id::{DeviceId, PersonId};
use folkmoot_store::{Key, SealedFile, StoreError};
use minicbor::{Decode, Encode};
use std::path::Path;

/// The name of the refresh token among the secrets.
pub const REFRESH: &str = "refresh";

/// The name of what proves to the server that the session's person used this device before. It outlives signing out.
pub const KNOWN_DEVICE: &str = "known device";

/// An account on this profile.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Session {
    /// Its server.
    #[n(0)]
    pub server: Server,
    /// The person.
    #[n(1)]
    pub person: PersonId,
    /// This profile as the server knows it.
    #[n(2)]
    pub device: DeviceId,
    /// The name that they sign in with.
    #[n(3)]
    pub name: String,
    /// Signed out: what is held can be read, nothing is sent.
    #[n(4)]
    pub signed_out: bool,
}

/// The file that keeps the session.
pub struct SessionFile(SealedFile);

impl SessionFile {
    /// That of the profile in `dir`.
    pub fn of(dir: &Path) -> Self {
        Self(SealedFile::new(&dir.join("session.sealed")))
    }

    /// The session; `None` if nobody has signed in yet. Fails as [`SealedFile::read`], and with
    /// [`StoreError::Damaged`] if it cannot be understood.
    pub fn read(&self, key: &Key) -> Result<Option<Session>, StoreError> {
        let Some(bytes) = self.0.read(key)? else { return Ok(None) };
        decode(&bytes).map(Some).ok_or_else(|| StoreError::Damaged("the session cannot be read".into()))
    }

    /// Keeps it. Fails as [`SealedFile::write`].
    pub fn write(&self, key: &Key, session: &Session) -> Result<(), StoreError> {
        self.0.write(key, &encode(session))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use folkmoot_wire::link::KeyHash;

    #[test]
    fn a_session_is_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let (file, key) = (SessionFile::of(dir.path()), Key::generate().unwrap());
        assert_eq!(file.read(&key).unwrap(), None);
        let session = Session {
            server: Server::new("moot.example:4433", KeyHash::of(b"key")),
            person: PersonId([1; 16]),
            device: DeviceId([2; 16]),
            name: "Ana".into(),
            signed_out: false,
        };
        file.write(&key, &session).unwrap();
        assert_eq!(file.read(&key).unwrap(), Some(session));
    }
}
