//! The fold: from events to rows, the same code at both ends. It never fails and decides nothing.
//!
//! It is row-local: a step reads the row that it makes and no other. Conditions live in `rule.rs`.

use crate::event::Sealed;
use crate::id::StreamId;
use crate::key::Key;
use crate::mutant::{Mutant, planted};
use crate::row::{Held, Overlay, Row, Rows};

/// Raised when the same events make other rows than before: devices and servers then fold their logs anew.
pub const FOLD_VERSION: u32 = 3;

/// The most rows that one event touches.
pub const TOUCHES_MAX: usize = 64;

/// The keys that `sealed` touches, from the event alone; at most [`TOUCHES_MAX`].
pub fn touches(sealed: &Sealed) -> Vec<Key> {
    sealed.event.touches(&sealed.at())
}

/// The row at `key` after `sealed`, or as it was. `row` is what the reader holds; `None` if there is none.
pub fn step(key: &Key, row: Option<Row>, sealed: &Sealed) -> Option<Row> {
    let taken = row.as_ref().is_some_and(|row| row.seq >= sealed.seq);
    if taken && !planted(Mutant::StepsTwice) {
        return row;
    }
    let before = row.as_ref().map(|row| row.value.clone());
    let value = sealed.event.step(key, before, &sealed.at());
    value.map(|value| Row { seq: sealed.seq, value }).or(row)
}

/// Steps every row that `sealed` touches in `rows`. A row that is not known is left alone, unless this event makes it, or it
/// depends on one that is held.
pub fn apply(rows: &mut Overlay<'_>, stream: StreamId, sealed: &Sealed) {
    for key in touches(sealed) {
        let depends_on_held =
            |rows: &Overlay<'_>| key.depends_on().is_some_and(|whole| matches!(rows.get(stream, &whole), Held::Row(_)));
        let row = match rows.get(stream, &key) {
            Held::Row(row) => Some(row),
            Held::Absent => None,
            Held::Unknown if sealed.event.makes(&key) || depends_on_held(rows) => None,
            Held::Unknown => continue,
        };
        if let Some(row) = step(&key, row, sealed) {
            rows.put(stream, key, row);
        }
    }
}
