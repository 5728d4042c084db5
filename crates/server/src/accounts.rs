//! Who people are to this server: joining by invitation, signing in, renewing, signing out.
//!
//! An account, its invitation and its first memberships are one transaction of the log, so that nothing is ever half
//! joined. Parts: `accounts/{people,name,password,invites,refresh,tickets}.rs`.

pub mod invites;
pub mod name;
pub mod password;
pub mod people;
pub mod refresh;
mod tickets;

use crate::clock::{now_ms, random};
use crate::config::Config;
use crate::desk::DeskHandle;
use crate::error::Error;
use crate::gatekeeper::Gatekeeper;
use crate::identity::{BadToken, Bearer, Identity, Ticket};
use crate::log::{Log, LogError, Turn, View};
use crate::space::{self, Newcomer, NotAppended, welcome_room};
use folkmoot_model::id::{DeviceId, PersonId, StreamId};
use folkmoot_model::members::{ProfileChanged, Role, named};
use folkmoot_model::row::Rows;
use folkmoot_sync::hub::io::{self, Input};
use folkmoot_wire::api::{
    self, Inspected, Invite, Invited, Join, Joined, NotGranted, Refresh, Session, SignIn, Ticketed,
};
use folkmoot_wire::frame::ByeCode;
use folkmoot_wire::limits::ACCESS_TOKEN_S;
use invites::Invitation;
use password::Passwords;
use people::Person;
use refresh::{Rotated, Token};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Why a request was not granted: a reason to tell, or a failure of ours to log.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// To be told.
    #[error(transparent)]
    Not(#[from] NotGranted),
    /// The log fails.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The identity fails.
    #[error(transparent)]
    Own(#[from] Error),
}

impl From<NotAppended> for Denied {
    fn from(not: NotAppended) -> Self {
        match not {
            NotAppended::Refused(_) => Self::Not(NotGranted::Forbidden),
            NotAppended::Log(error) => Self::Log(error),
        }
    }
}

/// The accounts of a server.
pub struct Accounts {
    log: Log,
    identity: Arc<Identity>,
    gatekeeper: Arc<Gatekeeper>,
    desk: DeskHandle,
    passwords: Passwords,
    access_token_s: u64,
    successors: [u8; 32],
    /// Devices whose access tokens may outlive their sign-in, with the time of signing out.
    signed_out: Mutex<HashMap<DeviceId, u64>>,
}

impl Accounts {
    /// The accounts in `log`.
    pub(crate) async fn open(
        config: &Config,
        log: Log,
        identity: Arc<Identity>,
        gatekeeper: Arc<Gatekeeper>,
        desk: DeskHandle,
    ) -> Result<Self, LogError> {
        let since_ms = now_ms().saturating_sub(ACCESS_TOKEN_S * 1_000);
        let signed_out: HashMap<DeviceId, u64> = log
            .query(move |db| -> Result<_, LogError> {
                let mut query = db.prepare("SELECT id, revoked_ms FROM device WHERE revoked_ms > ?1")?;
                let rows = query.query_map([since_ms], |row| Ok((DeviceId(row.get(0)?), row.get(1)?)))?;
                Ok(rows.collect::<Result<_, _>>()?)
            })
            .await?;
        let successors = identity.secret(refresh::SUCCESSORS);
        let passwords = Passwords::new(config.argon2);
        let access_token_s = config.access_token_s;
        let signed_out = Mutex::new(signed_out);
        Ok(Self { log, identity, gatekeeper, desk, passwords, access_token_s, successors, signed_out })
    }

    /// What a code leads to.
    pub async fn inspect(&self, code: String) -> Result<Inspected, Denied> {
        self.log
            .query(move |db| {
                let open = invites::find(db, &code)?.filter(|invitation| invitation.is_open(now_ms()));
                let invitation = open.ok_or(NotGranted::BadInvite)?;
                let rows = View::of(db);
                let space_name = space::name_of(&rows, invitation.space).ok_or(NotGranted::BadInvite)?;
                Ok(Inspected { space_name, role: invitation.role })
            })
            .await
    }

    /// Joins a space: as a new person, or as `bearer`, whose refresh token stays as it is (the answer's is empty).
    pub async fn join(&self, join: Join, bearer: Option<Bearer>) -> Result<Session, Denied> {
        let code = join.code.clone();
        let found = self.log.query(move |db| invites::find(db, &code)).await?;
        let invitation = found.ok_or(NotGranted::BadInvite)?;
        match (bearer, invitation.used) {
            (Some(bearer), _) => self.join_known(invitation, bearer).await,
            (None, None) => self.join_new(invitation, join).await,
            // The answer to the first attempt was lost: who can sign in gets it again.
            (None, Some((person, device))) if device == join.device => {
                let session = self.sign_in(SignIn { name: join.name, password: join.password, device }).await?;
                if session.person != person {
                    return Err(NotGranted::BadInvite.into());
                }
                Ok(Session { joined: Some(joined(invitation.space)), ..session })
            }
            (None, Some(_)) => Err(NotGranted::BadInvite.into()),
        }
    }

    async fn join_new(&self, invitation: Invitation, join: Join) -> Result<Session, Denied> {
        let name = join.name.trim().to_owned();
        named(&name).map_err(|_| NotGranted::BadName)?;
        Passwords::acceptable(&join.password)?;
        if !invitation.is_open(now_ms()) {
            return Err(NotGranted::BadInvite.into());
        }
        let password = self.passwords.hash(join.password).await?;
        let (id, device) = (PersonId::of_new_account(random()), join.device);
        let kept = name.clone();
        let token = self
            .log
            .write(move |turn| -> Result<Token, Denied> {
                let person = people::insert(turn.db(), id, &kept, &password, now_ms())?;
                let token = refresh::begin(turn, id, device, now_ms())?;
                let_in(turn, &invitation, &person, device)?;
                Ok(token)
            })
            .await?;
        tracing::info!(person = %id, space = %invitation.space, role = ?invitation.role, "joined");
        Ok(Session { joined: Some(joined(invitation.space)), ..self.session(id, name, device, Some(&token))? })
    }

    async fn join_known(
        &self,
        invitation: Invitation,
        Bearer { person, device, .. }: Bearer,
    ) -> Result<Session, Denied> {
        let name = self
            .log
            .write(move |turn| -> Result<String, Denied> {
                let person = people::of(turn.db(), person)?.ok_or(NotGranted::SignedOut)?;
                // Who is in already keeps their role and leaves the invitation to somebody else.
                if space::role_in(turn.rows(), invitation.space, person.id).is_none() {
                    let_in(turn, &invitation, &person, device)?;
                }
                Ok(person.name)
            })
            .await?;
        Ok(Session { joined: Some(joined(invitation.space)), ..self.session(person, name, device, None)? })
    }

    /// Signs a device in.
    pub async fn sign_in(&self, SignIn { name, password, device }: SignIn) -> Result<Session, Denied> {
        let folded = name::fold(&name);
        self.gatekeeper.sign_in(&folded).map_err(|after_ms| NotGranted::TooManyTries { after_ms })?;
        let person = self.log.query(move |db| people::named(db, &folded)).await?;
        let hash = person.as_ref().map(|person| person.password.clone());
        self.passwords.verify(password, hash).await?;
        let person = person.ok_or(NotGranted::WrongPassword)?;
        let id = person.id;
        let token = self.log.write(move |turn| refresh::begin(turn, id, device, now_ms())).await?;
        self.signed_out().remove(&device);
        tracing::info!(person = %id, %device, "signed in");
        self.session(id, person.name, device, Some(&token))
    }

    /// The next pair of tokens.
    pub async fn refresh(&self, Refresh { refresh }: Refresh) -> Result<Session, Denied> {
        let token = Token::read(&refresh).ok_or(NotGranted::SignedOut)?;
        let key = self.successors;
        let (rotated, name) = self
            .log
            .write(move |turn| -> Result<_, Denied> {
                let rotated = refresh::rotate(turn, &key, &token, now_ms())?;
                let name = match &rotated {
                    Rotated::To { person, .. } => people::of(turn.db(), *person)?.map(|person| person.name),
                    Rotated::Reused(_) => None,
                };
                Ok((rotated, name))
            })
            .await?;
        match (rotated, name) {
            (Rotated::To { person, device, next }, Some(name)) => self.session(person, name, device, Some(&next)),
            (Rotated::Reused(device), _) => {
                tracing::warn!(%device, "a used refresh token came again: its device is signed out");
                self.tell_signed_out(device).await;
                Err(NotGranted::SignedOut.into())
            }
            (Rotated::To { .. }, None) => Err(NotGranted::SignedOut.into()),
        }
    }

    /// Signs a device out, at once on its open connections.
    pub async fn sign_out(&self, device: DeviceId) -> Result<(), Denied> {
        self.log.write(move |turn| refresh::revoke(turn, device, now_ms())).await?;
        tracing::info!(%device, "signed out");
        self.tell_signed_out(device).await;
        Ok(())
    }

    /// Makes an invitation on behalf of a person who manages the space. Only an owner invites owners.
    pub async fn invite(&self, by: Bearer, Invite { space, role }: Invite) -> Result<Invited, Denied> {
        self.log
            .write(move |turn| {
                if !may_invite(turn.rows(), space, by.person, role) {
                    return Err(NotGranted::Forbidden.into());
                }
                let code = invites::make(turn.db(), space, role, Some(by.person), now_ms())?;
                Ok(Invited { code })
            })
            .await
    }

    /// A ticket to a document for a Yjs client that is not ours. It permits nothing by itself: the hub asks the log.
    pub async fn ticket(&self, by: Bearer, asked: api::Ticket) -> Result<Ticketed, Denied> {
        let api::Ticket { document, read_only } = asked;
        let Bearer { person, device, .. } = by;
        let (name, colour) = self
            .log
            .query(move |db| -> Result<_, Denied> {
                let rows = View::of(db);
                let profile = tickets::profile_for(&rows, document, person, read_only);
                rows.checked()?;
                Ok(profile.ok_or(NotGranted::Forbidden)?)
            })
            .await?;
        let ticket = Ticket { person, device, document, read_only, name, colour };
        Ok(Ticketed { ticket: self.identity.ticket(ticket)? })
    }

    /// The name and colour under which a person appears in a document; `None` if they never were in its space.
    pub async fn profile_in(&self, document: StreamId, person: PersonId) -> Result<Option<(String, u8)>, Denied> {
        self.log
            .query(move |db| -> Result<_, Denied> {
                let rows = View::of(db);
                let profile = tickets::profile_in(&rows, document, person);
                rows.checked()?;
                Ok(profile)
            })
            .await
    }

    /// What a ticket says, if its device is signed in.
    pub fn ticket_holder(&self, ticket: &str) -> Result<Ticket, BadToken> {
        let ticket = self.identity.read_ticket(ticket)?;
        if self.is_signed_out(ticket.device) { Err(BadToken::Foreign) } else { Ok(ticket) }
    }

    /// Whose an access token is, if its device is signed in.
    pub fn bearer(&self, token: &str) -> Result<Bearer, BadToken> {
        let bearer = self.identity.bearer(token)?;
        if self.is_signed_out(bearer.device) { Err(BadToken::Foreign) } else { Ok(bearer) }
    }

    /// As [`Self::bearer`], for the hub.
    pub fn identify(&self, token: &str) -> Result<io::Identity, ByeCode> {
        match self.bearer(token) {
            Ok(Bearer { person, device, expires_ms }) => Ok(io::Identity { person, device, expires_ms }),
            Err(BadToken::Expired) => Err(ByeCode::Expired),
            Err(BadToken::Foreign) => Err(ByeCode::Revoked),
        }
    }

    /// Was the device signed out while its tokens may still live?
    pub fn is_signed_out(&self, device: DeviceId) -> bool {
        self.signed_out().contains_key(&device)
    }

    /// Forgets what no token can outlive any more. To be called about once a minute.
    pub fn tidy(&self) {
        let since_ms = now_ms().saturating_sub(ACCESS_TOKEN_S * 1_000);
        self.signed_out().retain(|_, signed_out_ms| *signed_out_ms >= since_ms);
    }

    async fn tell_signed_out(&self, device: DeviceId) {
        self.signed_out().insert(device, now_ms());
        self.desk.send(Input::SignedOut { device }).await;
    }

    fn signed_out(&self) -> std::sync::MutexGuard<'_, HashMap<DeviceId, u64>> {
        self.signed_out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn session(
        &self,
        person: PersonId,
        name: String,
        device: DeviceId,
        token: Option<&Token>,
    ) -> Result<Session, Denied> {
        let (access, expires_ms) = self.identity.access_token(person, device, self.access_token_s)?;
        let refresh = token.map(Token::text).unwrap_or_default();
        let lives_ms = expires_ms.saturating_sub(now_ms());
        Ok(Session { person, name, access, lives_ms, refresh, joined: None })
    }
}

fn joined(space: StreamId) -> Joined {
    Joined { space, room: welcome_room(space) }
}

/// Uses the invitation for `person`. Fails without a trace if somebody was faster, or the inviter may no longer invite.
fn let_in(turn: &mut Turn<'_>, invitation: &Invitation, person: &Person, device: DeviceId) -> Result<(), Denied> {
    let Invitation { space, role, inviter, .. } = *invitation;
    let open = invitation.is_open(now_ms());
    let stands = inviter.is_none_or(|inviter| may_invite(turn.rows(), space, inviter, role));
    if !open || !stands || !invites::take(turn.db(), invitation, person.id, device)? {
        return Err(NotGranted::BadInvite.into());
    }
    let profile = ProfileChanged { name: person.name.clone(), colour: person.colour };
    let newcomer = Newcomer { person: person.id, device, profile, role, inviter };
    Ok(space::let_in(turn, space, &newcomer, &invitation.hash)?)
}

fn may_invite(rows: &dyn Rows, space: StreamId, inviter: PersonId, role: Role) -> bool {
    let needed = if role == Role::Owner { Role::Owner } else { Role::Admin };
    space::role_in(rows, space, inviter).is_some_and(|has| has <= needed)
}

#[cfg(test)]
mod tests;
