//! Spaces, and the directory of each: the list of its public rooms.
//!
//! A directory is a stream of its own, so that guests, who read the space, do not read what rooms there are.

use crate::event::Event;
use crate::fact::{About, At, Context, Fact, Parent, Scope, Words};
use crate::features::rooms::{RoomAccess, RoomHead, topical};
use crate::id::{EventId, StreamId};
use crate::key::Key;
use crate::refusal::{Code, Refusal};
use crate::row::{Held, Rows, Value};
use crate::rule::Authorization;
use crate::writing::named;
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The directory of a space. Its id follows from the space's.
pub fn directory(space: StreamId) -> StreamId {
    StreamId::derive("folkmoot directory", &[space.as_bytes()])
}

/// A space was made.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct SpaceOpened {
    /// Its name, at most [`NAME_BYTES_MAX`](crate::writing::NAME_BYTES_MAX).
    #[n(0)]
    pub name: String,
}

/// The server opened the directory of a space.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct DirectoryOpened {
    /// Of which space.
    #[n(0)]
    pub space: StreamId,
}

/// A public room was listed, or listed anew after a change. The server derives it from what is said in the room.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct RoomListed {
    /// Which.
    #[n(0)]
    pub room: StreamId,
    /// Its name.
    #[n(1)]
    pub name: String,
    /// Its topic.
    #[n(2)]
    pub topic: String,
    /// Is it archived?
    #[n(3)]
    pub archived: bool,
}

/// The head of a space.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SpaceHead {
    /// Its name.
    #[n(0)]
    pub name: String,
}

/// The head of a directory.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DirectoryHead {
    /// Its space.
    #[n(0)]
    pub space: StreamId,
}

/// A public room as the directory lists it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ListingRow {
    /// Its name.
    #[n(0)]
    pub name: String,
    /// Its topic.
    #[n(1)]
    pub topic: String,
    /// Is it archived?
    #[n(2)]
    pub archived: bool,
}

impl Fact for SpaceOpened {
    const SCOPE: Scope = Scope::ServerOpening;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        self.name.as_str().into()
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Head]
    }

    fn permit(&self, author: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        named(&self.name)?;
        author.openable()
    }

    fn step(&self, _: &Key, _: Option<Value>, _: &At) -> Option<Value> {
        Some(Value::Space(SpaceHead { name: self.name.clone() }))
    }
}

impl Fact for DirectoryOpened {
    const SCOPE: Scope = Scope::ServerOpening;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Head]
    }

    fn permit(&self, author: &Authorization, context: &Context<'_>) -> Result<(), Refusal> {
        author.space_member()?;
        if author.opened || context.stream != directory(self.space) { Err(Code::IdReuse.into()) } else { Ok(()) }
    }

    fn step(&self, _: &Key, _: Option<Value>, _: &At) -> Option<Value> {
        Some(Value::Directory(DirectoryHead { space: self.space }))
    }

    fn parent(&self) -> Option<Parent> {
        Some(Parent::Space(self.space))
    }
}

impl Fact for RoomListed {
    const SCOPE: Scope = Scope::Server;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Listing(self.room)]
    }

    fn permit(&self, author: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        named(&self.name)?;
        topical(&self.topic)?;
        if author.is_directory { Ok(()) } else { Err(Code::BadRequest.into()) }
    }

    fn step(&self, _: &Key, _: Option<Value>, _: &At) -> Option<Value> {
        let (name, topic) = (self.name.clone(), self.topic.clone());
        Some(Value::Listing(ListingRow { name, topic, archived: self.archived }))
    }
}

/// What the directory of its space is told of `room`, whose head will be `head`: nothing unless it is public.
pub(crate) fn listed(rows: &dyn Rows, room: StreamId, head: RoomHead) -> Option<(StreamId, Event)> {
    let RoomHead { space, access, name, topic, archived, .. } = head;
    let is_open = |directory: &StreamId| rows.get(*directory, &Key::Head) != Held::Absent;
    let directory = (access == RoomAccess::Public).then(|| directory(space)).filter(is_open)?;
    Some((directory, RoomListed { room, name, topic, archived }.into()))
}
