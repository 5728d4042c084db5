//! Access tokens: got with the refresh token, one request at a time, tried again with the waits of the link.

use super::core::{Core, Home};
use super::people::{Completion, report};
use crate::account::{Account, AccountError};
use crate::command::Refused;
use crate::keys::{Secrets, SecretsError};
use crate::session::{KNOWN_DEVICE, REFRESH};
use folkmoot_sync::link_state::LinkState;
use folkmoot_sync::random::Random;
use folkmoot_sync::replica::io::Input;
use folkmoot_wire::api;
use std::sync::Arc;

/// A token that lives this much longer is good for a request, in milliseconds.
const TOKEN_LEFT_MS: u64 = 5_000;

/// Why there is no new access token.
#[derive(Debug)]
pub(crate) enum RenewError {
    /// The server signed this device out, or there is no refresh token.
    SignedOut,
    /// The server cannot be reached, or the secrets: later.
    Later(String),
}

/// What waits for an access token.
pub(super) type Waiter = Box<dyn FnOnce(&mut Core, Result<String, Refused>) + Send>;

/// The renewal of the access token: one at a time, tried again with the waits of the link.
pub(super) struct Renewal {
    /// Which session it is for: what a late one brings is void.
    pub(super) number: u64,
    wanted: bool,
    pub(super) under_way: bool,
    waits: LinkState,
    random: Random,
    retry_ms: Option<u64>,
}

impl Renewal {
    /// None is wanted yet. `random` spreads the tries of many clients.
    pub(super) fn new(random: u64) -> Self {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&random.to_be_bytes());
        Self {
            number: 0,
            wanted: false,
            under_way: false,
            waits: LinkState::new(false),
            random: Random::new(seed),
            retry_ms: None,
        }
    }

    /// No token is wanted any more.
    pub(super) fn stop(&mut self) {
        self.number += 1;
        (self.wanted, self.under_way, self.retry_ms) = (false, false, None);
    }

    /// Try at once.
    pub(super) fn hurry(&mut self, now_ms: u64) {
        if let Some(retry_ms) = &mut self.retry_ms {
            *retry_ms = now_ms;
        }
    }

    /// When the next try is due, Unix milliseconds.
    pub(super) fn due_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    /// When the next try is due and how many failed, if one waits.
    pub(super) fn waits(&self) -> Option<(u64, u32)> {
        self.retry_ms.map(|retry_ms| (retry_ms, self.waits.attempt))
    }

    fn failed(&mut self, now_ms: u64) {
        self.waits.lost(now_ms, &mut self.random);
        self.retry_ms = self.waits.due_ms();
    }

    pub(super) fn done(&mut self) {
        (self.wanted, self.retry_ms, self.waits.attempt) = (false, None, 0);
    }
}

impl Core {
    /// Gets a new access token, unless that is under way.
    pub(super) fn renew(&mut self) {
        self.renewal.wanted = true;
        if self.renewal.retry_ms.is_none() {
            self.renew_now();
        }
    }

    /// Tries again where the time has come.
    pub(super) fn renew_if_due(&mut self) {
        if self.renewal.retry_ms.is_some_and(|retry_ms| self.now_ms >= retry_ms) {
            self.renewal.retry_ms = None;
            self.renew_now();
            self.dirty.app();
        }
    }

    pub(super) fn renew_now(&mut self) {
        let (Home::Open(open), Some(secrets)) = (&mut self.home, self.secrets.clone()) else { return };
        // One that has just been given with a sign-in is as good.
        if let Some((token, expires_ms)) =
            open.access.clone().filter(|(_, expires_ms)| *expires_ms > self.now_ms + 60_000)
            && open.replica.link().phase == folkmoot_sync::link_state::Phase::SignedOut
        {
            self.renewal.done();
            self.inputs.push_back(Input::Token { token, expires_ms });
            return;
        }
        if self.renewal.under_way || self.options.offline {
            return;
        }
        self.renewal.under_way = true;
        let (account, requests, number) = (open.account.clone(), self.requests.clone(), self.renewal.number);
        self.io.spawn(async move {
            let access = refresh(&account, secrets).await;
            report(&requests, Completion::Renewed { number, access }).await;
        });
    }

    pub(super) fn renewed(&mut self, access: Result<(String, u64), RenewError>) {
        self.dirty.app();
        match access {
            Ok((token, lives_ms)) => {
                let expires_ms = self.now_ms + lives_ms;
                self.renewal.done();
                let Home::Open(open) = &mut self.home else { return };
                open.access = Some((token.clone(), expires_ms));
                self.inputs.push_back(Input::Token { token: token.clone(), expires_ms });
                for waiter in std::mem::take(&mut self.waiters) {
                    waiter(self, Ok(token.clone()));
                }
            }
            Err(RenewError::SignedOut) => self.end_session(false),
            Err(RenewError::Later(why)) => {
                tracing::info!(why, "no new access token yet");
                self.fail_waiters(&Refused::Offline);
                if self.renewal.wanted {
                    self.renewal.failed(self.now_ms);
                }
            }
        }
    }

    /// Tells all who wait for a token that there will be none.
    pub(super) fn fail_waiters(&mut self, refused: &Refused) {
        for waiter in std::mem::take(&mut self.waiters) {
            waiter(self, Err(refused.clone()));
        }
    }

    pub(super) fn with_token(&mut self, then: Waiter) {
        if self.options.offline {
            return then(self, Err(Refused::Offline));
        }
        let Home::Open(open) = &self.home else {
            let closed = self.closed();
            return then(self, Err(closed));
        };
        if open.session.signed_out {
            return then(self, Err(Refused::SignedOut));
        }
        match open.access.clone().filter(|(_, expires_ms)| *expires_ms > self.now_ms + TOKEN_LEFT_MS) {
            Some((token, _)) => then(self, Ok(token)),
            None => {
                self.waiters.push(then);
                self.renewal.retry_ms = None;
                self.renew_now();
            }
        }
    }
}

/// The next pair of tokens: the access token, and how many milliseconds it lives. The new refresh token is kept before the access token is used, so that a crash leaves one
/// that the server still answers: the old one for a minute, the new one for long.
async fn refresh(account: &Account, secrets: Arc<dyn Secrets>) -> Result<(String, u64), RenewError> {
    let later = |error: &dyn std::fmt::Display| RenewError::Later(error.to_string());
    let read = secrets.clone();
    let token = in_thread(move || read.get(REFRESH)).await.map_err(RenewError::Later)?;
    let token = token.map_err(|error| later(&error))?.ok_or(RenewError::SignedOut)?;
    let token = String::from_utf8(token.to_vec()).map_err(|_| RenewError::SignedOut)?;
    let session = account.refresh(token).await.map_err(|error| match error {
        AccountError::NotGranted(api::NotGranted::SignedOut) => RenewError::SignedOut,
        other => later(&other),
    })?;
    let api::Session { access, lives_ms, refresh, known_device, .. } = session;
    let kept = in_thread(move || -> Result<(), SecretsError> {
        secrets.set(REFRESH, refresh.as_bytes())?;
        // A session that an older server began has none yet.
        match known_device.filter(|_| matches!(secrets.get(KNOWN_DEVICE), Ok(None))) {
            Some(proof) => secrets.set(KNOWN_DEVICE, proof.as_bytes()),
            None => Ok(()),
        }
    });
    let kept = kept.await.map_err(RenewError::Later)?;
    kept.map_err(|error| later(&error))?;
    Ok((access, lives_ms))
}

async fn in_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())
}
