//! The key of a profile, and sealing with it. Where the key lies (OS keyring, passphrase file) is not decided here.

use crate::StoreError;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

const NONCE_BYTES: usize = 24;
/// What sealing adds: nonce and tag.
pub(crate) const SEAL_BYTES: usize = NONCE_BYTES + 16;

/// 32 secret bytes that everything of a profile is sealed with. Wiped when dropped; printed as its id.
#[derive(Clone, PartialEq, Eq)]
pub struct Key([u8; 32]);

/// Which key: a hash of it, safe to show and to keep in the open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId(pub [u8; 16]);

/// The bytes were not sealed with this key for this place, or are damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotAuthentic;

impl Key {
    /// A new random key. Fails with [`StoreError::Randomness`].
    pub fn generate() -> Result<Self, StoreError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut())?;
        Ok(Self(*bytes))
    }

    /// The key of these bytes, e.g. from a keyring.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The secret itself, to be put into a keyring and nowhere else.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Its name.
    pub fn id(&self) -> KeyId {
        let hash = blake3::derive_key("folkmoot key id", &self.0);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        KeyId(id)
    }

    /// Random nonce (24 bytes), ciphertext, tag (16 bytes): XChaCha20-Poly1305, whose nonces are long enough to be
    /// random. `place` is authenticated but not kept: opening needs the same. Begin it with something that no other kind
    /// of place begins with. Fails with [`StoreError::Randomness`].
    pub fn seal(&self, place: &[u8], plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce)?;
        let sealed = self
            .cipher()
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: place })
            .expect("only a message over 256 GiB cannot be sealed");
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// What was sealed for `place`. Fails with [`StoreError::Damaged`] if the bytes were not sealed by this key for this
    /// place, or have changed since.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.unseal(place, sealed).map_err(|NotAuthentic| StoreError::Damaged("a sealed value is not authentic".into()))
    }

    pub(crate) fn unseal(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, NotAuthentic> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or(NotAuthentic)?;
        self.cipher().decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: place }).map_err(|_| NotAuthentic)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&self.0).into())
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_its_key_in_its_place_alone() {
        let key = Key::generate().unwrap();
        let sealed = key.seal(b"here", b"secret").unwrap();
        assert_eq!(sealed.len(), b"secret".len() + SEAL_BYTES);
        assert_eq!(key.open(b"here", &sealed).unwrap(), b"secret");
        assert_eq!(key.unseal(b"there", &sealed), Err(NotAuthentic));
        assert_eq!(Key::generate().unwrap().unseal(b"here", &sealed), Err(NotAuthentic));
        for cut in 0..sealed.len() {
            assert_eq!(key.unseal(b"here", &sealed[..cut]), Err(NotAuthentic));
        }
    }

    #[test]
    fn a_key_prints_its_name_and_no_secret() {
        let key = Key::from_bytes([0xab; 32]);
        assert_eq!(format!("{key:?}"), format!("Key({})", key.id()));
        assert!(!format!("{key:?}").contains("abab"));
    }
}
