//! Failed tries to sign in: a few at once, then each waits twice as long as the one before.
//!
//! They count for whoever tries: an address under one name, or a device that was signed in before. So a stranger who
//! guesses makes nobody wait but themself. A try counts from its beginning, or many at once would be one.

use folkmoot_wire::limits::SIGN_IN_WAIT_MS_MAX;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Keys that are remembered. Each costs a password's hash, so that more of them come together only over hours.
const KEYS_MAX: usize = 100_000;

/// The longest wait.
const WAIT_MAX: Duration = Duration::from_millis(SIGN_IN_WAIT_MS_MAX);

/// Failed tries of each key.
pub struct Tries<K> {
    free: u32,
    first_wait: Duration,
    failed: Mutex<HashMap<K, Failed>>,
}

#[derive(Clone, Copy)]
struct Failed {
    tries: u32,
    last: Instant,
}

impl<K: Eq + Hash + Clone> Tries<K> {
    /// So many tries per minute to begin with.
    pub fn new(per_minute: u32) -> Self {
        let per_minute = per_minute.max(1);
        Self { free: per_minute, first_wait: Duration::from_secs(60) / per_minute, failed: Mutex::default() }
    }

    /// May `key` try now? Counts as failed until something else is told. If not: how long to wait.
    pub fn begin(&self, key: &K, now: Instant) -> Result<(), Duration> {
        let mut failed = self.failed();
        if failed.len() >= KEYS_MAX {
            failed.retain(|_, failed| !self.wait(*failed, now).is_zero());
        }
        let before = failed.get(key).copied().filter(|failed| !is_forgotten(*failed, now));
        let before = before.unwrap_or(Failed { tries: 0, last: now });
        let wait = self.wait(before, now);
        if !wait.is_zero() {
            return Err(wait);
        }
        failed.insert(key.clone(), Failed { tries: before.tries.saturating_add(1), last: now });
        Ok(())
    }

    /// It was the password: what failed before is forgiven.
    pub fn succeeded(&self, key: &K) {
        self.failed().remove(key);
    }

    /// The password was not looked at.
    pub fn not_tried(&self, key: &K) {
        if let Some(failed) = self.failed().get_mut(key) {
            failed.tries = failed.tries.saturating_sub(1);
        }
    }

    /// Forgets what was long ago.
    pub fn tidy(&self, now: Instant) {
        self.failed().retain(|_, failed| !is_forgotten(*failed, now));
    }

    fn wait(&self, failed: Failed, now: Instant) -> Duration {
        let Some(doublings) = failed.tries.checked_sub(self.free) else { return Duration::ZERO };
        let wait = self.first_wait.saturating_mul(1_u32.checked_shl(doublings).unwrap_or(u32::MAX));
        (failed.last + wait.min(WAIT_MAX)).saturating_duration_since(now)
    }

    fn failed(&self) -> MutexGuard<'_, HashMap<K, Failed>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_forgotten(failed: Failed, now: Instant) -> bool {
    now.saturating_duration_since(failed.last) > WAIT_MAX * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_concern_one_alone() {
        let (tries, mut now) = (Tries::new(5), Instant::now());
        for _ in 0..5 {
            assert_eq!(tries.begin(&"eve", now), Ok(()));
        }
        let mut waits = Vec::new();
        for _ in 0..9 {
            let wait = tries.begin(&"eve", now).unwrap_err();
            waits.push(wait.as_secs());
            now += wait;
            assert_eq!(tries.begin(&"eve", now), Ok(()));
        }
        assert_eq!(waits, [12, 24, 48, 96, 192, 384, 768, 900, 900]);
        assert_eq!(tries.begin(&"ana", now), Ok(()));
    }

    #[test]
    fn whoever_knows_the_password_waits_no_longer_and_all_is_forgotten_in_time() {
        let (tries, now) = (Tries::new(1), Instant::now());
        assert_eq!(tries.begin(&"ana", now), Ok(()));
        tries.not_tried(&"ana");
        assert_eq!(tries.begin(&"ana", now), Ok(()));
        assert!(tries.begin(&"ana", now).is_err());
        tries.succeeded(&"ana");
        assert_eq!(tries.begin(&"ana", now), Ok(()));
        tries.tidy(now + WAIT_MAX * 4);
        assert_eq!(tries.failed().len(), 1);
        tries.tidy(now + WAIT_MAX * 5);
        assert!(tries.failed().is_empty());
    }
}
