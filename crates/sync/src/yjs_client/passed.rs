//! A frame of the hub as foreign connections take it: read once, however many of them get it, and what it says of the
//! document put into one message for all. So is the document as it is, for all who come and are told it by the same frames.

use super::ENVELOPE_BYTES;
use crate::awareness::{self, CaretUser, Connection};
use bytes::Bytes;
use folkmoot_model::event::decode;
use folkmoot_model::features::documents::{merge_updates, state_vector};
use folkmoot_model::id::{EventId, PersonId, Seq};
use folkmoot_model::signal::Signal;
use folkmoot_wire::codec::Unreadable;
use folkmoot_wire::frame::{Events, ServerFrame};
use folkmoot_wire::y_websocket::{self, Aware, NOTHING};
use std::sync::{Arc, OnceLock, Weak};

/// A frame of the hub, read.
#[derive(Debug)]
pub struct Passed {
    pub(super) what: What,
    told: OnceLock<Told>,
}

/// The document after a frame, as it was put together for the first who got it.
#[derive(Debug)]
struct Told {
    /// The frames that they got before it.
    after: Vec<Weak<Passed>>,
    /// `None` if it cannot be read.
    state: Option<Arc<State>>,
}

/// What it says.
#[derive(Debug)]
pub(super) enum What {
    /// What was written into the document.
    Run(Run),
    /// Carets.
    Carets(Shown),
    /// Anything else.
    Frame(ServerFrame),
}

/// Carets that a connection shows.
#[derive(Debug)]
pub(super) struct Shown {
    /// Whose.
    pub by: Connection,
    update: Vec<u8>,
    signed: OnceLock<Vec<Aware<'static>>>,
}

impl Shown {
    /// What is shown, under its person's name: written for the first who gets it, for all.
    pub fn signed(&self, user: impl FnOnce() -> CaretUser) -> &[Aware<'static>] {
        let write = || {
            let user = user();
            awareness::states(&self.update).filter_map(|one| awareness::signed(&one, &user)).collect()
        };
        self.signed.get_or_init(write)
    }
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

    /// About how many bytes it holds beside what the frame itself is.
    pub fn held_bytes(&self) -> usize {
        let state = self.told.get().and_then(|told| told.state.as_ref());
        state.map_or(0, |state| state.update.len() + state.answers.len())
    }

    /// Do others get the same frame?
    pub fn is_for_many(&self) -> bool {
        let frame = |frame: &ServerFrame| matches!(frame, ServerFrame::Snapshot(_) | ServerFrame::Signalled(_));
        match &self.what {
            What::Run(_) | What::Carets(_) => true,
            What::Frame(other) => frame(other),
        }
    }

    /// Whose caret it shows.
    pub(super) fn shows(&self) -> Option<PersonId> {
        match &self.what {
            What::Carets(shown) => Some(shown.by.0),
            What::Run(_) | What::Frame(_) => None,
        }
    }
}

/// A document as it is.
#[derive(Debug)]
pub(super) struct State {
    /// All of it.
    pub update: Vec<u8>,
    /// Asks for what it lacks: the message of y-websocket.
    pub asks: Bytes,
    /// Tells all of it to who has nothing: the message of y-websocket.
    pub answers: Bytes,
}

impl State {
    /// What these frames say of a document, in order; `None` if it cannot be read.
    pub fn of(parts: &[Arc<Passed>]) -> Option<Arc<Self>> {
        let Some((last, before)) = parts.split_last() else { return Self::merged(&[]) };
        let first = || Told { after: before.iter().map(Arc::downgrade).collect(), state: Self::merged(parts) };
        let told = last.told.get_or_init(first);
        let same = told.after.iter().map(Weak::as_ptr).eq(before.iter().map(Arc::as_ptr));
        if same { told.state.clone() } else { Self::merged(parts) }
    }

    fn merged(parts: &[Arc<Passed>]) -> Option<Arc<Self>> {
        let mut checkpoint: Option<Vec<u8>> = None;
        let mut updates: Vec<&[u8]> = Vec::new();
        for part in parts {
            match &part.what {
                What::Run(run) => updates.extend(run.edits.iter().map(|(_, update)| update.as_slice())),
                What::Frame(ServerFrame::Snapshot(snapshot)) => {
                    let part = snapshot.checkpoint.iter().flatten();
                    checkpoint.get_or_insert_default().extend(part);
                }
                What::Carets(_) | What::Frame(_) => {}
            }
        }
        let updates: Vec<&[u8]> = checkpoint.as_deref().into_iter().chain(updates).collect();
        let update = if updates.is_empty() { NOTHING.to_vec() } else { merge_updates(&updates)? };
        let asks = y_websocket::step_1(&state_vector(&update)?);
        let answers = y_websocket::step_2(&update);
        Some(Arc::new(Self { update, asks, answers }))
    }
}

impl From<ServerFrame> for Passed {
    fn from(frame: ServerFrame) -> Self {
        let what = match frame {
            ServerFrame::Events(events) => What::Run(Run::from(events)),
            ServerFrame::Signalled(signalled) => match decode::<Signal>(&signalled.bytes) {
                Some(Signal::Awareness { update }) => {
                    let by = (signalled.from, signalled.session);
                    What::Carets(Shown { by, update, signed: OnceLock::new() })
                }
                _ => What::Frame(signalled.into()),
            },
            frame => What::Frame(frame),
        };
        Self { what, told: OnceLock::new() }
    }
}

impl From<Events> for Run {
    fn from(Events { events, .. }: Events) -> Self {
        let mut run =
            Self { last: 0, events: events.len() as u64, bytes: 0, edits: Vec::new(), messages: OnceLock::new() };
        for logged in events {
            run.last = logged.seq;
            run.bytes += logged.envelope.body.len() + ENVELOPE_BYTES;
            let event = logged.envelope.event();
            let update = event.as_ref().ok().and_then(|event| event.update());
            run.edits.extend(update.map(|update| (logged.envelope.id, update.to_vec())));
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
