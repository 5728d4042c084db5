//! Who has an account: one row each, told apart by the folded name.

use super::Denied;
use crate::database::LogError;
use folkmoot_model::features::profiles::COLOURS;
use folkmoot_model::id::PersonId;
use folkmoot_model::looks::{fold, skeleton};
use folkmoot_wire::api::NotGranted;
use rusqlite::{Connection, OptionalExtension, params};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// As they wrote it.
    pub name: String,
    /// The password's hash, in PHC form.
    pub password: String,
    /// 1 to [`COLOURS`].
    pub colour: u8,
    /// Has an operator ended it? Nobody signs in with it any more, and its name stays taken.
    pub ended: bool,
}

/// Stores a new account with a password's hash, in the next colour of the palette, so that people who come one after the
/// other differ. Refused if the name is taken, or looks like one that is.
pub fn insert(db: &Connection, id: PersonId, name: &str, password: &str, now_ms: u64) -> Result<Person, Denied> {
    let sql = "INSERT OR IGNORE INTO person(id, name, folded, password, created_ms, colour, skeleton)
        SELECT ?1, ?2, ?3, ?4, ?5, (SELECT count(*) FROM person) % ?6 + 1, ?7
        WHERE NOT EXISTS (SELECT 1 FROM person WHERE skeleton = ?7) RETURNING id, name, password, colour, ended_ms";
    let values = params![id.as_bytes(), name, fold(name), password, now_ms, COLOURS, skeleton(name)];
    let mut insert = db.prepare_cached(sql).map_err(LogError::from)?;
    let inserted = insert.query_row(values, person).optional().map_err(LogError::from)?;
    inserted.ok_or_else(|| NotGranted::NameTaken.into())
}

/// Draws the skeletons of names that have none: of accounts of servers before 0.2. To be called at the start.
pub fn draw_skeletons(db: &Connection) -> Result<(), LogError> {
    let mut query = db.prepare("SELECT id, name FROM person WHERE skeleton IS NULL")?;
    let names = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let names: Vec<(Vec<u8>, String)> = names.collect::<Result<_, _>>()?;
    for (id, name) in names {
        db.execute("UPDATE person SET skeleton = ?2 WHERE id = ?1", params![id, skeleton(&name)])?;
    }
    Ok(())
}

/// The account under a folded name.
pub fn named(db: &Connection, folded: &str) -> Result<Option<Person>, LogError> {
    let mut query = db.prepare_cached("SELECT id, name, password, colour, ended_ms FROM person WHERE folded = ?1")?;
    Ok(query.query_row([folded], person).optional()?)
}

/// The account of a person.
pub fn of(db: &Connection, id: PersonId) -> Result<Option<Person>, LogError> {
    let mut query = db.prepare_cached("SELECT id, name, password, colour, ended_ms FROM person WHERE id = ?1")?;
    Ok(query.query_row([id.as_bytes()], person).optional()?)
}

fn person(row: &rusqlite::Row<'_>) -> rusqlite::Result<Person> {
    let ended = row.get::<_, Option<u64>>(4)?.is_some();
    Ok(Person { id: PersonId(row.get(0)?), name: row.get(1)?, password: row.get(2)?, colour: row.get(3)?, ended })
}
