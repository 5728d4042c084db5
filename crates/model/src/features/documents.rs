//! Documents: their place in a room, and the Yjs updates that are their body.
//!
//! Bodies are not folded per event: a document's text is its checkpoint and the updates after it. Which update may
//! reach yrs at all is `gate.rs`.

use crate::fact::{About, At, Context, Fact, Parent, Scope, Words};
use crate::id::{EventId, PersonId, StreamId};
use crate::key::Key;
use crate::refusal::{Code, Refusal};
use crate::row::{Held, Row, Value};
use crate::rule::Authorization;
use crate::writing::named;
use crate::yjs::lib0::write_number;
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a document is. Its Yjs root is the Text, the XmlFragment or the Map named in `root`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema, ts_rs::TS)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "model.ts")]
pub enum DocumentKind {
    /// Rich text: the XmlFragment `content`.
    #[n(0)]
    RichText,
    /// Code: the Text `content`.
    #[n(1)]
    Code,
}

/// A room lists a document, or lists it anew after a change of title or state.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct DocumentListed {
    /// Which.
    #[n(0)]
    pub document: StreamId,
    /// What it is; never changes after the first listing.
    #[n(1)]
    pub kind: DocumentKind,
    /// Its title.
    #[n(2)]
    pub title: String,
    /// Is it archived?
    #[n(3)]
    pub archived: bool,
}

/// A document's stream was opened.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct DocumentOpened {
    /// Its room, for ever.
    #[n(0)]
    pub room: StreamId,
    /// What it is.
    #[n(1)]
    pub kind: DocumentKind,
}

/// A document's body was changed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct DocumentEdited {
    /// A Yjs update, version 1 encoding, of this author's Yjs clients.
    #[n(0)]
    #[cbor(with = "minicbor::bytes")]
    #[serde(with = "crate::base64")]
    #[schemars(with = "crate::base64::Base64")]
    pub update: Vec<u8>,
}

/// The head of a document.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DocumentHead {
    /// Its room.
    #[n(0)]
    pub room: StreamId,
    /// What it is.
    #[n(1)]
    pub kind: DocumentKind,
}

/// A document as its room lists it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct DocumentRow {
    /// What it is.
    #[n(0)]
    pub kind: DocumentKind,
    /// Its title.
    #[n(1)]
    pub title: String,
    /// Is it archived?
    #[n(2)]
    pub archived: bool,
    /// Who made it.
    #[n(3)]
    pub by: PersonId,
    /// When it was made, Unix milliseconds.
    #[n(4)]
    pub at_ms: u64,
}

impl Fact for DocumentListed {
    const SCOPE: Scope = Scope::Room;

    fn about(&self, _: EventId) -> About {
        About::Document(self.document)
    }

    fn words(&self) -> Words<'_> {
        self.title.as_str().into()
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Document(self.document)]
    }

    /// One that is not opened yet may be listed; one of another room may not.
    fn permit(&self, author: &Authorization, context: &Context<'_>) -> Result<(), Refusal> {
        named(&self.title)?;
        author.writes()?;
        // An id that derives from people or a space could be guessed: whether it exists is nobody's business.
        if !self.document.is_minted() {
            return Err(Code::BadRequest.into());
        }
        match context.head_of(self.document) {
            Held::Row(Row { value: Value::DocumentHead(head), .. }) if head.room == context.stream => Ok(()),
            Held::Row(_) => Err(Code::TargetMissing.into()),
            Held::Unknown | Held::Absent => Ok(()),
        }
    }

    fn step(&self, _: &Key, before: Option<Value>, at: &At) -> Option<Value> {
        let (kind, by, at_ms) = match before {
            Some(Value::Document(before)) => (before.kind, before.by, before.at_ms),
            _ => (self.kind, at.author, at.at_ms),
        };
        Some(Value::Document(DocumentRow { kind, title: self.title.clone(), archived: self.archived, by, at_ms }))
    }
}

impl Fact for DocumentOpened {
    const SCOPE: Scope = Scope::Opening;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Head]
    }

    fn permit(&self, author: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        author.writes().and_then(|()| author.openable())
    }

    fn step(&self, _: &Key, _: Option<Value>, _: &At) -> Option<Value> {
        Some(Value::DocumentHead(DocumentHead { room: self.room, kind: self.kind }))
    }

    fn parent(&self) -> Option<Parent> {
        Some(Parent::Room(self.room))
    }
}

impl Fact for DocumentEdited {
    const SCOPE: Scope = Scope::Document;
    /// Only what Yjs makes may be large: `limits.rs` bounds frames and states.
    const BODY_BYTES_MAX: usize = usize::MAX;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::Update(&self.update)
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        Vec::new()
    }

    fn permit(&self, author: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        author.writes()
    }

    fn step(&self, _: &Key, before: Option<Value>, _: &At) -> Option<Value> {
        before
    }

    fn update(&self) -> Option<&[u8]> {
        Some(&self.update)
    }
}

/// So many updates are merged at once: yrs sorts all that it merges anew for each element that it takes.
const MERGED_AT_ONCE: usize = 16;

/// One update that says what all of these say, in order; `None` if one of them cannot be read. Only for updates that
/// passed the gate, or that this device made itself.
pub fn merge_updates(updates: &[&[u8]]) -> Option<Vec<u8>> {
    match updates {
        [one] => Some(one.to_vec()),
        few if few.len() <= MERGED_AT_ONCE => yrs::merge_updates_v1(few).ok(),
        many => {
            let merged: Option<Vec<Vec<u8>>> = many.chunks(MERGED_AT_ONCE).map(merge_updates).collect();
            merge_updates(&merged?.iter().map(Vec::as_slice).collect::<Vec<_>>())
        }
    }
}

/// What `state` says beyond what a reader has, who holds each Yjs client up to the clock that `have` names. `None` if
/// it cannot be read. Only for what passed the gate.
pub fn beyond(state: &[u8], have: &BTreeMap<u32, u32>) -> Option<Vec<u8>> {
    if have.is_empty() {
        return Some(state.to_vec());
    }
    let mut vector = Vec::new();
    write_number(&mut vector, u32::try_from(have.len()).ok()?);
    for number in have.iter().flat_map(|(client, clock)| [*client, *clock]) {
        write_number(&mut vector, number);
    }
    yrs::diff_updates_v1(state, &vector).ok()
}

/// The next clock of each Yjs client that `state` holds, as Yjs encodes its state vectors. `None` if it cannot be read.
/// Only for what passed the gate.
pub fn state_vector(state: &[u8]) -> Option<Vec<u8>> {
    yrs::encode_state_vector_from_update_v1(state).ok()
}
