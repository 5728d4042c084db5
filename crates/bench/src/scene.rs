//! A server, and people who join it by real engines or by bare sockets.

use anyhow::{Context, Result, bail};
use folkmoot_client::command::Done;
use folkmoot_client::engine::{Engine, Options};
use folkmoot_client::features::accounts::commands::AccountCommand;
use folkmoot_client::handle::EngineHandle;
use folkmoot_client::keys::SecretsWish;
use folkmoot_client::profile::Profile;
use folkmoot_model::features::people::Role;
use folkmoot_model::id::StreamId;
use folkmoot_server::admin;
use folkmoot_server::config::{Config, Rates};
use folkmoot_server::serve::{Running, serve};
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::sync::oneshot;

/// Of everybody who joins.
pub const PASSWORD: &str = "a long password";

/// What no rate should meet by accident.
const MANY: u32 = 1_000_000;

/// A server in a temporary folder. It ends when dropped.
pub struct Scene {
    _stop: oneshot::Sender<()>,
    folder: TempDir,
    config: Config,
    pub server: Running,
}

/// A person with an engine.
pub struct Person {
    engine: Engine,
    dir: PathBuf,
    pub handle: EngineHandle,
    pub room: StreamId,
}

impl Scene {
    /// A running server with one space.
    pub async fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let rates = Rates {
            events_per_second: MANY,
            events_burst: MANY,
            signals_per_second: MANY,
            connects_per_second: MANY,
            sign_ins_per_minute: MANY,
            costs_per_second: MANY,
            costs_burst: MANY,
            sockets_per_address_max: MANY as usize,
            connections_per_person_max: MANY as usize,
            connections_per_device_max: MANY as usize,
            documents_per_person_max: MANY as usize,
            ..Rates::default()
        };
        let argon2 = Config::for_tests(folder.path()).argon2;
        let config = Config { rates, argon2, ..Config::of(folder.path().join("server")) };
        let (_stop, stopped) = oneshot::channel::<()>();
        let server = serve(config.clone(), async { drop(stopped.await) }).await?;
        admin::create_space(&config, "Northlight", None).await?;
        Ok(Self { _stop, folder, config, server })
    }

    /// How its server runs.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// A link for one more person.
    pub async fn invite(&self) -> Result<String> {
        Ok(admin::invite(&self.config, "Northlight", Role::Member, None).await?.to_string())
    }

    /// A person who has joined, with an engine on disk.
    pub async fn person(&self, name: &str) -> Result<Person> {
        let dir = self.folder.path().join(name);
        let engine = Engine::open(Profile::hold(&dir)?, Options { secrets: SecretsWish::File, ..Options::default() })?;
        let handle = engine.handle();
        let join = AccountCommand::Join { link: self.invite().await?, name: name.into(), password: PASSWORD.into() };
        let Done::Joined { room, .. } = handle.dispatch(join).await? else { bail!("no room to land in") };
        let mut standing = handle.status();
        standing.wait_for(|standing| standing.caught_up).await.context("the engine ended")?;
        Ok(Person { engine, dir, handle, room })
    }

    /// A new device for a person, on which nobody has signed in; `room` is one of theirs.
    pub fn new_device(&self, of: &str, room: StreamId) -> Result<Person> {
        let dir = self.folder.path().join(format!("{of}'s new device"));
        let engine = Engine::open(Profile::hold(&dir)?, Options { secrets: SecretsWish::File, ..Options::default() })?;
        Ok(Person { handle: engine.handle(), engine, dir, room })
    }

    /// Signs a person in who joined before.
    pub async fn sign_in(&self, device: &Person, name: &str) -> Result<()> {
        let server = self.invite().await?;
        let sign_in = AccountCommand::SignIn { server, name: name.into(), password: PASSWORD.into() };
        device.handle.dispatch(sign_in).await?;
        Ok(())
    }

    /// A person's app is closed and opened again, with a network or without.
    pub async fn reopened(&self, person: Person, offline: bool) -> Result<Person> {
        let Person { engine, dir, room, .. } = person;
        tokio::task::spawn_blocking(move || engine.close()).await?;
        let engine = Engine::open(Profile::hold(&dir)?, Options { offline, ..Options::default() })?;
        Ok(Person { handle: engine.handle(), engine, dir, room })
    }
}
