//! What goes into the server machine and what comes out: closed enums, no callbacks.

use crate::decide::{Answer, Submission};
use bytes::Bytes;
use folkmoot_model::event::{Above, Logged};
use folkmoot_model::id::{DeviceId, PersonId, Seq, StreamId};
use folkmoot_model::key::{Key, List};
use folkmoot_wire::frame::{ByeCode, ClientFrame, Cursor, LaterPage, Range, WireRow};
use folkmoot_wire::limits;
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

/// What one connection may have under way. The defaults are the protocol's; a simulation, whose frames are small, has
/// smaller ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// With so many bytes that its driver has not written, a connection is read nothing more until they are.
    pub unwritten_bytes: usize,
    /// Reads under way for it; further ones wait for their turn.
    pub reads: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { unwritten_bytes: limits::UNWRITTEN_BYTES, reads: limits::READS_PER_SESSION_MAX }
    }
}

/// What a machine holds at present, for bounds and metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// Connections.
    pub sessions: usize,
    /// Streams that are awake.
    pub states: usize,
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
    /// The most pages under way for one connection, those that wait for their turn included.
    pub pages_max: usize,
    /// The most reads under way for one connection.
    pub reads_max: usize,
    /// The most reads that wait for their turn for one connection.
    pub waiting_max: usize,
    /// The most bytes that one connection's driver has not said to have written.
    pub unwritten_bytes_max: usize,
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
    /// A page of a list arrived that this version does not know.
    Later {
        /// From where.
        session: SessionId,
        /// What it asks for.
        page: LaterPage,
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
    /// The answer to [`Effect::TellDrained`].
    Drained {
        /// Which connection.
        session: SessionId,
    },
    /// A connection takes what it is sent, if slowly: a sign of life, although nothing is heard from it meanwhile.
    Progressed {
        /// Which.
        session: SessionId,
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
    /// Answer with [`Input::Drained`] once all that was sent to a connection before is written. One at a time for each.
    TellDrained {
        /// Which.
        session: SessionId,
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
    /// than [`folkmoot_wire::limits::TAIL_EVENTS_MAX`] after it, or (of a document) a checkpoint lies after it: the first
    /// part of a snapshot.
    Tail {
        /// The last seq that is held.
        after: Seq,
        /// How many at most; none: only whether it may be read, and how far it goes.
        events: u64,
        /// How many bytes about.
        bytes: usize,
    },
    /// The next part of a snapshot that was begun. If its checkpoint is not there any more: the first part of a new one.
    Rest {
        /// As of which seq it was begun.
        seq: Seq,
        /// The places of its messages.
        held: Range,
        /// Where this part begins.
        place: Place,
    },
    /// Rows of what stands at these places of a list and changed after `since`: about
    /// [`folkmoot_wire::limits::ROWS_BYTES`] of them. Of a sparse list the newest
    /// [`folkmoot_wire::limits::PAGE_PLACES_MAX`] entries there.
    Page {
        /// Which list.
        list: List,
        /// The places.
        range: Range,
        /// Only rows with a greater seq.
        since: Seq,
    },
}

/// A place within a snapshot: first the rows of its structure in order of their keys, then the rows of its messages in
/// the order in which they were posted, or (of a document) its checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// After this row of the structure.
    Structure(Key),
    /// After the rows of the message that was posted here.
    Messages(Seq),
    /// At this byte of the checkpoint.
    Checkpoint(u64),
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
    /// A part of the stream by its rows: about [`folkmoot_wire::limits::ROWS_BYTES`].
    Snapshot {
        /// As of this seq, which is the head when it was begun, or (of a document) the checkpoint's. Each row is as of this
        /// or a later one: what follows of the log steps over what a row has seen.
        seq: Seq,
        /// The stream's head as of the read.
        head: Seq,
        /// Rows of its structure and newest messages.
        rows: Vec<WireRow>,
        /// The places of those messages.
        held: Range,
        /// Of a document: a part of its checkpoint.
        checkpoint: Option<Vec<u8>>,
        /// Is it the first part? To [`What::Rest`]: another has taken the place of what was begun.
        first: bool,
        /// Where the next part begins; `None`: this is the last.
        next: Option<Place>,
        /// As in `Tail`.
        marks: Vec<Above>,
    },
    /// Rows of a list.
    Page {
        /// The places that were asked for; of a sparse list those from its newest entries on.
        range: Range,
        /// The rows.
        rows: Vec<WireRow>,
        /// As of this seq.
        as_of: Seq,
        /// The first of these places of which nothing was read, since it would have been too much at once.
        next: Option<Seq>,
    },
}
