//! What an operator may do: make a server, make and list spaces, invite into one, end an account or a device. Over the
//! database if no server runs, else by the server.
//!
//! One process writes. So a command that finds the data directory taken asks the process that has it, over a loopback
//! socket: one line of JSON there, one back, with a secret that only the directory's user can read.

mod door;
mod people;
mod spaces;

pub(crate) use door::open as open_door;

use crate::accounts::{Accounts, invites};
use crate::clock::now_ms;
use crate::config::Config;
use crate::data_dir::{DataDir, Held};
use crate::database::Database;
use crate::error::Error;
use crate::identity::Identity;
use crate::serve::{keep_port, local_host, stored};
use folkmoot_model::features::people::Role;
use folkmoot_model::id::DeviceId;
use folkmoot_model::writing::{named, typed_name};
use folkmoot_wire::link::{KeyHash, Link};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

const DAY_MS: u64 = 24 * 3_600 * 1_000;

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
    /// Say which spaces there are.
    ListSpaces,
    /// Make a space on the computer of its owner, and invite them. One of that name that nobody has joined yet is what an
    /// attempt left that broke off: it is taken.
    HostSpace {
        /// Its name.
        name: String,
        /// The code that an earlier attempt was given: if it leads to that space, or somebody has used it, it is given again.
        #[serde(default)]
        again: Option<String>,
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
    let name = typed_name(name);
    named(&name).map_err(|_| Error::BadName)?;
    link(command(config, Command::CreateSpace { name, host }).await?)
}

/// Makes a space for whoever hosts it on their own computer, or takes the one that an attempt left which broke off; gives the
/// link by which its owner joins: with the code of the link `again`, where an earlier attempt was given that one.
pub async fn host_space(config: &Config, name: &str, again: Option<&Link>) -> Result<Link, Error> {
    let name = typed_name(name);
    named(&name).map_err(|_| Error::BadName)?;
    let again = match again {
        Some(Link::Join { code, .. }) => Some(code.clone()),
        Some(Link::Place { .. }) | None => None,
    };
    link(command(config, Command::HostSpace { name, again }).await?)
}

/// Invites somebody into the space of this name or id; gives the link by which they join.
pub async fn invite(config: &Config, space: &str, role: Role, host: Option<String>) -> Result<Link, Error> {
    link(command(config, Command::Invite { space: space.to_owned(), role, host }).await?)
}

fn link(done: Done) -> Result<Link, Error> {
    let Done::Link(link) = done else { return Err(Error::Refused("no link".into())) };
    link.parse().map_err(|_| Error::Refused("no link".into()))
}

/// Does what is asked, or has the server do it that runs on the directory. Fails with [`Error::NoServer`] if none was ever
/// made there.
pub async fn command(config: &Config, command: Command) -> Result<Done, Error> {
    let dir = DataDir::of_server(&config.data)?;
    match dir.hold() {
        Ok(held) => at_rest(config, &held, async |operator| operator.run(command).await).await,
        Err(Error::InUse(_)) => door::ask(&dir, command).await,
        Err(error) => Err(error),
    }
}

/// Makes a server in the directory, without serving it; one that is there stays as it is. Gives where it is reached and its
/// key, as `HOST:PORT#KEY`. Fails with [`Error::InUse`] while it runs.
pub async fn init(config: &Config) -> Result<String, Error> {
    let held = DataDir::open(&config.data)?.hold()?;
    at_rest(config, &held, async |operator| Ok(format!("{}#{}", operator.host, operator.key))).await
}

/// Does something with no server running, under the address that it had or will have.
async fn at_rest<T>(
    config: &Config,
    held: &Held,
    act: impl AsyncFnOnce(Operator) -> Result<T, Error>,
) -> Result<T, Error> {
    let identity = Identity::open(held.dir())?;
    let (log, threads) = Database::open(&held.dir().log(), Box::new(|_| ()))?;
    let host = match (&config.public_addr, stored(&log, "host").await?) {
        (Some(public), _) => public.clone(),
        (None, Some(host)) if config.listen.port() == 0 => host,
        (None, _) => local_host(keep_port(&log, config.listen).await?.1),
    };
    let done = act(Operator { log: log.clone(), key: identity.key_hash(), host, accounts: None }).await;
    log.stop().await;
    drop(log);
    threads.join();
    done
}

/// Whoever does an operator's commands.
#[derive(Clone)]
pub(crate) struct Operator {
    pub log: Database,
    pub key: KeyHash,
    pub host: String,
    /// Of a running server: what ends must end there at once.
    pub accounts: Option<Arc<Accounts>>,
}

impl Operator {
    /// Does it, durably.
    pub async fn run(&self, command: Command) -> Result<Done, Error> {
        let (code, host) = match command {
            Command::ListSpaces => return Ok(Done::Lines(self.spaces().await?)),
            Command::ListPeople => return Ok(Done::Lines(self.people().await?)),
            Command::ListDevices { person } => return Ok(Done::Lines(self.devices(person).await?)),
            Command::EndPerson { person } => return self.end_person(person).await,
            Command::EndDevice { device } => return self.end_device(device).await,
            Command::CreateSpace { name, host } => (self.create_space(name).await?, host),
            Command::HostSpace { name, again } => (self.host_space(name, again).await?, None),
            Command::Invite { space, role, host } => {
                let space = self.find(space).await?;
                let made = self.log.write(move |tx| invites::make(tx.db(), space, role, None, now_ms()));
                (made.await?, host)
            }
        };
        let link = Link::Join { host: host.unwrap_or_else(|| self.host.clone()), code, key: self.key };
        Ok(Done::Link(link.to_string()))
    }
}
