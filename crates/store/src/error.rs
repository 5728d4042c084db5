//! Everything that can go wrong with what is kept. Words for people are chosen in the UI.

use std::io;

/// Why something could not be kept or read back.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No key was given, or the file names another one. Nothing was touched: unlock and try again.
    #[error("locked: this needs the key that sealed it")]
    Locked,
    /// Written by a newer version of the app. Nothing was touched.
    #[error("written in format {found}; this version knows up to {known}")]
    Newer {
        /// The format found.
        found: u32,
        /// The newest format that is understood here.
        known: u32,
    },
    /// Another process has the profile, or the store, open.
    #[error("in use by another process")]
    InUse,
    /// The bytes are not what was written. A store in this state is to be replaced ([`crate::SledStore::replace`]).
    #[error("damaged: {0}")]
    Damaged(String),
    /// An earlier write failed and could not be undone: nothing more is accepted until it is opened again.
    #[error("an earlier write failed and could not be undone")]
    Poisoned,
    /// The passphrase does not open the key file.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// One payload is over the bound.
    #[error("{bytes} bytes, of at most {max}")]
    TooLarge {
        /// Bytes given.
        bytes: usize,
        /// Bytes allowed.
        max: usize,
    },
    /// The operating system gives no randomness.
    #[error("no randomness: {0}")]
    Randomness(#[from] getrandom::Error),
    /// The disk, or the way to it.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
}

impl StoreError {
    /// Whether there is no room left: the person can help, and what was acknowledged is safe.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Io { source, .. }
            if matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
    }

    pub(crate) fn io(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { what, source }
    }
}
