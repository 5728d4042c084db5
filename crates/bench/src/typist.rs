//! Somebody who types a long document, character by character.

use folkmoot_model::event::Event;
use folkmoot_model::features::documents::DocumentEdited;
use folkmoot_wire::limits::SUBMIT_EVENTS_MAX;
use std::time::Duration;
use yrs::{ClientID, Doc, Options, Text, TextRef, Transact};

/// Nobody writes a quarter of a million edits in seconds. A checkpoint is made beside the writing, for at most a tenth of
/// the time, and asked for by an edit: so long, and the longest document has had the time that it would have had.
pub const CHECKPOINTED: Duration = Duration::from_secs(3);

/// A document that is being typed.
pub struct Typist {
    doc: Doc,
    body: TextRef,
    typed: u32,
    at: u32,
}

impl Default for Typist {
    fn default() -> Self {
        let doc = Doc::with_options(Options::with_client_id(ClientID::new(9)));
        Self { body: doc.get_or_insert_text("content"), doc, typed: 0, at: 0 }
    }
}

impl Typist {
    /// One more character.
    pub fn edit(&mut self) -> Event {
        // A line here and a line there, as people do.
        if self.typed.is_multiple_of(60) {
            self.at = self.typed.wrapping_mul(2_654_435_761) % (self.typed + 1);
        }
        let mut change = self.doc.transact_mut();
        self.body.insert(&mut change, self.at, "x");
        (self.typed, self.at) = (self.typed + 1, self.at + 1);
        DocumentEdited { update: change.encode_update_v1() }.into()
    }

    /// As many more as there may be in one submit, until there are so many. `None` when there are.
    pub fn batch(&mut self, edits: usize) -> Option<Vec<Event>> {
        let left = edits.saturating_sub(self.typed as usize);
        (left > 0).then(|| (0..left.min(SUBMIT_EVENTS_MAX)).map(|_| self.edit()).collect())
    }
}
