//! Who is in a space or room, and what people say of themselves.

pub mod commands;
