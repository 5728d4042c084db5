//! Why something is not permitted: a code and its data. Words for it are chosen in the UI; nobody matches strings.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The reason class of a refusal. The numbers are the wire's and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize, ts_rs::TS)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "model.ts")]
pub enum Code {
    /// The event cannot be read, or breaks the rules of its kind.
    #[n(1)]
    BadRequest,
    /// A bound of `limits.rs` or of the model is passed.
    #[n(2)]
    TooLarge,
    /// What the event speaks of does not exist, or was deleted.
    #[n(3)]
    TargetMissing,
    /// The person is a member but may not do this.
    #[n(4)]
    Forbidden,
    /// The person is not a member of the stream or of one above it.
    #[n(5)]
    NotMember,
    /// The id was used before for something else.
    #[n(6)]
    IdReuse,
    /// The receiver is too old to know this kind of event.
    #[n(7)]
    Upgrade,
    /// The room is archived: it can be read, not written in.
    #[n(8)]
    Archived,
    /// A quota of the person or the space is used up: bytes stored, rooms, documents, or what may be opened in a day.
    #[n(9)]
    Quota,
}

/// What a bound counts, where that is not bytes. The numbers are the wire's and are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize, ts_rs::TS)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "model.ts")]
pub enum Unit {
    /// People who are in a room when it is opened.
    #[n(1)]
    People,
    /// People whom a message addresses.
    #[n(2)]
    Mentions,
    /// Edits of a message.
    #[n(3)]
    Edits,
    /// Different emoji below a message.
    #[n(4)]
    Emoji,
    /// Messages that are pinned in a room.
    #[n(5)]
    Pins,
}

/// A refusal: final, stored by the server, and repeated for every resend of the same event.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, thiserror::Error, ts_rs::TS)]
#[error("{code:?}")]
#[ts(export, export_to = "model.ts")]
pub struct Refusal {
    /// The reason class.
    #[n(0)]
    pub code: Code,
    /// The bound that was passed, where there is one.
    #[n(1)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(as = "Option<u32>", optional)]
    pub limit: Option<u64>,
    /// What that bound counts; `None` for bytes. Who does not know it takes any bound for one of bytes.
    #[n(2)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub unit: Option<Unit>,
}

impl Refusal {
    /// A refusal because it has more than `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        Self { limit: Some(limit as u64), ..Code::TooLarge.into() }
    }

    /// A refusal because there are more than `limit` of what is counted.
    pub fn too_many(limit: usize, unit: Unit) -> Self {
        Self { unit: Some(unit), ..Self::too_large(limit) }
    }

    /// A refusal because the quota `limit` is used up.
    pub fn quota(limit: u64) -> Self {
        Self { limit: Some(limit), ..Code::Quota.into() }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self { code, limit: None, unit: None }
    }
}
