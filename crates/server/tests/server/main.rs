//! The server from outside: over its sockets, over TLS, and as a process.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod cli;
mod common;
mod door;
mod hostile;
mod large;
mod matrix;
mod measure;
mod outside;
mod parting;
mod people;
mod signals;
mod sync;
mod tls;
mod tokens;
