//! SQLite as the log: how its connections are opened, and how ids lie in its columns.
//!
//! WAL with `synchronous=FULL`: a commit returns after the WAL is fsynced, so that what was acknowledged outlives a
//! power cut. Readers see the last commit and never wait for the writer.

use super::{LogError, schema};
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// How long to wait for another process that writes, which is only ever an operator's command.
const BUSY: Duration = Duration::from_secs(10);

/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 64;

/// Pages of WAL after which a commit moves them into the database: rarely, since that commit waits for it.
const WAL_PAGES: u32 = 4_096;

/// The one connection that writes. Makes the database if there is none, and brings it to this version.
pub fn writer(path: &Path) -> Result<Connection, LogError> {
    let mut db = Connection::open(path)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "wal_autocheckpoint", WAL_PAGES)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    schema::migrate(&mut db)?;
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
