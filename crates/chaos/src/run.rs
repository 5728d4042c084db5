//! A run from its beginning to its one line: everybody joins, things happen, all is judged.

use crate::disk::Disk;
use crate::plant::Plant;
use crate::world::{World, locked, name, now_ms};
use crate::{client, judge, person, server};
use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use folkmoot_model::id::StreamId;
use std::panic;
use std::path::{Path, PathBuf};
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
    Run {
        /// How long, setting up included; judging takes less than a minute more.
        #[arg(long, default_value_t = 2.0)]
        minutes: f64,
        /// Decides what happens, though not how fast the machine is meanwhile. Drawn if none is given.
        #[arg(long)]
        seed: Option<u64>,
        /// How many clients.
        #[arg(long, default_value_t = 20)]
        clients: usize,
        #[command(flatten)]
        place: Place,
    },
    /// Plant one bug after the other, and fail if one is not noticed.
    Prove(Place),
    /// Be one of the clients.
    Person(person::Person),
}

#[derive(clap::Args)]
struct Place {
    /// Where everything lies while it runs, and afterwards if something failed.
    #[arg(long, default_value = "target/chaos")]
    dir: PathBuf,
}

/// One run.
struct Run {
    time: Duration,
    seed: u64,
    clients: usize,
    dir: PathBuf,
    plant: Option<Plant>,
}

/// Documents that everybody writes in.
const DOCUMENTS: &str = "6";

/// Clients of a run with a planted bug, and how long it may go unnoticed.
const PLANTED: (usize, Duration) = (4, Duration::from_secs(60));

/// From here on a run is long enough for everybody to sleep as long as a closed lid.
const LONG: Duration = Duration::from_secs(600);

/// Does what the command line says.
pub fn main() -> Result<()> {
    let filter = EnvFilter::try_from_env("FOLKMOOT_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match Cli::parse().command {
        Command::Person(person) => person::run(person),
        Command::Run { minutes, seed, clients, place } => {
            quiet();
            let seed = seed.unwrap_or_else(now_ms);
            let dir = std::path::absolute(place.dir)?.join(seed.to_string());
            all(&Run { time: Duration::from_secs_f64(minutes * 60.0), seed, clients, dir, plant: None })
        }
        Command::Prove(place) => {
            quiet();
            prove(&std::path::absolute(place.dir)?.join(format!("planted-{}", now_ms())))
        }
    }
}

/// A store that sled panics at while it opens is set aside, and counted: not worth a page on the screen.
fn quiet() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panicked| {
        if std::thread::current().name() != Some("store-open") {
            before(panicked);
        }
    }));
}

fn all(run: &Run) -> Result<()> {
    let (seed, dir) = (run.seed, run.dir.display());
    println!("seed {seed}, in {dir}");
    let (world, ended) = lived(run)?;
    let failures = world.failures();
    println!("{}", told(&world));
    drop(world);
    if let Err(error) = ended {
        bail!("seed {seed}, see {dir}: {error:#}");
    }
    if !failures.is_empty() {
        bail!("{} failures with seed {seed}; what is left of it lies in {dir}", failures.len());
    }
    std::fs::remove_dir_all(&run.dir).context("cannot remove the run's folder")
}

/// Plants each bug in a run of its own.
fn prove(dir: &Path) -> Result<()> {
    let (clients, time) = PLANTED;
    for (seed, plant) in (1..).zip(Plant::ALL) {
        let run = Run { time, seed, clients, dir: dir.join(format!("{plant:?}")), plant: Some(plant) };
        let (world, ended) = lived(&run)?;
        let times = plant.noticed(&world.counts);
        if times == 0 {
            println!("{}", told(&world));
            bail!("{plant:?} was not noticed ({ended:?}); see {}", run.dir.display());
        }
        println!("{plant:?} is noticed {times} times");
    }
    std::fs::remove_dir_all(dir).context("cannot remove the runs' folder")
}

/// A world, and how it ended.
fn lived(run: &Run) -> Result<(World, Result<()>)> {
    let until = Instant::now() + run.time;
    if run.dir.exists() {
        bail!("{} is there already: look at it, or remove it", run.dir.display());
    }
    // Past 45 seconds a link counts as dead: a short run would do nothing else.
    let nap = Duration::from_secs(if run.time < LONG { 8 } else { 90 });
    let mut world = World::new(run.seed, run.dir.clone(), nap, run.plant)?;
    if world.faketime.is_none() && run.plant.is_none() {
        println!("SKIPPED: wrong clocks (needs libfaketime, Debian's package faketime)");
    }
    let ended = live(&mut world, run.clients, until);
    Ok((world, ended))
}

fn live(world: &mut World, clients: usize, until: Instant) -> Result<()> {
    for args in [&["init"][..], &["space", "create", "Northlight"]] {
        let made = world.daemon(args, &world.data)?.output()?;
        if !made.status.success() {
            bail!("{args:?}: {}", String::from_utf8_lossy(&made.stderr));
        }
    }
    let (trace, disk) = (world.dir.join("traces/server.0"), Disk::scan(&world.data)?);
    let mut server = world.serve(&trace)?;
    let ended = meet(world, clients).and_then(|()| {
        let world: &World = world;
        std::thread::scope(|scope| {
            let over = scope.spawn(move || ends(world, until));
            let people: Vec<_> = (0..clients).map(|index| scope.spawn(move || client::run(world, index))).collect();
            let mut failed = server::run(world, disk, &mut server, trace).err();
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
        match world.plant {
            Some(plant) if !plant.is_for_the_end() => Ok(()),
            _ => judge::judge(world, clients),
        }
    });
    server.kill().ok();
    server.wait()?;
    ended
}

/// Says when it is time to end.
fn ends(world: &World, until: Instant) {
    let enough = |plant: Plant| match plant.is_for_the_end() {
        true => locked(&world.book).said.values().flatten().any(|said| said.kind == "post"),
        false => plant.noticed(&world.counts) > 0,
    };
    while !world.is_over() && Instant::now() < until && !world.plant.is_some_and(enough) {
        world.wait(Duration::from_millis(200).min(until.saturating_duration_since(Instant::now())));
    }
    world.over.store(true, Ordering::Relaxed);
}

/// Everybody joins, and the first makes the documents.
fn meet(world: &mut World, clients: usize) -> Result<()> {
    for index in 0..clients {
        let said = world.join(index)?;
        world.room = id(&said, "room ")?.first().copied().context("no room")?;
    }
    let said = world.person_says(0, &["--make-documents", DOCUMENTS])?;
    world.documents = id(&said, "document ")?;
    if world.plant.is_some() {
        return Ok(());
    }
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
