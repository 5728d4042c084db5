//! From frames to bytes and back. What the bytes mean is `frame.rs`.

use crate::frame::Cursor;
use crate::limits::FRAME_BYTES_MAX;
use bytes::Bytes;
use minicbor::{Decode, Encode};

/// A frame that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No type byte.
    #[error("the frame is empty")]
    Empty,
    /// More than [`FRAME_BYTES_MAX`].
    #[error("the frame has {0} bytes")]
    TooLarge(usize),
    /// A type that this version does not know: skipped by clients, refused by servers.
    #[error("frame type {0:#04x} is unknown")]
    UnknownType(u8),
    /// The body is not what the type says.
    #[error("the frame's body is malformed")]
    Malformed,
}

/// The bytes of a frame.
pub fn frame<T: Encode<()>>(type_byte: u8, body: &T) -> Bytes {
    let mut bytes = vec![type_byte];
    minicbor::encode(body, &mut bytes).expect("writing to a Vec cannot fail");
    bytes.into()
}

/// The type byte and the body. Fails if empty or too large.
pub fn split(bytes: &[u8]) -> Result<(u8, &[u8]), Unreadable> {
    if bytes.len() > FRAME_BYTES_MAX {
        return Err(Unreadable::TooLarge(bytes.len()));
    }
    bytes.split_first().map(|(byte, body)| (*byte, body)).ok_or(Unreadable::Empty)
}

/// Reads exactly a body. Unknown fields are skipped without recursion, so depth does no harm.
pub fn body<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, Unreadable> {
    folkmoot_model::event::decode(bytes).ok_or(Unreadable::Malformed)
}

/// Eight bytes that stand for a set of heads, whatever their order: the XOR of a hash of each.
pub fn heads_digest(heads: impl IntoIterator<Item = Cursor>) -> u64 {
    heads.into_iter().fold(0, |digest, head| digest ^ head_digest(head))
}

/// The part of one head in [`heads_digest`].
pub fn head_digest(head: Cursor) -> u64 {
    let mut hash = [0; 24];
    hash[..16].copy_from_slice(head.stream.as_bytes());
    hash[16..].copy_from_slice(&head.seq.to_be_bytes());
    let digest = blake3::hash(&hash);
    u64::from_be_bytes(digest.as_bytes()[..8].try_into().expect("a hash has 32 bytes"))
}
