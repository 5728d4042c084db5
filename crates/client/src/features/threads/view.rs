//! A thread: what it hangs on and a window of its replies; and what is shown of it below its subject.

use crate::features::pins::view as pins;
use crate::source::Source;
use crate::view::item::Items;
use crate::view::message::Messages;
use crate::view::pending::Pending;
use crate::view::people::{self, People};
use crate::view::room::{Shown, draft, edits, shown};
use crate::view::talk::Talk;
use crate::view::unread::{head, mark, unread};
use crate::view::window::RoomWindow;
use crate::view::{DraftItem, EditItem, MessageItem, PersonItem, QuoteItem, RoomItem};
use folkmoot_model::event::{Event, PENDING_SEQ};
use folkmoot_model::features::messages::{MessagePosted, message};
use folkmoot_model::features::threads::{InThread, Subject, ThreadSummary, Voice, summary_of};
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::{Key, List};
use folkmoot_wire::frame::Range;
use serde::{Deserialize, Serialize};

/// Faces shown of those who wrote in a thread: more are no faces any more.
const FACES_MAX: usize = 4;

/// A thread and a window of its replies, oldest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct ThreadView {
    /// The room.
    pub room: RoomItem,
    /// The space it is in.
    pub space: StreamId,
    /// What the thread hangs on.
    pub subject: Subject,
    /// The message that it hangs on; `None` while it is not held on this device.
    pub root: Option<MessageItem>,
    /// Everyone in the room, by name.
    pub members: Vec<PersonItem>,
    /// May the person pin messages of the room?
    pub can_pin: bool,
    /// The replies of the window.
    pub messages: Vec<MessageItem>,
    /// How many replies there are, as far as is known.
    pub replies: u32,
    /// Are there older replies, held or not?
    pub older: bool,
    /// Are there newer replies than the window's?
    pub newer: bool,
    /// Something of it is being fetched.
    pub loading: bool,
    /// Unread replies of others, if the person follows it.
    pub unread: u32,
    /// The first reply that was unread when the thread was opened; it stays for the visit.
    pub first_unread: Option<EventId>,
    /// How many were unread when it was opened.
    pub unread_at_opening: u32,
    /// The room's last place: what `ReadThreadTo` may name.
    pub head: Seq,
    /// Who is writing in it (without the person themself).
    pub typing: Vec<PersonId>,
    /// What the person has begun to write there.
    pub draft: Option<DraftItem>,
    /// The messages whose text the person has begun to change.
    pub edits: Vec<EditItem>,
    /// Does the person follow it?
    pub follows: bool,
    /// May the person reply?
    pub can_reply: bool,
}

/// What is shown of a thread below its subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct ThreadFoot {
    /// Replies that are not deleted.
    pub replies: u32,
    /// Some of those who wrote them, the first to come first.
    pub faces: Vec<FaceItem>,
    /// When the last was posted, Unix milliseconds.
    pub last_ms: u64,
    /// Unread replies of others, if the person follows it.
    pub unread: u32,
    /// Does the person follow it?
    pub follows: bool,
}

/// A person as a small picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct FaceItem {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// 1 to 8.
    pub colour: u8,
}

/// Where a reply belongs, as the room shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct InThreadItem {
    /// What its thread hangs on.
    pub subject: Subject,
    /// The first words of that.
    pub root: QuoteItem,
    /// Is it shown in the room, too?
    pub also_in_room: bool,
}

/// What a window shows of its thread now. `None` if the room is not held.
pub fn thread(source: &dyn Source, window: &mut RoomWindow, subject: Subject) -> Option<Shown<ThreadView>> {
    let room = window.room();
    let head = head(source, room)?;
    let slice = window.settle(source);
    let Subject::Message(root) = subject;
    let root_row = source.row(room, &Key::Message(root)).and_then(message);
    let known = summary(source, room, root).map(|summary| summary.replies);
    let messages = shown(source, window, &head, &slice);
    let pending = Pending::of(source, room);
    let mut items = Messages::of(source, room, &head, &pending, std::mem::take(&mut window.rendered_root));
    let root_item = root_row.as_ref().map(|row| items.item(root, row));
    window.rendered_root = items.into_rendered();
    let mut wants: Vec<(Talk, Range)> = slice.wants().map(|range| (window.talk(), range)).into_iter().collect();
    // Where its subject stands that is not here, the person's mark says; otherwise whoever opens it came from there.
    let place = root_row.as_ref().map(|root| root.posted_seq).filter(|place| *place < PENDING_SEQ);
    let place = place.or_else(|| mark(source, room, subject).map(|mark| mark.place));
    let is_fresh = |place: &Seq| source.held(room).is_some_and(|held| held.is_fresh(List::Messages, *place));
    let place = place.filter(|place| !is_fresh(place));
    wants.extend(place.map(|place| (Talk::of_room(room), Range { first: place, last: place })));
    let mut all = Items::of(source, head.space);
    let members = people::present(source, room).into_iter().map(|(person, _)| person);
    let view = ThreadView {
        room: all.room(room, &head),
        members: all.people.items(members),
        can_pin: pins::can_pin(source, room),
        unread: unread(source, window.talk()).count,
        space: head.space,
        subject,
        can_reply: can_reply(source, room, subject),
        // Where its subject is not held, no more is known than is shown.
        replies: known.unwrap_or_else(|| u32::try_from(messages.len()).unwrap_or(u32::MAX)),
        root: root_item,
        draft: draft(source, window.talk(), &head),
        edits: edits(source, room),
        older: slice.older,
        newer: slice.newer,
        loading: slice.missing.is_some() || place.is_some() && root_row.is_none(),
        first_unread: window.first_unread,
        unread_at_opening: window.unread_at_opening,
        head: source.held(room).map_or(0, |held| held.cursor),
        typing: people::others(source, source.presence().typing(room, Some(subject.id()))),
        follows: follows(source, room, subject),
        messages,
    };
    Some(Shown { view, wants })
}

/// Does the person follow the thread? Until the server has said that they have a part in it: if it hangs on a message of theirs,
/// or what they replied is on its way.
pub fn follows(source: &dyn Source, room: StreamId, subject: Subject) -> bool {
    let Subject::Message(root) = subject;
    let theirs =
        || source.row(room, &Key::Message(root)).and_then(message).is_some_and(|root| root.author == source.me());
    let on_its_way = || {
        let said = source.outbox().items().filter(|item| item.stream == room);
        said.filter_map(|item| item.envelope.event().ok()).any(|event| {
            let Event::MessagePosted(posted) = event else { return false };
            posted.thread.is_some_and(|thread| thread.subject == subject)
        })
    };
    mark(source, room, subject).map_or_else(|| theirs() || on_its_way(), |mark| mark.follows)
}

/// May the person reply there? As the rule says of a reply.
fn can_reply(source: &dyn Source, room: StreamId, subject: Subject) -> bool {
    let thread = Some(InThread { subject, also_in_room: false });
    let reply = MessagePosted { text: "a".into(), reply_to: None, mentions: Vec::new(), thread };
    source.permits(room, EventId([0; 16]), &reply.into())
}

/// How the thread of a message stands.
pub fn summary(source: &dyn Source, room: StreamId, message: EventId) -> Option<ThreadSummary> {
    source.row(room, &Key::ThreadSummary(message)).and_then(summary_of)
}

/// What is shown below a message that has a thread.
pub fn foot(source: &dyn Source, people: &mut People<'_>, room: StreamId, message: EventId) -> Option<ThreadFoot> {
    let ThreadSummary { replies, voices, last_ms, .. } = summary(source, room, message)?;
    if replies == 0 {
        return None;
    }
    let subject = Subject::Message(message);
    let follows = follows(source, room, subject);
    let unread = if follows { unread(source, Talk::of_thread(room, subject)).count } else { 0 };
    Some(ThreadFoot { replies, faces: faces(people, &voices), last_ms, unread, follows })
}

/// Some of those who wrote.
pub fn faces(people: &mut People<'_>, voices: &[Voice]) -> Vec<FaceItem> {
    let heard = voices.iter().filter(|voice| voice.replies > 0).take(FACES_MAX);
    heard
        .map(|voice| FaceItem {
            id: voice.person,
            name: people.name(voice.person),
            colour: people.colour(voice.person),
        })
        .collect()
}
