//! What one person can do to a server, and what others notice of it: a real `folkmootd` on loopback, attacked in a bounded
//! way by who is signed in. Each attack has a server of its own.

mod daemon;
mod kinds;

use crate::socket::Socket;
use crate::table::{Table, ms};
use anyhow::{Context, Result, ensure};
use daemon::Daemon;
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_wire::frame::ServerFrame;
use kinds::Attack;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// Messages of somebody else, before an attack and at least as many beside it.
const MESSAGES: usize = 100;

/// Between two of them.
const EVERY: Duration = Duration::from_millis(20);

/// No attack takes longer, whatever becomes of it.
const LONGEST: Duration = Duration::from_secs(120);

/// Two others, who talk.
struct Talk {
    writer: Socket,
    reader: Socket,
    said: usize,
}

impl Talk {
    async fn new(daemon: &Daemon) -> Result<Self> {
        let writer = Socket::join_by(&daemon.invite().await?, "Bo").await?;
        let mut reader = Socket::join_by(&daemon.invite().await?, "Cy").await?;
        reader.follow(daemon.quiet_room(), 0).await?;
        Ok(Self { writer, reader, said: 0 })
    }

    /// Says something every now and then while `until` is not reached, and so many times at least. Gives how long each took
    /// to the other.
    async fn times(&mut self, daemon: &Daemon, least: usize, until: impl Fn() -> bool) -> Result<Vec<Duration>> {
        let mut times = Vec::new();
        while times.len() < least || !until() {
            self.said += 1;
            let text = format!("message {}", self.said);
            let posted = MessagePosted { text, reply_to: None, mentions: vec![], thread: None };
            let begun = Instant::now();
            let id = self.writer.submit(daemon.quiet_room(), vec![posted.into()]).await?;
            let heard = async {
                loop {
                    if let ServerFrame::Events(events) = self.reader.hear().await?
                        && events.events.iter().any(|logged| logged.envelope.id == id)
                    {
                        return Ok::<(), anyhow::Error>(());
                    }
                }
            };
            timeout(LONGEST, heard).await.context("a message of somebody else never came")??;
            times.push(begun.elapsed());
            while let Ok(frame) = timeout(Duration::ZERO, self.writer.hear()).await {
                frame?;
            }
            sleep(EVERY).await;
        }
        Ok(times)
    }
}

/// Runs every attack, each once.
pub async fn measure(table: &mut Table) -> Result<()> {
    for attack in Attack::ALL {
        one(attack, table).await?;
    }
    Ok(())
}

async fn one(attack: Attack, table: &mut Table) -> Result<()> {
    let daemon = Daemon::start().await?;
    let prepared = attack.prepare(&daemon).await?;
    let mut talk = Talk::new(&daemon).await?;
    let quiet = percentiles(talk.times(&daemon, MESSAGES, || true).await?);
    daemon.forget_peak()?;
    let (cpu, begun) = (daemon.cpu()?, Instant::now());
    let attacking = tokio::spawn(async move { timeout(LONGEST, prepared.run()).await });
    let beside = talk.times(&daemon, MESSAGES, || attacking.is_finished()).await;
    let outcome = match attacking.await? {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => format!("ended: {error}"),
        Err(_) => format!("not done after {} s", LONGEST.as_secs()),
    };
    let took = begun.elapsed();
    let cpu = daemon.cpu()?.saturating_sub(cpu);
    let beside = match beside {
        Ok(times) => percentiles(times),
        Err(error) => error.to_string(),
    };
    ensure!(daemon.is_alive().await, "{}: the server does not answer any more", attack.name());
    table.put(
        attack.name(),
        format!(
            "{outcome}; {:.1} s of CPU in {:.1} s, peak {} MB; others' messages {beside}, quiet {quiet}",
            cpu.as_secs_f64(),
            took.as_secs_f64(),
            daemon.peak()? >> 20,
        ),
    );
    Ok(())
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).or(times.last()).copied().unwrap_or_default();
    format!("p50 {:.1} ms, p99 {:.1} ms", ms(at(50)), ms(at(99)))
}
