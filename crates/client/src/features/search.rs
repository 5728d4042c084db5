//! Finding things by their names.

pub mod commands;
