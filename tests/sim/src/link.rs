//! Connections: frames on their way as their real bytes, over a socket or over requests that get lost and repeated.

use bytes::Bytes;
use folkmoot_model::event::decode;
use folkmoot_model::id::{PersonId, StreamId};
use folkmoot_model::signal::Signal;
use folkmoot_sync::hub::io::SessionId;
use folkmoot_sync::lasting::{Lasting, Part, parts};
use folkmoot_sync::request_transport::{Carried, Parcel};
use folkmoot_wire::frame::{ByeCode, ServerFrame, Signalled};
use std::collections::{BTreeMap, VecDeque};

/// Who is at the client's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A device of the world.
    Device(usize),
    /// Somebody with a token of this person who keeps to no rule.
    Hostile(PersonId),
}

/// A connection.
pub struct Link {
    /// The client.
    pub end: End,
    /// The node.
    pub node: usize,
    /// From the client to the node.
    pub up: VecDeque<Bytes>,
    /// From the node to the client.
    pub down: VecDeque<Bytes>,
    /// Set once the node has closed it: the client learns of it after what is on its way.
    pub closed: Option<Option<ByeCode>>,
    /// Does the node know of it?
    pub opened: bool,
    /// Nothing arrives any more, and nobody is told.
    pub half_open: bool,
    /// The client does not read.
    pub stalled: bool,
    /// Frames to the client after which the node is to be told that they are written.
    pub tell_after: Option<usize>,
    /// Over requests: both sides' numbering, and requests and responses of before that may arrive again.
    pub carried: Option<Box<Requests>>,
    /// Whose presence and carets the node has shown to the client, and not taken back: by stream, what and which connection.
    pub shown: BTreeMap<StreamId, BTreeMap<(Lasting, SessionId), PersonId>>,
}

/// The two sides of a connection that is carried by requests.
#[derive(Default)]
pub struct Requests {
    /// The client's.
    pub client: Carried,
    /// The node's.
    pub node: Carried,
    /// Old requests.
    pub requests: Vec<Parcel>,
    /// Old responses.
    pub responses: Vec<Parcel>,
}

impl Link {
    /// Not yet known to the node.
    pub fn new(end: End, node: usize, carried: bool) -> Self {
        Self {
            end,
            node,
            up: VecDeque::new(),
            down: VecDeque::new(),
            closed: None,
            opened: false,
            half_open: false,
            stalled: false,
            tell_after: None,
            carried: carried.then(Box::default),
            shown: BTreeMap::new(),
        }
    }

    /// Notes whom a frame to the client shows, or takes back. Nobody moves or takes away a caret of somebody else.
    pub fn note_shown(&mut self, frame: &[u8]) {
        let Ok(ServerFrame::Signalled(Signalled { stream, from, session, bytes })) = ServerFrame::read(frame) else {
            return;
        };
        let shown = self.shown.entry(stream).or_default();
        let Some(signal) = decode::<Signal>(&bytes) else {
            return shown.retain(|(_, by), _| *by != session);
        };
        for Part { lasting, taken_back, .. } in parts(signal) {
            let Some(lasting) = lasting else { continue };
            if matches!(lasting, Lasting::Caret(_)) {
                let others = shown.iter().filter(|((what, _), by)| *what == lasting && **by != from);
                let other = others.map(|(_, by)| by).next();
                assert_eq!(other, None, "carets-owned: {from} speaks in {stream} for {lasting:?}");
                // Another connection of the same person.
                shown.retain(|(what, _), _| *what != lasting);
            }
            match taken_back {
                true => drop(shown.remove(&(lasting, session))),
                false => drop(shown.insert((lasting, session), from)),
            }
        }
    }

    /// So many frames to the client are written. Is the node to be told now?
    pub fn takes(&mut self, frames: usize) -> bool {
        let left = self.tell_after.map(|left| left.saturating_sub(frames));
        self.tell_after = left.filter(|left| *left > 0);
        left == Some(0)
    }

    /// Is nothing on its way?
    pub fn is_quiet(&self) -> bool {
        let carried = |requests: &Requests| requests.client.is_empty() && requests.node.is_empty();
        self.up.is_empty() && self.down.is_empty() && self.carried.as_deref().is_none_or(carried)
    }
}
