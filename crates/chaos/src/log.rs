//! The server's log, read from its file by the same SQLite: which token stands in which event.

use crate::world::Said;
use anyhow::{Context, Result};
use folkmoot_model::id::{EventId, StreamId};
use rusqlite::{Connection, OpenFlags, params};
use std::collections::BTreeMap;
use std::path::Path;

/// Kinds of events that carry tokens: posted, edited, reacted, document edited.
const KINDS: &str = "32, 33, 35, 50";

/// The kind of an edit of a document.
const DOCUMENT_EDITED: u16 = 50;

/// Where a token stands.
#[derive(Debug, Clone)]
pub struct Place {
    /// Of which kind.
    pub kind: u16,
    /// At which place of its stream.
    pub seq: u64,
    /// When the server took it, Unix milliseconds.
    pub server_ms: u64,
}

/// As much of a log as was read.
#[derive(Debug, Default)]
pub struct Log {
    heads: BTreeMap<StreamId, u64>,
    tokens: BTreeMap<String, Vec<Place>>,
    ids: BTreeMap<EventId, Place>,
}

impl Log {
    /// The whole log in the data directory `data`.
    pub fn whole(data: &Path, streams: &[StreamId]) -> Result<Self> {
        let mut log = Self::default();
        log.read(data, streams)?;
        Ok(log)
    }

    /// Reads what came since the last time.
    pub fn read(&mut self, data: &Path, streams: &[StreamId]) -> Result<()> {
        let db = open(data)?;
        let sql = "SELECT seq, id, kind, server_ms, body, packed FROM event WHERE stream = ?1 AND seq > ?2";
        let mut query = db.prepare(&format!("{sql} AND kind IN ({KINDS}) ORDER BY seq"))?;
        for stream in streams {
            let head = self.heads.entry(*stream).or_default();
            let mut rows = query.query(params![stream.as_bytes(), *head])?;
            while let Some(row) = rows.next()? {
                let id = EventId(row.get(1)?);
                let place = Place { kind: row.get(2)?, seq: row.get(0)?, server_ms: row.get(3)? };
                *head = place.seq;
                self.ids.insert(id, place.clone());
                let body: Vec<u8> = row.get(4)?;
                let body = if row.get(5)? { zstd::stream::decode_all(&*body)? } else { body };
                for token in tokens(&body) {
                    self.tokens.entry(token).or_default().push(place.clone());
                }
            }
        }
        Ok(())
    }

    /// Where this stands, in the order of the log: the event of its id or, if it has none of its own, those with its
    /// token.
    pub fn places(&self, said: &Said) -> &[Place] {
        match said.event() {
            Some(id) => self.ids.get(&id).map_or(&[], std::slice::from_ref),
            None => self.tokens.get(&said.token).map_or(&[], Vec::as_slice),
        }
    }

    /// How many events, edits of documents aside, this token stands in.
    pub fn times(&self, token: &str) -> usize {
        self.tokens.get(token).map_or(0, |places| places.iter().filter(|place| place.kind != DOCUMENT_EDITED).count())
    }

    /// Is there an event of this id?
    pub fn has(&self, id: &EventId) -> bool {
        self.ids.contains_key(id)
    }
}

/// What SQLite itself finds wrong with a database.
pub fn damage(data: &Path) -> Result<Option<String>> {
    let found: String = open(data)?.query_row("PRAGMA integrity_check(3)", [], |row| row.get(0))?;
    Ok((found != "ok").then_some(found))
}

fn open(data: &Path) -> Result<Connection> {
    let db = Connection::open_with_flags(data.join("folkmoot.db"), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.busy_timeout(std::time::Duration::from_secs(10)).context("no timeout")?;
    // Reading must not move the WAL: the server alone does.
    db.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(db)
}

/// The tokens in these bytes: `c07-12-3;` is what client 7 said third in its twelfth life.
pub fn tokens(bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'c') {
        let rest = &bytes[at + 1..];
        let len = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'-').count();
        let token = &rest[..len];
        if rest.get(len) == Some(&b';') && token.iter().filter(|byte| **byte == b'-').count() == 2 {
            found.push(format!("c{};", String::from_utf8_lossy(token)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_among_other_bytes() {
        assert_eq!(tokens(b"\x01c07-12-3; c07-1\xffcc01-2-33;"), ["c07-12-3;", "c01-2-33;"]);
        assert_eq!(tokens(b"c07-12-3"), Vec::<String>::new());
    }
}
