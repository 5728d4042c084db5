//! A Yjs client: a connection that speaks a server's dialect, and a pen, which writes one character at a time.

use super::dialect::{Dialect, Told};
use super::tally::{Tally, yjs_client};
use super::wire::{Heard, Reader, Said, Wire, Writer};
use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, Options, Text, TextRef, Transact, Update};

/// The Text in which all write.
const BODY: &str = "content";

/// Where a document is, and how its server is spoken to.
#[derive(Debug, Clone)]
pub struct Place {
    /// Host and port.
    pub host: String,
    /// How messages get there.
    pub wire: Wire,
    /// The dialect.
    pub dialect: Dialect,
}

/// What all clients of a round share.
pub struct Board {
    tally: Mutex<Tally>,
    /// Something is complete.
    pub moved: Notify,
}

impl Board {
    /// Of so many clients, the first of which write.
    pub fn new(clients: usize, writers: usize) -> Self {
        Self { tally: Mutex::new(Tally::new(clients, writers)), moved: Notify::new() }
    }

    /// The counts.
    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection.
pub struct Client {
    says: mpsc::UnboundedSender<Said>,
    reader: JoinHandle<Result<Vec<Bytes>>>,
    writer: JoinHandle<()>,
    ends: Arc<Notify>,
    dialect: Dialect,
    /// What the server said that it lacks, at the start.
    pub lacked: Bytes,
}

impl Client {
    /// Connects, and waits until the document is here. `me` is its number on the board.
    pub async fn open(place: &Place, me: usize, board: Arc<Board>) -> Result<Self> {
        let (mut from, mut to) = place.wire.connect(&place.host).await?;
        let dialect = place.dialect.clone();
        for said in dialect.hello() {
            to.feed(Said::Message(said)).await?;
        }
        let mut lacked = (!dialect.greets()).then(Bytes::new);
        while lacked.is_none() {
            to.flush().await?;
            let Heard::Message(message) = from.next().await? else { continue };
            match dialect.read(&message).context("malformed")? {
                Told::Step1 => to.feed(Said::Message(dialect.nothing())).await?,
                Told::Step2(update) => lacked = Some(message.slice_ref(update)),
                Told::Denied => bail!("denied"),
                Told::Update(_) | Told::Other => {}
            }
        }
        let (says, said) = mpsc::unbounded_channel();
        let ends = Arc::new(Notify::new());
        let listener = Listener { me, board, dialect: dialect.clone(), says: says.clone(), heard: Vec::new() };
        let reader = tokio::spawn(listener.run(from, Arc::clone(&ends)));
        let lacked = lacked.unwrap_or_default();
        Ok(Self { says, reader, writer: tokio::spawn(write(to, said)), ends, dialect, lacked })
    }

    /// Says an update.
    pub fn say(&self, update: &[u8]) -> Result<()> {
        self.says.send(Said::Message(self.dialect.update(update))).context("the connection is gone")
    }

    /// Ends; gives all updates that came.
    pub async fn close(self) -> Result<Vec<Bytes>> {
        self.ends.notify_one();
        let heard = self.reader.await?;
        self.writer.abort();
        heard
    }
}

/// Writes what waits, with one flush, until the connection or the client is gone.
pub async fn write(mut to: Writer, mut said: mpsc::UnboundedReceiver<Said>) {
    let mut batch = Vec::new();
    while said.recv_many(&mut batch, 256).await > 0 {
        for message in batch.drain(..) {
            if to.feed(message).await.is_err() {
                return;
            }
        }
        if to.flush().await.is_err() {
            return;
        }
    }
}

struct Listener {
    me: usize,
    board: Arc<Board>,
    dialect: Dialect,
    says: mpsc::UnboundedSender<Said>,
    heard: Vec<Bytes>,
}

impl Listener {
    async fn run(self, from: Reader, ends: Arc<Notify>) -> Result<Vec<Bytes>> {
        let me = self.me;
        self.listen(from, &ends).await.inspect_err(|error| eprintln!("client {me}: {error:#}"))
    }

    async fn listen(mut self, mut from: Reader, ends: &Notify) -> Result<Vec<Bytes>> {
        loop {
            let heard = tokio::select! {
                heard = from.next() => heard?,
                () = ends.notified() => return Ok(self.heard),
            };
            match heard {
                Heard::Message(message) => self.told(&message)?,
                Heard::Ping => self.says.send(Said::Pong).context("the connection is gone")?,
                Heard::Open => {}
            }
        }
    }

    fn told(&mut self, message: &Bytes) -> Result<()> {
        match self.dialect.read(message).context("malformed")? {
            Told::Update(update) | Told::Step2(update) => {
                let moved = self.board.tally().heard(self.me, update, Instant::now())?;
                self.heard.push(message.slice_ref(update));
                if moved {
                    self.board.moved.notify_one();
                }
            }
            Told::Step1 => {
                let nothing = Said::Message(self.dialect.nothing());
                self.says.send(nothing).context("the connection is gone")?;
            }
            Told::Denied => bail!("denied"),
            Told::Other => {}
        }
        Ok(())
    }
}

/// Writes one character at a time, at its own end.
pub struct Pen {
    doc: Doc,
    body: TextRef,
    letter: String,
    /// What it wrote.
    pub wrote: Vec<Vec<u8>>,
}

impl Pen {
    /// Of this writer.
    pub fn new(writer: usize) -> Self {
        let doc = Doc::with_options(Options::with_client_id(yjs_client(writer)));
        let body = doc.get_or_insert_text(BODY);
        let letter = char::from(b'a' + u8::try_from(writer % 26).unwrap_or_default()).to_string();
        Self { doc, body, letter, wrote: Vec::new() }
    }

    /// One more character, as Yjs would say it.
    pub fn edit(&mut self) -> Vec<u8> {
        self.paste(1)
    }

    /// So many characters at once.
    pub fn paste(&mut self, characters: usize) -> Vec<u8> {
        let mut change = self.doc.transact_mut();
        self.body.push(&mut change, &self.letter.repeat(characters));
        let update = change.encode_update_v1();
        self.wrote.push(update.clone());
        update
    }
}

/// The text of somebody who has all of these updates. Fails if one cannot be read.
pub fn text<'a>(updates: impl Iterator<Item = &'a [u8]>) -> Result<String> {
    let doc = Doc::new();
    let body = doc.get_or_insert_text(BODY);
    for update in updates {
        doc.transact_mut().apply_update(Update::decode_v1(update)?)?;
    }
    Ok(body.get_string(&doc.transact()))
}

/// Has everybody the same text, of so many characters? `heard` by client, `pens` of the first of them.
pub fn check(heard: &[Vec<Bytes>], pens: &[Pen], characters: usize) -> Result<()> {
    let mut first = None;
    for (me, heard) in heard.iter().enumerate() {
        let own = pens.get(me).into_iter().flat_map(|pen| pen.wrote.iter().map(Vec::as_slice));
        let text = text(own.chain(heard.iter().map(|update| &update[..])))?;
        ensure!(text.len() == characters, "client {me} has {} of {characters} edits", text.len());
        ensure!(*first.get_or_insert_with(|| text.clone()) == text, "client {me} has another text");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lacks_an_edit_is_noticed() {
        let mut pens = [Pen::new(0), Pen::new(1)];
        let heard: Vec<Bytes> = pens.iter_mut().map(|pen| pen.edit().into()).collect();
        let all = [vec![heard[1].clone()], vec![heard[0].clone()], heard.clone()];
        assert!(check(&all, &pens, 2).is_ok());
        assert!(check(&[all[0].clone(), Vec::new(), all[2].clone()], &pens, 2).is_err());
        assert!(check(&all, &pens, 3).is_err());
    }
}
