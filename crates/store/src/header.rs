//! The first 48 bytes of every file of ours: what it is, in which format, under which key, and a salt.
//!
//! Magic (8) · format u32 LE · key id (16) · salt (16) · crc32c u32 LE of all before. Every later format keeps this
//! shape, so that an older app can tell a newer file from a damaged one.

use crate::StoreError;
use crate::key::{Key, KeyId};

/// Bytes of a header.
pub(crate) const HEADER_BYTES: usize = 48;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Store,
    Journal,
    SealedFile,
    PassphraseFile,
}

impl Kind {
    fn magic(self) -> &'static [u8; 8] {
        match self {
            Self::Store => b"FKMTstor",
            Self::Journal => b"FKMTjrnl",
            Self::SealedFile => b"FKMTfile",
            Self::PassphraseFile => b"FKMTpass",
        }
    }

    /// The newest format that is understood.
    pub(crate) fn format(self) -> u32 {
        1
    }
}

/// A header as it stands in the file. The salt makes the headers of two files differ, and so, since the header is part
/// of what seals are bound to, what is in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) bytes: [u8; HEADER_BYTES],
}

impl Header {
    /// For a new file. Fails with [`StoreError::Randomness`].
    pub(crate) fn new(kind: Kind, key: &Key) -> Result<Self, StoreError> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt)?;
        Ok(Self::of(kind, kind.format(), key.id(), salt))
    }

    pub(crate) fn of(kind: Kind, format: u32, key: KeyId, salt: [u8; 16]) -> Self {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(kind.magic());
        bytes[8..12].copy_from_slice(&format.to_le_bytes());
        bytes[12..28].copy_from_slice(&key.0);
        bytes[28..44].copy_from_slice(&salt);
        let crc = crc32c::crc32c(&bytes[..44]);
        bytes[44..].copy_from_slice(&crc.to_le_bytes());
        Self { bytes }
    }

    /// What was drawn for this file alone.
    pub(crate) fn salt(&self) -> &[u8] {
        &self.bytes[28..44]
    }

    /// The header that `file` begins with; None if there is none of this kind, intact.
    pub(crate) fn find(kind: Kind, file: &[u8]) -> Option<Self> {
        let bytes: [u8; HEADER_BYTES] = *file.first_chunk()?;
        let intact = bytes[44..] == crc32c::crc32c(&bytes[..44]).to_le_bytes();
        (intact && bytes[..8] == *kind.magic()).then_some(Self { bytes })
    }

    /// Whether this app, with this key, may read on: [`StoreError::Newer`] or [`StoreError::Locked`] if not.
    pub(crate) fn admit(&self, kind: Kind, key: &Key) -> Result<(), StoreError> {
        self.admit_format(kind)?;
        if self.bytes[12..28] == key.id().0 { Ok(()) } else { Err(StoreError::Locked) }
    }

    /// Whether this app may read on, [`StoreError::Newer`] if not.
    pub(crate) fn admit_format(&self, kind: Kind) -> Result<(), StoreError> {
        let mut format = [0; 4];
        format.copy_from_slice(&self.bytes[8..12]);
        let (found, known) = (u32::from_le_bytes(format), kind.format());
        if found > known { Err(StoreError::Newer { found, known }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_tells_damaged_from_newer_from_locked() {
        let key = Key::generate().unwrap();
        let header = Header::new(Kind::Journal, &key).unwrap();
        assert_eq!(Header::find(Kind::Journal, &header.bytes), Some(header));
        assert_eq!(Header::find(Kind::Store, &header.bytes), None);
        header.admit(Kind::Journal, &key).unwrap();
        let other = header.admit(Kind::Journal, &Key::generate().unwrap());
        assert!(matches!(other, Err(StoreError::Locked)));
        let newer = Header::of(Kind::Journal, 2, key.id(), [0; 16]).admit(Kind::Journal, &key);
        assert!(matches!(newer, Err(StoreError::Newer { found: 2, known: 1 })));
        for at in 0..HEADER_BYTES {
            let mut damaged = header.bytes;
            damaged[at] ^= 1;
            assert_eq!(Header::find(Kind::Journal, &damaged), None);
        }
    }
}
