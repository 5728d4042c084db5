//! The OS keyring, asked from a thread of its own and not for ever.
//!
//! On Linux the keyring is a service over D-Bus whose blocking calls must not run within an async runtime, and which
//! may wait for the person to unlock it. On macOS and Windows it is the system's own.

use keyring::v1::{Entry, Error};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use zeroize::Zeroizing;

/// The name under which the keyring shows our entries.
const SERVICE: &str = "org.folkmoot.desktop";

/// How long the keyring may take: time to type a password into its dialog.
pub const ANSWER_MAX: Duration = Duration::from_secs(60);

/// How long it may take to say whether it is there at all.
const STATUS_MAX: Duration = Duration::from_secs(5);

/// Why the keyring did not do it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    /// It did not answer in time.
    #[error("the keyring does not answer")]
    Silent,
    /// It failed. The text is for logs.
    #[error("the keyring failed: {0}")]
    Failed(String),
}

/// The entries of one profile.
#[derive(Debug, Clone)]
pub struct Keychain {
    profile: String,
    answer_max: Duration,
}

impl Keychain {
    /// Is there a keyring on this computer? Fails with [`KeychainError::Silent`] if it does not say so in time.
    pub fn available() -> Result<bool, KeychainError> {
        within(STATUS_MAX, || {
            let status = Entry::store_status();
            if let Err(error) = &status {
                tracing::info!(%error, "no keyring");
            }
            Ok(status.is_ok())
        })
    }

    /// The entries of the profile that is named so. The keyring may take so long for each.
    pub fn of(profile: &str, answer_max: Duration) -> Self {
        Self { profile: profile.to_owned(), answer_max }
    }

    /// An entry; `None` if there is none, which a locked keyring says too. Fails with [`KeychainError`].
    pub fn get(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, KeychainError> {
        self.ask(name, |entry| match entry.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(failed(&error)),
        })
    }

    /// Puts an entry in place of the one before. Fails with [`KeychainError`], also where reading it back gives
    /// something else.
    pub fn set(&self, name: &str, secret: &[u8]) -> Result<(), KeychainError> {
        let secret = Zeroizing::new(secret.to_vec());
        self.ask(name, move |entry| {
            entry.set_secret(&secret).map_err(|error| failed(&error))?;
            match entry.get_secret() {
                Ok(kept) if kept == *secret => Ok(()),
                Ok(_) => Err(KeychainError::Failed("it kept something else".into())),
                Err(error) => Err(failed(&error)),
            }
        })
    }

    /// Removes an entry; none is no error. Fails with [`KeychainError`].
    pub fn forget(&self, name: &str) -> Result<(), KeychainError> {
        self.ask(name, |entry| match entry.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(failed(&error)),
        })
    }

    fn ask<T: Send + 'static>(
        &self,
        name: &str,
        ask: impl FnOnce(&Entry) -> Result<T, KeychainError> + Send + 'static,
    ) -> Result<T, KeychainError> {
        let user = format!("{}/{name}", self.profile);
        within(self.answer_max, move || {
            let entry = Entry::new(SERVICE, &user).map_err(|error| failed(&error))?;
            ask(&entry)
        })
    }
}

fn failed(error: &Error) -> KeychainError {
    KeychainError::Failed(error.to_string())
}

/// Runs `ask` in a thread, and gives up on it after `limit`; the thread ends when the keyring lets it.
fn within<T: Send + 'static>(
    limit: Duration,
    ask: impl FnOnce() -> Result<T, KeychainError> + Send + 'static,
) -> Result<T, KeychainError> {
    let (answer, answered) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("keyring".into())
        .spawn(move || {
            // Nobody waits any more if this fails.
            answer.try_send(ask()).ok();
        })
        .map_err(|error| KeychainError::Failed(error.to_string()))?;
    answered.recv_timeout(limit).unwrap_or(Err(KeychainError::Silent))
}
