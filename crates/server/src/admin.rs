//! What an operator may do: make a space, invite into one. Over the database if no server runs, else by the server.
//!
//! One process writes. So a command that finds the data directory taken asks the process that has it, over a loopback
//! socket: one line of JSON there, one back, with a secret that only the directory's user can read.

mod door;

pub(crate) use door::open as open_door;

use crate::accounts::invites;
use crate::clock::{now_ms, random};
use crate::config::Config;
use crate::data_dir::{DataDir, Held};
use crate::error::Error;
use crate::identity::Identity;
use crate::log::{Log, LogError, View};
use crate::serve::{keep_port, local_host, stored};
use crate::space::{self, NotAppended};
use folkmoot_model::id::StreamId;
use folkmoot_model::members::{Role, named};
use folkmoot_wire::link::{KeyHash, Link};
use serde::{Deserialize, Serialize};

/// What is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Make a space and invite its first owner.
    CreateSpace {
        /// Its name.
        name: String,
        /// Host and port for the link, if not the server's own.
        host: Option<String>,
    },
    /// Invite into a space.
    Invite {
        /// Its name or id.
        space: String,
        /// As what.
        role: Role,
        /// As above.
        host: Option<String>,
    },
}

/// Makes a space; gives the link by which its owner joins.
pub async fn create_space(config: &Config, name: &str, host: Option<String>) -> Result<Link, Error> {
    named(name).map_err(|_| Error::BadName)?;
    command(config, Command::CreateSpace { name: name.trim().to_owned(), host }).await
}

/// Invites somebody into the space of this name or id; gives the link by which they join.
pub async fn invite(config: &Config, space: &str, role: Role, host: Option<String>) -> Result<Link, Error> {
    command(config, Command::Invite { space: space.to_owned(), role, host }).await
}

async fn command(config: &Config, command: Command) -> Result<Link, Error> {
    let dir = DataDir::open(&config.data)?;
    match dir.hold() {
        Ok(held) => directly(config, &held, command).await,
        Err(Error::InUse(_)) => door::ask(&dir, command).await,
        Err(error) => Err(error),
    }
}

/// With no server running: what it would do, and the address that it had or will have.
async fn directly(config: &Config, held: &Held, command: Command) -> Result<Link, Error> {
    let identity = Identity::open(held.dir())?;
    let (log, threads) = Log::open(&held.dir().log(), Box::new(|_| ()))?;
    let host = match (&config.public_addr, stored(&log, "host").await?) {
        (Some(public), _) => public.clone(),
        (None, Some(host)) if config.listen.port() == 0 => host,
        (None, _) => local_host(keep_port(&log, config.listen).await?.1),
    };
    let done = Operator { log: log.clone(), key: identity.key_hash(), host }.run(command).await;
    log.stop().await;
    drop(log);
    threads.join();
    done
}

/// Whoever does an operator's commands.
#[derive(Clone)]
pub(crate) struct Operator {
    pub log: Log,
    pub key: KeyHash,
    pub host: String,
}

impl Operator {
    /// Does it, durably; gives the link to hand out.
    pub async fn run(&self, command: Command) -> Result<Link, Error> {
        let (code, host) = match command {
            Command::CreateSpace { name, host } => (self.create_space(name).await?, host),
            Command::Invite { space, role, host } => {
                let space = self.find(space).await?;
                let made = self.log.write(move |turn| invites::make(turn.db(), space, role, None, now_ms()));
                (made.await?, host)
            }
        };
        Ok(Link::Join { host: host.unwrap_or_else(|| self.host.clone()), code, key: self.key })
    }

    async fn create_space(&self, name: String) -> Result<String, Error> {
        let space = StreamId::mint(now_ms(), random());
        let made = self.log.write(move |turn| -> Result<String, NotAppended> {
            space::open(turn, space, &name)?;
            Ok(invites::make(turn.db(), space, Role::Owner, None, now_ms())?)
        });
        let code = made.await.map_err(|error| match error {
            NotAppended::Refused(_) => Error::BadName,
            NotAppended::Log(error) => Error::Log(error),
        })?;
        tracing::info!(%space, "a space was made");
        Ok(code)
    }

    /// The space of this id, or else the only one of this name.
    async fn find(&self, asked: String) -> Result<StreamId, Error> {
        let name = asked.trim().to_owned();
        let found = self.log.query(move |db| -> Result<Option<StreamId>, LogError> {
            let mut query = db.prepare("SELECT id FROM stream WHERE kind = 1")?;
            let ids = query.query_map([], |row| Ok(StreamId(row.get(0)?)))?.collect::<Result<Vec<_>, _>>()?;
            let rows = View::of(db);
            let is_it = |id: &StreamId| name.parse() == Ok(*id) || space::name_of(&rows, *id).as_deref() == Some(&name);
            let mut fitting = ids.into_iter().filter(is_it);
            Ok(fitting.next().filter(|_| fitting.next().is_none()))
        });
        found.await?.ok_or(Error::NoSuchSpace(asked))
    }
}
