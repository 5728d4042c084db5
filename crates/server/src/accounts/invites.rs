//! Invitations: a code of 128 random bits, stored hashed, for one person, for two weeks.

use crate::clock::random;
use crate::database::LogError;
use folkmoot_model::event::{decode, encode};
use folkmoot_model::features::people::Role;
use folkmoot_model::id::{DeviceId, PersonId, StreamId};
use folkmoot_wire::limits::INVITE_S;
use rusqlite::{Connection, OptionalExtension, params};

/// What a stored code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invitation {
    /// The hash of the code, which names it.
    pub hash: [u8; 32],
    /// Into which space.
    pub space: StreamId,
    /// As what.
    pub role: Role,
    /// By whom, if by a person.
    pub inviter: Option<PersonId>,
    /// Until when, Unix milliseconds.
    pub expires_ms: u64,
    /// Who used it and on which device, if anyone did.
    pub used: Option<(PersonId, DeviceId)>,
}

impl Invitation {
    /// Can it still be used?
    pub fn is_open(&self, now_ms: u64) -> bool {
        self.used.is_none() && now_ms < self.expires_ms
    }
}

/// Makes an invitation; gives its code, 32 letters and digits, which is stored nowhere. Those that ended as long ago as they
/// were good for are forgotten.
pub fn make(
    db: &Connection,
    space: StreamId,
    role: Role,
    inviter: Option<PersonId>,
    now_ms: u64,
) -> Result<String, LogError> {
    let long_over = now_ms.saturating_sub(INVITE_S * 1_000);
    db.prepare_cached("DELETE FROM invite WHERE expires_ms < ?1")?.execute([long_over])?;
    let code = format!("{:032x}", u128::from_be_bytes(random()));
    let sql = "INSERT INTO invite(code, space, role, inviter, expires_ms) VALUES (?1, ?2, ?3, ?4, ?5)";
    let inviter = inviter.as_ref().map(PersonId::as_bytes);
    let expires_ms = now_ms + INVITE_S * 1_000;
    db.prepare_cached(sql)?.execute(params![hash(&code), space.as_bytes(), encode(&role), inviter, expires_ms])?;
    Ok(code)
}

/// The invitation of a code, open or not.
pub fn find(db: &Connection, code: &str) -> Result<Option<Invitation>, LogError> {
    let hash = hash(code);
    let sql = "SELECT space, role, inviter, expires_ms, used_by, used_on FROM invite WHERE code = ?1";
    let found = db.prepare_cached(sql)?.query_row([hash], |row| {
        let used_by: Option<[u8; 16]> = row.get(4)?;
        let used_on: Option<[u8; 16]> = row.get(5)?;
        let role: Option<Role> = decode(row.get_ref(1)?.as_blob()?);
        let inviter: Option<[u8; 16]> = row.get(2)?;
        Ok((StreamId(row.get(0)?), role, inviter.map(PersonId), row.get(3)?, used_by.zip(used_on)))
    });
    let Some((space, role, inviter, expires_ms, used)) = found.optional()? else { return Ok(None) };
    let role = role.ok_or(LogError::Broken)?;
    let used = used.map(|(person, device)| (PersonId(person), DeviceId(device)));
    Ok(Some(Invitation { hash, space, role, inviter, expires_ms, used }))
}

/// Marks an invitation as used. False if somebody was faster.
pub fn take(db: &Connection, invitation: &Invitation, person: PersonId, device: DeviceId) -> Result<bool, LogError> {
    let sql = "UPDATE invite SET used_by = ?2, used_on = ?3 WHERE code = ?1 AND used_by IS NULL";
    let values = params![invitation.hash, person.as_bytes(), device.as_bytes()];
    Ok(db.prepare_cached(sql)?.execute(values)? == 1)
}

fn hash(code: &str) -> [u8; 32] {
    *blake3::hash(code.as_bytes()).as_bytes()
}
