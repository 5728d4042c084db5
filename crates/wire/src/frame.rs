//! The frames, from client to server and back. What each side does with them is `folkmoot-sync`.

use bytes::Bytes;
use folkmoot_model::event::{Envelope, Logged};
use folkmoot_model::id::{DeviceId, EventId, PersonId, Seq, StreamId};
use folkmoot_model::refusal::Refusal;
use minicbor::{Decode, Encode};

/// The protocol version that this code speaks. A server speaks this and the one before.
pub const VERSION: u16 = 1;

/// Why a server closes a connection. The numbers are WebSocket close codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum ByeCode {
    /// The frame cannot be read, is too large, or does not belong here.
    #[n(4000)]
    BadFrame,
    /// The token has expired: refresh it and come back.
    #[n(4001)]
    Expired,
    /// The device is signed out.
    #[n(4003)]
    Revoked,
    /// No version in common.
    #[n(4005)]
    Version,
    /// Frames were not read for too long.
    #[n(4008)]
    Slow,
    /// The server cannot serve now; come back later.
    #[n(4013)]
    Busy,
}

impl ByeCode {
    /// The WebSocket close code.
    pub fn close_code(self) -> u16 {
        match self {
            Self::BadFrame => 4000,
            Self::Expired => 4001,
            Self::Revoked => 4003,
            Self::Version => 4005,
            Self::Slow => 4008,
            Self::Busy => 4013,
        }
    }

    /// Reads a WebSocket close code; `None` if it is not one of ours.
    pub fn of_close_code(code: u16) -> Option<Self> {
        [Self::BadFrame, Self::Expired, Self::Revoked, Self::Version, Self::Slow, Self::Busy]
            .into_iter()
            .find(|bye| bye.close_code() == code)
    }
}

macro_rules! frames {
    ($(#[$doc:meta])* $name:ident { $($byte:literal $variant:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = concat!("Type ", stringify!($byte), ".")] $variant($variant)),*
        }

        impl $name {
            /// The type byte.
            pub fn type_byte(&self) -> u8 {
                match self { $(Self::$variant(_) => $byte),* }
            }

            /// The frame's bytes.
            pub fn bytes(&self) -> Bytes {
                match self { $(Self::$variant(body) => crate::codec::frame($byte, body)),* }
            }

            /// Reads a frame. See [`crate::codec::Unreadable`] for what fails.
            pub fn read(bytes: &[u8]) -> Result<Self, crate::codec::Unreadable> {
                let (byte, body) = crate::codec::split(bytes)?;
                match byte {
                    $($byte => crate::codec::body(body).map(Self::$variant),)*
                    unknown => Err(crate::codec::Unreadable::UnknownType(unknown)),
                }
            }
        }

        $(impl From<$variant> for $name {
            fn from(body: $variant) -> Self { Self::$variant(body) }
        })*
    };
}

frames! {
    /// What a client says.
    ClientFrame {
        0x01 Hello, 0x02 Sub, 0x03 Unsub, 0x04 Submit, 0x05 Recv, 0x06 Page, 0x07 Signal, 0x08 Auth, 0x09 Pong,
        0x0A Probe,
    }
}

frames! {
    /// What a server says.
    ServerFrame {
        0x21 Welcome, 0x22 Events, 0x23 Snapshot, 0x24 PageRows, 0x25 Ack, 0x26 Nack, 0x27 Revoked, 0x28 Signalled,
        0x29 Ping, 0x2A Busy, 0x2B Bye, 0x2C Caught,
    }
}

/// How far a device holds a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Cursor {
    /// The stream.
    #[n(0)]
    pub stream: StreamId,
    /// The last seq whose effects are held; 0 for nothing.
    #[n(1)]
    pub seq: Seq,
}

/// The first frame of a connection.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Hello {
    /// The oldest version that the client speaks.
    #[n(0)]
    pub min: u16,
    /// The newest.
    #[n(1)]
    pub max: u16,
    /// The version of its fold.
    #[n(2)]
    pub fold: u32,
    /// Its access token.
    #[n(3)]
    pub token: String,
    /// Its device.
    #[n(4)]
    pub device: DeviceId,
    /// The streams it follows from the start.
    #[n(5)]
    pub cursors: Vec<Cursor>,
}

impl std::fmt::Debug for Hello {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hello({}..{} fold {} {} cursors {:?})", self.min, self.max, self.fold, self.device, self.cursors)
    }
}

/// Follow a stream from a cursor on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Sub {
    /// From where.
    #[n(0)]
    pub cursor: Cursor,
}

/// Follow it no longer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Unsub {
    /// Which.
    #[n(0)]
    pub stream: StreamId,
}

/// Append these, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Submit {
    /// To which stream.
    #[n(0)]
    pub stream: StreamId,
    /// The events, at most [`crate::limits::SUBMIT_EVENTS_MAX`].
    #[n(1)]
    pub events: Vec<Envelope>,
    /// Does it begin at the device's first undecided event? Set on the first of a connection and after a `Busy`.
    #[n(2)]
    pub resume: bool,
}

/// Everything up to here has been persisted; opens the window.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Recv {
    /// How far.
    #[n(0)]
    pub cursor: Cursor,
}

/// Send the rows of the messages at these places.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Page {
    /// Of which room.
    #[n(0)]
    pub stream: StreamId,
    /// The places, first and last.
    #[n(1)]
    pub range: Range,
    /// Only rows that changed after this.
    #[n(2)]
    pub since: Seq,
}

/// Places in a stream, both ends included. Empty if `first > last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Range {
    /// The first.
    #[n(0)]
    pub first: Seq,
    /// The last.
    #[n(1)]
    pub last: Seq,
}

/// Tell those who follow the stream now; stored nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Signal {
    /// To whom.
    #[n(0)]
    pub stream: StreamId,
    /// A CBOR [`folkmoot_model::signal::Signal`].
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

/// A newer access token of the same device.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Auth {
    /// The token.
    #[n(0)]
    pub token: String,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Auth(..)")
    }
}

/// The answer to a `Ping`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Pong {}

/// Asks for a `Ping` at once, and in it for the full list of heads if `full`.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Probe {
    /// All heads, not only the changed ones?
    #[n(0)]
    pub full: bool,
}

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

/// A row as it crosses the wire.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WireRow {
    /// See [`folkmoot_model::row::Key::bytes`].
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub key: Vec<u8>,
    /// See [`folkmoot_model::row::Row::bytes`].
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub value: Vec<u8>,
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
    /// The places that were asked for.
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
