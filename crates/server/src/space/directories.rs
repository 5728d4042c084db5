//! The directories of spaces, and of those that servers before 0.2 opened without one: they listed their public rooms in
//! the space's own stream, which guests read. At each start such lists move to a directory, and are withheld from then on.

use super::{NotAppended, SERVER_DEVICE, append, append_as, role_in};
use crate::clock::now_ms;
use crate::database::{LogError, WriteTx};
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::features::people::Role;
use folkmoot_model::features::reads::Granted;
use folkmoot_model::features::spaces::{DirectoryOpened, ListingRow, RoomListed, directory};
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::{Held, Row, Rows, Value};
use folkmoot_model::rule::By;
use folkmoot_sync::decide::{SERVER, Submission};
use rusqlite::params;

/// Opens the directory of a space.
pub(super) fn open(tx: &mut WriteTx<'_>, space: StreamId) -> Result<(), NotAppended> {
    append(tx, directory(space), SERVER, SERVER_DEVICE, &[space.as_bytes()], DirectoryOpened { space })
}

/// Opens the directories that are missing, with what their spaces listed.
pub fn open_missing(tx: &mut WriteTx<'_>) -> Result<(), LogError> {
    let mut query = tx.db().prepare("SELECT id FROM stream WHERE kind = 1")?;
    let spaces: Vec<StreamId> = query.query_map([], |row| Ok(StreamId(row.get(0)?)))?.collect::<Result<_, _>>()?;
    drop(query);
    for space in spaces {
        if tx.rows().get(directory(space), &Key::Head) == Held::Absent {
            tracing::info!(%space, "the list of public rooms moves to a directory of its own");
            move_listings(tx, space).map_err(|error| match error {
                NotAppended::Database(error) => error,
                NotAppended::Refused(refusal) => {
                    tracing::error!(%space, %refusal, "the directory is not opened");
                    LogError::Broken
                }
            })?;
        }
    }
    tx.rows().checked()
}

fn move_listings(tx: &mut WriteTx<'_>, space: StreamId) -> Result<(), NotAppended> {
    open(tx, space)?;
    for (room, ListingRow { name, topic, archived }) in listings(tx, space)? {
        let event = Event::from(RoomListed { room, name, topic, archived });
        let id = EventId::derive("folkmoot listing moved", &[space.as_bytes(), room.as_bytes()]);
        let envelope = Envelope::new(id, &event, now_ms());
        let submission = Submission { who: SERVER, device: SERVER_DEVICE, by: By::Server, envelope };
        match append_as(tx, directory(space), submission) {
            Err(NotAppended::Refused(refusal)) => tracing::warn!(%room, %refusal, "a room is not listed any more"),
            other => other?,
        }
    }
    for person in tx.rows().present(space)? {
        if role_in(tx.rows(), space, person) != Some(Role::Guest) {
            let granted = Granted { stream: directory(space), space: Some(space) };
            append(tx, person.into(), SERVER, SERVER_DEVICE, &[b"directory", space.as_bytes()], granted)?;
        }
    }
    withhold(tx, space)?;
    Ok(())
}

/// What the space's own stream said of its rooms says nothing any more, to whoever reads it from here on.
fn withhold(tx: &mut WriteTx<'_>, space: StreamId) -> Result<(), LogError> {
    let nothing =
        Event::from(RoomListed { room: StreamId([0; 16]), name: String::new(), topic: String::new(), archived: true });
    let sql = "UPDATE event SET body = ?3, packed = 0 WHERE stream = ?1 AND kind = ?2";
    tx.db().execute(sql, params![space.as_bytes(), nothing.kind(), nothing.body()])?;
    let sql = "DELETE FROM row WHERE stream = ?1 AND substr(key, 1, 1) = ?2";
    tx.db().execute(sql, params![space.as_bytes(), [Key::Listing(space).bytes()[0]]])?;
    tx.rows().forget();
    Ok(())
}

fn listings(tx: &WriteTx<'_>, space: StreamId) -> Result<Vec<(StreamId, ListingRow)>, LogError> {
    let rows = tx.rows().rows_like(space, &Key::Listing(space))?;
    let listings = rows.into_iter().filter_map(|(key, value)| match (key, Row::read(&value)?.value) {
        (Key::Listing(room), Value::Listing(listing)) => Some((room, listing)),
        _ => None,
    });
    Ok(listings.collect())
}
