//! What a person may read of a stream: a run of its log, its rows, or the rows of some messages. One transaction each.

use super::LogError;
use super::bodies::Bodies;
use super::read_tx::{AFTER, ReadTx, logged};
use folkmoot_model::event::{Above, Logged};
use folkmoot_model::features::messages::message;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::{Key, KeyKind, List, PARTIAL_TAGS};
use folkmoot_model::row::{Row, Rows, Value};
use folkmoot_model::rule::{above, may_read};
use folkmoot_sync::decide::{Log, access_seq};
use folkmoot_sync::hub::io::{Found, Place, Read, ReadOutcome, What};
use folkmoot_wire::api::Placed;
use folkmoot_wire::frame::{Cursor, Range, WireRow};
use folkmoot_wire::limits::{CHECKPOINT_UPDATES, HOT_MESSAGES, PAGE_PLACES_MAX, ROWS_BYTES, TAIL_EVENTS_MAX};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeSet;

/// Answers `read` within the open transaction of `db`. Checkpoints of which a part is read are kept in `bodies`.
pub fn read(db: &Connection, read: &Read, bodies: &Bodies) -> Result<ReadOutcome, LogError> {
    let view = &ReadTx::of(db);
    let permitted: BTreeSet<PersonId> =
        read.who.iter().copied().filter(|who| may_read(view, read.stream, *who)).collect();
    let head = view.head(read.stream);
    view.checked()?;
    if permitted.is_empty() {
        return Ok(ReadOutcome { permitted, found: None });
    }
    let (stream, reading) = (read.stream, Reading { view, bodies, stream: read.stream, head: head.seq });
    let found = match read.what {
        What::Tail { after, events, bytes } => reading.tail(after, events, bytes),
        What::Rest { seq, held, place } => reading.rest(seq, held, place),
        What::Page { list, range, since } => page(view, stream, head.seq, (list, range), since),
    };
    view.checked()?;
    Ok(ReadOutcome { permitted, found: Some(found?) })
}

/// Where these streams end, of those that exist.
pub fn heads(db: &Connection, streams: &[StreamId]) -> Result<Vec<Cursor>, LogError> {
    let view = ReadTx::of(db);
    let heads = streams.iter().map(|stream| Cursor { stream: *stream, seq: view.head(*stream).seq });
    let heads = heads.filter(|head| head.seq > 0).collect();
    view.checked().map(|()| heads)
}

/// Where a message stands in a room, and in which thread: if there is one, and `who` may read it.
pub fn place_of(db: &Connection, who: PersonId, stream: StreamId, id: EventId) -> Result<Placed, LogError> {
    let view = ReadTx::of(db);
    let allowed = may_read(&view, stream, who);
    let row = view.get(stream, &Key::Message(id)).row().and_then(message);
    view.checked()?;
    let Some(row) = row.filter(|_| allowed) else { return Ok(Placed { seq: None, thread: None }) };
    Ok(Placed { seq: Some(row.posted_seq), thread: row.thread })
}

/// A stream within a read's transaction.
struct Reading<'a> {
    view: &'a ReadTx<'a>,
    bodies: &'a Bodies,
    stream: StreamId,
    head: Seq,
}

impl Reading<'_> {
    fn tail(&self, after: Seq, events_max: u64, bytes_max: usize) -> Result<Found, LogError> {
        let behind = self.head.saturating_sub(after);
        if events_max == 0 {
            // Only whether it may be read is asked.
        } else if self.is_document() {
            if (after == 0 || behind > CHECKPOINT_UPDATES)
                && let Some(seq) = self.bodies.last(self.view.db(), self.stream)?.filter(|seq| *seq > after)
            {
                return self.begin(seq, Range { first: 1, last: 0 });
            }
        } else if behind > TAIL_EVENTS_MAX {
            let all = Range { first: 0, last: self.head };
            let first = first_of_newest(self.view, self.stream, (List::Messages, all), HOT_MESSAGES)?;
            return self.begin(self.head, Range { first: first.unwrap_or(1), last: self.head });
        }
        // Whoever says that they hold more than there is learns where it ends.
        let after = after.min(self.head);
        let events = events(self.view.db(), self.stream, after, events_max, bytes_max)?;
        Ok(Found::Tail { events, head: self.head, marks: marks(self.view, self.stream) })
    }

    /// The first part of a snapshot as of `seq`.
    fn begin(&self, seq: Seq, held: Range) -> Result<Found, LogError> {
        let (rows, place) = structure(self.view, self.stream, None)?;
        self.part(seq, held, rows, place, true)
    }

    /// The part of a snapshot that begins at `place`; the first of another, if its checkpoint is gone.
    fn rest(&self, seq: Seq, held: Range, place: Place) -> Result<Found, LogError> {
        let (rows, place) = match place {
            Place::Structure(key) => structure(self.view, self.stream, Some(key))?,
            other => (Vec::new(), Some(other)),
        };
        if let Some(Place::Checkpoint(_)) | None = place
            && self.is_document()
            && self.bodies.get(self.view.db(), self.stream, seq)?.is_none()
        {
            return match self.bodies.last(self.view.db(), self.stream)? {
                Some(newer) => self.begin(newer, held),
                None => Err(LogError::Broken),
            };
        }
        self.part(seq, held, rows, place, false)
    }

    /// What was read of the structure, and as much of what comes after it as a part has room for.
    fn part(
        &self,
        seq: Seq,
        held: Range,
        mut rows: Vec<WireRow>,
        place: Option<Place>,
        first: bool,
    ) -> Result<Found, LogError> {
        let (head, marks) = (self.head, marks(self.view, self.stream));
        let room = ROWS_BYTES.saturating_sub(rows.iter().map(bytes_of).sum());
        let (mut checkpoint, mut next) = (None, place);
        match place {
            Some(Place::Structure(_)) => {}
            None | Some(Place::Checkpoint(_)) if self.is_document() => {
                let from = if let Some(Place::Checkpoint(from)) = place { from } else { 0 };
                let Some(body) = self.bodies.get(self.view.db(), self.stream, seq)? else {
                    return Err(LogError::Broken);
                };
                let from = usize::try_from(from).unwrap_or(usize::MAX).min(body.len());
                let to = body.len().min(from + room.max(1));
                checkpoint = Some(body[from..to].to_vec());
                next = (to < body.len()).then_some(Place::Checkpoint(to as u64));
            }
            Some(Place::Messages(after)) => {
                next = self.add_messages(&mut rows, Range { first: after + 1, ..held }, room)?;
            }
            None | Some(Place::Checkpoint(_)) => next = self.add_messages(&mut rows, held, room)?,
        }
        Ok(Found::Snapshot { seq, head, rows, held, checkpoint, first, next, marks })
    }

    /// Adds the rows of the messages at these places until they are `room` bytes. Where to go on, if that is not all.
    fn add_messages(&self, rows: &mut Vec<WireRow>, places: Range, room: usize) -> Result<Option<Place>, LogError> {
        let places = (List::Messages, places);
        let next = items(self.view, self.stream, places, HOT_MESSAGES, 0, room, rows)?;
        Ok(next.map(|next| Place::Messages(next - 1)))
    }

    fn is_document(&self) -> bool {
        let head = self.view.get(self.stream, &Key::Head);
        head.row().is_some_and(|row| matches!(row.value, Value::DocumentHead(_)))
    }
}

fn page(
    view: &ReadTx<'_>,
    stream: StreamId,
    as_of: Seq,
    (list, range): (List, Range),
    since: Seq,
) -> Result<Found, LogError> {
    let mut rows = Vec::new();
    let range = match list.is_sparse() {
        true => {
            let first = first_of_newest(view, stream, (list, range), PAGE_PLACES_MAX)?;
            Range { first: first.unwrap_or(range.first), ..range }
        }
        false => range,
    };
    let next = items(view, stream, (list, range), PAGE_PLACES_MAX, since, ROWS_BYTES, &mut rows)?;
    Ok(Found::Page { range, rows, as_of, next })
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
fn marks(view: &ReadTx<'_>, stream: StreamId) -> Vec<Above> {
    let chain = [stream].into_iter().chain(above(view, stream));
    chain.map(|stream| Above { stream, seq: access_seq(view, stream) }).collect()
}

/// Rows of the structure (all but those of messages) after one of them, about [`ROWS_BYTES`]. Where to go on, if that is
/// not all.
fn structure(
    view: &ReadTx<'_>,
    stream: StreamId,
    after: Option<Key>,
) -> Result<(Vec<WireRow>, Option<Place>), LogError> {
    let sql = "SELECT key, value FROM row WHERE stream = ?1 AND key > ?2 AND (key < ?3 OR key >= ?4) ORDER BY key";
    let (first, end) = (PARTIAL_TAGS.start, PARTIAL_TAGS.end);
    let after = after.map_or_else(Vec::new, |key| key.bytes());
    let mut query = view.db().prepare_cached(sql)?;
    let mut found = query.query_map(params![stream.as_bytes(), after, [first], [end]], wire_row)?;
    let (mut rows, mut bytes) = (Vec::<WireRow>::new(), 0);
    while let Some(row) = found.next().transpose()? {
        bytes += bytes_of(&row);
        if bytes > ROWS_BYTES
            && let Some(last) = rows.last()
        {
            let last = Key::read(&last.key).ok_or(LogError::Newer)?;
            return Ok((rows, Some(Place::Structure(last))));
        }
        rows.push(row);
    }
    Ok((rows, None))
}

fn bytes_of(row: &WireRow) -> usize {
    row.key.len() + row.value.len()
}

/// The place of the first of the newest so many entries at these places of a list; `None` if there are fewer.
fn first_of_newest(
    view: &ReadTx<'_>,
    stream: StreamId,
    (list, places): (List, Range),
    newest: u64,
) -> Result<Option<Seq>, LogError> {
    let sql =
        "SELECT key, value FROM row WHERE stream = ?1 AND key >= ?2 AND key <= ?3 ORDER BY key DESC LIMIT 1 OFFSET ?4";
    let (first, last) = (list.entry(places.first).bytes(), list.entry(places.last).bytes());
    let mut query = view.db().prepare_cached(sql)?;
    let found = query.query_row(params![stream.as_bytes(), first, last, newest - 1], |row| Ok(place(row)));
    Ok(found.optional()?.transpose()?.map(|(seq, _)| seq))
}

/// Adds to `rows` those of the items at these places of a list, at most so many, that changed after `since`: the entry, the
/// item with its parts, and what it is found by. Stops before the item with which they would be more than `room` bytes, unless
/// it is the first: then gives its place.
fn items(
    view: &ReadTx<'_>,
    stream: StreamId,
    (list, places): (List, Range),
    places_max: u64,
    since: Seq,
    room: usize,
    rows: &mut Vec<WireRow>,
) -> Result<Option<Seq>, LogError> {
    let sql = "SELECT key, value, seq FROM row WHERE stream = ?1 AND key >= ?2 AND key <= ?3 ORDER BY key LIMIT ?4";
    let (first, last) = (list.entry(places.first).bytes(), list.entry(places.last).bytes());
    let mut query = view.db().prepare_cached(sql)?;
    let mut asked = query.query(params![stream.as_bytes(), first, last, places_max])?;
    let (mut bytes, mut is_first) = (0, rows.is_empty());
    while let Some(row) = asked.next()? {
        let (place, item) = place(row)?;
        let mut of_it = item_rows(view, stream, list.item(item), since)?;
        if row.get::<_, Seq>(2)? > since {
            of_it.push(wire_row(row)?);
        }
        bytes += of_it.iter().map(bytes_of).sum::<usize>();
        if bytes > room && !std::mem::take(&mut is_first) {
            return Ok(Some(place));
        }
        is_first &= of_it.is_empty();
        rows.extend(of_it);
    }
    Ok(None)
}

/// The rows of an item that changed after `since`: its own and those of its parts, which lie together, and those by which it is
/// found.
fn item_rows(view: &ReadTx<'_>, stream: StreamId, item: Key, since: Seq) -> Result<Vec<WireRow>, LogError> {
    let whole = item.bytes();
    let mut query = view.db().prepare_cached(ITEM_SQL)?;
    let mut found = query.query(params![stream.as_bytes(), whole, parts_end(&whole)])?;
    let (mut rows, mut index) = (Vec::new(), Vec::new());
    while let Some(row) = found.next()? {
        let (wire, seq) = (wire_row(row)?, row.get::<_, Seq>(2)?);
        index.extend(Row::read(&wire.value).map(|row| row.value.index()).unwrap_or_default());
        if seq > since {
            rows.push(wire);
        }
    }
    let mut query = view.db().prepare_cached(ONE_SQL)?;
    for key in index {
        let params = params![stream.as_bytes(), key.bytes(), since];
        rows.extend(query.query_row(params, wire_row).optional()?);
    }
    Ok(rows)
}

const ITEM_SQL: &str = "SELECT key, value, seq FROM row WHERE stream = ?1 AND key >= ?2 AND key < ?3 ORDER BY key";
const ONE_SQL: &str = "SELECT key, value FROM row WHERE stream = ?1 AND key = ?2 AND seq > ?3";

/// The first key beyond those that begin as `whole` does: a part is one byte below 0xff, and whatever follows it.
fn parts_end(whole: &[u8]) -> Vec<u8> {
    [whole, &[0xff]].concat()
}

fn wire_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<WireRow> {
    Ok(WireRow { key: row.get(0)?, value: row.get(1)? })
}

fn place(row: &rusqlite::Row<'_>) -> Result<(Seq, EventId), LogError> {
    let (key, value) = (row.get_ref(0)?, row.get_ref(1)?);
    let key = key.as_blob().map_err(rusqlite::Error::from)?;
    let value = value.as_blob().map_err(rusqlite::Error::from)?;
    match (Key::read(key).map(|key| key.kind()), Row::read(value)) {
        (Some(KeyKind::List(_, place)), Some(Row { value: Value::At(item), .. })) => Ok((place, item)),
        _ => Err(LogError::Broken),
    }
}
