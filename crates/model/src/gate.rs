//! What an untrusted Yjs update must pass before yrs sees it: a linear scan, then a check against what is held.
//!
//! yrs 0.28.1 trusts its input. Without the gate a 5-byte update allocates 521 MB, deep nesting overflows the stack, an
//! update with a missing dependency poisons the document for ever, neighbours in two different lists and two values of
//! one key make it read freed memory, and a stranger who uses the next clocks of your client id makes your later text
//! vanish with `Ok`.
//! `gate/attacks.rs` holds each of them. The same gate stands on the server and on every client, so that all agree.
//!
//! It does not check what a root or a type is used for (text, XML, map): readers must bear any mixture. Nor does it
//! bound the time that yrs takes for many insertions at one spot.
//!
//! `scan.rs` reads an update, `admit.rs` settles it, `held.rs` is what is remembered;
//! `rename.rs` says an update again as another Yjs client.

mod admit;
#[cfg(test)]
mod attacks;
mod held;
#[cfg(test)]
mod histories;
pub mod rename;
pub(crate) mod scan;

use crate::id::PersonId;
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal};
use admit::Draft;
use held::Client;
use minicbor::{Decode, Encode};
use scan::scan;
use std::collections::BTreeMap;

/// The largest update. Clients merge to 256 kB; a large paste or a foreign client's first sync needs some more.
pub const UPDATE_BYTES_MAX: usize = 1 << 20;

/// The largest merged state, which is the bound of a whole document.
pub const STATE_BYTES_MAX: usize = 32 << 20;

/// How many types may lie around an element. yrs deletes, collects and prints by recursion over this depth.
pub const TYPE_DEPTH_MAX: u32 = 64;

/// How many Yjs clients may add something in one update. yrs recurses once per client of a chain.
pub const CLIENTS_NEW_MAX: usize = 1_024;

/// Is it an update at all, of which every number can be borne? Whether it may be admitted is [`Gate::admit`]'s to say.
pub fn is_sound(update: &[u8]) -> bool {
    scan(update).is_ok()
}

/// The text that an update inserts, a line for each run, without the document that it belongs to: what is left of an
/// edit whose place is gone. Empty if it inserts none, or is no update.
pub fn text_in(update: &[u8]) -> String {
    let structs =
        scan(update).map(|scan| scan.sections).unwrap_or_default().into_iter().flat_map(|section| section.structs);
    structs.filter_map(|run| run.text).collect::<Vec<&str>>().join("\n")
}

/// What the gate knows of one document: next clock per Yjs client, its owner, and where each element lies.
///
/// It is a function of the updates admitted, in their order. A checkpoint carries it (CBOR).
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Gate {
    /// The owners of clients, in the order of their first update.
    #[n(0)]
    people: Vec<PersonId>,
    /// Names of roots and keys of maps, with the index that runs know them by.
    #[n(1)]
    names: BTreeMap<String, u32>,
    #[n(2)]
    clients: BTreeMap<u32, Client>,
    #[n(3)]
    bytes: u64,
}

/// An update that passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admitted {
    /// False when it adds neither a struct nor a deletion that was not held yet: a resend.
    pub adds: bool,
}

/// Why an update may not reach yrs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GateRefusal {
    /// It is not an update such as yjs 13 and yrs write. The text is for logs.
    #[error("malformed update: {0}")]
    Malformed(&'static str),
    /// It passes [`UPDATE_BYTES_MAX`] or [`CLIENTS_NEW_MAX`].
    #[error("the update is too large")]
    TooLarge,
    /// A type would lie deeper than [`TYPE_DEPTH_MAX`], or a value deeper than 32.
    #[error("the update nests too deep")]
    TooDeep,
    /// It builds on something that neither the document nor itself holds.
    #[error("the update builds on something missing")]
    MissingDependency,
    /// It has structs of a Yjs client that belongs to someone else.
    #[error("Yjs client {client} belongs to someone else")]
    ForeignClient {
        /// Which.
        client: u32,
    },
}

impl From<GateRefusal> for Refusal {
    fn from(refusal: GateRefusal) -> Self {
        match refusal {
            GateRefusal::TooLarge => Self::too_large(UPDATE_BYTES_MAX),
            GateRefusal::ForeignClient { .. } => Code::Forbidden.into(),
            GateRefusal::Malformed(_) | GateRefusal::TooDeep | GateRefusal::MissingDependency => {
                Code::BadRequest.into()
            }
        }
    }
}

impl Gate {
    /// Checks `update`, in version 1 encoding, by `author` against what the document holds. On `Ok` the gate holds it
    /// too, and yrs may apply it; on `Err` the gate is unchanged.
    ///
    /// A Yjs client belongs to the author of its first struct, and nobody else says anything as it. Structs of one's own
    /// that are held already are ignored.
    pub fn admit(&mut self, author: PersonId, update: &[u8]) -> Result<Admitted, GateRefusal> {
        if update.len() > UPDATE_BYTES_MAX {
            return Err(GateRefusal::TooLarge);
        }
        if planted(Mutant::GateOpen) {
            return Ok(Admitted { adds: true });
        }
        self.take(update, CLIENTS_NEW_MAX, |_| Some(author))
    }

    /// As [`admit`](Self::admit), for an update that was merged of many authors', such as a row of history: of at most
    /// [`STATE_BYTES_MAX`], each Yjs client by its owner in `owners`. A client without owner there is refused. [`CLIENTS_NEW_MAX`] does not bind it.
    pub fn admit_merged(&mut self, owners: &BTreeMap<u32, PersonId>, update: &[u8]) -> Result<Admitted, GateRefusal> {
        if update.len() > STATE_BYTES_MAX {
            return Err(GateRefusal::TooLarge);
        }
        self.take(update, usize::MAX, |client| owners.get(&client).copied())
    }

    /// As [`admit_merged`](Self::admit_merged), for a device, which is told no owners: that nobody speaks as somebody
    /// else's client the server has seen to. Here all clients are one author's.
    pub fn admit_unowned(&mut self, update: &[u8]) -> Result<Admitted, GateRefusal> {
        if update.len() > STATE_BYTES_MAX {
            return Err(GateRefusal::TooLarge);
        }
        self.take(update, usize::MAX, |_| Some(PersonId([0; 16])))
    }

    /// The next clock of each Yjs client: the state vector.
    pub fn state_vector(&self) -> BTreeMap<u32, u32> {
        self.clients.iter().map(|(client, held)| (*client, held.next)).collect()
    }

    /// Whose each Yjs client is.
    pub fn owners(&self) -> BTreeMap<u32, PersonId> {
        self.clients.keys().filter_map(|client| Some((*client, self.owner(*client)?))).collect()
    }

    /// Whose this Yjs client is, if it is known.
    pub fn owner(&self, client: u32) -> Option<PersonId> {
        self.people.get(self.clients.get(&client)?.owner as usize).copied()
    }

    /// The sum of the sizes of the updates that added something, in bytes. The document is never larger.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn next(&self, client: u32) -> u32 {
        self.clients.get(&client).map_or(0, |held| held.next)
    }

    fn take(
        &mut self,
        update: &[u8],
        clients_max: usize,
        owner: impl Fn(u32) -> Option<PersonId>,
    ) -> Result<Admitted, GateRefusal> {
        let scan = scan(update)?;
        let Draft { clients, names, deleted, .. } = Draft::of(self, &scan, owner)?;
        if clients.len() > clients_max {
            return Err(GateRefusal::TooLarge);
        }
        let adds = !deleted.is_empty() || !clients.is_empty();
        self.names.extend(names.into_iter().map(|(name, index)| (name.to_owned(), index)));
        for (client, added) in clients {
            let owner = self.person(added.owner);
            let held = self.clients.entry(client).or_insert_with(|| Client { owner, ..Client::default() });
            held.runs.append(added.runs);
            held.next = added.next;
        }
        for (client, range) in deleted {
            if let Some(held) = self.clients.get_mut(&client) {
                held.deleted.insert(range);
            }
        }
        if adds {
            self.bytes += update.len() as u64;
        }
        Ok(Admitted { adds })
    }

    fn person(&mut self, person: PersonId) -> u32 {
        let known = self.people.iter().position(|one| *one == person);
        let index = known.unwrap_or_else(|| {
            self.people.push(person);
            self.people.len() - 1
        });
        index as u32
    }
}
