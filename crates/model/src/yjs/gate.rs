//! What an untrusted Yjs update must pass before yrs sees it: validation, on the server and again on every device.
//!
//! # What it is for
//!
//! yrs 0.28.1 trusts its input. Without the gate a 5-byte update allocates 521 MB, deep nesting overflows the stack, a
//! missing dependency poisons the document for ever, neighbours in two lists and two values of one key make it read
//! freed memory, and a stranger who uses the next clocks of your Yjs client makes your later text vanish with `Ok`
//! (`gate/attacks.rs` has each). It also takes time that grows with the square of what is inserted at one spot or cut
//! out of one text: what an update costs is counted before, and bounded (see [`WORK_MAX`]). What a root or type is used
//! for is not checked: readers must bear any mixture.
//!
//! # How it decides
//!
//! `scan` reads the update in one pass. `admit` settles it in a draft, in the order in which yrs would: whose each Yjs
//! client is, that all it builds on is there, how deep it lies. `order` integrates it without content, and counts. Only
//! then does the gate change (`held`): a refusal leaves no trace.
//!
//! # Example
//!
//! 1. Ana, as Yjs client 7, types "Hi": clocks 0 and 1 of client 7. Nobody has used it, so it is hers from now on.
//!    `Ok`, `adds: true`; the next clock of 7 is 2.
//! 2. The same update again: `Ok`, `adds: false`. The server acknowledges it and appends nothing.
//! 3. Bo, as client 9, types behind her "i", which is (7, 1): it is held. `Ok`. Had he built on (7, 5), it would be
//!    `MissingDependency`.
//! 4. Bo says something as client 7: `ForeignClient`, `forbidden` on the wire. His device says it again under a client
//!    of its own (`rename`).
//! 5. Two people insert 30,000 elements each at one spot, apart, each above the one before: those of the second would
//!    walk over all of the first's, one by one. `TooCostly`, `too_large` on the wire.

mod admit;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod costs;
mod held;
#[cfg(test)]
mod histories;
mod order;
pub mod rename;
pub(crate) mod scan;

use crate::id::PersonId;
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal};
use admit::Draft;
use held::Client;
use minicbor::{Decode, Encode};
use order::{Cost, Integration, Order, Placed};
use scan::{ClockRange, scan};
use std::collections::BTreeMap;

/// The largest update. Clients merge to 256 kB; a large paste or a foreign client's first sync needs some more.
pub const UPDATE_BYTES_MAX: usize = 1 << 20;

/// The largest merged state, which is the bound of a whole document.
pub const STATE_BYTES_MAX: usize = 32 << 20;

/// How many types may lie around an element. yrs deletes, collects and prints by recursion over this depth.
pub const TYPE_DEPTH_MAX: u32 = 64;

/// How many Yjs clients may add something in one update. yrs recurses once per client of a chain.
pub const CLIENTS_NEW_MAX: usize = 1_024;

/// Yjs clients in one document: yjs and yrs look at each of them in many a transaction. A device that writes takes a new one
/// each time that it opens the document: this is 30 a day for twelve years.
pub const CLIENTS_MAX: usize = 1 << 17;

/// Runs of elements in one document, each of some hundred bytes in memory: typing makes one for each 10 to 20 characters.
pub const RUNS_MAX: usize = 1 << 20;

/// What integrating a document may cost beyond what honest editing does, in steps of about 100 ns: some seconds. What every update
/// may cost for itself ([`WALKED_FREE`], [`MOVED_FREE`]) does not count.
///
/// Two people who insert 2,000 lines each at one spot, apart and each above the one before, cost up to 4 million.
pub const WORK_MAX: u64 = 24 << 20;

/// For each struct of an update so many elements may be walked over for nothing: others who write at the same spot.
const WALKED_FREE: u64 = 16;

/// What each update may cost for nothing by cutting runs: some cuts of the largest document.
const MOVED_FREE: u64 = 128 << 10;

/// And for each byte.
const MOVED_FREE_PER_BYTE: u64 = 4;

/// What cutting runs may cost in one update at most: a word that is replaced at 5,000 places of a megabyte.
const MOVED_MAX: u64 = 16 << 20;

/// A device bears so many times what the server does. It has what the server has in larger pieces and another order, which
/// costs more or less; what the server took must pass here too.
const TOLD_FACTOR: u64 = 4;

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
    /// What it has cost so far, of [`WORK_MAX`].
    #[n(4)]
    #[cbor(default)]
    work: u64,
    #[n(5)]
    #[cbor(default)]
    order: Order,
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
    /// It passes [`UPDATE_BYTES_MAX`] or [`CLIENTS_NEW_MAX`], or the document would pass [`CLIENTS_MAX`] or [`RUNS_MAX`].
    #[error("the update is too large")]
    TooLarge,
    /// yrs would take too long to integrate it: see [`WORK_MAX`].
    #[error("the update costs too much to integrate")]
    TooCostly,
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
            GateRefusal::TooCostly => Code::TooLarge.into(),
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
        self.take(update, Bounds::SERVER, |_| Some(author))
    }

    /// As [`admit`](Self::admit), for an event of the log, which passed when it was appended: it may cost what it did, also if it
    /// was let pass before costs were bounded.
    pub fn admit_logged(&mut self, author: PersonId, update: &[u8]) -> Result<Admitted, GateRefusal> {
        self.take(update, Bounds { refuses: false, ..Bounds::SERVER }, |_| Some(author))
    }

    /// As [`admit`](Self::admit), for an update that the server tells a device. Here all clients are one author's.
    pub fn admit_told(&mut self, update: &[u8]) -> Result<Admitted, GateRefusal> {
        if update.len() > UPDATE_BYTES_MAX {
            return Err(GateRefusal::TooLarge);
        }
        self.take(update, Bounds { factor: TOLD_FACTOR, ..Bounds::SERVER }, |_| Some(PersonId([0; 16])))
    }

    /// As [`admit`](Self::admit), for an update that was merged of many authors', such as a row of history: of at most
    /// [`STATE_BYTES_MAX`], each Yjs client by its owner in `owners`. A client without owner there is refused. [`CLIENTS_NEW_MAX`] does not bind it.
    pub fn admit_merged(&mut self, owners: &BTreeMap<u32, PersonId>, update: &[u8]) -> Result<Admitted, GateRefusal> {
        if update.len() > STATE_BYTES_MAX {
            return Err(GateRefusal::TooLarge);
        }
        self.take(update, Bounds::MERGED, |client| owners.get(&client).copied())
    }

    /// As [`admit_merged`](Self::admit_merged), for a device, which is told no owners: that nobody speaks as somebody
    /// else's client the server has seen to. Here all clients are one author's.
    pub fn admit_unowned(&mut self, update: &[u8]) -> Result<Admitted, GateRefusal> {
        if update.len() > STATE_BYTES_MAX {
            return Err(GateRefusal::TooLarge);
        }
        self.take(update, Bounds::MERGED, |_| Some(PersonId([0; 16])))
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

    /// Admits an update whatever it costs, and says that: elements walked over, and what was moved.
    #[cfg(test)]
    fn cost_of(&mut self, author: PersonId, update: &[u8]) -> (u64, u64) {
        let scan = scan(update).expect("a test says what can be read");
        let Draft { placed, cut, .. } = Draft::of(self, &scan, |_| Some(author)).expect("a test says what fits");
        let mut order = self.order.begin(u64::MAX);
        let Cost { walked, moved } = Self::count(&mut order, &self.clients, &placed, &cut);
        drop(order);
        self.admit_logged(author, update).expect("a test says what fits");
        (walked, moved)
    }

    /// About what it weighs in memory, in bytes.
    pub fn weight(&self) -> u64 {
        // What it remembers of an update beside the order is less than the update and its envelope.
        self.bytes + self.order.runs() as u64 * RUN_BYTES
    }

    /// Does it know in which order elements stand? Not if it was written before costs were counted.
    pub fn knows_order(&self) -> bool {
        self.order.runs() > 0 || self.clients.is_empty()
    }

    /// The same gate, with the order of `state`, the whole body as of it.
    pub fn with_order_of(self, state: &[u8]) -> Self {
        let (owners, mut anew) = (self.owners(), Self::default());
        let bounds = Bounds { refuses: false, ..Bounds::MERGED };
        match anew.take(state, bounds, |client| owners.get(&client).copied()) {
            Ok(_) => Self { bytes: self.bytes, work: 0, ..anew },
            // Without an order nothing costs anything, as before.
            Err(_) => self,
        }
    }

    fn next(&self, client: u32) -> u32 {
        self.clients.get(&client).map_or(0, |held| held.next)
    }

    fn take(
        &mut self,
        update: &[u8],
        bounds: Bounds,
        owner: impl Fn(u32) -> Option<PersonId>,
    ) -> Result<Admitted, GateRefusal> {
        let scan = scan(update)?;
        let Draft { clients, names, deleted, placed, cut, .. } = Draft::of(self, &scan, owner)?;
        let clients_new = clients.keys().filter(|client| !self.clients.contains_key(client)).count();
        if clients.len() > bounds.clients_max || self.clients.len() + clients_new > CLIENTS_MAX && bounds.refuses {
            return Err(GateRefusal::TooLarge);
        }
        self.work = self.integrate(update.len(), bounds, &placed, &cut)?;
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

    /// Integrates into the order what has a place, and gives what the document has cost then.
    fn integrate(
        &mut self,
        bytes: usize,
        bounds: Bounds,
        placed: &[Placed],
        cut: &[(u32, ClockRange)],
    ) -> Result<u64, GateRefusal> {
        let walked_free = WALKED_FREE * placed.len() as u64;
        let moved_free = MOVED_FREE + MOVED_FREE_PER_BYTE * bytes as u64;
        let work_max = WORK_MAX * bounds.factor;
        let mut order = self.order.begin(work_max.saturating_sub(self.work) + walked_free);
        let Cost { walked, moved } = Self::count(&mut order, &self.clients, placed, cut);
        let moved = if bounds.moves { moved } else { 0 };
        let more = walked.saturating_sub(walked_free) + moved.saturating_sub(moved_free);
        let work = self.work + more;
        if bounds.refuses && (more > 0 && work > work_max || moved > MOVED_MAX * bounds.factor) {
            return Err(GateRefusal::TooCostly);
        }
        if order.runs() > RUNS_MAX * bounds.factor as usize && bounds.refuses {
            return Err(GateRefusal::TooLarge);
        }
        order.keep();
        Ok(work)
    }

    fn count(
        order: &mut Integration<'_>,
        clients: &BTreeMap<u32, Client>,
        placed: &[Placed],
        cut: &[(u32, ClockRange)],
    ) -> Cost {
        placed.iter().for_each(|part| order.put(part));
        for (client, range) in cut {
            let live = clients.get(client).map(|held| held.deleted.free_around(*range));
            order.delete(*client, *range, live.unwrap_or(ClockRange { start: 0, end: u32::MAX }));
        }
        order.cost()
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

/// A bound of what a run weighs in memory, with its place in the maps.
const RUN_BYTES: u64 = 96;

/// How much an update may ask for.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    clients_max: usize,
    /// So many times the bounds of an event.
    factor: u64,
    /// Does it cost to cut runs? A state has them cut already.
    moves: bool,
    /// Is it refused for what it costs?
    refuses: bool,
}

impl Bounds {
    const SERVER: Self = Self { clients_max: CLIENTS_NEW_MAX, factor: 1, moves: true, refuses: true };
    const MERGED: Self = Self { clients_max: usize::MAX, factor: TOLD_FACTOR, moves: false, refuses: true };
}
