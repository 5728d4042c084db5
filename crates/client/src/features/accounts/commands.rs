//! What a person does: accounts and the server: signing in, spaces that are joined and hosted, and what only the server can make.

use crate::command::KeyPlace;
use folkmoot_model::features::people::Role;
use folkmoot_model::id::StreamId;
use folkmoot_model::writing::{normal, typed_name};
use serde::{Deserialize, Serialize};

/// Accounts and the server: signing in, spaces that are joined and hosted, and what only the server can make.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum AccountCommand {
    /// Start a server on this computer, make a space in it, and join it as its owner.
    Host { space: String, name: String, password: String },
    /// What a link would lead to; changes nothing. Answers [`Done::Inspected`].
    Inspect { link: String },
    /// Join a space by a link: as a new person, or as the one signed in on that server, for whom name and password are not
    /// asked. Answers [`Done::Joined`].
    Join { link: String, name: String, password: String },
    /// Sign in as a person that the server knows. `server` is a join link or `HOST:PORT#KEY`; nothing or the
    /// host alone where this device was signed in: its key is kept.
    SignIn { server: String, name: String, password: String },
    /// Sign out. Refused with `unsent` while something is not yet sent, unless `discard_unsent`.
    SignOut { discard_unsent: bool },
    /// Open a locked store with its passphrase.
    Unlock { passphrase: String },
    /// Keep the key of a profile that has none yet there, and nowhere else.
    KeepKey { place: KeyPlace },
    /// Dial now instead of at the end of the countdown.
    TryNow,
    /// Let other computers connect to the server that this one hosts, or stop that.
    OpenToNetwork { open: bool },
    /// A join link for one more person. Answers [`Done::Link`].
    Invite { space: StreamId, role: Role },
    /// The address at which a Yjs client that is not ours opens a document, for a minute. Answers [`Done::Link`].
    Ticket { document: StreamId, read_only: bool },
}

impl AccountCommand {
    /// Does it sign somebody in, so that there must be a place for the key of what is kept from then on?
    pub fn makes_a_profile(&self) -> bool {
        match self {
            Self::Host { .. } | Self::Join { .. } | Self::SignIn { .. } => true,
            Self::Inspect { .. } | Self::SignOut { .. } | Self::Unlock { .. } | Self::KeepKey { .. } => false,
            Self::TryNow | Self::OpenToNetwork { .. } | Self::Invite { .. } | Self::Ticket { .. } => false,
        }
    }

    /// With what was typed in the form in which it is kept.
    pub fn typed(self) -> Self {
        match self {
            Self::Host { space, name, password } => {
                Self::Host { space: typed_name(&space), name: typed_name(&name), password: normal(&password).into() }
            }
            Self::Join { link, name, password } => {
                Self::Join { link, name: typed_name(&name), password: normal(&password).into() }
            }
            Self::SignIn { server, name, password } => {
                Self::SignIn { server, name: typed_name(&name), password: normal(&password).into() }
            }
            Self::Inspect { .. } | Self::SignOut { .. } | Self::Unlock { .. } | Self::KeepKey { .. } => self,
            Self::TryNow | Self::OpenToNetwork { .. } | Self::Invite { .. } | Self::Ticket { .. } => self,
        }
    }
}
