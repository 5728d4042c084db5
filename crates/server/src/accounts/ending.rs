//! Ending an account or a device, as only an operator does. What was said stays; nobody signs in again, and the name stays
//! taken, so that nobody comes back under it as somebody else.

use super::refresh::{self, Revoked};
use super::{Accounts, people};
use crate::clock::now_ms;
use crate::database::{LogError, WriteTx};
use crate::space::{self, NotAppended};
use folkmoot_model::id::{DeviceId, PersonId};
use folkmoot_model::looks::fold;
use rusqlite::{Connection, params};

/// An account, as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Whose.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// How many devices are signed in.
    pub devices: u64,
    /// Has it ended?
    pub ended: bool,
}

/// A device, as an operator sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListedDevice {
    /// Which.
    pub id: DeviceId,
    /// When it last signed in or renewed its tokens, Unix milliseconds.
    pub renewed_ms: u64,
    /// Is it signed in?
    pub signed_in: bool,
}

/// All accounts, by name.
pub fn list(db: &Connection) -> Result<Vec<Listed>, LogError> {
    let sql = "SELECT id, name, ended_ms IS NOT NULL, (SELECT count(*) FROM device WHERE person = person.id \
               AND revoked_ms IS NULL) FROM person ORDER BY folded";
    let mut query = db.prepare(sql)?;
    let listed = query.query_map([], |row| {
        Ok(Listed { id: PersonId(row.get(0)?), name: row.get(1)?, ended: row.get(2)?, devices: row.get(3)? })
    })?;
    Ok(listed.collect::<Result<_, _>>()?)
}

/// All devices of a person, the latest first.
pub fn devices(db: &Connection, person: PersonId) -> Result<Vec<ListedDevice>, LogError> {
    let sql = "SELECT id, rotated_ms, revoked_ms IS NULL FROM device WHERE person = ?1 ORDER BY rotated_ms DESC";
    let mut query = db.prepare(sql)?;
    let listed = query.query_map([person.as_bytes()], |row| {
        Ok(ListedDevice { id: DeviceId(row.get(0)?), renewed_ms: row.get(1)?, signed_in: row.get(2)? })
    })?;
    Ok(listed.collect::<Result<_, _>>()?)
}

/// The account of this name or id.
pub fn find(db: &Connection, asked: &str) -> Result<Option<PersonId>, LogError> {
    let named = people::named(db, &fold(asked))?;
    let found = match (named, asked.trim().parse()) {
        (Some(person), _) => Some(person),
        (None, Ok(id)) => people::of(db, id)?,
        (None, Err(_)) => None,
    };
    Ok(found.map(|person| person.id))
}

/// Ends an account: it is in no space any more, and all its devices are signed out. Gives those. Ending it twice changes
/// nothing.
pub fn end(tx: &mut WriteTx<'_>, person: PersonId, now_ms: u64) -> Result<Vec<Revoked>, NotAppended> {
    for space in space::of_member(tx, person)? {
        space::remove(tx, space, person, now_ms)?;
    }
    let sql = "UPDATE person SET ended_ms = ?2 WHERE id = ?1 AND ended_ms IS NULL";
    tx.db().execute(sql, params![person.as_bytes(), now_ms]).map_err(LogError::from)?;
    let signed_in = devices(tx.db(), person)?.into_iter().filter(|device| device.signed_in);
    let mut revoked = Vec::new();
    for device in signed_in {
        revoked.extend(refresh::revoke(tx, device.id, now_ms)?);
    }
    Ok(revoked)
}

impl Accounts {
    /// Ends an account, at once on its open connections.
    pub async fn end(&self, person: PersonId) -> Result<(), NotAppended> {
        let revoked = self.log.write(move |tx| end(tx, person, now_ms())).await?;
        for revoked in revoked {
            self.tell_signed_out(revoked).await;
        }
        Ok(())
    }
}
