//! Opening a profile, beginning anew after a failure, and handing it from one person to another.

use super::core::{Core, Home, Open, REOPEN_MS};
use super::device::{Device, Opening};
use crate::account::Account;
use crate::command::Refused;
use crate::keychain::ANSWER_MAX;
use crate::keys::{self, Secrets, SecretsError, SecretsWish};
use crate::session::{KNOWN_DEVICE, REFRESH, Session, SessionFile};
use crate::settings::SettingsFile;
use crate::view::SecretsKept;
use folkmoot_store::StoreError;
use folkmoot_sync::replica::Replica;
use folkmoot_sync::replica::io::{Input, Start};
use std::sync::Arc;

impl From<SecretsError> for Refused {
    fn from(error: SecretsError) -> Self {
        match error {
            SecretsError::WrongPassphrase => Self::WrongPassphrase,
            SecretsError::Locked => Self::Locked,
            SecretsError::Store(error) => error.into(),
            SecretsError::Keychain(error) => {
                tracing::warn!(%error, "the key is not kept");
                Self::Keyring
            }
            other => Self::Storage { detail: other.to_string() },
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::InUse => Self::ProfileInUse,
            StoreError::Newer { .. } => Self::Upgrade,
            StoreError::WrongPassphrase => Self::WrongPassphrase,
            StoreError::Locked => Self::Locked,
            other => Self::Storage { detail: other.to_string() },
        }
    }
}

impl Core {
    /// Opens the profile, or asks its keyring, when the engine starts.
    pub(super) fn open_as_found(&mut self) {
        let passphrase = self.options.passphrase.clone();
        if self.lies_in_keyring() {
            self.ask_keyring(None);
        } else if let Err(refused) = self.open_home(passphrase.as_ref().map(|passphrase| passphrase.as_str())) {
            tracing::info!(%refused, "the profile is not open");
        }
    }

    /// Opens the profile as it is found. Refused if it is locked, or cannot be opened; the phase says the same.
    pub(super) fn open_home(&mut self, passphrase: Option<&str>) -> Result<(), Refused> {
        self.dirty.all();
        let secrets = keys::open(self.profile.dir(), passphrase, ANSWER_MAX);
        self.opened(secrets, passphrase)
    }

    /// Opens the profile with what was found of its secrets.
    pub(super) fn opened(
        &mut self,
        secrets: Result<Option<Arc<dyn Secrets>>, SecretsError>,
        passphrase: Option<&str>,
    ) -> Result<(), Refused> {
        let secrets = match secrets {
            Ok(Some(secrets)) => secrets,
            Ok(None) => {
                self.home = Home::Empty;
                self.secrets_to_be = match (self.options.secrets, passphrase) {
                    (SecretsWish::File, _) => SecretsKept::File,
                    (SecretsWish::Best, Some(_)) => SecretsKept::Passphrase,
                    (SecretsWish::Best, None) => {
                        self.look_for_keyring();
                        SecretsKept::Keyring
                    }
                };
                return Ok(());
            }
            Err(error) => {
                self.home = Home::Locked;
                self.secrets_to_be = keys::kind(self.profile.dir()).unwrap_or(SecretsKept::File);
                return Err(error.into());
            }
        };
        self.settings = SettingsFile::of(self.profile.dir()).read(secrets.key());
        self.secrets = Some(secrets);
        self.start_again(false)
    }

    /// Opens what the device keeps for the session that is on the disk.
    pub(super) fn start_again(&mut self, damaged: bool) -> Result<(), Refused> {
        let secrets = self.secrets.clone().ok_or(Refused::SignedOut)?;
        let session = match SessionFile::of(self.profile.dir()).read(secrets.key()) {
            Ok(Some(session)) => session,
            Ok(None) => {
                self.home = Home::Empty;
                return Ok(());
            }
            Err(error) => return Err(self.broken(error)),
        };
        if !session.signed_out {
            // Killed after the session was kept, the app could not.
            self.forget_begun();
        }
        self.start(session, &secrets, damaged)
    }

    /// Starts the replica of `session` from the disk.
    pub(super) fn start(&mut self, session: Session, secrets: &Arc<dyn Secrets>, damaged: bool) -> Result<(), Refused> {
        self.leave_home();
        let opening = Opening { replace: damaged, ..self.opening(secrets) };
        let (device, found) = match Device::open(&opening) {
            Ok(opened) => opened,
            Err(error) => return Err(self.broken(error)),
        };
        if let Some(aside) = found.quarantined.or(found.torn.kept) {
            self.quarantined = Some(aside.display().to_string());
        }
        let account = Account::at(session.server.clone())?;
        self.starts += 1;
        self.recents = device.recents();
        let seed = match self.seed() {
            Ok(seed) => seed,
            Err(error) => return Err(self.broken(error)),
        };
        let start = Start {
            person: session.person,
            device: session.device,
            seed,
            streams: found.streams,
            journal: found.entries,
            offline: self.options.offline || session.signed_out,
        };
        let (replica, script) = Replica::start(self.now_ms, start, &device);
        self.home = Home::Open(Box::new(Open { session, device, replica, account, link: None, access: None }));
        if self.absorb(script).is_err() {
            return Err(Refused::Storage { detail: "the first script failed".into() });
        }
        for document in self.documents.reopen() {
            self.inputs.push_back(Input::Follow { document });
        }
        self.wake_ms = Some(self.now_ms);
        Ok(())
    }

    /// Drops the replica, its store and its link, and what was shown of them.
    pub(super) fn leave_home(&mut self) {
        self.home = Home::Locked;
        self.inputs.clear();
        self.remembered.borrow_mut().clear();
        self.roster.clear();
        self.documents.nobody_is_here();
        self.gates.clear();
        self.was_up = false;
        self.wake_ms = None;
        self.signed_out = false;
        self.dirty.all();
    }

    /// The secrets of the profile, which are there before anybody signs in.
    pub(super) fn secrets(&self) -> Result<Arc<dyn Secrets>, Refused> {
        if let Some(secrets) = &self.secrets {
            return Ok(secrets.clone());
        }
        Err(Refused::Locked)
    }

    /// Keeps `session` and its refresh token, in an order in which a crash leaves the one before or the new one, and
    /// starts it. What another person left on this profile is set aside.
    pub(super) fn begin_session(
        &mut self,
        session: Session,
        refresh: &str,
        known_device: Option<&str>,
    ) -> Result<(), Refused> {
        let secrets = self.secrets()?;
        let file = SessionFile::of(self.profile.dir());
        let before = file.read(secrets.key())?;
        let another =
            before.is_some_and(|before| before.person != session.person || before.server.key() != session.server.key());
        self.leave_home();
        if another {
            self.notices.clear();
            self.watches.forget_windows();
            secrets.forget(REFRESH)?;
            secrets.forget(KNOWN_DEVICE)?;
            self.opening(&secrets).set_aside()?;
        }
        secrets.set(REFRESH, refresh.as_bytes())?;
        if let Some(proof) = known_device {
            secrets.set(KNOWN_DEVICE, proof.as_bytes())?;
        }
        file.write(secrets.key(), &session)?;
        self.forget_begun();
        self.start(session, &secrets, false)
    }

    /// Ends the session: what is held stays to be read. With `discard` what is not sent yet is given up.
    pub(super) fn end_session(&mut self, discard: bool) {
        self.settle();
        self.write_settled();
        let (Home::Open(open), Some(secrets)) = (&mut self.home, self.secrets.clone()) else { return };
        // A draft was never to be sent: it is not given up with what was.
        let drafts: Vec<_> = open.replica.outbox().drafted().collect();
        if discard && let Err(error) = open.device.rewrite(&drafts) {
            self.begin_anew(&error);
            return;
        }
        let session = Session { signed_out: true, ..open.session.clone() };
        self.renewal.stop();
        let kept = SessionFile::of(self.profile.dir()).write(secrets.key(), &session);
        if let Err(error) = kept {
            // The token is forgotten all the same; the next start asks the server and hears that it is signed out.
            tracing::error!(%error, "the session's end is not kept");
        }
        if let Err(error) = secrets.forget(REFRESH) {
            tracing::error!(%error, "the refresh token is not forgotten");
        }
        if let Err(refused) = self.start(session, &secrets, false) {
            tracing::error!(%refused, "what is held cannot be read");
        }
        self.fail_waiters(&Refused::SignedOut);
    }

    fn opening(&self, secrets: &Arc<dyn Secrets>) -> Opening {
        Opening {
            keeping: self.options.keeping.clone(),
            disk: self.options.disk.clone(),
            ..Opening::of(self.profile.dir(), secrets.key().clone(), self.now_ms / 1_000)
        }
    }

    fn broken(&mut self, error: StoreError) -> Refused {
        tracing::error!(%error, "the profile does not open");
        self.home = match &error {
            StoreError::Locked => Home::Locked,
            other => Home::Broken { why: other.to_string(), retry_ms: self.now_ms + REOPEN_MS },
        };
        error.into()
    }

    /// A secret seed, or what follows from the one of a test: never the same twice.
    fn seed(&self) -> Result<[u8; 32], StoreError> {
        let mut seed = [0; 32];
        match self.options.seed {
            Some(given) => {
                seed = given;
                for (byte, start) in seed.iter_mut().zip(self.starts.to_be_bytes()) {
                    *byte ^= start;
                }
            }
            None => getrandom::fill(&mut seed)?,
        }
        Ok(seed)
    }
}
