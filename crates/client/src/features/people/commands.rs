//! What a person does: who is in a space or room, and what people say of themselves.

use crate::command::{Ordered, Ordering, Refused};
use crate::view::item::spaces;
use folkmoot_model::features::people::{MemberRemoved, Role, RoleChanged};
use folkmoot_model::features::profiles::{ProfileChanged, Status, StatusChosen};
use folkmoot_model::id::{PersonId, StreamId};
use folkmoot_model::writing::{normal, typed_name};
use serde::{Deserialize, Serialize};

/// Who is in a space or room, and what people say of themselves.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum PeopleCommand {
    /// Put a person out of a room or space.
    Remove { stream: StreamId, person: PersonId },
    /// Give a member of a space another role.
    ChangeRole { space: StreamId, person: PersonId, role: Role },
    /// Change one's own name or colour in a space.
    ChangeProfile { space: StreamId, name: String, colour: u8 },
    /// Say how one is, in every space, or nothing any more.
    ChooseStatus { status: Option<Status> },
}

impl PeopleCommand {
    /// With what was typed in the form in which it is kept.
    pub fn typed(self) -> Self {
        match self {
            Self::ChangeProfile { space, name, colour } => {
                Self::ChangeProfile { space, name: typed_name(&name), colour }
            }
            Self::ChooseStatus { status } => Self::ChooseStatus {
                status: status.map(|status| Status { text: normal(&status.text).into(), ..status }),
            },
            Self::Remove { .. } | Self::ChangeRole { .. } => self,
        }
    }

    /// The events that say it.
    pub(crate) fn order(self, on: &Ordering<'_>) -> Result<Ordered, Refused> {
        match self {
            Self::Remove { stream, person } => Ok(Ordered::one(stream, MemberRemoved { person })),
            Self::ChangeRole { space, person, role } => Ok(Ordered::one(space, RoleChanged { person, role })),
            Self::ChangeProfile { space, name, colour } => Ok(Ordered::one(space, ProfileChanged { name, colour })),
            Self::ChooseStatus { status } => {
                let chosen = |space| (space, StatusChosen { status: status.clone() }.into());
                Ok(Ordered::ok(spaces(on.source).into_iter().map(chosen).collect()))
            }
        }
    }
}
