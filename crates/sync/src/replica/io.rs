//! What goes into the client machine and what comes out: closed enums, no callbacks.

use crate::outbox::{Draft, Entry};
use folkmoot_model::event::Event;
use folkmoot_model::id::{DeviceId, EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::{Key, List};
use folkmoot_model::refusal::Refusal;
use folkmoot_model::row::Row;
use folkmoot_model::signal::Signal;
use folkmoot_wire::frame::{ByeCode, ClientFrame, Range, ServerFrame};

/// What happens to the machine.
#[derive(Debug)]
pub enum Input {
    /// The person did something: these events belong together and are queued in this order, under ids that the
    /// caller minted with [`crate::replica::Replica::mint`]. The caller has asked `permits` before.
    Queue {
        /// To which stream, under which id, what.
        events: Vec<(StreamId, EventId, Event)>,
    },
    /// The webview changed a document: a Yjs update. It is journalled, and becomes (part of) an event when it is sent.
    Edit {
        /// Which document.
        document: StreamId,
        /// The update.
        update: Vec<u8>,
    },
    /// An answer to [`Effect::EditRefused`]: what was refused, and everything said in the document since, is said again in
    /// these updates. The first is an event at once, so that nothing of the old remains.
    EditAgain {
        /// Which document.
        document: StreamId,
        /// The refused event.
        refused: EventId,
        /// The updates, at least one.
        updates: Vec<Vec<u8>>,
    },
    /// The other answer: it cannot be said otherwise. It stays refused, for the person to keep or copy.
    EditStays {
        /// The refused event.
        refused: EventId,
    },
    /// The person gives up refused events.
    Discard {
        /// Which.
        events: Vec<EventId>,
    },
    /// Say what a refused event said again: these events, as [`Input::Queue`], in its place.
    Again {
        /// The refused event.
        refused: EventId,
        /// To which stream, under which id, what.
        events: Vec<(StreamId, EventId, Event)>,
    },
    /// The person takes back a message of which the server cannot know; see
    /// [`crate::outbox::Outbox::takes_back`].
    TakeBack {
        /// Which.
        message: EventId,
    },
    /// The person has begun to write, or an empty draft: has not.
    Draft {
        /// In which room.
        room: StreamId,
        /// What.
        draft: Draft,
    },
    /// Follow a document from now on, as long as the process runs.
    Follow {
        /// Which.
        document: StreamId,
    },
    /// What is held of a document cannot be used: forget it, and fetch it whole.
    FetchAnew {
        /// Which.
        document: StreamId,
    },
    /// Follow a document no longer.
    Unfollow {
        /// Which.
        document: StreamId,
    },
    /// The rows of these places of a list are wanted on the screen: fetch what is not held or not verified.
    Want {
        /// Of which stream.
        stream: StreamId,
        /// Of which list.
        list: List,
        /// Which places.
        range: Range,
    },
    /// Say something fleeting. That somebody writes is dropped while there is no link; presence and carets are said
    /// again whenever the stream is followed anew.
    Signal {
        /// Where.
        stream: StreamId,
        /// What.
        signal: Signal,
    },
    /// There is an access token (again); also when the person has just signed in.
    Token {
        /// The token.
        token: String,
        /// When it expires by this device's clock, Unix milliseconds: now and the life that the server gave it, since the
        /// server's clock may be another.
        expires_ms: u64,
    },
    /// The connection that `Dial` asked for is open.
    Opened,
    /// It is gone, or could not be opened.
    Lost {
        /// The server's reason, if it gave one.
        code: Option<ByeCode>,
    },
    /// A frame arrived.
    Frame(ServerFrame),
    /// The computer woke, or its network changed: is the link still there?
    Woke,
    /// The person pressed "Try now".
    TryNow,
    /// The time that `Wake` asked for has come, or any other time.
    Tick,
}

/// What the machine wants done, in this order. If a step fails, the machine must be dropped and started again from
/// what is on disk; nothing after the failed step may run.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Append to the journal and fsync. Only then is what it holds "saved".
    Journal(Vec<Entry>),
    /// Change the store in one transaction.
    Commit(Changes),
    /// Open a connection, then say `Opened` or `Lost`.
    Dial,
    /// Close the connection, if there is one. No `Lost` need follow.
    Hangup,
    /// Send a frame.
    Send(ClientFrame),
    /// Tick at this time (Unix milliseconds) at the latest; replaces the earlier one.
    Wake(u64),
    /// Get a new access token with the refresh token, then say `Token`; if the server will not, sign out.
    RefreshToken,
    /// The server signed this device out.
    SignedOut,
    /// Rows that views may show have changed.
    Changed(Vec<(StreamId, Key)>),
    /// How far the person's own events have come has changed; so has the number that is pending.
    OutboxChanged(Vec<StreamId>),
    /// New events of others, in log order, not those of a first fetch: material for notifications.
    Arrived {
        /// Where.
        stream: StreamId,
        /// Their places, first and last.
        range: Range,
    },
    /// A document's body has changed by somebody else (or by another device): give it to the webview.
    Edited {
        /// Which document.
        document: StreamId,
        /// The Yjs update.
        update: Vec<u8>,
    },
    /// A followed document is now held as of the server's head.
    Synced {
        /// Which document.
        document: StreamId,
    },
    /// The server refused changes of the person to a document. To be answered with [`Input::EditAgain`] or
    /// [`Input::EditStays`]: until then the journal says nothing of it, so that after a crash the server is asked once more, and
    /// nothing that was typed since is sent, since it may build on what was refused.
    EditRefused {
        /// Which document.
        document: StreamId,
        /// The event that carried it.
        event: EventId,
        /// Why.
        refusal: Refusal,
    },
    /// Somebody said something fleeting.
    Signalled {
        /// Where.
        stream: StreamId,
        /// Who.
        from: PersonId,
        /// On which of their connections; 0 for all.
        session: u64,
        /// What; `None` if that connection is gone, or no longer follows the stream.
        signal: Option<Signal>,
    },
    /// The state of the link has changed.
    LinkChanged,
    /// The person may no longer read this stream; what was held of it is gone from the store.
    Revoked(StreamId),
}

/// Changes to the store that belong together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Streams of which everything is forgotten first.
    pub forget: Vec<StreamId>,
    /// Rows to put.
    pub rows: Vec<(StreamId, Key, Row)>,
    /// Document updates to keep, by place.
    pub updates: Vec<(StreamId, Seq, Vec<u8>)>,
    /// Documents whose body is now this checkpoint; all updates up to its place are in it.
    pub checkpoints: Vec<(StreamId, Seq, Vec<u8>)>,
    /// How far streams are held now.
    pub streams: Vec<(StreamId, StreamHeld)>,
    /// Events that are in the outbox no longer.
    pub settled: Vec<EventId>,
}

pub use super::held::{HeldRange, LISTS_MAX, StreamHeld};

/// What a machine starts from: what the driver read of the store and the journal.
#[derive(Debug, Clone)]
pub struct Start {
    /// Who is signed in.
    pub person: PersonId,
    /// On which device.
    pub device: DeviceId,
    /// A secret seed, or in a simulation a fixed one.
    pub seed: [u8; 32],
    /// The streams that are held.
    pub streams: Vec<(StreamId, StreamHeld)>,
    /// The journal's entries, in order.
    pub journal: Vec<Entry>,
    /// Never dial.
    pub offline: bool,
}
