//! What a device keeps of the server: rows of streams, and a few values of its own. A cache: it may always be rebuilt.

use crate::StoreError;
use folkmoot_model::id::StreamId;

/// Keys with their values, in the order asked for.
pub type Rows = Vec<(Vec<u8>, Vec<u8>)>;

/// A device's cache of the server. Blocking; called from one thread.
///
/// Reads see every commit that returned, whole. Any method may fail with [`StoreError::Io`],
/// [`StoreError::Damaged`] (replace the store) or, after a commit that failed, [`StoreError::Poisoned`] (open it again).
pub trait Store: Send {
    /// The value of a row.
    fn row(&self, stream: StreamId, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// Rows of a stream with keys in `[from, to)`, ascending, or descending from `to` when `rev`; at most `limit`. An
    /// empty `to` stands for the end of the stream. A range that ends before it begins is empty.
    fn rows(&self, stream: StreamId, from: &[u8], to: &[u8], rev: bool, limit: usize) -> Result<Rows, StoreError>;

    /// A value of the device itself: cursor, ranges held, account.
    fn meta(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// All such values whose key begins with `prefix`, ascending.
    fn metas(&self, prefix: &[u8]) -> Result<Rows, StoreError>;

    /// One transaction: all of it or nothing, now and after any crash. When it returns it survives `kill -9`, but a power
    /// cut only after the next [`Store::sync`]; a cut before that leaves some number of the newest commits out, the
    /// newest first, never a part of one. If it fails the store is poisoned.
    fn commit(&mut self, batch: Batch) -> Result<(), StoreError>;

    /// Returns when every commit so far would survive a power cut. To be called before the journal is trimmed.
    fn sync(&mut self) -> Result<(), StoreError>;
}

/// Changes that belong together. Of two for one key the later holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Streams whose every row is forgotten, before the rows below are put.
    pub clear: Vec<StreamId>,
    /// Rows to put, or to remove where there is no value. Keys are kept in the open: ids and seqs only.
    pub rows: Vec<(StreamId, Vec<u8>, Option<Vec<u8>>)>,
    /// Values of the device itself to put, or to remove. Their keys, too, are kept in the open.
    pub metas: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Batch {
    /// Puts a row.
    pub fn put(&mut self, stream: StreamId, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> &mut Self {
        self.rows.push((stream, key.into(), Some(value.into())));
        self
    }

    /// Puts a value of the device itself.
    pub fn put_meta(&mut self, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) -> &mut Self {
        self.metas.push((key.into(), Some(value.into())));
        self
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.clear.is_empty() && self.rows.is_empty() && self.metas.is_empty()
    }
}

/// How both stores lay rows and values of the device out in one ordered space: `r` stream key, `m` key.
pub(crate) mod place {
    use super::StreamId;
    use std::ops::Range;

    /// Bytes before the key of a row.
    pub(crate) const ROW_PREFIX_BYTES: usize = 17;

    pub(crate) fn row(stream: StreamId, key: &[u8]) -> Vec<u8> {
        [b"r", stream.as_bytes().as_slice(), key].concat()
    }

    pub(crate) fn meta(key: &[u8]) -> Vec<u8> {
        [b"m", key].concat()
    }

    /// The rows of a stream in `[from, to)`, or None if that is empty.
    pub(crate) fn rows(stream: StreamId, from: &[u8], to: &[u8]) -> Option<Range<Vec<u8>>> {
        let end = if to.is_empty() { after(row(stream, b"")) } else { row(stream, to) };
        let range = row(stream, from)..end;
        (!range.is_empty()).then_some(range)
    }

    /// All values of the device whose key begins with `prefix`.
    pub(crate) fn metas(prefix: &[u8]) -> Range<Vec<u8>> {
        let begin = meta(prefix);
        begin.clone()..after(begin)
    }

    /// The least key after all that begin with `prefix`, whose first byte is a letter.
    fn after(mut prefix: Vec<u8>) -> Vec<u8> {
        while prefix.last() == Some(&0xff) {
            prefix.pop();
        }
        if let Some(last) = prefix.last_mut() {
            *last += 1;
        }
        prefix
    }
}
