//! Documents between editors and the replica: what is pushed is journalled, what is behind is given the whole state.

use super::Reply;
use super::core::{Core, Home, Open};
use crate::command::{Done, Refused};
use crate::doc_bridge::gates::Ungated;
use crate::doc_bridge::{self, AWARENESS, Behind, UPDATE};
use folkmoot_model::features::documents::{DocumentEdited, merge_updates};
use folkmoot_model::id::StreamId;
use folkmoot_model::refusal::{Code, Refusal};
use folkmoot_model::signal::Signal;
use folkmoot_model::yjs::gate::rename::rename;
use folkmoot_model::yjs::gate::{GateRefusal, UPDATE_BYTES_MAX};
use folkmoot_sync::replica::io::Input;
use folkmoot_wire::limits::SIGNAL_BYTES_MAX;
use tokio::sync::mpsc;

/// A Yjs update that says nothing: no clients, no deletions.
const NOTHING: [u8; 2] = [0, 0];

/// Bytes of a signal around its awareness update.
const SIGNAL_FRAME_BYTES: usize = 16;

impl Core {
    /// Opens a document for an editor; its state follows at the end of the turn.
    pub(super) fn open_document(&mut self, document: StreamId, sink: mpsc::Sender<Vec<u8>>) -> Result<u32, Refused> {
        if !matches!(self.home, Home::Open(_)) {
            return Err(self.closed());
        }
        let (channel, first) = self.documents.open(document, sink);
        if first {
            self.inputs.push_back(Input::Follow { document });
            self.feed_waiting();
        }
        Ok(channel)
    }

    /// Takes a frame of an editor. An edit is answered once it is on the disk.
    pub(super) fn push_document(&mut self, channel: u32, frame: Vec<u8>, reply: Reply) {
        let Some(document) = self.documents.of_channel(channel) else {
            return self.answer(reply, Err(Refused::NotHeld));
        };
        match frame.split_first() {
            Some((&UPDATE, update)) => match self.admitted(document, channel, update) {
                Ok(update) => {
                    self.documents.tell_others(channel, &doc_bridge::update(&update));
                    self.recents.change(document, self.now_ms);
                    self.dirty.streams([document]);
                    self.feed_and_answer(Input::Edit { document, update }, Done::Ok, reply);
                }
                Err(refused) => self.answer(reply, Err(refused)),
            },
            Some((&AWARENESS, update)) if update.len() + SIGNAL_FRAME_BYTES <= SIGNAL_BYTES_MAX => {
                self.documents.shown(channel, update);
                self.documents.tell_others(channel, &frame);
                let signal = Signal::Awareness { update: update.to_vec() };
                self.inputs.push_back(Input::Signal { stream: document, signal });
                self.answer(reply, Ok(Done::Ok));
            }
            Some((&AWARENESS, _)) => self.answer(reply, Err(Refusal::too_large(SIGNAL_BYTES_MAX).into())),
            _ => self.answer(reply, Err(Refusal::from(Code::BadRequest).into())),
        }
    }

    /// Closes an editor's channel. Its caret goes; the document is followed on, so that it opens without the network.
    pub(super) fn close_document(&mut self, channel: u32) {
        let Some(closed) = self.documents.close(channel) else { return };
        if let Some(update) = closed.removal {
            self.inputs.push_back(Input::Signal { stream: closed.document, signal: Signal::Awareness { update } });
        }
        if closed.last {
            self.gates.unsay(closed.document);
            self.inputs.push_back(Input::Unfollow { document: closed.document });
        }
    }

    /// Gives the whole state to all channels that are behind, as far as they have room.
    pub(super) fn show_documents(&mut self) {
        for (channel, document, behind) in self.documents.behind() {
            match behind {
                Behind::Room => match self.document_state(document) {
                    Ok(state) => self.documents.give(channel, &state),
                    Err(refused) => tracing::error!(%document, %refused, "its state cannot be shown"),
                },
                Behind::Full(sink) => self.wait_for_room(sink),
                Behind::Waiting => {}
                Behind::Closed => self.close_document(channel),
            }
        }
        self.settle();
    }

    /// The document's whole state as one update: what is held, and what the person has said above it.
    pub(super) fn document_state(&mut self, document: StreamId) -> Result<Vec<u8>, Refused> {
        let Home::Open(open) = &self.home else { return Err(self.closed()) };
        let mut pieces = open.device.document(document)?;
        pieces.extend(said(open, document));
        let pieces: Vec<&[u8]> = pieces.iter().map(Vec::as_slice).collect();
        if pieces.is_empty() {
            return Ok(NOTHING.to_vec());
        }
        merge_updates(&pieces).ok_or_else(|| Refused::Storage { detail: "the document cannot be merged".into() })
    }

    /// What an editor says, as it is to be kept: permitted, sound, and under ids that are its own.
    fn admitted(&mut self, document: StreamId, channel: u32, update: &[u8]) -> Result<Vec<u8>, Refused> {
        if update.len() > UPDATE_BYTES_MAX {
            return Err(Refusal::too_large(UPDATE_BYTES_MAX).into());
        }
        self.may_write(document)?;
        let refused = |refusal: GateRefusal| Refused::from(Refusal::from(refusal));
        let update = match self.documents.renamed_at(channel) {
            Some(names) => rename(update, names).map_err(refused)?,
            None => update.to_vec(),
        };
        let Home::Open(open) = &self.home else { return Err(self.closed()) };
        match self.gates.says(document, &update, || open.device.document(document), || said(open, document)) {
            Ok(()) => Ok(update),
            Err(Ungated::Refused(refusal)) => {
                tracing::warn!(%document, %refusal, "an editor said what is not sound");
                Err(refused(refusal))
            }
            Err(Ungated::Store(error)) => Err(error.into()),
        }
    }

    /// May the person write in this document, as far as is known?
    pub(super) fn may_write(&mut self, document: StreamId) -> Result<(), Refused> {
        let now_ms = self.now_ms;
        let Home::Open(open) = &mut self.home else { return Err(self.closed()) };
        if open.session.signed_out {
            return Err(Refused::SignedOut);
        }
        if open.device.is_damaged(document) {
            return Err(Refused::Damaged);
        }
        // What may be edited does not depend on what the edit says.
        let (id, event) = (open.replica.mint(now_ms), DocumentEdited { update: Vec::new() }.into());
        Ok(open.replica.permits(&open.device, document, id, &event)?)
    }
}

/// What this device has said of a document above what is held, and nobody has refused.
fn said(open: &Open, document: StreamId) -> Vec<Vec<u8>> {
    let outbox = open.replica.outbox();
    let sent = outbox.overlaid(document).filter_map(|item| item.envelope.event().ok()?.update().map(<[u8]>::to_vec));
    sent.chain(outbox.unsent(document).map(<[u8]>::to_vec)).collect()
}
