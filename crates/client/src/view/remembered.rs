//! What was found from many rows and still holds, so that a sidebar of many rooms is not counted anew for each message, nor all names of a
//! space compared for each that is shown.

use crate::view::alike::Marked;
use crate::view::unread::Unread;
use folkmoot_model::id::StreamId;
use folkmoot_model::key::Key;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What still holds.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    counts: BTreeMap<StreamId, Unread>,
    marked: BTreeMap<StreamId, Arc<Marked>>,
}

impl Remembered {
    /// What was counted of a room.
    pub fn count(&self, room: StreamId) -> Option<Unread> {
        self.counts.get(&room).copied()
    }

    /// Remembers a count.
    pub fn counted(&mut self, room: StreamId, unread: Unread) {
        self.counts.insert(room, unread);
    }

    /// Who of a space looks like another.
    pub fn marked(&self, space: StreamId) -> Option<Arc<Marked>> {
        self.marked.get(&space).map(Arc::clone)
    }

    /// Remembers that.
    pub fn found(&mut self, space: StreamId, marked: &Arc<Marked>) {
        self.marked.insert(space, Arc::clone(marked));
    }

    /// These rows changed: what was found from them no longer holds. To be told of every change.
    pub fn changed<'a>(&mut self, rows: impl IntoIterator<Item = &'a (StreamId, Key)>) {
        for (stream, key) in rows {
            match key {
                Key::Read(room) => {
                    self.counts.remove(room);
                }
                Key::Reactions(_) | Key::Listing(_) | Key::Document(_) | Key::Grant(_) | Key::Notify(_) | Key::Pins => {
                }
                Key::Member(_) => {
                    self.marked.remove(stream);
                    self.counts.remove(stream);
                }
                Key::Head | Key::Access | Key::Timeline(_) | Key::Message(_) | Key::Mention(..) => {
                    self.counts.remove(stream);
                }
            }
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::testing::{ME, ROOM, SPACE};
    use folkmoot_model::id::EventId;

    #[test]
    fn a_remembered_count_is_forgotten_when_its_rows_change() {
        let mut cache = Remembered::default();
        let forgets = |cache: &mut Remembered, stream, key| {
            cache.counted(ROOM, Unread { count: 7, ..Unread::default() });
            cache.changed(&[(stream, key)]);
            cache.count(ROOM).is_none()
        };
        assert!(forgets(&mut cache, ME.into(), Key::Read(ROOM)));
        assert!(forgets(&mut cache, ROOM, Key::Timeline(4)));
        assert!(forgets(&mut cache, ROOM, Key::Message(EventId([1; 16]))));
        assert!(forgets(&mut cache, ROOM, Key::Member(ME)));
        assert!(!forgets(&mut cache, ROOM, Key::Reactions(EventId([1; 16]))));
        assert!(!forgets(&mut cache, SPACE, Key::Timeline(4)));
    }

    #[test]
    fn who_looks_like_whom_is_forgotten_when_a_member_changes() {
        let mut remembered = Remembered::default();
        remembered.found(SPACE, &Arc::default());
        remembered.changed(&[(ROOM, Key::Member(ME)), (SPACE, Key::Head)]);
        assert!(remembered.marked(SPACE).is_some());
        remembered.changed(&[(SPACE, Key::Member(ME))]);
        assert!(remembered.marked(SPACE).is_none());
    }
}
