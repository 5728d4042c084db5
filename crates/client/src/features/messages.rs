//! Messages.

pub mod commands;
