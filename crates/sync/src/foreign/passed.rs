//! A frame of the hub as foreign connections take it: read once, however many of them get it, and what it says of the
//! document put into one message for all.

use super::ENVELOPE_BYTES;
use bytes::Bytes;
use folkmoot_model::documents::{DocumentEdited, merge_updates};
use folkmoot_model::event::Event;
use folkmoot_model::id::{EventId, Seq};
use folkmoot_wire::codec::Unreadable;
use folkmoot_wire::frame::{Events, ServerFrame};
use folkmoot_wire::y_websocket;
use std::sync::OnceLock;

/// A frame of the hub, read.
#[derive(Debug)]
pub struct Passed(pub(super) What);

/// What it says.
#[derive(Debug)]
pub(super) enum What {
    /// What was written into the document.
    Run(Run),
    /// Anything else.
    Frame(ServerFrame),
}

/// A run of a document's events.
#[derive(Debug)]
pub(super) struct Run {
    /// The last.
    pub last: Seq,
    /// How many.
    pub events: u64,
    /// About how many bytes.
    pub bytes: usize,
    /// Its edits.
    pub edits: Vec<(EventId, Vec<u8>)>,
    messages: OnceLock<Vec<Bytes>>,
}

impl Passed {
    /// Reads a frame that the hub has encoded.
    pub fn read(frame: &[u8]) -> Result<Self, Unreadable> {
        ServerFrame::read(frame).map(Self::from)
    }
}

impl From<ServerFrame> for Passed {
    fn from(frame: ServerFrame) -> Self {
        Self(match frame {
            ServerFrame::Events(events) => What::Run(Run::from(events)),
            frame => What::Frame(frame),
        })
    }
}

impl From<Events> for Run {
    fn from(Events { events, .. }: Events) -> Self {
        let mut run =
            Self { last: 0, events: events.len() as u64, bytes: 0, edits: Vec::new(), messages: OnceLock::new() };
        for logged in events {
            run.last = logged.seq;
            run.bytes += logged.envelope.body.len() + ENVELOPE_BYTES;
            if let Ok(Event::DocumentEdited(DocumentEdited { update })) = logged.envelope.event() {
                run.edits.push((logged.envelope.id, update));
            }
        }
        run
    }
}

impl Run {
    /// All edits as the messages of y-websocket that say them: one, unless they cannot be merged.
    pub fn messages(&self) -> &[Bytes] {
        self.messages.get_or_init(|| {
            let updates: Vec<&[u8]> = self.edits.iter().map(|(_, update)| update.as_slice()).collect();
            match merge_updates(&updates) {
                Some(merged) => vec![y_websocket::update(&merged)],
                None => updates.into_iter().map(y_websocket::update).collect(),
            }
        })
    }
}
