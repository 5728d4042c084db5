//! What is permitted: one question for every path, `permit`, and one for reading, `may_read`.
//!
//! It reads the stream's own rows and the author's membership in the streams above, nothing else. What it cannot
//! know (on a device that does not hold the row) it allows: the server alone refuses.

use crate::event::Event;
use crate::id::{EventId, PersonId, StreamId};
use crate::members::{MemberRow, Role, member};
use crate::mutant::{Mutant, planted};
use crate::reads::permit_place;
use crate::refusal::{Code, Refusal};
use crate::rooms::{RoomAccess, RoomArchived, RoomHead};
use crate::row::{Held, Key, Row, Rows, Value};

/// On whose behalf an event is appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A person through a session.
    Session,
    /// The server: opening a space, letting in by invite, grants.
    Server,
}

/// An event asked for: in which stream, by whom, under which id.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The stream it would be appended to.
    pub stream: StreamId,
    /// Its author.
    pub who: PersonId,
    /// On whose behalf.
    pub by: By,
    /// Its id.
    pub id: EventId,
    /// What.
    pub event: &'a Event,
}

/// A membership as far as it is known: `None` means known to be none.
type Known = Option<Option<MemberRow>>;

/// Where an author stands in a stream: all that the rules of single features ask.
#[derive(Debug)]
pub struct Standing {
    /// The stream.
    pub stream: StreamId,
    /// The author.
    pub who: PersonId,
    /// Can the stream exist, as far as is known?
    pub exists: bool,
    /// Is it known to exist?
    pub opened: bool,
    /// Is it a document?
    pub is_document: bool,
    /// The room that it is or lies in.
    pub room: Option<RoomHead>,
    by: By,
    own: bool,
    in_room: Known,
    in_space: Known,
    space_opened: bool,
    /// Is it not known what the stream is, or what the room is that it lies in? Never on a server.
    unknown: bool,
}

/// May `ask` be appended? Total and pure; the refusal is final.
pub fn permit(rows: &dyn Rows, ask: Ask<'_>) -> Result<(), Refusal> {
    let standing = Standing::of(rows, ask);
    let row = |key| rows.get(ask.stream, &key);
    match ask.event {
        Event::SpaceOpened(event) => event.permit(&standing),
        Event::RoomOpened(event) => event.permit(&standing),
        Event::DocumentOpened(event) => event.permit(&standing),
        Event::Granted(_) | Event::GrantRevoked(_) => standing.server_only(),
        Event::ReadTo(event) => permit_place(&standing, event.seq),
        Event::MarkedUnread(event) => permit_place(&standing, event.seq),
        Event::NotifyChosen(_) => standing.own(),
        _ if standing.own => Err(Code::BadRequest.into()),
        _ if !standing.exists => Err(Code::NotMember.into()),
        _ if standing.is_document != matches!(ask.event, Event::DocumentEdited(_)) => Err(Code::BadRequest.into()),
        Event::MemberAdded(event) => event.permit(&standing),
        Event::MemberRemoved(event) => event.permit(&standing, row(Key::Member(event.person)).row()),
        Event::RoleChanged(event) => event.permit(&standing, row(Key::Member(event.person)).row()),
        Event::ProfileChanged(event) => event.permit(&standing),
        Event::StatusChosen(event) => event.permit(&standing),
        Event::RoomListed(event) => event.permit(&standing),
        _ if standing.room.is_none() && !standing.unknown => Err(Code::BadRequest.into()),
        Event::RoomChanged(event) => event.permit(&standing),
        Event::RoomArchived(_) => RoomArchived::permit(&standing),
        Event::MessagePosted(event) => event.permit(&standing, event.reply_to.map(|id| row(Key::Message(id)))),
        Event::MessageEdited(event) => event.permit(&standing, ask.id, row(Key::Message(event.message))),
        Event::MessageDeleted(event) => {
            crate::messages::MessageDeleted::permit(&standing, row(Key::Message(event.message)))
        }
        Event::MessageReacted(event) => {
            event.permit(&standing, row(Key::Message(event.message)), row(Key::Reactions(event.message)))
        }
        Event::DocumentListed(event) => event.permit(&standing),
        Event::DocumentEdited(_) => crate::documents::DocumentEdited::permit(&standing),
    }
}

/// May the person read the stream? Total and pure: what is not known to be allowed is not.
pub fn may_read(rows: &dyn Rows, stream: StreamId, who: PersonId) -> bool {
    if StreamId::from(who) == stream {
        return true;
    }
    let Some(head) = rows.get(stream, &Key::Head).row() else { return false };
    let role = |stream| present(rows, stream, who).map(|member| member.role);
    match head.value {
        Value::Space(_) => role(stream).is_some(),
        Value::Room(room) => match (role(room.space), role(stream)) {
            (None, _) if !planted(Mutant::LeaversRead) => false,
            (_, Some(_)) => true,
            (in_space, None) => {
                let public = room.access == RoomAccess::Public || planted(Mutant::PrivateIsPublic);
                public && (in_space != Some(Role::Guest) || planted(Mutant::GuestsRead))
            }
        },
        // A room is never a document, so this asks once more and no deeper.
        Value::DocumentHead(document) => {
            let room = rows.get(document.room, &Key::Head).row();
            matches!(room.map(|row| row.value), Some(Value::Room(_))) && may_read(rows, document.room, who)
        }
        _ => false,
    }
}

/// The streams above, nearest first: of a document its room and space, of a room its space. Empty if it has none,
/// or is not known.
pub fn above(rows: &dyn Rows, stream: StreamId) -> Vec<StreamId> {
    let mut chain = Vec::new();
    let mut at = stream;
    while let Some(parent) = rows.get(at, &Key::Head).row().and_then(|row| parent(&row.value)) {
        chain.push(parent);
        if chain.len() == 2 {
            break;
        }
        at = parent;
    }
    chain
}

/// The parent that a head names.
pub fn parent(head: &Value) -> Option<StreamId> {
    match head {
        Value::Room(room) => Some(room.space),
        Value::DocumentHead(document) => Some(document.room),
        _ => None,
    }
}

fn present(rows: &dyn Rows, stream: StreamId, who: PersonId) -> Option<MemberRow> {
    rows.get(stream, &Key::Member(who)).row().and_then(member).filter(|member| member.present)
}

impl Standing {
    fn of(rows: &dyn Rows, ask: Ask<'_>) -> Self {
        let Ask { stream, who, by, event, .. } = ask;
        let head = rows.get(stream, &Key::Head);
        // A device that holds a stream holds its head; one that does not know the stream cannot refuse.
        let exists = head != Held::Absent;
        let opened = matches!(head, Held::Row(_));
        let mut unknown = head == Held::Unknown;
        let head = head.row().map(|row| row.value);
        let is_document = matches!(head, Some(Value::DocumentHead(_))) || matches!(event, Event::DocumentOpened(_));
        let room_id = match (&head, event) {
            (Some(Value::DocumentHead(document)), _) => Some(document.room),
            (Some(Value::Room(_)), _) => Some(stream),
            (None, Event::DocumentOpened(opened)) => Some(opened.room),
            _ => None,
        };
        let room = room_id.and_then(|room| match rows.get(room, &Key::Head) {
            Held::Row(Row { value: Value::Room(head), .. }) => Some(head),
            Held::Unknown => {
                unknown = true;
                None
            }
            _ => None,
        });
        let space = match (&room, &head, event) {
            (Some(room), ..) => Some(room.space),
            (None, Some(Value::Space(_)), _) => Some(stream),
            (None, None, Event::RoomOpened(opened)) => Some(opened.space),
            _ => None,
        };
        let known = |stream: Option<StreamId>| -> Known {
            let stream = stream?;
            match rows.get(stream, &Key::Member(who)) {
                Held::Unknown => None,
                Held::Absent => Some(None),
                Held::Row(row) => Some(member(row).filter(|member| member.present)),
            }
        };
        let space_opened = space.is_some_and(|space| match rows.get(space, &Key::Head) {
            Held::Row(row) => matches!(row.value, Value::Space(_)),
            Held::Unknown => true,
            Held::Absent => false,
        });
        let own = stream == StreamId::from(who) || matches!(event, Event::Granted(_) | Event::GrantRevoked(_));
        Self {
            in_room: known(room_id),
            in_space: known(space),
            stream,
            who,
            exists,
            opened,
            is_document,
            room,
            by,
            own,
            space_opened,
            unknown,
        }
    }

    /// Only the server itself may.
    pub fn server_only(&self) -> Result<(), Refusal> {
        self.check(self.is_server() || planted(Mutant::AnyoneIsServer), Code::Forbidden)
    }

    /// Is it not known what the stream is, as of a public room that a device is about to join?
    pub fn is_unknown(&self) -> bool {
        self.unknown
    }

    /// Only in the person's own stream.
    pub fn own(&self) -> Result<(), Refusal> {
        self.check(self.own || planted(Mutant::OwnIsAnyones), Code::NotMember)
    }

    /// Only in a space's stream.
    pub fn is_space(&self) -> Result<(), Refusal> {
        self.check(self.room.is_none() && !self.is_document, Code::BadRequest)
    }

    /// A member of the space that the stream is or lies in.
    pub fn space_member(&self) -> Result<(), Refusal> {
        self.check(self.space_opened && (self.is_server() || self.in_space != Some(None)), Code::NotMember)
    }

    /// A member of the space and, in a room or document, of the room.
    pub fn member(&self) -> Result<(), Refusal> {
        self.space_member()?;
        let in_room = self.in_room != Some(None) || planted(Mutant::StrangersWrite);
        self.check(self.is_server() || in_room, Code::NotMember)
    }

    /// A member, and the room is not archived.
    pub fn writes(&self) -> Result<(), Refusal> {
        if self.room.is_none() {
            return self.check(self.unknown, Code::NotMember);
        }
        self.member()?;
        let archived = self.room.as_ref().is_some_and(|room| room.archived) && !planted(Mutant::ArchivedIsWritten);
        self.check(!archived, Code::Archived)
    }

    /// No guest of the space.
    pub fn not_guest(&self) -> Result<(), Refusal> {
        let guest = self.role(&self.in_space) == Some(Role::Guest) && !planted(Mutant::GuestsAreMembers);
        self.check(self.is_server() || !guest, Code::Forbidden)
    }

    /// Manages the space, or the room that this is.
    pub fn manages(&self) -> Result<(), Refusal> {
        self.space_member()?;
        let manages = |known: &Known| known.as_ref().is_none_or(|at| at.as_ref().is_some_and(|at| at.role.manages()));
        let in_room = self.room.is_some() && manages(&self.in_room);
        self.check(in_room || manages(&self.in_space), Code::Forbidden)
    }

    /// An owner of the space.
    pub fn owner(&self) -> Result<(), Refusal> {
        self.space_member()?;
        self.check(self.role(&self.in_space).is_none_or(|role| role == Role::Owner), Code::Forbidden)
    }

    /// May they come into the room by themself?
    pub fn may_join(&self, room: &RoomHead) -> Result<(), Refusal> {
        self.space_member()?;
        self.not_guest()?;
        self.check(room.access == RoomAccess::Public, Code::Forbidden)?;
        self.check(!room.archived, Code::Archived)
    }

    /// The server lets people in, and takes them out, without being a member of anything.
    pub fn is_server(&self) -> bool {
        self.by == By::Server
    }

    fn role(&self, known: &Known) -> Option<Role> {
        known.as_ref().and_then(|at| at.as_ref()).map(|at| at.role)
    }

    fn check(&self, permitted: bool, code: Code) -> Result<(), Refusal> {
        if permitted { Ok(()) } else { Err(code.into()) }
    }
}
