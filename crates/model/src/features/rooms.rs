//! Rooms: public, private and direct.
//!
//! A room is its own stream. The public ones are listed in their space's directory (`spaces.rs`); private and direct
//! rooms are known through grants.

use crate::event::Event;
use crate::fact::{About, At, Context, Deriving, Fact, Parent, Scope, Words};
use crate::features::people::{MemberRow, Role};
use crate::features::reads::granted;
use crate::features::spaces::listed;
use crate::id::{EventId, PersonId, StreamId, direct_room};
use crate::key::Key;
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal, Unit};
use crate::row::{Row, Value};
use crate::rule::Authorization;
use crate::writing::{is_line, named};
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most people that a room may be opened with, its opener included. More are added one by one.
pub const OPENING_MEMBERS_MAX: usize = 50;

/// The longest topic, in bytes.
pub const TOPIC_BYTES_MAX: usize = 1_000;

/// Who may come into a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema, ts_rs::TS)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "model.ts")]
pub enum RoomAccess {
    /// Every member of the space but guests reads it and may join.
    #[n(0)]
    Public,
    /// Who is added by one in it.
    #[n(1)]
    Private,
    /// Its first people for ever; its id follows from them.
    #[n(2)]
    Direct,
}

impl RoomAccess {
    /// Is it a direct room?
    pub fn is_direct(self) -> bool {
        self == Self::Direct
    }
}

/// A room was opened by its author.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct RoomOpened {
    /// Its space, for ever.
    #[n(0)]
    pub space: StreamId,
    /// Who may come in.
    #[n(1)]
    pub access: RoomAccess,
    /// Its name; empty for a direct room.
    #[n(2)]
    pub name: String,
    /// What it is about; may be empty.
    #[n(3)]
    pub topic: String,
    /// Who is in it from the start beside its author; at most [`OPENING_MEMBERS_MAX`] with them.
    #[n(4)]
    pub members: Vec<PersonId>,
}

/// A room's name or topic was changed, or who edits in it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct RoomChanged {
    /// The new name, if it changed.
    #[n(0)]
    pub name: Option<String>,
    /// The new topic, if it changed.
    #[n(1)]
    pub topic: Option<String>,
    /// Whether everyone in it edits what others have written, if that changed.
    #[n(2)]
    pub everyone_edits: Option<bool>,
}

/// A room was archived, or taken back out of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct RoomArchived {
    /// Is it archived now?
    #[n(0)]
    pub archived: bool,
}

/// The head of a room.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct RoomHead {
    /// Its space.
    #[n(0)]
    pub space: StreamId,
    /// Who may come in.
    #[n(1)]
    pub access: RoomAccess,
    /// Its name; empty for a direct room.
    #[n(2)]
    pub name: String,
    /// Its topic.
    #[n(3)]
    pub topic: String,
    /// Is it archived?
    #[n(4)]
    pub archived: bool,
    /// The people of a direct room, sorted; empty for others, whose members are rows.
    #[n(5)]
    pub people: Vec<PersonId>,
    /// Does everyone in it edit what others have written? Guests do not. At first only its author edits a message.
    #[n(6)]
    #[cbor(default)]
    pub everyone_edits: bool,
}

impl RoomOpened {
    /// Everyone in it from the start, sorted: its author and the members.
    pub fn people(&self, author: PersonId) -> Vec<PersonId> {
        let mut people = self.members.clone();
        people.push(author);
        people.sort_unstable();
        people.dedup();
        people
    }

    fn is_direct_room_of(&self, head: &Value, people: &[PersonId]) -> bool {
        matches!(head, Value::Room(room) if room.access.is_direct() && room.space == self.space && room.people == people)
    }

    fn head(&self, author: PersonId) -> RoomHead {
        let people = if self.access.is_direct() { self.people(author) } else { Vec::new() };
        let (name, topic) = (self.name.clone(), self.topic.clone());
        RoomHead { space: self.space, access: self.access, name, topic, archived: false, people, everyone_edits: false }
    }

    fn member(&self, person: PersonId, at: &At) -> MemberRow {
        MemberRow {
            present: true,
            role: if person == at.author && !self.access.is_direct() { Role::Admin } else { Role::Member },
            name: String::new(),
            colour: 0,
            since_ms: at.at_ms,
            status: None,
        }
    }
}

impl Fact for RoomOpened {
    const SCOPE: Scope = Scope::Opening;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::lines([self.name.as_str(), self.topic.as_str()])
    }

    fn touches(&self, at: &At) -> Vec<Key> {
        let people = self.people(at.author).into_iter().map(Key::Member);
        [Key::Head].into_iter().chain(people).collect()
    }

    fn permit(&self, author: &Authorization, context: &Context<'_>) -> Result<(), Refusal> {
        let people = self.people(author.who);
        if people.len() > OPENING_MEMBERS_MAX {
            return Err(Refusal::too_many(OPENING_MEMBERS_MAX, Unit::People));
        }
        topical(&self.topic)?;
        author.space_member()?;
        if !self.access.is_direct() {
            named(&self.name)?;
            author.not_guest()?;
        } else if context.stream != direct_room(self.space, &people) || !self.name.is_empty() || people.len() < 2 {
            return Err(Code::BadRequest.into());
        }
        let stranger =
            |person: &PersonId| context.is_stranger(author.space, *person) && !planted(Mutant::AddsStrangers);
        if people.iter().any(stranger) {
            return Err(Code::TargetMissing.into());
        }
        // Last: what is refused whatever stands under the id does not tell whether anything does.
        if !self.access.is_direct() {
            return author.openable();
        }
        // Two people who start it apart both succeed: the second opening changes nothing.
        let head = context.row(&Key::Head).row().map(|row| row.value);
        let is_theirs = head.is_none_or(|head| self.is_direct_room_of(&head, &people));
        if is_theirs { Ok(()) } else { Err(Code::IdReuse.into()) }
    }

    fn step(&self, key: &Key, before: Option<Value>, at: &At) -> Option<Value> {
        // What a direct room was opened with first stays.
        Some(before.unwrap_or_else(|| {
            let Key::Member(person) = *key else { return Value::Room(self.head(at.author)) };
            Value::Member(self.member(person, at))
        }))
    }

    fn parent(&self) -> Option<Parent> {
        Some(Parent::Space(self.space))
    }

    fn may_repeat(&self) -> bool {
        self.access.is_direct()
    }

    fn lets_in(&self, author: PersonId) -> Vec<PersonId> {
        self.people(author)
    }

    fn derived(&self, on: &Deriving<'_>) -> Vec<(StreamId, Event)> {
        let grants = self.people(on.author).into_iter().map(|person| granted(person, on.stream, Some(self.space)));
        grants.chain(listed(on.rows, on.stream, self.head(on.author))).collect()
    }
}

impl RoomChanged {
    fn applied(&self, room: RoomHead) -> RoomHead {
        let name = self.name.clone().unwrap_or(room.name);
        let topic = self.topic.clone().unwrap_or(room.topic);
        let everyone_edits = self.everyone_edits.unwrap_or(room.everyone_edits);
        RoomHead { name, topic, everyone_edits, ..room }
    }
}

impl Fact for RoomChanged {
    const SCOPE: Scope = Scope::Room;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::lines([&self.name, &self.topic].into_iter().flatten().map(String::as_str))
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Head]
    }

    fn permit(&self, author: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        if let Some(name) = &self.name {
            named(name)?;
        }
        topical(self.topic.as_deref().unwrap_or_default())?;
        // It would be listed anew for nothing.
        if self.name.is_none() && self.topic.is_none() && self.everyone_edits.is_none() {
            return Err(Code::BadRequest.into());
        }
        let direct = author.room.as_ref().is_some_and(|room| room.access.is_direct());
        if direct && (self.name.is_some() || self.everyone_edits.is_some()) {
            return Err(Code::BadRequest.into());
        }
        author.writes().and_then(|()| author.not_guest())?;
        if self.everyone_edits.is_some() { author.manages() } else { Ok(()) }
    }

    fn step(&self, _: &Key, before: Option<Value>, _: &At) -> Option<Value> {
        Some(Value::Room(self.applied(room_in(before?)?)))
    }

    fn derived(&self, on: &Deriving<'_>) -> Vec<(StreamId, Event)> {
        let head = on.rows.get(on.stream, &Key::Head).row().and_then(room);
        head.and_then(|head| listed(on.rows, on.stream, self.applied(head))).into_iter().collect()
    }
}

impl RoomArchived {
    fn applied(&self, room: RoomHead) -> RoomHead {
        RoomHead { archived: self.archived, ..room }
    }
}

impl Fact for RoomArchived {
    const SCOPE: Scope = Scope::Room;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Head]
    }

    fn permit(&self, author: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        match &author.room {
            Some(room) if !room.access.is_direct() => author.manages(),
            None if author.is_unknown() => Ok(()),
            _ => Err(Code::BadRequest.into()),
        }
    }

    fn step(&self, _: &Key, before: Option<Value>, _: &At) -> Option<Value> {
        Some(Value::Room(self.applied(room_in(before?)?)))
    }

    fn derived(&self, on: &Deriving<'_>) -> Vec<(StreamId, Event)> {
        if planted(Mutant::ArchivingStaysListed) {
            return Vec::new();
        }
        let head = on.rows.get(on.stream, &Key::Head).row().and_then(room);
        head.and_then(|head| listed(on.rows, on.stream, self.applied(head))).into_iter().collect()
    }
}

/// The room in a row at [`Key::Head`].
pub fn room(row: Row) -> Option<RoomHead> {
    room_in(row.value)
}

fn room_in(value: Value) -> Option<RoomHead> {
    match value {
        Value::Room(room) => Some(room),
        _ => None,
    }
}

/// A topic: one line of at most [`TOPIC_BYTES_MAX`].
pub(crate) fn topical(topic: &str) -> Result<(), Refusal> {
    if topic.len() > TOPIC_BYTES_MAX {
        return Err(Refusal::too_large(TOPIC_BYTES_MAX));
    }
    if is_line(topic) { Ok(()) } else { Err(Code::BadRequest.into()) }
}
