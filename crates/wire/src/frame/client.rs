//! What a client says.

use super::{Cursor, Range};
use folkmoot_model::event::Envelope;
use folkmoot_model::id::{DeviceId, Seq, StreamId};
use folkmoot_model::key::List;
use minicbor::{Decode, Encode};

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

/// Send the rows of what stands at these places of a list.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Page {
    /// Of which stream.
    #[n(0)]
    pub stream: StreamId,
    /// The places, first and last.
    #[n(1)]
    pub range: Range,
    /// Only rows that changed after this.
    #[n(2)]
    pub since: Seq,
    /// Of which list. Clients up to 0.1 know but one.
    #[n(3)]
    #[cbor(default)]
    pub list: List,
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
