//! What the person has begun to write.

pub mod commands;
