//! Rows as they are while a stream is being opened: known to be empty, rather than not held.

use folkmoot_model::event::Event;
use folkmoot_model::id::StreamId;
use folkmoot_model::row::{Held, Key, Rows};
use folkmoot_sync::replica::io::Input;

/// The rows of the device, where streams that are being opened are known to be empty rather than not held.
pub(super) struct Fresh<'a> {
    pub(super) rows: &'a dyn Rows,
    pub(super) opened: Vec<StreamId>,
}

impl Rows for Fresh<'_> {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        match self.rows.get(stream, key) {
            Held::Unknown if self.opened.contains(&stream) => Held::Absent,
            held => held,
        }
    }
}

/// The streams that an input opens.
pub(super) fn opened_by(input: &Input) -> Vec<StreamId> {
    match input {
        Input::Queue { events } => opened(events.iter().map(|(stream, _, event)| (*stream, event))),
        _ => Vec::new(),
    }
}

/// The streams that these events open.
pub(super) fn opened<'e>(events: impl Iterator<Item = (StreamId, &'e Event)>) -> Vec<StreamId> {
    events.filter(|(_, event)| event.opens()).map(|(stream, _)| stream).collect()
}
