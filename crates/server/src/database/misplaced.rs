//! Streams that were opened under ids that are not theirs, by the rules of servers before 0.2: rooms over somebody's own
//! stream, and private or public rooms under an id that derives from other people. Looked for at each start, and closed.
//!
//! A room over an own stream loses its rows, so that nobody but its person reads there. Any other room keeps what was said in
//! it: it moves to an id of its own, whoever was in it is granted that, and the id that it had is free for whose it is.

use super::{LogError, WriteTx};
use crate::clock::{now_ms, random};
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::fact::Scope;
use folkmoot_model::features::reads::{GrantRevoked, Granted};
use folkmoot_model::features::rooms::{RoomAccess, RoomHead};
use folkmoot_model::id::{DeviceId, EventId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::{Row, Rows, Value};
use folkmoot_model::rule::By;
use folkmoot_sync::decide::{SERVER, Submission};
use rusqlite::{Connection, params};

/// Every stream with a head, and the kind of its first event.
const OPENED: &str = "SELECT row.stream, event.kind FROM row JOIN event ON event.stream = row.stream AND event.seq = 1 \
                      WHERE row.key = ?1";

/// Closes every misplaced stream, and says so in the server's log.
pub fn close(tx: &mut WriteTx<'_>) -> Result<(), LogError> {
    let mut query = tx.db().prepare(OPENED)?;
    let opened = query.query_map([Key::Head.bytes()], |row| Ok((StreamId(row.get(0)?), row.get(1)?)))?;
    let opened: Vec<(StreamId, u16)> = opened.collect::<Result<_, _>>()?;
    for (stream, first_kind) in opened {
        let Some(Row { value: Value::Room(room), .. }) = tx.rows().get(stream, &Key::Head).row() else { continue };
        if !Event::scope_of(first_kind).is_some_and(Scope::opens) {
            tracing::error!(%stream, space = %room.space, "a room was opened over a person's own stream: it is closed");
            close_over_own(tx, stream)?;
        } else if is_misplaced(stream, &room) {
            let id = StreamId::mint(now_ms(), random());
            tracing::error!(%stream, space = %room.space, %id, "a room was opened under an id of other people: it has another now");
            move_to(tx, stream, id, room.space)?;
        }
    }
    tx.checked()
}

/// Is it a room under an id that no client minted for it?
fn is_misplaced(stream: StreamId, room: &RoomHead) -> bool {
    let derived = room.access == RoomAccess::Direct || stream == crate::space::welcome_room(room.space);
    !derived && !stream.is_minted()
}

/// What the room's events made goes; what is its person's own (grants, read marks, levels) stays, and so does the log.
fn close_over_own(tx: &mut WriteTx<'_>, stream: StreamId) -> Result<(), LogError> {
    let own = [Key::Grant(stream), Key::Read(stream), Key::Notify(stream)].map(|key| key.bytes()[0]);
    let sql = "DELETE FROM row WHERE stream = ?1 AND substr(key, 1, 1) NOT IN (?2, ?3, ?4)";
    tx.db().execute(sql, params![stream.as_bytes(), [own[0]], [own[1]], [own[2]]])?;
    tx.db().execute("UPDATE stream SET kind = 4, parent = NULL WHERE id = ?1", [stream.as_bytes()])?;
    tx.rows().forget();
    Ok(())
}

fn move_to(tx: &mut WriteTx<'_>, from: StreamId, to: StreamId, space: StreamId) -> Result<(), LogError> {
    let people = tx.rows().present(from)?;
    rename(tx.db(), from, to)?;
    tx.rows().forget();
    for person in people {
        for (event, label) in [
            (GrantRevoked { stream: from }.into(), "revoked"),
            (Granted { stream: to, space: Some(space) }.into(), "granted"),
        ] {
            let id = EventId::derive("folkmoot misplaced", &[label.as_bytes(), to.as_bytes(), person.as_bytes()]);
            let envelope = Envelope::new(id, &event, now_ms());
            let submission = Submission { who: SERVER, device: DeviceId([0; 16]), by: By::Server, envelope };
            tx.append(person.into(), &[submission])?;
        }
    }
    Ok(())
}

fn rename(db: &Connection, from: StreamId, to: StreamId) -> Result<(), LogError> {
    for (table, column) in [("stream", "id"), ("event", "stream"), ("row", "stream"), ("reject", "stream")] {
        let sql = format!("UPDATE {table} SET {column} = ?2 WHERE {column} = ?1");
        db.execute(&sql, [from.as_bytes(), to.as_bytes()])?;
    }
    // Documents name their room in their head, and for ever: they stay, under a room that is not there any more.
    Ok(())
}
