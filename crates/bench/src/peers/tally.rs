//! Who has which edit. Counted by the clocks of the writers' Yjs clients, not by frames: a server may merge several
//! edits into one frame, send them again, or send a writer its own.

use anyhow::{Context, Result};
use bytes::Bytes;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};
use yrs::updates::decoder::Decode;
use yrs::{ClientID, Update};

/// The Yjs client of a writer.
pub fn yjs_client(writer: usize) -> ClientID {
    ClientID::new(writer as u64 + 1)
}

/// What an update holds: by Yjs client, the clocks.
type Held = Arc<[(u64, Range<u32>)]>;

/// Updates whose reading is kept.
const READ_MAX: usize = 4_096;

/// The counts of one round.
#[derive(Debug)]
pub struct Tally {
    /// By writer: when each of its edits was sent.
    sent: Vec<Vec<Instant>>,
    /// By writer: how many have each of its edits.
    reached: Vec<Vec<u32>>,
    /// By client, by writer: the next clock.
    next: Vec<Vec<usize>>,
    /// What updates hold that came before: the same ones come to all clients, and reading one takes as long as
    /// receiving it.
    read: HashMap<Bytes, Held>,
    /// Edits that everybody has.
    pub complete: usize,
    /// From the sending to each arrival.
    pub times: Vec<Duration>,
}

impl Tally {
    /// Of so many clients, the first of which write.
    pub fn new(clients: usize, writers: usize) -> Self {
        Self {
            sent: vec![Vec::new(); writers],
            reached: vec![Vec::new(); writers],
            next: vec![vec![0; writers]; clients],
            read: HashMap::new(),
            complete: 0,
            times: Vec::new(),
        }
    }

    /// A writer has sent one more edit.
    pub fn sent(&mut self, writer: usize, at: Instant) {
        self.sent[writer].push(at);
        self.reached[writer].push(0);
    }

    /// How many edits were sent.
    pub fn all(&self) -> usize {
        self.sent.iter().map(Vec::len).sum()
    }

    /// An update came to a client. Says whether somebody's edit is now everybody's. Fails on what nobody sent.
    pub fn heard(&mut self, client: usize, update: &[u8], at: Instant) -> Result<bool> {
        let others = self.next.len() - 1;
        let before = self.complete;
        for (yjs, clocks) in self.held(update)?.iter() {
            let writer = usize::try_from(*yjs)?.wrapping_sub(1);
            let (from, end) = (clocks.start as usize, clocks.end as usize);
            let sent = self.sent.get(writer).filter(|sent| end <= sent.len()).context("an update that nobody sent")?;
            let next = &mut self.next[client][writer];
            // Its own, which it has; or what comes after a gap, and is worth nothing until that is filled.
            if writer == client || from > *next {
                continue;
            }
            let edits = sent.iter().zip(&mut self.reached[writer]).take(end).skip(*next);
            for (sent_at, reached) in edits {
                self.times.push(at.duration_since(*sent_at));
                *reached += 1;
                self.complete += usize::from(*reached as usize == others);
            }
            *next = (*next).max(end);
        }
        Ok(self.complete > before)
    }

    fn held(&mut self, update: &[u8]) -> Result<Held> {
        if let Some(held) = self.read.get(update) {
            return Ok(Arc::clone(held));
        }
        let inserted = Update::decode_v1(update)?.insertions(true);
        let ranges =
            inserted.iter().flat_map(|(yjs, ranges)| ranges.into_iter().map(|range| (yjs.get(), range.clone())));
        let held: Held = ranges.collect();
        if self.read.len() >= READ_MAX {
            self.read.clear();
        }
        self.read.insert(Bytes::copy_from_slice(update), Arc::clone(&held));
        Ok(held)
    }

    /// The time within which so many of a hundred came.
    pub fn percentile(&mut self, percent: usize) -> Option<Duration> {
        self.times.sort_unstable();
        self.times.get((self.times.len() * percent / 100).min(self.times.len().saturating_sub(1))).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peers::client::Pen;

    #[test]
    fn edits_are_counted_once_each_however_they_come() {
        let (now, mut tally) = (Instant::now(), Tally::new(3, 2));
        let mut pens = [Pen::new(0), Pen::new(1)];
        let mut edits = Vec::new();
        for writer in [0, 0, 1] {
            edits.push(pens[writer].edit());
            tally.sent(writer, now);
        }
        assert_eq!(tally.all(), 3);
        assert!(!tally.heard(0, &edits[0], now).unwrap(), "its own does not count");
        assert!(!tally.heard(1, &edits[0], now).unwrap(), "one of two has it");
        assert!(!tally.heard(1, &edits[0], now).unwrap(), "once more counts nothing");
        let merged = yrs::merge_updates_v1(&edits).unwrap();
        assert!(tally.heard(2, &merged, now).unwrap(), "all in one frame");
        assert_eq!((tally.complete, tally.times.len()), (1, 4));
        assert!(tally.heard(1, &edits[1], now).unwrap());
        assert!(tally.heard(0, &edits[2], now).unwrap());
        assert_eq!((tally.complete, tally.times.len()), (3, 6));
        assert_eq!(tally.percentile(99), Some(Duration::ZERO));
    }

    #[test]
    fn what_comes_after_a_gap_does_not_count_and_what_nobody_sent_fails() {
        let (now, mut tally, mut pen) = (Instant::now(), Tally::new(2, 1), Pen::new(0));
        let edits = [pen.edit(), pen.edit()];
        tally.sent(0, now);
        assert!(tally.heard(1, &edits[1], now).is_err());
        tally.sent(0, now);
        assert!(!tally.heard(1, &edits[1], now).unwrap());
        assert!(tally.heard(1, &edits[0], now).unwrap());
        assert_eq!((tally.complete, tally.all()), (1, 2), "the second is lost");
        assert!(tally.heard(1, &[9, 9], now).is_err());
    }
}
