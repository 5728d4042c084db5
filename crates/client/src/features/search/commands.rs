//! What a person does: finding things by their names.

use folkmoot_model::writing::normal;
use serde::{Deserialize, Serialize};

/// Finding things by their names.
#[derive(Debug, Clone, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "do", rename_all = "snake_case")]
#[ts(export, export_to = "command.ts")]
pub enum SearchCommand {
    /// Rooms, documents and people whose name fits, best first; recent ones for an empty query. Answers
    /// [`Done::Found`].
    Find { query: String },
}

impl SearchCommand {
    /// With what was typed in the form in which names are kept.
    pub fn typed(self) -> Self {
        match self {
            Self::Find { query } => Self::Find { query: normal(&query).into() },
        }
    }
}
