//! What goes into the server machine and what comes out: closed enums, no callbacks.

use crate::decide::{Answer, Submission};
use bytes::Bytes;
use folkmoot_model::event::{Above, Logged};
use folkmoot_model::id::{DeviceId, PersonId, Seq, StreamId};
use folkmoot_wire::frame::{ByeCode, ClientFrame, Cursor, Range, WireRow};
use std::collections::{BTreeMap, BTreeSet};

/// A connection's number on this node, never used again.
pub type SessionId = u64;

/// Ties an effect to the input that answers it.
pub type Ticket = u64;

/// Who appends to the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nodes {
    /// This machine alone.
    One,
    /// Others too. What they append arrives as [`Input::Appended`], or is found by asking for heads every second:
    /// being told is a courtesy that may fail.
    Many,
}

/// What a machine holds at present, for bounds and metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Connections.
    pub sessions: usize,
    /// Streams that are awake.
    pub desks: usize,
    /// Events submitted and not decided, over all connections.
    pub undecided: usize,
    /// The most of these of one connection.
    pub undecided_max: usize,
    /// The most bytes of a stream that were sent to one connection and not received by it.
    pub unreceived_bytes_max: usize,
    /// The most events of these.
    pub unreceived_events_max: u64,
    /// The most bytes of a stream that are kept for those who lag.
    pub recent_bytes_max: usize,
    /// The most streams that one connection follows.
    pub followed_max: usize,
    /// The most pages under way for one connection.
    pub pages_max: usize,
    /// Effects that wait for their answers.
    pub tickets: usize,
    /// Signals, or parts of them, that were not passed on since it began: their sender may not be heard in that stream, or
    /// not with that.
    pub signals_dropped: u64,
}

/// Who a connection is, as its token says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The person.
    pub person: PersonId,
    /// The device.
    pub device: DeviceId,
    /// When the token expires, Unix milliseconds.
    pub expires_ms: u64,
}

/// What happens to the machine.
#[derive(Debug)]
pub enum Input {
    /// A connection is open. Its first frame must be `Hello`.
    Connected {
        /// Its number.
        session: SessionId,
    },
    /// A frame arrived. `Hello` and `Auth` come with what their token says, or why it is not taken.
    Frame {
        /// From where.
        session: SessionId,
        /// The frame.
        frame: ClientFrame,
        /// Of `Hello` and `Auth`: whose token it is.
        identity: Option<Result<Identity, ByeCode>>,
    },
    /// A submit passed its person's rate: it was not passed on.
    Throttled {
        /// From where.
        session: SessionId,
        /// When it would have passed.
        after_ms: u32,
    },
    /// The connection sent something that is no frame of this version.
    Garbage {
        /// From where.
        session: SessionId,
    },
    /// The connection is gone.
    Closed {
        /// Which.
        session: SessionId,
    },
    /// A device was signed out, or its person removed from the server.
    SignedOut {
        /// Which.
        device: DeviceId,
    },
    /// The answer to [`Effect::Commit`].
    Committed {
        /// Its ticket.
        ticket: Ticket,
        /// What was written durably; `None` if it failed, or nobody knows whether it did.
        outcome: Option<Committed>,
    },
    /// Something was appended without a session: by an invitation, by an operator.
    Appended {
        /// What, in order of seq within each stream.
        inserts: BTreeMap<StreamId, Vec<Logged>>,
    },
    /// The answer to [`Effect::Read`].
    Read {
        /// Its ticket.
        ticket: Ticket,
        /// What was read; `None` if reading failed.
        outcome: Option<ReadOutcome>,
    },
    /// The answer to [`Effect::Heads`].
    Heads {
        /// The last seq of each stream that was asked for and exists; `None` if reading failed.
        heads: Option<Vec<Cursor>>,
    },
    /// Time passes; at least once a second.
    Tick,
}

/// What a commit wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// One for each submission, in order.
    pub answers: Vec<Answer>,
    /// What was appended to which stream, in order of seq.
    pub inserts: BTreeMap<StreamId, Vec<Logged>>,
}

/// What the machine wants done, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write a frame to a connection.
    Send {
        /// To which.
        session: SessionId,
        /// Its bytes, shared between all who get the same.
        frame: Bytes,
    },
    /// Close a connection after what was sent to it. No `Closed` need follow.
    Close {
        /// Which.
        session: SessionId,
        /// Why.
        code: ByeCode,
    },
    /// Append durably, then answer with [`Input::Committed`]. Per stream there is one at a time.
    Commit {
        /// To be repeated in the answer.
        ticket: Ticket,
        /// To which stream.
        stream: StreamId,
        /// What.
        submissions: Vec<Submission>,
    },
    /// Read in one transaction, then answer with [`Input::Read`].
    Read {
        /// To be repeated in the answer.
        ticket: Ticket,
        /// What.
        read: Read,
    },
    /// Read where these streams end, then answer with [`Input::Heads`]: after a commit of unknown outcome something
    /// may be there that this machine was not told of.
    Heads {
        /// Which.
        streams: Vec<StreamId>,
    },
}

/// A read of a stream on behalf of those who wait for the same of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// Which stream.
    pub stream: StreamId,
    /// For whom, each once: `may_read` is asked for each.
    pub who: BTreeSet<PersonId>,
    /// What.
    pub what: What,
}

/// What to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Events after this seq: at most `events` and about `bytes`, at least one if there is one. If there are more
    /// than [`folkmoot_wire::limits::TAIL_EVENTS_MAX`] after it, or (of a document) a checkpoint lies after it: rows.
    Tail {
        /// The last seq that is held.
        after: Seq,
        /// How many at most.
        events: u64,
        /// How many bytes about.
        bytes: usize,
    },
    /// Rows of messages at these places that changed after `since`.
    Page {
        /// The places.
        range: Range,
        /// Only rows with a greater seq.
        since: Seq,
    },
}

/// What a read gave, of one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOutcome {
    /// For whom of those who asked `may_read` holds as of the read. Nobody may read a stream that does not exist.
    pub permitted: BTreeSet<PersonId>,
    /// What was read; `None` if nobody may.
    pub found: Option<Found>,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Events.
    Tail {
        /// Contiguous from the one after `after`; may be empty.
        events: Vec<Logged>,
        /// The stream's head as of the read.
        head: Seq,
        /// The last access change of the stream itself and of each above it, as of the read.
        marks: Vec<Above>,
    },
    /// The stream by its rows.
    Snapshot {
        /// As of this seq, which is the head, or (of a document) the checkpoint's.
        seq: Seq,
        /// The stream's head as of the read.
        head: Seq,
        /// Its structure and newest messages.
        rows: Vec<WireRow>,
        /// The places of those messages.
        held: Range,
        /// Of a document: its checkpoint, whole.
        checkpoint: Option<Vec<u8>>,
        /// As in `Tail`.
        marks: Vec<Above>,
    },
    /// Rows of messages.
    Page {
        /// The places that were asked for.
        range: Range,
        /// The rows.
        rows: Vec<WireRow>,
        /// As of this seq.
        as_of: Seq,
    },
}
