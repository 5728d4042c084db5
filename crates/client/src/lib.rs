//! The engine behind every client: the desktop app, the development socket and `folkmootctl`.
//!
//! Read on: `handle` (what a client may do) → `engine` → `engine/core`. `link` is the socket, `account` the requests,
//! `keys` where secrets lie; `source` and `view` are what is shown, `doc_bridge` what an editor exchanges.

pub mod account;
pub mod begun;
pub mod command;
pub mod doc_bridge;
pub mod engine;
pub mod features;
pub mod handle;
pub mod hosting;
pub mod keychain;
pub mod keys;
pub mod link;
mod network;
pub mod notice;
pub mod pin;
pub mod profile;
pub mod session;
pub mod settings;
pub mod source;
pub mod view;
