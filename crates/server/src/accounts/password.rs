//! Passwords: argon2id, a few at a time and each address in its turn, and nothing learnt from how long a refusal takes.

use super::Denied;
use super::fair::{FairQueue, Full};
use super::sign_in::Source;
use crate::clock::random;
use crate::config::Argon2;
use crate::rate_limits::too_many;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Params, Version};
use folkmoot_model::writing::normal;
use folkmoot_wire::api::NotGranted;
use folkmoot_wire::limits::{HASHES_MAX, HASHES_PER_ADDRESS_MAX, PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};
use std::sync::Arc;
use std::time::Duration;

/// Whoever waits longer for a turn is told to come back.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// When whoever was one too many of their address may come back.
const AGAIN: Duration = Duration::from_secs(2);

/// Hashes and compares passwords.
pub struct Passwords {
    cost: Argon2,
    turns: Arc<FairQueue<Source>>,
}

impl Passwords {
    /// At this cost.
    pub fn new(cost: Argon2) -> Self {
        Self { cost, turns: FairQueue::new(cost.at_once, HASHES_PER_ADDRESS_MAX, HASHES_MAX) }
    }

    /// Is it long enough, and not too long?
    pub fn acceptable(password: &str) -> Result<(), NotGranted> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(NotGranted::PasswordTooLong);
        }
        if password.chars().count() < PASSWORD_CHARS_MIN {
            return Err(NotGranted::PasswordTooShort { least: PASSWORD_CHARS_MIN as u32 });
        }
        Ok(())
    }

    /// The hash to be stored, in PHC form: of the password in normal form, so that it is the same on every keyboard.
    pub async fn hash(&self, source: Source, password: String) -> Result<String, Denied> {
        let Argon2 { memory_kib, passes, lanes, .. } = self.cost;
        self.run(source, move || {
            let params = Params::new(memory_kib, passes, lanes, None).map_err(|_| NotGranted::Busy)?;
            let salt = SaltString::encode_b64(&random::<16>()).map_err(|_| NotGranted::Busy)?;
            let hasher = argon2::Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let hash = hasher.hash_password(normal(&password).as_bytes(), &salt).map_err(|_| NotGranted::Busy)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Is it the password of `hash`? Without a hash it costs the same and is not.
    pub async fn verify(&self, source: Source, password: String, hash: Option<String>) -> Result<(), Denied> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(NotGranted::WrongPassword.into());
        }
        let hash = hash.unwrap_or_else(|| self.nobodys());
        self.run(source, move || {
            let hash = PasswordHash::new(&hash).map_err(|_| NotGranted::Busy)?;
            let is = |password: &str| argon2::Argon2::default().verify_password(password.as_bytes(), &hash).is_ok();
            // Servers before 0.2 hashed a password as it came.
            let verified = is(&normal(&password)) || normal(&password) != password && is(&password);
            if verified { Ok(()) } else { Err(NotGranted::WrongPassword) }
        })
        .await
    }

    /// A well-formed hash of no known password.
    fn nobodys(&self) -> String {
        let Argon2 { memory_kib, passes, lanes, .. } = self.cost;
        format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${}${}", "A".repeat(22), "A".repeat(43))
    }

    async fn run<T: Send + 'static>(
        &self,
        source: Source,
        work: impl FnOnce() -> Result<T, NotGranted> + Send + 'static,
    ) -> Result<T, Denied> {
        let turn = match tokio::time::timeout(WAIT_MAX, self.turns.turn(source)).await {
            Ok(Ok(turn)) => turn,
            Ok(Err(Full::Key)) => return Err(too_many(AGAIN).into()),
            Ok(Err(Full::All)) | Err(_) => return Err(NotGranted::Busy.into()),
        };
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        Ok(done.await.map_err(|_| NotGranted::Busy)??)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    const HERE: Source = Source::Address(IpAddr::V4(Ipv4Addr::LOCALHOST));

    #[tokio::test]
    async fn only_the_password_itself_is_taken() {
        let passwords = Passwords::new(Argon2 { memory_kib: 64, passes: 1, lanes: 1, at_once: 1 });
        let hash = passwords.hash(HERE, "sesame, please".into()).await.unwrap();
        assert_ne!(hash, passwords.hash(HERE, "sesame, please".into()).await.unwrap(), "each has its salt");
        passwords.verify(HERE, "sesame, please".into(), Some(hash.clone())).await.unwrap();
        // As a Mac types it, and as others do; and one whose hash was stored as it came.
        let hash_of = async |password: &str| passwords.hash(HERE, password.into()).await.unwrap();
        passwords.verify(HERE, "Jose\u{301} opens".into(), Some(hash_of("José opens").await)).await.unwrap();
        for (password, hash) in [("sesame", Some(hash)), ("sesame, please", None), ("", None)] {
            let refused = passwords.verify(HERE, password.into(), hash).await;
            assert!(matches!(refused, Err(Denied::Not(NotGranted::WrongPassword))));
        }
    }
}
