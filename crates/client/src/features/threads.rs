//! Threads: talk that hangs on a message, beside the talk of its room.

pub mod commands;
pub mod list;
pub mod view;

#[cfg(test)]
mod tests;
