//! The directory of a space: the list of its public rooms.
//!
//! It is a stream of its own, so that guests, who read the space, do not read what rooms there are.

use crate::id::{PersonId, StreamId};
use crate::members::named;
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal};
use crate::rooms::{RoomAccess, topical};
use crate::row::{Held, Row, Value};
use crate::rule::Standing;
use minicbor::{Decode, Encode};

/// The directory of a space. Its id follows from the space's.
pub fn directory(space: StreamId) -> StreamId {
    StreamId::derive("folkmoot directory", &[space.as_bytes()])
}

/// The server opened the directory of a space.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DirectoryOpened {
    /// Of which space.
    #[n(0)]
    pub space: StreamId,
}

/// A public room was listed, or listed anew after a change.
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
    /// Who listed it first.
    #[n(3)]
    pub by: PersonId,
}

impl DirectoryOpened {
    pub(crate) fn permit(&self, standing: &Standing) -> Result<(), Refusal> {
        standing.server_only()?;
        standing.space_member()?;
        if standing.opened || standing.stream != directory(self.space) { Err(Code::IdReuse.into()) } else { Ok(()) }
    }

    pub(crate) fn head(&self) -> Value {
        Value::Directory(DirectoryHead { space: self.space })
    }
}

impl RoomListed {
    /// `listed` is the head of the room that is listed, `in_it` whether the author is in that room, where these are
    /// known. A room that they may not know of is as good as none.
    pub(crate) fn permit(&self, standing: &Standing, listed: &Held, in_it: Option<bool>) -> Result<(), Refusal> {
        named(&self.name)?;
        topical(&self.topic)?;
        if standing.is_unknown() {
            return Ok(());
        }
        standing.member().and_then(|()| standing.not_guest())?;
        let of_this_space = match listed {
            Held::Unknown => true,
            Held::Absent => false,
            Held::Row(row) => matches!(&row.value, Value::Room(room)
                if room.access == RoomAccess::Public && Some(room.space) == standing.space),
        };
        // Who manages the space archives rooms that they are not in, and lists them anew.
        let speaks_for_it = in_it != Some(false) || standing.manages_space() || standing.is_server();
        let listed = of_this_space && speaks_for_it || planted(Mutant::ListsFromOutside);
        if listed { Ok(()) } else { Err(Code::NotMember.into()) }
    }

    pub(crate) fn step(&self, row: Option<Row>, author: PersonId) -> Value {
        let by = match row.map(|row| row.value) {
            Some(Value::Listing(before)) => before.by,
            _ => author,
        };
        Value::Listing(ListingRow { name: self.name.clone(), topic: self.topic.clone(), archived: self.archived, by })
    }
}
