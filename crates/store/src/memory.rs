//! A store in memory that forgets like a disk does. For tests and simulations: nothing is sealed, nothing is kept.

use crate::StoreError;
use crate::store::{Batch, Rows, Store, place};
use folkmoot_model::id::StreamId;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Content = BTreeMap<Vec<u8>, Vec<u8>>;

/// Clones share their content, as handles to one disk do: keep one and the other may be dropped with the engine, which is
/// then a `kill -9`; [`MemoryStore::power_cut`] is the other end.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    now: Content,
    synced: Content,
    /// Commits since `synced`, oldest first.
    unsynced: Vec<Batch>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Loses the commits since the last sync except for the `kept` oldest of them.
    pub fn power_cut(&self, kept: usize) {
        let mut shared = self.shared();
        let mut now = shared.synced.clone();
        for batch in shared.unsynced.drain(..).take(kept) {
            apply(&mut now, batch);
        }
        shared.now.clone_from(&now);
        shared.synced = now;
    }

    /// How many commits a power cut could take now.
    pub fn unsynced(&self) -> usize {
        self.shared().unsynced.len()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        // A test that failed elsewhere must not hide behind this lock.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn range(&self, range: Range<Vec<u8>>, skip: usize, rev: bool, limit: usize) -> Rows {
        let shared = self.shared();
        let bare = |(key, value): (&Vec<u8>, &Vec<u8>)| (key[skip..].to_vec(), value.clone());
        let found = shared.now.range(range).map(bare);
        if rev { found.rev().take(limit).collect() } else { found.take(limit).collect() }
    }
}

impl Store for MemoryStore {
    fn row(&self, stream: StreamId, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.shared().now.get(&place::row(stream, key)).cloned())
    }

    fn rows(&self, stream: StreamId, from: &[u8], to: &[u8], rev: bool, limit: usize) -> Result<Rows, StoreError> {
        let range = place::rows(stream, from, to);
        Ok(range.map(|range| self.range(range, place::ROW_PREFIX_BYTES, rev, limit)).unwrap_or_default())
    }

    fn meta(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.shared().now.get(&place::meta(key)).cloned())
    }

    fn metas(&self, prefix: &[u8]) -> Result<Rows, StoreError> {
        Ok(self.range(place::metas(prefix), 1, false, usize::MAX))
    }

    fn commit(&mut self, batch: Batch) -> Result<(), StoreError> {
        let mut shared = self.shared();
        shared.unsynced.push(batch.clone());
        apply(&mut shared.now, batch);
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        let shared = &mut *self.shared();
        for batch in shared.unsynced.drain(..) {
            apply(&mut shared.synced, batch);
        }
        Ok(())
    }
}

fn apply(content: &mut Content, batch: Batch) {
    for stream in batch.clear {
        let prefix = place::row(stream, b"");
        content.retain(|key, _| !key.starts_with(&prefix));
    }
    let rows = batch.rows.into_iter().map(|(stream, key, value)| (place::row(stream, &key), value));
    let metas = batch.metas.into_iter().map(|(key, value)| (place::meta(&key), value));
    for (place, value) in rows.chain(metas) {
        match value {
            Some(value) => content.insert(place, value),
            None => content.remove(&place),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_keeps_the_contract() {
        crate::contract::check(MemoryStore::new);
    }

    #[test]
    fn a_power_cut_takes_the_newest_commits_since_the_sync() {
        let disk = MemoryStore::new();
        let mut store = disk.clone();
        for number in 0..5u8 {
            let mut batch = Batch::default();
            batch.put_meta(*b"newest", [number]);
            store.commit(batch).unwrap();
            if number == 1 {
                store.sync().unwrap();
            }
        }
        drop(store);
        assert_eq!(disk.meta(b"newest").unwrap(), Some(vec![4]));
        assert_eq!(disk.unsynced(), 3);
        disk.power_cut(1);
        assert_eq!(disk.meta(b"newest").unwrap(), Some(vec![2]));
        disk.power_cut(9);
        assert_eq!(disk.meta(b"newest").unwrap(), Some(vec![2]));
    }
}
