//! `cargo xtask`: what is done with the repository as a whole. Each subcommand sets up what it needs, says what it
//! runs, and can be repeated at any time. Nothing here is part of the product.

mod app;
mod bench;
mod browser;
mod cargo;
mod chaos;
mod counts;
mod debian;
mod desktop;
mod fuzz;
mod installed;
mod place;
mod scene;
mod sim;
mod stage;
mod test;
mod tool;
mod types;
mod web;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Builds, runs and checks Folkmoot.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing, build the app, and open it.
    Run {
        /// Install system packages without asking.
        #[arg(long)]
        yes: bool,
        /// Build all, open nothing.
        #[arg(long)]
        no_open: bool,
        /// Given to the app as they are, after `--`.
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Run everything that must hold, or some stages of it.
    Test {
        /// Only these stages and what they need. A name that is none lists them.
        stages: Vec<String>,
        /// The same, one by one.
        #[arg(long, value_name = "STAGE")]
        only: Vec<String>,
    },
    /// Open two windows of two people in one space, on a server of their own.
    Demo {
        /// Forget the space of the last time.
        #[arg(long)]
        fresh: bool,
    },
    /// Write screenshots of every screen and state, in both themes, to docs/screens.
    Shots,
    /// Run the simulated world.
    Sim(sim::Sim),
    /// Make up inputs for what reads what others send.
    Fuzz {
        /// Only this target; else one after the other.
        target: Option<String>,
        /// For how long, each.
        #[arg(long, default_value_t = 10)]
        minutes: u64,
    },
    /// Kill real clients and a real server, cut their power, fill their disks: nothing saved may be lost or doubled.
    Chaos(chaos::Chaos),
    /// Measure, against the goals.
    Bench(bench::Bench),
    /// Count the instructions of hot paths, and compare them with those recorded.
    Counts {
        /// Write down what is counted instead.
        #[arg(long)]
        record: bool,
    },
    /// Write the UI's types anew, as the Rust types give them.
    Types,
    /// Build what people install.
    Bundle,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Run { yes, no_open, args } => app::run(yes, !no_open, &args),
        Command::Test { stages, only } => test::run(&[stages, only].concat()),
        Command::Demo { fresh } => app::demo(fresh),
        Command::Shots => browser::shots(),
        Command::Sim(sim) => sim::run(&sim),
        Command::Fuzz { target, minutes } => fuzz::long(target.as_deref(), minutes),
        Command::Chaos(chaos) => chaos::run(&chaos),
        Command::Bench(bench) => bench::run(&bench),
        Command::Counts { record } => counts::run(record),
        Command::Types => types::renew(),
        Command::Bundle => app::bundle(),
    }
}
