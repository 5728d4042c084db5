//! What a person may read of a stream: a run of its log, its rows, or the rows of some messages. One transaction each.

use super::LogError;
use super::checkpoint::{self, Body};
use super::view::{AFTER, View, logged};
use folkmoot_model::event::{Above, Logged};
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::messages::message;
use folkmoot_model::row::{Key, Row, Rows, Value};
use folkmoot_model::rule::{above, may_read};
use folkmoot_sync::decide::{Head, Log, access_seq};
use folkmoot_sync::hub::io::{Found, Read, ReadOutcome, What};
use folkmoot_wire::frame::{Cursor, Range, WireRow};
use folkmoot_wire::limits::{CHECKPOINT_UPDATES, HOT_MESSAGES, PAGE_PLACES_MAX, TAIL_EVENTS_MAX};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// Answers `read` within the open transaction of `db`.
pub fn read(db: &Connection, read: &Read) -> Result<ReadOutcome, LogError> {
    let view = View::of(db);
    let permitted: BTreeSet<PersonId> =
        read.who.iter().copied().filter(|who| may_read(&view, read.stream, *who)).collect();
    let head = view.head(read.stream);
    view.checked()?;
    if permitted.is_empty() {
        return Ok(ReadOutcome { permitted, found: None });
    }
    let found = match read.what {
        What::Tail { after, events, bytes } => tail(&view, read.stream, head, after, events, bytes),
        What::Page { range, since } => page(&view, read.stream, head, range, since),
    };
    view.checked()?;
    Ok(ReadOutcome { permitted, found: Some(found?) })
}

/// Where these streams end, of those that exist.
pub fn heads(db: &Connection, streams: &[StreamId]) -> Result<Vec<Cursor>, LogError> {
    let view = View::of(db);
    let heads = streams.iter().map(|stream| Cursor { stream: *stream, seq: view.head(*stream).seq });
    let heads = heads.filter(|head| head.seq > 0).collect();
    view.checked().map(|()| heads)
}

/// Where a message stands in a stream, if there is one and `who` may read it.
pub fn place_of(db: &Connection, who: PersonId, stream: StreamId, id: EventId) -> Result<Option<Seq>, LogError> {
    let view = View::of(db);
    let allowed = may_read(&view, stream, who);
    let row = view.get(stream, &Key::Message(id)).row().and_then(message);
    view.checked()?;
    Ok(row.filter(|_| allowed).map(|row| row.posted_seq))
}

fn tail(
    view: &View<'_>,
    stream: StreamId,
    Head { seq: head, .. }: Head,
    after: Seq,
    events_max: u64,
    bytes_max: usize,
) -> Result<Found, LogError> {
    let behind = head.saturating_sub(after);
    let marks = marks(view, stream);
    let is_document = view.get(stream, &Key::Head).row().is_some_and(|row| matches!(row.value, Value::DocumentHead(_)));
    if is_document {
        if (after == 0 || behind > CHECKPOINT_UPDATES)
            && let Some(checkpoint) = newer_checkpoint(view.db(), stream, after)?
        {
            let rows = structure(view, stream)?;
            let (seq, held) = (checkpoint.seq, Range { first: 1, last: 0 });
            return Ok(Found::Snapshot { seq, head, rows, held, checkpoint: Some(checkpoint.state), marks });
        }
    } else if behind > TAIL_EVENTS_MAX {
        let newest = newest_messages(view, stream)?;
        let whole = (newest.len() as u64) < HOT_MESSAGES;
        let first = if whole { 1 } else { newest.first().map_or(1, |(seq, _)| *seq) };
        let mut rows = structure(view, stream)?;
        rows.extend(messages(view, stream, &newest, 0)?);
        let held = Range { first, last: head };
        return Ok(Found::Snapshot { seq: head, head, rows, held, checkpoint: None, marks });
    }
    Ok(Found::Tail { events: events(view.db(), stream, after, events_max, bytes_max)?, head, marks })
}

fn page(
    view: &View<'_>,
    stream: StreamId,
    Head { seq: as_of, .. }: Head,
    range: Range,
    since: Seq,
) -> Result<Found, LogError> {
    let sql = "SELECT key, value FROM row WHERE stream = ?1 AND key >= ?2 AND key <= ?3 ORDER BY key LIMIT ?4";
    let (first, last) = (Key::Timeline(range.first).bytes(), Key::Timeline(range.last).bytes());
    let mut places = view.db().prepare_cached(sql)?;
    let mut rows = places.query(params![stream.as_bytes(), first, last, PAGE_PLACES_MAX])?;
    let mut asked = Vec::new();
    while let Some(row) = rows.next()? {
        asked.push(place(row)?);
    }
    Ok(Found::Page { range, rows: messages(view, stream, &asked, since)?, as_of })
}

/// The run of the log after `after`, at most so much, at least one event if there is one.
fn events(
    db: &Connection,
    stream: StreamId,
    after: Seq,
    events_max: u64,
    bytes_max: usize,
) -> Result<Vec<Logged>, LogError> {
    let mut query = db.prepare_cached(AFTER)?;
    let events_max = i64::try_from(events_max).unwrap_or(i64::MAX);
    let mut rows = query.query(params![stream.as_bytes(), after, events_max])?;
    let (mut events, mut bytes) = (Vec::new(), 0);
    while bytes < bytes_max
        && let Some(row) = rows.next()?
    {
        let event = logged(row)?;
        bytes += event.envelope.body.len();
        if bytes > bytes_max && !events.is_empty() {
            break;
        }
        events.push(event);
    }
    Ok(events)
}

/// The last change of access of the stream and of each above it.
fn marks(view: &View<'_>, stream: StreamId) -> Vec<Above> {
    let chain = [stream].into_iter().chain(above(view, stream));
    chain.map(|stream| Above { stream, seq: access_seq(view, stream) }).collect()
}

/// Every row but those of messages.
fn structure(view: &View<'_>, stream: StreamId) -> Result<Vec<WireRow>, LogError> {
    let sql = "SELECT key, value FROM row WHERE stream = ?1 AND (key < ?2 OR key >= ?3) ORDER BY key";
    let (first, after) = (MESSAGE_PARTS.start, MESSAGE_PARTS.end);
    let mut query = view.db().prepare_cached(sql)?;
    let rows = query.query_map(params![stream.as_bytes(), [first], [after]], wire_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The first bytes of the keys for which [`Key::is_message_part`] holds.
const MESSAGE_PARTS: std::ops::Range<u8> = 0x10..0x20;

/// The places of the newest messages, oldest first.
fn newest_messages(view: &View<'_>, stream: StreamId) -> Result<Vec<(Seq, EventId)>, LogError> {
    let sql = "SELECT key, value FROM row WHERE stream = ?1 AND key >= ?2 AND key <= ?3 ORDER BY key DESC LIMIT ?4";
    let (first, last) = (Key::Timeline(0).bytes(), Key::Timeline(Seq::MAX).bytes());
    let mut query = view.db().prepare_cached(sql)?;
    let mut rows = query.query(params![stream.as_bytes(), first, last, HOT_MESSAGES])?;
    let mut newest = Vec::new();
    while let Some(row) = rows.next()? {
        newest.push(place(row)?);
    }
    newest.reverse();
    Ok(newest)
}

/// The rows of these messages that changed after `since`: place, message, reactions, mentions.
fn messages(
    view: &View<'_>,
    stream: StreamId,
    places: &[(Seq, EventId)],
    since: Seq,
) -> Result<Vec<WireRow>, LogError> {
    let mut query = view.db().prepare_cached("SELECT key, value, seq FROM row WHERE stream = ?1 AND key = ?2")?;
    let mut rows = Vec::new();
    let mut take = |key: Key| -> Result<Option<Row>, LogError> {
        let found =
            query.query_row(params![stream.as_bytes(), key.bytes()], |row| Ok((wire_row(row)?, row.get::<_, Seq>(2)?)));
        let Some((found, seq)) = found.optional()? else { return Ok(None) };
        let row = Row::read(&found.value);
        if seq > since {
            rows.push(found);
        }
        Ok(row)
    };
    for (seq, message) in places {
        take(Key::Timeline(*seq))?;
        take(Key::Reactions(*message))?;
        let Some(Row { value: Value::Message(message), .. }) = take(Key::Message(*message))? else { continue };
        let mentioned: BTreeSet<_> = message.mentions.into_iter().collect();
        for person in mentioned {
            take(Key::Mention(person, *seq))?;
        }
    }
    Ok(rows)
}

fn newer_checkpoint(db: &Connection, stream: StreamId, after: Seq) -> Result<Option<Body>, LogError> {
    Ok(checkpoint::last(db, stream)?.filter(|checkpoint| checkpoint.seq > after))
}

fn wire_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<WireRow> {
    Ok(WireRow { key: row.get(0)?, value: row.get(1)? })
}

fn place(row: &rusqlite::Row<'_>) -> Result<(Seq, EventId), LogError> {
    let (key, value) = (row.get_ref(0)?, row.get_ref(1)?);
    let key = key.as_blob().map_err(rusqlite::Error::from)?;
    let value = value.as_blob().map_err(rusqlite::Error::from)?;
    match (Key::read(key), Row::read(value)) {
        (Some(Key::Timeline(seq)), Some(Row { value: Value::At(message), .. })) => Ok((seq, message)),
        _ => Err(LogError::Broken),
    }
}

#[cfg(test)]
#[test]
fn the_keys_of_messages_are_those_of_the_model() {
    let all = (0..=u8::MAX).flat_map(|tag| [0, 8, 16, 24].map(|len| [vec![tag], vec![0; len]].concat()));
    for key in all.filter_map(|bytes| Key::read(&bytes)) {
        assert_eq!(key.is_message_part(), MESSAGE_PARTS.contains(&key.bytes()[0]), "{key:?}");
    }
}
