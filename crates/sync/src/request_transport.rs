//! A connection carried by requests that may be lost, repeated, or overtake one another: the fallback where a
//! WebSocket is blocked. Each side numbers what it says and keeps it until the other has it, so that above this
//! frames arrive once and in order, or the connection ends.
//!
//! Both directions are alike. A parcel holds what its sender has said and does not know to be received, and how much
//! it has received itself; a request carries one, and so does its response.

use bytes::Bytes;
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_wire::limits::{CARRIED_BYTES_MAX, CARRIED_FRAMES_MAX};
use minicbor::{Decode, Encode};
use std::collections::VecDeque;

/// What one side tells the other.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Parcel {
    /// How many frames the sender has received.
    #[n(0)]
    pub received: u64,
    /// The number of the first frame within.
    #[n(1)]
    pub first: u64,
    /// Frames, contiguous.
    #[n(2)]
    pub frames: Vec<minicbor::bytes::ByteVec>,
}

/// Why a carried connection must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The other side has not received for so long that what waits passes the bound.
    #[error("more waits to be carried than is kept")]
    Full,
    /// The other side speaks of frames that there were not, or has lost some: it began anew.
    #[error("the other side is not the one that this connection began with")]
    Gap,
}

/// One side of a carried connection.
#[derive(Debug, Clone, Default)]
pub struct Carried {
    waiting: VecDeque<Bytes>,
    bytes: usize,
    /// The number of the first that waits.
    first: u64,
    received: u64,
}

impl Carried {
    /// Says a frame: it is in every parcel from now on until the other side has it. Fails with [`Broken::Full`].
    pub fn say(&mut self, frame: Bytes) -> Result<(), Broken> {
        self.bytes += frame.len();
        self.waiting.push_back(frame);
        let full = self.bytes > CARRIED_BYTES_MAX || self.waiting.len() > CARRIED_FRAMES_MAX;
        if full { Err(Broken::Full) } else { Ok(()) }
    }

    /// The next parcel, whatever became of those before.
    pub fn parcel(&self) -> Parcel {
        let frames = self.waiting.iter().map(|frame| frame.to_vec().into()).collect();
        Parcel { received: self.received, first: self.first, frames }
    }

    /// Takes in a parcel, which may be an old one. Gives the frames that are new, in order. Fails with [`Broken::Gap`].
    pub fn accept(&mut self, parcel: Parcel) -> Result<Vec<Bytes>, Broken> {
        let Parcel { received, first, frames } = parcel;
        if first > self.received || received > self.first + self.waiting.len() as u64 {
            return Err(Broken::Gap);
        }
        let received = if planted(Mutant::CarriedForgets) { self.first + self.waiting.len() as u64 } else { received };
        while self.first < received
            && let Some(frame) = self.waiting.pop_front()
        {
            self.bytes -= frame.len();
            self.first += 1;
        }
        let known = usize::try_from(self.received - first).unwrap_or(usize::MAX);
        let known = if planted(Mutant::CarriedRepeats) { 0 } else { known };
        let new: Vec<Bytes> = frames.into_iter().skip(known).map(|frame| Bytes::from(Vec::from(frame))).collect();
        self.received += new.len() as u64;
        Ok(new)
    }

    /// Does anything wait?
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(n: u8) -> Bytes {
        Bytes::from(vec![n])
    }

    #[test]
    fn what_is_lost_comes_again_and_what_is_repeated_comes_once() {
        let (mut ana, mut bo) = (Carried::default(), Carried::default());
        ana.say(frame(1)).unwrap();
        let lost = ana.parcel();
        ana.say(frame(2)).unwrap();
        assert_eq!(bo.accept(ana.parcel()).unwrap(), [frame(1), frame(2)]);
        assert!(bo.accept(lost).unwrap().is_empty(), "an old parcel overtaken by a newer one");
        assert!(ana.accept(bo.parcel()).unwrap().is_empty());
        assert!(ana.is_empty());
    }

    #[test]
    fn another_side_than_before_is_noticed() {
        let (mut ana, mut bo) = (Carried::default(), Carried::default());
        ana.say(frame(1)).unwrap();
        bo.accept(ana.parcel()).unwrap();
        assert_eq!(ana.accept(Parcel { received: 9, first: 0, frames: Vec::new() }), Err(Broken::Gap));
        assert_eq!(Carried::default().accept(Parcel { received: 0, first: 1, frames: Vec::new() }), Err(Broken::Gap));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut ana = Carried::default();
        let said = (0..).take_while(|_| ana.say(frame(0)).is_ok()).count();
        assert_eq!(said, CARRIED_FRAMES_MAX);
    }
}
