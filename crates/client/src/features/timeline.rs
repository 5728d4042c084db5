//! The window of a room's messages that is on the screen.

pub mod commands;
