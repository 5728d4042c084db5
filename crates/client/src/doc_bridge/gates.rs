//! The gates of documents (`model/yjs/gate`): what comes from the server or from an editor passes one before yrs sees it.
//!
//! A gate is what the document is made of, so it costs one pass over the document when something first comes into it,
//! and little from then on. What lies on the disk has passed already: opening a document asks no gate.

use folkmoot_model::id::{PersonId, StreamId};
use folkmoot_model::yjs::gate::{Gate, GateRefusal};
use folkmoot_store::StoreError;
use std::collections::BTreeMap;

/// Bytes of documents whose gates are kept; those used longest ago are made again when they are needed.
const BYTES_MAX: u64 = 32 << 20;

/// All clients are one author's here: whose they are only the server knows, and refuses.
const ANYBODY: PersonId = PersonId([0; 16]);

/// The gates of the documents that something comes into.
#[derive(Debug, Default)]
pub struct Gates {
    held: BTreeMap<StreamId, Gated>,
    uses: u64,
}

#[derive(Debug)]
struct Gated {
    /// Of what the server has said: all that it says is measured by that alone.
    confirmed: Gate,
    /// Of that and what this device has said, as editors have it. Made when somebody here writes.
    shown: Option<Gate>,
    used: u64,
}

/// Why something did not pass.
#[derive(Debug, thiserror::Error)]
pub enum Ungated {
    /// The gate refused it.
    #[error(transparent)]
    Refused(#[from] GateRefusal),
    /// The document could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Gates {
    /// The server says what the whole document is now.
    pub fn checkpoint(&mut self, document: StreamId, body: &[u8]) -> Result<(), GateRefusal> {
        self.held.remove(&document);
        let mut confirmed = Gate::default();
        confirmed.admit_unowned(body)?;
        self.put(document, Gated { confirmed, shown: None, used: 0 });
        Ok(())
    }

    /// The server says what was added to it. `held` reads what is on the disk.
    pub fn added(
        &mut self,
        document: StreamId,
        update: &[u8],
        held: impl FnOnce() -> Result<Vec<Vec<u8>>, StoreError>,
    ) -> Result<(), Ungated> {
        let mut gated = self.take(document, held)?;
        gated.confirmed.admit_told(update)?;
        // What contradicts our own words is the server's to decide; they are measured anew by what stands then.
        gated.shown = gated.shown.take().and_then(|mut shown| shown.admit_told(update).ok().map(|_| shown));
        self.put(document, gated);
        Ok(())
    }

    /// An editor of this device adds something. `said` is what was said here and is not on the disk of the server yet.
    pub fn says(
        &mut self,
        document: StreamId,
        update: &[u8],
        held: impl FnOnce() -> Result<Vec<Vec<u8>>, StoreError>,
        said: impl FnOnce() -> Vec<Vec<u8>>,
    ) -> Result<(), Ungated> {
        let mut gated = self.take(document, held)?;
        let mut shown = gated.shown.take().unwrap_or_else(|| {
            let mut shown = gated.confirmed.clone();
            for update in said() {
                // What the server will refuse may stand on nothing.
                if let Err(refusal) = shown.admit_unowned(&update) {
                    tracing::info!(%document, %refusal, "what was said here does not fit the document");
                }
            }
            shown
        });
        let admitted = shown.admit(ANYBODY, update);
        gated.shown = Some(shown);
        self.put(document, gated);
        admitted?;
        Ok(())
    }

    /// Is this Yjs client unknown to the document, as far as that is held in memory?
    pub fn is_free(&self, document: StreamId, client: u32) -> bool {
        self.held.get(&document).is_none_or(|gated| gated.confirmed.owner(client).is_none())
    }

    /// What was said here has changed otherwise than by [`Self::says`].
    pub fn unsay(&mut self, document: StreamId) {
        if let Some(gated) = self.held.get_mut(&document) {
            gated.shown = None;
        }
    }

    /// The document is held no longer, or from nothing again.
    pub fn forget(&mut self, document: StreamId) {
        self.held.remove(&document);
    }

    /// Nothing is held.
    pub fn clear(&mut self) {
        self.held.clear();
    }

    fn take(
        &mut self,
        document: StreamId,
        held: impl FnOnce() -> Result<Vec<Vec<u8>>, StoreError>,
    ) -> Result<Gated, Ungated> {
        if let Some(gated) = self.held.remove(&document) {
            return Ok(gated);
        }
        let mut confirmed = Gate::default();
        for piece in held()? {
            confirmed.admit_unowned(&piece)?;
        }
        Ok(Gated { confirmed, shown: None, used: 0 })
    }

    fn put(&mut self, document: StreamId, mut gated: Gated) {
        self.uses += 1;
        gated.used = self.uses;
        self.held.insert(document, gated);
        while self.held.len() > 1 && self.held.values().map(Gated::bytes).sum::<u64>() > BYTES_MAX {
            let oldest = self.held.iter().min_by_key(|(_, gated)| gated.used).map(|(document, _)| *document);
            oldest.map(|document| self.held.remove(&document));
        }
    }
}

impl Gated {
    /// About what it weighs in memory.
    fn bytes(&self) -> u64 {
        self.confirmed.weight() + self.shown.as_ref().map_or(0, Gate::weight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use yrs::{Doc, ReadTxn, Text, Transact};

    const DOCUMENT: StreamId = StreamId([1; 16]);

    /// The updates of one writer, one letter each.
    fn written(client: u64, letters: usize) -> Vec<Vec<u8>> {
        let doc = Doc::with_client_id(client);
        let body = doc.get_or_insert_text("content");
        let one = |_| {
            let before = doc.transact().state_vector();
            body.push(&mut doc.transact_mut(), "x");
            doc.transact().encode_diff_v1(&before)
        };
        (0..letters).map(one).collect()
    }

    fn nothing() -> Result<Vec<Vec<u8>>, StoreError> {
        Ok(Vec::new())
    }

    #[test]
    fn the_disk_is_read_once() {
        let (mut gates, updates) = (Gates::default(), written(1, 4));
        gates.added(DOCUMENT, &updates[1], || Ok(vec![updates[0].clone()])).unwrap();
        gates.added(DOCUMENT, &updates[2], || panic!("it is known")).unwrap();
        gates.says(DOCUMENT, &updates[3], || panic!("it is known"), Vec::new).unwrap();
    }

    #[test]
    fn what_builds_on_something_missing_passes_neither_way() {
        let (mut gates, updates) = (Gates::default(), written(1, 3));
        let missing = |result| matches!(result, Err(Ungated::Refused(GateRefusal::MissingDependency)));
        assert!(missing(gates.added(DOCUMENT, &updates[1], nothing)));
        assert!(missing(gates.says(DOCUMENT, &updates[1], nothing, Vec::new)));
        // What was said here counts for what is said here, and for nothing that the server says.
        gates.unsay(DOCUMENT);
        gates.says(DOCUMENT, &updates[1], nothing, || vec![updates[0].clone()]).unwrap();
        assert!(missing(gates.added(DOCUMENT, &updates[2], nothing)));
        gates.says(DOCUMENT, &updates[2], nothing, || vec![updates[0].clone(), updates[1].clone()]).unwrap();
    }

    #[test]
    #[ignore = "a measurement: cargo test -p folkmoot-client --lib ten_thousand -- --ignored --nocapture"]
    fn what_ten_thousand_updates_cost() {
        let updates = written(1, 10_001);
        let (held, last) = updates.split_at(10_000);
        let (mut gates, began) = (Gates::default(), std::time::Instant::now());
        gates.added(DOCUMENT, &last[0], || Ok(held.to_vec())).unwrap();
        println!("the first change of a document of 10,000 updates: {:?}", began.elapsed());
        let (mut gates, began) = (Gates::default(), std::time::Instant::now());
        held.iter().for_each(|update| gates.added(DOCUMENT, update, nothing).unwrap());
        println!("10,000 changes, one after the other: {:?}", began.elapsed());
    }

    #[test]
    fn a_bomb_passes_neither_way() {
        let mut gates = Gates::default();
        let bomb = [0xff, 0xff, 0xff, 0xff, 0x0f];
        assert!(gates.checkpoint(DOCUMENT, &bomb).is_err());
        assert!(gates.added(DOCUMENT, &bomb, nothing).is_err());
        assert!(gates.says(DOCUMENT, &bomb, nothing, Vec::new).is_err());
    }

    #[test]
    fn gates_are_kept_within_a_bound() {
        let mut gates = Gates::default();
        let large = {
            let doc = Doc::with_client_id(1);
            doc.get_or_insert_text("content").push(&mut doc.transact_mut(), &"x".repeat(900_000));
            doc.transact().encode_state_as_update_v1(&yrs::StateVector::default())
        };
        for n in 0..100 {
            gates.checkpoint(StreamId([n; 16]), &large).unwrap();
        }
        let bytes: u64 = gates.held.values().map(Gated::bytes).sum();
        assert!(bytes <= BYTES_MAX && gates.held.len() > 10, "{} gates", gates.held.len());
        assert!(gates.held.contains_key(&StreamId([99; 16])));
    }
}
