//! The same work for one server, from which figures come.

use super::chat::ROOMS;
use super::report::{Better, Report};
use super::server::{Peer, Server, cpu};
use super::work::{Crowd, Outcome, join, storm};
use super::{Topic, Work};
use anyhow::{Result, ensure};
use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Until what work left behind is done, before and after it is measured.
pub const SETTLES: Duration = Duration::from_millis(300);

/// Edits a second at a steady pace.
pub const PACE: u32 = 50;

/// Connections that do nothing.
const IDLE: usize = 1_000;

/// Characters of a document to which connections come that then do nothing.
const RECEIVED: usize = 100_000;

/// Clients that come at once, and the characters of the document to which they come.
const STORM: (usize, usize) = (1_000, 10_000);

/// Edits a second of somebody who floods a document of their own, and for how many seconds.
const FLOOD: (u32, usize) = (20_000, 6);

/// The 99th of a hundred edits comes within that, or the rate is too high.
const P99_MAX: Duration = Duration::from_millis(200);

/// How often a rate is tried before it is too high.
const TRIES: usize = 3;

/// Rates that are tried: this, and twice as much each time.
const RATE_MIN: u32 = 200;
/// And the last.
const RATE_MAX: u32 = 51_200;

/// A server at work, and where its figures go.
pub struct Bench<'a> {
    pub topic: Topic,
    pub peer: Peer,
    pub server: &'a mut Server,
    pub report: &'a mut Report,
}

impl Bench<'_> {
    /// Does one piece of work. What goes wrong is in the report.
    pub async fn run(&mut self, work: Work) {
        match work {
            Work::Idle => {
                self.idle("idle connection: KiB", 0).await;
                if self.peer.keeps_documents() {
                    self.idle("idle connection that has got 100 KB: KiB", RECEIVED).await;
                }
            }
            Work::Latency => {
                if self.peer == Peer::Folkmoot {
                    let (p50, p99) = ("the disk alone, 50 writes a second: p50, ms", "the disk alone: p99, ms");
                    self.disk(p50, p99).await;
                }
                self.latency(10, "N=10: p50, ms", "N=10: p99, ms").await;
                self.latency(100, "N=100: p50, ms", "N=100: p99, ms").await;
            }
            Work::OneByOne => {
                self.cost("one by one, N=10: CPU-s per 100k", 10, 4_000, false).await;
                self.cost("one by one, N=100: CPU-s per 100k", 100, 1_000, false).await;
            }
            Work::Pipelined => self.cost("pipelined, N=100: CPU-s per 100k", 100, 10_000, true).await,
            Work::Storm => {
                self.storm("1,000 come at once: until all have 10 KB, ms", "1,000 come at once: CPU-s").await;
            }
            Work::Flood => self.flood("beside a flood: N=10 p99, ms", "beside a flood: to come, median ms").await,
            Work::Ramp => self.ramp("N=100: edits/s with p99 ≤ 200 ms").await,
            Work::Memory => {
                let with = "1,000 documents of 10 KB, in each its writer: MiB";
                self.memory(with, "1,000 documents of 10 KB, 5 s after all have left: MiB").await;
            }
            Work::Chat => {
                for names in &ROOMS {
                    self.chat(names).await;
                }
            }
            Work::Cold => {
                let short = "after a restart: until somebody has 10 KB, median of 20, ms";
                self.cold(short, "after a restart: until somebody has 250,000 edits, ms").await;
            }
        }
    }

    /// A figure, of which less is better.
    pub fn put(&mut self, what: &'static str, value: f64) {
        self.report.put(self.topic, what, Better::Less, self.peer, value);
    }

    /// A round of it came to nothing.
    pub fn failed(&mut self, what: &'static str, error: &anyhow::Error) {
        self.report.failed(self.topic, what, self.peer, format!("{error:#}"));
    }

    async fn latency(&mut self, clients: usize, p50: &'static str, p99: &'static str) {
        match self.at_rate(clients, PACE, PACE as usize * 5).await {
            Ok(outcome) => {
                self.put(p50, ms(outcome.p50));
                self.put(p99, ms(outcome.p99));
            }
            Err(error) => self.failed(p99, &error),
        }
    }

    /// What is in our latencies and in nobody else's: a commit on the disk that holds our data, at the same pace.
    async fn disk(&mut self, p50: &'static str, p99: &'static str) {
        let file = self.server.data().join("disk");
        let measured =
            tokio::task::spawn_blocking(move || disk(&file)).await.map_err(Into::into).and_then(|times| times);
        match measured {
            Ok(times) => {
                self.put(p50, ms(times[times.len() / 2]));
                self.put(p99, ms(times[times.len() * 99 / 100]));
            }
            Err(error) => self.failed(p99, &error),
        }
    }

    async fn at_rate(&mut self, clients: usize, per_second: u32, edits: usize) -> Result<Outcome> {
        let mut crowd = Crowd::open(&self.server.place().await?, clients).await?;
        crowd.at_rate(per_second, edits).await?;
        crowd.close().await
    }

    async fn cost(&mut self, what: &'static str, clients: usize, edits: usize, pipelined: bool) {
        match self.cpu_of(clients, edits, pipelined).await {
            Ok(seconds) => self.put(what, seconds),
            Err(error) => self.failed(what, &error),
        }
    }

    /// The server's CPU seconds for 100,000 deliveries.
    async fn cpu_of(&mut self, clients: usize, edits: usize, pipelined: bool) -> Result<f64> {
        let mut crowd = Crowd::open(&self.server.place().await?, clients).await?;
        sleep(SETTLES).await;
        let (before, own, begun) = (self.server.cpu()?, cpu("self")?, Instant::now());
        if pipelined {
            crowd.pipelined(edits).await?
        } else {
            crowd.one_by_one(edits).await?
        }
        let (took, own) = (begun.elapsed(), cpu("self")?.saturating_sub(own));
        sleep(SETTLES).await;
        let spent = self.server.cpu()?.saturating_sub(before);
        eprintln!("  {edits} edits in {took:.2?}; CPU of the server {spent:.2?}, of the clients {own:.2?}");
        let outcome = crowd.close().await?;
        ensure!(outcome.delivered == edits * (clients - 1), "{} deliveries of {edits} edits", outcome.delivered);
        Ok(spent.as_secs_f64() * 100_000.0 / outcome.delivered as f64)
    }

    /// The highest rate at which nothing is lost and nearly all come soon.
    async fn ramp(&mut self, what: &'static str) {
        let (mut rate, mut reached) = (RATE_MIN, 0);
        while rate <= RATE_MAX && self.bears(rate).await {
            reached = rate;
            rate *= 2;
        }
        self.report.put(self.topic, what, Better::More, self.peer, f64::from(reached));
    }

    /// Does it bear that rate, in one of several tries? Somebody else's work on the machine may spoil one.
    async fn bears(&mut self, rate: u32) -> bool {
        for _ in 0..TRIES {
            let own = (cpu("self").unwrap_or_default(), Instant::now());
            let outcome = self.at_rate(100, rate, rate as usize * 2).await;
            let busy =
                cpu("self").unwrap_or_default().saturating_sub(own.0).as_secs_f64() / own.1.elapsed().as_secs_f64();
            match outcome {
                Ok(outcome) => {
                    eprintln!("  {rate} edits/s: p99 {:.2?}; clients {:.0} % busy", outcome.p99, busy * 100.0);
                    if outcome.p99 <= P99_MAX {
                        return true;
                    }
                }
                Err(error) => eprintln!("  {rate} edits/s: {error:#}"),
            }
        }
        false
    }

    async fn storm(&mut self, what: &'static str, cpu: &'static str) {
        match self.storms().await {
            Ok((took, spent)) => {
                self.put(what, ms(took));
                self.put(cpu, spent.as_secs_f64());
            }
            Err(error) => self.failed(what, &error),
        }
    }

    async fn storms(&mut self) -> Result<(Duration, Duration)> {
        let (clients, characters) = STORM;
        let place = self.server.place().await?;
        // Somebody stays, or some servers would forget the document.
        let mut writer = Crowd::open(&place, 2).await?;
        writer.paste(characters).await?;
        sleep(SETTLES).await;
        let before = self.server.cpu()?;
        // A relay has no document.
        let held = if self.peer.keeps_documents() { characters } else { 0 };
        let own = cpu("self")?;
        let took = storm(&place, clients, held).await?;
        let spent = self.server.cpu()?.saturating_sub(before);
        eprintln!(
            "  in {took:.2?}; CPU of the server {spent:.2?}, of the clients {:.2?}",
            cpu("self")?.saturating_sub(own)
        );
        writer.close().await?;
        Ok((took, spent))
    }

    async fn flood(&mut self, p99: &'static str, come: &'static str) {
        match self.floods().await {
            Ok((outcome, came)) => {
                self.put(p99, ms(outcome.p99));
                self.put(come, ms(came));
            }
            Err(error) => self.failed(p99, &error),
        }
    }

    /// One person floods one document while others write in another as they do.
    async fn floods(&mut self) -> Result<(Outcome, Duration)> {
        let mut flooded = Crowd::open(&self.server.place().await?, 2).await?;
        let place = self.server.place().await?;
        let mut crowd = Crowd::open(&place, 10).await?;
        let (rate, seconds) = FLOOD;
        let flood = flooded.at_rate(rate, rate as usize * seconds);
        let work = async {
            sleep(SETTLES).await;
            let mut came = Vec::new();
            crowd.at_rate(PACE, PACE as usize * (seconds - 2)).await?;
            for _ in 0..5 {
                came.push(join(&place).await?.0);
            }
            came.sort_unstable();
            anyhow::Ok(came[came.len() / 2])
        };
        // What becomes of the flood itself is not what is asked here.
        let (came, _flooded) = tokio::join!(work, flood);
        let came = came?;
        flooded.leave().await?;
        Ok((crowd.close().await?, came))
    }

    async fn idle(&mut self, what: &'static str, characters: usize) {
        match self.weight(characters).await {
            Ok(kib) => self.put(what, kib),
            Err(error) => self.failed(what, &error),
        }
    }

    /// KiB of the server's memory for each of many connections that do nothing in one document of so many characters.
    async fn weight(&mut self, characters: usize) -> Result<f64> {
        let place = self.server.place().await?;
        let mut first = Crowd::open(&place, 1).await?;
        first.paste_alone(characters)?;
        // What signing in has left in memory is given back by then.
        sleep(SETTLES * 10).await;
        let before = self.server.memory()?;
        let crowd = Crowd::open(&place, IDLE).await?;
        sleep(SETTLES * 10).await;
        let after = self.server.memory()?;
        crowd.close().await?;
        first.close().await?;
        Ok(after.saturating_sub(before) as f64 / IDLE as f64)
    }
}

/// How long each of some writes takes, sorted: 4 KiB over what is there, and fdatasync.
fn disk(file: &Path) -> Result<Vec<Duration>> {
    let writes = PACE as usize * 5;
    let mut file = File::create(file)?;
    let page = [7; 4_096];
    for _ in 0..writes {
        file.write_all(&page)?;
    }
    file.sync_all()?;
    file.rewind()?;
    let mut times = Vec::with_capacity(writes);
    for _ in 0..writes {
        std::thread::sleep(Duration::from_secs(1) / PACE);
        let begun = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    Ok(times)
}

/// Milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
