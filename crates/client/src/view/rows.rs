//! The rows of views: people, spaces, rooms, documents, messages. Each has an `id`, by which changes are sent.

use super::markdown::Block;
use crate::features::threads::view::{InThreadItem, ThreadFoot};
use folkmoot_model::features::documents::DocumentKind;
use folkmoot_model::features::people::Role;
use folkmoot_model::features::profiles::Status;
use folkmoot_model::features::reads::NotifyLevel;
use folkmoot_model::features::rooms::RoomAccess;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::refusal::Refusal;
use folkmoot_model::signal::Availability;
use serde::{Deserialize, Serialize};

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
    /// What they say of themself, while it counts.
    pub status: Option<Status>,
    /// The room or document they have open.
    pub at: Option<StreamId>,
    /// They have not used the computer for a minute, while they have that open.
    pub inactive: bool,
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
    /// Does everyone in it edit what others have written?
    pub everyone_edits: bool,
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
    /// Has the person begun to write there?
    pub draft: bool,
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
    /// It is listed only: notifications were paused when it came.
    pub silent: bool,
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "view.ts")]
pub enum SendState {
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
    pub standing: SendState,
    /// Is it certain that the server does not know of it? Then it can be taken back without a trace.
    pub untouched: bool,
    /// How far the person's last change to it (edit, deletion, reaction) has come.
    pub change: SendState,
    /// Events of the person on it that were refused, oldest first; their text can be sent anew or given up.
    pub refused: Vec<RefusedItem>,
    /// May the person edit it?
    pub can_edit: bool,
    /// May the person delete it?
    pub can_delete: bool,
    /// Is it pinned in its room?
    pub pinned: bool,
    /// The thread that hangs on it, if somebody has replied there.
    pub thread: Option<ThreadFoot>,
    /// The thread that it is in.
    pub in_thread: Option<InThreadItem>,
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
    /// A pin.
    Pin,
    /// A change of a document's body.
    Document,
    /// A change of a space, a room or who is in it.
    Setting,
}

/// Something of the person's that the server refused, wherever it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct NotSentItem {
    /// The event.
    pub id: EventId,
    /// What it was.
    pub what: RefusedWhat,
    /// Why.
    pub refusal: Refusal,
    /// Its text, if it had one, or what of it is left where its place is gone.
    pub text: String,
    /// When it was said, Unix milliseconds.
    pub at_ms: u64,
    /// The space, room or document that it was for.
    pub stream: StreamId,
    /// Its name; empty if it is no longer held.
    pub place: String,
    /// The space that it is in, if the place can be opened.
    pub space: Option<StreamId>,
    /// Is the place a document?
    pub document: bool,
}

/// What the person has begun to write in a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct DraftItem {
    /// The text.
    pub text: String,
    /// The message that it would answer.
    pub reply_to: Option<QuoteItem>,
}

/// A change of a message's text that the person has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct EditItem {
    /// Which message.
    pub message: EventId,
    /// The text that it would have.
    pub text: String,
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
