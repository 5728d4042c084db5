//! What things mean. Pure: no IO, clock or randomness.
//!
//! Everything durable is an [`event::Event`] in a stream. [`rule::permit`] says whether it may happen, [`fold`] turns
//! events into [`row`]s, and each feature's events, rows, rules and steps stand together in one file. Read
//! `features/messages.rs` first: the others are like it.

mod base64;
pub mod event;
pub mod fact;
pub mod features;
pub mod fold;
pub mod id;
pub mod key;
pub mod looks;
pub mod mutant;
pub mod refusal;
pub mod row;
pub mod rule;
pub mod shown;
pub mod signal;
pub mod writing;
pub mod yjs;
