//! Documents that are open in editors: the webview's Y.Doc on one side, the document's stream on the other.
//!
//! A frame is a byte and its content. `0`, both ways: a Yjs update; down, the first is the whole state (checkpoint, what
//! came after it, and what is not sent yet), and whoever was too slow gets that again. `1`, both ways: an awareness
//! update as y-protocols writes it. `2`, down: this is the server's state now. `3`, down, the last: the editor's Yjs
//! client is somebody else's; it says what it has not said yet and opens the document anew, as another client. An editor
//! stores nothing.
//!
//! Here is only who has what open, and what they are told. Edits are journalled by the replica; see `engine/bridge.rs`.

mod awareness;
pub mod gates;

use awareness::{Clients, clients, removal};
use folkmoot_model::id::{PersonId, StreamId};
use folkmoot_model::yjs::gate::rename::Renamed;
use folkmoot_sync::awareness::{CaretUser, Connection, Others, signed, states};
use folkmoot_wire::y_websocket::Aware;
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// The first byte of a frame with a Yjs update.
pub const UPDATE: u8 = 0;
/// The first byte of a frame with an awareness update.
pub const AWARENESS: u8 = 1;
/// The only byte of the frame that says that the server's state is reached.
pub const SYNCED: u8 = 2;

/// The only byte of the frame that says that the editor must begin again.
pub const RESTART: u8 = 3;

/// The documents that are open.
#[derive(Debug, Default)]
pub struct Documents {
    open: BTreeMap<StreamId, Document>,
    channels: BTreeMap<u32, StreamId>,
    last: u32,
}

#[derive(Debug, Default)]
struct Document {
    channels: BTreeMap<u32, Channel>,
    synced: bool,
    /// The carets of others.
    others: Others,
}

#[derive(Debug)]
struct Channel {
    sink: mpsc::Sender<Vec<u8>>,
    /// It lacks something, and gets the whole state next.
    behind: bool,
    /// Somebody waits for room in the sink.
    waiting: bool,
    own: Clients,
    awareness: Option<Vec<u8>>,
    /// It must begin again; until it does, these clients in what it says are others.
    renamed: Option<BTreeMap<u32, Renamed>>,
}

/// What a channel that is behind needs.
#[derive(Debug)]
pub enum Behind {
    /// It has room for the whole state, which is to be given to [`Documents::give`].
    Room,
    /// It is full; call [`Documents::give`] when this has room.
    Full(mpsc::Sender<Vec<u8>>),
    /// It is full, and somebody waits already.
    Waiting,
    /// Nobody reads any more.
    Closed,
}

/// What a channel leaves behind when it closes.
#[derive(Debug, PartialEq, Eq)]
pub struct Closed {
    /// The document.
    pub document: StreamId,
    /// The awareness update that takes its carets away, if it showed any.
    pub removal: Option<Vec<u8>>,
    /// Was it the document's last?
    pub last: bool,
}

impl Documents {
    /// Opens a channel, which is behind at first. Answers its number, and whether it is the document's first.
    pub fn open(&mut self, document: StreamId, sink: mpsc::Sender<Vec<u8>>) -> (u32, bool) {
        self.last = self.last.wrapping_add(1).max(1);
        let channel =
            Channel { sink, behind: true, waiting: false, own: Clients::new(), awareness: None, renamed: None };
        let open = self.open.entry(document).or_default();
        let first = open.channels.is_empty();
        open.channels.insert(self.last, channel);
        self.channels.insert(self.last, document);
        (self.last, first)
    }

    /// The document behind a channel.
    pub fn of_channel(&self, channel: u32) -> Option<StreamId> {
        self.channels.get(&channel).copied()
    }

    /// Closes a channel.
    pub fn close(&mut self, channel: u32) -> Option<Closed> {
        let document = self.channels.remove(&channel)?;
        let open = self.open.get_mut(&document)?;
        let closed = open.channels.remove(&channel)?;
        let removal = removal(&closed.own);
        if let Some(removal) = &removal {
            open.tell(&frame(AWARENESS, removal), None);
        }
        let last = open.channels.is_empty();
        if last {
            self.open.remove(&document);
        }
        Some(Closed { document, removal, last })
    }

    /// Is the document open and as the server has it?
    pub fn is_synced(&self, document: StreamId) -> bool {
        self.open.get(&document).is_some_and(|open| open.synced)
    }

    /// Gives a frame to all channels of a document. One that has no room for an update is behind.
    pub fn tell(&mut self, document: StreamId, frame: Vec<u8>) {
        if let Some(open) = self.open.get_mut(&document) {
            open.tell(&frame, None);
        }
    }

    /// Gives a frame to the other channels of the document.
    pub fn tell_others(&mut self, channel: u32, frame: &[u8]) {
        if let Some(open) = self.channels.get(&channel).and_then(|document| self.open.get_mut(document)) {
            open.tell(frame, Some(channel));
        }
    }

    /// The editor behind `channel` shows its caret.
    pub fn shown(&mut self, channel: u32, update: &[u8]) {
        let open = self.channels.get(&channel).and_then(|document| self.open.get_mut(document));
        if let Some(channel) = open.and_then(|open| open.channels.get_mut(&channel)) {
            channel.own.extend(clients(update));
            channel.awareness = Some(update.to_vec());
        }
    }

    /// What the editors of this device show now, to be said again on a new link.
    pub fn own_awareness(&self) -> Vec<(StreamId, Vec<u8>)> {
        let of = |(document, open): (&StreamId, &Document)| {
            let document = *document;
            open.channels
                .values()
                .filter_map(|channel| channel.awareness.clone())
                .map(move |update| (document, update))
                .collect()
        };
        self.open.iter().flat_map::<Vec<_>, _>(of).collect()
    }

    /// Somebody else shows their carets: this is what they are called, whatever the carets say. What speaks for an editor of
    /// this device, or for the caret of anybody else, is passed over.
    pub fn aware(&mut self, document: StreamId, by: Connection, update: &[u8], user: &CaretUser) {
        let Some(Document { others, channels, .. }) = self.open.get_mut(&document) else { return };
        let states: Vec<Aware<'_>> = states(update).filter_map(|one| signed(&one, user)).collect();
        let is_own = |client| channels.values().any(|channel| channel.own.contains_key(&client));
        if let Some(update) = others.shown(by, &states, is_own) {
            self.tell(document, frame(AWARENESS, &update));
        }
    }

    /// A connection of somebody is gone, or with the number 0 all of them: their carets go too.
    pub fn left(&mut self, document: StreamId, from: PersonId, session: u64) {
        let Some(open) = self.open.get_mut(&document) else { return };
        open.others_left(|(person, one)| person == from && (session == 0 || one == session));
    }

    /// What the document says has changed otherwise than by what was told: its editors are given the whole state.
    pub fn show_anew(&mut self, document: StreamId) {
        for channel in self.open.get_mut(&document).into_iter().flat_map(|open| open.channels.values_mut()) {
            channel.behind = true;
        }
    }

    /// The link is lost: nobody else is here, as far as is known.
    pub fn nobody_is_here(&mut self) {
        for open in self.open.values_mut() {
            open.synced = false;
            open.others_left(|_| true);
        }
    }

    /// The document is as the server has it.
    pub fn synced(&mut self, document: StreamId) {
        if let Some(open) = self.open.get_mut(&document) {
            open.synced = true;
            open.tell(&[SYNCED], None);
        }
    }

    /// All editors that have a document open must begin again. What they say before that is said as these clients.
    pub fn restart(&mut self, document: StreamId, names: &BTreeMap<u32, Renamed>) {
        for channel in self.open.get_mut(&document).into_iter().flat_map(|open| open.channels.values_mut()) {
            if channel.renamed.is_none() {
                channel.tell(&[RESTART]);
                channel.renamed = Some(names.clone());
            }
        }
    }

    /// The clients that are others in what is said behind `channel`, if it must begin again.
    pub fn renamed_at(&self, channel: u32) -> Option<&BTreeMap<u32, Renamed>> {
        self.open.get(self.channels.get(&channel)?)?.channels.get(&channel)?.renamed.as_ref()
    }

    /// The document may no longer be read: its channels end.
    pub fn revoked(&mut self, document: StreamId) {
        if self.open.remove(&document).is_some() {
            self.channels.retain(|_, behind| *behind != document);
        }
    }

    /// The engine has begun anew: all channels are behind. Answers the documents, which are to be followed again.
    pub fn reopen(&mut self) -> Vec<StreamId> {
        for open in self.open.values_mut() {
            open.synced = false;
            open.channels.values_mut().for_each(|channel| channel.behind = true);
        }
        self.open.keys().copied().collect()
    }

    /// The channels that are behind, and what each needs.
    pub fn behind(&mut self) -> Vec<(u32, StreamId, Behind)> {
        let mut behind = Vec::new();
        for (document, open) in &mut self.open {
            for (number, channel) in open.channels.iter_mut() {
                // Two: the state, and that it is the server's.
                let need =
                    match (channel.sink.is_closed(), channel.behind, channel.sink.capacity() >= 2, channel.waiting) {
                        (true, ..) => Behind::Closed,
                        (_, false, ..) => continue,
                        (_, _, true, _) => Behind::Room,
                        (_, _, _, true) => Behind::Waiting,
                        _ => {
                            channel.waiting = true;
                            Behind::Full(channel.sink.clone())
                        }
                    };
                behind.push((*number, *document, need));
            }
        }
        behind
    }

    /// Gives a channel that has room the whole state. Nothing of it is needed before.
    pub fn give(&mut self, channel: u32, state: &[u8]) {
        let Some(open) = self.channels.get(&channel).and_then(|document| self.open.get_mut(document)) else { return };
        let synced = open.synced;
        let Some(channel) = open.channels.get_mut(&channel) else { return };
        (channel.behind, channel.waiting) = (false, false);
        if channel.renamed.is_some() {
            return channel.tell(&[RESTART]);
        }
        channel.tell(&update(state));
        if synced {
            channel.tell(&[SYNCED]);
        }
    }
}

impl Document {
    fn others_left(&mut self, is_gone: impl Fn(Connection) -> bool) {
        if let Some((_, update)) = self.others.left(is_gone) {
            self.tell(&frame(AWARENESS, &update), None);
        }
    }

    fn tell(&mut self, frame: &[u8], except: Option<u32>) {
        for (number, channel) in &mut self.channels {
            if Some(*number) != except && !channel.behind {
                channel.tell(frame);
            }
        }
    }
}

impl Channel {
    fn tell(&mut self, frame: &[u8]) {
        match self.sink.try_send(frame.to_vec()) {
            // A caret that is missed is followed by the next; anything else is made good by the whole state.
            Err(TrySendError::Full(frame)) => self.behind |= frame.first() != Some(&AWARENESS),
            Ok(()) | Err(TrySendError::Closed(_)) => {}
        }
    }
}

/// The frame of a Yjs update.
pub fn update(update: &[u8]) -> Vec<u8> {
    frame(UPDATE, update)
}

fn frame(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind], content].concat()
}

#[cfg(test)]
mod tests;
