//! What a device keeps, and what its disk does to that: a store of which a power cut takes the last commits, a journal
//! that is synced with each append but of one under way may keep the first entries only (the real one writes a turn as
//! one frame, and keeps all of it or nothing), and an end of space.

use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::{Held, Row, RowMap, Rows, Value};
use folkmoot_sync::outbox::Entry;
use folkmoot_sync::replica::io::{Changes, StreamHeld};
use std::collections::BTreeMap;

/// The rows, documents and cursors of a store.
#[derive(Default, Clone)]
pub struct Store {
    /// Rows of all streams.
    pub rows: RowMap,
    /// Document updates by place.
    pub updates: BTreeMap<(StreamId, Seq), Vec<u8>>,
    /// The checkpoint of a document, and as of where.
    pub checkpoints: BTreeMap<StreamId, (Seq, Vec<u8>)>,
    /// How far streams are held.
    pub streams: BTreeMap<StreamId, StreamHeld>,
}

/// A device's disk.
#[derive(Default)]
pub struct Disk {
    /// The store as the process sees it.
    pub store: Store,
    /// As a power cut would leave it at worst.
    synced: Store,
    /// What was committed since, and is synced with the next write of the whole journal.
    unsynced: Vec<Changes>,
    /// The journal.
    pub journal: Vec<Entry>,
    /// Does the next append fail?
    pub full: bool,
}

impl Rows for Disk {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        match self.store.rows.0.get(&(stream, *key)) {
            Some(row) => Held::Row(row.clone()),
            None if !key.is_structure() => Held::Unknown,
            None if self.store.streams.get(&stream).is_some_and(|held| held.cursor > 0) => Held::Absent,
            None => Held::Unknown,
        }
    }
}

impl Store {
    /// Nothing that is held goes back to what it was before, but for what is forgotten.
    fn goes_forward(&self, changes: &Changes) {
        let kept = |stream: &StreamId| !changes.forget.contains(stream);
        for (stream, key, row) in changes.rows.iter().filter(|(stream, ..)| kept(stream)) {
            let held = self.rows.0.get(&(*stream, *key)).map_or(0, |held| held.seq);
            assert!(row.seq >= held, "rows-go-forward: {key:?} of {stream} as of {held} becomes {row:?}");
        }
        for (stream, held) in changes.streams.iter().filter(|(stream, _)| kept(stream)) {
            let before = self.streams.get(stream).map_or(0, |held| held.cursor);
            assert!(held.cursor >= before, "rows-go-forward: the cursor of {stream} from {before} to {}", held.cursor);
        }
    }

    fn commit(&mut self, changes: Changes) {
        for stream in changes.forget {
            self.rows.0.retain(|(of, _), _| *of != stream);
            self.updates.retain(|(of, _), _| *of != stream);
            self.checkpoints.remove(&stream);
            self.streams.remove(&stream);
        }
        self.rows.0.extend(changes.rows.into_iter().map(|(stream, key, row)| ((stream, key), row)));
        for (stream, seq, update) in changes.updates {
            self.updates.insert((stream, seq), update);
        }
        for (stream, seq, checkpoint) in changes.checkpoints {
            self.updates.retain(|(of, at), _| *of != stream || *at > seq);
            self.checkpoints.insert(stream, (seq, checkpoint));
        }
        self.streams.extend(changes.streams);
    }

    /// A document's body: its checkpoint, and the updates after it.
    pub fn body(&self, document: StreamId) -> impl Iterator<Item = &[u8]> {
        let checkpoint = self.checkpoints.get(&document).map(|(_, state)| state.as_slice());
        let updates = self.updates.range((document, 0)..=(document, Seq::MAX)).map(|(_, update)| update.as_slice());
        checkpoint.into_iter().chain(updates)
    }
}

impl Disk {
    /// Commits to the store: survives the process, not yet a power cut.
    pub fn commit(&mut self, changes: Changes) {
        self.store.goes_forward(&changes);
        self.unsynced.push(changes.clone());
        self.store.commit(changes);
    }

    /// Writes the journal anew, after the store is synced.
    pub fn rewrite(&mut self, entries: Vec<Entry>) {
        for changes in self.unsynced.drain(..) {
            self.synced.commit(changes);
        }
        self.journal = entries;
    }

    /// The power is cut: of what was not synced, the first `survive` commits are there.
    pub fn power_cut(&mut self, survive: usize) {
        for changes in self.unsynced.drain(..).take(survive) {
            self.synced.commit(changes);
        }
        self.store = self.synced.clone();
    }

    /// Commits that a power cut could take.
    pub fn unsynced(&self) -> usize {
        self.unsynced.len()
    }

    /// The rows are from an older fold, which made something else of them, as after an upgrade.
    pub fn outdate(&mut self) {
        for store in [&mut self.store, &mut self.synced] {
            store.streams.values_mut().for_each(|held| held.fold = 0);
            store.rows.0.values_mut().for_each(older);
        }
        for changes in &mut self.unsynced {
            changes.streams.iter_mut().for_each(|(_, held)| held.fold = 0);
            changes.rows.iter_mut().for_each(|(.., row)| older(row));
        }
    }
}

/// The row as an older fold made it: there were no colours.
fn older(row: &mut Row) {
    if let Value::Member(member) = &mut row.value {
        member.colour = 0;
    }
}
