//! How a space and its members begin: what the server itself appends, in a transaction of the log.
//!
//! Every id follows from its cause, so that a repeated attempt appends nothing twice.

mod directories;

pub use directories::open_missing;

use crate::clock::now_ms;
use crate::database::{LogError, WriteTx};
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::features::people::{MemberAdded, MemberRemoved, Role, member};
use folkmoot_model::features::profiles::ProfileChanged;
use folkmoot_model::features::rooms::{RoomAccess, RoomOpened};
use folkmoot_model::features::spaces::SpaceOpened;
use folkmoot_model::id::{DeviceId, EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::refusal::Refusal;
use folkmoot_model::row::{Held, Rows, Value};
use folkmoot_model::rule::By;
use folkmoot_sync::decide::{Answer, SERVER, Submission};

/// The name of a space's first room.
pub const WELCOME: &str = "welcome";

/// The device under which the server itself writes.
pub const SERVER_DEVICE: DeviceId = DeviceId([0; 16]);

/// Why nothing was appended.
#[derive(Debug, thiserror::Error)]
pub enum NotAppended {
    /// The rules forbid it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The log fails.
    #[error(transparent)]
    Database(#[from] LogError),
}

/// Who comes into a space.
pub struct Newcomer {
    /// Who.
    pub person: PersonId,
    /// On which device.
    pub device: DeviceId,
    /// Under what name and colour.
    pub profile: ProfileChanged,
    /// As what.
    pub role: Role,
    /// Who invited them, if a person did.
    pub inviter: Option<PersonId>,
}

/// The first room of a space: its id follows from the space's.
pub fn welcome_room(space: StreamId) -> StreamId {
    StreamId::derive("folkmoot welcome room", &[space.as_bytes()])
}

/// Opens a space and its directory. Its first room is opened by the first who comes in, since a room has an author who is in it.
pub fn open(tx: &mut WriteTx<'_>, space: StreamId, name: &str) -> Result<(), NotAppended> {
    let opened = SpaceOpened { name: name.to_owned() };
    append(tx, space, SERVER, SERVER_DEVICE, &[space.as_bytes()], opened)?;
    directories::open(tx, space)
}

/// Lets a newcomer into the space and its first room. `cause` tells this joining from every other one.
pub fn let_in(tx: &mut WriteTx<'_>, space: StreamId, newcomer: &Newcomer, cause: &[u8]) -> Result<(), NotAppended> {
    let Newcomer { person, device, role, .. } = *newcomer;
    let cause = [cause, person.as_bytes().as_slice()];
    let added = MemberAdded { person, role, profile: Some(newcomer.profile.clone()) };
    append(tx, space, SERVER, device, &cause, added)?;
    let room = welcome_room(space);
    let into_room = if tx.rows().get(room, &Key::Head) == Held::Absent {
        open_welcome(tx, space, room, newcomer, &cause)
    } else {
        let by = if role == Role::Guest { newcomer.inviter.unwrap_or(SERVER) } else { person };
        append(tx, room, by, device, &cause, MemberAdded { person, role: Role::Member, profile: None })
    };
    match into_room {
        // The room may be archived, or a guest may come before anyone who could open it: they are in the space all
        // the same.
        Err(NotAppended::Refused(refusal)) => {
            tracing::info!(%refusal, %room, %person, "a newcomer is not in the first room");
            Ok(())
        }
        other => other,
    }
}

/// Takes a member out of a space, by the server: also its last owner, since an operator can invite another.
pub fn remove(tx: &mut WriteTx<'_>, space: StreamId, person: PersonId, now_ms: u64) -> Result<(), NotAppended> {
    let cause = [person.as_bytes().as_slice(), &now_ms.to_be_bytes()];
    append(tx, space, SERVER, SERVER_DEVICE, &cause, MemberRemoved { person })
}

/// The spaces that a person is in.
pub fn of_member(tx: &WriteTx<'_>, person: PersonId) -> Result<Vec<StreamId>, LogError> {
    let mut query = tx.db().prepare("SELECT id FROM stream WHERE kind = 1")?;
    let all = query.query_map([], |row| Ok(StreamId(row.get(0)?)))?.collect::<Result<Vec<_>, _>>()?;
    Ok(all.into_iter().filter(|space| role_in(tx.rows(), *space, person).is_some()).collect())
}

/// The role of a present member of a space.
pub fn role_in(rows: &dyn Rows, space: StreamId, person: PersonId) -> Option<Role> {
    let row = rows.get(space, &Key::Member(person)).row()?;
    member(row).filter(|member| member.present).map(|member| member.role)
}

/// The name of a space; `None` if there is no such space.
pub fn name_of(rows: &dyn Rows, space: StreamId) -> Option<String> {
    match rows.get(space, &Key::Head).row()?.value {
        Value::Space(head) => Some(head.name),
        _ => None,
    }
}

fn open_welcome(
    tx: &mut WriteTx<'_>,
    space: StreamId,
    room: StreamId,
    newcomer: &Newcomer,
    cause: &[&[u8]],
) -> Result<(), NotAppended> {
    let Newcomer { person, device, .. } = *newcomer;
    let (name, topic) = (WELCOME.to_owned(), String::new());
    let access = RoomAccess::Public;
    append(tx, room, person, device, cause, RoomOpened { space, access, name, topic, members: Vec::new() })
}

fn append(
    tx: &mut WriteTx<'_>,
    stream: StreamId,
    who: PersonId,
    device: DeviceId,
    cause: &[&[u8]],
    event: impl Into<Event>,
) -> Result<(), NotAppended> {
    let event = event.into();
    let kind = event.kind().to_be_bytes();
    let parts: Vec<&[u8]> =
        [stream.as_bytes().as_slice(), kind.as_slice()].into_iter().chain(cause.iter().copied()).collect();
    let id = EventId::derive("folkmoot by the server", &parts);
    let by = if who == SERVER { By::Server } else { By::OnBehalf };
    append_as(tx, stream, Submission { who, device, by, envelope: Envelope::new(id, &event, now_ms()) })
}

fn append_as(tx: &mut WriteTx<'_>, stream: StreamId, submission: Submission) -> Result<(), NotAppended> {
    let committed = tx.append(stream, &[submission])?;
    match committed.answers.into_iter().next() {
        Some(Answer::Ack(_)) => Ok(()),
        Some(Answer::Nack(refusal)) => Err(refusal.into()),
        Some(Answer::Busy(_)) | None => Err(LogError::Broken.into()),
    }
}
