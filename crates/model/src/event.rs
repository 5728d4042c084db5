//! Everything durable that can happen, one variant each, and the envelope that carries it.
//!
//! Events are facts in the past tense. What each means is declared in the file of its feature (`fact.rs` says what is to be
//! declared); everything here is dispatched to that, closed over all kinds. A body is a CBOR list in which the number of a field is its place: never renumbered, and what is added is
//! optional and comes last.

use crate::fact::{About, At, Context, Deriving, Fact, Parent, Scope, Words};
use crate::features::documents::{DocumentEdited, DocumentListed, DocumentOpened};
use crate::features::messages::{MessageDeleted, MessageEdited, MessagePosted};
use crate::features::people::{MemberAdded, MemberRemoved, RoleChanged};
use crate::features::pins::MessagePinned;
use crate::features::profiles::{ProfileChanged, StatusChosen};
use crate::features::reactions::MessageReacted;
use crate::features::reads::{GrantRevoked, Granted, MarkedUnread, NotifyChosen, ReadTo};
use crate::features::rooms::{RoomArchived, RoomChanged, RoomOpened};
use crate::features::spaces::{DirectoryOpened, RoomListed, SpaceOpened};
use crate::features::threads::{ThreadFollowed, ThreadJoined, ThreadReadTo};
use crate::id::{DeviceId, EventId, PersonId, Seq, StreamId};
use crate::key::Key;
use crate::refusal::Refusal;
use crate::row::Value;
use crate::rule::Authorization;
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The number of an event's kind on the wire. Bit 15 set: a client that does not know it must be updated.
pub type Kind = u16;

/// A body that cannot be read as its kind says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// No such kind in this version.
    #[error("kind {0} is unknown")]
    UnknownKind(Kind),
    /// The body is of a later version of the kind.
    #[error("the body of kind {0} is of a later version")]
    NewerBody(Kind),
    /// The body is not what the kind says.
    #[error("the body of kind {0} is malformed")]
    Malformed(Kind),
}

macro_rules! events {
    ($($kind:literal $name:ident),* $(,)?) => {
        /// One durable fact. The number before each is its kind. As JSON it is its fields and its name in `type`.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "type", rename_all = "snake_case")]
        pub enum Event {
            $(#[doc = concat!("Kind ", stringify!($kind), ".")] $name($name)),*
        }

        impl Event {
            /// The wire number of this kind.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$name(_) => $kind),* }
            }

            /// The body's CBOR bytes.
            pub fn body(&self) -> Vec<u8> {
                match self { $(Self::$name(body) => encode(body)),* }
            }

            /// Reads a body. Fails with [`Unreadable`] on an unknown kind, on malformed bytes and on trailing bytes.
            pub fn read(kind: Kind, body: &[u8]) -> Result<Self, Unreadable> {
                match kind {
                    $($kind => decode(body).map(Self::$name).ok_or(Unreadable::Malformed(kind)),)*
                    unknown => Err(Unreadable::UnknownKind(unknown)),
                }
            }

            /// Where it may be said, and by whom.
            pub fn scope(&self) -> Scope {
                match self { $(Self::$name(_) => <$name as Fact>::SCOPE),* }
            }

            /// Where events of this kind may be said, without reading one; `None` of an unknown kind.
            pub fn scope_of(kind: Kind) -> Option<Scope> {
                match kind {
                    $($kind => Some(<$name as Fact>::SCOPE),)*
                    _ => None,
                }
            }

            /// The largest body that it may have, in bytes.
            pub fn body_bytes_max(&self) -> usize {
                match self { $(Self::$name(_) => <$name as Fact>::BODY_BYTES_MAX),* }
            }
        }

        /// Everything that a kind of event declares, by its own declaration.
        macro_rules! each {
            ($event:expr, $fact:ident => $what:expr) => {
                match $event { $(Event::$name($fact) => $what),* }
            };
        }

        $(impl From<$name> for Event {
            fn from(body: $name) -> Self { Self::$name(body) }
        })*
    };
}

events! {
    1 SpaceOpened, 2 MemberAdded, 3 MemberRemoved, 4 RoleChanged, 5 ProfileChanged, 6 StatusChosen,
    16 RoomOpened, 17 RoomChanged, 18 RoomArchived, 19 RoomListed, 20 DirectoryOpened,
    32 MessagePosted, 33 MessageEdited, 34 MessageDeleted, 35 MessageReacted, 36 MessagePinned,
    48 DocumentListed, 49 DocumentOpened, 50 DocumentEdited,
    64 Granted, 65 GrantRevoked, 66 ReadTo, 67 MarkedUnread, 68 NotifyChosen,
    69 ThreadJoined, 70 ThreadFollowed, 71 ThreadReadTo,
}

/// The kinds of [`MessagePosted`] and [`MessageEdited`], and how the body of the first begins that is in no thread: a CBOR list
/// of three.
const MESSAGE_POSTED: Kind = 32;
const MESSAGE_EDITED: Kind = 33;
const THREE_FIELDS: u8 = 0x83;

/// The largest body of an event that holds no Yjs update: the longest text with the most mentions, and half as much again.
pub const PLAIN_BODY_BYTES_MAX: usize = 64 << 10;

/// The latest time that a client's clock may show, Unix milliseconds: the year 10889.
pub const CLIENT_MS_MAX: u64 = 1 << 48;

impl Event {
    /// See [`Fact::about`].
    pub fn about(&self, id: EventId) -> About {
        each!(self, fact => fact.about(id))
    }

    /// See [`Fact::words`].
    pub fn words(&self) -> Words<'_> {
        each!(self, fact => fact.words())
    }

    /// See [`Fact::touches`].
    pub fn touches(&self, at: &At) -> Vec<Key> {
        let mut keys = each!(self, fact => fact.touches(at));
        if self.changes_access() {
            keys.push(Key::Access);
        }
        keys
    }

    /// See [`Fact::permit`].
    pub fn permit(&self, author: &Authorization, context: &Context<'_>) -> Result<(), Refusal> {
        each!(self, fact => fact.permit(author, context))
    }

    /// See [`Fact::step`].
    pub fn step(&self, key: &Key, before: Option<Value>, at: &At) -> Option<Value> {
        if *key == Key::Access {
            return Some(Value::Access);
        }
        each!(self, fact => fact.step(key, before, at))
    }

    /// See [`Fact::makes`].
    pub fn makes(&self, key: &Key) -> bool {
        each!(self, fact => fact.makes(key))
    }

    /// See [`Fact::parent`].
    pub fn parent(&self) -> Option<Parent> {
        each!(self, fact => fact.parent())
    }

    /// See [`Fact::may_repeat`].
    pub fn may_repeat(&self) -> bool {
        each!(self, fact => fact.may_repeat())
    }

    /// See [`Fact::changes_access_of`].
    pub fn changes_access_of(&self) -> Option<PersonId> {
        each!(self, fact => fact.changes_access_of())
    }

    /// See [`Fact::lets_in`].
    pub fn lets_in(&self, author: PersonId) -> Vec<PersonId> {
        each!(self, fact => fact.lets_in(author))
    }

    /// See [`Fact::answers`].
    pub fn answers(&self) -> Vec<EventId> {
        each!(self, fact => fact.answers())
    }

    /// See [`Fact::update`].
    pub fn update(&self) -> Option<&[u8]> {
        each!(self, fact => fact.update())
    }

    /// See [`Fact::derived`].
    pub fn derived(&self, on: &Deriving<'_>) -> Vec<(StreamId, Self)> {
        each!(self, fact => fact.derived(on))
    }

    /// Is this the first event that a stream may have?
    pub fn opens(&self) -> bool {
        self.scope().opens()
    }

    /// Does it change who may do what in its stream? Sessions read these of every stream above before they deliver.
    pub fn changes_access(&self) -> bool {
        self.opens() || self.changes_access_of().is_some()
    }
}

/// An event as its author's device made it: keys 0–4 of the envelope.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Envelope {
    /// Minted by the client, never again; the idempotency key.
    #[n(0)]
    pub id: EventId,
    /// See [`Event::kind`].
    #[n(1)]
    pub kind: Kind,
    /// The version of the body's shape; 0 for all so far.
    #[n(2)]
    pub body_version: u8,
    /// See [`Event::body`].
    #[n(3)]
    #[cbor(with = "minicbor::bytes")]
    pub body: Vec<u8>,
    /// The device's clock, Unix milliseconds: labels what is pending, orders nothing.
    #[n(4)]
    pub client_ms: u64,
}

impl Envelope {
    /// Seals `event` under `id`.
    pub fn new(id: EventId, event: &Event, client_ms: u64) -> Self {
        Self { id, kind: event.kind(), body_version: 0, body: event.body(), client_ms }
    }

    /// The event within. Fails as [`Event::read`].
    pub fn event(&self) -> Result<Event, Unreadable> {
        match self.body_version {
            0 => Event::read(self.kind, &self.body),
            _ => Err(Unreadable::NewerBody(self.kind)),
        }
    }

    /// Is it the first event that a stream may have? Told without reading it.
    pub fn opens(&self) -> bool {
        Event::scope_of(self.kind).is_some_and(Scope::opens)
    }

    /// Does it bring a Yjs update into a document? Told without reading it.
    pub fn is_update(&self) -> bool {
        Event::scope_of(self.kind) == Some(Scope::Document)
    }

    /// May it let somebody in, or give them a part in something? Told without reading it: most messages are in no thread, and
    /// have no field for one.
    pub fn may_let_in(&self) -> bool {
        match Event::scope_of(self.kind) {
            Some(Scope::Opening | Scope::SpaceOrRoom) => true,
            Some(Scope::Room) if self.kind == MESSAGE_POSTED => self.body.first() > Some(&THREE_FIELDS),
            Some(Scope::Room) => self.kind == MESSAGE_EDITED,
            Some(Scope::Server | Scope::ServerOpening | Scope::Own | Scope::Document) | None => false,
        }
    }

    /// Do two envelopes say the same? The client's clock does not count: a resend may carry another.
    pub fn same_as(&self, other: &Self) -> bool {
        self.id == other.id && self.kind == other.kind && self.body == other.body
    }
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Envelope({} kind {} {} B)", self.id, self.kind, self.body.len())
    }
}

/// An event as a stream's log holds it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Logged {
    /// What the author's device made.
    #[n(0)]
    pub envelope: Envelope,
    /// Its place in the stream.
    #[n(1)]
    pub seq: Seq,
    /// The person, taken from the session.
    #[n(2)]
    pub author: PersonId,
    /// Server time, Unix milliseconds, never less than that of the event before.
    #[n(3)]
    pub server_ms: u64,
    /// The last access change of each stream above, nearest first, when this was appended.
    #[n(4)]
    pub access: Vec<Above>,
    /// The author's device, so that a device knows its own.
    #[n(5)]
    pub device: DeviceId,
}

/// How far a stream above must have been read before an event below it may be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Above {
    /// The stream above.
    #[n(0)]
    pub stream: StreamId,
    /// The seq of its last access change.
    #[n(1)]
    pub seq: Seq,
}

/// An event with its place and circumstances: what the fold steps over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its id.
    pub id: EventId,
    /// Its place; of a pending event a provisional one from [`PENDING_SEQ`] up.
    pub seq: Seq,
    /// Who did it.
    pub author: PersonId,
    /// When: server time once logged, the device's before, Unix milliseconds.
    pub at_ms: u64,
    /// What.
    pub event: Event,
}

/// Provisional places start here: above every place that a log can reach.
pub const PENDING_SEQ: Seq = 1 << 62;

impl Sealed {
    /// Where and when it was said, and by whom.
    pub fn at(&self) -> At {
        At { id: self.id, seq: self.seq, author: self.author, at_ms: self.at_ms }
    }
}

impl Logged {
    /// The event, readable by the fold. Fails as [`Event::read`].
    pub fn sealed(&self) -> Result<Sealed, Unreadable> {
        Ok(Sealed {
            id: self.envelope.id,
            seq: self.seq,
            author: self.author,
            at_ms: self.server_ms,
            event: self.envelope.event()?,
        })
    }
}

/// CBOR bytes of a value whose encoder cannot fail.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to a Vec cannot fail")
}

/// A value from exactly these CBOR bytes; `None` if malformed or followed by more.
pub fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Option<T> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let value = decoder.decode().ok()?;
    (decoder.position() == bytes.len()).then_some(value)
}
