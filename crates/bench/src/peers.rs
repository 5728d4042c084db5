//! Folkmoot and its peers at the same work: one load generator, which speaks to each of them as it is spoken to, one after
//! the other in each round. Servers have one core, the generator the other.
//!
//! `wire` how messages cross a connection · `dialect` what they say · `tally` who has which edit · `client` a connection
//! and a pen · `work` what clients do · `bench` for which figures · `kept` of documents that nobody writes in · `talk`,
//! `matrix`, `room`, `chat` the same of people in a room · `server` the servers · `ours` what ours needs · `hub` the one of
//! them that is made here · `report`, `picture` how it is told.

mod bench;
mod chat;
mod client;
mod dialect;
mod hub;
mod kept;
mod matrix;
mod ours;
mod picture;
mod report;
mod room;
mod server;
mod talk;
mod tally;
mod wire;
mod work;

use anyhow::{Context, Result, ensure};
use bench::Bench;
use clap::{Parser, ValueEnum};
use report::Report;
use serde_json::json;
use server::{PEERS, Peer, Server};
use std::path::PathBuf;
use std::process::Command;

/// The generator's core.
const CORE: &str = "1";

/// What `peers` takes.
#[derive(Parser)]
struct Args {
    /// How often each server is measured.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Where to write all of it.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where to draw what the others are beside ours.
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Where npm and pip have installed the peers, and data may be written.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Only these pieces of work.
    #[arg(long, value_name = "WORK")]
    only: Vec<Work>,
    /// Only these servers.
    #[arg(long, value_name = "SERVER")]
    server: Vec<Peer>,
}

/// A piece of work, in the order in which they are done. First connections that do nothing: what a JavaScript heap has
/// grown to, it does not give back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Work {
    Idle,
    Latency,
    OneByOne,
    Pipelined,
    Storm,
    Flood,
    Ramp,
    Memory,
    Cold,
    Chat,
}

/// What pieces of work are about. Each has a table of its own, and servers that have done no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topic {
    /// What people write comes to others.
    Edits,
    /// What the server keeps of it.
    Documents,
    /// What people post in a room comes to others.
    Chat,
}

/// In this order.
const TOPICS: [Topic; 3] = [Topic::Edits, Topic::Documents, Topic::Chat];

impl Topic {
    fn title(self) -> &'static str {
        match self {
            Self::Edits => "Edits",
            Self::Documents => "Documents",
            Self::Chat => "Chat",
        }
    }
}

impl Work {
    fn topic(self) -> Topic {
        match self {
            Self::Memory | Self::Cold => Topic::Documents,
            Self::Chat => Topic::Chat,
            _ => Topic::Edits,
        }
    }

    /// Can that server do it?
    fn suits(self, peer: Peer) -> bool {
        match self {
            // To a bare relay who comes only has to connect; it has no more than one document.
            Self::Storm => peer.keeps_documents() || peer == Peer::Relay,
            Self::Flood | Self::Memory => peer.keeps_documents(),
            // The others, as they come, keep nothing over a restart.
            Self::Cold => peer == Peer::Folkmoot,
            Self::Chat => peer == Peer::Folkmoot || peer.has_rooms(),
            _ => !peer.has_rooms(),
        }
    }
}

/// Measures all of them. `std::env::args` say how.
pub fn main() -> Result<()> {
    let args = Args::parse_from(std::env::args().skip(1));
    let us = std::process::id().to_string();
    let pinned = Command::new("taskset").args(["-acp", CORE, &us]).output().context("taskset does not run")?;
    ensure!(pinned.status.success(), "two cores are needed: one for the servers, one for the clients");
    one_thread()?.block_on(measure(&args))
}

/// Relays on this port.
pub fn relay(port: u16) -> Result<()> {
    one_thread()?.block_on(hub::run(port))
}

fn one_thread() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

async fn measure(args: &Args) -> Result<()> {
    let mut report = Report::default();
    let before = load();
    for round in 0..args.rounds {
        for peer in PEERS.into_iter().filter(|peer| args.server.is_empty() || args.server.contains(peer)) {
            for topic in TOPICS {
                let wanted = |work: &Work| work.topic() == topic && work.suits(peer) && args.wants(*work);
                let works: Vec<Work> = Work::value_variants().iter().copied().filter(wanted).collect();
                if works.is_empty() {
                    continue;
                }
                eprintln!("round {} of {}: {}; load average {}", round + 1, args.rounds, peer.name(), load());
                let mut server = Server::start(peer, &args.dir).await?;
                let mut bench = Bench { topic, peer, server: &mut server, report: &mut report };
                for work in works {
                    bench.run(work).await;
                }
            }
        }
    }
    let about = json!({ "rounds": args.rounds, "load_before": before, "load_after": load() });
    println!("{}", report.tables());
    println!("\nLoad average before: {before}, after: {}", load());
    if let Some(file) = &args.json {
        std::fs::write(file, serde_json::to_vec_pretty(&report.json(about))?)?;
    }
    if let Some(file) = &args.svg {
        report.draw(file)?;
    }
    Ok(())
}

impl Args {
    fn wants(&self, work: Work) -> bool {
        self.only.is_empty() || self.only.contains(&work)
    }
}

/// The system's load average.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}
