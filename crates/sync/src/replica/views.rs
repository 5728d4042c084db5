//! The rows of the store as a fold may read them: without what was forgotten, and without what is stale.

use super::io::StreamHeld;
use folkmoot_model::id::StreamId;
use folkmoot_model::key::Key;
use folkmoot_model::row::{Held, Row, Rows};
use folkmoot_wire::frame::WireRow;

/// Rows of a stream that was forgotten.
pub(super) struct Nothing;

impl Rows for Nothing {
    fn get(&self, _: StreamId, _: &Key) -> Held {
        Held::Unknown
    }
}

/// Rows without those of a stream that another fold made.
pub(super) struct Except<'a> {
    pub rows: &'a dyn Rows,
    /// The stream; `None`: all of them count.
    pub stream: Option<StreamId>,
}

impl Rows for Except<'_> {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        if self.stream == Some(stream) { Held::Unknown } else { self.rows.get(stream, key) }
    }
}

/// Rows of a stream that is folded from its beginning or from a snapshot: its structure is held whole, so that what
/// is not there does not exist.
pub(super) struct Whole<'a>(pub &'a dyn Rows);

impl Rows for Whole<'_> {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        match self.0.get(stream, key) {
            Held::Unknown if key.is_structure() => Held::Absent,
            held => held,
        }
    }
}

/// Rows without those that are stale. To step over these would leave out what they lack for good: their
/// place would be that of the event, and the page that brings the rest no newer.
pub(super) struct Fresh<'a> {
    pub rows: &'a dyn Rows,
    /// What is held; `None`: nothing is stale.
    pub held: Option<&'a StreamHeld>,
}

impl Rows for Fresh<'_> {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        match self.held {
            Some(held) if !held.is_fresh_row(self.rows, stream, key) => Held::Unknown,
            _ => self.rows.get(stream, key),
        }
    }
}

/// The rows of a chunk that are newer than those held; keys and values of a newer fold are left out. Rows of stale ranges
/// are never stepped over, so that at the same seq ours says the same.
pub(super) fn newer(rows: &dyn Rows, stream: StreamId, chunk: Vec<WireRow>) -> Vec<(StreamId, Key, Row)> {
    let read = chunk.into_iter().filter_map(|row| Some((Key::read(&row.key)?, Row::read(&row.value)?)));
    let newer = read.filter(|(key, row)| match rows.get(stream, key) {
        Held::Row(held) => row.seq > held.seq,
        Held::Absent | Held::Unknown => true,
    });
    newer.map(|(key, row)| (stream, key, row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use folkmoot_model::row::{RowMap, Value};

    #[test]
    fn a_page_that_was_read_before_an_event_takes_nothing_back() {
        let stream = StreamId([1; 16]);
        let row = |seq| Row { seq, value: Value::Access };
        let held = RowMap([((stream, Key::Access), row(7))].into());
        let sent = |key: Key, seq| WireRow { key: key.bytes(), value: row(seq).bytes() };
        let taken = |seq| newer(&held, stream, vec![sent(Key::Access, seq), sent(Key::Pins, seq)]);
        assert_eq!(taken(6), [(stream, Key::Pins, row(6))], "only what is not held");
        assert_eq!(taken(7), [(stream, Key::Pins, row(7))]);
        assert_eq!(taken(8).len(), 2);
    }
}
