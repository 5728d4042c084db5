//! What a server says.

use super::{ByeCode, Cursor, Range, WireRow};
use folkmoot_model::event::Logged;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::List;
use folkmoot_model::refusal::Refusal;
use minicbor::{Decode, Encode};

/// The session begins.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Welcome {
    /// The version to be spoken.
    #[n(0)]
    pub version: u16,
    /// The version of the server's fold.
    #[n(1)]
    pub fold: u32,
    /// The session's number, for logs.
    #[n(2)]
    pub session: u64,
    /// The server's clock, Unix milliseconds.
    #[n(3)]
    pub server_ms: u64,
    /// When the token expires, Unix milliseconds.
    #[n(4)]
    pub expires_ms: u64,
    /// Who the token names.
    #[n(5)]
    pub person: PersonId,
}

/// A run of a stream's log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Events {
    /// The stream.
    #[n(0)]
    pub stream: StreamId,
    /// The events, contiguous by seq, at least one.
    #[n(1)]
    pub events: Vec<Logged>,
}

/// A stream by its rows, in chunks; whole with the one that says `last`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Snapshot {
    /// The stream.
    #[n(0)]
    pub stream: StreamId,
    /// As of this seq.
    #[n(1)]
    pub seq: Seq,
    /// Rows.
    #[n(2)]
    pub rows: Vec<WireRow>,
    /// The places whose messages are in it, whole.
    #[n(3)]
    pub held: Range,
    /// Is it the first chunk? What came of an earlier snapshot is void.
    #[n(4)]
    pub first: bool,
    /// Is it the last chunk?
    #[n(5)]
    pub last: bool,
    /// Of a document: the next part of its checkpoint.
    #[n(6)]
    #[cbor(with = "minicbor::bytes")]
    pub checkpoint: Option<Vec<u8>>,
}

/// The answer to a `Page`, in chunks.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct PageRows {
    /// The stream.
    #[n(0)]
    pub stream: StreamId,
    /// The places that were asked for; of a sparse list those from its newest entries on, at most
    /// [`PAGE_PLACES_MAX`](crate::limits::PAGE_PLACES_MAX) entries.
    #[n(1)]
    pub range: Range,
    /// Rows.
    #[n(2)]
    pub rows: Vec<WireRow>,
    /// As of this seq.
    #[n(3)]
    pub as_of: Seq,
    /// Is it the last chunk?
    #[n(4)]
    pub last: bool,
    /// Of which list. Servers up to 0.1 know but one.
    #[n(5)]
    #[cbor(default)]
    pub list: List,
}

/// The server knows no such list: the `Page` that asked for these places of it has no other answer. Servers up to 0.1 ended the
/// connection instead.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Unlisted {
    /// The stream.
    #[n(0)]
    pub stream: StreamId,
    /// The places that were asked for.
    #[n(1)]
    pub range: Range,
    /// The number of the list.
    #[n(2)]
    pub list: u32,
}

/// The event is in the log, durably.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Ack {
    /// Which event.
    #[n(0)]
    pub id: EventId,
    /// Its place; of a document update that added nothing, the head.
    #[n(1)]
    pub seq: Seq,
    /// Of which stream.
    #[n(2)]
    pub stream: StreamId,
}

/// The event will never be in the log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Nack {
    /// Which event.
    #[n(0)]
    pub id: EventId,
    /// Why.
    #[n(1)]
    pub refusal: Refusal,
}

/// The person may no longer read the stream. Nothing of it follows.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Revoked {
    /// Which.
    #[n(0)]
    pub stream: StreamId,
}

/// A signal of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Signalled {
    /// In which stream.
    #[n(0)]
    pub stream: StreamId,
    /// Of whom.
    #[n(1)]
    pub from: PersonId,
    /// Of which of their connections; 0 if it speaks for all of them.
    #[n(2)]
    pub session: u64,
    /// A CBOR [`folkmoot_model::signal::Signal`].
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

/// The heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Ping {
    /// Heads that changed since the last `Ping`, or all of them.
    #[n(0)]
    pub heads: Vec<Cursor>,
    /// See [`crate::codec::heads_digest`], over all heads of the session.
    #[n(1)]
    pub digest: u64,
    /// Are these all heads?
    #[n(2)]
    pub full: bool,
}

/// Submits are ignored from this one on, until the client resumes from its first undecided event.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Busy {
    /// Resume after this many milliseconds.
    #[n(0)]
    pub after_ms: u32,
}

/// Everything of the stream up to here has been sent; from now on events come as they happen.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Caught {
    /// How far.
    #[n(0)]
    pub head: Cursor,
}

/// The connection ends.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Bye {
    /// Why.
    #[n(0)]
    pub code: ByeCode,
}
