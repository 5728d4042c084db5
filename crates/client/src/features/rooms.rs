//! Rooms.

pub mod commands;
