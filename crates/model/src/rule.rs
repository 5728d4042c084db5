//! What is permitted: one question for every path, `permit`, and one for reading, `may_read`.
//!
//! First the author, then what they ask: whoever may not even read the stream gets one answer, [`Code::NotMember`],
//! whatever the stream is and holds, so that no refusal tells an outsider anything. Then the rule of the event reads
//! the stream's own rows, memberships in the streams above, and the rows of what it names (`docs/PROTOCOL.md`, rule 11).
//! What it cannot know (on a device that does not hold the row) it allows: the server alone refuses.

use crate::event::Event;
use crate::fact::{Context, Parent, Scope};
use crate::features::people::{MemberRow, Role, member};
use crate::features::rooms::{RoomAccess, RoomHead};
use crate::id::{EventId, PersonId, StreamId};
use crate::key::Key;
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal};
use crate::row::{Held, Row, Rows, Value};

/// On whose behalf an event is appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A person through a session.
    Session,
    /// The server on behalf of a person and with their rights, as when an invitation lets them in. It may derive ids.
    OnBehalf,
    /// The server: opening a space, letting in by invite, grants.
    Server,
}

/// An event asked for: in which stream, by whom, under which id.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
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
pub struct Authorization {
    /// The author's own stream?
    own: bool,
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
    /// Is it a space's directory?
    pub is_directory: bool,
    /// The room that it is or lies in.
    pub room: Option<RoomHead>,
    /// The space that it is or lies in, or would lie in.
    pub space: Option<StreamId>,
    by: By,
    in_room: Known,
    in_space: Known,
    space_opened: bool,
    /// Is it not known what the stream is, or what the room is that it lies in? Never on a server.
    unknown: bool,
}

/// May `proposal` be appended? Total and pure; the refusal is final.
pub fn permit(rows: &dyn Rows, proposal: Proposal<'_>) -> Result<(), Refusal> {
    let Proposal { stream, id, event, .. } = proposal;
    let author = Authorization::of(rows, proposal);
    author.not_outside(event)?;
    author.in_scope(event.scope())?;
    event.permit(&author, &Context { rows, stream, id })
}

/// Is it known that the author may not read the stream, or (of an event that opens one) the stream above it? A refusal
/// to an outsider is always the same and need not be remembered.
pub fn is_outside(rows: &dyn Rows, proposal: Proposal<'_>) -> bool {
    Authorization::of(rows, proposal).is_outside(proposal.event)
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
        Value::Directory(of) => {
            role(of.space).is_some_and(|role| role != Role::Guest || planted(Mutant::DirectoryIsForGuests))
        }
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

/// The streams above, nearest first: of a document its room and space, of a room or directory its space. Empty if it has none,
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
        Value::Directory(of) => Some(of.space),
        Value::DocumentHead(document) => Some(document.room),
        _ => None,
    }
}

/// Is the person a present member of `stream`? `None`: not known here.
pub(crate) fn known_member(rows: &dyn Rows, stream: Option<StreamId>, person: PersonId) -> Option<bool> {
    match rows.get(stream?, &Key::Member(person)) {
        Held::Unknown => None,
        Held::Absent => Some(false),
        Held::Row(row) => Some(member(row).is_some_and(|member| member.present)),
    }
}

fn present(rows: &dyn Rows, stream: StreamId, who: PersonId) -> Option<MemberRow> {
    rows.get(stream, &Key::Member(who)).row().and_then(member).filter(|member| member.present)
}

impl Authorization {
    fn of(rows: &dyn Rows, proposal: Proposal<'_>) -> Self {
        let Proposal { stream, who, by, event, .. } = proposal;
        let head = rows.get(stream, &Key::Head);
        // A device that holds a stream holds its head; one that does not know the stream cannot refuse.
        let exists = head != Held::Absent;
        let opened = matches!(head, Held::Row(_));
        let mut unknown = head == Held::Unknown;
        let head = head.row().map(|row| row.value);
        // Whoever opens something is judged where they open it, whatever stands under the id already.
        let parent = event.parent();
        let is_document = matches!(head, Some(Value::DocumentHead(_))) || matches!(parent, Some(Parent::Room(_)));
        let is_directory = matches!(head, Some(Value::Directory(_)));
        let room_id = match (parent, &head) {
            (Some(Parent::Room(room)), _) => Some(room),
            (Some(Parent::Space(_)), _) => None,
            (None, Some(Value::DocumentHead(document))) => Some(document.room),
            (None, Some(Value::Room(_))) => Some(stream),
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
        let space = match (parent, &room, &head) {
            (Some(Parent::Space(space)), ..) => Some(space),
            (_, Some(room), _) => Some(room.space),
            (_, None, Some(Value::Space(_))) => Some(stream),
            (_, None, Some(Value::Directory(of))) => Some(of.space),
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
        let own = stream == StreamId::from(who);
        Self {
            in_room: known(room_id),
            in_space: known(space),
            stream,
            who,
            exists,
            opened,
            is_document,
            is_directory,
            room,
            space,
            by,
            own,
            space_opened,
            unknown,
        }
    }

    /// Refuses outsiders, all with the same answer.
    fn not_outside(&self, event: &Event) -> Result<(), Refusal> {
        self.check(!self.is_outside(event) || planted(Mutant::OutsidersAreTold), Code::NotMember)
    }

    /// See [`is_outside`].
    fn is_outside(&self, event: &Event) -> bool {
        if self.is_server() {
            return false;
        }
        let unreadable = self.space_member().is_err() && !self.unknown || !self.may_see();
        match event.scope() {
            // Refused to everybody alike, before anything is looked at.
            Scope::Server | Scope::ServerOpening => false,
            Scope::Own => !self.own && !planted(Mutant::OwnIsAnyones),
            Scope::Opening => unreadable,
            Scope::SpaceOrRoom | Scope::Room | Scope::Document => !self.own && (!self.exists || unreadable),
        }
    }

    /// Is the stream one in which an event of this scope may be said, by this author?
    fn in_scope(&self, scope: Scope) -> Result<(), Refusal> {
        match scope {
            Scope::Server | Scope::ServerOpening => self.server_only(),
            Scope::Own => self.own(),
            Scope::Opening => Ok(()),
            Scope::SpaceOrRoom | Scope::Room | Scope::Document => {
                self.check(!self.own, Code::BadRequest)?;
                self.check(self.exists, Code::NotMember)?;
                let fits = self.is_document == (scope == Scope::Document) && !self.is_directory;
                let lacks_room = scope == Scope::Room && self.room.is_none() && !self.unknown;
                self.check(fits && !lacks_room, Code::BadRequest)
            }
        }
    }

    /// May the author, if they are in the space, read the room or directory, as far as is known?
    fn may_see(&self) -> bool {
        if self.is_directory && self.not_guest().is_err() && !planted(Mutant::DirectoryIsForGuests) {
            return false;
        }
        let Some(room) = &self.room else { return true };
        let in_room = self.in_room != Some(None) || planted(Mutant::StrangersWrite);
        in_room || (room.access == RoomAccess::Public && self.not_guest().is_ok())
    }

    /// The stream's id was minted by a client for this, and is nobody's own: it may be opened.
    pub fn openable(&self) -> Result<(), Refusal> {
        let minted = self.by == By::OnBehalf || self.stream.is_minted() || planted(Mutant::OpensAnyId);
        self.check(minted && !self.opened && !self.own, Code::IdReuse)
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

    /// May they edit what others have written here? Where the room lets everyone, in no direct one, and no guest.
    pub fn edits_others(&self) -> Result<(), Refusal> {
        self.not_guest()?;
        let Some(room) = &self.room else { return self.check(self.unknown, Code::Forbidden) };
        let everyone = room.everyone_edits && !room.access.is_direct() || planted(Mutant::EveryoneEdits);
        self.check(everyone, Code::Forbidden)
    }

    /// No guest of the space.
    pub fn not_guest(&self) -> Result<(), Refusal> {
        let guest = self.role(&self.in_space) == Some(Role::Guest) && !planted(Mutant::GuestsAreMembers);
        self.check(self.is_server() || !guest, Code::Forbidden)
    }

    /// Manages the space, or the room that this is. Guests of the space manage nothing, whatever they have opened.
    pub fn manages(&self) -> Result<(), Refusal> {
        self.space_member()?;
        let manages = |known: &Known| known.as_ref().is_none_or(|at| at.as_ref().is_some_and(|at| at.role.manages()));
        let guest = self.not_guest().is_err() && !planted(Mutant::GuestsManage);
        let in_room = self.room.is_some() && !guest && manages(&self.in_room);
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
