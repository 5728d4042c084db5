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
const WAL_PAGES: u32 = 8_192;

/// Bytes of a page of a new database. A commit writes the few pages that it touches whole, however little they gained: these are half of
/// SQLite's own choice, and a message of 400 bytes still lies within its page.
const PAGE_BYTES: u32 = 2_048;

/// Bytes of pages that a transaction may hold back before it writes some of them: more than SQLite's own choice.
const HELD_BACK: u32 = 4 << 20;

/// The one connection that writes. Makes the database if there is none, and brings it to this version.
pub fn writer(path: &Path) -> Result<Connection, LogError> {
    let mut db = Connection::open(path)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "page_size", PAGE_BYTES)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "wal_autocheckpoint", WAL_PAGES)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    schema::migrate(&mut db)?;
    if let Err(error) = lengthen_wal(&db, path) {
        tracing::warn!(%error, "the WAL is not made longer beforehand: commits take longer until it has grown");
    }
    Ok(db)
}

/// Gives the WAL its full length now. A commit that makes the file longer has more to flush than one that writes over what is
/// there, and costs the processor twice as much. What a transaction has written is void once it is rolled back, but
/// the file stays as long as it was.
fn lengthen_wal(db: &Connection, path: &Path) -> Result<(), LogError> {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let full = WAL_PAGES * PAGE_BYTES;
    if std::fs::metadata(wal).is_ok_and(|wal| wal.len() >= u64::from(full)) {
        return Ok(());
    }
    let transaction = db.unchecked_transaction()?;
    db.execute_batch("CREATE TABLE lengthen(bytes BLOB)")?;
    db.execute("INSERT INTO lengthen VALUES (zeroblob(?1))", [full + HELD_BACK])?;
    Ok(transaction.rollback()?)
}

/// A connection that cannot write.
pub fn reader(path: &Path) -> Result<Connection, LogError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(BUSY)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(db)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_room_for_a_long_wal_the_log_is_written_all_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let db = writer(&dir.path().join("log.db")).unwrap();
        db.pragma_update(None, "max_page_count", 100).unwrap();
        let elsewhere = dir.path().join("without-a-wal.db");
        assert!(matches!(lengthen_wal(&db, &elsewhere), Err(LogError::Database(_))));
        assert!(db.is_autocommit(), "its transaction is over");
        db.execute("INSERT INTO meta VALUES ('a', 'b')", []).unwrap();
    }

    #[test]
    fn the_wal_has_its_full_length_from_the_start_and_nothing_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.db");
        let wal = dir.path().join("log.db-wal");
        for _ in 0..2 {
            let db = writer(&path).unwrap();
            let long = wal.metadata().unwrap().len();
            assert!(long >= u64::from(WAL_PAGES * PAGE_BYTES), "{long}");
            db.execute("INSERT INTO meta VALUES ('a', 'b') ON CONFLICT DO NOTHING", []).unwrap();
            assert_eq!(wal.metadata().unwrap().len(), long, "a commit writes over it");
            let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'lengthen'";
            assert_eq!(reader(&path).unwrap().query_row(tables, [], |row| row.get::<_, u32>(0)).unwrap(), 0);
            let pages: u32 = db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
            assert!(pages < 100, "{pages}");
        }
    }
}
