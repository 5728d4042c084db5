//! What the client machine promises, for histories that nobody thought of.

mod device;
mod pages;
mod server;
