//! The desktop app. It decides nothing: the engine behind its handle does, and the page shows it. The shell is what
//! only a desktop has: a window, a tray, notifications, links from outside, and a server as a child process.
//!
//! `args` what it was started with · `app` puts it together · `ipc` what the page may ask of the engine · `window` · `tray` ·
//! `notify` · `follow` feeds those two from the engine's views · `deep_link` · `bus` the session bus · `first` one that was started
//! before · `host` the space on this computer · `idle` ·
//! `quit` how it ends.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod app;
mod args;
#[cfg(target_os = "linux")]
mod bus;
mod deep_link;
#[cfg(target_os = "linux")]
mod first;
mod follow;
mod host;
mod idle;
mod ipc;
mod notify;
mod quit;
mod tray;
mod window;

use args::Args;
use clap::Parser;
use tracing_subscriber::EnvFilter;

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let filter = EnvFilter::try_from_env("FOLKMOOT_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match args.serve() {
        // A server, before anything of a desktop is touched.
        Some(serve) => host::serve::run(&serve),
        None => app::run(args),
    }
}
