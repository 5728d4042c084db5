//! People in one room, who post in turns; and who has which message.

use super::client::write;
use super::talk::{Person, Talk, Told};
use super::wire::{Heard, Reader, Said};
use super::work::Outcome;
use anyhow::{Context, Result, ensure};
use folkmoot_model::id::EventId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, timeout};

/// Messages under way at once when they are not posted one by one.
const WINDOW: usize = 200;

/// Without anything complete for so long, the rest is lost.
const LOST: Duration = Duration::from_secs(10);

/// The room and all who are in it.
pub struct Room {
    people: Vec<(mpsc::UnboundedSender<Said>, Talk)>,
    tasks: Vec<JoinHandle<()>>,
    board: Arc<Board>,
}

#[derive(Default)]
struct Board {
    posts: Mutex<Posts>,
    moved: Notify,
}

/// All messages.
#[derive(Default)]
struct Posts {
    people: usize,
    posts: Vec<Post>,
    ids: BTreeMap<EventId, usize>,
    /// Messages that everybody has, and of which their sender knows that they stand.
    complete: usize,
    /// From the posting to each arrival at somebody else.
    times: Vec<Duration>,
    /// What went wrong first.
    failed: Option<String>,
}

struct Post {
    sender: usize,
    at: Instant,
    has: Vec<bool>,
    had: usize,
}

impl Posts {
    /// Somebody has it: the others the message, its sender the knowledge that it stands. A second time fails.
    fn reached(&mut self, person: usize, n: usize, at: Instant) -> Result<()> {
        let post = self.posts.get_mut(n).context("a message that nobody posted")?;
        ensure!(!std::mem::replace(&mut post.has[person], true), "{person} got message {n} twice");
        post.had += 1;
        if person != post.sender {
            self.times.push(at.duration_since(post.at));
        }
        self.complete += usize::from(post.had == self.people);
        Ok(())
    }

    fn told(&mut self, person: usize, told: &Told, at: Instant) -> Result<()> {
        match told {
            // Ours tells a sender by its acknowledgement, and not again.
            Told::Posted(n) if self.ids.is_empty() || self.posts.get(*n).is_none_or(|post| post.sender != person) => {
                self.reached(person, *n, at)
            }
            Told::Taken(id) => {
                let n = *self.ids.get(id).context("a message that nobody posted was taken")?;
                self.reached(person, n, at)
            }
            _ => Ok(()),
        }
    }
}

impl Board {
    fn posts(&self) -> MutexGuard<'_, Posts> {
        self.posts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Room {
    /// With all who are in it.
    pub fn new(all: Vec<Person>) -> Self {
        let board = Arc::new(Board::default());
        board.posts().people = all.len();
        let (mut people, mut tasks) = (Vec::new(), Vec::new());
        for (me, Person { reads, writes, talk }) in all.into_iter().enumerate() {
            let (says, said) = mpsc::unbounded_channel();
            tasks.push(tokio::spawn(write(writes, said)));
            let listener = Listener { me, talk: talk.clone(), says: says.clone(), board: Arc::clone(&board) };
            tasks.push(tokio::spawn(listener.run(reads)));
            people.push((says, talk));
        }
        Self { people, tasks, board }
    }

    /// People take turns at so many messages a second, for so long.
    pub async fn at_rate(&mut self, per_second: u32, messages: usize) -> Result<()> {
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / per_second);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for _ in 0..messages {
            ticks.tick().await;
            self.post()?;
        }
        self.complete(0).await
    }

    /// The next message is posted when everybody has the one before, and its sender knows that it stands.
    pub async fn one_by_one(&mut self, messages: usize) -> Result<()> {
        for _ in 0..messages {
            self.post()?;
            self.complete(0).await?;
        }
        Ok(())
    }

    /// Some messages are always under way.
    pub async fn pipelined(&mut self, messages: usize) -> Result<()> {
        for _ in 0..messages {
            self.complete(WINDOW - 1).await?;
            self.post()?;
        }
        self.complete(0).await
    }

    /// What came to others since this was asked last.
    pub fn outcome(&self) -> Outcome {
        let mut times = std::mem::take(&mut self.board.posts().times);
        times.sort_unstable();
        let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len().saturating_sub(1))).copied();
        Outcome { delivered: times.len(), p50: at(50).unwrap_or_default(), p99: at(99).unwrap_or_default() }
    }

    fn post(&self) -> Result<()> {
        let mut posts = self.board.posts();
        let (n, people) = (posts.posts.len(), self.people.len());
        let sender = n % people;
        let (says, talk) = &self.people[sender];
        let (message, id) = talk.post(n)?;
        posts.ids.extend(id.map(|id| (id, n)));
        posts.posts.push(Post { sender, at: Instant::now(), has: vec![false; people], had: 0 });
        says.send(Said::Message(message)).context("the connection is gone")
    }

    /// Waits until no more than so many messages are under way.
    async fn complete(&self, under_way: usize) -> Result<()> {
        loop {
            let (left, failed) = {
                let mut posts = self.board.posts();
                (posts.posts.len() - posts.complete, posts.failed.take())
            };
            ensure!(failed.is_none(), "{}", failed.unwrap_or_default());
            if left <= under_way {
                return Ok(());
            }
            let moved = timeout(LOST, self.board.moved.notified()).await;
            moved.with_context(|| format!("{left} messages are under way, and none comes to everybody"))?;
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

struct Listener {
    me: usize,
    talk: Talk,
    says: mpsc::UnboundedSender<Said>,
    board: Arc<Board>,
}

impl Listener {
    async fn run(self, reads: Reader) {
        if let Err(error) = self.listen(reads).await {
            self.board.posts().failed.get_or_insert(format!("person {}: {error:#}", self.me));
            self.board.moved.notify_one();
        }
    }

    async fn listen(&self, mut reads: Reader) -> Result<()> {
        loop {
            let Heard::Message(message) = reads.next().await? else { continue };
            let (all, now) = (self.talk.read(&message)?, Instant::now());
            let mut posts = self.board.posts();
            let before = posts.complete;
            for told in all {
                match told {
                    Told::Answer(answer) => {
                        self.says.send(Said::Message(answer)).context("the connection is gone")?;
                    }
                    told => posts.told(self.me, &told, now)?,
                }
            }
            if posts.complete > before {
                self.board.moved.notify_one();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_complete_when_the_others_have_it_and_its_sender_knows_that_it_stands() {
        let now = Instant::now();
        let id = EventId([7; 16]);
        let mut posts = Posts { people: 3, ..Posts::default() };
        posts.posts.push(Post { sender: 1, at: now, has: vec![false; 3], had: 0 });
        posts.ids.insert(id, 0);
        posts.told(0, &Told::Posted(0), now).unwrap();
        posts.told(2, &Told::Posted(0), now).unwrap();
        posts.told(1, &Told::Posted(0), now).unwrap();
        assert_eq!((posts.complete, posts.times.len()), (0, 2), "its own is no acknowledgement");
        assert!(posts.told(2, &Told::Posted(0), now).is_err(), "twice");
        posts.told(1, &Told::Taken(id), now).unwrap();
        assert_eq!((posts.complete, posts.times.len()), (1, 2));
    }
}
