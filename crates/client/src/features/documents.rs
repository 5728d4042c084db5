//! Documents.

pub mod commands;
