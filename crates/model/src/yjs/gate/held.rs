//! What a gate remembers of one Yjs client: its owner, its clock, where its elements lie and which are deleted.
//!
//! Neighbouring elements of the same place are one run, and runs are written as short integers, so that a checkpoint
//! carries them for a few bytes each. The text itself is never kept.

use super::scan::ClockRange;
use crate::yjs::lib0::write_number;
use minicbor::data::Type;
use minicbor::decode::Error;
use minicbor::{Decode, Decoder, Encode, Encoder};
use std::collections::BTreeMap;

/// One Yjs client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Client {
    /// Its owner, as an index into the gate's people.
    #[n(0)]
    pub(crate) owner: u32,
    /// The clock of its next element.
    #[n(1)]
    pub(crate) next: u32,
    /// Where its elements lie.
    #[n(2)]
    pub(crate) runs: Runs,
    /// Which of them are deleted.
    #[n(3)]
    pub(crate) deleted: Ranges,
}

/// Elements of one client from `start` to the start of the next run, all of one kind and in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) start: u32,
    pub(crate) kind: Kind,
    pub(crate) place: Place,
}

/// May an element hold others?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It cannot.
    Leaf,
    /// It is a type, so it can.
    Type,
    /// It could have been a type, but it is deleted: yrs collects whatever is put into it.
    Gone,
}

/// A list or one key of a map: yrs reads freed memory after items whose neighbours are elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) home: Home,
    /// 0 for the list, else one more than the index of the key among the gate's names.
    pub(crate) key: u32,
    /// How many types lie around it: 0 in a root.
    pub(crate) depth: u32,
}

/// The type that a place belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Home {
    /// Collected, so nobody knows.
    Gone,
    /// A root, by the index of its name among the gate's names.
    Root(u32),
    /// The type inserted by this client at this clock.
    In(u32, u32),
}

impl Place {
    pub(crate) const GONE: Self = Self { home: Home::Gone, key: 0, depth: 0 };
}

/// Runs, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Runs(Vec<Run>);

impl Runs {
    /// Appends a run that starts where the last one ends.
    pub(crate) fn push(&mut self, run: Run) {
        let continues = self.0.last().is_some_and(|last| last.kind == run.kind && last.place == run.place);
        if !continues {
            self.0.push(run);
        }
    }

    pub(crate) fn append(&mut self, later: Self) {
        later.0.into_iter().for_each(|run| self.push(run));
    }

    /// The run that holds `clock`, which is known to be held.
    pub(crate) fn at(&self, clock: u32) -> Option<&Run> {
        self.0.partition_point(|run| run.start <= clock).checked_sub(1).and_then(|index| self.0.get(index))
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

impl<C> Encode<C> for Runs {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let (mut out, mut before) = (Vec::new(), 0);
        for run in &self.0 {
            write_number(&mut out, run.start - before);
            before = run.start;
            let (home, parts) = match run.place.home {
                Home::Gone => (0, [None, None]),
                Home::Root(name) => (1, [Some(name), None]),
                Home::In(client, clock) => (2, [Some(client), Some(clock)]),
            };
            write_number(&mut out, run.kind as u32 + 3 * home);
            parts
                .into_iter()
                .flatten()
                .chain([run.place.key, run.place.depth])
                .for_each(|part| write_number(&mut out, part));
        }
        e.bytes(&out)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Runs {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        let mut bytes = d.bytes()?;
        let (mut runs, mut start) = (Vec::new(), 0_u32);
        while !bytes.is_empty() {
            let step = read(&mut bytes)?;
            if (step == 0) != runs.is_empty() {
                return Err(Error::message("runs are ascending from 0"));
            }
            start = start.checked_add(step).ok_or(Error::message("a clock beyond 2^32"))?;
            let tag = read(&mut bytes)?;
            let kind = [Kind::Leaf, Kind::Type, Kind::Gone][tag as usize % 3];
            let home = match tag / 3 {
                0 => Home::Gone,
                1 => Home::Root(read(&mut bytes)?),
                2 => Home::In(read(&mut bytes)?, read(&mut bytes)?),
                _ => return Err(Error::message("an unknown kind of run")),
            };
            runs.push(Run { start, kind, place: Place { home, key: read(&mut bytes)?, depth: read(&mut bytes)? } });
        }
        Ok(Self(runs))
    }
}

/// A set of clocks, as ascending ranges that do not touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ranges(BTreeMap<u32, u32>);

impl Ranges {
    /// Are all clocks of `range` in the set?
    pub(crate) fn covers(&self, range: ClockRange) -> bool {
        self.0.range(..=range.start).next_back().is_some_and(|(_, end)| *end >= range.end)
    }

    /// What is not in the set around `range`, as far as that is known to be without a gap.
    pub(crate) fn free_around(&self, range: ClockRange) -> ClockRange {
        let before = self.0.range(..=range.start).next_back().map_or(0, |(_, end)| (*end).min(range.start));
        let after = self.0.range(range.end..).next().map_or(u32::MAX, |(start, _)| *start);
        ClockRange { start: before, end: after }
    }

    pub(crate) fn insert(&mut self, range: ClockRange) {
        let ClockRange { mut start, mut end } = range;
        while let Some((&left, &right)) = self.0.range(..=end).next_back().filter(|(_, right)| **right >= start) {
            self.0.remove(&left);
            start = start.min(left);
            end = end.max(right);
        }
        self.0.insert(start, end);
    }
}

impl<C> Encode<C> for Ranges {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let (mut out, mut before) = (Vec::new(), 0);
        for (start, end) in &self.0 {
            write_number(&mut out, start - before);
            write_number(&mut out, end - start);
            before = *end;
        }
        e.bytes(&out)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Ranges {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        let mut bytes = d.bytes()?;
        let (mut ranges, mut before) = (Self::default(), 0_u32);
        while !bytes.is_empty() {
            let (gap, len) = (read(&mut bytes)?, read(&mut bytes)?);
            let start = before.checked_add(gap).ok_or(Error::message("a clock beyond 2^32"))?;
            before = start.checked_add(len).ok_or(Error::message("a clock beyond 2^32"))?;
            ranges.insert(ClockRange { start, end: before });
        }
        Ok(ranges)
    }
}

pub(super) fn read(bytes: &mut &[u8]) -> Result<u32, Error> {
    let mut number = 0_u64;
    for shift in (0..35).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(Error::type_mismatch(Type::Bytes))?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return u32::try_from(number).map_err(|_| Error::message("an integer beyond 32 bits"));
        }
    }
    Err(Error::message("an integer beyond 32 bits"))
}
