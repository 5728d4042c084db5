//! What this device saw of late, for the order in which things are listed. Nobody's work: lost, it costs an order.

use folkmoot_model::id::StreamId;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// Streams that are remembered as looked at.
const LOOKED_AT_MAX: usize = 50;

/// Documents that are remembered as changed.
const CHANGED_MAX: usize = 500;

/// How long the document that was changed last is changed on before that is written again, in milliseconds: its place
/// in a list is the same.
const CHANGED_EVERY_MS: u64 = 60_000;

/// It.
#[derive(Debug, Clone, Default, Encode, Decode)]
pub(super) struct Recents {
    /// What the person looked at, the last first.
    #[n(0)]
    pub(super) looked_at: Vec<StreamId>,
    /// When documents were last changed while this device saw it, Unix milliseconds.
    #[n(1)]
    pub(super) changed: BTreeMap<StreamId, u64>,
    /// It is not on the disk as it is.
    #[cbor(skip)]
    pub(super) unkept: bool,
    #[cbor(skip)]
    kept_ms: u64,
}

impl Recents {
    /// The person looks at it.
    pub(super) fn look(&mut self, at: StreamId) {
        if self.looked_at.first() != Some(&at) {
            self.looked_at.retain(|recent| *recent != at);
            self.looked_at.insert(0, at);
            self.looked_at.truncate(LOOKED_AT_MAX);
            self.unkept = true;
        }
    }

    /// Somebody changes a document now.
    pub(super) fn change(&mut self, document: StreamId, now_ms: u64) {
        let last = self.changed.iter().max_by_key(|(_, at_ms)| **at_ms).map(|(document, _)| *document);
        let before = self.changed.insert(document, now_ms);
        // A clock that was set back leaves times in the future behind.
        let goes_on = last == Some(document) && before.is_some_and(|before| before <= now_ms);
        if goes_on && now_ms < self.kept_ms + CHANGED_EVERY_MS {
            return;
        }
        if self.changed.len() > CHANGED_MAX
            && let Some(oldest) = self.changed.iter().min_by_key(|(_, at_ms)| **at_ms).map(|(document, _)| *document)
        {
            self.changed.remove(&oldest);
        }
        (self.unkept, self.kept_ms) = (true, now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_on_in_a_document_is_written_once_a_minute_and_the_oldest_is_forgotten() {
        let (mut recents, one, other) = (Recents::default(), StreamId([0xff; 16]), StreamId([0xfe; 16]));
        let mut writes = |document, now_ms| {
            recents.change(document, now_ms);
            std::mem::take(&mut recents.unkept)
        };
        let written = [(one, 1_000), (one, 60_999), (one, 61_000), (other, 61_001), (one, 61_002), (one, 5)];
        assert_eq!(written.map(|(document, now_ms)| writes(document, now_ms)), [true, false, true, true, true, true]);
        for n in 0..CHANGED_MAX as u64 {
            recents.change(StreamId(u128::from(n).to_be_bytes()), 70_000 + n);
        }
        assert_eq!(recents.changed.len(), CHANGED_MAX);
        assert!(!recents.changed.contains_key(&one));
    }
}
