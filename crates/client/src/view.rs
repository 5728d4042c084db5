//! What a UI shows: plain rows, computed from what the device holds. A view is watched: first a snapshot, then the
//! rows that changed, by id (`patch.rs`). Words, grouping and dates are the UI's.

pub mod alike;
pub mod app;
pub mod document;
pub mod find;
pub mod item;
pub mod markdown;
pub mod mention;
pub mod message;
pub mod not_sent;
pub mod patch;
pub mod pending;
pub mod people;
pub mod remembered;
pub mod room;
pub mod rows;
pub mod space;
pub mod talk;
#[cfg(test)]
pub mod testing;
pub mod unread;
pub mod window;

pub use rows::*;

use folkmoot_model::features::threads::Subject;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use serde::{Deserialize, Serialize};

/// Which view to watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "view", rename_all = "snake_case")]
#[ts(export, export_to = "view.ts")]
pub enum View {
    /// The state of the whole: [`AppView`].
    App,
    /// A space's rooms, documents and people: [`SpaceView`].
    Space { space: StreamId },
    /// A room and a window of its messages: [`RoomView`].
    Room { room: StreamId, at: Option<EventId> },
    /// The messages that are pinned in a room: [`PinsView`](crate::features::pins::view::PinsView).
    Pins { room: StreamId },
    /// A thread of a room and a window of its replies: [`ThreadView`](crate::features::threads::view::ThreadView).
    Thread { room: StreamId, subject: Subject, at: Option<EventId> },
    /// The threads that the person follows in a space: [`ThreadsView`](crate::features::threads::list::ThreadsView).
    Threads { space: StreamId },
    /// A document's frame, without its body: [`DocumentView`].
    Document { document: StreamId },
}

/// The state of the whole app.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct AppView {
    /// How far the app is.
    pub phase: Phase,
    /// Who is signed in.
    pub me: Option<PersonItem>,
    /// The name that they sign in with, which no change of their name in a space changes; empty on a first run.
    pub sign_in_name: String,
    /// Their spaces.
    pub spaces: Vec<SpaceItem>,
    /// The link to the server.
    pub link: LinkState,
    /// How far the first fetch of the person's rooms is; `None` when each has come once.
    pub first_sync: Option<FirstSync>,
    /// How many of the person's rooms this device does not follow: they are in more than one session may.
    pub left_out: u32,
    /// How many changes are saved here and not yet accepted.
    pub pending: u32,
    /// The host and port of the server, without a scheme.
    pub host: String,
    /// How secrets are kept on this device.
    pub secrets: SecretsKept,
    /// The system's keyring was asked and has not answered: it may be asking the person.
    pub asks_keyring: bool,
    /// The system's keyring cannot be asked until the app is started again: what leads to it does not answer.
    pub keyring_silent: bool,
    /// The server that this computer hosts, if it does.
    pub hosted: Option<Hosted>,
    /// The fewest characters that a new password may have.
    pub password_chars_min: u32,
    /// A damaged store was put aside and built anew; the folder that it is in.
    pub quarantined: Option<String>,
    /// Notifications are paused until this time, Unix milliseconds.
    pub paused_until_ms: Option<u64>,
    /// What the server refused and the person has not given up, newest first; at most 100.
    pub not_sent: Vec<NotSentItem>,
    /// What happened that a notification tells, newest last; at most the last 20.
    pub notices: Vec<NoticeItem>,
}

/// How far the app is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "view.ts")]
pub enum Phase {
    /// Nobody has ever signed in here: first run.
    FirstRun,
    /// The store is locked and wants its passphrase, or its keyring opened.
    Locked,
    /// Signed out by the server or the person; what is held can be read.
    SignedOut,
    /// Signed in.
    Ready,
}

/// The link to the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "state", rename_all = "snake_case")]
#[ts(export, export_to = "view.ts")]
pub enum LinkState {
    /// Dialling, or saying hello.
    Connecting,
    /// Connected; still fetching what was missed.
    CatchingUp,
    /// Connected, nothing missing.
    Online,
    /// Not connected; the next try begins at this time (Unix milliseconds).
    Offline { retry_at_ms: u64, attempt: u32 },
    /// This version is too old for the server (or the other way round): an update is needed.
    Outdated { who: String },
    /// `--offline`: this process never dials.
    Never,
}

/// Rooms of the person that this device holds, of all that they are in, as far as it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct FirstSync {
    /// Those that have come.
    pub held: u32,
    /// All.
    pub rooms: u32,
}

/// How the keys of this device's store are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "view.ts")]
pub enum SecretsKept {
    /// In the system's keyring.
    Keyring,
    /// Behind a passphrase.
    Passphrase,
    /// In a file that only this user may read, since there is no keyring: said plainly in the UI.
    File,
}

/// The server that this computer hosts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct Hosted {
    /// Where it listens.
    pub address: String,
    /// May other computers connect?
    pub open: bool,
    /// Is it running?
    pub running: bool,
}

/// A space's rooms, documents and people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct SpaceView {
    /// The space.
    pub space: SpaceItem,
    /// Does this person manage it?
    pub manages: bool,
    /// Is this person a guest, who opens no rooms?
    pub guest: bool,
    /// The rooms that the person is in: public and private by name, direct by the last message.
    pub rooms: Vec<RoomItem>,
    /// Public rooms that they could join, by name.
    pub open_rooms: Vec<RoomItem>,
    /// Documents of all those rooms, last changed first.
    pub documents: Vec<DocumentItem>,
    /// Its people by name, present members only.
    pub people: Vec<PersonItem>,
}

/// A room and a window of its messages, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct RoomView {
    /// The room.
    pub room: RoomItem,
    /// The space it is in.
    pub space: StreamId,
    /// Does the person manage the room?
    pub manages: bool,
    /// May the person pin messages here?
    pub can_pin: bool,
    /// How many messages are pinned.
    pub pins: u32,
    /// Everyone in it, by name.
    pub members: Vec<PersonItem>,
    /// The messages of the window.
    pub messages: Vec<MessageItem>,
    /// Are there older messages, held or not?
    pub older: bool,
    /// Are there newer messages than the window's? If not, new ones appear at its end.
    pub newer: bool,
    /// Older or newer messages are being fetched.
    pub loading: bool,
    /// The first message that was unread when the room was opened; it stays for the visit.
    pub first_unread: Option<EventId>,
    /// How many were unread when it was opened.
    pub unread_at_opening: u32,
    /// The room's last place: what `ReadTo` may name.
    pub head: Seq,
    /// Who is writing (without the person themself).
    pub typing: Vec<PersonId>,
    /// What the person has begun to write.
    pub draft: Option<DraftItem>,
    /// The messages whose text the person has begun to change.
    pub edits: Vec<EditItem>,
    /// Is the room held on this device? If not, and offline, there is nothing to show.
    pub held: bool,
}

/// A document's frame. Its body crosses by `doc_push` and the document's channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct DocumentView {
    /// The document.
    pub document: DocumentItem,
    /// Its room.
    pub room: RoomItem,
    /// The space it is in.
    pub space: StreamId,
    /// How far the person's own changes have come.
    pub standing: SendState,
    /// May the person write?
    pub can_write: bool,
    /// Is its body held on this device, or here already? If not, it is being fetched, or must wait for the link.
    pub held: bool,
    /// The server said something of it that this app cannot take in: what is shown came before that.
    pub damaged: bool,
    /// Who has it open now, the person included.
    pub here: Vec<PersonItem>,
}
