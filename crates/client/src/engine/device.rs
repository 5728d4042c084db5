//! What this device keeps, as the replica sees it: rows of the server in the store, and the journal of what is ours.
//!
//! Which row means what is the model's; how bytes lie on the disk is the store's. Here is only the layout between them:
//! rows under their keys, a document's updates under `0x40` and their place, its checkpoint in chunks under `0x41`, and
//! for each stream how far it is held.

use super::recents::Recents;
use folkmoot_model::event::{decode, encode};
use folkmoot_model::features::documents::merge_updates;
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::key::Key as RowKey;
use folkmoot_model::row::{Held, Row, Rows};
use folkmoot_store::disk::{Disk, RealDisk};
use folkmoot_store::{Batch, Journal, Key, MemoryStore, SledStore, Store, StoreError, Torn};
use folkmoot_sync::outbox::Entry;
use folkmoot_sync::replica::io::{Changes, StreamHeld};
use folkmoot_wire::limits::{CHECKPOINT_BYTES, CHECKPOINT_UPDATES};
use minicbor::{Decode, Encode};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of one chunk of a checkpoint: small enough for the store's pages to be written without a file of its own.
const CHUNK_BYTES: usize = 120 << 10;

/// Bytes of entries that are one payload of the journal: far below the most that it takes, and more than one turn has.
const TOGETHER_BYTES: usize = 16 << 20;

const UPDATE: u8 = 0x40;
const CHECKPOINT: u8 = 0x41;
const HELD: &[u8] = b"held/";
const RECENTS: &[u8] = b"recents";
const CHECKPOINTS: &[u8] = b"checkpoint/";
const DAMAGED: &[u8] = b"damaged/";

/// Which store a device keeps its rows in.
#[derive(Debug, Clone, Default)]
pub enum Keeping {
    /// In the profile's folder.
    #[default]
    Folder,
    /// In memory, shared with its clones: for tests.
    Memory(MemoryStore),
}

/// What a device is opened from.
#[derive(Clone)]
pub struct Opening {
    /// The profile's folder.
    pub dir: PathBuf,
    /// The profile's key.
    pub key: Key,
    /// Which store.
    pub keeping: Keeping,
    /// The journal's disk.
    pub disk: Arc<dyn Disk>,
    /// The time, Unix seconds: names what is set aside.
    pub unix_seconds: u64,
    /// The store was found damaged while it was open: set it aside whatever it looks like.
    pub replace: bool,
}

/// What was found on opening.
pub struct Found {
    /// The journal's entries, in order.
    pub entries: Vec<Entry>,
    /// The streams held.
    pub streams: Vec<(StreamId, StreamHeld)>,
    /// Where a damaged store lies now.
    pub quarantined: Option<PathBuf>,
    /// What was amiss with the journal.
    pub torn: Torn,
}

/// What this device keeps, open.
pub struct Device {
    store: Box<dyn Store>,
    journal: Journal,
    /// Those whose structure is held whole: what is not there does not exist.
    held: BTreeSet<StreamId>,
    /// Documents of which the server said something that is not sound.
    damaged: BTreeSet<StreamId>,
    /// Updates and bytes of documents since their checkpoint, where they were counted.
    tails: BTreeMap<StreamId, Tail>,
    read_failed: Cell<bool>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tail {
    updates: u64,
    bytes: u64,
}

/// A document's checkpoint: its place, and in how many chunks it lies.
#[derive(Debug, Clone, Copy, Encode, Decode)]
struct Checkpoint {
    #[n(0)]
    seq: Seq,
    #[n(1)]
    chunks: u32,
}

impl Opening {
    /// Of the profile in `dir`, on this machine's disk.
    pub fn of(dir: &Path, key: Key, unix_seconds: u64) -> Self {
        let disk = Arc::new(RealDisk);
        Self { dir: dir.to_owned(), key, keeping: Keeping::Folder, disk, unix_seconds, replace: false }
    }

    /// Puts journal and store aside, under names that are kept: another person signs in. Fails with [`StoreError::Io`].
    pub fn set_aside(&self) -> Result<(), StoreError> {
        let io = |what| move |source| StoreError::Io { what, source };
        for name in ["outbox.journal", "store"] {
            let path = self.dir.join(name);
            if path.exists() {
                let aside = self.dir.join(format!("{name}.old-{}", self.unix_seconds));
                std::fs::rename(&path, &aside).map_err(io("set the data of another person aside"))?;
            }
        }
        self.disk.sync_folder(&self.dir).map_err(io("sync the profile's folder"))
    }
}

impl Device {
    /// Opens it, or makes it. Fails as [`SledStore::open`] and [`Journal::open`] do, and with [`StoreError::Newer`] if
    /// the journal has entries of a later version.
    pub fn open(opening: &Opening) -> Result<(Self, Found), StoreError> {
        let (journal, payloads, torn) =
            Journal::open_on(opening.disk.clone(), &opening.dir.join("outbox.journal"), &opening.key)?;
        let mut entries = Vec::new();
        for payload in payloads {
            // They authenticate, so they are as they were written: by a version that knows more. Going on without them
            // would drop them at the next rewrite.
            let group: Vec<Entry> = decode(&payload).ok_or(StoreError::Newer { found: 2, known: 1 })?;
            entries.extend(group);
        }
        let (store, quarantined): (Box<dyn Store>, _) = match &opening.keeping {
            Keeping::Memory(store) => (Box::new(store.clone()), None),
            Keeping::Folder => {
                let (dir, key) = (opening.dir.join("store"), &opening.key);
                let opened = match opening.replace {
                    true => SledStore::replace(&dir, key, opening.unix_seconds)?,
                    false => SledStore::open(&dir, Some(key), opening.unix_seconds)?,
                };
                (Box::new(opened.store), opened.quarantined)
            }
        };
        let streams: Vec<(StreamId, StreamHeld)> =
            store.metas(HELD)?.iter().filter_map(|(key, value)| Some((named(HELD, key)?, decode(value)?))).collect();
        let damaged = store.metas(DAMAGED)?.iter().filter_map(|(key, _)| named(DAMAGED, key)).collect();
        let device = Self {
            store,
            journal,
            held: streams.iter().filter(|(_, held)| held.cursor > 0).map(|(stream, _)| *stream).collect(),
            damaged,
            tails: BTreeMap::new(),
            read_failed: Cell::new(false),
        };
        Ok((device, Found { entries, streams, quarantined, torn }))
    }

    /// Appends groups of entries: all of them or nothing, with one sync. (Only what is beyond [`TOGETHER_BYTES`] is
    /// another append.) Fails as [`Journal::append`].
    pub fn append(&mut self, groups: &[Vec<Entry>]) -> Result<(), StoreError> {
        let (mut together, mut bytes) = (Vec::new(), 0);
        for group in groups {
            let more = encode(group).len();
            if bytes + more > TOGETHER_BYTES && !together.is_empty() {
                self.journal.append(&encode(&together))?;
                (together, bytes) = (Vec::new(), 0);
            }
            together.extend(group);
            bytes += more;
        }
        if together.is_empty() { Ok(()) } else { self.journal.append(&encode(&together)) }
    }

    /// Writes the journal anew with these entries, once everything committed is safe. Fails as [`Journal::rewrite`].
    pub fn rewrite(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        self.store.sync()?;
        let payloads: Vec<Vec<u8>> = entries.iter().map(|entry| encode(&[entry])).collect();
        let payloads: Vec<&[u8]> = payloads.iter().map(Vec::as_slice).collect();
        self.journal.rewrite(&payloads)
    }

    /// Makes changes in one transaction, and then a checkpoint of documents whose tail has grown long. Fails as
    /// [`Store::commit`].
    pub fn commit(&mut self, changes: Changes) -> Result<(), StoreError> {
        let mut batch = Batch { clear: changes.forget.clone(), ..Batch::default() };
        for stream in &changes.forget {
            batch.metas.push((name(HELD, *stream), None));
            batch.metas.push((name(CHECKPOINTS, *stream), None));
            batch.metas.push((name(DAMAGED, *stream), None));
        }
        for (stream, key, row) in &changes.rows {
            batch.put(*stream, key.bytes(), row.bytes());
        }
        for (document, seq, body) in &changes.checkpoints {
            let forgotten = changes.forget.contains(document);
            self.checkpoint(&mut batch, *document, *seq, body, forgotten)?;
        }
        for (document, seq, update) in &changes.updates {
            batch.put(*document, update_key(*seq), update.as_slice());
        }
        for (stream, held) in &changes.streams {
            batch.put_meta(name(HELD, *stream), encode(held));
        }
        self.store.commit(batch)?;

        for stream in &changes.forget {
            self.held.remove(stream);
            self.damaged.remove(stream);
            self.tails.remove(stream);
        }
        let begun = changes.streams.iter().filter(|(_, held)| held.cursor > 0);
        self.held.extend(begun.map(|(stream, _)| *stream));
        for (document, ..) in &changes.checkpoints {
            self.tails.remove(document);
        }
        let documents: BTreeSet<StreamId> = changes.updates.iter().map(|(document, ..)| *document).collect();
        for document in documents {
            self.compact(document, &changes.updates)?;
        }
        Ok(())
    }

    /// What this device saw of late; nothing if it cannot be read.
    pub fn recents(&self) -> Recents {
        self.store.meta(RECENTS).ok().flatten().and_then(|bytes| decode(&bytes)).unwrap_or_default()
    }

    /// Keeps it. Fails as [`Store::commit`].
    pub fn keep_recents(&mut self, recents: &Recents) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.put_meta(RECENTS, encode(recents));
        self.store.commit(batch)
    }

    /// A document's body as far as it is held: its checkpoint, then the updates after it.
    pub fn document(&self, document: StreamId) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut pieces = Vec::new();
        let checkpoint = self.store.rows(document, &[CHECKPOINT], &[CHECKPOINT + 1], false, usize::MAX)?;
        if !checkpoint.is_empty() {
            pieces.push(checkpoint.into_iter().flat_map(|(_, chunk)| chunk).collect());
        }
        let updates = self.store.rows(document, &[UPDATE], &[UPDATE + 1], false, usize::MAX)?;
        pieces.extend(updates.into_iter().map(|(_, update)| update));
        Ok(pieces)
    }

    /// Notes that a document is damaged, until it is forgotten.
    pub fn damage(&mut self, document: StreamId) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.put_meta(name(DAMAGED, document), Vec::new());
        self.store.commit(batch)?;
        self.damaged.insert(document);
        Ok(())
    }

    /// Is it damaged?
    pub fn is_damaged(&self, document: StreamId) -> bool {
        self.damaged.contains(&document)
    }

    /// The damaged documents.
    pub fn damaged(&self) -> impl Iterator<Item = StreamId> {
        self.damaged.iter().copied()
    }

    /// Rows with keys from `from` to `to`, both included, at most `limit`. What cannot be read is left out.
    pub fn range(&self, stream: StreamId, from: &RowKey, to: &RowKey, rev: bool, limit: usize) -> Vec<(RowKey, Row)> {
        let mut end = to.bytes();
        end.push(0);
        match self.store.rows(stream, &from.bytes(), &end, rev, limit) {
            Ok(rows) => rows.iter().filter_map(|(key, row)| Some((RowKey::read(key)?, Row::read(row)?))).collect(),
            Err(error) => {
                self.failed_to_read(&error);
                Vec::new()
            }
        }
    }

    /// Has a read failed since the last time this was asked?
    pub fn take_read_failure(&self) -> bool {
        self.read_failed.take()
    }

    fn failed_to_read(&self, error: &StoreError) {
        tracing::error!(%error, "the store cannot be read");
        self.read_failed.set(true);
    }

    /// Puts a checkpoint in place of the one before and of the updates that are in it.
    fn checkpoint(
        &self,
        batch: &mut Batch,
        document: StreamId,
        seq: Seq,
        body: &[u8],
        forgotten: bool,
    ) -> Result<(), StoreError> {
        let chunks: Vec<&[u8]> = body.chunks(CHUNK_BYTES).collect();
        let count = u32::try_from(chunks.len()).expect("a document is far below 2^32 chunks");
        if !forgotten {
            let before: Option<Checkpoint> =
                self.store.meta(&name(CHECKPOINTS, document))?.and_then(|bytes| decode(&bytes));
            for chunk in count..before.map_or(0, |before| before.chunks) {
                batch.rows.push((document, chunk_key(chunk), None));
            }
            let held = self.store.rows(document, &[UPDATE], &update_key(seq + 1), false, usize::MAX)?;
            batch.rows.extend(held.into_iter().map(|(key, _)| (document, key, None)));
        }
        for (number, chunk) in (0..).zip(chunks) {
            batch.put(document, chunk_key(number), chunk);
        }
        batch.put_meta(name(CHECKPOINTS, document), encode(&Checkpoint { seq, chunks: count }));
        Ok(())
    }

    /// Merges a document's tail into its checkpoint when it has grown long.
    fn compact(&mut self, document: StreamId, added: &[(StreamId, Seq, Vec<u8>)]) -> Result<(), StoreError> {
        let tail = match self.tails.get(&document) {
            Some(tail) => {
                let added = added.iter().filter(|(stream, ..)| *stream == document);
                added.fold(*tail, |tail, (.., update)| tail.with(update))
            }
            None => {
                let held = self.store.rows(document, &[UPDATE], &[UPDATE + 1], false, usize::MAX)?;
                held.iter().fold(Tail::default(), |tail, (_, update)| tail.with(update))
            }
        };
        self.tails.insert(document, tail);
        if tail.updates <= CHECKPOINT_UPDATES && tail.bytes <= CHECKPOINT_BYTES {
            return Ok(());
        }
        let last = self.store.rows(document, &[UPDATE], &[UPDATE + 1], true, 1)?;
        let Some(seq) = last.first().and_then(|(key, _)| Some(Seq::from_be_bytes(key.get(1..)?.try_into().ok()?)))
        else {
            return Ok(());
        };
        let pieces = self.document(document)?;
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        let Some(merged) = merge_updates(&pieces) else {
            tracing::warn!(%document, "its updates cannot be merged; they stay single");
            // Not tried again for each update: it would fail the same.
            self.tails.insert(document, Tail::default());
            return Ok(());
        };
        let mut batch = Batch::default();
        self.checkpoint(&mut batch, document, seq, &merged, false)?;
        self.store.commit(batch)?;
        self.tails.insert(document, Tail::default());
        Ok(())
    }
}

impl Tail {
    fn with(self, update: &[u8]) -> Self {
        Self { updates: self.updates + 1, bytes: self.bytes + update.len() as u64 }
    }
}

impl Rows for Device {
    fn get(&self, stream: StreamId, key: &RowKey) -> Held {
        let absent = |device: &Self| if device.held.contains(&stream) { Held::Absent } else { Held::Unknown };
        match self.store.row(stream, &key.bytes()) {
            // A row that cannot be read was made by a newer fold.
            Ok(Some(bytes)) => Row::read(&bytes).map_or(Held::Unknown, Held::Row),
            Ok(None) => match key {
                key if !key.is_structure() => Held::Unknown,
                _ => absent(self),
            },
            Err(error) => {
                self.failed_to_read(&error);
                Held::Unknown
            }
        }
    }
}

fn update_key(seq: Seq) -> Vec<u8> {
    [&[UPDATE], seq.to_be_bytes().as_slice()].concat()
}

fn chunk_key(number: u32) -> Vec<u8> {
    [&[CHECKPOINT], number.to_be_bytes().as_slice()].concat()
}

fn name(prefix: &[u8], stream: StreamId) -> Vec<u8> {
    [prefix, stream.as_bytes()].concat()
}

fn named(prefix: &[u8], key: &[u8]) -> Option<StreamId> {
    key.strip_prefix(prefix)?.try_into().ok().map(StreamId)
}
