//! What the server says of documents passes the gate before it is kept. A document of which something does not pass is
//! fetched anew, once; if that does not help it is damaged: what was held stays readable, nothing is taken in or
//! written any more, and the next process fetches it anew again, since that may be a newer app.

use super::core::{Core, Home};
use crate::doc_bridge::gates::Ungated;
use folkmoot_model::id::StreamId;
use folkmoot_store::StoreError;
use folkmoot_sync::replica::io::{Changes, Input};

impl Core {
    /// `changes` without what did not pass. Fails where the disk does.
    pub(super) fn gated(&mut self, mut changes: Changes) -> Result<Changes, StoreError> {
        let Home::Open(open) = &mut self.home else { return Ok(changes) };
        let device = &mut open.device;
        let mut refused: Vec<StreamId> = Vec::new();
        for stream in &changes.forget {
            self.gates.forget(*stream);
        }
        for (document, seq, body) in std::mem::take(&mut changes.checkpoints) {
            match self.gates.checkpoint(document, &body) {
                Ok(()) => changes.checkpoints.push((document, seq, body)),
                Err(refusal) => {
                    tracing::error!(%document, seq, %refusal, "the server sent a state that is not sound");
                    refused.push(document);
                }
            }
        }
        let whole = |document: &StreamId| changes.forget.contains(document);
        let damaged = |document: &StreamId| device.is_damaged(*document) && !whole(document);
        for (document, seq, update) in std::mem::take(&mut changes.updates) {
            if refused.contains(&document) || damaged(&document) {
                continue;
            }
            let held = || if whole(&document) { Ok(Vec::new()) } else { device.document(document) };
            match self.gates.added(document, &update, held) {
                Ok(()) => changes.updates.push((document, seq, update)),
                Err(Ungated::Store(error)) => return Err(error),
                Err(Ungated::Refused(refusal)) => {
                    tracing::error!(%document, seq, %refusal, "the server sent a change that is not sound");
                    refused.push(document);
                }
            }
        }
        for document in refused {
            device.damage(document)?;
            self.dirty.streams([document]);
            self.documents.show_anew(document);
            if self.fetched_anew.insert(document) {
                self.inputs.push_back(Input::FetchAnew { document });
            }
        }
        Ok(changes)
    }

    /// Fetches what is damaged anew, once in a process.
    pub(super) fn mend_documents(&mut self) {
        let Home::Open(open) = &self.home else { return };
        for document in open.device.damaged() {
            if self.fetched_anew.insert(document) {
                self.inputs.push_back(Input::FetchAnew { document });
            }
        }
    }
}
