//! Read marks, at most one per second and room or thread: scrolling through a room is many, and the furthest is all that counts.
//!
//! A pure machine; the time is given.

use crate::view::talk::Talk;
use folkmoot_model::id::{Seq, StreamId};
use std::collections::BTreeMap;

/// Between two read marks of a room or thread, in milliseconds.
const EVERY_MS: u64 = 1_000;

/// The marks that wait, and when the last of each went.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    waiting: BTreeMap<Talk, Seq>,
    went_ms: BTreeMap<Talk, u64>,
}

impl Reading {
    /// The room or thread is read up to `seq`.
    pub fn read(&mut self, talk: Talk, seq: Seq) {
        let waiting = self.waiting.entry(talk).or_insert(seq);
        *waiting = seq.max(*waiting);
    }

    /// The person wants the room unread: what waits for it is void.
    pub fn unread(&mut self, room: StreamId) {
        self.waiting.remove(&Talk::of_room(room));
    }

    /// The marks whose time has come.
    pub fn due(&mut self, now_ms: u64) -> Vec<(Talk, Seq)> {
        self.went_ms.retain(|_, went_ms| now_ms < *went_ms + EVERY_MS);
        let went_ms = &self.went_ms;
        let due: Vec<(Talk, Seq)> = self
            .waiting
            .iter()
            .filter(|(talk, _)| !went_ms.contains_key(talk))
            .map(|(talk, seq)| (*talk, *seq))
            .collect();
        for (talk, _) in &due {
            self.waiting.remove(talk);
            self.went_ms.insert(*talk, now_ms);
        }
        due
    }

    /// All marks that wait: nothing will come after.
    pub fn rest(&mut self) -> Vec<(Talk, Seq)> {
        std::mem::take(&mut self.waiting).into_iter().collect()
    }

    /// When the next mark is due, Unix milliseconds.
    pub fn due_ms(&self) -> Option<u64> {
        self.waiting.keys().map(|talk| self.went_ms.get(talk).map_or(0, |went_ms| went_ms + EVERY_MS)).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: StreamId = StreamId([1; 16]);
    const TALK: Talk = Talk { room: ROOM, thread: None };

    #[test]
    fn the_first_mark_goes_at_once_and_the_furthest_of_the_rest_a_second_later() {
        let mut reading = Reading::default();
        reading.read(TALK, 3);
        assert_eq!(reading.due(1_000), [(TALK, 3)]);
        for seq in [5, 9, 7] {
            reading.read(TALK, seq);
        }
        assert_eq!((reading.due(1_999), reading.due_ms()), (vec![], Some(2_000)));
        assert_eq!(reading.due(2_000), [(TALK, 9)]);
        assert_eq!(reading.due_ms(), None);
    }

    #[test]
    fn marking_unread_voids_what_waits() {
        let mut reading = Reading::default();
        reading.read(TALK, 3);
        reading.unread(ROOM);
        assert_eq!(reading.due(0), []);
    }
}
