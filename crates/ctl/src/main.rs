//! `folkmootctl`: the client without a window. Each call opens the profile with the same engine as the desktop, dials,
//! catches up, does one thing, waits until what it said is decided, and ends. What could not be sent is kept.
//!
//! How it ends is in `exit`. Why it was refused stands as JSON on stderr; ids are printed last on stdout.

mod args;
mod call;
mod commands;
mod copy;
mod dashes;
mod document;
mod end;
mod exit;
mod find;
mod limits;
mod messages;
mod out;
mod read;
mod refused;

use args::Cli;
use call::Call;
use end::End;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("FOLKMOOT_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let ended = match dashes::read(&std::env::args_os().collect::<Vec<_>>()) {
        Ok(cli) => run(cli),
        Err(error) => Err(End::Usage(error)),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(end) => end.told().into(),
    }
}

fn run(cli: Cli) -> Result<(), End> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let call = Call::open(&cli)?;
    let ended = runtime.block_on(commands::run(&call, cli.command));
    call.close(&ended);
    ended
}
