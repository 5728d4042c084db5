//! A rate limit with a burst, per key, in which what is larger than the burst passes too and is paid for afterwards.
//!
//! GCRA: of each key one moment is kept, until which everything that it took is paid for. A request passes while that
//! moment lies no further ahead than the burst lasts, less the request's own share. governor refuses what is larger than
//! the burst; cut into parts, the last of them would be owed by nobody once its connection is gone.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What each key has taken.
#[derive(Debug)]
pub struct Allowance<K> {
    unit: Duration,
    burst: u32,
    paid_until: Mutex<HashMap<K, Instant>>,
}

impl<K: Eq + Hash> Allowance<K> {
    /// So many units in each `period`, `burst` of them at once. Neither number may be 0.
    pub fn new(units: u32, period: Duration, burst: u32) -> Self {
        Self { unit: period / units.max(1), burst: burst.max(1), paid_until: Mutex::default() }
    }

    /// Takes `units` for `key`, or says how long to wait until they can be had.
    pub fn take(&self, key: K, units: u32, now: Instant) -> Result<(), Duration> {
        let mut paid_until = self.paid_until();
        let moment = paid_until.get(&key).map_or(now, |moment| (*moment).max(now));
        let wait = self.wait_until(moment, units, now);
        if !wait.is_zero() {
            return Err(wait);
        }
        paid_until.insert(key, moment + self.unit.saturating_mul(units));
        Ok(())
    }

    /// `key` has had `units` of which nobody knew how many there would be: they are paid for before the next.
    pub fn owe(&self, key: K, units: u32, now: Instant) {
        let mut paid_until = self.paid_until();
        let moment = paid_until.get(&key).map_or(now, |moment| (*moment).max(now));
        paid_until.insert(key, moment + self.unit.saturating_mul(units));
    }

    /// How long `key` would have to wait for `units`, if it must wait at all. Takes nothing.
    pub fn wait(&self, key: &K, units: u32, now: Instant) -> Option<Duration> {
        let moment = *self.paid_until().get(key)?;
        Some(self.wait_until(moment, units, now)).filter(|wait| !wait.is_zero())
    }

    fn wait_until(&self, moment: Instant, units: u32, now: Instant) -> Duration {
        moment.saturating_duration_since(now + self.unit.saturating_mul(self.burst.saturating_sub(units)))
    }

    /// Forgets keys that owe nothing.
    pub fn tidy(&self, now: Instant) {
        self.paid_until().retain(|_, moment| *moment > now);
    }

    fn paid_until(&self) -> MutexGuard<'_, HashMap<K, Instant>> {
        self.paid_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_passes_at_once_and_then_the_rate() {
        let (allowance, now) = (Allowance::new(10, SECOND, 50), Instant::now());
        for _ in 0..50 {
            assert_eq!(allowance.take("ana", 1, now), Ok(()));
        }
        assert_eq!(allowance.take("ana", 1, now), Err(SECOND / 10));
        assert_eq!(allowance.take("bo", 50, now), Ok(()), "each for themself");
        let taken = (0..=20).filter(|tenth| allowance.take("ana", 1, now + SECOND / 10 * *tenth).is_ok()).count();
        assert_eq!(taken, 20);
    }

    #[test]
    fn what_is_larger_than_a_burst_passes_and_is_paid_for_before_the_next() {
        let (allowance, now) = (Allowance::new(1, SECOND, 10), Instant::now());
        assert_eq!(allowance.take("ana", 256, now), Ok(()));
        assert_eq!(allowance.take("ana", 1, now), Err(SECOND * 247));
        assert_eq!(allowance.take("ana", 1, now + SECOND * 247), Ok(()), "what was refused is not owed");
        assert_eq!(allowance.take("ana", 10, now + SECOND * 248), Err(SECOND * 9));
    }

    #[test]
    fn only_who_owes_is_kept() {
        let (allowance, now) = (Allowance::new(1, SECOND, 10), Instant::now());
        assert_eq!(allowance.take("ana", 5, now), Ok(()));
        allowance.tidy(now + SECOND * 4);
        assert_eq!(allowance.paid_until().len(), 1);
        allowance.tidy(now + SECOND * 5);
        assert!(allowance.paid_until().is_empty());
    }
}
