//! What a person does: documents.

use crate::command::{Done, Ordered, Ordering, Refused};
use folkmoot_model::features::documents::{DocumentKind, DocumentListed, DocumentOpened};
use folkmoot_model::id::StreamId;
use folkmoot_model::key::Key;
use folkmoot_model::row::Value;
use folkmoot_model::writing::typed_name;
use serde::{Deserialize, Serialize};

/// Documents.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum DocumentCommand {
    /// Make a document in a room. Answers [`Done::Opened`].
    CreateDocument { room: StreamId, kind: DocumentKind, title: String },
    /// Change a document's title, or archive it.
    ChangeDocument { room: StreamId, document: StreamId, title: String, archived: bool },
}

impl DocumentCommand {
    /// With what was typed in the form in which it is kept.
    pub fn typed(self) -> Self {
        match self {
            Self::CreateDocument { room, kind, title } => {
                Self::CreateDocument { room, kind, title: typed_name(&title) }
            }
            Self::ChangeDocument { room, document, title, archived } => {
                Self::ChangeDocument { room, document, title: typed_name(&title), archived }
            }
        }
    }

    /// The events that say it.
    pub(crate) fn order(self, on: &Ordering<'_>) -> Result<Ordered, Refused> {
        match self {
            Self::CreateDocument { room, kind, title } => {
                let document = StreamId(on.first.0);
                let listed = DocumentListed { document, kind, title, archived: false };
                let events = vec![(document, DocumentOpened { room, kind }.into()), (room, listed.into())];
                Ok(Ordered { events, done: Done::Opened { stream: document } })
            }
            Self::ChangeDocument { room, document, title, archived } => {
                let row = on.source.row(room, &Key::Document(document)).ok_or(Refused::NotHeld)?;
                let Value::Document(row) = row.value else { return Err(Refused::NotHeld) };
                Ok(Ordered::one(room, DocumentListed { document, kind: row.kind, title, archived }))
            }
        }
    }
}
