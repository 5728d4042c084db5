//! The threads that a person follows in a space: those with something unread first, then by their last reply.

use super::view::{FaceItem, faces, summary};
use crate::source::Source;
use crate::view::item::Items;
use crate::view::markdown::{parse, plain_text};
use crate::view::mention::Names;
use crate::view::message::named;
use crate::view::talk::Talk;
use crate::view::unread::{head, joined, unread};
use folkmoot_model::features::messages::message;
use folkmoot_model::features::threads::{Subject, ThreadMark, mark_of};
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_wire::frame::Range;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The most threads that are listed.
const LISTED_MAX: usize = 100;

/// The most marks that are looked at, in all spaces.
const MARKS_MAX: usize = 10_000;

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

/// The threads that the person follows in a space.
pub fn threads(source: &dyn Source, space: StreamId) -> Listed {
    let mut items = Items::of(source, space);
    let mut listed = Listed {
        view: ThreadsView { space, threads: Vec::new(), unread: 0, mentions: 0, more: false, loading: false },
        rooms: BTreeSet::new(),
        wants: Vec::new(),
    };
    let mut rooms: BTreeMap<StreamId, Option<(String, bool)>> = BTreeMap::new();
    for (room, mark) in followed(source) {
        let place = rooms.entry(room).or_insert_with(|| {
            let head = head(source, room).filter(|head| head.space == space && joined(source, room))?;
            Some((items.room_name(&head), head.access.is_direct()))
        });
        let Some((room_name, direct)) = place.clone() else { continue };
        listed.rooms.insert(room);
        listed.wants.extend(lacks(source, room, &mark));
        let item = item(source, &mut items, room, &mark);
        listed.view.unread += u32::from(item.unread > 0);
        listed.view.mentions += u32::from(item.mentions > 0);
        listed.view.threads.push(ThreadItem { room_name, direct, ..item });
    }
    let threads = &mut listed.view.threads;
    threads.sort_by_key(|thread| (thread.unread == 0, Reverse(thread.last_ms), thread.id));
    listed.view.more = threads.len() > LISTED_MAX;
    threads.truncate(LISTED_MAX);
    listed.view.loading = !listed.wants.is_empty();
    listed
}

/// The threads that the person follows, with their rooms.
fn followed(source: &dyn Source) -> Vec<(StreamId, ThreadMark)> {
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

fn item(source: &dyn Source, items: &mut Items<'_>, room: StreamId, mark: &ThreadMark) -> ThreadItem {
    let Subject::Message(root) = mark.subject;
    let row = source.row(room, &Key::Message(root)).and_then(message);
    let summary = summary(source, room, root).unwrap_or_default();
    let unread = unread(source, Talk::of_thread(room, mark.subject));
    let excerpt = row.as_ref().map(|row| {
        let said = named(row);
        let names = Names::of(said.iter().map(|(person, name)| (*person, name.as_str())), None);
        plain_text(&parse(row.text.as_str(), &names), EXCERPT_CHARS)
    });
    ThreadItem {
        id: root,
        subject: mark.subject,
        room,
        room_name: String::new(),
        direct: false,
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
