//! What documents cost that a server keeps: in memory while nobody writes in them, and from the disk when somebody comes
//! after a restart.

use super::bench::{Bench, ms};
use super::work::{Crowd, join};
use anyhow::{Result, ensure};
use std::time::Duration;
use tokio::time::sleep;

/// Documents in which somebody was.
const DOCUMENTS: usize = 1_000;

/// Characters of each.
const CHARACTERS: usize = 10_000;

/// After the last has left, until nobody is expected back.
const LEFT: Duration = Duration::from_secs(5);

/// Documents to which somebody comes after a restart.
const COLD: usize = 20;

/// And the edits of one that has many, a character each.
const LONG: usize = 250_000;

impl Bench<'_> {
    /// MiB of memory for all of them.
    pub async fn memory(&mut self, with: &'static str, left: &'static str) {
        match self.held().await {
            Ok((open, idle)) => {
                self.put(with, open);
                self.put(left, idle);
            }
            Err(error) => self.failed(with, &error),
        }
    }

    /// What the server has grown by when in each document its writer still is, and when all have left.
    async fn held(&mut self) -> Result<(f64, f64)> {
        let people = self.server.people(DOCUMENTS).await?;
        // What signing in has left in memory is given back by then.
        sleep(LEFT).await;
        let before = self.server.memory()?;
        self.server.make_documents(people).await?;
        let (mut places, mut writers) = (Vec::new(), Vec::new());
        for _ in 0..DOCUMENTS {
            let place = self.server.place().await?;
            let mut writer = Crowd::open(&place, 1).await?;
            writer.paste_alone(CHARACTERS)?;
            places.push(place);
            writers.push(writer);
        }
        sleep(LEFT).await;
        let open = self.server.memory()?.saturating_sub(before);
        // Not of all: what reading leaves in memory is not asked here.
        for place in places.iter().step_by(DOCUMENTS / COLD) {
            let (_, characters) = join(place).await?;
            ensure!(characters == CHARACTERS, "somebody got {characters} of {CHARACTERS} characters");
        }
        for writer in writers {
            writer.leave().await?;
        }
        sleep(LEFT).await;
        let left = self.server.memory()?.saturating_sub(before);
        Ok((open as f64 / 1_024.0, left as f64 / 1_024.0))
    }

    /// Milliseconds until somebody has a document after a restart.
    pub async fn cold(&mut self, short: &'static str, long: &'static str) {
        match self.comes_back().await {
            Ok((one, many)) => {
                self.put(short, ms(one));
                self.put(long, ms(many));
            }
            Err(error) => self.failed(short, &error),
        }
    }

    /// The median of some documents, and the time of a long one. Each is asked for once, and was not read before.
    async fn comes_back(&mut self) -> Result<(Duration, Duration)> {
        let first = self.server.given();
        for _ in 0..COLD {
            let mut crowd = Crowd::open(&self.server.place().await?, 2).await?;
            crowd.paste(CHARACTERS).await?;
            crowd.close().await?;
        }
        self.server.typed(LONG).await?;
        self.server.restart().await?;
        let mut times = Vec::new();
        for n in first..first + COLD {
            let (took, characters) = join(&self.server.at(n).await?).await?;
            ensure!(characters == CHARACTERS, "somebody got {characters} of {CHARACTERS} characters");
            times.push(took);
        }
        times.sort_unstable();
        let (took, characters) = join(&self.server.at(first + COLD).await?).await?;
        ensure!(characters == LONG, "somebody got {characters} of {LONG} characters");
        Ok((times[COLD / 2], took))
    }
}
