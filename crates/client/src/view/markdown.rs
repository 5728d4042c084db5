//! A message's Markdown as a typed tree, for the screen, for notifications and for search. Never HTML.

mod parse;
mod plain;

pub use parse::parse;
pub use plain::plain_text;

use folkmoot_model::id::PersonId;
use serde::{Deserialize, Serialize};

/// A block of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "block", rename_all = "snake_case")]
#[ts(export, export_to = "markdown.ts")]
pub enum Block {
    /// A paragraph.
    Paragraph { inlines: Vec<Inline> },
    /// A heading, level 1 to 6.
    Heading { level: u8, inlines: Vec<Inline> },
    /// A quotation.
    Quote { blocks: Vec<Block> },
    /// A block of code; the language, or what else was written beside the fence, or empty.
    Code { language: String, text: String },
    /// A list; `start` is the first number of an ordered one.
    List { start: Option<u32>, items: Vec<ListItem> },
    /// A table; the first row is its head.
    Table { rows: Vec<Vec<Vec<Inline>>> },
    /// A rule.
    Rule,
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, export_to = "markdown.ts")]
pub struct ListItem {
    /// Its number as it was written, in an ordered list.
    pub number: Option<u32>,
    /// Ticked or not, if it has a box.
    pub checked: Option<bool>,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A run within a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "inline", rename_all = "snake_case")]
#[ts(export, export_to = "markdown.ts")]
pub enum Inline {
    /// Plain text.
    Text { text: String },
    /// Strong.
    Strong { inlines: Vec<Inline> },
    /// Emphasised.
    Emphasis { inlines: Vec<Inline> },
    /// Struck through.
    Strike { inlines: Vec<Inline> },
    /// Code.
    Code { text: String },
    /// A link; only http, https, mailto and folkmoot ones are kept as links.
    Link { href: String, inlines: Vec<Inline> },
    /// A person named in the message.
    Mention { person: PersonId, name: String, me: bool },
    /// A line break.
    Break,
}
