//! What a UI shows: plain rows, computed from what the device holds. A view is watched: first a snapshot, then the
//! rows that changed, by id (`patch.rs`). Words, grouping and dates are the UI's.

pub mod app;
pub mod document;
pub mod find;
pub mod item;
pub mod markdown;
pub mod mention;
pub mod message;
pub mod patch;
pub mod pending;
pub mod people;
pub mod room;
pub mod space;
#[cfg(test)]
pub mod testing;
pub mod unread;
pub mod window;

use folkmoot_model::documents::DocumentKind;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::members::Role;
use folkmoot_model::reads::NotifyLevel;
use folkmoot_model::refusal::Refusal;
use folkmoot_model::rooms::RoomAccess;
use folkmoot_model::signal::Availability;
use markdown::Block;
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
    /// Their spaces.
    pub spaces: Vec<SpaceItem>,
    /// The link to the server.
    pub link: LinkState,
    /// How many changes are saved here and not yet accepted.
    pub pending: u32,
    /// The host and port of the server, without a scheme.
    pub host: String,
    /// How secrets are kept on this device.
    pub secrets: SecretsKept,
    /// The server that this computer hosts, if it does.
    pub hosted: Option<Hosted>,
    /// A damaged store was put aside and built anew; the folder that it is in.
    pub quarantined: Option<String>,
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

/// Something that deserves a notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct NoticeItem {
    /// The message.
    pub id: EventId,
    /// Its room.
    pub room: StreamId,
    /// Its space.
    pub space: StreamId,
    /// Who and where: "Noor in #field-notes".
    pub title: String,
    /// The first words.
    pub text: String,
    /// Does it name the person, or is it a direct message?
    pub addressed: bool,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct PersonItem {
    /// Who.
    pub id: PersonId,
    /// Their name in this space.
    pub name: String,
    /// 1 to 8.
    pub colour: u8,
    /// Their role in the space.
    pub role: Role,
    /// How available they are.
    pub availability: Availability,
    /// The room or document they have open.
    pub at: Option<StreamId>,
    /// Is it the person signed in?
    pub me: bool,
}

/// A space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct SpaceItem {
    /// Which.
    pub id: StreamId,
    /// Its name.
    pub name: String,
    /// Unread messages in all its rooms.
    pub unread: u32,
    /// Unread messages that name the person, or are direct.
    pub mentions: u32,
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

/// A room in the sidebar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct RoomItem {
    /// Which.
    pub id: StreamId,
    /// Its name; of a direct room the names of the others.
    pub name: String,
    /// Its topic.
    pub topic: String,
    /// Who may come in.
    pub access: RoomAccess,
    /// Is it archived?
    pub archived: bool,
    /// Is the person in it?
    pub joined: bool,
    /// Unread messages, at most 1,000.
    pub unread: u32,
    /// Unread messages that name the person; in a direct room all unread.
    pub mentions: u32,
    /// What of it notifies.
    pub notify: NotifyLevel,
    /// The others of a direct room.
    pub people: Vec<PersonId>,
    /// Who has it open now (without the person themself).
    pub here: Vec<PersonId>,
    /// Are changes of this room not yet accepted?
    pub pending: u32,
}

/// A document in the sidebar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct DocumentItem {
    /// Which.
    pub id: StreamId,
    /// Its room.
    pub room: StreamId,
    /// What it is.
    pub kind: DocumentKind,
    /// Its title.
    pub title: String,
    /// Is it archived?
    pub archived: bool,
    /// Who has it open now (without the person themself).
    pub here: Vec<PersonId>,
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
    /// Is the room held on this device? If not, and offline, there is nothing to show.
    pub held: bool,
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "view.ts")]
pub enum Standing {
    /// On this device's disk.
    Saved,
    /// Given to the server, no answer yet.
    Sending,
    /// In the log.
    Accepted,
    /// Refused by the server, its text kept.
    Refused,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct MessageItem {
    /// Its id: that of the event that posted it.
    pub id: EventId,
    /// Its place, once it has one.
    pub seq: Option<Seq>,
    /// Who posted it.
    pub author: PersonId,
    /// Their name now.
    pub author_name: String,
    /// Their colour, 1 to 8.
    pub author_colour: u8,
    /// Is it the person's own?
    pub mine: bool,
    /// When it was posted, Unix milliseconds.
    pub at_ms: u64,
    /// Its text as blocks.
    pub blocks: Vec<Block>,
    /// Its text as it was written.
    pub text: String,
    /// Does it name the person?
    pub names_me: bool,
    /// The message that it answers.
    pub reply_to: Option<QuoteItem>,
    /// Reactions, in order of their emoji.
    pub reactions: Vec<ReactionItem>,
    /// Who edited it last and when.
    pub edited: Option<EditedItem>,
    /// Was it deleted?
    pub deleted: bool,
    /// How far posting it has come.
    pub standing: Standing,
    /// How far the person's last change to it (edit, deletion, reaction) has come.
    pub change: Standing,
    /// Events of the person on it that were refused, oldest first; their text can be sent anew or given up.
    pub refused: Vec<RefusedItem>,
    /// May the person edit it?
    pub can_edit: bool,
    /// May the person delete it?
    pub can_delete: bool,
}

/// An event that the server refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct RefusedItem {
    /// The event.
    pub event: EventId,
    /// What it was.
    pub what: RefusedWhat,
    /// Why.
    pub refusal: Refusal,
    /// Its text, if it had one.
    pub text: String,
}

/// What a refused event was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "view.ts")]
pub enum RefusedWhat {
    /// Posting.
    Post,
    /// An edit.
    Edit,
    /// A deletion.
    Delete,
    /// A reaction.
    Reaction,
}

/// The message that another answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct QuoteItem {
    /// Which.
    pub id: EventId,
    /// Its author's name; empty if it is not held.
    pub author_name: String,
    /// Its first words; empty if it is not held or was deleted.
    pub excerpt: String,
    /// Was it deleted?
    pub deleted: bool,
}

/// One emoji on a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct ReactionItem {
    /// The emoji.
    pub emoji: String,
    /// Who put it, by name.
    pub names: Vec<String>,
    /// Did the person?
    pub mine: bool,
}

/// The last edit of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct EditedItem {
    /// Who.
    pub by_name: String,
    /// When, Unix milliseconds.
    pub at_ms: u64,
    /// Was it somebody else than the author?
    pub by_other: bool,
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
    pub standing: Standing,
    /// May the person write?
    pub can_write: bool,
    /// Is its body held on this device, or here already? If not, it is being fetched, or must wait for the link.
    pub held: bool,
    /// Who has it open now, the person included.
    pub here: Vec<PersonItem>,
}
