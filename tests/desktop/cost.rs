//! What the processes of a desk's app hold and do, as the kernel counts it.

use crate::seat::Seat;
use std::fs;
use std::ops::Sub;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The unit of times in `/proc`, the same on every Linux that we know.
const TICKS_PER_SECOND: f64 = 100.0;

/// Of `/proc/PID/stat`, counted from what follows the name: the parent, the work done for it in and under it, its start.
const PARENT: usize = 1;
const WORK: [usize; 2] = [11, 12];
const BEGUN: usize = 19;

/// How long processors worked so far, by process.
#[derive(Debug, Clone, Copy)]
pub struct Work {
    pub app: Duration,
    pub web: Duration,
    pub network: Duration,
    /// This process: the server of a scene is in it, and who measures.
    pub here: Duration,
}

impl Work {
    /// Of a desk's app.
    pub fn now(seat: &Seat) -> Self {
        let app = seat.pid().expect("the app runs");
        let all: Vec<(String, Duration)> =
            family(app).iter().filter_map(|pid| Some((name(*pid)?, worked(*pid)?))).collect();
        let of = |name: &str| all.iter().filter(|(one, _)| one.starts_with(name)).map(|(_, worked)| *worked).sum();
        let here = worked(std::process::id()).expect("we run");
        Self { app: worked(app).expect("the app runs"), web: of("WebKitWeb"), network: of("WebKitNetwork"), here }
    }
}

impl Sub for Work {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            app: self.app - before.app,
            web: self.web - before.web,
            network: self.network - before.network,
            here: self.here - before.here,
        }
    }
}

impl Seat {
    /// The app and all that it started: name, and proportional set size in KiB. The largest first.
    pub fn memory(&self) -> Vec<(String, u64)> {
        let mut held: Vec<(String, u64)> =
            family(self.pid().expect("the app runs")).iter().filter_map(|pid| pss(*pid)).collect();
        held.sort_by_key(|(_, kib)| std::cmp::Reverse(*kib));
        held
    }

    /// How long processors worked for all of them so far.
    pub fn work(&self) -> Duration {
        family(self.pid().expect("the app runs")).iter().filter_map(|pid| worked(*pid)).sum()
    }

    /// When the app's process began, since 1970.
    pub fn begun(&self) -> Duration {
        let stat = stat(self.pid().expect("the app runs")).expect("the app runs");
        let up = fs::read_to_string("/proc/uptime").unwrap();
        let up: f64 = up.split(' ').next().unwrap().parse().unwrap();
        let age = up - stat[BEGUN] / TICKS_PER_SECOND;
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - Duration::from_secs_f64(age.max(0.0))
    }
}

/// A process and its children, and theirs.
fn family(first: u32) -> Vec<u32> {
    let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let all: Vec<(u32, f64)> = pids.filter_map(|pid: u32| Some((pid, stat(pid)?[PARENT]))).collect();
    let (mut family, mut at) = (vec![first], 0);
    while let Some(parent) = family.get(at).copied() {
        family.extend(all.iter().filter(|(_, of)| *of == f64::from(parent)).map(|(pid, _)| *pid));
        at += 1;
    }
    family
}

/// How long processors worked for it.
fn worked(pid: u32) -> Option<Duration> {
    let stat = stat(pid)?;
    Some(Duration::from_secs_f64(WORK.map(|at| stat[at]).iter().sum::<f64>() / TICKS_PER_SECOND))
}

fn name(pid: u32) -> Option<String> {
    Some(fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim().to_owned())
}

fn pss(pid: u32) -> Option<(String, u64)> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    Some((name(pid)?, line.split_whitespace().next()?.parse().ok()?))
}

/// The numbers after the name in `/proc/PID/stat`; the state, a letter, as 0.
fn stat(pid: u32) -> Option<Vec<f64>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, numbers) = stat.rsplit_once(") ")?;
    Some(numbers.split_whitespace().map(|number| number.parse().unwrap_or_default()).collect())
}
