//! What is kept on a device, sealed.
//!
//! Two things, of unequal rank. The [`Journal`] is the one truth for what is *ours* and not yet the server's: every
//! append is on the disk before it returns, so a power cut takes nothing that was called saved. The [`Store`] is a cache
//! of the *server*: losing it costs a download, never a message. So a journal is repaired frame by frame, while a store
//! that does not open is set aside and begun again.
//!
//! | after it returns            | survives `kill -9` | survives a power cut |
//! |-----------------------------|--------------------|----------------------|
//! | [`Journal::append`]         | yes                | yes                  |
//! | [`Journal::rewrite`]        | yes                | yes                  |
//! | [`SealedFile::write`]       | yes                | yes                  |
//! | [`Store::commit`]           | yes                | no                   |
//! | [`Store::sync`]             | yes                | every commit before it |
//!
//! Everything is sealed with one [`Key`]. A file names the key that it needs ([`KeyId`]); without that key it is
//! [`StoreError::Locked`] and stays exactly as it is. Visible to whoever holds the disk: row keys (ids and seqs), sizes,
//! times, and how often things change. Not caught: a whole file, or a whole value under its own key, put back to what it
//! once was.
//!
//! Read on: `store` (the trait) → `sled` (opening, setting aside) → `journal` → `journal/frame` (salvage). Not here: the
//! OS keyring, and what any byte means.

#[cfg(any(test, feature = "testing"))]
pub mod contract;
pub mod disk;
mod error;
mod header;
mod journal;
mod key;
pub mod limits;
mod lock;
mod memory;
mod passphrase;
mod sealed_file;
mod sled;
mod store;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use self::sled::{Opened, SledStore};
pub use error::StoreError;
pub use journal::{Journal, Torn};
pub use key::{Key, KeyId};
pub use lock::ProfileLock;
pub use memory::MemoryStore;
pub use passphrase::PassphraseFile;
pub use sealed_file::SealedFile;
pub use store::{Batch, Rows, Store};
