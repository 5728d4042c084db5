//! What things mean. Pure: no IO, clock or randomness.
//!
//! Everything durable is an [`event::Event`] in a stream. [`rule::permit`] says whether it may happen, [`fold`] turns
//! events into [`row`]s, and each feature's events, rows, rules and steps stand together in one file. Read
//! `messages.rs` first: the others are like it.

pub mod directory;
pub mod document_text;
pub mod documents;
pub mod event;
pub mod fold;
pub mod gate;
pub mod id;
pub mod lib0;
pub mod members;
pub mod mentions;
pub mod messages;
pub mod mutant;
pub mod reactions;
pub mod reads;
pub mod refusal;
pub mod rooms;
pub mod row;
pub mod rule;
pub mod shown;
pub mod signal;
pub mod text;
pub mod writing;
