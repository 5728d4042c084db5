//! The log as one transaction sees it: rows and heads are read when asked for, and kept while they stay true.

use super::LogError;
use super::packed::unpack;
use folkmoot_model::event::{Envelope, Logged, decode};
use folkmoot_model::features::people::member;
use folkmoot_model::id::{DeviceId, EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::{Held, Row, Rows};
use folkmoot_sync::decide::{Head, Known, Log};
use rusqlite::{Connection, OptionalExtension, params};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Rows kept from one transaction to the next: heads, memberships and access, which every event asks for.
const KEPT_ROWS_MAX: usize = 50_000;

/// An event by its id; the columns as [`logged`] reads them.
const BY_ID: &str = "SELECT id, kind, body_version, body, client_ms, seq, author, server_ms, access, device, packed \
                     FROM event WHERE stream = ?1 AND id = ?2";

/// The events after a seq; the columns as [`logged`] reads them.
pub const AFTER: &str = "SELECT id, kind, body_version, body, client_ms, seq, author, server_ms, access, device, packed \
                         FROM event WHERE stream = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";

/// What is known of the log without asking the database. True while only this process writes.
#[derive(Debug, Default)]
pub struct RowCache {
    rows: BTreeMap<(StreamId, Key), Held>,
    messages: BTreeMap<(StreamId, Key), Held>,
    heads: BTreeMap<StreamId, Head>,
}

/// The log within a transaction of `db`.
///
/// [`Rows`] cannot fail, so a failing query answers `Absent` and is remembered: who asks must call [`ReadTx::checked`]
/// before anything follows from the answers.
pub struct ReadTx<'a> {
    db: &'a Connection,
    kept: RefCell<RowCache>,
    failed: RefCell<Option<LogError>>,
}

impl<'a> ReadTx<'a> {
    /// Over the open transaction of `db`, with what the transactions before left in `kept`.
    pub fn new(db: &'a Connection, kept: RowCache) -> Self {
        Self { db, kept: RefCell::new(kept), failed: RefCell::new(None) }
    }

    /// Over the open transaction of `db`, with nothing kept.
    pub fn of(db: &'a Connection) -> Self {
        Self::new(db, RowCache::default())
    }

    /// The connection.
    pub fn db(&self) -> &'a Connection {
        self.db
    }

    /// Fails with the first query that failed since the last call.
    pub fn checked(&self) -> Result<(), LogError> {
        self.failed.borrow_mut().take().map_or(Ok(()), Err)
    }

    /// Who is in a space or room.
    pub fn present(&self, stream: StreamId) -> Result<Vec<PersonId>, LogError> {
        let rows = self.rows_like(stream, &Key::Member(PersonId([0; 16])))?;
        let people = rows.into_iter().filter_map(|(key, value)| {
            let Key::Member(person) = key else { return None };
            Row::read(&value).and_then(member).filter(|member| member.present).map(|_| person)
        });
        Ok(people.collect())
    }

    /// The rows of a stream under keys of the same kind as `key`, in order, each as its bytes.
    pub fn rows_like(&self, stream: StreamId, key: &Key) -> Result<Vec<(Key, Vec<u8>)>, LogError> {
        let mut query = self.db.prepare("SELECT key, value FROM row WHERE stream = ?1 AND key >= ?2 AND key < ?3")?;
        let tag = key.bytes()[0];
        let within = params![stream.as_bytes(), [tag], [tag + 1]];
        let rows = query.query_map(within, |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?)))?;
        let rows = rows.filter_map(|row| row.map(|(key, value)| Some((Key::read(&key)?, value))).transpose());
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn load_granted(&self, person: PersonId) -> Result<Vec<StreamId>, LogError> {
        let grants = self.rows_like(person.into(), &Key::Grant(StreamId([0; 16])))?;
        let streams = grants.into_iter().filter_map(|(key, _)| {
            let Key::Grant(stream) = key else { return None };
            Some(stream)
        });
        Ok(streams.collect())
    }

    /// A row was written.
    pub fn put(&self, stream: StreamId, key: Key, row: Row) {
        self.kept.borrow_mut().put(stream, key, Held::Row(row));
    }

    /// A stream grew.
    pub fn grown(&self, stream: StreamId, head: Head) {
        self.kept.borrow_mut().heads.insert(stream, head);
    }

    /// What was written since the last savepoint is void.
    pub fn forget(&self) {
        *self.kept.borrow_mut() = RowCache::default();
    }

    /// What the next transaction may start with, if this one is committed.
    pub fn into_kept(self) -> RowCache {
        let mut kept = self.kept.into_inner();
        kept.messages.clear();
        if kept.rows.len().max(kept.heads.len()) > KEPT_ROWS_MAX { RowCache::default() } else { kept }
    }

    fn or_failed<T>(&self, result: Result<T, LogError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.failed.borrow_mut().get_or_insert(error);
                None
            }
        }
    }

    fn load_row(&self, stream: StreamId, key: &Key) -> Result<Held, LogError> {
        let mut query = self.db.prepare_cached("SELECT value FROM row WHERE stream = ?1 AND key = ?2")?;
        let found =
            query.query_row(params![stream.as_bytes(), key.bytes()], |row| Ok(Row::read(row.get_ref(0)?.as_blob()?)));
        match found.optional()? {
            None => Ok(Held::Absent),
            Some(Some(row)) => Ok(Held::Row(row)),
            Some(None) => Err(LogError::Newer),
        }
    }

    fn load_known(&self, stream: StreamId, id: EventId) -> Result<Option<Known>, LogError> {
        let of = params![stream.as_bytes(), id.as_bytes()];
        let found = self.db.prepare_cached(BY_ID)?.query_row(of, logged).optional()?;
        if let Some(found) = found {
            return Ok(Some(Known::Logged(found)));
        }
        let mut query = self.db.prepare_cached("SELECT refusal FROM reject WHERE stream = ?1 AND id = ?2")?;
        let answer = query.query_row(of, |row| {
            let answer = row.get_ref(0)?.as_blob()?;
            Ok(decode(answer).map(Known::Refused).or_else(|| decode(answer).map(Known::Redundant)))
        });
        answer.optional()?.map(|known| known.ok_or(LogError::Newer)).transpose()
    }

    fn load_head(&self, stream: StreamId) -> Result<Head, LogError> {
        let mut query = self.db.prepare_cached("SELECT head, head_ms FROM stream WHERE id = ?1")?;
        let found = query.query_row([stream.as_bytes()], |row| Ok(Head { seq: row.get(0)?, server_ms: row.get(1)? }));
        Ok(found.optional()?.unwrap_or_default())
    }
}

impl Rows for ReadTx<'_> {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        if let Some(held) = self.kept.borrow().get(stream, key) {
            return held.clone();
        }
        let held = self.or_failed(self.load_row(stream, key)).unwrap_or(Held::Absent);
        self.kept.borrow_mut().put(stream, *key, held.clone());
        held
    }
}

impl Log for ReadTx<'_> {
    fn known(&self, stream: StreamId, id: EventId) -> Option<Known> {
        self.or_failed(self.load_known(stream, id)).flatten()
    }

    fn head(&self, stream: StreamId) -> Head {
        if let Some(head) = self.kept.borrow().heads.get(&stream) {
            return *head;
        }
        let head = self.or_failed(self.load_head(stream)).unwrap_or_default();
        self.grown(stream, head);
        head
    }

    fn granted(&self, person: PersonId) -> Vec<StreamId> {
        self.or_failed(self.load_granted(person)).unwrap_or_default()
    }
}

impl RowCache {
    fn get(&self, stream: StreamId, key: &Key) -> Option<&Held> {
        let rows = if !key.is_structure() { &self.messages } else { &self.rows };
        rows.get(&(stream, *key))
    }

    fn put(&mut self, stream: StreamId, key: Key, held: Held) {
        let rows = if !key.is_structure() { &mut self.messages } else { &mut self.rows };
        rows.insert((stream, key), held);
    }
}

/// Reads an event from a row of [`AFTER`].
pub fn logged(row: &rusqlite::Row<'_>) -> rusqlite::Result<Logged> {
    let access = row.get_ref(8)?.as_blob()?;
    Ok(Logged {
        envelope: Envelope {
            id: EventId(row.get(0)?),
            kind: row.get(1)?,
            body_version: row.get(2)?,
            body: unpack(row, 3, 10)?,
            client_ms: row.get(4)?,
        },
        seq: row.get(5)?,
        author: PersonId(row.get(6)?),
        server_ms: row.get(7)?,
        access: decode(access).ok_or(rusqlite::Error::InvalidQuery)?,
        device: DeviceId(row.get(9)?),
    })
}
