//! The work that every server is given.

use super::client::{Board, Client, Pen, Place, check, text};
use anyhow::{Context, Result, ensure};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, timeout};

/// Who write, of however many clients.
pub const WRITERS: usize = 10;

/// Edits under way at once when they are not written one by one.
const WINDOW: usize = 1_000;

/// Without anything complete for so long, the rest is lost.
const LOST: Duration = Duration::from_secs(10);

/// Connections that are opened at once, so that no accept queue overflows: storms are another measurement.
const AT_ONCE: usize = 20;

/// Clients in one document.
pub struct Crowd {
    clients: Vec<Client>,
    pens: Vec<Pen>,
    board: Arc<Board>,
}

/// What a crowd's work came to.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// Edits that were delivered to another client each.
    pub delivered: usize,
    /// From the sending of an edit to its arrival at one other client.
    pub p50: Duration,
    pub p99: Duration,
}

impl Crowd {
    /// So many clients, all in the document.
    pub async fn open(place: &Place, clients: usize) -> Result<Self> {
        let writers = WRITERS.min(clients);
        let board = Arc::new(Board::new(clients, writers));
        let mut opened = Vec::new();
        while opened.len() < clients {
            let some = opened.len()..clients.min(opened.len() + AT_ONCE);
            let opening = some.map(|me| Client::open(place, me, Arc::clone(&board)));
            opened.extend(futures_util::future::try_join_all(opening).await?);
        }
        Ok(Self { clients: opened, pens: (0..writers).map(Pen::new).collect(), board })
    }

    /// Writers take turns at so many edits a second, for so long.
    pub async fn at_rate(&mut self, per_second: u32, edits: usize) -> Result<()> {
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / per_second);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for n in 0..edits {
            ticks.tick().await;
            self.write(n)?;
        }
        self.complete(edits).await
    }

    /// The first writes so many characters at once, and the others have them.
    pub async fn paste(&mut self, characters: usize) -> Result<()> {
        self.paste_alone(characters)?;
        self.complete(characters).await
    }

    /// As [`Self::paste`], where there are no others.
    pub fn paste_alone(&mut self, characters: usize) -> Result<()> {
        let update = self.pens[0].paste(characters);
        let now = Instant::now();
        (0..characters).for_each(|_| self.board.tally().sent(0, now));
        self.clients[0].say(&update)
    }

    /// The next edit is written when everybody has the one before.
    pub async fn one_by_one(&mut self, edits: usize) -> Result<()> {
        for n in 0..edits {
            self.write(n)?;
            self.complete(n + 1).await?;
        }
        Ok(())
    }

    /// So many edits are always under way.
    pub async fn pipelined(&mut self, edits: usize) -> Result<()> {
        for n in 0..edits {
            if n >= WINDOW {
                self.complete(n + 1 - WINDOW).await?;
            }
            self.write(n)?;
        }
        self.complete(edits).await
    }

    /// Ends. Fails if anybody's text lacks an edit, or differs.
    pub async fn close(self) -> Result<Outcome> {
        let mut heard = Vec::new();
        for client in self.clients {
            heard.push(client.close().await?);
        }
        let mut tally = self.board.tally();
        check(&heard, &self.pens, tally.all())?;
        let (p50, p99) = (tally.percentile(50).unwrap_or_default(), tally.percentile(99).unwrap_or_default());
        Ok(Outcome { delivered: tally.times.len(), p50, p99 })
    }

    /// Ends, whatever is under way.
    pub async fn leave(self) -> Result<()> {
        for client in self.clients {
            client.close().await?;
        }
        Ok(())
    }

    fn write(&mut self, n: usize) -> Result<()> {
        let writer = n % self.pens.len();
        let update = self.pens[writer].edit();
        self.board.tally().sent(writer, Instant::now());
        self.clients[writer].say(&update)
    }

    /// Waits until so many edits are everybody's.
    async fn complete(&self, edits: usize) -> Result<()> {
        loop {
            let complete = self.board.tally().complete;
            if complete >= edits {
                return Ok(());
            }
            let moved = timeout(LOST, self.board.moved.notified()).await;
            moved.with_context(|| format!("{complete} of {edits} edits came to everybody, and then none"))?;
        }
    }
}

/// So many clients come to a document at once, which has this many characters: the time until each has them all.
pub async fn storm(place: &Place, clients: usize, characters: usize) -> Result<Duration> {
    let board = Arc::new(Board::new(clients, 0));
    let begun = Instant::now();
    let coming = (0..clients).map(|me| Client::open(place, me, Arc::clone(&board)));
    let came = timeout(LOST, futures_util::future::try_join_all(coming)).await.context("not all came")??;
    let took = begun.elapsed();
    for client in came {
        let held = text(std::iter::once(&client.lacked[..]))?.len();
        ensure!(held == characters, "somebody got {held} of {characters} characters");
        client.close().await?;
    }
    Ok(took)
}

/// How long it takes to come to a document, and how many characters it has.
pub async fn join(place: &Place) -> Result<(Duration, usize)> {
    let begun = Instant::now();
    let client = Client::open(place, 0, Arc::new(Board::new(1, 0))).await?;
    let took = begun.elapsed();
    let characters = text(std::iter::once(&client.lacked[..]))?.len();
    client.close().await?;
    Ok((took, characters))
}
