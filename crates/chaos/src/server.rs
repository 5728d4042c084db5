//! What happens to the server: it is killed, stopped, filled up, loses its power, and starts again from what is left.

use crate::disk::Disk;
use crate::log::{self, Log};
use crate::trace;
use crate::world::{World, count, locked, now_ms};
use anyhow::{Context, Result, bail};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rustix::process::{Pid, Signal, kill_process};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

/// How long a disk stays full.
const FULL: Duration = Duration::from_secs(4);

/// A data directory as a power cut left it at some moment.
struct Image {
    path: PathBuf,
    at_ms: u64,
    how: String,
}

struct Server<'w> {
    world: &'w World,
    dice: StdRng,
    disk: Disk,
    life: u32,
    happenings: u32,
    process: &'w mut Child,
    trace: PathBuf,
}

/// Runs it until it is over. `process` serves already, recorded in `trace` from `disk` on.
pub fn run<'w>(world: &'w World, disk: Disk, process: &'w mut Child, trace: PathBuf) -> Result<()> {
    let dice = StdRng::seed_from_u64(world.seed ^ 0x5e12_7e12);
    let mut server = Server { world, dice, disk, life: 0, happenings: 0, process, trace };
    while !world.is_over() {
        server.life().with_context(|| format!("the server in its life {}", server.life))?;
    }
    Ok(())
}

impl Server<'_> {
    fn life(&mut self) -> Result<()> {
        let time = self.dice.random_range(if self.world.plant.is_some() { 500..1_500 } else { 1_000..12_000 });
        self.world.wait(Duration::from_millis(time));
        self.happenings += 1;
        // Each happens early on, so that a short run has seen it.
        match (self.happenings, self.dice.random_range(0..100)) {
            _ if self.world.is_over() => Ok(()),
            (1, _) => self.end(true),
            (2, _) => self.end(false),
            (3, _) => self.fill(0).and_then(|()| self.fill(1)),
            (4, _) => self.sleep(),
            (_, 0..44) => self.end(false),
            (_, 44..88) => self.end(true),
            (_, 88..93) => self.sleep(),
            (_, roll) => self.fill(roll % 2),
        }
    }

    fn sleep(&mut self) -> Result<()> {
        count(&self.world.counts.stops);
        let pid = Pid::from_child(self.process);
        kill_process(pid, Signal::STOP)?;
        self.world.wait(self.world.nap);
        kill_process(pid, Signal::CONT)?;
        Ok(())
    }

    /// Fills one of the disks for a while.
    fn fill(&self, which: usize) -> Result<()> {
        if let Some(volume) = &self.world.volumes[which] {
            let _room = locked(&volume.room);
            count(&self.world.counts.fulls);
            volume.fill()?;
            self.world.wait(FULL);
            volume.free()?;
        }
        Ok(())
    }

    /// It ends, without warning, and with the power or without; and starts again.
    fn end(&mut self, cut: bool) -> Result<()> {
        let images = {
            let _down = self.world.server.write();
            self.process.kill()?;
            self.process.wait()?;
            count(if cut { &self.world.counts.server_cuts } else { &self.world.counts.server_kills });
            let images = self.played()?;
            let data = &self.world.data;
            if cut {
                let (new, old) = (data.with_extension("new"), data.with_extension("old"));
                self.disk.cut(&new, &mut self.dice)?;
                fs::rename(data, &old)?;
                fs::rename(&new, data)?;
                fs::remove_dir_all(&old)?;
                self.disk = Disk::scan(data)?;
            } else {
                self.disk.reconcile(data)?;
            }
            self.life += 1;
            self.trace = self.world.dir.join("traces").join(format!("server.{}", self.life));
            *self.process = match self.world.serve(&self.trace) {
                Ok(process) => process,
                Err(error) => {
                    self.world.fails(&self.world.counts.unopenable, format!("after a cut ({cut}): {error:#}"));
                    self.world.over.store(true, std::sync::atomic::Ordering::Relaxed);
                    bail!("nothing more can be tried");
                }
            };
            if cut {
                *locked(&self.world.log) = Log::whole(data, &self.world.streams())?;
            }
            images
        };
        if cut {
            let log = locked(&self.world.log);
            self.missing(&log, now_ms(), "after the server's power cut");
        }
        for image in images {
            self.look(&image)?;
        }
        Ok(())
    }

    fn played(&mut self) -> Result<Vec<Image>> {
        let records = trace::read(&self.trace)?;
        fs::remove_file(&self.trace).ok();
        let mut moments = BTreeSet::new();
        if !records.is_empty() {
            moments.extend((0..2).map(|_| self.dice.random_range(0..records.len())));
        }
        let mut images = Vec::new();
        for (at, record) in records.iter().enumerate() {
            self.disk.apply(&record.call);
            if moments.contains(&at) {
                let path = self.world.dir.join("images").join(format!("server.{}.{at}", self.life));
                let how = self.disk.cut(&path, &mut self.dice)?;
                images.push(Image { path, at_ms: record.at_ms, how });
            }
        }
        Ok(images)
    }

    /// Acknowledged before that time, and not in this log.
    fn missing(&self, log: &Log, before_ms: u64, when: &str) -> bool {
        let book = locked(&self.world.book);
        let acked = book.acked.iter().filter(|(_, at_ms)| **at_ms < before_ms);
        let missing: Vec<_> = acked.map(|(id, _)| *id).filter(|id| !log.has(id)).collect();
        drop(book);
        for id in &missing {
            self.world.fails(&self.world.counts.lost, format!("{when}: {id} was acknowledged, and is not in the log"));
        }
        !missing.is_empty()
    }

    /// Opens an image with the server, and looks whether all is there that had been acknowledged.
    fn look(&self, image: &Image) -> Result<()> {
        let _one = locked(&self.world.looking);
        count(&self.world.counts.server_cuts);
        let when = format!("{} after {}", image.path.display(), image.how);
        self.world.spoil_database(&image.path)?;
        let invite =
            self.world.daemon(&["invite", "--space", "Northlight"], &image.path)?.stdin(Stdio::null()).output()?;
        let mut sound = invite.status.success();
        if !sound {
            let said = String::from_utf8_lossy(&invite.stderr);
            self.world.fails(&self.world.counts.unopenable, format!("{when}: {said}"));
        } else if let Some(damage) = log::damage(&image.path)? {
            sound = false;
            self.world.fails(&self.world.counts.unopenable, format!("{when}: {damage}"));
        } else {
            let log = Log::whole(&image.path, &self.world.streams())?;
            sound = !self.missing(&log, image.at_ms, &when);
        }
        self.keep(sound, &image.path)
    }

    fn keep(&self, sound: bool, image: &Path) -> Result<()> {
        if sound {
            fs::remove_dir_all(image)?;
        } else {
            fs::rename(image, self.world.dir.join("evidence").join(image.file_name().unwrap_or_default()))?;
        }
        Ok(())
    }
}
