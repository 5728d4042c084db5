//! What every kind of event declares, beside its struct: the one place where the fold, the rules, the queue of unsent
//! changes and the screen learn about it.
//!
//! A new event is a struct with an `impl Fact` in its feature's file, and its line in `events!` (`event.rs`). What has
//! no default here cannot be forgotten: where it may be said, what it is about, and which words of the person it holds.

use crate::event::{Event, PLAIN_BODY_BYTES_MAX};
use crate::id::{EventId, PersonId, Seq, StreamId};
use crate::key::Key;
use crate::refusal::Refusal;
use crate::row::{Held, Rows, Value};
use crate::rule::Authorization;
use std::borrow::Cow;

/// A kind of event.
pub trait Fact {
    /// Where it may be said, and by whom.
    const SCOPE: Scope;

    /// The largest body that it may have, in bytes: fields of later versions count too.
    const BODY_BYTES_MAX: usize = PLAIN_BODY_BYTES_MAX;

    /// What it is about, where `id` is its own.
    fn about(&self, id: EventId) -> About;

    /// The words of the person that it holds: if it is refused, they are given back.
    fn words(&self) -> Words<'_>;

    /// The keys of the rows that it changes, from the event alone; at most [`TOUCHES_MAX`](crate::fold::TOUCHES_MAX), each
    /// once. [`Key::Access`] is added where [`Event::changes_access`] holds.
    fn touches(&self, at: &At) -> Vec<Key>;

    /// May it be appended? Asked once the author is known not to be outside, and the stream is in its scope.
    fn permit(&self, author: &Authorization, context: &Context<'_>) -> Result<(), Refusal>;

    /// The value at `key`, one of those that it touches, after it; `None` if it stays as it was.
    fn step(&self, key: &Key, before: Option<Value>, at: &At) -> Option<Value>;

    /// Is the row at `key` new by this event, so that not holding it means that there is none?
    fn makes(&self, key: &Key) -> bool {
        let _ = key;
        Self::SCOPE.opens()
    }

    /// The stream above the one that it opens.
    fn parent(&self) -> Option<Parent> {
        None
    }

    /// May it come where its stream is open already, and change nothing there?
    fn may_repeat(&self) -> bool {
        false
    }

    /// Whose membership it changes: what they may read and do is asked anew.
    fn changes_access_of(&self) -> Option<PersonId> {
        None
    }

    /// Whom it lets in, its author included, and whom it gives a part in something: each is told in their own stream.
    fn lets_in(&self, author: PersonId) -> Vec<PersonId> {
        let _ = author;
        Vec::new()
    }

    /// The events that it answers: as long as both wait to be sent, such a one cannot be taken back without a trace.
    fn answers(&self) -> Vec<EventId> {
        Vec::new()
    }

    /// The Yjs update that it brings into its document.
    fn update(&self) -> Option<&[u8]> {
        None
    }

    /// The events in other streams that follow from it, appended in the same transaction.
    fn derived(&self, on: &Deriving<'_>) -> Vec<(StreamId, Event)> {
        let _ = on;
        Vec::new()
    }
}

/// Where a kind of event may be said, and by whom. It is the first that a rule asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The server alone, as the first event of a stream.
    ServerOpening,
    /// The server alone.
    Server,
    /// A person, in their own stream.
    Own,
    /// Whoever may read the stream above, as the first event of a stream.
    Opening,
    /// Whoever may read the space or room.
    SpaceOrRoom,
    /// Whoever may read the room.
    Room,
    /// Whoever may read the document.
    Document,
}

impl Scope {
    /// The server alone?
    pub fn is_servers(self) -> bool {
        matches!(self, Self::Server | Self::ServerOpening)
    }

    /// Is it the first event that a stream may have?
    pub fn opens(self) -> bool {
        matches!(self, Self::Opening | Self::ServerOpening)
    }
}

/// What an event is about, more closely than its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The stream as a whole.
    Stream,
    /// A message.
    Message(EventId),
    /// A document.
    Document(StreamId),
}

/// The words of a person in an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words<'a> {
    /// It holds none, as a read mark does.
    None,
    /// These.
    Text(Cow<'a, str>),
    /// What the message's text becomes by this delta.
    Edit(EventId, &'a [u8]),
    /// What this Yjs update puts in.
    Update(&'a [u8]),
}

impl<'a> Words<'a> {
    /// Each of these that is not empty, on a line of its own.
    pub fn lines(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let lines: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        match lines.as_slice() {
            [] => Self::None,
            [one] => (*one).into(),
            more => Self::Text(more.join("\n").into()),
        }
    }
}

impl<'a> From<&'a str> for Words<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

/// Where and when an event was said, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Its id.
    pub id: EventId,
    /// Its place; of a pending event a provisional one.
    pub seq: Seq,
    /// Who said it.
    pub author: PersonId,
    /// When: server time once logged, the device's before, Unix milliseconds.
    pub at_ms: u64,
}

/// A stream above another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// A space.
    Space(StreamId),
    /// A room.
    Room(StreamId),
}

impl Parent {
    /// Its id.
    pub fn stream(self) -> StreamId {
        match self {
            Self::Space(stream) | Self::Room(stream) => stream,
        }
    }
}

/// What the rule of an event may look at beside its author.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    pub(crate) rows: &'a dyn Rows,
    /// The stream that it would be appended to.
    pub stream: StreamId,
    /// The event's id.
    pub id: EventId,
}

impl Context<'_> {
    /// The row at `key` of the stream.
    pub fn row(&self, key: &Key) -> Held {
        self.rows.get(self.stream, key)
    }

    /// The head of any stream.
    pub fn head_of(&self, stream: StreamId) -> Held {
        self.rows.get(stream, &Key::Head)
    }

    /// Is it known that the person is no member of the space? Never, where the space is not known.
    pub fn is_stranger(&self, space: Option<StreamId>, person: PersonId) -> bool {
        crate::rule::known_member(self.rows, space, person) == Some(false)
    }
}

/// What the events that follow from another are derived from.
#[derive(Clone, Copy)]
pub struct Deriving<'a> {
    /// The rows before it.
    pub rows: &'a dyn Rows,
    /// The streams that are or were granted to a person.
    pub granted: &'a dyn Fn(PersonId) -> Vec<StreamId>,
    /// Its stream.
    pub stream: StreamId,
    /// Its author.
    pub author: PersonId,
    /// The place that it gets.
    pub seq: Seq,
}
