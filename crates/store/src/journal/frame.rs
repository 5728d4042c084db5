//! How a journal lies in its file, and how to read on past damage.
//!
//! The header, twice, since all else depends on it; then frames: length u32 LE of what is sealed · crc32c u32 LE of the
//! length and it · the sealed payload. A seal is bound to the header, whose salt no other file has, and to the frame's
//! index, so that frames cannot be moved, dropped in the middle unnoticed, or brought in from another file.

use crate::header::{HEADER_BYTES, Header, Kind};
use crate::key::SEAL_BYTES;
use crate::limits::PAYLOAD_BYTES_MAX;
use crate::{Key, StoreError};

/// Bytes before the first frame.
pub(super) const HEADERS_BYTES: usize = 2 * HEADER_BYTES;
const PREFIX_BYTES: usize = 8;
const FRAME_BYTES_MIN: usize = PREFIX_BYTES + SEAL_BYTES;

/// The beginning of a file.
pub(super) fn headers(header: &Header) -> Vec<u8> {
    [header.bytes, header.bytes].concat()
}

/// The header of a file, from whichever copy is intact.
pub(super) fn find_header(bytes: &[u8]) -> Option<Header> {
    Header::find(Kind::Journal, bytes).or_else(|| Header::find(Kind::Journal, bytes.get(HEADER_BYTES..)?))
}

/// Adds a frame per payload, the first one's index being `index`.
pub(super) fn write(
    to: &mut Vec<u8>,
    key: &Key,
    header: &Header,
    index: u64,
    payloads: &[&[u8]],
) -> Result<(), StoreError> {
    for (index, payload) in (index..).zip(payloads) {
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Err(StoreError::TooLarge { bytes: payload.len(), max: PAYLOAD_BYTES_MAX });
        }
        let sealed = key.seal(&place(header, index), payload)?;
        let len = (sealed.len() as u32).to_le_bytes();
        to.extend_from_slice(&len);
        to.extend_from_slice(&crc(&len, &sealed).to_le_bytes());
        to.extend_from_slice(&sealed);
    }
    Ok(())
}

/// What was found in a file.
pub(super) struct Read {
    /// Every payload that authenticates, in order.
    pub(super) payloads: Vec<Vec<u8>>,
    /// The index after the last of them.
    pub(super) next_index: u64,
    /// Where the last of them ends.
    pub(super) end: usize,
    /// Bytes before `end` that belong to none.
    pub(super) bad_bytes: usize,
    /// Whether after `end` a checksum holds where no seal does: a frame out of its place, not a torn write.
    pub(super) foreign: bool,
}

/// Reads all frames of a file that begins with this header. After bytes that are no frame it looks on for the next that
/// authenticates; if there is none, they are the tail, after `end`.
pub(super) fn read(bytes: &[u8], key: &Key, header: &Header) -> Read {
    let mut at = HEADERS_BYTES.min(bytes.len());
    let mut read = Read { payloads: Vec::new(), next_index: 0, end: at, bad_bytes: 0, foreign: false };
    while at < bytes.len() {
        let gap = at - read.end;
        // Frames have a least size, so a gap holds only so many.
        let skipped = read.next_index..=read.next_index + (gap / FRAME_BYTES_MIN) as u64;
        let sealed = intact(&bytes[at..]);
        let opened = sealed.and_then(|sealed| {
            let open = |index| key.unseal(&place(header, index), sealed).ok().map(|payload| (index, payload));
            skipped.into_iter().find_map(open)
        });
        match (sealed, opened) {
            (Some(sealed), Some((index, payload))) => {
                at += PREFIX_BYTES + sealed.len();
                read.payloads.push(payload);
                read.bad_bytes += gap;
                read.next_index = index + 1;
                read.end = at;
                read.foreign = false;
            }
            (intact, _) => {
                at += 1;
                read.foreign |= intact.is_some();
            }
        }
    }
    read
}

/// The sealed part of the frame that `bytes` begin with, if its checksum holds.
fn intact(bytes: &[u8]) -> Option<&[u8]> {
    let (len, rest) = bytes.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<4>()?;
    let sealed_bytes = u32::from_le_bytes(*len) as usize;
    if !(SEAL_BYTES..=SEAL_BYTES + PAYLOAD_BYTES_MAX).contains(&sealed_bytes) {
        return None;
    }
    let sealed = rest.get(..sealed_bytes)?;
    (crc(len, sealed) == u32::from_le_bytes(*sum)).then_some(sealed)
}

fn crc(len: &[u8; 4], sealed: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(len), sealed)
}

fn place(header: &Header, index: u64) -> Vec<u8> {
    [header.bytes.as_slice(), &index.to_le_bytes()].concat()
}
