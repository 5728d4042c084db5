//! What an operator may do: make a space, invite into one, end an account or a device. Over the database if no server runs, else by the server.
//!
//! One process writes. So a command that finds the data directory taken asks the process that has it, over a loopback
//! socket: one line of JSON there, one back, with a secret that only the directory's user can read.

mod door;
mod people;

pub(crate) use door::open as open_door;

use crate::accounts::{Accounts, invites};
use crate::clock::{now_ms, random};
use crate::config::Config;
use crate::data_dir::{DataDir, Held};
use crate::error::Error;
use crate::identity::Identity;
use crate::log::{Log, LogError, View};
use crate::serve::{keep_port, local_host, stored};
use crate::space::{self, NotAppended};
use folkmoot_model::id::{DeviceId, StreamId};
use folkmoot_model::members::{Role, named};
use folkmoot_wire::link::{KeyHash, Link};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

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
    /// Make a space on the computer of its owner, and invite them. One of that name that nobody has joined yet is what an
    /// attempt left that broke off: it is taken.
    HostSpace {
        /// Its name.
        name: String,
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
    /// Say who has an account.
    ListPeople,
    /// End an account.
    EndPerson {
        /// Its name or id.
        person: String,
    },
    /// Say which devices a person has.
    ListDevices {
        /// Their name or id.
        person: String,
    },
    /// Sign a device out.
    EndDevice {
        /// Its id.
        device: DeviceId,
    },
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Done {
    /// A link to hand out.
    Link(String),
    /// What was asked for, line by line; nothing if something was done of which nothing is to be said.
    Lines(Vec<String>),
}

/// Makes a space; gives the link by which its owner joins.
pub async fn create_space(config: &Config, name: &str, host: Option<String>) -> Result<Link, Error> {
    named(name).map_err(|_| Error::BadName)?;
    link(command(config, Command::CreateSpace { name: name.trim().to_owned(), host }).await?)
}

/// Makes a space for whoever hosts it on their own computer, or takes the one that an attempt left which broke off; gives the
/// link by which its owner joins.
pub async fn host_space(config: &Config, name: &str) -> Result<Link, Error> {
    named(name).map_err(|_| Error::BadName)?;
    link(command(config, Command::HostSpace { name: name.trim().to_owned() }).await?)
}

/// Invites somebody into the space of this name or id; gives the link by which they join.
pub async fn invite(config: &Config, space: &str, role: Role, host: Option<String>) -> Result<Link, Error> {
    link(command(config, Command::Invite { space: space.to_owned(), role, host }).await?)
}

fn link(done: Done) -> Result<Link, Error> {
    let Done::Link(link) = done else { return Err(Error::Refused("no link".into())) };
    link.parse().map_err(|_| Error::Refused("no link".into()))
}

/// Does what is asked, or has the server do it that runs on the directory.
pub async fn command(config: &Config, command: Command) -> Result<Done, Error> {
    let dir = DataDir::open(&config.data)?;
    match dir.hold() {
        Ok(held) => directly(config, &held, command).await,
        Err(Error::InUse(_)) => door::ask(&dir, command).await,
        Err(error) => Err(error),
    }
}

/// With no server running: what it would do, and the address that it had or will have.
async fn directly(config: &Config, held: &Held, command: Command) -> Result<Done, Error> {
    let identity = Identity::open(held.dir())?;
    let (log, threads) = Log::open(&held.dir().log(), Box::new(|_| ()))?;
    let host = match (&config.public_addr, stored(&log, "host").await?) {
        (Some(public), _) => public.clone(),
        (None, Some(host)) if config.listen.port() == 0 => host,
        (None, _) => local_host(keep_port(&log, config.listen).await?.1),
    };
    let done = Operator { log: log.clone(), key: identity.key_hash(), host, accounts: None }.run(command).await;
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
    /// Of a running server: what ends must end there at once.
    pub accounts: Option<Arc<Accounts>>,
}

impl Operator {
    /// Does it, durably.
    pub async fn run(&self, command: Command) -> Result<Done, Error> {
        let (code, host) = match command {
            Command::ListPeople => return Ok(Done::Lines(self.people().await?)),
            Command::ListDevices { person } => return Ok(Done::Lines(self.devices(person).await?)),
            Command::EndPerson { person } => return self.end_person(person).await,
            Command::EndDevice { device } => return self.end_device(device).await,
            Command::CreateSpace { name, host } => (self.create_space(name).await?, host),
            Command::HostSpace { name } => match self.unclaimed(name.clone()).await? {
                Some(space) => {
                    let made = self.log.write(move |turn| invites::make(turn.db(), space, Role::Owner, None, now_ms()));
                    (made.await?, None)
                }
                None => (self.create_space(name).await?, None),
            },
            Command::Invite { space, role, host } => {
                let space = self.find(space).await?;
                let made = self.log.write(move |turn| invites::make(turn.db(), space, role, None, now_ms()));
                (made.await?, host)
            }
        };
        let link = Link::Join { host: host.unwrap_or_else(|| self.host.clone()), code, key: self.key };
        Ok(Done::Link(link.to_string()))
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

    /// A space of this name that nobody is in, if there is one.
    async fn unclaimed(&self, name: String) -> Result<Option<StreamId>, Error> {
        let found = self.log.query(move |db| -> Result<Option<StreamId>, LogError> {
            let mut query = db.prepare("SELECT id FROM stream WHERE kind = 1")?;
            let ids = query.query_map([], |row| Ok(StreamId(row.get(0)?)))?.collect::<Result<Vec<_>, _>>()?;
            let rows = View::of(db);
            for id in ids {
                if space::name_of(&rows, id).as_deref() == Some(&name) && rows.present(id)?.is_empty() {
                    return Ok(Some(id));
                }
            }
            Ok(None)
        });
        Ok(found.await?)
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
