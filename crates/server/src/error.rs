//! What fails in the server that is nobody's request: disk, sockets, keys, configuration.

use crate::database::LogError;
use folkmoot_model::id::{DeviceId, StreamId};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the server, or an operator's command, cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another process serves this data directory.
    #[error("another server runs on {0}")]
    InUse(PathBuf),
    /// A file of the data directory cannot be read or written.
    #[error("cannot {what} {path}")]
    File {
        /// What was tried.
        what: &'static str,
        /// Of which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The database fails.
    #[error(transparent)]
    Database(#[from] LogError),
    /// The identity file is no Ed25519 key, or no certificate can be made of it.
    #[error("the server's identity is unusable: {0}")]
    Identity(String),
    /// The configuration cannot be read.
    #[error("configuration: {0}")]
    Config(#[from] Box<figment::Error>),
    /// A configured number is out of its range.
    #[error("configuration: {0}")]
    BadConfig(&'static str),
    /// No server was ever made in this directory.
    #[error("no server is in {0}: `folkmootd init` or `serve` makes one")]
    NoServer(PathBuf),
    /// There is no such space.
    #[error("no space is called {0:?}: `folkmootd space list` lists them")]
    NoSuchSpace(String),
    /// Several spaces have that name.
    #[error("several spaces are called {name:?}, say one's id: {}", listed(ids))]
    SeveralSpaces {
        /// The name.
        name: String,
        /// Their ids.
        ids: Vec<StreamId>,
    },
    /// A space has that name already.
    #[error("a space is called {name:?} already: {id}")]
    SpaceExists {
        /// Its id.
        id: StreamId,
        /// Its name.
        name: String,
    },
    /// There is no such account.
    #[error("nobody is called {0:?}")]
    NoSuchPerson(String),
    /// There is no such device, or it is signed out.
    #[error("no device {0} is signed in")]
    NoSuchDevice(DeviceId),
    /// A name that cannot be shown.
    #[error("the name is blank, too long, or has control characters")]
    BadName,
    /// The running server did not do what it was asked.
    #[error("the running server answers: {0}")]
    Refused(String),
    /// The running server cannot be spoken with.
    #[error("cannot speak with the running server")]
    Unreachable(#[source] std::io::Error),
}

impl Error {
    /// For `map_err`: what was tried with which file.
    pub(crate) fn file(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { what, path, source }
    }
}

fn listed(ids: &[StreamId]) -> String {
    ids.iter().map(StreamId::to_string).collect::<Vec<_>>().join(", ")
}
