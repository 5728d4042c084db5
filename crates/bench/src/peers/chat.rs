//! What a room of people who write messages costs.

use super::bench::{Bench, PACE, SETTLES, ms};
use super::room::Room;
use super::server::Peer;
use anyhow::{Result, ensure};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// Messages of one person at once: fewer than anybody may post in a burst, as our server comes.
const BURST: usize = 45;

/// Until everybody may post as many again.
const RESTS: Duration = Duration::from_secs(5);

/// What is told of a room: deliveries one by one, many at once, and how late they come.
pub struct Names {
    pub people: usize,
    pub one_by_one: &'static str,
    pub pipelined: &'static str,
    pub p50: &'static str,
    pub p99: &'static str,
    /// Bursts of messages one by one, for as many deliveries as make a figure; twice as many when pipelined, which takes
    /// less.
    pub bursts: usize,
}

/// Both rooms.
pub const ROOMS: [Names; 2] = [
    Names {
        people: 10,
        one_by_one: "chat, one by one, N=10: CPU-s per 100k",
        pipelined: "chat, pipelined, N=10: CPU-s per 100k",
        p50: "chat, N=10: p50, ms",
        p99: "chat, N=10: p99, ms",
        bursts: 2,
    },
    Names {
        people: 100,
        one_by_one: "chat, one by one, N=100: CPU-s per 100k",
        pipelined: "chat, pipelined, N=100: CPU-s per 100k",
        p50: "chat, N=100: p50, ms",
        p99: "chat, N=100: p99, ms",
        bursts: 1,
    },
];

/// Messages of a burst, of however many people.
const MESSAGES_MAX: usize = 1_000;

/// Of one that takes hundreds of times as long to be measured within minutes.
const FEWER: usize = 20;

impl Bench<'_> {
    /// All of it in one room.
    pub async fn chat(&mut self, names: &Names) {
        let mut room = match self.server.room(names.people).await {
            Ok(people) => Room::new(people),
            Err(error) => return self.failed(names.one_by_one, &error),
        };
        match self.posts(&mut room).await {
            Ok((p50, p99)) => {
                self.put(names.p50, ms(p50));
                self.put(names.p99, ms(p99));
            }
            Err(error) => self.failed(names.p99, &error),
        }
        for (what, pipelined) in [(names.one_by_one, false), (names.pipelined, true)] {
            match self.bursts(&mut room, names, pipelined).await {
                Ok(seconds) => self.put(what, seconds),
                Err(error) => self.failed(what, &error),
            }
        }
    }

    async fn posts(&mut self, room: &mut Room) -> Result<(Duration, Duration)> {
        sleep(SETTLES).await;
        room.at_rate(PACE, self.fewer(PACE as usize * 5)).await?;
        let outcome = room.outcome();
        Ok((outcome.p50, outcome.p99))
    }

    fn fewer(&self, messages: usize) -> usize {
        if self.peer == Peer::Synapse { messages / FEWER } else { messages }
    }

    /// The server's CPU seconds for 100,000 deliveries to somebody else.
    async fn bursts(&mut self, room: &mut Room, names: &Names, pipelined: bool) -> Result<f64> {
        let messages = self.fewer((names.people * BURST).min(MESSAGES_MAX));
        let bursts = if pipelined { 2 * names.bursts } else { names.bursts };
        sleep(RESTS).await;
        let (before, mut took) = (self.server.cpu()?, Duration::ZERO);
        for burst in 0..bursts {
            if burst > 0 {
                sleep(RESTS).await;
            }
            let begun = Instant::now();
            if pipelined {
                room.pipelined(messages).await?;
            } else {
                room.one_by_one(messages).await?;
            }
            took += begun.elapsed();
        }
        sleep(SETTLES).await;
        let (spent, delivered) = (self.server.cpu()?.saturating_sub(before), room.outcome().delivered);
        let posted = messages * bursts;
        eprintln!("  {posted} messages in {took:.2?}; CPU of the server {spent:.2?}");
        ensure!(delivered == posted * (names.people - 1), "{delivered} deliveries of {posted} messages");
        Ok(spent.as_secs_f64() * 100_000.0 / delivered as f64)
    }
}
