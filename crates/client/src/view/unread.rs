//! What of a room is unread: counted from the held rows, never kept as a row.
//!
//! Every device counts from the same read mark, so they agree. A count reads at most [`SCANNED_MAX`] places.

use crate::source::Source;
use folkmoot_model::event::PENDING_SEQ;
use folkmoot_model::features::messages::{MessageRow, message};
use folkmoot_model::features::reads::NotifyLevel;
use folkmoot_model::features::rooms::{RoomAccess, RoomHead, room as room_head};
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::{Row, Value};

/// Counts stop here: nobody reads "1,234 unread" as anything else than "very many".
pub const UNREAD_MAX: u32 = 1_000;

/// The most places of a room that one count reads: own and deleted messages are read and not counted.
const SCANNED_MAX: usize = 2_000;

/// Places read at a time.
const STEP: usize = 250;

/// What of a room is unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unread {
    /// The last place that is read: the read mark, or where the person came in if they never set one.
    pub read_to: Seq,
    /// Unread messages of others, not deleted, at most [`UNREAD_MAX`].
    pub count: u32,
    /// Those of them that name the person; in a direct room all.
    pub mentions: u32,
    /// The place and id of the first unread message that is held.
    pub first: Option<(Seq, EventId)>,
}

/// What of a room is unread: remembered, or counted. Nothing of a room that the person is not in.
pub fn unread(source: &dyn Source, room: StreamId) -> Unread {
    source.counted(room).unwrap_or_else(|| count(source, room))
}

/// Counts what of a room is unread. What is not held is not counted.
pub fn count(source: &dyn Source, room: StreamId) -> Unread {
    let me = source.me();
    let Some(head) = head(source, room).filter(|_| joined(source, room)) else { return Unread::default() };
    let read_to = read_to(source, room);
    let mut unread = Unread { read_to, ..Unread::default() };
    let (mut from, mut scanned) = (read_to.saturating_add(1), 0);
    while from < PENDING_SEQ && scanned < SCANNED_MAX && unread.count < UNREAD_MAX {
        let rows = source.range(room, Key::Timeline(from), Key::Timeline(PENDING_SEQ - 1), false, STEP);
        for place in &rows {
            let Some((seq, id, message)) = at_place(source, room, place) else { continue };
            if counts(me, &message) && unread.count < UNREAD_MAX {
                unread.count += 1;
                unread.first.get_or_insert((seq, id));
            }
        }
        scanned += rows.len();
        match rows.last() {
            Some((Key::Timeline(seq), _)) if rows.len() == STEP => from = seq + 1,
            _ => break,
        }
    }
    unread.mentions = match head.access {
        RoomAccess::Direct => unread.count,
        _ => mentions(source, room, read_to),
    };
    unread
}

fn mentions(source: &dyn Source, room: StreamId, read_to: Seq) -> u32 {
    let me = source.me();
    let (from, to) = (Key::Mention(me, read_to.saturating_add(1)), Key::Mention(me, PENDING_SEQ - 1));
    let rows = source.range(room, from, to, false, UNREAD_MAX as usize);
    let naming = rows.iter().filter(|place| at_place(source, room, place).is_some_and(|(.., row)| counts(me, &row)));
    u32::try_from(naming.count()).unwrap_or(UNREAD_MAX)
}

/// Does the message count as unread, if it lies after the read mark?
fn counts(me: PersonId, message: &MessageRow) -> bool {
    message.author != me && message.deleted_by.is_none()
}

/// The message that a row of places or mentions leads to, with that place; `None` if it is not held, is the pending double of
/// a message that has its place already, or names the person no more, or by another event.
pub fn at_place(source: &dyn Source, room: StreamId, (key, row): &(Key, Row)) -> Option<(Seq, EventId, MessageRow)> {
    let Value::At(id) = row.value else { return None };
    let row = source.row(room, &Key::Message(id)).and_then(message)?;
    if let Key::Timeline(seq) = *key {
        return (row.posted_seq == seq).then_some((seq, id, row));
    }
    let Key::Mention(person, seq) = *key else { return None };
    (row.named_at(person) == Some(seq)).then_some((seq, id, row))
}

/// The last place of a room that the person has read. Who never read anything has read what was there before them.
pub fn read_to(source: &dyn Source, room: StreamId) -> Seq {
    let me = source.me();
    match source.row(me.into(), &Key::Read(room)).map(|row| row.value) {
        Some(Value::Read(read)) => read.to,
        _ => match source.row(room, &Key::Member(me)).map(|row| row.seq) {
            Some(since) if since < PENDING_SEQ => since,
            _ => source.held(room).map_or(0, |held| held.cursor),
        },
    }
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
