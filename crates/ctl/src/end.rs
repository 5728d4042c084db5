//! How a call ends, and what is said of it.

use crate::exit::Exit;
use crate::find::Fitting;
use crate::out;
use folkmoot_client::command::Refused;
use serde_json::json;

/// How a call ends when it is not simply done.
#[derive(Debug)]
pub enum End {
    /// Refused.
    Refused(Refused),
    /// Something stayed queued, and is kept.
    Queued,
    /// What was named is not there.
    NotFound(String),
    /// What was named are several things.
    NotUnique {
        /// What was asked for.
        what: String,
        /// Those that fit.
        ids: Vec<Fitting>,
    },
    /// The keyring does not answer.
    Keyring,
    /// Nobody reads what is printed.
    Unread,
    /// The command line is wrong, or asks for help.
    Usage(clap::Error),
    /// This computer failed.
    Failed(anyhow::Error),
}

impl End {
    /// Says why on stderr, and gives how the call ended.
    pub fn told(self) -> Exit {
        match self {
            Self::Refused(refused) => {
                match serde_json::to_value(&refused) {
                    Ok(json) => out::why(&json),
                    Err(error) => out::tell(error),
                }
                match refused {
                    Refused::ProfileInUse => Exit::InUse,
                    Refused::Offline => Exit::Offline,
                    Refused::NotHeld => Exit::NotFound,
                    Refused::Storage { .. } => Exit::Storage,
                    _ => Exit::Refused,
                }
            }
            Self::Queued => {
                out::why(&json!({ "why": "queued" }));
                Exit::Queued
            }
            Self::NotFound(what) => {
                out::why(&json!({ "why": "not_held", "what": what }));
                Exit::NotFound
            }
            Self::NotUnique { what, ids } => {
                out::why(&json!({ "why": "not_unique", "what": what, "ids": ids }));
                Exit::NotFound
            }
            Self::Keyring => {
                out::why(&json!({ "why": "locked", "what": "keyring" }));
                Exit::Refused
            }
            Self::Unread => Exit::Done,
            Self::Usage(error) => {
                // Who does not read it has no need of it.
                error.print().ok();
                if error.use_stderr() { Exit::Usage } else { Exit::Done }
            }
            Self::Failed(error) => {
                out::tell(format_args!("{error:#}"));
                Exit::Failed
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
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Failed(error.into()),
        }
    }
}

impl From<anyhow::Error> for End {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}
