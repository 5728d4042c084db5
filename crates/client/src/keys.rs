//! Where the secrets of a profile lie: its key, and the refresh token. Three places, never exchanged silently.
//!
//! The kind is chosen once, when the first secret is kept, and written in the open as `secrets`: `keyring ID`,
//! `passphrase` or `file`. A profile whose key is not to be had is locked, never given a new one: a locked keyring
//! answers as an empty one does. What is sealed with the key is the store's matter.

use crate::keychain::{Keychain, KeychainError};
use crate::view::SecretsKept;
use folkmoot_store::{Key, PassphraseFile, SealedFile, StoreError};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// What of secrets could not be done.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// The key is not to be had now: unlock the keyring, or give the passphrase, and try again.
    #[error("locked")]
    Locked,
    /// The passphrase is wrong.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The keyring failed.
    #[error(transparent)]
    Keychain(#[from] KeychainError),
    /// The disk failed, or a file is damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The disk failed.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Where the secrets of a new profile are to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecretsWish {
    /// Behind the passphrase, if there is one; else in the keyring; where there is none in a file, which is then said. A
    /// keyring that cannot be opened or does not answer is no reason for a file: that is for the person to choose.
    #[default]
    Best,
    /// In a file that only this user may read. For tests, and for those who ask for it.
    File,
}

/// A profile's secrets, open.
pub trait Secrets: Send + Sync {
    /// How they are kept: shown to the person.
    fn kept(&self) -> SecretsKept;
    /// The key of the profile.
    fn key(&self) -> &Key;
    /// A small secret by name; `None` if there is none. Fails with [`SecretsError`].
    fn get(&self, name: &'static str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretsError>;
    /// Keeps it in place of the one before, which stays until the new one is safe. Fails with [`SecretsError`].
    fn set(&self, name: &'static str, secret: &[u8]) -> Result<(), SecretsError>;
    /// Forgets it; none is no error. Fails with [`SecretsError`].
    fn forget(&self, name: &'static str) -> Result<(), SecretsError>;
}

/// Opens the secrets of the profile in `dir`, for which a keyring may take so long. `None` if it has none yet. Fails with [`SecretsError::Locked`] if they
/// want a passphrase and none was given, or the keyring does not give the key; otherwise see [`SecretsError`].
pub fn open(
    dir: &Path,
    passphrase: Option<&str>,
    answer_max: Duration,
) -> Result<Option<Arc<dyn Secrets>>, SecretsError> {
    let place = Place(dir);
    let kind = match fs::read_to_string(place.kind()) {
        Ok(kind) => kind,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // A store without the note of where its key lies is never given another key.
            let orphaned = dir.join("store").exists() || dir.join("outbox.journal").exists();
            return if orphaned { Err(SecretsError::Locked) } else { Ok(None) };
        }
        Err(source) => return Err(SecretsError::Io { what: "read where the key lies", source }),
    };
    let secrets: Arc<dyn Secrets> = match kind.trim().split_once(' ').unwrap_or((kind.trim(), "")) {
        ("keyring", profile) => Arc::new(InKeyring::open(profile, answer_max)?),
        ("passphrase", _) => {
            let passphrase = passphrase.ok_or(SecretsError::Locked)?;
            let key = match PassphraseFile::new(&place.sealed_key()).unlock(passphrase) {
                Err(StoreError::WrongPassphrase) => return Err(SecretsError::WrongPassphrase),
                unlocked => unlocked?,
            };
            Arc::new(InFolder { dir: dir.to_owned(), key, kept: SecretsKept::Passphrase })
        }
        ("file", _) => {
            let bytes = fs::read(place.plain_key()).map_err(|_| SecretsError::Locked)?;
            let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| SecretsError::Locked)?;
            Arc::new(InFolder { dir: dir.to_owned(), key: Key::from_bytes(key), kept: SecretsKept::File })
        }
        _ => return Err(SecretsError::Locked),
    };
    Ok(Some(secrets))
}

/// How the secrets of the profile in `dir` are kept, as its note says; `None` if there is none.
pub fn kind(dir: &Path) -> Option<SecretsKept> {
    let note = fs::read_to_string(Place(dir).kind()).ok()?;
    match note.split_whitespace().next()? {
        "keyring" => Some(SecretsKept::Keyring),
        "passphrase" => Some(SecretsKept::Passphrase),
        "file" => Some(SecretsKept::File),
        _ => None,
    }
}

/// A new key that lies where it is to lie, while no note says so yet.
pub struct Made {
    note: String,
    secrets: Arc<dyn Secrets>,
}

impl Made {
    /// Writes the note of where the key of the profile in `dir` lies: it has secrets from then on. Fails with
    /// [`SecretsError::Io`].
    pub fn noted(self, dir: &Path) -> Result<Arc<dyn Secrets>, SecretsError> {
        write_private(&Place(dir).kind(), self.note.as_bytes())?;
        Ok(self.secrets)
    }
}

/// Makes a key for a profile that has none, and keeps it as wished; a keyring may take so long. Fails with
/// [`SecretsError`], and then there is no profile yet.
pub fn make(
    dir: &Path,
    wish: SecretsWish,
    passphrase: Option<&str>,
    answer_max: Duration,
) -> Result<Made, SecretsError> {
    let place = Place(dir);
    let key = Key::generate()?;
    let folder = |kept| InFolder { dir: dir.to_owned(), key: key.clone(), kept };
    let (note, secrets): (String, Arc<dyn Secrets>) = match (wish, passphrase) {
        (SecretsWish::Best, None) if Keychain::available()? => {
            let mut id = [0; 16];
            getrandom::fill(&mut id).map_err(StoreError::from)?;
            let profile: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
            (format!("keyring {profile}"), Arc::new(InKeyring::create(&profile, key.clone(), answer_max)?))
        }
        (SecretsWish::Best, Some(passphrase)) => {
            PassphraseFile::new(&place.sealed_key()).create(passphrase, &key)?;
            ("passphrase".to_owned(), Arc::new(folder(SecretsKept::Passphrase)))
        }
        _ => {
            write_private(&place.plain_key(), key.as_bytes())?;
            ("file".to_owned(), Arc::new(folder(SecretsKept::File)))
        }
    };
    Ok(Made { note, secrets })
}

struct Place<'d>(&'d Path);

impl Place<'_> {
    fn kind(&self) -> PathBuf {
        self.0.join("secrets")
    }

    fn sealed_key(&self) -> PathBuf {
        self.0.join("key.sealed")
    }

    fn plain_key(&self) -> PathBuf {
        self.0.join("key.plain")
    }
}

/// All in the keyring.
struct InKeyring {
    keychain: Keychain,
    key: Key,
}

impl InKeyring {
    const KEY: &'static str = "key";

    fn open(profile: &str, answer_max: Duration) -> Result<Self, SecretsError> {
        let keychain = Keychain::of(profile, answer_max);
        // No answer, no service, no entry: all may be a keyring that is locked.
        let bytes = keychain.get(Self::KEY).ok().flatten().ok_or(SecretsError::Locked)?;
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| SecretsError::Locked)?;
        Ok(Self { keychain, key: Key::from_bytes(key) })
    }

    fn create(profile: &str, key: Key, answer_max: Duration) -> Result<Self, SecretsError> {
        let keychain = Keychain::of(profile, answer_max);
        keychain.set(Self::KEY, key.as_bytes())?;
        Ok(Self { keychain, key })
    }
}

impl Secrets for InKeyring {
    fn kept(&self) -> SecretsKept {
        SecretsKept::Keyring
    }

    fn key(&self) -> &Key {
        &self.key
    }

    fn get(&self, name: &'static str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretsError> {
        Ok(self.keychain.get(name)?)
    }

    fn set(&self, name: &'static str, secret: &[u8]) -> Result<(), SecretsError> {
        Ok(self.keychain.set(name, secret)?)
    }

    fn forget(&self, name: &'static str) -> Result<(), SecretsError> {
        Ok(self.keychain.forget(name)?)
    }
}

/// In files of the profile, sealed with its key, which lies behind a passphrase or bare in a file.
struct InFolder {
    dir: PathBuf,
    key: Key,
    kept: SecretsKept,
}

impl InFolder {
    fn file(&self, name: &str) -> SealedFile {
        SealedFile::new(&self.dir.join(format!("{name}.sealed")))
    }
}

impl Secrets for InFolder {
    fn kept(&self) -> SecretsKept {
        self.kept
    }

    fn key(&self) -> &Key {
        &self.key
    }

    fn get(&self, name: &'static str) -> Result<Option<Zeroizing<Vec<u8>>>, SecretsError> {
        Ok(self.file(name).read(&self.key)?.map(Zeroizing::new))
    }

    fn set(&self, name: &'static str, secret: &[u8]) -> Result<(), SecretsError> {
        Ok(self.file(name).write(&self.key, secret)?)
    }

    fn forget(&self, name: &'static str) -> Result<(), SecretsError> {
        Ok(self.file(name).remove()?)
    }
}

/// A new file that only its owner reads, whole or not at all, safe from a power cut once this returns.
fn write_private(path: &Path, bytes: &[u8]) -> Result<(), SecretsError> {
    let write = || {
        use folkmoot_store::disk::{Disk, RealDisk};
        let temporary = path.with_extension("new");
        let mut file = RealDisk.create(&temporary)?;
        file.write_all_at_end(bytes)?;
        file.sync_data()?;
        RealDisk.rename(&temporary, path)?;
        RealDisk.sync_folder(path.parent().unwrap_or(Path::new(".")))
    };
    write().map_err(|source| SecretsError::Io { what: "write where the key lies", source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keychain::ANSWER_MAX;

    fn open(dir: &Path, passphrase: Option<&str>) -> Result<Option<Arc<dyn Secrets>>, SecretsError> {
        super::open(dir, passphrase, ANSWER_MAX)
    }

    fn create(dir: &Path, wish: SecretsWish, passphrase: Option<&str>) -> Result<Arc<dyn Secrets>, SecretsError> {
        make(dir, wish, passphrase, ANSWER_MAX)?.noted(dir)
    }

    #[test]
    fn a_key_in_a_file_is_read_back_and_is_the_owners_alone() {
        let dir = tempfile::tempdir().unwrap();
        assert!(open(dir.path(), None).unwrap().is_none());
        let made = create(dir.path(), SecretsWish::File, None).unwrap();
        made.set("refresh", b"token").unwrap();
        let opened = open(dir.path(), None).unwrap().unwrap();
        assert_eq!(opened.key(), made.key());
        assert_eq!(opened.kept(), SecretsKept::File);
        assert_eq!(opened.get("refresh").unwrap().unwrap().as_slice(), b"token");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(dir.path().join("key.plain")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_key_behind_a_passphrase_is_locked_without_it() {
        let dir = tempfile::tempdir().unwrap();
        let made = create(dir.path(), SecretsWish::Best, Some("sesame")).unwrap();
        assert_eq!(made.kept(), SecretsKept::Passphrase);
        assert!(matches!(open(dir.path(), None), Err(SecretsError::Locked)));
        assert!(matches!(open(dir.path(), Some("nuts")), Err(SecretsError::WrongPassphrase)));
        assert_eq!(open(dir.path(), Some("sesame")).unwrap().unwrap().key(), made.key());
    }

    #[test]
    fn a_store_whose_key_is_lost_is_locked_and_never_given_another() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("store")).unwrap();
        assert!(matches!(open(dir.path(), None), Err(SecretsError::Locked)));
        fs::write(dir.path().join("secrets"), "file").unwrap();
        assert!(matches!(open(dir.path(), None), Err(SecretsError::Locked)));
    }
}
