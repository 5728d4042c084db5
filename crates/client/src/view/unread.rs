//! What of a room or thread is unread: counted from the held rows, never kept as a row.
//!
//! Every device counts from the same read mark, so they agree. A count reads at most [`SCANNED_MAX`] places.

use crate::source::Source;
use crate::view::talk::Talk;
use folkmoot_model::event::PENDING_SEQ;
use folkmoot_model::features::messages::{MessageRow, message};
use folkmoot_model::features::reads::NotifyLevel;
use folkmoot_model::features::rooms::{RoomAccess, RoomHead, room as room_head};
use folkmoot_model::features::threads::{Subject, ThreadMark, mark_of};
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::{Key, KeyKind};
use folkmoot_model::row::{Row, Value};

/// Counts stop here: nobody reads "1,234 unread" as anything else than "very many".
pub const UNREAD_MAX: u32 = 1_000;

/// The most places that one count reads: own and deleted messages are read and not counted.
const SCANNED_MAX: usize = 2_000;

/// Places read at a time.
const STEP: usize = 250;

/// What of a room or thread is unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unread {
    /// The last place that is read: the read mark; of a room, where the person came in if they never set one; of a thread that
    /// they do not follow, its end.
    pub read_to: Seq,
    /// Unread messages of others, not deleted, at most [`UNREAD_MAX`].
    pub count: u32,
    /// Those of them that name the person; in a direct room all.
    pub mentions: u32,
    /// The place and id of the first unread message that is held.
    pub first: Option<(Seq, EventId)>,
}

/// What of a room or thread is unread: remembered, or counted. Nothing of a room that the person is not in.
pub fn unread(source: &dyn Source, talk: Talk) -> Unread {
    source.counted(talk).unwrap_or_else(|| count(source, talk))
}

/// Counts what of a room or thread is unread. What is not held is not counted.
pub fn count(source: &dyn Source, talk: Talk) -> Unread {
    let (me, room, list) = (source.me(), talk.room, talk.list());
    let Some(head) = head(source, room).filter(|_| joined(source, room)) else { return Unread::default() };
    let read_to = read_to(source, talk);
    let mut unread = Unread { read_to, ..Unread::default() };
    let (mut from, mut scanned) = (read_to.saturating_add(1), 0);
    while from < PENDING_SEQ && scanned < SCANNED_MAX && unread.count < UNREAD_MAX {
        let rows = source.range(room, list.entry(from), list.entry(PENDING_SEQ - 1), false, STEP);
        for place in &rows {
            let Some((seq, id, message)) = at_place(source, room, place) else { continue };
            if counts(me, &message) && unread.count < UNREAD_MAX {
                unread.count += 1;
                unread.mentions += u32::from(talk.thread.is_some() && message.names(me));
                unread.first.get_or_insert((seq, id));
            }
        }
        scanned += rows.len();
        match rows.last().and_then(|(key, _)| place_in_list(key)).filter(|_| rows.len() == STEP) {
            Some(seq) => from = seq + 1,
            None => break,
        }
    }
    if head.access.is_direct() {
        unread.mentions = unread.count;
    } else if talk.thread.is_none() {
        unread.mentions = mentions(source, room, read_to);
    }
    unread
}

/// The place of an entry of a list.
pub fn place_in_list(entry: &Key) -> Option<Seq> {
    match entry.kind() {
        KeyKind::List(_, place) => Some(place),
        KeyKind::Structure | KeyKind::Part(_) | KeyKind::Index => None,
    }
}

fn mentions(source: &dyn Source, room: StreamId, read_to: Seq) -> u32 {
    let me = source.me();
    let (from, to) = (Key::Mention(me, read_to.saturating_add(1)), Key::Mention(me, PENDING_SEQ - 1));
    let rows = source.range(room, from, to, false, UNREAD_MAX as usize);
    let counts = |row: &MessageRow| counts(me, row) && row.is_in_room();
    let naming = rows.iter().filter(|place| at_place(source, room, place).is_some_and(|(.., row)| counts(&row)));
    u32::try_from(naming.count()).unwrap_or(UNREAD_MAX)
}

/// Does the message count as unread, if it lies after the read mark?
fn counts(me: PersonId, message: &MessageRow) -> bool {
    message.author != me && message.deleted_by.is_none()
}

/// The message that a row of a list or of mentions leads to, with that place; `None` if it is not held, is the pending double of
/// a message that has its place already, or names the person no more, or by another event.
pub fn at_place(source: &dyn Source, room: StreamId, (key, row): &(Key, Row)) -> Option<(Seq, EventId, MessageRow)> {
    let Value::At(id) = row.value else { return None };
    let row = source.row(room, &Key::Message(id)).and_then(message)?;
    let is = match *key {
        Key::Timeline(seq) | Key::Thread(_, seq) | Key::Reply(seq) => (row.posted_seq == seq).then_some(seq),
        Key::Mention(person, seq) => (row.named_at(person) == Some(seq)).then_some(seq),
        Key::Head | Key::Access | Key::Member(_) | Key::Listing(_) | Key::Document(_) | Key::Pins => None,
        Key::Message(_) | Key::Reactions(_) | Key::ThreadSummary(_) => None,
        Key::Grant(_) | Key::Read(_) | Key::Notify(_) | Key::ThreadMark(..) => None,
    };
    is.map(|seq| (seq, id, row))
}

/// The last place that the person has read. Who never read anything of a room has read what was there before them, and who
/// does not follow a thread all of it.
pub fn read_to(source: &dyn Source, Talk { room, thread }: Talk) -> Seq {
    let me = source.me();
    if let Some(subject) = thread {
        let mark = mark(source, room, subject).filter(|mark| mark.follows);
        return mark.map_or_else(|| source.held(room).map_or(0, |held| held.cursor), |mark| mark.read_to);
    }
    match source.row(me.into(), &Key::Read(room)).map(|row| row.value) {
        Some(Value::Read(read)) => read.to,
        _ => match source.row(room, &Key::Member(me)).map(|row| row.seq) {
            Some(since) if since < PENDING_SEQ => since,
            _ => source.held(room).map_or(0, |held| held.cursor),
        },
    }
}

/// Whether a thread is followed and how far it is read, if the person ever had a part in it. Whoever replies has one at once:
/// the server says so later.
pub fn mark(source: &dyn Source, room: StreamId, subject: Subject) -> Option<ThreadMark> {
    source.row(source.me().into(), &Key::ThreadMark(room, subject.id())).and_then(mark_of)
}

/// What of a room notifies: the person's choice, else everything in a direct room and mentions elsewhere.
pub fn notify_level(source: &dyn Source, room: StreamId, access: RoomAccess) -> NotifyLevel {
    match source.row(source.me().into(), &Key::Notify(room)).map(|row| row.value) {
        Some(Value::Notify(notify)) => notify.level,
        _ if access.is_direct() => NotifyLevel::All,
        _ => NotifyLevel::Mentions,
    }
}

/// The head of a room, if it is one and held.
pub fn head(source: &dyn Source, room: StreamId) -> Option<RoomHead> {
    source.row(room, &Key::Head).and_then(room_head)
}

/// Is the person in this room, as far as this device knows?
pub fn joined(source: &dyn Source, room: StreamId) -> bool {
    super::people::member(source, room, source.me()).is_some()
}

#[cfg(test)]
mod tests;
