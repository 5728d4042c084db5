//! Refresh tokens: opaque, stored hashed, each good for one use, and forgiving.
//!
//! The first of a sign-in is random; each successor is a keyed hash of the token before, under a secret of this server.
//! So a client that lost the answer asks again with the old token and gets the *same* successor, and neither of the two
//! is ever stored: the database holds hashes, from which no token follows without the server's key. It may ask so until
//! the successor was used, since before that nobody knows whether the answer ever came; and for a minute longer, since
//! requests overtake one another. A token used again after that has been copied: whoever holds the device's chain by
//! then, its device is signed out.

use super::Denied;
use crate::clock::random;
use crate::database::{LogError, WriteTx};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use folkmoot_model::id::{DeviceId, PersonId};
use folkmoot_wire::api::NotGranted;
use folkmoot_wire::limits::{REFRESH_GRACE_S, REFRESH_TOKEN_S};
use rusqlite::{Connection, OptionalExtension, params};

/// How long a used token is remembered, in milliseconds: used later, it is merely unknown.
const SPENT_MS: u64 = 30 * 24 * 3_600 * 1_000;

/// What the key of successors is derived for.
pub const SUCCESSORS: &str = "folkmoot 2026 refresh token successors";

/// A token as the client holds it: 256 bits, base64url.
#[derive(Clone)]
pub struct Token([u8; 32]);

/// What came of a token.
pub enum Rotated {
    /// The next one.
    To {
        /// Whose.
        person: PersonId,
        /// On which device.
        device: DeviceId,
        /// The device's epoch.
        epoch: u64,
        /// The successor.
        next: Token,
    },
    /// It was used before, long ago: its device is now signed out.
    Reused(Revoked),
}

/// A device began a new epoch by being signed out: access tokens of earlier ones are void.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoked {
    /// Which device.
    pub device: DeviceId,
    /// Its epoch from now on.
    pub epoch: u64,
}

impl Token {
    /// A first one.
    pub fn first() -> Self {
        Self(random())
    }

    /// Reads what a client sent.
    pub fn read(text: &str) -> Option<Self> {
        URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// As the client holds it.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    fn hash(&self) -> [u8; 32] {
        *blake3::hash(&self.0).as_bytes()
    }

    fn successor(&self, key: &[u8; 32]) -> Self {
        Self(*blake3::keyed_hash(key, &self.0).as_bytes())
    }
}

/// Signs `device` in for `person`: its chain begins anew, and a new epoch with it, which is given beside the first token.
/// Fails if the device is somebody else's.
pub fn begin(tx: &WriteTx<'_>, person: PersonId, device: DeviceId, now_ms: u64) -> Result<(Token, u64), Denied> {
    let token = Token::first();
    let sql = "INSERT INTO device(id, person, refresh, rotated_ms, epoch, epoch_ms) VALUES (?1, ?2, ?3, ?4, 1, ?4) \
               ON CONFLICT(id) DO UPDATE SET refresh = excluded.refresh, rotated_ms = excluded.rotated_ms, \
               revoked_ms = NULL, epoch = epoch + 1, epoch_ms = excluded.epoch_ms \
               WHERE person = excluded.person RETURNING epoch";
    let values = params![device.as_bytes(), person.as_bytes(), token.hash(), now_ms];
    let begun = tx.db().prepare_cached(sql).and_then(|mut begin| begin.query_row(values, |row| row.get(0)).optional());
    let epoch = begun.map_err(LogError::from)?.ok_or(NotGranted::BadRequest)?;
    Ok((token, epoch))
}

/// Whose a token is that [`rotate`] would look at: the current one of a device, or one before. Writes nothing.
pub fn holder(db: &Connection, token: &Token) -> Result<Option<PersonId>, LogError> {
    let sql = "SELECT person FROM device WHERE refresh = ?1 AND revoked_ms IS NULL UNION ALL \
               SELECT person FROM spent JOIN device ON device.id = spent.device \
               WHERE spent.refresh = ?1 AND revoked_ms IS NULL";
    let mut query = db.prepare_cached(sql)?;
    Ok(query.query_row([token.hash()], |row| Ok(PersonId(row.get(0)?))).optional()?)
}

/// Exchanges a token for its successor.
pub fn rotate(tx: &WriteTx<'_>, key: &[u8; 32], token: &Token, now_ms: u64) -> Result<Rotated, Denied> {
    let db = tx.db();
    let (hash, next) = (token.hash(), token.successor(key));
    let sql = "SELECT id, person, rotated_ms, epoch FROM device WHERE refresh = ?1 AND revoked_ms IS NULL";
    let current = db.prepare_cached(sql).and_then(|mut query| {
        let found = query.query_row([hash], |row| {
            Ok((DeviceId(row.get(0)?), PersonId(row.get(1)?), row.get::<_, u64>(2)?, row.get(3)?))
        });
        found.optional()
    });
    if let Some((device, person, rotated_ms, epoch)) = current.map_err(LogError::from)? {
        if now_ms.saturating_sub(rotated_ms) > REFRESH_TOKEN_S * 1_000 {
            return Err(NotGranted::SignedOut.into());
        }
        advance(db, device, &hash, &next.hash(), now_ms).map_err(LogError::from)?;
        return Ok(Rotated::To { person, device, epoch, next });
    }
    let sql = "SELECT device, spent_ms, person, device.refresh = ?2, epoch FROM spent JOIN device ON device.id = spent.device \
               WHERE spent.refresh = ?1 AND revoked_ms IS NULL";
    let spent = db.prepare_cached(sql).and_then(|mut query| {
        let found = query.query_row([hash, next.hash()], |row| {
            Ok((
                DeviceId(row.get(0)?),
                row.get::<_, u64>(1)?,
                PersonId(row.get(2)?),
                row.get::<_, bool>(3)?,
                row.get(4)?,
            ))
        });
        found.optional()
    });
    let Some((device, spent_ms, person, unused, epoch)) = spent.map_err(LogError::from)? else {
        return Err(NotGranted::SignedOut.into());
    };
    let ago_ms = now_ms.saturating_sub(spent_ms);
    if unused && ago_ms > REFRESH_TOKEN_S * 1_000 {
        return Err(NotGranted::SignedOut.into());
    }
    if unused || ago_ms <= REFRESH_GRACE_S * 1_000 {
        return Ok(Rotated::To { person, device, epoch, next });
    }
    let revoked = revoke(tx, device, now_ms)?.ok_or(NotGranted::SignedOut)?;
    Ok(Rotated::Reused(revoked))
}

/// Signs a device out. `None` if it is not signed in.
pub fn revoke(tx: &WriteTx<'_>, device: DeviceId, now_ms: u64) -> Result<Option<Revoked>, LogError> {
    let sql = "UPDATE device SET revoked_ms = ?2, epoch = epoch + 1, epoch_ms = ?2 \
               WHERE id = ?1 AND revoked_ms IS NULL RETURNING epoch";
    let values = params![device.as_bytes(), now_ms];
    let epoch = tx.db().prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
    tx.db().prepare_cached("DELETE FROM spent WHERE device = ?1")?.execute([device.as_bytes()])?;
    Ok(epoch.map(|epoch| Revoked { device, epoch }))
}

fn advance(db: &Connection, device: DeviceId, old: &[u8; 32], new: &[u8; 32], now_ms: u64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE device SET refresh = ?2, rotated_ms = ?3 WHERE id = ?1")?.execute(params![
        device.as_bytes(),
        new,
        now_ms
    ])?;
    db.prepare_cached("DELETE FROM spent WHERE device = ?1 AND spent_ms < ?2")?
        .execute(params![device.as_bytes(), now_ms.saturating_sub(SPENT_MS)])?;
    db.prepare_cached("INSERT INTO spent(refresh, device, spent_ms) VALUES (?1, ?2, ?3)")?.execute(params![
        old,
        device.as_bytes(),
        now_ms
    ])?;
    Ok(())
}
