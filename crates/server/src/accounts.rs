//! Who people are to this server: joining by invitation, signing in, renewing, signing out.
//!
//! An account, its invitation and its first memberships are one transaction of the log, so that nothing is ever half
//! joined. Parts: `accounts/{people,password,sign_in,tries,fair,
//! invites,refresh,epochs,tickets}.rs`.

pub mod ending;
mod epochs;
mod fair;
pub mod invites;
pub mod password;
pub mod people;
pub mod refresh;
mod sign_in;
mod tickets;
mod tries;

use crate::clock::{now_ms, random};
use crate::config::Config;
use crate::database::{Database, LogError, ReadTx, WriteTx};
use crate::error::Error;
use crate::hub_task::HubHandle;
use crate::identity::{BadToken, Bearer, Identity, Ticket};
use crate::rate_limits::{COST_OF_READ, COST_OF_WRITE, RateLimits};
use crate::space::{self, Newcomer, NotAppended, welcome_room};
use epochs::Epochs;
use folkmoot_model::features::people::Role;
use folkmoot_model::features::profiles::ProfileChanged;
use folkmoot_model::id::{DeviceId, PersonId, StreamId};
use folkmoot_model::row::Rows;
use folkmoot_model::writing::{named, typed_name};
use folkmoot_sync::hub::io::Input;
use folkmoot_wire::api::{
    self, Inspect, Inspected, Invite, Invited, Join, Joined, NotGranted, Refresh, Session, SignIn, Ticketed,
};
use folkmoot_wire::frame::ByeCode;
use invites::Invitation;
use password::Passwords;
use people::Person;
use refresh::{Revoked, Rotated, Token};
use sign_in::{SignIns, Source};
use std::net::IpAddr;
use std::sync::Arc;

/// Why a request was not granted: a reason to tell, or a failure of ours to log.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// To be told.
    #[error(transparent)]
    Not(#[from] NotGranted),
    /// The log fails.
    #[error(transparent)]
    Database(#[from] LogError),
    /// The identity fails.
    #[error(transparent)]
    Own(#[from] Error),
}

impl From<NotAppended> for Denied {
    fn from(not: NotAppended) -> Self {
        match not {
            NotAppended::Refused(_) => Self::Not(NotGranted::Forbidden),
            NotAppended::Database(error) => Self::Database(error),
        }
    }
}

/// The accounts of a server.
pub struct Accounts {
    log: Database,
    identity: Arc<Identity>,
    rate_limits: Arc<RateLimits>,
    hub: HubHandle,
    passwords: Passwords,
    access_token_s: u64,
    successors: [u8; 32],
    epochs: Epochs,
    sign_ins: SignIns,
}

impl Accounts {
    /// The accounts in `log`.
    pub(crate) async fn open(
        config: &Config,
        log: Database,
        identity: Arc<Identity>,
        rate_limits: Arc<RateLimits>,
        hub: HubHandle,
    ) -> Result<Self, LogError> {
        let epochs = Epochs::open(&log).await?;
        let successors = identity.secret(refresh::SUCCESSORS);
        let sign_ins = SignIns::new(config.rates.sign_ins_per_minute, identity.secret(sign_in::KNOWN_DEVICES));
        let passwords = Passwords::new(config.argon2);
        let access_token_s = config.access_token_s;
        Ok(Self { log, identity, rate_limits, hub, passwords, access_token_s, successors, epochs, sign_ins })
    }

    /// What a code leads to, for a request from this address.
    pub async fn inspect(&self, Inspect { code, device }: Inspect, from: IpAddr) -> Result<Inspected, Denied> {
        let found = self.log.query(move |db| -> Result<_, LogError> {
            let rows = ReadTx::of(db);
            let stands = |found: &Invitation| {
                let inviter = found.inviter;
                found.is_open(now_ms())
                    && inviter.is_none_or(|inviter| may_invite(&rows, found.space, inviter, found.role))
            };
            let used_here = |found: &Invitation| found.used.is_some_and(|(_, on)| device == Some(on));
            let open = invites::find(db, &code)?.filter(|found| used_here(found) || stands(found));
            let named = |invitation: Invitation| {
                space::name_of(&rows, invitation.space)
                    .map(|space_name| Inspected { space_name, role: invitation.role })
            };
            Ok(open.and_then(named))
        });
        self.proven(found.await?, from, NotGranted::BadInvite)
    }

    /// Joins a space: as a new person who comes from this address, or as `bearer`, whose refresh token stays as it is (the
    /// answer's is empty).
    pub async fn join(&self, join: Join, bearer: Option<Bearer>, from: IpAddr) -> Result<Session, Denied> {
        let code = join.code.clone();
        let found = self.log.query(move |db| invites::find(db, &code)).await?;
        let invitation = self.proven(found, from, NotGranted::BadInvite)?;
        match (bearer, invitation.used) {
            (Some(bearer), _) => self.join_known(invitation, bearer).await,
            (None, None) => self.join_new(invitation, join, from).await,
            // The answer to the first attempt was lost: who can sign in gets it again.
            (None, Some((person, device))) if device == join.device => {
                let sign_in = SignIn { name: join.name, password: join.password, device, known_device: None };
                let session = self.sign_in(sign_in, from).await?;
                if session.person != person {
                    return Err(NotGranted::BadInvite.into());
                }
                Ok(Session { joined: Some(joined(invitation.space)), ..session })
            }
            (None, Some(_)) => Err(NotGranted::BadInvite.into()),
        }
    }

    async fn join_new(&self, invitation: Invitation, join: Join, from: IpAddr) -> Result<Session, Denied> {
        let name = typed_name(&join.name);
        named(&name).map_err(|_| NotGranted::BadName)?;
        Passwords::acceptable(&join.password)?;
        if !invitation.is_open(now_ms()) {
            return Err(NotGranted::BadInvite.into());
        }
        let password = self.passwords.hash(Source::Address(from), join.password).await?;
        let (id, device) = (PersonId::of_new_account(random()), join.device);
        let kept = name.clone();
        let (token, epoch) = self
            .log
            .write(move |tx| -> Result<_, Denied> {
                let person = people::insert(tx.db(), id, &kept, &password, now_ms())?;
                let begun = refresh::begin(tx, id, device, now_ms())?;
                let_in(tx, &invitation, &person, device)?;
                Ok(begun)
            })
            .await?;
        self.epochs.begin(device, epoch);
        tracing::info!(person = %id, space = %invitation.space, role = ?invitation.role, "joined");
        Ok(Session { joined: Some(joined(invitation.space)), ..self.session(id, name, device, epoch, Some(&token))? })
    }

    async fn join_known(
        &self,
        invitation: Invitation,
        Bearer { person, device, epoch, .. }: Bearer,
    ) -> Result<Session, Denied> {
        let name = self
            .log
            .write(move |tx| -> Result<String, Denied> {
                let person =
                    people::of(tx.db(), person)?.filter(|person| !person.ended).ok_or(NotGranted::SignedOut)?;
                // Who is in already keeps their role and leaves the invitation to somebody else.
                if space::role_in(tx.rows(), invitation.space, person.id).is_none() {
                    let_in(tx, &invitation, &person, device)?;
                }
                Ok(person.name)
            })
            .await?;
        Ok(Session { joined: Some(joined(invitation.space)), ..self.session(person, name, device, epoch, None)? })
    }

    /// The next pair of tokens, for a request from this address.
    pub async fn refresh(&self, Refresh { refresh }: Refresh, from: IpAddr) -> Result<Session, Denied> {
        let token = self.proven(Token::read(&refresh), from, NotGranted::SignedOut)?;
        let shown = token.clone();
        let holder = self.log.query(move |db| refresh::holder(db, &shown)).await?;
        self.rate_limits.cost(self.proven(holder, from, NotGranted::SignedOut)?, COST_OF_WRITE)?;
        let key = self.successors;
        let (rotated, name) = self
            .log
            .write(move |tx| -> Result<_, Denied> {
                let rotated = refresh::rotate(tx, &key, &token, now_ms())?;
                let name = match &rotated {
                    Rotated::To { person, .. } => {
                        people::of(tx.db(), *person)?.filter(|person| !person.ended).map(|person| person.name)
                    }
                    Rotated::Reused(_) => None,
                };
                Ok((rotated, name))
            })
            .await?;
        match (rotated, name) {
            (Rotated::To { person, device, epoch, next }, Some(name)) => {
                self.session(person, name, device, epoch, Some(&next))
            }
            (Rotated::Reused(revoked), _) => {
                tracing::warn!(device = %revoked.device, "a used refresh token came again: its device is signed out");
                self.tell_signed_out(revoked).await;
                Err(NotGranted::SignedOut.into())
            }
            (Rotated::To { .. }, None) => Err(NotGranted::SignedOut.into()),
        }
    }

    /// Signs a device out, at once on its open connections.
    pub async fn sign_out(&self, device: DeviceId) -> Result<(), Denied> {
        let revoked = self.log.write(move |tx| refresh::revoke(tx, device, now_ms())).await?;
        tracing::info!(%device, "signed out");
        self.tell_signed_out(revoked.ok_or(NotGranted::SignedOut)?).await;
        Ok(())
    }

    /// Makes an invitation on behalf of a person who manages the space. Only an owner invites owners.
    pub async fn invite(&self, by: Bearer, Invite { space, role }: Invite) -> Result<Invited, Denied> {
        self.rate_limits.cost(by.person, COST_OF_WRITE)?;
        // It is kept as long as an event is.
        self.rate_limits.events(by.person, 1).map_err(|after_ms| NotGranted::TooManyTries { after_ms })?;
        self.log
            .write(move |tx| {
                if !may_invite(tx.rows(), space, by.person, role) {
                    return Err(NotGranted::Forbidden.into());
                }
                let code = invites::make(tx.db(), space, role, Some(by.person), now_ms())?;
                Ok(Invited { code })
            })
            .await
    }

    /// A ticket to a document for a Yjs client that is not ours. It permits nothing by itself: the hub asks the log.
    pub async fn ticket(&self, by: Bearer, asked: api::Ticket) -> Result<Ticketed, Denied> {
        let api::Ticket { document, read_only } = asked;
        let Bearer { person, device, epoch, .. } = by;
        self.rate_limits.cost(person, COST_OF_READ)?;
        let (name, colour) = self
            .log
            .query(move |db| -> Result<_, Denied> {
                let rows = ReadTx::of(db);
                let profile = tickets::profile_for(&rows, document, person, read_only);
                rows.checked()?;
                Ok(profile.ok_or(NotGranted::Forbidden)?)
            })
            .await?;
        let ticket = Ticket { person, device, document, read_only, name, colour, epoch };
        Ok(Ticketed { ticket: self.identity.ticket(ticket)? })
    }

    /// The name and colour under which a person appears in a document; `None` if they never were in its space.
    pub async fn profile_in(&self, document: StreamId, person: PersonId) -> Result<Option<(String, u8)>, Denied> {
        self.log
            .query(move |db| -> Result<_, Denied> {
                let rows = ReadTx::of(db);
                let profile = tickets::profile_in(&rows, document, person);
                rows.checked()?;
                Ok(profile)
            })
            .await
    }

    /// What a ticket says, if its device is signed in.
    pub fn ticket_holder(&self, ticket: &str) -> Result<Ticket, BadToken> {
        let ticket = self.identity.read_ticket(ticket)?;
        if self.is_over(ticket.device, ticket.epoch) { Err(BadToken::YjsClient) } else { Ok(ticket) }
    }

    /// Whose an access token is, if its device is signed in.
    pub fn bearer(&self, token: &str) -> Result<Bearer, BadToken> {
        let bearer = self.identity.bearer(token)?;
        if self.is_over(bearer.device, bearer.epoch) { Err(BadToken::YjsClient) } else { Ok(bearer) }
    }

    /// As [`Self::bearer`], for connections: with the code to close them with.
    pub fn identify(&self, token: &str) -> Result<Bearer, ByeCode> {
        self.bearer(token).map_err(|bad| match bad {
            BadToken::Expired => ByeCode::Expired,
            BadToken::YjsClient => ByeCode::Revoked,
        })
    }

    /// Was the device signed in or out since it got its tokens in this epoch? Then they are void.
    pub fn is_over(&self, device: DeviceId, epoch: u64) -> bool {
        self.epochs.is_over(device, epoch)
    }

    /// Forgets what no token can outlive any more. To be called about once a minute.
    pub fn tidy(&self) {
        self.epochs.tidy();
        self.sign_ins.tidy();
    }

    async fn tell_signed_out(&self, Revoked { device, epoch }: Revoked) {
        self.epochs.begin(device, epoch);
        self.hub.send(Input::SignedOut { device }).await;
    }

    /// What a request proved, or what it is told instead: why not, or at an address where too much failed, to wait.
    fn proven<T>(&self, proof: Option<T>, from: IpAddr, not: NotGranted) -> Result<T, Denied> {
        match proof {
            Some(proof) => Ok(proof),
            None => {
                self.rate_limits.unproven(from)?;
                Err(not.into())
            }
        }
    }

    fn session(
        &self,
        person: PersonId,
        name: String,
        device: DeviceId,
        epoch: u64,
        token: Option<&Token>,
    ) -> Result<Session, Denied> {
        let (access, expires_ms) = self.identity.access_token(person, device, epoch, self.access_token_s)?;
        let refresh = token.map(Token::text).unwrap_or_default();
        let lives_ms = expires_ms.saturating_sub(now_ms());
        let known_device = Some(self.sign_ins.proof(person, device));
        Ok(Session { person, name, access, lives_ms, refresh, joined: None, known_device })
    }
}

fn joined(space: StreamId) -> Joined {
    Joined { space, room: welcome_room(space) }
}

/// Uses the invitation for `person`. Fails without a trace if somebody was faster, or the inviter may no longer invite.
fn let_in(tx: &mut WriteTx<'_>, invitation: &Invitation, person: &Person, device: DeviceId) -> Result<(), Denied> {
    let Invitation { space, role, inviter, .. } = *invitation;
    let open = invitation.is_open(now_ms());
    let stands = inviter.is_none_or(|inviter| may_invite(tx.rows(), space, inviter, role));
    if !open || !stands || !invites::take(tx.db(), invitation, person.id, device)? {
        return Err(NotGranted::BadInvite.into());
    }
    let profile = ProfileChanged { name: person.name.clone(), colour: person.colour };
    let newcomer = Newcomer { person: person.id, device, profile, role, inviter };
    Ok(space::let_in(tx, space, &newcomer, &invitation.hash)?)
}

fn may_invite(rows: &dyn Rows, space: StreamId, inviter: PersonId, role: Role) -> bool {
    let needed = if role == Role::Owner { Role::Owner } else { Role::Admin };
    let is_space = space::name_of(rows, space).is_some();
    is_space && space::role_in(rows, space, inviter).is_some_and(|has| has <= needed)
}

#[cfg(test)]
mod tests;
