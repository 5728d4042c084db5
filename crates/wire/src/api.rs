//! What is said over HTTP, as JSON: joining, signing in, renewing, inviting, and where a message
//! stands. Everything else is frames.

use folkmoot_model::features::people::Role;
use folkmoot_model::features::threads::InThread;
use folkmoot_model::id::{DeviceId, EventId, PersonId, Seq, StreamId};
use serde::{Deserialize, Serialize};

/// `POST /api/v1/inspect`: what an invitation leads to. Answers [`Inspected`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Inspect {
    /// The invitation's code.
    pub code: String,
    /// The device that asks, if it has tried to join by it: the answer may have been lost, and for that device it leads on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
}

/// What an invitation leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspected {
    /// The space's name.
    pub space_name: String,
    /// What the newcomer would be.
    pub role: Role,
}

/// `POST /api/v1/join`: a new person by invitation. With an `Authorization: Bearer` header the person is the token's,
/// and name and password are not looked at. Answers [`Session`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Join {
    /// The invitation's code.
    pub code: String,
    /// The newcomer's name, which is also the one they sign in with.
    pub name: String,
    /// Their password.
    pub password: String,
    /// The device that they join with.
    pub device: DeviceId,
}

/// `POST /api/v1/sign-in`. Answers [`Session`].
#[derive(Clone, Serialize, Deserialize)]
pub struct SignIn {
    /// The name, upper or lower case alike.
    pub name: String,
    /// The password.
    pub password: String,
    /// The device that they sign in on.
    pub device: DeviceId,
    /// What [`Session::known_device`] said when this person was last signed in on it: others' failed tries then do not
    /// keep it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_device: Option<String>,
}

/// `POST /api/v1/refresh`: the next pair of tokens. The old refresh token answers the same for a minute more; used
/// later, it signs the device out. Answers [`Session`].
#[derive(Clone, Serialize, Deserialize)]
pub struct Refresh {
    /// The refresh token.
    pub refresh: String,
}

/// A device is signed in.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session {
    /// The person.
    pub person: PersonId,
    /// Their name on this server.
    pub name: String,
    /// The access token: a JWT, EdDSA.
    pub access: String,
    /// How long it is good for, in milliseconds: a span, since the clock of a device may be any.
    pub lives_ms: u64,
    /// The refresh token.
    pub refresh: String,
    /// The space that was joined, if one was, and its first room.
    pub joined: Option<Joined>,
    /// To be shown when this person signs in on this device again; it outlives signing out. None from older servers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_device: Option<String>,
}

/// Where a newcomer lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// The space.
    pub space: StreamId,
    /// Its room #welcome.
    pub room: StreamId,
}

/// `POST /api/v1/invite` with an access token of a member who manages the space. Answers [`Invited`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Invite {
    /// Into which space.
    pub space: StreamId,
    /// As what.
    pub role: Role,
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// Its code; the client makes the link from it and the address that it knows.
    pub code: String,
}

/// `POST /api/v1/ticket` with an access token of somebody who may read the document, and write unless `read_only`: for
/// a Yjs client that is not ours. Answers [`Ticketed`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ticket {
    /// The document.
    pub document: StreamId,
    /// Only to read?
    #[serde(default)]
    pub read_only: bool,
}

/// A ticket: `/yjs/{document}?ticket=`. It opens connections for [`crate::limits::TICKET_S`]; those stay open as long
/// as its person may read and its device is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticketed {
    /// The ticket.
    pub ticket: String,
}

/// `POST /api/v1/place` with an access token: where in its room a message stands that a device does not hold. Answers
/// [`Placed`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Place {
    /// The room.
    pub room: StreamId,
    /// The message.
    pub message: EventId,
}

/// Where a message stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Its place; none if there is no such message in a room that the person may read.
    pub seq: Option<Seq>,
    /// The thread that it is in.
    #[serde(default)]
    pub thread: Option<InThread>,
}

/// Why a request was not granted, with an HTTP status of 4xx.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{self:?}")]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum NotGranted {
    /// The request cannot be read.
    BadRequest,
    /// No such invitation, or used, or expired.
    BadInvite,
    /// The name is taken.
    NameTaken,
    /// The name is blank, too long, or has control characters.
    BadName,
    /// The password has too few characters.
    PasswordTooShort {
        /// How many it needs.
        least: u32,
    },
    /// The password has too many bytes.
    PasswordTooLong,
    /// Name or password is wrong.
    WrongPassword,
    /// The token is wrong, expired, or of a device that is signed out.
    SignedOut,
    /// The person may not do this.
    Forbidden,
    /// Too many tries.
    TooManyTries {
        /// Try again after this many milliseconds.
        after_ms: u32,
    },
    /// The server cannot do it now.
    Busy,
}
