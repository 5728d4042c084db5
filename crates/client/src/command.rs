//! What a UI may ask of the engine, and what it is answered. Nothing else changes anything.

use crate::features::accounts::commands::AccountCommand;
use crate::features::documents::commands::DocumentCommand;
use crate::features::drafts::commands::DraftCommand;
use crate::features::messages::commands::MessageCommand;
use crate::features::notices::commands::NoticeCommand;
use crate::features::outbox::commands::OutboxCommand;
use crate::features::people::commands::PeopleCommand;
use crate::features::pins::commands::PinCommand;
use crate::features::presence::commands::PresenceCommand;
use crate::features::reactions::commands::ReactionCommand;
use crate::features::reads::commands::ReadCommand;
use crate::features::rooms::commands::RoomCommand;
use crate::features::search::commands::SearchCommand;
use crate::features::threads::commands::ThreadCommand;
use crate::features::timeline::commands::TimelineCommand;
use crate::source::Source;
use folkmoot_model::event::Event;
use folkmoot_model::features::people::Role;
use folkmoot_model::features::threads::Subject;
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// One thing that a person does. In JSON it is flat: `{"do": "post", …}`.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(untagged)]
#[ts(export, export_to = "command.ts")]
pub enum Command {
    /// Accounts and the server: signing in, spaces that are joined and hosted, and what only the server can make.
    Account(AccountCommand),
    /// Who is in a space or room, and what people say of themselves.
    People(PeopleCommand),
    /// Rooms.
    Room(RoomCommand),
    /// Messages.
    Message(MessageCommand),
    /// What the person has begun to write.
    Draft(DraftCommand),
    /// What this device has said and the server has not accepted.
    Outbox(OutboxCommand),
    /// Reactions.
    Reaction(ReactionCommand),
    /// Pins.
    Pin(PinCommand),
    /// Threads.
    Thread(ThreadCommand),
    /// What is unread, and what of a room notifies.
    Read(ReadCommand),
    /// What the person is looking at and doing: nothing of it is a change of its own.
    Presence(PresenceCommand),
    /// Notifications.
    Notice(NoticeCommand),
    /// Documents.
    Document(DocumentCommand),
    /// The window of a room's messages that is on the screen.
    Timeline(TimelineCommand),
    /// Finding things by their names.
    Search(SearchCommand),
}

impl From<AccountCommand> for Command {
    fn from(command: AccountCommand) -> Self {
        Self::Account(command)
    }
}

impl From<PeopleCommand> for Command {
    fn from(command: PeopleCommand) -> Self {
        Self::People(command)
    }
}

impl From<RoomCommand> for Command {
    fn from(command: RoomCommand) -> Self {
        Self::Room(command)
    }
}

impl From<MessageCommand> for Command {
    fn from(command: MessageCommand) -> Self {
        Self::Message(command)
    }
}

impl From<DraftCommand> for Command {
    fn from(command: DraftCommand) -> Self {
        Self::Draft(command)
    }
}

impl From<OutboxCommand> for Command {
    fn from(command: OutboxCommand) -> Self {
        Self::Outbox(command)
    }
}

impl From<ReactionCommand> for Command {
    fn from(command: ReactionCommand) -> Self {
        Self::Reaction(command)
    }
}

impl From<PinCommand> for Command {
    fn from(command: PinCommand) -> Self {
        Self::Pin(command)
    }
}

impl From<ThreadCommand> for Command {
    fn from(command: ThreadCommand) -> Self {
        Self::Thread(command)
    }
}

impl From<ReadCommand> for Command {
    fn from(command: ReadCommand) -> Self {
        Self::Read(command)
    }
}

impl From<PresenceCommand> for Command {
    fn from(command: PresenceCommand) -> Self {
        Self::Presence(command)
    }
}

impl From<NoticeCommand> for Command {
    fn from(command: NoticeCommand) -> Self {
        Self::Notice(command)
    }
}

impl From<DocumentCommand> for Command {
    fn from(command: DocumentCommand) -> Self {
        Self::Document(command)
    }
}

impl From<TimelineCommand> for Command {
    fn from(command: TimelineCommand) -> Self {
        Self::Timeline(command)
    }
}

impl From<SearchCommand> for Command {
    fn from(command: SearchCommand) -> Self {
        Self::Search(command)
    }
}

impl Command {
    /// With what was typed in the form in which it is kept: texts in normal form, names without what surrounds them.
    pub fn typed(self) -> Self {
        match self {
            Self::Account(command) => command.typed().into(),
            Self::People(command) => command.typed().into(),
            Self::Room(command) => command.typed().into(),
            Self::Message(command) => command.typed().into(),
            Self::Reaction(command) => command.typed().into(),
            Self::Document(command) => command.typed().into(),
            Self::Search(command) => command.typed().into(),
            // What is begun is kept as it is typed; the others hold no text.
            Self::Draft(_) | Self::Outbox(_) | Self::Read(_) | Self::Presence(_) | Self::Notice(_) => self,
            Self::Timeline(_) | Self::Pin(_) | Self::Thread(_) => self,
        }
    }
}

/// What a command is put into events with.
pub(crate) struct Ordering<'a> {
    /// What the person is shown.
    pub source: &'a dyn Source,
    /// The id that was drawn for the first event, and for the stream that it opens.
    pub first: EventId,
    /// Who is signed in.
    pub me: PersonId,
}

/// Events that belong together, and what is answered once they are saved.
pub(crate) struct Ordered {
    pub events: Vec<(StreamId, Event)>,
    pub done: Done,
}

impl Ordered {
    /// One event; the answer is [`Done::Ok`].
    pub fn one(stream: StreamId, event: impl Into<Event>) -> Self {
        Self::ok(vec![(stream, event.into())])
    }

    /// These events; the answer is [`Done::Ok`].
    pub fn ok(events: Vec<(StreamId, Event)>) -> Self {
        Self { events, done: Done::Ok }
    }
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
    /// The message to go to is in this thread, and not in the room.
    InThread { subject: Subject },
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
    /// Joining by this link was begun on this device under that name, and the server has the account: with another name or
    /// password it does not go on.
    Begun { name: String },
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
