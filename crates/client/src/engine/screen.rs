//! What views read from: the device's rows with the pending ones above, and who is here.

use super::device::Device;
use crate::source::Source;
use crate::view::alike::{self, Marked};
use crate::view::remembered::Remembered;
use crate::view::talk::Talk;
use crate::view::unread::{Unread, count};
use folkmoot_model::event::Event;
use folkmoot_model::id::{DeviceId, EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::Row;
use folkmoot_sync::outbox::Outbox;
use folkmoot_sync::presence::Roster;
use folkmoot_sync::replica::Replica;
use folkmoot_sync::replica::io::StreamHeld;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What this device holds, as the person sees it.
pub(super) struct Screen<'a> {
    pub(super) device: &'a Device,
    pub(super) replica: &'a Replica,
    pub(super) person: PersonId,
    pub(super) installation: DeviceId,
    pub(super) roster: &'a Roster,
    pub(super) remembered: &'a RefCell<Remembered>,
    pub(super) changed: &'a BTreeMap<StreamId, u64>,
    pub(super) now_ms: u64,
}

impl Source for Screen<'_> {
    fn me(&self) -> PersonId {
        self.person
    }

    fn device(&self) -> DeviceId {
        self.installation
    }

    fn row(&self, stream: StreamId, key: &Key) -> Option<Row> {
        self.replica.row(self.device, stream, key).row()
    }

    fn range(&self, stream: StreamId, from: Key, to: Key, rev: bool, limit: usize) -> Vec<(Key, Row)> {
        let confirmed = self.device.range(stream, &from, &to, rev, limit);
        let mut pending = self.replica.overlay_range(stream, from, to).peekable();
        if pending.peek().is_none() {
            return confirmed;
        }
        // Keys are ordered as their bytes are.
        let mut rows: BTreeMap<Key, Row> = confirmed.into_iter().collect();
        rows.extend(pending.map(|(key, row)| (*key, row.clone())));
        if rev { rows.into_iter().rev().take(limit).collect() } else { rows.into_iter().take(limit).collect() }
    }

    fn permits(&self, stream: StreamId, id: EventId, event: &Event) -> bool {
        self.replica.permits(self.device, stream, id, event).is_ok()
    }

    fn outbox(&self) -> &Outbox {
        self.replica.outbox()
    }

    fn held(&self, stream: StreamId) -> Option<StreamHeld> {
        self.replica.held(stream).cloned()
    }

    fn presence(&self) -> &Roster {
        self.roster
    }

    fn now_ms(&self) -> u64 {
        self.now_ms
    }

    fn changed_ms(&self, document: StreamId) -> u64 {
        self.changed.get(&document).copied().unwrap_or_default()
    }

    fn counted(&self, talk: Talk) -> Option<Unread> {
        if let Some(known) = self.remembered.borrow().count(talk) {
            return Some(known);
        }
        // It would be counted anew at each piece that comes, and be wrong until the last.
        if self.replica.is_coming(talk.room) {
            return Some(Unread::default());
        }
        // Counting reads rows and asks for no counts, so the cache is not borrowed meanwhile.
        let unread = count(self, talk);
        self.remembered.borrow_mut().counted(talk, unread);
        Some(unread)
    }

    fn marked(&self, space: StreamId) -> Option<Arc<Marked>> {
        if let Some(known) = self.remembered.borrow().marked(space) {
            return Some(known);
        }
        let marked = alike::find(self, space);
        self.remembered.borrow_mut().found(space, &marked);
        Some(marked)
    }
}
