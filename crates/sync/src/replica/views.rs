//! The rows of the store as a fold may read them: without what was forgotten, and without what is stale.

use super::io::HeldRange;
use folkmoot_model::features::messages::message;
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::row::{Held, Row, Rows};
use folkmoot_wire::frame::WireRow;

/// Rows of a stream that was forgotten.
pub(super) struct Nothing;

impl Rows for Nothing {
    fn get(&self, _: StreamId, _: &Key) -> Held {
        Held::Unknown
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

/// Rows without those of messages in stale ranges. To step over these would leave out what they lack for good: their
/// place would be that of the event, and the page that brings the rest no newer.
pub(super) struct Fresh<'a> {
    pub rows: &'a dyn Rows,
    pub ranges: Vec<HeldRange>,
}

impl Fresh<'_> {
    fn is_stale(&self, seq: Seq) -> bool {
        let mut stale = self.ranges.iter().filter(|range| range.stale_since.is_some());
        stale.any(|range| (range.first..=range.last).contains(&seq))
    }

    fn place(&self, stream: StreamId, key: &Key) -> Option<Seq> {
        match key {
            Key::Timeline(seq) => Some(*seq),
            Key::Message(id) | Key::Reactions(id) => {
                let row = self.rows.get(stream, &Key::Message(*id)).row();
                row.and_then(message).map(|message| message.posted_seq)
            }
            _ => None,
        }
    }
}

impl Rows for Fresh<'_> {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        match self.place(stream, key) {
            Some(seq) if self.is_stale(seq) => Held::Unknown,
            _ => self.rows.get(stream, key),
        }
    }
}

/// The rows of a chunk that are newer than those held; keys and values of a newer fold are left out. Rows of stale ranges
/// are never stepped over, so that at the same seq ours says the same.
pub(super) fn newer(rows: &dyn Rows, stream: StreamId, chunk: Vec<WireRow>) -> Vec<(StreamId, Key, Row)> {
    let read = chunk.into_iter().filter_map(|row| Some((Key::read(&row.key)?, Row::read(&row.value)?)));
    let newer = read.filter(|(key, row)| match rows.get(stream, key) {
        Held::Row(held) => row.seq > held.seq || planted(Mutant::OlderRowsWin),
        Held::Absent | Held::Unknown => true,
    });
    newer.map(|(key, row)| (stream, key, row)).collect()
}
