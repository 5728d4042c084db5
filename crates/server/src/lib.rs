//! The server: one log, one hub, many connections. `folkmootd` is a thin shell over [`serve::serve`].
//!
//! Read in this order: `serve.rs` (what runs), `database.rs` (what is kept), `hub_task.rs` (the task that runs the hub's
//! machine), `session.rs` (a connection), `accounts.rs` and `api.rs` (who people are), `admin.rs` (what an operator
//! may do). What events mean, what is permitted and what a connection is sent is decided in other crates.

pub mod accounts;
pub mod admin;
mod api;
mod clock;
pub mod config;
pub mod data_dir;
pub mod database;
pub mod error;
pub mod hub_task;
pub mod identity;
mod listen;
mod process;
mod progress;
mod rate_limits;
pub mod serve;
pub mod session;
mod shutdown_signal;
mod space;

pub use config::Config;
pub use error::Error;
pub use process::prepare as prepare_process;
pub use serve::{Running, serve};
pub use shutdown_signal::shutdown_signal;
