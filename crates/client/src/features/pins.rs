//! Pins: messages that a room keeps at hand.

pub mod commands;
pub mod view;
