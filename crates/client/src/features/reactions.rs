//! Reactions.

pub mod commands;
