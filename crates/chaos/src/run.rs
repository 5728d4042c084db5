//! A run from its beginning to its one line: everybody joins, things happen, all is judged.

use crate::disk::Disk;
use crate::world::{World, locked, name, now_ms};
use crate::{client, judge, person, server};
use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};

use folkmoot_model::id::StreamId;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tracing_subscriber::EnvFilter;

/// Real clients and a real server, under everything that may happen to them.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Let it all happen for a while, and say what came of it.
    Run(Run),
    /// Be one of the clients.
    Person(person::Person),
}

#[derive(clap::Args)]
struct Run {
    /// How long, setting up included; judging takes less than a minute more.
    #[arg(long, default_value_t = 2.0)]
    minutes: f64,
    /// Decides what happens, though not how fast the machine is meanwhile. Drawn if none is given.
    #[arg(long)]
    seed: Option<u64>,
    /// How many clients.
    #[arg(long, default_value_t = 20)]
    clients: usize,
    /// Where everything lies while it runs, and afterwards if something failed.
    #[arg(long, default_value = "target/chaos")]
    dir: PathBuf,
}

/// Documents that everybody writes in.
const DOCUMENTS: &str = "6";

/// Does what the command line says.
pub fn main() -> Result<()> {
    let filter = EnvFilter::try_from_env("FOLKMOOT_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match Cli::parse().command {
        Command::Person(person) => person::run(person),
        Command::Run(run) => all(&run),
    }
}

fn all(run: &Run) -> Result<()> {
    let until = Instant::now() + Duration::from_secs_f64(run.minutes * 60.0);
    let seed = run.seed.unwrap_or_else(now_ms);
    let dir = std::path::absolute(&run.dir)?.join(seed.to_string());
    if dir.exists() {
        bail!("{} is there already: look at it, or remove it", dir.display());
    }
    println!("seed {seed}, in {}", dir.display());
    // Short runs sleep shortly: past 45 seconds a link counts as dead.
    let sleep = Duration::from_secs(if run.minutes < 10.0 { 8 } else { 90 });
    let mut world = World::new(seed, dir.clone(), sleep)?;
    if world.faketime.is_none() {
        println!("SKIPPED: wrong clocks (needs libfaketime, Debian's package faketime)");
    }
    let ended = live(&mut world, run.clients, until);
    let failures = world.failures();
    println!("{}", told(&world));
    drop(world);
    if let Err(error) = ended {
        bail!("seed {seed}, see {}: {error:#}", dir.display());
    }
    if !failures.is_empty() {
        bail!("{} failures with seed {seed}; what is left of it lies in {}", failures.len(), dir.display());
    }
    std::fs::remove_dir_all(&dir).context("cannot remove the run's folder")
}

fn live(world: &mut World, clients: usize, until: Instant) -> Result<()> {
    let made = world.daemon(&["space", "create", "Northlight"], &world.data)?.output()?;
    if !made.status.success() {
        bail!("no space: {}", String::from_utf8_lossy(&made.stderr));
    }
    let (trace, disk) = (world.dir.join("traces/server.0"), Disk::scan(&world.data)?);
    let mut server = world.serve(&trace)?;
    let ended = meet(world, clients).and_then(|()| {
        let world: &World = world;
        std::thread::scope(|scope| {
            let over = scope.spawn(move || {
                world.wait(until.saturating_duration_since(Instant::now()));
                world.over.store(true, Ordering::Relaxed);
            });
            let people: Vec<_> = (0..clients).map(|index| scope.spawn(move || client::run(world, index))).collect();
            let mut failed = None;
            match server::run(world, disk, &mut server, trace) {
                Ok(()) => {}
                Err(error) => failed = Some(error),
            }
            for person in people {
                match person.join() {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => failed = Some(error),
                    Err(_) => failed = Some(anyhow::anyhow!("a thread panicked")),
                }
            }
            over.join().ok();
            failed.map_or(Ok(()), Err)
        })?;
        judge::judge(world, clients)
    });
    server.kill().ok();
    server.wait()?;
    ended
}

/// Everybody joins, and the first makes the documents.
fn meet(world: &mut World, clients: usize) -> Result<()> {
    for index in 0..clients {
        let said = world.join(index)?;
        world.room = id(&said, "room ")?.first().copied().context("no room")?;
    }
    let said = world.person_says(0, &["--make-documents", DOCUMENTS])?;
    world.documents = id(&said, "document ")?;
    println!("{clients} clients, {} in one room and {} documents", name(0), world.documents.len());
    Ok(())
}

fn id(said: &str, what: &str) -> Result<Vec<StreamId>> {
    let ids = said.lines().filter_map(|line| line.strip_prefix(what));
    ids.map(|id| id.parse().map_err(|_| anyhow::anyhow!("no id: {id}"))).collect()
}

/// The one line.
fn told(world: &World) -> String {
    let counts = &world.counts;
    let of = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let book = locked(&world.book);
    let said: usize = book.said.values().map(Vec::len).sum();
    format!(
        "{} kills ({} of the server), {} power cuts ({} of the server), {} stops, {} full disks, {} clock steps, \
         {said} acknowledged, {} lost, {} doubled, {} unopenable, {} other failures, {} stores rebuilt",
        of(&counts.kills) + of(&counts.server_kills),
        of(&counts.server_kills),
        of(&counts.cuts) + of(&counts.server_cuts),
        of(&counts.server_cuts),
        of(&counts.stops),
        of(&counts.fulls),
        of(&counts.steps),
        of(&counts.lost),
        of(&counts.doubled),
        of(&counts.unopenable),
        of(&counts.other),
        of(&counts.rebuilt),
    )
}
