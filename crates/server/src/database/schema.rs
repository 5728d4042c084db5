//! The tables, and the way from an older version of them. The same shapes serve PostgreSQL: bytes, integers, no triggers.

use rusqlite::Connection;

/// One entry brings the database from the version before to its own. Never changed once released, only added to.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE stream(
        id BLOB NOT NULL PRIMARY KEY, kind INTEGER NOT NULL, parent BLOB, head INTEGER NOT NULL,
        head_ms INTEGER NOT NULL, horizon INTEGER NOT NULL, fold INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE event(
        stream BLOB NOT NULL, seq INTEGER NOT NULL, id BLOB NOT NULL, author BLOB NOT NULL, device BLOB NOT NULL,
        server_ms INTEGER NOT NULL, client_ms INTEGER NOT NULL, kind INTEGER NOT NULL, body_version INTEGER NOT NULL,
        body BLOB NOT NULL, access BLOB NOT NULL,
        PRIMARY KEY(stream, seq), UNIQUE(stream, id)) WITHOUT ROWID;
    CREATE TABLE reject(
        stream BLOB NOT NULL, id BLOB NOT NULL, refusal BLOB NOT NULL, server_ms INTEGER NOT NULL,
        PRIMARY KEY(stream, id)) WITHOUT ROWID;
    CREATE TABLE row(
        stream BLOB NOT NULL, key BLOB NOT NULL, seq INTEGER NOT NULL, value BLOB NOT NULL,
        PRIMARY KEY(stream, key)) WITHOUT ROWID;
    CREATE TABLE checkpoint(
        stream BLOB NOT NULL PRIMARY KEY, seq INTEGER NOT NULL, state BLOB NOT NULL, gate BLOB NOT NULL);
    CREATE TABLE person(
        id BLOB NOT NULL PRIMARY KEY, name TEXT NOT NULL, folded TEXT NOT NULL UNIQUE, password TEXT NOT NULL,
        colour INTEGER NOT NULL, created_ms INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE device(
        id BLOB NOT NULL PRIMARY KEY, person BLOB NOT NULL, refresh BLOB NOT NULL UNIQUE, rotated_ms INTEGER NOT NULL,
        revoked_ms INTEGER) WITHOUT ROWID;
    CREATE INDEX device_revoked ON device(revoked_ms) WHERE revoked_ms IS NOT NULL;
    CREATE TABLE spent(
        refresh BLOB NOT NULL PRIMARY KEY, device BLOB NOT NULL, spent_ms INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX spent_device ON spent(device, spent_ms);
    CREATE TABLE invite(
        code BLOB NOT NULL PRIMARY KEY, space BLOB NOT NULL, role BLOB NOT NULL, inviter BLOB,
        expires_ms INTEGER NOT NULL, used_by BLOB, used_on BLOB) WITHOUT ROWID;
    CREATE TABLE meta(key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    ",
    // What each person and each space has in the log, for their quotas; whose a refusal is, and how old; and which values are compressed
    // (`packed.rs`).
    "
    CREATE TABLE usage(
        id BLOB NOT NULL PRIMARY KEY, bytes INTEGER NOT NULL, rooms INTEGER NOT NULL, documents INTEGER NOT NULL,
        refusals INTEGER NOT NULL, day INTEGER NOT NULL, openings INTEGER NOT NULL, grants INTEGER NOT NULL)
        WITHOUT ROWID;
    INSERT INTO usage
        SELECT author, sum(160 + length(body)), sum(kind = 16), sum(kind = 49), 0, 0, 0, 0 FROM event
        WHERE author <> zeroblob(16) GROUP BY author;
    INSERT INTO usage
        SELECT coalesce(room.parent, stream.parent, stream.id) AS space,
            sum(160 + length(body)), sum(event.kind = 16), sum(event.kind = 49), 0, 0, 0, 0
        FROM event JOIN stream ON stream.id = event.stream LEFT JOIN stream AS room ON room.id = stream.parent
        WHERE stream.kind < 4 GROUP BY space;
    ALTER TABLE reject ADD COLUMN person BLOB;
    CREATE INDEX reject_age ON reject(server_ms);
    CREATE TABLE gate(stream BLOB NOT NULL PRIMARY KEY, seq INTEGER NOT NULL, gate BLOB NOT NULL, packed INTEGER NOT NULL);
    ALTER TABLE event ADD COLUMN packed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE checkpoint ADD COLUMN state_packed INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE checkpoint ADD COLUMN gate_packed INTEGER NOT NULL DEFAULT 0;
    ",
    // Which sign-in of a device its tokens come from, when an account was ended, and which invitations are long over.
    "
    ALTER TABLE device ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE device ADD COLUMN epoch_ms INTEGER NOT NULL DEFAULT 0;
    UPDATE device SET epoch = 1, epoch_ms = revoked_ms WHERE revoked_ms IS NOT NULL;
    DROP INDEX device_revoked;
    ALTER TABLE person ADD COLUMN ended_ms INTEGER;
    CREATE INDEX invite_expires ON invite(expires_ms);
    ",
    // How names look, so that no two accounts look alike; drawn at the start for those that have none.
    "
    ALTER TABLE person ADD COLUMN skeleton TEXT;
    CREATE INDEX person_skeleton ON person(skeleton);
    ",
];

/// Brings the database to this version, in one transaction. Fails if a newer server wrote it.
pub fn migrate(db: &mut Connection) -> Result<(), super::LogError> {
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: usize = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > MIGRATIONS.len() {
        return Err(super::LogError::Newer);
    }
    for migration in &MIGRATIONS[version..] {
        tx.execute_batch(migration)?;
    }
    tx.pragma_update(None, "user_version", MIGRATIONS.len())?;
    tx.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_of_the_first_version_keep_their_sign_in_and_those_signed_out_stay_so() {
        let mut db = Connection::open_in_memory().unwrap();
        db.execute_batch(MIGRATIONS[0]).unwrap();
        db.pragma_update(None, "user_version", 1).unwrap();
        let insert = "INSERT INTO device(id, person, refresh, rotated_ms, revoked_ms) VALUES (?1, x'01', ?1, 5, ?2)";
        db.execute(insert, rusqlite::params![[1_u8], None::<u64>]).unwrap();
        db.execute(insert, rusqlite::params![[2_u8], Some(7_u64)]).unwrap();
        migrate(&mut db).unwrap();
        let epoch = |id: u8| {
            let sql = "SELECT epoch, epoch_ms FROM device WHERE id = ?1";
            db.query_row(sql, [[id]], |row| Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?))).unwrap()
        };
        assert_eq!((epoch(1), epoch(2)), ((0, 0), (1, 7)), "tokens without an epoch are of epoch 0");
    }

    #[test]
    fn migrating_twice_changes_nothing_and_a_newer_database_is_left_alone() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        migrate(&mut db).unwrap();
        db.pragma_update(None, "user_version", MIGRATIONS.len() + 1).unwrap();
        assert!(matches!(migrate(&mut db), Err(super::super::LogError::Newer)));
    }
}
