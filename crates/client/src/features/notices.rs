//! Notifications.

pub mod commands;
