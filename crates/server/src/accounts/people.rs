//! Who has an account: one row each, told apart by the folded name.

use super::Denied;
use super::name::fold;
use crate::log::LogError;
use folkmoot_model::id::PersonId;
use folkmoot_model::members::COLOURS;
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
}

impl Person {
    /// A new one, in a colour that follows from the id.
    pub fn new(id: PersonId, name: &str, password: String) -> Self {
        let colour = blake3::hash(id.as_bytes()).as_bytes()[0] % COLOURS + 1;
        Self { id, name: name.trim().to_owned(), password, colour }
    }
}

/// Stores a new account. Refused if the name is taken.
pub fn insert(db: &Connection, person: &Person, now_ms: u64) -> Result<(), Denied> {
    let sql =
        "INSERT OR IGNORE INTO person(id, name, folded, password, colour, created_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let Person { id, name, password, colour } = person;
    let values = params![id.as_bytes(), name, fold(name), password, colour, now_ms];
    let inserted = db.prepare_cached(sql).and_then(|mut insert| insert.execute(values)).map_err(LogError::from)?;
    if inserted == 1 { Ok(()) } else { Err(NotGranted::NameTaken.into()) }
}

/// The account under a folded name.
pub fn named(db: &Connection, folded: &str) -> Result<Option<Person>, LogError> {
    let mut query = db.prepare_cached("SELECT id, name, password, colour FROM person WHERE folded = ?1")?;
    Ok(query.query_row([folded], person).optional()?)
}

/// The account of a person.
pub fn of(db: &Connection, id: PersonId) -> Result<Option<Person>, LogError> {
    let mut query = db.prepare_cached("SELECT id, name, password, colour FROM person WHERE id = ?1")?;
    Ok(query.query_row([id.as_bytes()], person).optional()?)
}

fn person(row: &rusqlite::Row<'_>) -> rusqlite::Result<Person> {
    Ok(Person { id: PersonId(row.get(0)?), name: row.get(1)?, password: row.get(2)?, colour: row.get(3)? })
}
