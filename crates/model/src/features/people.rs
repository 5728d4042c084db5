//! Who is in a space or room, in what role, under what name.
//!
//! A space keeps names and colours; a room only who is in it. Grants in own streams follow from these events.

use crate::event::Event;
use crate::fact::{About, At, Context, Deriving, Fact, Scope, Words};
use crate::features::profiles::{ProfileChanged, Status};
use crate::features::reads::{granted, revoked};
use crate::features::rooms::room as room_head;
use crate::features::spaces::directory;
use crate::id::{EventId, PersonId, StreamId};
use crate::key::Key;
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal};
use crate::row::{Held, Row, Value};
use crate::rule::Authorization;
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a member may do, from most to least. In a room only `Admin` (who opened it) and `Member` occur.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize, JsonSchema, ts_rs::TS,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "model.ts")]
pub enum Role {
    /// Everything, and names other owners.
    #[n(0)]
    Owner,
    /// Members, invites, every room's settings.
    #[n(1)]
    Admin,
    /// Opens rooms and documents, joins public rooms.
    #[n(2)]
    Member,
    /// Only in the rooms that they were added to.
    #[n(3)]
    Guest,
}

impl Role {
    /// May this role manage members and other people's rooms?
    pub fn manages(self) -> bool {
        self <= Self::Admin
    }
}

/// A person was let in, or joined by themself.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct MemberAdded {
    /// Who.
    #[n(0)]
    pub person: PersonId,
    /// As what.
    #[n(1)]
    pub role: Role,
    /// Their name and colour; given in a space, absent in a room.
    #[n(2)]
    pub profile: Option<ProfileChanged>,
}

/// A person left or was put out.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct MemberRemoved {
    /// Who.
    #[n(0)]
    pub person: PersonId,
}

/// A member of a space got another role.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct RoleChanged {
    /// Who.
    #[n(0)]
    pub person: PersonId,
    /// The new role.
    #[n(1)]
    pub role: Role,
}

/// A member, present or past.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MemberRow {
    /// Are they in?
    #[n(0)]
    pub present: bool,
    /// Their role while they are.
    #[n(1)]
    pub role: Role,
    /// Their name; empty in rooms.
    #[n(2)]
    pub name: String,
    /// Their colour; 0 in rooms.
    #[n(3)]
    pub colour: u8,
    /// When they last came in, Unix milliseconds.
    #[n(4)]
    pub since_ms: u64,
    /// What they say of themself in a space. It may be over: see [`Status::counts`].
    #[n(5)]
    pub status: Option<Status>,
}

impl Fact for MemberAdded {
    const SCOPE: Scope = Scope::SpaceOrRoom;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        self.profile.as_ref().map_or(Words::None, |profile| profile.name.as_str().into())
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Member(self.person)]
    }

    fn permit(&self, author: &Authorization, context: &Context<'_>) -> Result<(), Refusal> {
        if let Some(profile) = &self.profile {
            profile.well_formed()?;
        }
        match &author.room {
            None if author.is_unknown() => Ok(()),
            None => author.server_only().and(self.profile.is_some().then_some(()).ok_or(Code::BadRequest.into())),
            Some(_) if self.role != Role::Member || self.profile.is_some() => Err(Code::BadRequest.into()),
            Some(room) if self.person == author.who => author.may_join(room),
            Some(room) if room.access.is_direct() => Err(Code::Forbidden.into()),
            Some(_) => {
                author.writes().and_then(|()| author.not_guest())?;
                let stranger = context.is_stranger(author.space, self.person) && !planted(Mutant::AddsStrangers);
                if stranger { Err(Code::TargetMissing.into()) } else { Ok(()) }
            }
        }
    }

    fn step(&self, _: &Key, before: Option<Value>, at: &At) -> Option<Value> {
        let before = before.and_then(member_in);
        let (name, colour) = match (&self.profile, &before) {
            (Some(profile), _) => (profile.name.clone(), profile.colour),
            (None, Some(before)) => (before.name.clone(), before.colour),
            (None, None) => (String::new(), 0),
        };
        let (role, since_ms, status) = match before {
            // Adding who is in changes nothing: nobody is demoted by a second invitation.
            Some(before) if before.present && !planted(Mutant::AddingDemotes) => {
                (before.role, before.since_ms, before.status)
            }
            _ => (self.role, at.at_ms, None),
        };
        Some(Value::Member(MemberRow { present: true, role, name, colour, since_ms, status }))
    }

    fn changes_access_of(&self) -> Option<PersonId> {
        Some(self.person)
    }

    fn lets_in(&self, _: PersonId) -> Vec<PersonId> {
        vec![self.person]
    }

    fn derived(&self, on: &Deriving<'_>) -> Vec<(StreamId, Event)> {
        let person = if planted(Mutant::GrantsTheAuthor) { on.author } else { self.person };
        let before = on.rows.get(on.stream, &Key::Member(self.person)).row().and_then(member);
        let before = before.filter(|before| before.present);
        let space = crate::rule::above(on.rows, on.stream).first().copied();
        let itself = granted(person, on.stream, space);
        // Adding who is in changes no role.
        let role = before.as_ref().map_or(self.role, |before| before.role);
        let sees_rooms = is_space(on) && role != Role::Guest;
        let listed = sees_rooms.then(|| granted(person, directory(on.stream), Some(on.stream)));
        // Those who were put out by a server of another time have left no room.
        let left = if before.is_none() { leaves_rooms(on, self.person) } else { Vec::new() };
        [itself].into_iter().chain(listed).chain(left).collect()
    }
}

impl Fact for MemberRemoved {
    const SCOPE: Scope = Scope::SpaceOrRoom;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Member(self.person)]
    }

    fn permit(&self, author: &Authorization, context: &Context<'_>) -> Result<(), Refusal> {
        let target = present(context.row(&Key::Member(self.person)))?;
        if author.room.as_ref().is_some_and(|room| room.access.is_direct()) {
            return Err(Code::Forbidden.into());
        }
        // An operator ended the account: also a last owner's, since an operator can invite another.
        if author.is_server() {
            return Ok(());
        }
        if self.person == author.who {
            // A space without an owner could never have one again.
            let last_hold = author.room.is_none() && target.role == Role::Owner;
            return if last_hold { Err(Code::Forbidden.into()) } else { author.member() };
        }
        author.manages()?;
        match target.role {
            Role::Owner if author.room.is_none() => author.owner(),
            _ => Ok(()),
        }
    }

    fn step(&self, _: &Key, before: Option<Value>, _: &At) -> Option<Value> {
        let before = member_in(before?)?;
        Some(Value::Member(MemberRow { present: planted(Mutant::RemovedStays), ..before }))
    }

    fn changes_access_of(&self) -> Option<PersonId> {
        Some(self.person)
    }

    fn derived(&self, on: &Deriving<'_>) -> Vec<(StreamId, Event)> {
        if planted(Mutant::RevokesNothing) {
            return Vec::new();
        }
        let listed = is_space(on).then(|| revoked(self.person, directory(on.stream)));
        let left = leaves_rooms(on, self.person).into_iter().filter(|_| !planted(Mutant::LeaversStayInRooms));
        [revoked(self.person, on.stream)].into_iter().chain(listed).chain(left).collect()
    }
}

impl Fact for RoleChanged {
    const SCOPE: Scope = Scope::SpaceOrRoom;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Member(self.person)]
    }

    fn permit(&self, author: &Authorization, context: &Context<'_>) -> Result<(), Refusal> {
        if author.room.is_some() {
            return Err(Code::BadRequest.into());
        }
        let target = present(context.row(&Key::Member(self.person)))?;
        if self.person == author.who && target.role == Role::Owner {
            return Err(Code::Forbidden.into());
        }
        if target.role == Role::Owner || self.role == Role::Owner { author.owner() } else { author.manages() }
    }

    fn step(&self, _: &Key, before: Option<Value>, _: &At) -> Option<Value> {
        let before = member_in(before?)?;
        Some(Value::Member(MemberRow { role: self.role, ..before }))
    }

    fn changes_access_of(&self) -> Option<PersonId> {
        Some(self.person)
    }

    fn derived(&self, on: &Deriving<'_>) -> Vec<(StreamId, Event)> {
        match self.role {
            Role::Guest => vec![revoked(self.person, directory(on.stream))],
            _ => vec![granted(self.person, directory(on.stream), Some(on.stream))],
        }
    }
}

/// The member in a row at [`Key::Member`].
pub fn member(row: Row) -> Option<MemberRow> {
    member_in(row.value)
}

pub(crate) fn member_in(value: Value) -> Option<MemberRow> {
    match value {
        Value::Member(member) => Some(member),
        _ => None,
    }
}

/// The member in a row, if they are in now.
fn present(row: Held) -> Result<MemberRow, Refusal> {
    row.row().and_then(member).filter(|member| member.present).ok_or(Code::TargetMissing.into())
}

fn is_space(on: &Deriving<'_>) -> bool {
    matches!(on.rows.get(on.stream, &Key::Head).row().map(|row| row.value), Some(Value::Space(_)))
}

/// Whoever is not in a space is in none of its rooms: so they come back to none that they had. But for direct rooms, whose
/// people are theirs for ever.
fn leaves_rooms(on: &Deriving<'_>, person: PersonId) -> Vec<(StreamId, Event)> {
    if !is_space(on) {
        return Vec::new();
    }
    let is_in = |room: &StreamId| {
        let head = on.rows.get(*room, &Key::Head).row().and_then(room_head);
        let of_space = head.is_some_and(|head| head.space == on.stream && !head.access.is_direct());
        let there = || on.rows.get(*room, &Key::Member(person)).row().and_then(member);
        of_space && there().is_some_and(|there| there.present)
    };
    let rooms = (on.granted)(person).into_iter().filter(is_in);
    rooms.flat_map(|room| [(room, MemberRemoved { person }.into()), revoked(person, room)]).collect()
}
