//! SQLite as the log: how its connections are opened, and how ids lie in its columns.
//!
//! WAL with `synchronous=FULL`: a commit returns after the WAL is fsynced, so that what was acknowledged outlives a
//! power cut. Readers see the last commit and never wait for the writer.

use super::{LogError, schema, wal};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long to wait for another process that writes, which is only ever an operator's command.
const BUSY: Duration = Duration::from_secs(10);

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 64;

/// Bytes of a page of a new database. A commit writes the few pages that it touches whole, however little they gained: these are half of
/// SQLite's own choice, and a message of 400 bytes still lies within its page.
pub const PAGE_BYTES: u32 = 2_048;

/// The one connection that writes. Makes the database if there is none, and brings it to this version.
pub fn writer(path: &Path) -> Result<Connection, LogError> {
    let mut db = Connection::open(path)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "page_size", PAGE_BYTES)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    wal::count(&db);
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    schema::migrate(&mut db)?;
    if let Err(error) = wal::lengthen(&db, path) {
        tracing::warn!(%error, "the WAL is not made longer beforehand: commits take longer until it has grown");
    }
    Ok(db)
}

/// A connection that cannot write.
pub fn reader(path: &Path) -> Result<Connection, LogError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}
