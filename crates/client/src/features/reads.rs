//! What is unread, and what of a room notifies.

pub mod commands;
