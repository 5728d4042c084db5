//! One call: the engine over a profile, and the time that it may take.

use crate::args::Cli;
use crate::copy;
use crate::end::End;
use crate::limits::{ANSWER_MIN, SAY_AFTER};
use crate::out;
use anyhow::Context;
use folkmoot_client::command::{Command, Done, Refused};
use folkmoot_client::engine::{Engine, EngineStatus, Options};
use folkmoot_client::handle::EngineHandle;
use folkmoot_client::keys::{self, SecretsWish};
use folkmoot_client::profile::Profile;
use folkmoot_client::source::Source;
use folkmoot_client::view::{LinkState, Phase, SecretsKept, View};
use folkmoot_model::id::StreamId;
use folkmoot_store::StoreError;
use folkmoot_sync::outbox::State;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// An engine for one call.
pub struct Call {
    engine: Engine,
    /// Its handle.
    pub handle: EngineHandle,
    offline: bool,
    /// Was a passphrase given?
    passphrase: bool,
    /// What is wanted of the keyring, if anything is.
    wants: Option<&'static str>,
    dir: PathBuf,
    until: Instant,
    /// Of a profile that cannot be written; goes when the engine has ended.
    _copy: Option<TempDir>,
}

impl Call {
    /// Opens the profile. Refused with [`Refused::ProfileInUse`] if another process has it.
    /// What cannot be written is read from a copy.
    pub fn open(cli: &Cli) -> Result<Self, End> {
        let Cli { offline, secrets_in_file, .. } = *cli;
        let dir = cli.profile.clone().or_else(Profile::usual_dir).context("no home: say --profile")?;
        let copy = if offline && cli.command.only_reads() { copy::of_read_only(&dir)? } else { None };
        let dir = copy.as_ref().map_or(dir.as_path(), |copy| copy.path());
        let refused = |error: StoreError| End::from(Refused::from(error));
        let profile = Profile::hold(dir).map_err(refused)?;
        let given = std::env::var("FOLKMOOT_PASSPHRASE").ok().filter(|it| !it.is_empty()).map(Zeroizing::new);
        let passphrase = given.is_some();
        let wants = match keys::kind(dir) {
            Some(SecretsKept::Keyring) => Some("for the key of this profile"),
            None if !secrets_in_file && !passphrase => Some(
                "to keep the key of a new profile; --secrets-in-file keeps it in a file that only this user may read",
            ),
            _ => None,
        };
        let options = Options {
            offline,
            passphrase: given,
            secrets: if secrets_in_file { SecretsWish::File } else { SecretsWish::Best },
            ..Options::default()
        };
        let engine = Engine::open(profile, options).map_err(refused)?;
        let until = Instant::now() + Duration::from_secs(cli.wait);
        Ok(Self {
            handle: engine.handle(),
            engine,
            offline,
            passphrase,
            wants,
            dir: dir.to_owned(),
            until,
            _copy: copy,
        })
    }

    /// Ends the engine; what it holds is on the disk. One that the keyring keeps ends with the process: it has nothing to
    /// write.
    pub fn close(self, ended: &Result<(), End>) {
        if matches!(ended, Err(End::Keyring)) {
            return std::mem::forget(self);
        }
        self.engine.close();
        drop(self._copy);
    }

    /// How the engine stands now.
    pub fn status(&self) -> EngineStatus {
        self.handle.status().borrow().clone()
    }

    /// Until the link is up and everything fetched, or there is no link to be had, or the time is over.
    /// Refused if nobody is signed in here.
    pub async fn catch_up(&self) -> Result<(), End> {
        self.opened().await?;
        let hopeless = |status: &EngineStatus| match status.link {
            LinkState::Online | LinkState::Never | LinkState::Outdated { .. } => true,
            LinkState::Offline { attempt, .. } => attempt > 0,
            LinkState::Connecting | LinkState::CatchingUp => status.phase == Phase::SignedOut,
        };
        self.until(hopeless).await;
        Ok(())
    }

    /// Until the profile is open. Refused if it is locked, or nobody has ever signed in.
    pub async fn opened(&self) -> Result<(), End> {
        self.answers().await?;
        let status = self.status();
        match status.phase {
            Phase::Ready | Phase::SignedOut => Ok(()),
            Phase::FirstRun => Err(Refused::SignedOut.into()),
            Phase::Locked => match status.broken {
                Some(detail) => Err(Refused::Storage { detail }.into()),
                None if self.passphrase && status.secrets == SecretsKept::Passphrase => {
                    Err(Refused::WrongPassphrase.into())
                }
                None => Err(Refused::Locked.into()),
            },
        }
    }

    /// Until the engine has opened the profile, as far as that goes. Ends with [`End::Keyring`] if the keyring, which may
    /// wait for a person to unlock it, takes longer than there is time.
    pub async fn answers(&self) -> Result<(), End> {
        // The first answer comes after the profile was opened.
        let first = self.handle.read(|_| ());
        let Some(wants) = self.wants else { return Ok(first.await?) };
        tokio::pin!(first);
        let begun = Instant::now();
        if let Ok(answered) = tokio::time::timeout_at(self.until.min(begun + SAY_AFTER), &mut first).await {
            return Ok(answered?);
        }
        out::tell(format_args!("waiting for the keyring, {wants}"));
        match tokio::time::timeout_at(self.until.max(begun + ANSWER_MIN), first).await {
            Ok(answered) => Ok(answered?),
            Err(_) => Err(End::Keyring),
        }
    }

    /// Asks for something that the server has a part in. Ends as offline if the time is over before, or with
    /// [`End::Keyring`] if it is the keyring that does not answer.
    pub async fn ask_server(&self, command: impl Into<Command>) -> Result<Done, End> {
        let begun = Instant::now();
        let until = self.until.max(begun + ANSWER_MIN);
        let asked = self.handle.dispatch(command);
        tokio::pin!(asked);
        if let Ok(done) = tokio::time::timeout_at(until.min(begun + SAY_AFTER), &mut asked).await {
            return Ok(done?);
        }
        if let Some(wants) = self.wants.filter(|_| self.has_no_key()) {
            out::tell(format_args!("waiting for the keyring, {wants}"));
        }
        match tokio::time::timeout_at(until, asked).await {
            Ok(done) => Ok(done?),
            Err(_) if self.wants.is_some() && self.has_no_key() => Err(End::Keyring),
            Err(_) => Err(Refused::Offline.into()),
        }
    }

    /// Has this profile no key yet? Where one is to be kept is asked before the server is.
    fn has_no_key(&self) -> bool {
        keys::kind(&self.dir).is_none()
    }

    /// Until nothing that was said is undecided. Ends with [`End::Queued`] if the time is over before.
    pub async fn drain(&self) -> Result<(), End> {
        if self.until(|status| status.pending == 0 || status.link == LinkState::Never).await
            && self.status().pending == 0
        {
            return Ok(());
        }
        // Who asked to stay offline knows that it is queued.
        if self.offline { Ok(()) } else { Err(End::Queued) }
    }

    /// Waits for more to change, at most until the time is over. False then.
    pub async fn until(&self, mut reached: impl FnMut(&EngineStatus) -> bool) -> bool {
        let mut status = self.handle.status();
        let waited = tokio::time::timeout_at(self.until, status.wait_for(|status| reached(status))).await;
        matches!(waited, Ok(Ok(_)))
    }

    /// Waits until a room has come, with what a newcomer is sent of it, as far as there is time. False if it has not.
    pub async fn comes(&self, room: StreamId) -> Result<bool, End> {
        let mut watched = self.handle.watch(View::Room { room, at: None }).await?;
        loop {
            if self.held(move |source| source.held(room).is_some_and(|held| held.cursor > 0)).await? {
                return Ok(true);
            }
            let Ok(Some(_)) = tokio::time::timeout_at(self.until, watched.updates.recv()).await else {
                return Ok(false);
            };
        }
    }

    /// Was it asked never to dial?
    pub fn is_offline(&self) -> bool {
        self.offline
    }

    /// When the time is over.
    pub fn deadline(&self) -> Instant {
        self.until
    }

    /// Asks the engine to do something.
    pub async fn ask(&self, command: impl Into<Command>) -> Result<Done, End> {
        Ok(self.handle.dispatch(command).await?)
    }

    /// Asks, waits until it is decided, and ends as refused if the server refused it.
    pub async fn say(&self, command: impl Into<Command>) -> Result<Done, End> {
        let ids = |source: &dyn Source| source.outbox().items().map(|item| item.envelope.id).collect::<BTreeSet<_>>();
        let before = self.held(ids).await?;
        let done = self.ask(command).await?;
        let drained = self.drain().await;
        let refusal = self.held(move |source| {
            let new = source.outbox().items().filter(|item| !before.contains(&item.envelope.id));
            new.into_iter().find_map(|item| match &item.state {
                State::Refused(refusal) => Some(refusal.clone()),
                _ => None,
            })
        });
        if let Some(refusal) = refusal.await? {
            return Err(Refused::from(refusal).into());
        }
        match drained {
            Ok(()) => Ok(done),
            Err(end) => {
                // It is kept under this id all the same; that it is not sent matters more than who reads the id.
                crate::commands::print_id(&done).ok();
                Err(end)
            }
        }
    }

    /// Reads what the device holds.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(Option<&dyn Source>) -> T + Send + 'static,
    ) -> Result<T, End> {
        Ok(self.handle.read(read).await?)
    }

    /// Reads what the device holds of the person signed in. Refused if nobody is.
    pub async fn held<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Source) -> T + Send + 'static,
    ) -> Result<T, End> {
        let read = self.read(move |source| source.map(read)).await?;
        Ok(read.ok_or(Refused::SignedOut)?)
    }
}
