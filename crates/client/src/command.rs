//! What a UI may ask of the engine, and what it is answered. Nothing else changes anything.

use folkmoot_model::features::documents::DocumentKind;
use folkmoot_model::features::people::Role;
use folkmoot_model::features::profiles::Status;
use folkmoot_model::features::reads::NotifyLevel;
use folkmoot_model::features::rooms::RoomAccess;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// One thing that a person does.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum Command {
    /// Start a server on this computer, make a space in it, and join it as its owner.
    Host { space: String, name: String, password: String },
    /// What a link would lead to; changes nothing. Answers [`Done::Inspected`].
    Inspect { link: String },
    /// Join a space by a link: as a new person, or as the one signed in on that server, for whom name and password are not
    /// asked. Answers [`Done::Joined`].
    Join { link: String, name: String, password: String },
    /// Sign in as a person that the server knows. `server` is a join link or `HOST:PORT#KEY`; nothing or the
    /// host alone where this device was signed in: its key is kept.
    SignIn { server: String, name: String, password: String },
    /// Sign out. Refused with `unsent` while something is not yet sent, unless `discard_unsent`.
    SignOut { discard_unsent: bool },
    /// Open a locked store with its passphrase.
    Unlock { passphrase: String },
    /// Keep the key of a profile that has none yet there, and nowhere else.
    KeepKey { place: KeyPlace },
    /// Dial now instead of at the end of the countdown.
    TryNow,
    /// Let other computers connect to the server that this one hosts, or stop that.
    OpenToNetwork { open: bool },
    /// A join link for one more person. Answers [`Done::Link`].
    Invite { space: StreamId, role: Role },
    /// The address at which a Yjs client that is not ours opens a document, for a minute. Answers [`Done::Link`].
    Ticket { document: StreamId, read_only: bool },

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
    /// Put a person out of a room or space.
    Remove { stream: StreamId, person: PersonId },
    /// Give a member of a space another role.
    ChangeRole { space: StreamId, person: PersonId, role: Role },
    /// Change one's own name or colour in a space.
    ChangeProfile { space: StreamId, name: String, colour: u8 },
    /// Say how one is, in every space, or nothing any more.
    ChooseStatus { status: Option<Status> },
    /// Change a room's name or topic.
    ChangeRoom { room: StreamId, name: Option<String>, topic: Option<String> },
    /// Let everyone in a room edit what others have written there, or only its author again.
    LetEveryoneEdit { room: StreamId, everyone: bool },
    /// Archive a room, or take it out of the archive.
    ArchiveRoom { room: StreamId, archived: bool },

    /// Post a message. Mentions are read from the text: `@` and the name of a member. Answers [`Done::Minted`].
    Post { room: StreamId, text: String, reply_to: Option<EventId> },
    /// Change a message's text. Answers [`Done::Minted`], or [`Done::Ok`] if nothing changed.
    Edit { room: StreamId, message: EventId, text: String },
    /// Delete a message.
    Delete { room: StreamId, message: EventId },
    /// Put an emoji on a message or take it off.
    React { room: StreamId, message: EventId, emoji: String, on: bool },
    /// Take back one's own message: as if it had never been said if the server cannot know of it, else by deleting it.
    TakeBack { room: StreamId, message: EventId },
    /// Send a refused event's content again under a new id. One that is not refused is on its way: nothing is done.
    Retry { event: EventId },
    /// Give up a refused event.
    Discard { event: EventId },
    /// Keep what is being written in a room, on this device, in place of what was kept before; nothing forgets it.
    Draft { room: StreamId, text: String, reply_to: Option<EventId> },
    /// Keep what a message's text is being changed to, in the same way.
    DraftEdit { room: StreamId, message: EventId, text: String },
    /// Everything up to here is read.
    ReadTo { room: StreamId, seq: Seq },
    /// Unread from this message on.
    MarkUnread { room: StreamId, seq: Seq },
    /// What of a room should notify.
    Notify { room: StreamId, level: NotifyLevel },
    /// The person writes in a room, or has stopped.
    Typing { room: StreamId, on: bool },
    /// Was the computer used in the last minute, or is the person away for ten and more; what is on the screen, and whether the
    /// window has the keyboard.
    Present { active: bool, away: bool, at: Option<StreamId>, focused: bool },
    /// No notifications on this device for a while, or again from now on.
    PauseNotifications { pause: Pause },

    /// Make a document in a room. Answers [`Done::Opened`].
    CreateDocument { room: StreamId, kind: DocumentKind, title: String },
    /// Change a document's title, or archive it.
    ChangeDocument { room: StreamId, document: StreamId, title: String, archived: bool },

    /// Move the window of a watched room: older or newer messages, or to a place. See `RoomView`.
    Scroll { watch: u32, to: ScrollTo },
    /// Rooms, documents and people whose name fits, best first; recent ones for an empty query. Answers
    /// [`Done::Found`].
    Find { query: String },
}

/// Where the key of a new profile is to lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "in", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum KeyPlace {
    /// In the system's keyring.
    Keyring,
    /// In a file that only this user may read.
    File,
    /// In a file behind a passphrase, which is asked at each start.
    Passphrase { passphrase: String },
}

/// For how long nothing is to notify.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum Pause {
    /// 30 minutes.
    HalfAnHour,
    /// An hour.
    AnHour,
    /// Until 8 o'clock where the computer is, the next time.
    UntilMorning,
    /// Not any more.
    Over,
}

/// Where to move the window of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "to", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum ScrollTo {
    /// Further back.
    Older,
    /// Further forward.
    Newer,
    /// To the end, and stay there.
    Latest,
    /// Around the first unread message.
    Unread,
    /// Around this message; one that is not held is fetched, or refused as `not_held` or `offline`.
    Message { message: EventId },
}

/// What a command that was not refused answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum Done {
    /// Saved on this device.
    Ok,
    /// Saved on this device as this event.
    Minted { id: EventId },
    /// This stream is there now.
    Opened { stream: StreamId },
    /// The person is in this space now; it is on its way to this device. Its first room is `room`.
    Joined { space: StreamId, room: StreamId },
    /// A link to give away.
    Link { link: String },
    /// What a link leads to.
    Inspected { link: LinkTarget },
    /// What was found, best first.
    Found { items: Vec<FoundItem> },
}

/// What a link leads to, to be confirmed by the person before anything is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum LinkTarget {
    /// An invitation to a space on a server.
    Join { host: String, space_name: String, role: Role, known: bool },
    /// A place that is held on this device.
    Place { space: StreamId, room: Option<StreamId>, message: Option<EventId>, document: Option<StreamId> },
    /// A place on a server or in a space that this person is not in.
    NoAccess { host: String },
}

/// Something to jump to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "command.ts")]
pub struct FoundItem {
    /// Its kind.
    pub kind: FoundKind,
    /// The room, the document, or the person's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is: a room's topic, a document's room.
    pub context: String,
    /// The space it is in.
    pub space: StreamId,
    /// Does its name hold the letters that were typed only with others between them?
    pub scattered: bool,
}

/// The kinds of things to jump to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum FoundKind {
    /// A room that the person is in.
    Room,
    /// A public room that the person could join.
    OpenRoom,
    /// A document.
    Document,
    /// A person.
    Person,
}

/// Why a command did nothing. The UI chooses the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, ts_rs::TS)]
#[error("{self:?}")]
#[serde(tag = "why", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum Refused {
    /// The rules do not permit it.
    Rule { refusal: Refusal },
    /// It needs the server, and the server cannot be reached.
    Offline,
    /// The server did not take the name and password.
    WrongPassword,
    /// Somebody on this server has that name already.
    NameTaken,
    /// The password is too short; it needs this many characters.
    PasswordTooShort { least: u32 },
    /// The link is not one of ours, or is damaged.
    BadLink,
    /// The invitation was used, has expired, or was never made.
    BadInvite,
    /// The server's key is not the one that the link names.
    WrongServer,
    /// Too many tries; again after this many milliseconds.
    TooManyTries { after_ms: u32 },
    /// Not signed in.
    SignedOut,
    /// What this device keeps is locked: its keyring or its passphrase opens it.
    Locked,
    /// The keyring was not opened, or does not answer: there is no place for a key yet. Nothing was made.
    Keyring,
    /// This many changes are not sent yet.
    Unsent { count: u32 },
    /// The passphrase is wrong.
    WrongPassphrase,
    /// Another process uses this profile.
    ProfileInUse,
    /// This device failed to keep it; nothing was changed.
    Storage { detail: String },
    /// The server or this app must be updated first.
    Upgrade,
    /// No such room, message or document is held here.
    NotHeld,
    /// The server said something of this document that this app cannot take in: nothing is written in it.
    Damaged,
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Rule { refusal }
    }
}
