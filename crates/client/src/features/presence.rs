//! What the person is looking at and doing: nothing of it is a change of its own.

pub mod commands;
