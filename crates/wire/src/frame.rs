//! The frames, from client to server and back. What each side does with them is `folkmoot-sync`.

mod client;
mod later;
mod server;

pub use client::*;
pub use later::LaterPage;
pub use server::*;

use bytes::Bytes;
use folkmoot_model::id::{Seq, StreamId};
use minicbor::{Decode, Encode};

/// The protocol version that this code speaks. A server speaks this and the one before.
pub const VERSION: u16 = 1;

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
        0x29 Ping, 0x2A Busy, 0x2B Bye, 0x2C Caught, 0x2D Unlisted,
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

/// Places in a stream, both ends included. Empty if `first > last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, PartialOrd, Ord)]
pub struct Range {
    /// The first.
    #[n(0)]
    pub first: Seq,
    /// The last.
    #[n(1)]
    pub last: Seq,
}

/// A row as it crosses the wire.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WireRow {
    /// See [`folkmoot_model::key::Key::bytes`].
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    pub key: Vec<u8>,
    /// See [`folkmoot_model::row::Row::bytes`].
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub value: Vec<u8>,
}

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
