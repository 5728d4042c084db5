//! The text of a message: plain until its first edit, then a small Yjs document whose Text `content` holds it.
//!
//! Whoever edits builds the same document from the plain text, so two people can edit at once and offline: an edit
//! replaces what changed in one piece, and two rewrites of the same words both survive whole, side by side. A delta
//! speaks only as the Yjs client derived from its edit's id, so nobody can use up another's clocks. Who may edit is not
//! decided here, nor are deltas kept: the log has them.

use crate::id::EventId;
use crate::yjs::gate::scan::{Content, Id, Parent, Scan, scan};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use yrs::block::ClientID;
use yrs::updates::decoder::Decode as _;
use yrs::{Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update};

/// The longest message, in bytes of UTF-8: some 6,000 words. Longer texts are documents.
pub const TEXT_BYTES_MAX: usize = 40_000;

/// The largest delta: the longest text, and the ranges that it replaces.
pub const DELTA_BYTES_MAX: usize = 2 * TEXT_BYTES_MAX;

/// The root that holds the text.
const ROOT: &str = "content";

/// The text of a message: plain until its first edit, then a small Yjs document.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MessageText {
    #[n(0)]
    text: String,
    /// The document's state in version 1 encoding, once edited. The same deltas in the same order give the same bytes.
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    state: Option<Vec<u8>>,
}

/// Why a delta may not be carried by an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeltaRefusal {
    /// It is not a delta such as [`MessageText::delta`] makes. The text is for logs.
    #[error("malformed delta: {0}")]
    Malformed(&'static str),
    /// The text would pass [`TEXT_BYTES_MAX`]; two edits at once can do that together.
    #[error("the text would be too large")]
    TooLarge,
    /// It builds on an edit that the message does not have.
    #[error("the delta builds on something missing")]
    MissingDependency,
    /// It speaks as another Yjs client than its edit's, or that client has spoken before.
    #[error("the delta speaks as another Yjs client")]
    ForeignClient,
}

impl MessageText {
    /// A text that was never edited.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), state: None }
    }

    /// The text as it is read.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The delta that turns this text of `message` into `to`, as the edit `edit`. `None` when nothing changes.
    pub fn delta(&self, message: EventId, edit: EventId, to: &str) -> Option<Vec<u8>> {
        let change = Change::between(&self.text, to)?;
        let doc = self.document(message, client(edit))?;
        let text = doc.get_or_insert_text(ROOT);
        let mut txn = doc.transact_mut();
        // The new stands before the old, so that what others append to the old meanwhile follows the new.
        if !change.inserted.is_empty() {
            text.insert(&mut txn, change.at, change.inserted);
        }
        if change.removed > 0 {
            text.remove_range(&mut txn, change.at + units(change.inserted), change.removed);
        }
        Some(txn.encode_update_v1())
    }

    /// May `edit` of `message` carry `delta`? It may if that inserts at most one run of text, as the Yjs client
    /// derived from `edit` and from clock 0, and builds only on what this text holds; made before other edits arrived
    /// it passes too. Gives the text that it leads to. Nothing is changed.
    pub fn admits(&self, message: EventId, edit: EventId, delta: &[u8]) -> Result<Self, DeltaRefusal> {
        let scan = self.check(message, delta)?;
        if scan.sections.iter().any(|section| section.client != client(edit)) {
            return Err(DeltaRefusal::ForeignClient);
        }
        let after = self.with(message, delta);
        if after.text.len() > TEXT_BYTES_MAX { Err(DeltaRefusal::TooLarge) } else { Ok(after) }
    }

    /// This text of `message` with `delta` applied. Never fails: a delta that does not apply leaves the text as it is.
    pub fn with(&self, message: EventId, delta: &[u8]) -> Self {
        self.applied(message, delta).unwrap_or_else(|| self.clone())
    }

    fn applied(&self, message: EventId, delta: &[u8]) -> Option<Self> {
        self.check(message, delta).ok()?;
        // Nothing is inserted here, so the client does not matter.
        let doc = self.document(message, 0)?;
        let text = doc.get_or_insert_text(ROOT);
        doc.transact_mut().apply_update(Update::decode_v1(delta).ok()?).ok()?;
        let txn = doc.transact();
        let state = txn.encode_state_as_update_v1(&StateVector::default());
        Some(Self { text: text.get_string(&txn), state: Some(state) })
    }

    /// Everything that does not depend on the edit's id. What passes, yrs applies whole.
    fn check<'d>(&self, message: EventId, delta: &'d [u8]) -> Result<Scan<'d>, DeltaRefusal> {
        if delta.len() > DELTA_BYTES_MAX {
            return Err(DeltaRefusal::TooLarge);
        }
        let scan = scan(delta).map_err(|_| DeltaRefusal::Malformed("not an update"))?;
        let held = self.held(message);
        let holds = |id: Id| held.get(&id.client).is_some_and(|end| id.clock < *end);
        match scan.sections.as_slice() {
            [] => {}
            [section] => {
                let [run] = section.structs.as_slice() else {
                    return Err(DeltaRefusal::Malformed("more than one insertion"));
                };
                if held.contains_key(&section.client) {
                    return Err(DeltaRefusal::ForeignClient);
                }
                if run.clock != 0 || ![run.origin, run.right].into_iter().flatten().all(holds) {
                    return Err(DeltaRefusal::MissingDependency);
                }
                if run.content != Content::Text {
                    return Err(DeltaRefusal::Malformed("not text"));
                }
                if run.key.is_some() || !matches!(run.parent, None | Some(Parent::Root(ROOT))) {
                    return Err(DeltaRefusal::Malformed("not in the message's text"));
                }
            }
            _ => return Err(DeltaRefusal::ForeignClient),
        }
        for (client, ranges) in &scan.deletions {
            let end = held.get(client).ok_or(DeltaRefusal::MissingDependency)?;
            if ranges.last().is_some_and(|last| last.end > *end) {
                return Err(DeltaRefusal::MissingDependency);
            }
        }
        Ok(scan)
    }

    /// The next clock of each Yjs client that has spoken.
    fn held(&self, message: EventId) -> BTreeMap<u32, u32> {
        match &self.state {
            None if self.text.is_empty() => BTreeMap::new(),
            None => BTreeMap::from([(client(message), units(&self.text))]),
            // Our own writing, so it scans.
            Some(state) => scan(state)
                .map(|scan| scan.sections.iter().map(|section| (section.client, section.end)).collect())
                .unwrap_or_default(),
        }
    }

    /// The document of this text, in which `client` goes on writing. `None` if the state cannot be read.
    fn document(&self, message: EventId, client: u32) -> Option<Doc> {
        match &self.state {
            Some(state) => {
                let doc = document(client);
                doc.transact_mut().apply_update(Update::decode_v1(state).ok()?).ok()?;
                Some(doc)
            }
            None => {
                let base = document(self::client(message));
                let text = base.get_or_insert_text(ROOT);
                text.insert(&mut base.transact_mut(), 0, &self.text);
                let doc = document(client);
                let state = base.transact().encode_state_as_update_v1(&StateVector::default());
                doc.transact_mut().apply_update(Update::decode_v1(&state).ok()?).ok()?;
                Some(doc)
            }
        }
    }
}

/// The Yjs client that speaks for `event`: a hash of its id, never 0.
fn client(event: EventId) -> u32 {
    let mut hash = blake3::Hasher::new();
    hash.update(b"folkmoot yjs client").update(event.as_bytes());
    let mut bytes = [0; 4];
    bytes.copy_from_slice(&hash.finalize().as_bytes()[..4]);
    u32::from_be_bytes(bytes).max(1)
}

/// An empty document of `client`. Offsets are UTF-16, as Yjs clocks are: counted in bytes, yrs' lengths underflow where
/// half a surrogate pair is deleted. The fixed id keeps chance out.
fn document(client: u32) -> Doc {
    let mut options = Options::with_guid_and_client_id("message".into(), ClientID::new(client.into()));
    options.offset_kind = OffsetKind::Utf16;
    Doc::with_options(options)
}

/// The length of `text` in UTF-16 units.
fn units(text: &str) -> u32 {
    text.chars().map(|char| char.len_utf16() as u32).sum()
}

/// What lies between the common beginning and the common end of two texts. Positions are UTF-16 units at boundaries of
/// chars, so that no surrogate pair is split.
#[derive(Debug, PartialEq, Eq)]
struct Change<'t> {
    at: u32,
    removed: u32,
    inserted: &'t str,
}

impl<'t> Change<'t> {
    /// `None` when the texts are equal.
    fn between(from: &str, to: &'t str) -> Option<Self> {
        if from == to {
            return None;
        }
        let same = |pair: &(char, char)| pair.0 == pair.1;
        let begin: usize = from.chars().zip(to.chars()).take_while(same).map(|(char, _)| char.len_utf8()).sum();
        let (old, new) = (&from[begin..], &to[begin..]);
        let end: usize =
            old.chars().rev().zip(new.chars().rev()).take_while(same).map(|(char, _)| char.len_utf8()).sum();
        Some(Self {
            at: units(&from[..begin]),
            removed: units(&old[..old.len() - end]),
            inserted: &new[..new.len() - end],
        })
    }
}

#[cfg(test)]
mod tests;
