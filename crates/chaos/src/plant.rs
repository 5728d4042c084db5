//! Bugs planted on purpose, one at a time: a judge that notices none of them says nothing by its silence.

use crate::world::{Counts, World};
use anyhow::{Context, Result};
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;

/// What is wrong on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    /// A device calls saved what it has not synced.
    JournalUnsynced,
    /// The server acknowledges what it has not synced.
    LogUnsynced,
    /// What a power cut leaves of a profile does not open.
    ProfileSpoilt,
    /// What a power cut leaves of the server's database is no database.
    DatabaseSpoilt,
    /// Something stands in the log twice.
    Doubled,
}

impl Plant {
    /// Each of them.
    pub const ALL: [Self; 5] =
        [Self::JournalUnsynced, Self::LogUnsynced, Self::ProfileSpoilt, Self::DatabaseSpoilt, Self::Doubled];

    /// The part of a path whose syncs the recorder does not hear, of the server or of a client.
    pub fn deaf(self, server: bool) -> Option<&'static str> {
        match self {
            Self::JournalUnsynced if !server => Some("/outbox.journal"),
            Self::LogUnsynced if server => Some("/folkmoot.db"),
            _ => None,
        }
    }

    /// Is it only seen by the judge at the end?
    pub fn is_for_the_end(self) -> bool {
        self == Self::Doubled
    }

    /// How often it was noticed, as what it is.
    pub fn noticed(self, counts: &Counts) -> u64 {
        let counter = match self {
            Self::JournalUnsynced | Self::LogUnsynced => &counts.lost,
            Self::ProfileSpoilt | Self::DatabaseSpoilt => &counts.unopenable,
            Self::Doubled => &counts.doubled,
        };
        counter.load(Ordering::Relaxed)
    }
}

impl World {
    /// Spoils a profile's image, if that is planted.
    pub fn spoil_profile(&self, image: &Path) -> Result<()> {
        if self.plant == Some(Plant::ProfileSpoilt) {
            fs::write(image.join("session.sealed"), b"no session")?;
        }
        Ok(())
    }

    /// Spoils an image of the server's data, if that is planted.
    pub fn spoil_database(&self, image: &Path) -> Result<()> {
        if self.plant == Some(Plant::DatabaseSpoilt) {
            let file = image.join("folkmoot.db");
            let mut bytes = fs::read(&file)?;
            bytes.iter_mut().skip(4_096).for_each(|byte| *byte = 0xa5);
            fs::write(&file, bytes)?;
        }
        Ok(())
    }

    /// Has each message stand there twice, if that is planted.
    pub fn double(&self) -> Result<()> {
        if self.plant != Some(Plant::Doubled) {
            return Ok(());
        }
        let db = Connection::open(self.data.join("folkmoot.db"))?;
        db.busy_timeout(std::time::Duration::from_secs(60))?;
        let sql = "INSERT INTO event SELECT stream, seq + (SELECT max(seq) FROM event WHERE stream = ?1), randomblob(16), \
                   author, device, server_ms, client_ms, kind, body_version, body, access, packed \
                   FROM event WHERE stream = ?1 AND kind = 32";
        let added = db.execute(sql, [self.room.as_bytes()])?;
        (added > 0).then_some(()).context("nothing was posted")
    }
}
