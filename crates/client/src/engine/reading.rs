//! Read marks, at most one per second and room: scrolling through a room is many, and the furthest is all that counts.
//!
//! A pure machine; the time is given.

use folkmoot_model::id::{Seq, StreamId};
use std::collections::BTreeMap;

/// Between two read marks of a room, in milliseconds.
const EVERY_MS: u64 = 1_000;

/// The marks that wait, and when each room's last one went.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    waiting: BTreeMap<StreamId, Seq>,
    went_ms: BTreeMap<StreamId, u64>,
}

impl Reading {
    /// The room is read up to `seq`.
    pub fn read(&mut self, room: StreamId, seq: Seq) {
        let waiting = self.waiting.entry(room).or_insert(seq);
        *waiting = seq.max(*waiting);
    }

    /// The person wants the room unread: what waits for it is void.
    pub fn unread(&mut self, room: StreamId) {
        self.waiting.remove(&room);
    }

    /// The marks whose time has come.
    pub fn due(&mut self, now_ms: u64) -> Vec<(StreamId, Seq)> {
        self.went_ms.retain(|_, went_ms| now_ms < *went_ms + EVERY_MS);
        let went_ms = &self.went_ms;
        let due: Vec<(StreamId, Seq)> = self
            .waiting
            .iter()
            .filter(|(room, _)| !went_ms.contains_key(room))
            .map(|(room, seq)| (*room, *seq))
            .collect();
        for (room, _) in &due {
            self.waiting.remove(room);
            self.went_ms.insert(*room, now_ms);
        }
        due
    }

    /// All marks that wait: nothing will come after.
    pub fn rest(&mut self) -> Vec<(StreamId, Seq)> {
        std::mem::take(&mut self.waiting).into_iter().collect()
    }

    /// When the next mark is due, Unix milliseconds.
    pub fn due_ms(&self) -> Option<u64> {
        self.waiting.keys().map(|room| self.went_ms.get(room).map_or(0, |went_ms| went_ms + EVERY_MS)).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: StreamId = StreamId([1; 16]);

    #[test]
    fn the_first_mark_goes_at_once_and_the_furthest_of_the_rest_a_second_later() {
        let mut reading = Reading::default();
        reading.read(ROOM, 3);
        assert_eq!(reading.due(1_000), [(ROOM, 3)]);
        for seq in [5, 9, 7] {
            reading.read(ROOM, seq);
        }
        assert_eq!((reading.due(1_999), reading.due_ms()), (vec![], Some(2_000)));
        assert_eq!(reading.due(2_000), [(ROOM, 9)]);
        assert_eq!(reading.due_ms(), None);
    }

    #[test]
    fn marking_unread_voids_what_waits() {
        let mut reading = Reading::default();
        reading.read(ROOM, 3);
        reading.unread(ROOM);
        assert_eq!(reading.due(0), []);
    }
}
