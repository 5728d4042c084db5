//! Spaces, and the directory of each: the list of its public rooms.
//!
//! A directory is a stream of its own, so that guests, who read the space, do not read what rooms there are.

use crate::event::Event;
use crate::features::rooms::{RoomAccess, RoomHead, topical};
use crate::id::StreamId;
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal};
use crate::row::{Held, Key, Rows, Value};
use crate::rule::Authorization;
use crate::writing::named;
use minicbor::{Decode, Encode};

/// The directory of a space. Its id follows from the space's.
pub fn directory(space: StreamId) -> StreamId {
    StreamId::derive("folkmoot directory", &[space.as_bytes()])
}

/// A space was made.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct SpaceOpened {
    /// Its name, at most [`NAME_BYTES_MAX`](crate::writing::NAME_BYTES_MAX).
    #[n(0)]
    pub name: String,
}

/// The server opened the directory of a space.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DirectoryOpened {
    /// Of which space.
    #[n(0)]
    pub space: StreamId,
}

/// A public room was listed, or listed anew after a change. The server derives it from what is said in the room.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
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

impl SpaceOpened {
    pub(crate) fn permit(&self, author: &Authorization) -> Result<(), Refusal> {
        author.server_only()?;
        named(&self.name)?;
        author.openable()
    }

    pub(crate) fn head(&self) -> Value {
        Value::Space(SpaceHead { name: self.name.clone() })
    }
}

impl DirectoryOpened {
    pub(crate) fn permit(&self, author: &Authorization) -> Result<(), Refusal> {
        author.server_only()?;
        author.space_member()?;
        if author.opened || author.stream != directory(self.space) { Err(Code::IdReuse.into()) } else { Ok(()) }
    }

    pub(crate) fn head(&self) -> Value {
        Value::Directory(DirectoryHead { space: self.space })
    }
}

impl RoomListed {
    pub(crate) fn permit(&self, author: &Authorization) -> Result<(), Refusal> {
        author.server_only()?;
        named(&self.name)?;
        topical(&self.topic)?;
        if author.is_directory { Ok(()) } else { Err(Code::BadRequest.into()) }
    }

    pub(crate) fn step(&self) -> Value {
        Value::Listing(ListingRow { name: self.name.clone(), topic: self.topic.clone(), archived: self.archived })
    }
}

/// How the directory is to list `room` once `event`, which is not in the log yet, is: `None` if it changes nothing there.
pub(crate) fn listed(rows: &dyn Rows, room: StreamId, event: &Event) -> Option<(StreamId, Event)> {
    let before = || match rows.get(room, &Key::Head).row()?.value {
        Value::Room(head) => Some(head),
        _ => None,
    };
    let RoomHead { space, access, name, topic, archived, .. } = match event {
        Event::RoomOpened(opened) => opened.new_head(Vec::new()),
        Event::RoomChanged(changed) => changed.applied(before()?),
        Event::RoomArchived(change) if !planted(Mutant::ArchivingStaysListed) => change.applied(before()?),
        _ => return None,
    };
    let listed = Event::from(RoomListed { room, name, topic, archived });
    let is_open = |directory: &StreamId| rows.get(*directory, &Key::Head) != Held::Absent;
    let directory = (access == RoomAccess::Public).then(|| directory(space)).filter(is_open)?;
    Some((directory, listed))
}
