//! How many of something there are at once, per key.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The counts, none of them 0.
pub struct Counts<K>(Mutex<HashMap<K, usize>>);

/// One that counts until this is dropped.
pub struct Counted<K: Eq + Hash + Copy> {
    counts: Arc<Counts<K>>,
    key: K,
}

impl<K: Eq + Hash + Copy> Counts<K> {
    /// Nothing counted.
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::default()))
    }

    /// Counts one more of `key`; `None` if there are `max` already.
    pub fn take(self: &Arc<Self>, key: K, max: usize) -> Option<Counted<K>> {
        let mut counts = self.counts();
        let count = counts.get(&key).copied().unwrap_or_default();
        if count >= max {
            return None;
        }
        counts.insert(key, count + 1);
        Some(Counted { counts: Arc::clone(self), key })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<K, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Copy> Drop for Counted<K> {
    fn drop(&mut self) {
        let mut counts = self.counts.counts();
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_few_at_once_and_nothing_is_kept_of_who_has_gone() {
        let counts = Counts::new();
        let (first, second) = (counts.take(1, 2), counts.take(1, 2));
        assert!(first.is_some() && second.is_some() && counts.take(1, 2).is_none());
        assert!(counts.take(2, 2).is_some());
        drop(first);
        assert!(counts.take(1, 2).is_some());
        drop(second);
        assert!(counts.counts().is_empty());
    }
}
