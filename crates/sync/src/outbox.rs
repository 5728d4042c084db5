//! What this device has said and the server has not settled: one order over all streams, kept in a journal (a send
//! queue).
//!
//! # What it is for
//!
//! Nothing that was saved is lost, doubled or reordered, whenever the process dies. It does no IO: it is rebuilt from
//! the journal's [`Entry`]s, and every change to it is an entry first. Beside it: drafts, and updates of documents that
//! no event has yet.
//!
//! # The states of an event
//!
//! ```text
//!  Queued             sent              Ack                the cursor reaches it
//! ────────▶ Saved ──────────▶ Sent ──────────▶ Accepted ────────────────────────▶ settled
//!             ▲                │  Nack
//!             └── lost, Busy ──┘───────▶ Refused ── given up, or said again ─────▶ settled
//! ```
//!
//! # Example
//!
//! 1. On a train Ana says `a` in one room and `b` in another: two `Queued`, both *saved*. Until a link takes them she
//!    can take them back without a trace.
//! 2. The link is up: [`Outbox::next_run`] gives `a` alone (a run is of one stream), with `resume`, then `b`. `Offered`
//!    is journalled before each is sent.
//! 3. The link is lost: [`Outbox::rewind`] makes both *saved* again. They are sent once more under the same ids, and
//!    the server answers as it did before.
//! 4. `a` is accepted at 41, and settled when the cursor is there. `b` is refused: it is kept with its words, after
//!    restarts too, until it is given up.
//! 5. She types in a document while an event of it is undecided: three `Unsent` gather, and leave as one event,
//!    `Queued` with `merges: 3`.

mod entry;

pub use entry::{Draft, DraftPlace, Entry};

use folkmoot_model::event::{Envelope, PENDING_SEQ, Sealed};
use folkmoot_model::fact::About;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::refusal::Refusal;
use folkmoot_wire::limits::{INFLIGHT_BYTES_MAX, INFLIGHT_EVENTS_MAX, MERGED_UPDATE_BYTES, SUBMIT_EVENTS_MAX};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// How far an event has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Journalled.
    Saved,
    /// Sent on this link, not answered.
    Sent,
    /// In the log at this place, which the cursor has not reached.
    Accepted(Seq),
    /// Refused, and kept for the person.
    Refused(Refusal),
}

/// An event of this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its stream.
    pub stream: StreamId,
    /// The event.
    pub envelope: Envelope,
    /// How far it has come.
    pub state: State,
    /// When it was sent on this link, Unix milliseconds.
    pub sent_ms: u64,
    /// May the server know of it? Not, if it was never about to be given to a link, in this process or an earlier one.
    pub offered: bool,
    /// Counts the items of this process: gives the order, and the provisional place.
    number: u64,
}

impl Item {
    /// As the fold steps over it: with a provisional place. `None` if its kind is of a newer version than ours.
    pub fn sealed(&self, author: PersonId) -> Option<Sealed> {
        let Envelope { id, client_ms, .. } = self.envelope;
        Some(Sealed {
            id,
            seq: PENDING_SEQ + self.number,
            author,
            at_ms: client_ms,
            event: self.envelope.event().ok()?,
        })
    }

    /// Is the server still to decide it?
    pub fn undecided(&self) -> bool {
        matches!(self.state, State::Saved | State::Sent)
    }
}

/// The outbox.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    /// By number.
    items: BTreeMap<u64, Item>,
    numbers: BTreeMap<EventId, u64>,
    /// How many of them are undecided.
    undecided: usize,
    unsent: BTreeMap<StreamId, VecDeque<Vec<u8>>>,
    /// By room, and by their place there.
    drafts: BTreeMap<(StreamId, DraftPlace), Draft>,
    numbered: u64,
    /// How many journal entries would be written anew by [`Outbox::entries`], and how many were written.
    written: u64,
}

impl Outbox {
    /// From the journal's entries. Entries of unknown events change nothing.
    pub fn replay(entries: Vec<Entry>) -> Self {
        let mut outbox = Self::default();
        for entry in entries {
            outbox.apply(&entry);
        }
        outbox
    }

    /// Takes in an entry that is or will be journalled. Queuing an id twice changes nothing.
    pub fn apply(&mut self, entry: &Entry) {
        self.written += 1;
        match entry {
            Entry::Queued { stream, envelope, merges } => {
                if self.numbers.contains_key(&envelope.id) {
                    return;
                }
                if let Some(unsent) = self.unsent.get_mut(stream) {
                    unsent.drain(..unsent.len().min(*merges as usize));
                    if unsent.is_empty() {
                        self.unsent.remove(stream);
                    }
                }
                self.numbered += 1;
                self.undecided += 1;
                self.numbers.insert(envelope.id, self.numbered);
                let item = Item {
                    stream: *stream,
                    envelope: envelope.clone(),
                    state: State::Saved,
                    sent_ms: 0,
                    offered: false,
                    number: self.numbered,
                };
                self.items.insert(self.numbered, item);
            }
            Entry::Accepted { id, seq } => self.set(id, State::Accepted(*seq)),
            Entry::Refused { id, refusal } => self.set(id, State::Refused(refusal.clone())),
            Entry::Settled { id } => {
                let settled = self.numbers.remove(id).and_then(|number| self.items.remove(&number));
                self.undecided -= usize::from(settled.is_some_and(|item| item.undecided()));
            }
            Entry::Unsent { document, update } => {
                self.unsent.entry(*document).or_default().push_back(update.clone());
            }
            Entry::Offered { id } => {
                if let Some(item) = self.item(id) {
                    item.offered = true;
                }
            }
            Entry::Drafted { room, draft } if draft.is_empty() => drop(self.drafts.remove(&(*room, draft.place()))),
            Entry::Drafted { room, draft } => drop(self.drafts.insert((*room, draft.place()), draft.clone())),
        }
    }

    fn set(&mut self, id: &EventId, state: State) {
        let Some(item) = self.item(id) else { return };
        let before = item.undecided();
        item.state = state;
        let after = item.undecided();
        self.undecided = self.undecided + usize::from(after) - usize::from(before);
    }

    fn item(&mut self, id: &EventId) -> Option<&mut Item> {
        self.items.get_mut(self.numbers.get(id)?)
    }

    /// The entries that a fresh journal needs for the same outbox.
    pub fn entries(&self) -> Vec<Entry> {
        let items = self.items().flat_map(|item| {
            let id = item.envelope.id;
            // What it merged is gone from the unsent ones already.
            let queued = Entry::Queued { stream: item.stream, envelope: item.envelope.clone(), merges: 0 };
            let decided = match &item.state {
                State::Saved | State::Sent => item.offered.then_some(Entry::Offered { id }),
                State::Accepted(seq) => Some(Entry::Accepted { id, seq: *seq }),
                State::Refused(refusal) => Some(Entry::Refused { id, refusal: refusal.clone() }),
            };
            [Some(queued), decided].into_iter().flatten()
        });
        let unsent = self.unsent.iter().flat_map(|(document, updates)| {
            updates.iter().map(|update| Entry::Unsent { document: *document, update: update.clone() })
        });
        let unsent = unsent.filter(|_| !planted(Mutant::RewriteLosesUnsent));
        let items = items.filter(|entry| {
            !planted(Mutant::RewriteLosesQueued)
                || !matches!(entry, Entry::Queued { merges: 0, .. })
                || self.unsent.is_empty()
        });
        let mut entries: Vec<Entry> = items.chain(unsent).chain(self.drafted()).collect();
        if planted(Mutant::RewriteReorders) {
            entries.reverse();
        }
        entries
    }

    /// The entries of the drafts alone: what stays when everything that is not sent is given up.
    pub fn drafted(&self) -> impl Iterator<Item = Entry> {
        self.drafts.iter().map(|((room, _), draft)| Entry::Drafted { room: *room, draft: draft.clone() })
    }

    /// Is so much of the journal void that it is worth writing anew?
    pub fn worth_rewriting(&self) -> bool {
        let live = self.items.len() + self.unsent.values().map(VecDeque::len).sum::<usize>() + self.drafts.len();
        self.written > 256 + 4 * live as u64
    }

    /// The journal was written anew with [`Outbox::entries`].
    pub fn rewritten(&mut self) {
        self.written = self.items.len() as u64;
    }

    /// All items, oldest first.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.items.values()
    }

    /// The item of this event.
    pub fn get(&self, id: EventId) -> Option<&Item> {
        self.items.get(self.numbers.get(&id)?)
    }

    /// What the person has begun to write in a room, as a message of its own or in place of this one's text.
    pub fn draft(&self, room: StreamId, place: DraftPlace) -> Option<&Draft> {
        self.drafts.get(&(room, place))
    }

    /// All that the person has begun to write in a room.
    pub fn drafts(&self, room: StreamId) -> impl Iterator<Item = &Draft> {
        let last = EventId([u8::MAX; 16]);
        self.drafts.range((room, (None, None))..=(room, (Some(last), Some(last)))).map(|(_, draft)| draft)
    }

    /// What goes if this message is taken back: the event that posts it, and what the person has said about it since.
    /// `None` if the server may know of it, or if an answer of the person rests on it: then it can only be deleted.
    pub fn takes_back(&self, message: EventId) -> Option<Vec<EventId>> {
        let post = self.get(message)?;
        let offered = post.offered && !planted(Mutant::TakesBackWhatWasOffered);
        let untouched = post.state == State::Saved && !offered;
        let about = |item: &Item| item.envelope.event().map(|event| event.about(item.envelope.id));
        if !untouched || about(post) != Ok(About::Message(message)) {
            return None;
        }
        let mut events = vec![message];
        for item in self.items().filter(|item| item.stream == post.stream) {
            if item.envelope.event().is_ok_and(|event| event.answers().contains(&message)) {
                return None;
            }
            if item.envelope.id != message && about(item) == Ok(About::Message(message)) {
                events.push(item.envelope.id);
            }
        }
        Some(events)
    }

    /// Updates of a document that are in no event yet, oldest first.
    pub fn unsent(&self, document: StreamId) -> impl Iterator<Item = &[u8]> {
        self.unsent.get(&document).into_iter().flatten().map(Vec::as_slice)
    }

    /// Documents with updates that are in no event yet.
    pub fn unsent_documents(&self) -> BTreeSet<StreamId> {
        self.unsent.keys().copied().collect()
    }

    /// How many changes the server has not decided: undecided events, and documents with unsent updates.
    pub fn pending(&self) -> usize {
        self.undecided + self.unsent.len()
    }

    /// How many changes it keeps: as [`Self::pending`], with the events that are decided and not settled.
    pub fn kept(&self) -> usize {
        self.items.len() + self.unsent.len()
    }

    /// Is an event of this stream undecided?
    pub fn has_undecided(&self, stream: StreamId) -> bool {
        self.items().any(|item| item.stream == stream && item.undecided())
    }

    /// Is the event that opens this stream undecided?
    pub fn opens(&self, stream: StreamId) -> bool {
        let mut undecided = self.items().filter(|item| item.stream == stream && item.undecided());
        undecided.any(|item| item.envelope.opens())
    }

    /// Was an event that opens this stream accepted, and has the cursor not reached it?
    pub fn opened(&self, stream: StreamId) -> bool {
        let accepted = |item: &&Item| item.stream == stream && matches!(item.state, State::Accepted(_));
        self.items().filter(accepted).any(|item| item.envelope.opens())
    }

    /// How many unsent updates of `document`, from the oldest, fit into one event: at least one if there is one.
    pub fn mergeable(&self, document: StreamId) -> usize {
        let mut bytes = 0;
        let updates = self.unsent.get(&document).into_iter().flatten();
        let fitting = updates.enumerate().take_while(|(before, update)| {
            bytes += update.len();
            bytes <= MERGED_UPDATE_BYTES || *before == 0
        });
        fitting.count()
    }

    /// The next run to be sent: the first saved events, of one stream, that fit the window. They count as sent now.
    /// The flag says that they begin at the first undecided event.
    pub fn next_run(&mut self, now_ms: u64) -> Option<(StreamId, Vec<Envelope>, bool)> {
        let (mut events, mut bytes) = (0, 0);
        for item in self.sent() {
            events += 1;
            bytes += item.envelope.body.len();
        }
        let resume = events == 0 || planted(Mutant::ResumesAnywhere);
        let mut run: Option<(StreamId, Vec<Envelope>)> = None;
        for (number, item) in self.items.iter_mut().filter(|(_, item)| item.state == State::Saved) {
            let (stream, envelopes) = run.get_or_insert_with(|| (item.stream, Vec::new()));
            let full =
                events > 0 && (events >= INFLIGHT_EVENTS_MAX || bytes + item.envelope.body.len() > INFLIGHT_BYTES_MAX);
            if item.stream != *stream || envelopes.len() >= SUBMIT_EVENTS_MAX || full {
                break;
            }
            events += 1;
            bytes += item.envelope.body.len();
            item.state = State::Sent;
            if planted(Mutant::RemintsOnResend) && item.sent_ms > 0 {
                self.numbers.remove(&item.envelope.id);
                item.envelope.id.0[15] ^= 1;
                self.numbers.insert(item.envelope.id, *number);
            }
            item.sent_ms = now_ms;
            envelopes.push(item.envelope.clone());
        }
        run.filter(|(_, envelopes)| !envelopes.is_empty()).map(|(stream, envelopes)| (stream, envelopes, resume))
    }

    /// Go back to the first undecided event: nothing counts as sent.
    pub fn rewind(&mut self) {
        if planted(Mutant::NeverRewinds) {
            return;
        }
        for item in self.items.values_mut() {
            if item.state == State::Sent {
                item.state = State::Saved;
            }
        }
    }

    /// The clock was set back: every moment goes with it.
    pub fn clock_set_back(&mut self, by_ms: u64) {
        for item in self.items.values_mut() {
            item.sent_ms = item.sent_ms.saturating_sub(by_ms);
        }
    }

    /// When the oldest event in flight was sent, Unix milliseconds.
    pub fn oldest_sent_ms(&self) -> Option<u64> {
        self.sent().map(|item| item.sent_ms).min()
    }

    /// What was sent and is not decided: all of it stands before the first that was not sent.
    fn sent(&self) -> impl Iterator<Item = &Item> {
        self.items().take_while(|item| item.state != State::Saved).filter(|item| item.state == State::Sent)
    }

    /// The events of `stream` whose effects lie above the confirmed rows, oldest first: all but the refused.
    pub fn overlaid(&self, stream: StreamId) -> impl Iterator<Item = &Item> {
        self.items().filter(move |item| item.stream == stream && !matches!(item.state, State::Refused(_)))
    }

    /// Is the item a document update?
    pub fn is_edit(item: &Item) -> bool {
        item.envelope.is_update()
    }
}
