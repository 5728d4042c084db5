//! What views read from. A view is a function of this and nothing else, so that it can be told in a test.
//!
//! The engine answers from the device's store with the outbox's effects above. Nothing here changes anything.

use crate::view::alike::Marked;
use crate::view::talk::Talk;
use crate::view::unread::Unread;
use folkmoot_model::event::Event;
use folkmoot_model::id::{DeviceId, EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::Row;
use folkmoot_sync::outbox::Outbox;
use folkmoot_sync::presence::Roster;
use folkmoot_sync::replica::io::StreamHeld;
use std::sync::Arc;

/// Everything that a view may read.
pub trait Source {
    /// Who is signed in.
    fn me(&self) -> PersonId;

    /// On which device.
    fn device(&self) -> DeviceId;

    /// A row as the person sees it: confirmed, with the pending above.
    fn row(&self, stream: StreamId, key: &Key) -> Option<Row>;

    /// Rows with keys from `from` to `to`, both included, ascending or, with `rev`, descending; pending ones included,
    /// at most `limit`.
    fn range(&self, stream: StreamId, from: Key, to: Key, rev: bool, limit: usize) -> Vec<(Key, Row)>;

    /// May the person say this, under this id, as far as this device knows?
    fn permits(&self, stream: StreamId, id: EventId, event: &Event) -> bool;

    /// What this device has said and the server has not yet settled.
    fn outbox(&self) -> &Outbox;

    /// How far a stream is held; `None` if it is not held on this device.
    fn held(&self, stream: StreamId) -> Option<StreamHeld>;

    /// Who is here.
    fn presence(&self) -> &Roster;

    /// The time, Unix milliseconds.
    fn now_ms(&self) -> u64;

    /// When a document was last changed while this device saw it, Unix milliseconds; 0 if it never did.
    fn changed_ms(&self, _document: StreamId) -> u64 {
        0
    }

    /// What was counted of a room or thread and still holds, if that is remembered: see
    /// [`Remembered`](crate::view::remembered::Remembered).
    fn counted(&self, _talk: Talk) -> Option<Unread> {
        None
    }

    /// Who of a space looks like another, if that is remembered as well.
    fn marked(&self, _space: StreamId) -> Option<Arc<Marked>> {
        None
    }
}
