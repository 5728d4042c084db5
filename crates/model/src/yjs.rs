//! Texts that are shared: how Yjs writes them down, and what of it is let in.

pub mod document_text;
pub mod gate;
pub mod lib0;
pub mod text;
