//! Hosting a space on this computer: the server is a child process of whoever embeds the engine. Here is only what the
//! engine asks of it.

use crate::view::Hosted;
use std::sync::Arc;

/// Starts and stops the server on this computer. Its methods block, and are called from a thread where they may.
pub trait HostServer: Send + Sync {
    /// Starts the server, made anew if there is none yet, with a space of this name, and gives a join link for the space's
    /// owner: to the space of the link `again`, if an earlier attempt was given one that leads on. Fails with what went wrong,
    /// for logs and for people who help.
    fn host(&self, space: &str, again: Option<&str>) -> Result<String, String>;

    /// Lets other computers connect, or stops that. Fails as [`HostServer::host`].
    fn open_to_network(&self, open: bool) -> Result<(), String>;

    /// The server as it stands; `None` if none was ever made.
    fn hosted(&self) -> Option<Hosted>;
}

/// A host that may be shared with the task that waits for it.
pub type SharedHost = Arc<dyn HostServer>;

mod child;
pub use child::ChildServer;
