//! A document in a terminal: the same channel as an editor's, with a Y.Doc that lives for one call.

use crate::call::Call;
use crate::end::End;
use anyhow::Context;
use folkmoot_client::command::Refused;
use folkmoot_client::doc_bridge::{SYNCED, UPDATE};
use folkmoot_client::handle::DocumentChannel;
use folkmoot_client::view::LinkState;
use folkmoot_model::features::documents::DocumentKind;
use folkmoot_model::id::StreamId;
use folkmoot_model::key::Key;
use folkmoot_model::refusal::Code;
use folkmoot_model::row::Value;
use folkmoot_model::yjs::document_text::{prose_of, text_of};
use yrs::block::ClientID;
use yrs::updates::decoder::Decode;
use yrs::{Doc, OffsetKind, Options, Text, Transact, Update};

/// The root of every document's body.
const ROOT: &str = "content";

/// A document, open.
pub struct Open {
    channel: DocumentChannel,
    doc: Doc,
    kind: DocumentKind,
}

impl Open {
    /// Opens a document of `room` as of the server's state, or of what is held where there is no link. Refused with
    /// [`Refused::NotHeld`] if neither is there.
    pub async fn document(call: &Call, room: StreamId, document: StreamId) -> Result<Self, End> {
        let mut channel = call.handle.doc_open(document).await?;
        // Never the same Yjs client twice: its clocks would begin anew.
        let mut client = [0; 4];
        getrandom::fill(&mut client).context("no randomness")?;
        let mut options = Options::with_client_id(ClientID::new(u64::from(u32::from_be_bytes(client).max(1))));
        options.offset_kind = OffsetKind::Utf16;
        let doc = Doc::with_options(options);
        let mut has_state = false;
        loop {
            let up = !matches!(call.status().link, LinkState::Never | LinkState::Offline { .. });
            if has_state && !up {
                break;
            }
            let frame = match tokio::time::timeout_at(call.deadline(), channel.frames.recv()).await {
                Ok(Some(frame)) => frame,
                Ok(None) => return Err(Refused::NotHeld.into()),
                Err(_) => break,
            };
            match frame.split_first() {
                Some((&UPDATE, update)) => {
                    apply(&doc, update)?;
                    has_state = true;
                }
                Some((&SYNCED, _)) => break,
                _ => {}
            }
        }
        let head = call.held(move |source| {
            let listed = match source.row(room, &Key::Document(document)).map(|row| row.value) {
                Some(Value::Document(row)) => Some(row.kind),
                _ => None,
            };
            listed.filter(|_| source.row(document, &Key::Head).is_some())
        });
        let kind = head.await?.ok_or(Refused::NotHeld)?;
        Ok(Self { channel, doc, kind })
    }

    /// Its text.
    pub fn text(&self) -> String {
        match self.kind {
            DocumentKind::Code => text_of(&self.doc, ROOT),
            DocumentKind::RichText => prose_of(&self.doc, ROOT),
        }
    }

    /// Inserts `text` after `at` characters. Refused with `bad_request` for rich text, whose blocks a terminal cannot
    /// make.
    pub async fn insert(&self, call: &Call, at: usize, text: &str) -> Result<(), End> {
        let before: String = self.plain()?.chars().take(at).collect();
        self.change(call, units(&before), 0, text).await
    }

    /// Replaces the whole text by the smallest change that does it. Refused as [`Open::insert`].
    pub async fn replace(&self, call: &Call, to: &str) -> Result<(), End> {
        let from = self.plain()?;
        let same = |pair: &(char, char)| pair.0 == pair.1;
        let begin: usize = from.chars().zip(to.chars()).take_while(same).map(|(char, _)| char.len_utf8()).sum();
        let (old, new) = (&from[begin..], &to[begin..]);
        let end: usize =
            old.chars().rev().zip(new.chars().rev()).take_while(same).map(|(char, _)| char.len_utf8()).sum();
        let (removed, inserted) = (&old[..old.len() - end], &new[..new.len() - end]);
        self.change(call, units(&from[..begin]), units(removed), inserted).await
    }

    fn plain(&self) -> Result<String, End> {
        match self.kind {
            DocumentKind::Code => Ok(self.text()),
            DocumentKind::RichText => Err(Refused::Rule { refusal: Code::BadRequest.into() }.into()),
        }
    }

    async fn change(&self, call: &Call, at: u32, removed: u32, inserted: &str) -> Result<(), End> {
        if removed == 0 && inserted.is_empty() {
            return Ok(());
        }
        let update = {
            let text = self.doc.get_or_insert_text(ROOT);
            let mut txn = self.doc.transact_mut();
            if removed > 0 {
                text.remove_range(&mut txn, at, removed);
            }
            if !inserted.is_empty() {
                text.insert(&mut txn, at, inserted);
            }
            txn.encode_update_v1()
        };
        call.handle.doc_push(self.channel.number, [&[UPDATE], update.as_slice()].concat()).await?;
        call.drain().await
    }
}

fn apply(doc: &Doc, update: &[u8]) -> Result<(), End> {
    let update = Update::decode_v1(update).context("the document cannot be read")?;
    doc.transact_mut().apply_update(update).context("the document cannot be read")?;
    Ok(())
}

/// The length of `text` in UTF-16 units.
fn units(text: &str) -> u32 {
    text.chars().map(|char| char.len_utf16() as u32).sum()
}
