//! The threads that a person follows in a space: those with something unread first, then by their last reply.

use super::view::{FaceItem, faces, summary};
use crate::source::Source;
use crate::view::item::Items;
use crate::view::markdown::{parse, plain_text};
use crate::view::mention::Names;
use crate::view::message::named;
use crate::view::talk::Talk;
use crate::view::unread::{Unread, head, joined, unread};
use folkmoot_model::features::messages::message;
use folkmoot_model::features::rooms::RoomHead;
use folkmoot_model::features::threads::{Subject, ThreadMark, ThreadSummary, mark_of};
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_sync::replica::io::LISTS_MAX;
use folkmoot_wire::frame::Range;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The most threads that are listed.
const LISTED_MAX: usize = 100;

/// The most marks that are looked at, in all spaces.
const MARKS_MAX: usize = 10_000;

/// The most threads of which what is not here is asked for, those with the newest subjects: fewer than a device remembers of one
/// room, so that fetching one never makes it forget another.
const FETCHED_MAX: usize = LISTS_MAX / 2;

/// The longest excerpt of a thread's subject, in characters.
const EXCERPT_CHARS: usize = 200;

/// The least and the greatest id.
const ROOMS: (StreamId, StreamId) = (StreamId([0; 16]), StreamId([0xff; 16]));
const SUBJECTS: (EventId, EventId) = (EventId([0; 16]), EventId([0xff; 16]));

/// The threads that the person follows in a space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct ThreadsView {
    /// The space.
    pub space: StreamId,
    /// Threads with unread replies first, then by their last reply, the newest first.
    pub threads: Vec<ThreadItem>,
    /// How many have unread replies.
    pub unread: u32,
    /// How many have unread replies that name the person.
    pub mentions: u32,
    /// More are followed than are listed.
    pub more: bool,
    /// Something of them is being fetched.
    pub loading: bool,
}

/// A thread that the person follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "view.ts")]
pub struct ThreadItem {
    /// The id of what it hangs on.
    pub id: EventId,
    /// What it hangs on.
    pub subject: Subject,
    /// The room.
    pub room: StreamId,
    /// Its name.
    pub room_name: String,
    /// Is the room a direct one?
    pub direct: bool,
    /// Is its subject held on this device? If not, it is being fetched, or must wait for the link.
    pub held: bool,
    /// Who posted its subject.
    pub author: Option<PersonId>,
    /// Their name; empty while it is not held.
    pub author_name: String,
    /// Their colour, 1 to 8; 0 while it is not held.
    pub author_colour: u8,
    /// The first words of its subject.
    pub excerpt: String,
    /// Was its subject deleted?
    pub deleted: bool,
    /// Replies that are not deleted.
    pub replies: u32,
    /// Some of those who wrote them.
    pub faces: Vec<FaceItem>,
    /// When the last was posted, Unix milliseconds; 0 while it is not known.
    pub last_ms: u64,
    /// Unread replies of others.
    pub unread: u32,
    /// Those of them that name the person.
    pub mentions: u32,
}

/// What the list shows, the streams that it is made of, and what it lacks.
pub struct Listed {
    /// What is shown.
    pub view: ThreadsView,
    /// The rooms with threads in it.
    pub rooms: BTreeSet<StreamId>,
    /// Places to ask the server for.
    pub wants: Vec<(Talk, Range)>,
}

/// A thread, as far as its place in the list needs it.
struct Followed {
    room: StreamId,
    mark: ThreadMark,
    summary: ThreadSummary,
    unread: Unread,
}

/// The threads that the person follows in a space.
pub fn threads(source: &dyn Source, space: StreamId) -> Listed {
    let mut rooms: BTreeMap<StreamId, Option<RoomHead>> = BTreeMap::new();
    let mut followed: Vec<Followed> = Vec::new();
    for (room, mark) in marks(source) {
        let head = rooms
            .entry(room)
            .or_insert_with(|| head(source, room).filter(|head| head.space == space && joined(source, room)));
        if head.is_some() {
            let summary = summary(source, room, mark.subject.id()).unwrap_or_default();
            let unread = unread(source, Talk::of_thread(room, mark.subject));
            followed.push(Followed { room, mark, summary, unread });
        }
    }
    followed.sort_by_key(|thread| Reverse(thread.mark.subject));
    let newest = followed.iter().take(FETCHED_MAX);
    let wants: Vec<_> = newest.flat_map(|thread| lacks(source, thread.room, &thread.mark)).collect();
    followed.sort_by_key(|thread| (thread.unread.count == 0, Reverse(thread.summary.last_ms), thread.mark.subject));
    let many = |of: fn(&Unread) -> u32| followed.iter().filter(|thread| of(&thread.unread) > 0).count();
    let many = |of| u32::try_from(many(of)).unwrap_or(u32::MAX);
    let (unread, mentions) = (many(|unread| unread.count), many(|unread| unread.mentions));
    let (more, loading) = (followed.len() > LISTED_MAX, !wants.is_empty());
    // Only what is listed is read and rendered.
    followed.truncate(LISTED_MAX);
    let mut items = Items::of(source, space);
    let heads = |room: &StreamId| rooms.get(room).and_then(Option::as_ref);
    let threads = followed.iter().filter_map(|thread| Some(item(source, &mut items, heads(&thread.room)?, thread)));
    let view = ThreadsView { space, threads: threads.collect(), unread, mentions, more, loading };
    Listed { view, rooms: rooms.into_iter().filter(|(_, head)| head.is_some()).map(|(room, _)| room).collect(), wants }
}

/// The threads that the person follows, with their rooms.
fn marks(source: &dyn Source) -> Vec<(StreamId, ThreadMark)> {
    let (first, last) = (Key::ThreadMark(ROOMS.0, SUBJECTS.0), Key::ThreadMark(ROOMS.1, SUBJECTS.1));
    let rows = source.range(source.me().into(), first, last, false, MARKS_MAX);
    let marks = rows.into_iter().filter_map(|(key, row)| {
        let Key::ThreadMark(room, _) = key else { return None };
        mark_of(row).filter(|mark| mark.follows).map(|mark| (room, mark))
    });
    marks.collect()
}

/// What of a followed thread is not here, or out of date: its subject, and replies after what is read.
fn lacks(source: &dyn Source, room: StreamId, mark: &ThreadMark) -> Vec<(Talk, Range)> {
    let Some(held) = source.held(room) else { return Vec::new() };
    let (of_room, of_thread) = (Talk::of_room(room), Talk::of_thread(room, mark.subject));
    let subject = Range { first: mark.place, last: mark.place };
    let unread = Range { first: mark.read_to.saturating_add(1), last: held.cursor };
    let wanted = [(of_room, subject), (of_thread, unread)];
    let lacks = |(talk, range): &(Talk, Range)| range.first <= range.last && !held.has_fresh(talk.list(), *range);
    wanted.into_iter().filter(lacks).collect()
}

fn item(source: &dyn Source, items: &mut Items<'_>, head: &RoomHead, followed: &Followed) -> ThreadItem {
    let Followed { room, mark, summary, unread } = followed;
    let Subject::Message(root) = mark.subject;
    let row = source.row(*room, &Key::Message(root)).and_then(message);
    let excerpt = row.as_ref().map(|row| {
        let said = named(row);
        let names = Names::of(said.iter().map(|(person, name)| (*person, name.as_str())), None);
        plain_text(&parse(row.text.as_str(), &names), EXCERPT_CHARS)
    });
    ThreadItem {
        id: root,
        subject: mark.subject,
        room: *room,
        room_name: items.room_name(head),
        direct: head.access.is_direct(),
        held: row.is_some(),
        author: row.as_ref().map(|row| row.author),
        author_name: row.as_ref().map(|row| items.people.name(row.author)).unwrap_or_default(),
        author_colour: row.as_ref().map(|row| items.people.colour(row.author)).unwrap_or_default(),
        excerpt: excerpt.unwrap_or_default(),
        deleted: row.is_some_and(|row| row.deleted_by.is_some()),
        replies: summary.replies,
        faces: faces(&mut items.people, &summary.voices),
        last_ms: summary.last_ms,
        unread: unread.count,
        mentions: unread.mentions,
    }
}
