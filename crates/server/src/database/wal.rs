//! SQLite's WAL: as long as it will ever be from the start, and emptied into the database beside the writer.
//!
//! A commit that moves the pages of a full WAL itself takes twenty times as long as another, and everybody waits for it. A
//! thread of its own moves nearly all of them, while commits go on; the writer then moves the few that came meanwhile,
//! between two commits, since a WAL begins anew only when nothing is left in it.

use super::LogError;
use super::sqlite::PAGE_BYTES;
use rusqlite::{Connection, OpenFlags};
use std::cell::Cell;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread::JoinHandle;

/// Pages of a full WAL.
const PAGES: u32 = 8_192;

/// From here on it is emptied: what is written meanwhile has room.
const PAGES_MANY: u32 = PAGES / 8 * 7;

/// It cannot begin anew while somebody still reads what was before: then it is emptied again when it has grown by this.
const PAGES_MORE: u32 = PAGES / 8;

/// From here on the writer waits until it is: more is written than can be moved.
const PAGES_MAX: u32 = 4 * PAGES;

/// Bytes of pages that a transaction may hold back before it writes some of them: more than SQLite's own choice.
const HELD_BACK: u32 = 4 << 20;

thread_local! {
    /// Pages in the WAL as of this thread's last commit.
    static IN_WAL: Cell<u32> = const { Cell::new(0) };
}

/// Has this connection count its WAL's pages, instead of moving them by itself at the end of a commit.
pub fn count(db: &Connection) {
    db.wal_hook(Some(|_, pages| {
        IN_WAL.set(u32::try_from(pages).unwrap_or_default());
        Ok(())
    }));
}

/// Gives the WAL its full length now. A commit that makes the file longer has more to flush than one that writes over what is
/// there, and costs the processor twice as much. What a transaction has written is void once it is rolled back, but
/// the file stays as long as it was.
pub fn lengthen(db: &Connection, path: &Path) -> Result<(), LogError> {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let full = PAGES * PAGE_BYTES;
    if std::fs::metadata(wal).is_ok_and(|wal| wal.len() >= u64::from(full)) {
        return Ok(());
    }
    let transaction = db.unchecked_transaction()?;
    db.execute_batch("CREATE TABLE lengthen(bytes BLOB)")?;
    db.execute("INSERT INTO lengthen VALUES (zeroblob(?1))", [full + HELD_BACK])?;
    Ok(transaction.rollback()?)
}

/// The thread that moves pages, as the writer sees it. It ends when this is dropped.
pub struct Mover {
    ask: SyncSender<()>,
    moved: Receiver<()>,
    at_work: bool,
    /// With so many pages it is asked.
    from: u32,
}

impl Mover {
    /// Starts it for the database at `path`.
    pub fn start(path: &Path) -> Result<(Self, JoinHandle<()>), LogError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags)?;
        // What leaves the WAL must be on the disk before it is written over.
        db.pragma_update(None, "synchronous", "FULL")?;
        let ((ask, asked), (tell, moved)) = (sync_channel(1), sync_channel(1));
        let thread = std::thread::Builder::new().name("wal".into()).spawn(move || {
            for () in asked {
                empty(&db);
                if tell.send(()).is_err() {
                    return;
                }
            }
        })?;
        Ok((Self { ask, moved, at_work: false, from: PAGES_MANY }, thread))
    }

    /// The writer, whose connection `db` is, has committed.
    pub fn committed(&mut self, db: &Connection) {
        let pages = IN_WAL.get();
        if pages < PAGES_MANY {
            self.from = PAGES_MANY;
        }
        if !self.at_work {
            self.at_work = pages >= self.from;
            if self.at_work && self.ask.try_send(()).is_err() {
                tracing::error!("the thread that empties the WAL is gone: commits do it");
            }
            return;
        }
        let moved = match pages < PAGES_MAX {
            true => self.moved.try_recv(),
            false => self.moved.recv().map_err(|_| TryRecvError::Disconnected),
        };
        match moved {
            Err(TryRecvError::Empty) => {}
            // Without that thread, which can only have panicked, this moves them all.
            Ok(()) | Err(TryRecvError::Disconnected) => {
                (self.at_work, self.from) = (false, pages + PAGES_MORE);
                empty(db);
            }
        }
    }
}

/// Moves what can be moved without waiting for anybody.
fn empty(db: &Connection) {
    if let Err(error) = db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
        tracing::warn!(%error, "the WAL's pages are not moved into the database");
    }
}

#[cfg(test)]
mod tests {
    use super::super::sqlite::{reader, writer};
    use super::*;
    use std::path::PathBuf;
    use tempfile::TempDir;

    /// A log in a folder of its own.
    fn log() -> (TempDir, PathBuf, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log.db");
        let db = writer(&path).unwrap();
        (dir, path, db)
    }

    /// Commits 257 pages and more, and says how many are in the WAL then.
    fn commit(db: &Connection, n: u32) -> u32 {
        db.execute("INSERT OR REPLACE INTO meta VALUES (?1, randomblob(524288))", [n % 16]).unwrap();
        IN_WAL.get()
    }

    #[test]
    fn without_room_for_a_long_wal_the_log_is_written_all_the_same() {
        let (dir, _path, db) = log();
        db.pragma_update(None, "max_page_count", 100).unwrap();
        let elsewhere = dir.path().join("without-a-wal.db");
        assert!(matches!(lengthen(&db, &elsewhere), Err(LogError::Database(_))));
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
            assert!(long >= u64::from(PAGES * PAGE_BYTES), "{long}");
            db.execute("INSERT INTO meta VALUES ('a', 'b') ON CONFLICT DO NOTHING", []).unwrap();
            assert_eq!(wal.metadata().unwrap().len(), long, "a commit writes over it");
            let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'lengthen'";
            assert_eq!(reader(&path).unwrap().query_row(tables, [], |row| row.get::<_, u32>(0)).unwrap(), 0);
            let pages: u32 = db.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
            assert!(pages < 100, "{pages}");
        }
    }

    #[test]
    fn the_wal_begins_anew_while_commits_go_on() {
        let (_dir, path, db) = log();
        let (mut mover, thread) = Mover::start(&path).unwrap();
        let mut in_wal = Vec::new();
        for n in 0..200 {
            in_wal.push(commit(&db, n));
            mover.committed(&db);
        }
        // They are six times what the WAL holds, and more than the writer lets it grow to while the thread gets no turn.
        assert!(!in_wal.is_sorted(), "{in_wal:?}");
        assert!(in_wal.iter().max().is_some_and(|most| (PAGES_MANY..PAGES_MAX + 1_024).contains(most)), "{in_wal:?}");
        drop(mover);
        thread.join().unwrap();
        let rows = "SELECT count(*) FROM meta WHERE length(value) = 524288";
        assert_eq!(reader(&path).unwrap().query_row(rows, [], |row| row.get::<_, u32>(0)).unwrap(), 16);
    }

    #[test]
    fn while_somebody_reads_what_was_before_the_wal_goes_on_and_then_begins_anew() {
        let (_dir, path, db) = log();
        let (mut mover, thread) = Mover::start(&path).unwrap();
        let mut write = |n| {
            let in_wal = commit(&db, n);
            mover.committed(&db);
            in_wal
        };
        let reads = reader(&path).unwrap();
        let long = reads.unchecked_transaction().unwrap();
        long.query_row("SELECT count(*) FROM meta", [], |_| Ok(())).unwrap();
        let grown: Vec<u32> = (0..40).map(&mut write).collect();
        assert!(grown.is_sorted() && grown.last().is_some_and(|pages| *pages > PAGES), "{grown:?}");
        long.commit().unwrap();
        let then: Vec<u32> = (40..160).map(&mut write).collect();
        assert!(!then.is_sorted(), "{then:?}");
        drop(mover);
        thread.join().unwrap();
    }

    #[test]
    fn without_its_thread_the_writer_moves_the_pages_again_and_again() {
        let (_dir, _path, db) = log();
        let ((ask, asked), (tell, moved)) = (sync_channel(1), sync_channel(1));
        let mut mover = Mover { ask, moved, at_work: false, from: PAGES_MANY };
        drop((asked, tell));
        let mut in_wal = Vec::new();
        for n in 0..100 {
            in_wal.push(commit(&db, n));
            mover.committed(&db);
        }
        assert!(in_wal.windows(2).filter(|pair| pair[1] < pair[0]).count() >= 2, "{in_wal:?}");
    }
}
