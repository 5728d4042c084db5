//! What a person does: rooms.

use crate::command::{Done, Ordered, Ordering, Refused};
use crate::source::Source;
use folkmoot_model::features::people::{MemberAdded, MemberRemoved, Role};
use folkmoot_model::features::rooms::{RoomAccess, RoomArchived, RoomChanged, RoomHead, RoomOpened, room as room_head};
use folkmoot_model::id::{PersonId, StreamId, direct_room};
use folkmoot_model::key::Key;
use folkmoot_model::refusal::{Code, Refusal};
use folkmoot_model::writing::{normal, typed_name};
use serde::{Deserialize, Serialize};

/// Rooms.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum RoomCommand {
    /// Open a room. Answers [`Done::Opened`].
    OpenRoom { space: StreamId, access: RoomAccess, name: String, topic: String, members: Vec<PersonId> },
    /// Open the direct room with these people, new or not. Answers [`Done::Opened`].
    OpenDirect { space: StreamId, people: Vec<PersonId> },
    /// Come into a public room.
    JoinRoom { room: StreamId },
    /// Leave a room.
    LeaveRoom { room: StreamId },
    /// Add a person to a room.
    AddToRoom { room: StreamId, person: PersonId },
    /// Change a room's name or topic.
    ChangeRoom { room: StreamId, name: Option<String>, topic: Option<String> },
    /// Let everyone in a room edit what others have written there, or only its author again.
    LetEveryoneEdit { room: StreamId, everyone: bool },
    /// Archive a room, or take it out of the archive.
    ArchiveRoom { room: StreamId, archived: bool },
}

impl RoomCommand {
    /// With what was typed in the form in which it is kept.
    pub fn typed(self) -> Self {
        match self {
            Self::OpenRoom { space, access, name, topic, members } => {
                Self::OpenRoom { space, access, name: typed_name(&name), topic: normal(&topic).into(), members }
            }
            Self::ChangeRoom { room, name, topic } => {
                let (name, topic) = (name.map(|name| typed_name(&name)), topic.map(|topic| normal(&topic).into()));
                Self::ChangeRoom { room, name, topic }
            }
            Self::OpenDirect { .. } | Self::JoinRoom { .. } | Self::LeaveRoom { .. } | Self::AddToRoom { .. } => self,
            Self::LetEveryoneEdit { .. } | Self::ArchiveRoom { .. } => self,
        }
    }

    /// The events that say it.
    pub(crate) fn order(self, on: &Ordering<'_>) -> Result<Ordered, Refused> {
        let held = |room| head(on.source, room).ok_or(Refused::NotHeld);
        match self {
            Self::OpenRoom { access: RoomAccess::Direct, .. } => Err(Refusal::from(Code::BadRequest).into()),
            Self::OpenRoom { space, access, name, topic, members } => {
                let room = StreamId(on.first.0);
                let opened = RoomOpened { space, access, name, topic, members: without(on.me, members) };
                Ok(Ordered { done: Done::Opened { stream: room }, ..Ordered::one(room, opened) })
            }
            Self::OpenDirect { space, people } => {
                let members = without(on.me, people);
                let room = direct_room(space, &[members.as_slice(), &[on.me]].concat());
                let (name, topic) = (String::new(), String::new());
                let opened = RoomOpened { space, access: RoomAccess::Direct, name, topic, members };
                let events = if head(on.source, room).is_none() { vec![(room, opened.into())] } else { Vec::new() };
                Ok(Ordered { events, done: Done::Opened { stream: room } })
            }
            Self::JoinRoom { room } => Ok(Ordered::one(room, added(on.me))),
            Self::LeaveRoom { room } => Ok(Ordered::one(room, MemberRemoved { person: on.me })),
            Self::AddToRoom { room, person } => Ok(Ordered::one(room, added(person))),
            Self::ChangeRoom { room, name, topic } => {
                held(room).map(|_| Ordered::one(room, RoomChanged { name, topic, everyone_edits: None }))
            }
            Self::LetEveryoneEdit { room, everyone } => {
                let changed = RoomChanged { name: None, topic: None, everyone_edits: Some(everyone) };
                held(room).map(|_| Ordered::one(room, changed))
            }
            Self::ArchiveRoom { room, archived } => held(room).map(|_| Ordered::one(room, RoomArchived { archived })),
        }
    }
}

fn added(person: PersonId) -> MemberAdded {
    MemberAdded { person, role: Role::Member, profile: None }
}

fn without(me: PersonId, mut people: Vec<PersonId>) -> Vec<PersonId> {
    people.retain(|person| *person != me);
    people.sort_unstable();
    people.dedup();
    people
}

fn head(source: &dyn Source, room: StreamId) -> Option<RoomHead> {
    source.row(room, &Key::Head).and_then(room_head)
}
