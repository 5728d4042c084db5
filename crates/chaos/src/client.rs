//! What happens to one client: it lives, is killed, sleeps, loses its power, and lives again from what is left.

use crate::disk::Disk;
use crate::person;
use crate::trace::{self, Call};
use crate::world::{Said, World, count, locked, name, now_ms};
use anyhow::{Context, Result, bail};
use folkmoot_model::id::EventId;
use folkmoot_sync::outbox::Outbox;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread::JoinHandle;
use std::time::Duration;

/// Clients of this and the next three numbers are told wrong times.
const CLOCKS: std::ops::Range<usize> = 2..6;

/// This one sleeps for as long as a closed lid, in its first life: longer than a link outlives.
const SLEEPER: usize = 6;

/// How long.
const SLEEP: Duration = Duration::from_secs(90);

/// An event or an unsent change: its id, if it has one yet, and its body.
type Queued = (Option<EventId>, Vec<u8>);

/// A line that was printed, and when it was read.
type Heard = (u64, String);

/// How a life ends.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Kill,
    Cut,
    Quit,
}

struct Client<'w> {
    world: &'w World,
    index: usize,
    dice: StdRng,
    disk: Disk,
    life: u32,
    /// What it called saved, and is not known to be in the log.
    open: Vec<Said>,
}

/// A profile as a power cut left it at some moment, and what had been called saved by then.
struct Image {
    path: PathBuf,
    at_ms: u64,
    open: Vec<Said>,
    how: String,
}

/// Lives again and again until it is over. Fails only where the run itself does.
pub fn run(world: &World, index: usize) -> Result<()> {
    let dice = StdRng::seed_from_u64(world.seed.wrapping_mul(1_000_003).wrapping_add(index as u64));
    let disk = Disk::scan(&world.profile(index))?;
    let mut client = Client { world, index, dice, disk, life: 0, open: Vec::new() };
    while !world.is_over() {
        client.life().with_context(|| format!("{} in its life {}", name(index), client.life))?;
    }
    Ok(())
}

impl Client<'_> {
    fn life(&mut self) -> Result<()> {
        self.life += 1;
        let trace = self.world.dir.join("traces").join(format!("{}.{}", name(self.index), self.life));
        let (mut process, reader) = self.start(&trace)?;
        let end = self.live(&mut process);
        if end == End::Quit {
            drop(process.stdin.take());
        } else {
            process.kill().ok();
        }
        let status = process.wait()?;
        let said = reader.join().map_err(|_| anyhow::anyhow!("the reader panicked"))?;
        self.heard(&said);
        let images = self.played(&trace)?;
        let profile = self.world.profile(self.index);
        if end == End::Cut {
            count(&self.world.counts.cuts);
            self.replace(&profile)?;
        } else {
            let differed = self.disk.reconcile(&profile)?;
            if end == End::Quit && status.success() && differed > 0 {
                let what = format!("the recorder missed {differed} bytes of {}, {}", name(self.index), trace.display());
                self.world.fails(&self.world.counts.other, what);
            }
            if end == End::Kill {
                count(&self.world.counts.kills);
            }
        }
        self.settle();
        for image in images {
            self.look(&image)?;
        }
        fs::remove_file(&trace).ok();
        Ok(())
    }

    fn start(&mut self, trace: &Path) -> Result<(Child, JoinHandle<Vec<Heard>>)> {
        let (token, seed) = (format!("{}-{}", name(self.index), self.life), self.dice.random::<u64>().to_string());
        let mut command = self.world.person(self.index, &["--token", &token, "--seed", &seed])?;
        self.world.record(&mut command, &self.world.profile(self.index), trace);
        if let Some(library) = self.world.faketime.as_ref().filter(|_| CLOCKS.contains(&self.index)) {
            let both = format!("{}:{}", self.world.recorder.display(), library.display());
            command.env("LD_PRELOAD", both).env("FAKETIME_TIMESTAMP_FILE", self.clock());
            command.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("FAKETIME_CACHE_DURATION", "1");
            command.env("NO_FAKE_STAT", "1");
            self.step_clock()?;
        }
        let mut process = command.spawn()?;
        let stdout = process.stdout.take().context("piped")?;
        let reader = std::thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).map(|line| (now_ms(), line)).collect()
        });
        Ok((process, reader))
    }

    fn live(&mut self, process: &mut Child) -> End {
        let end = match self.dice.random_range(0..100) {
            0..58 => End::Kill,
            58..92 => End::Cut,
            _ => End::Quit,
        };
        // Now and then it has hardly begun.
        let millis = if self.dice.random_bool(0.25) { 5..200 } else { 200..4_000 };
        let time = Duration::from_millis(self.dice.random_range(millis));
        self.world.wait(time / 2);
        if CLOCKS.contains(&self.index) && self.world.faketime.is_some() && self.dice.random_bool(0.3) {
            self.step_clock().ok();
        }
        let sleeps = self.index == SLEEPER && self.life == 1;
        if sleeps || self.dice.random_bool(0.01) {
            let pid = Pid::from_child(process);
            if kill_process(pid, Signal::STOP).is_ok() {
                count(&self.world.counts.stops);
                self.world.wait(if sleeps { SLEEP } else { self.world.nap });
                kill_process(pid, Signal::CONT).ok();
                self.world.wait(Duration::from_secs(2));
            }
        }
        self.world.wait(time / 2);
        end
    }

    fn clock(&self) -> PathBuf {
        self.world.dir.join(name(self.index) + ".clock")
    }

    fn step_clock(&mut self) -> Result<()> {
        let offsets = ["+0", "-1h", "+1h", "-3d", "+3d", "-400d", "+400d", "-90", "+90"];
        let offset = offsets[self.dice.random_range(0..offsets.len())];
        let new = self.clock().with_extension("new");
        fs::write(&new, format!("{offset}\n"))?;
        fs::rename(new, self.clock())?;
        count(&self.world.counts.steps);
        Ok(())
    }

    /// Notes what it said.
    fn heard(&mut self, lines: &[Heard]) {
        let mut book = locked(&self.world.book);
        for (at_ms, line) in lines {
            if let Some(said) = Said::read(line) {
                book.said.entry(self.index).or_default().push(said);
            } else if let Some(id) = line.strip_prefix("acked ").and_then(|id| id.parse::<EventId>().ok()) {
                book.acked.entry(id).or_insert(*at_ms);
            } else if line.starts_with("refused") {
                self.world.fails(&self.world.counts.other, format!("{}: {line}", name(self.index)));
            } else if unopenable(line) {
                self.world.fails(&self.world.counts.unopenable, format!("{}: {line}", name(self.index)));
            }
        }
    }

    /// Plays a life back, with a power cut at one or two moments of it, most often just after something was called saved.
    fn played(&mut self, trace: &Path) -> Result<Vec<Image>> {
        let records = trace::read(trace)?;
        let said = |at: &usize| matches!(&records[*at].call, Call::Said(text) if text.starts_with("said"));
        let promises: Vec<usize> = (0..records.len()).filter(said).collect();
        let mut moment = None;
        if !records.is_empty() && self.dice.random_bool(0.6) {
            let any = self.dice.random_range(0..records.len());
            moment = match self.dice.random_range(0..promises.len() + 1) {
                0 => Some(any),
                n => Some(promises[n - 1]),
            };
        }
        let mut images = Vec::new();
        for (at, record) in records.iter().enumerate() {
            self.disk.apply(&record.call);
            if let Call::Said(text) = &record.call {
                self.open.extend(text.lines().filter_map(Said::read));
            }
            if moment == Some(at) {
                let path = self.world.dir.join("images").join(format!("{}.{}.{at}", name(self.index), self.life));
                let how = self.disk.cut(&path, &mut self.dice)?;
                images.push(Image { path, at_ms: record.at_ms, open: self.open.clone(), how });
            }
        }
        Ok(images)
    }

    /// The power goes now: what a cut leaves takes the place of the profile.
    fn replace(&mut self, profile: &Path) -> Result<()> {
        let volume = self.world.volumes[1].as_ref().filter(|volume| profile.starts_with(&volume.path));
        let _room = volume.map(|volume| locked(&volume.room));
        let old = profile.with_extension("old");
        let new = profile.with_extension("new");
        self.disk.cut(&new, &mut self.dice)?;
        fs::rename(profile, &old)?;
        fs::rename(&new, profile)?;
        fs::remove_dir_all(&old)?;
        let aside = fs::read_dir(profile)?.flatten().filter(|entry| is_aside(&entry.file_name().to_string_lossy()));
        for entry in aside {
            // Kept ones would fill the disk.
            if entry.path().is_dir() {
                fs::remove_dir_all(entry.path())?;
                count(&self.world.counts.rebuilt);
            } else {
                fs::remove_file(entry.path())?;
                let what = format!("{} took its journal for damaged", name(self.index));
                self.world.fails(&self.world.counts.other, what);
            }
        }
        self.disk = Disk::scan(profile)?;
        Ok(())
    }

    /// Forgets what is in the log by now.
    fn settle(&mut self) {
        let _up = self.world.server.read();
        let mut log = locked(&self.world.log);
        if let Err(error) = log.read(&self.world.data, &self.world.streams()) {
            eprintln!("the log cannot be read now: {error:#}");
        }
        self.open.retain(|said| log.places(said).is_empty());
    }

    /// Opens an image with the engine: what was called saved before the cut is in its outbox, or was in the log by then.
    fn look(&self, image: &Image) -> Result<()> {
        let _one = locked(&self.world.looking);
        count(&self.world.counts.cuts);
        self.world.spoil_profile(&image.path)?;
        let held = outbox(&image.path);
        let mut sound = true;
        let mut fails = |counter, what: String| {
            sound = false;
            self.world.fails(counter, format!("{} after {}: {what}", image.path.display(), image.how));
        };
        match held {
            Err(error) => fails(&self.world.counts.unopenable, format!("{error:#}")),
            Ok(held) => {
                let _up = self.world.server.read();
                let mut log = locked(&self.world.log);
                log.read(&self.world.data, &self.world.streams())?;
                for said in &image.open {
                    let queued = held.iter().any(|(id, body)| match said.event() {
                        Some(event) => *id == Some(event),
                        None => contains(body, said.token.as_bytes()),
                    });
                    let logged = log.places(said).iter().any(|place| place.server_ms <= image.at_ms);
                    if !queued && !logged {
                        fails(&self.world.counts.lost, format!("{said:?} is gone"));
                    }
                }
            }
        }
        for entry in fs::read_dir(&image.path)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_aside(&name) {
                count(&self.world.counts.rebuilt);
                if name.starts_with("outbox") {
                    fails(&self.world.counts.other, format!("the journal was taken for damaged: {name}"));
                }
            }
        }
        if sound {
            fs::remove_dir_all(&image.path)?;
        } else {
            fs::rename(&image.path, self.world.dir.join("evidence").join(image.path.file_name().unwrap_or_default()))?;
        }
        Ok(())
    }
}

/// What the profile holds and the server may not.
fn outbox(profile: &Path) -> Result<Vec<Queued>> {
    let engine = person::open(profile, true)?;
    let handle = engine.handle();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let bodies = runtime.block_on(async {
        let phase = person::opened(&handle).await?;
        if phase != folkmoot_client::view::Phase::Ready {
            bail!("{phase:?}");
        }
        let bodies = handle.read(|source| source.map(|source| bodies(source.outbox()))).await?;
        bodies.context("nobody is signed in")
    });
    engine.close();
    bodies
}

fn bodies(outbox: &Outbox) -> Vec<Queued> {
    let events = outbox.items().map(|item| (Some(item.envelope.id), item.envelope.body.clone()));
    let documents = outbox.unsent_documents();
    let unsent =
        documents.into_iter().flat_map(|document| outbox.unsent(document).map(|update| (None, update.to_vec())));
    events.chain(unsent.collect::<Vec<_>>()).collect()
}

fn contains(bytes: &[u8], token: &[u8]) -> bool {
    bytes.windows(token.len()).any(|window| window == token)
}

fn is_aside(name: &str) -> bool {
    name.contains(".bad-")
}

/// Did the profile not come open, or not as that of somebody who is signed in? A full disk is no fault of it.
fn unopenable(line: &str) -> bool {
    let is_full = line.contains("os error 28") || line.contains("No space left");
    (line.starts_with("broken") && !is_full) || (line.starts_with("opened") && line != "opened Ready")
}
