//! One call: the engine over a profile, the time that it may take, and how it ends.

use anyhow::Context;
use folkmoot_client::command::{Command, Done, Refused};
use folkmoot_client::doors::Doors;
use folkmoot_client::engine::{Engine, Options, Standing};
use folkmoot_client::keys::SecretsWish;
use folkmoot_client::profile::Profile;
use folkmoot_client::source::Source;
use folkmoot_client::view::{LinkState, Phase, SecretsKept};
use folkmoot_model::id::EventId;
use folkmoot_store::StoreError;
use folkmoot_sync::outbox::State;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// How a call ends when it is not simply done.
#[derive(Debug)]
pub enum End {
    /// Refused.
    Refused(Refused),
    /// Something stayed queued, and is kept.
    Queued,
    /// What was named is not there, or names several things.
    NotFound(String),
    /// This computer failed.
    Failed(anyhow::Error),
}

impl End {
    /// Says why on stderr, and gives the exit code.
    pub fn told(self) -> ExitCode {
        match self {
            Self::Refused(refused) => {
                let code = if refused == Refused::ProfileInUse { 4 } else { 2 };
                match serde_json::to_string(&refused) {
                    Ok(json) => eprintln!("{json}"),
                    Err(error) => eprintln!("{error}"),
                }
                ExitCode::from(code)
            }
            Self::Queued => {
                eprintln!("{}", serde_json::json!({ "why": "queued" }));
                ExitCode::from(3)
            }
            Self::NotFound(what) => {
                eprintln!("{}", serde_json::json!({ "why": "not_held", "what": what }));
                ExitCode::from(2)
            }
            Self::Failed(error) => {
                eprintln!("{error:#}");
                ExitCode::FAILURE
            }
        }
    }
}

impl From<Refused> for End {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<std::io::Error> for End {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<anyhow::Error> for End {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// An engine for one call.
pub struct Call {
    engine: Engine,
    /// Its doors.
    pub doors: Doors,
    offline: bool,
    /// Was a passphrase given?
    passphrase: bool,
    until: Instant,
}

impl Call {
    /// Opens the profile. Refused with [`Refused::ProfileInUse`] if another process has it.
    pub fn open(dir: Option<PathBuf>, offline: bool, wait: Duration, secrets_in_file: bool) -> Result<Self, End> {
        let dir = dir.or_else(Profile::usual_dir).context("no home: say --profile")?;
        let refused = |error: StoreError| match error {
            StoreError::InUse => End::Refused(Refused::ProfileInUse),
            other => End::Failed(other.into()),
        };
        let profile = Profile::hold(&dir).map_err(refused)?;
        let given = std::env::var("FOLKMOOT_PASSPHRASE").ok().filter(|it| !it.is_empty()).map(Zeroizing::new);
        let passphrase = given.is_some();
        let options = Options {
            offline,
            passphrase: given,
            secrets: if secrets_in_file { SecretsWish::File } else { SecretsWish::Best },
            keyring_max: wait,
            ..Options::default()
        };
        let engine = Engine::open(profile, options).map_err(refused)?;
        Ok(Self { doors: engine.doors(), engine, offline, passphrase, until: Instant::now() + wait })
    }

    /// Ends the engine; what it holds is on the disk.
    pub fn close(self) {
        self.engine.close();
    }

    /// How the engine stands now.
    pub fn standing(&self) -> Standing {
        self.doors.standing().borrow().clone()
    }

    /// Until the link is up and everything fetched, or there is no link to be had, or the time is over.
    /// Refused if nobody is signed in here.
    pub async fn catch_up(&self) -> Result<(), End> {
        self.opened().await?;
        let hopeless = |standing: &Standing| match standing.link {
            LinkState::Online | LinkState::Never | LinkState::Outdated { .. } => true,
            LinkState::Offline { attempt, .. } => attempt > 0,
            LinkState::Connecting | LinkState::CatchingUp => standing.phase == Phase::SignedOut,
        };
        self.until(hopeless).await;
        Ok(())
    }

    /// Until the profile is open. Refused if it is locked, or nobody has ever signed in.
    pub async fn opened(&self) -> Result<(), End> {
        // The first answer comes after the profile was opened.
        self.read(|_| ()).await?;
        let standing = self.standing();
        match standing.phase {
            Phase::Ready | Phase::SignedOut => Ok(()),
            Phase::FirstRun => Err(Refused::SignedOut.into()),
            Phase::Locked => match standing.broken {
                Some(detail) => Err(Refused::Storage { detail }.into()),
                None if self.passphrase && standing.secrets == SecretsKept::Passphrase => {
                    Err(Refused::WrongPassphrase.into())
                }
                None => Err(Refused::Locked.into()),
            },
        }
    }

    /// Until nothing that was said is undecided. Ends with [`End::Queued`] if the time is over before.
    pub async fn drain(&self) -> Result<(), End> {
        if self.until(|standing| standing.pending == 0 || standing.link == LinkState::Never).await
            && self.standing().pending == 0
        {
            return Ok(());
        }
        // Who asked to stay offline knows that it is queued.
        if self.offline { Ok(()) } else { Err(End::Queued) }
    }

    /// Waits for more to change, at most until the time is over. False then.
    pub async fn until(&self, mut reached: impl FnMut(&Standing) -> bool) -> bool {
        let mut standing = self.doors.standing();
        let waited = tokio::time::timeout_at(self.until, standing.wait_for(|standing| reached(standing))).await;
        matches!(waited, Ok(Ok(_)))
    }

    /// When the time is over.
    pub fn deadline(&self) -> Instant {
        self.until
    }

    /// Asks the engine to do something.
    pub async fn ask(&self, command: Command) -> Result<Done, End> {
        Ok(self.doors.dispatch(command).await?)
    }

    /// Asks, waits until it is decided, and ends as refused if the server refused it.
    pub async fn say(&self, command: Command) -> Result<Done, End> {
        let done = self.ask(command).await?;
        let drained = self.drain().await;
        if let Done::Minted { id } = &done {
            self.not_refused(*id).await?;
        }
        match drained {
            Ok(()) => Ok(done),
            Err(end) => {
                // It is kept under this id all the same.
                crate::said::print_id(&done);
                Err(end)
            }
        }
    }

    /// Ends as refused if the server refused this event.
    async fn not_refused(&self, id: EventId) -> Result<(), End> {
        let refusal = self.read(move |source| match source?.outbox().get(id)?.state.clone() {
            State::Refused(refusal) => Some(refusal),
            _ => None,
        });
        match refusal.await? {
            Some(refusal) => Err(Refused::from(refusal).into()),
            None => Ok(()),
        }
    }

    /// Reads what the device holds.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(Option<&dyn Source>) -> T + Send + 'static,
    ) -> Result<T, End> {
        Ok(self.doors.read(read).await?)
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
