//! What this device has said and the server has not accepted.

pub mod commands;
