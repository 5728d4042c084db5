//! The key behind a passphrase, for a machine without a keyring: `key.sealed`.
//!
//! Header (its salt is Argon2's) · memory KiB, passes, lanes as u32 LE · the sealed key · crc32c of all before, which
//! tells a damaged file from a wrong passphrase. The passphrase is taken byte for byte: no Unicode normalisation.

use crate::disk::{self, Disk, RealDisk};
use crate::header::{HEADER_BYTES, Header, Kind};
use crate::key::{NotAuthentic, SEAL_BYTES};
use crate::limits::{ARGON2_LANES, ARGON2_MEMORY_KIB, ARGON2_MEMORY_KIB_MAX, ARGON2_PASSES, ARGON2_PASSES_MAX};
use crate::{Key, StoreError};
use argon2::{Algorithm, Argon2, Params, Version};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const PARAMS_BYTES: usize = 12;
const KEY_AT: usize = HEADER_BYTES + PARAMS_BYTES;
const CRC_AT: usize = KEY_AT + 32 + SEAL_BYTES;
const FILE_BYTES: usize = CRC_AT + 4;

/// A file that gives the key to whoever knows the passphrase.
#[derive(Debug, Clone)]
pub struct PassphraseFile {
    path: PathBuf,
}

impl PassphraseFile {
    /// The file of this name, which need not exist.
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Whether there is one.
    pub fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Wraps `key` behind the passphrase, in place of what was there: also how a passphrase is changed. Takes about a
    /// second and 64 MiB, by design. Fails with [`StoreError::Io`] or [`StoreError::Randomness`].
    pub fn create(&self, passphrase: &str, key: &Key) -> Result<(), StoreError> {
        let header = Header::new(Kind::PassphraseFile, key)?;
        let mut bytes = header.bytes.to_vec();
        for number in [ARGON2_MEMORY_KIB, ARGON2_PASSES, ARGON2_LANES] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        let wrapping = stretch(passphrase, &bytes)?;
        let sealed = wrapping.seal(&bytes, key.as_bytes())?;
        bytes.extend_from_slice(&sealed);
        bytes.extend_from_slice(&crc32c::crc32c(&bytes).to_le_bytes());
        disk::write_whole(&RealDisk, &self.path, &bytes).map_err(StoreError::io("write the key file"))
    }

    /// The key. Takes as long as `create`. Fails with [`StoreError::WrongPassphrase`], [`StoreError::Damaged`],
    /// [`StoreError::Newer`], or [`StoreError::Io`] (also if there is no file), and changes nothing.
    pub fn unlock(&self, passphrase: &str) -> Result<Key, StoreError> {
        let bytes = RealDisk.read(&self.path).map_err(StoreError::io("read the key file"))?;
        let damaged = || StoreError::Damaged("the key file is not what was written".into());
        Header::find(Kind::PassphraseFile, &bytes).ok_or_else(damaged)?.admit_format(Kind::PassphraseFile)?;
        if bytes.len() != FILE_BYTES || bytes[CRC_AT..] != crc32c::crc32c(&bytes[..CRC_AT]).to_le_bytes() {
            return Err(damaged());
        }
        let wrapping = stretch(passphrase, &bytes[..KEY_AT])?;
        let key = wrapping
            .unseal(&bytes[..KEY_AT], &bytes[KEY_AT..CRC_AT])
            .map_err(|NotAuthentic| StoreError::WrongPassphrase)?;
        let key: Zeroizing<Vec<u8>> = key.into();
        key.as_slice().try_into().map(Key::from_bytes).map_err(|_| damaged())
    }
}

/// Argon2id (RFC 9106) of the passphrase, with the salt and the costs that stand in the beginning of the file.
fn stretch(passphrase: &str, beginning: &[u8]) -> Result<Key, StoreError> {
    let number = |at: usize| {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&beginning[HEADER_BYTES + at..HEADER_BYTES + at + 4]);
        u32::from_le_bytes(bytes)
    };
    let (memory, passes, lanes) = (number(0), number(4), number(8));
    let bad = |_| StoreError::Damaged("the key file asks for costs that cannot be".into());
    if memory > ARGON2_MEMORY_KIB_MAX || passes > ARGON2_PASSES_MAX {
        return Err(bad(argon2::Error::MemoryTooMuch));
    }
    let params = Params::new(memory, passes, lanes, Some(32)).map_err(bad)?;
    let mut stretched = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), &beginning[28..44], stretched.as_mut())
        .map_err(bad)?;
    Ok(Key::from_bytes(*stretched))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_passphrase_gives_back_the_key_and_another_does_not() {
        let dir = tempfile::tempdir().unwrap();
        let file = PassphraseFile::new(&dir.path().join("key.sealed"));
        let key = Key::generate().unwrap();
        assert!(!file.exists());
        assert!(matches!(file.unlock("sesame"), Err(StoreError::Io { .. })));
        file.create("sesame", &key).unwrap();
        assert!(file.exists());
        assert_eq!(file.unlock("sesame").unwrap(), key);
        assert!(matches!(file.unlock("Sesame"), Err(StoreError::WrongPassphrase)));
    }

    #[test]
    fn a_damaged_key_file_is_told_from_a_wrong_passphrase() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.sealed");
        let file = PassphraseFile::new(&path);
        file.create("sesame", &Key::generate().unwrap()).unwrap();
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(whole.len(), FILE_BYTES);
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x40;
            std::fs::write(&path, damaged).unwrap();
            assert!(matches!(file.unlock("sesame"), Err(StoreError::Damaged(_))), "byte {at}");
        }
        std::fs::write(&path, &whole[..60]).unwrap();
        assert!(matches!(file.unlock("sesame"), Err(StoreError::Damaged(_))));
    }
}
