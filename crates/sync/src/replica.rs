//! The client machine of one device: what it holds, what it has said, and the link over which both are settled.
//!
//! # What it is for
//!
//! What a person does is saved and shown at once, with or without a network, and is in the log once. The replica says
//! how, without IO: each [`Input`] with the time gives a script of [`Effect`]s that the driver (`client/engine`) runs
//! from top to bottom. A step that fails ends the machine; it starts again from what is on disk. Confirmed rows are the
//! store's; above them it keeps those of pending events: a person sees `fold(confirmed ++ pending)`.
//!
//! # Example: a message that is written without a network
//!
//! 1. `Queue` → `Journal([Queued])`, and with that it is saved; `Changed`: it stands in the room, at a provisional
//!    place above all others.
//! 2. The link comes up: `Opened` → `Send(Hello)` with the cursors. `Welcome` → `Journal([Offered])`, then
//!    `Send(Submit)`: the journal knows before the network.
//! 3. Others have written meanwhile: `Events` 41 and 42 → one `Commit` of their rows and the cursor, `Changed`,
//!    `Arrived`. The pending message is replayed above.
//! 4. `Events` 43 is ours → one `Commit` of its rows, the cursor and that it is settled; the overlay is empty, and
//!    nothing moves on the screen. If the `Ack` is heard first, the event is *accepted* and stays above until the
//!    cursor reaches it.
//! 5. Or `Nack` → `Journal([Refused])`: it leaves the overlay and is kept, with its words, until its person gives it up
//!    or says it again.
//!
//! Parts: `feed` takes in what the server sends, `held` how far a stream is held, `pages` fetches lists, `speak` and
//! `settle` are the outbox, `dial` tends the link.

mod dial;
mod feed;
mod follows;
mod held;
pub mod io;
mod pages;
mod settle;
mod speak;
mod views;

use crate::lasting::Lasting;
use crate::link_state::LinkState;
use crate::outbox::{Entry, Outbox};
use crate::random::Random;
use feed::Feed;
use folkmoot_model::event::Event;
use folkmoot_model::fold;
use folkmoot_model::id::{DeviceId, EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::refusal::Refusal;
use folkmoot_model::row::{Held, Overlay, Row, RowMap, Rows};
use folkmoot_model::rule::{self, By, Proposal};
use io::{Effect, Input, Start, StreamHeld};
use pages::Pages;
use std::collections::{BTreeMap, BTreeSet};
use views::Whole;

/// Entries that need no fsync of their own wait for the next write, at most so long, in milliseconds.
const LAZY_MS: u64 = 2_000;

/// An access token.
#[derive(Debug)]
struct Token {
    token: String,
    /// When to get the next, by this device's clock.
    renew_ms: u64,
    /// When it expires, by this device's clock.
    expires_ms: u64,
}

/// The client machine of one device.
#[derive(Debug)]
pub struct Replica {
    person: PersonId,
    device: DeviceId,
    random: Random,
    held: BTreeMap<StreamId, StreamHeld>,
    outbox: Outbox,
    overlays: BTreeMap<StreamId, RowMap>,
    link: LinkState,
    token: Option<Token>,
    refreshing: bool,
    busy_until_ms: u64,
    digest_differed: bool,
    feeds: BTreeMap<StreamId, Feed>,
    documents: BTreeSet<StreamId>,
    left_out: usize,
    /// Edits that the server refused, and why: the driver has not answered yet.
    refusing: BTreeMap<EventId, Refusal>,
    pages: Pages,
    /// What this device last said in a stream that lasts as long as its connection: presence, carets.
    lasting: BTreeMap<(StreamId, Lasting), Kept>,
    lazy: Vec<Entry>,
    lazy_since_ms: u64,
    now_ms: u64,
    script: Vec<Effect>,
}

/// What this device said of something that lasts.
#[derive(Debug, Clone)]
struct Kept {
    bytes: Vec<u8>,
    /// It counts no longer, and the server may not have heard that.
    taken_back: bool,
}

impl Replica {
    /// From what is on disk. Rows of another fold are shown until the server sends what this one makes of them.
    pub fn start(now_ms: u64, start: Start, rows: &dyn Rows) -> (Self, Vec<Effect>) {
        let mut replica = Self {
            person: start.person,
            device: start.device,
            random: Random::new(start.seed),
            held: start.streams.into_iter().collect(),
            outbox: Outbox::replay(start.journal),
            overlays: BTreeMap::new(),
            link: LinkState::new(start.offline),
            token: None,
            refreshing: false,
            busy_until_ms: 0,
            digest_differed: false,
            feeds: BTreeMap::new(),
            documents: BTreeSet::new(),
            left_out: 0,
            refusing: BTreeMap::new(),
            pages: Pages::default(),
            lasting: BTreeMap::new(),
            lazy: Vec::new(),
            lazy_since_ms: 0,
            now_ms,
            script: Vec::new(),
        };
        replica.hold_opened(rows);
        replica.settle_reached();
        let streams: BTreeSet<StreamId> = replica.outbox.items().map(|item| item.stream).collect();
        for stream in streams {
            replica.rebuild_overlay(stream, rows);
        }
        if !start.offline {
            replica.refresh_token();
        }
        let script = std::mem::take(&mut replica.script);
        (replica, script)
    }

    /// Takes in what happened at `now_ms` (Unix milliseconds) and gives the script to run. `rows` is the store.
    pub fn handle(&mut self, now_ms: u64, rows: &dyn Rows, input: Input) -> Vec<Effect> {
        let wake_before = self.due_ms();
        let now_ms = if planted(Mutant::ClockStops) { now_ms.max(self.now_ms) } else { now_ms };
        if let Some(by_ms) = self.now_ms.checked_sub(now_ms).filter(|by_ms| *by_ms > 0) {
            self.clock_set_back(by_ms);
        }
        self.now_ms = now_ms;
        match input {
            Input::Queue { events } => self.queue(rows, events, None),
            Input::Again { refused, events } => self.queue(rows, events, Some(refused)),
            Input::Edit { document, update } => self.edit(document, update),
            Input::EditAgain { document, refused, updates } => self.edit_again(document, refused, updates),
            Input::EditStays { refused } => self.edit_stays(rows, refused),
            Input::Discard { events } => self.discard(rows, events),
            Input::TakeBack { message } => self.take_back(rows, message),
            Input::Draft { room, draft } => self.draft(room, draft),
            Input::Follow { document } => self.open_document(document),
            Input::FetchAnew { document } => self.fetch_anew(document),
            Input::Unfollow { document } => {
                self.documents.remove(&document);
            }
            Input::Want { stream, list, range } => self.want(stream, list, range),
            Input::Signal { stream, signal } => self.signal(stream, signal),
            Input::Token { token, expires_ms } => self.token(rows, token, expires_ms),
            Input::Opened => self.opened(rows),
            Input::Lost { code } => self.lost(code),
            Input::Frame(frame) => self.frame(rows, frame),
            Input::Woke => self.woke(),
            Input::TryNow => self.try_now(),
            Input::Tick => {}
        }
        self.tend();
        if planted(Mutant::SendsBeforeJournal) {
            self.script.sort_by_key(|effect| matches!(effect, Effect::Journal(_)));
        }
        let due = self.due_ms();
        if let (true, Some(due_ms)) = (due != wake_before || now_ms >= wake_before.unwrap_or(0), due) {
            self.script.push(Effect::Wake(due_ms));
        }
        std::mem::take(&mut self.script)
    }

    /// The clock was set back: every moment goes with it, so that nothing waits for a time that had already come.
    fn clock_set_back(&mut self, by_ms: u64) {
        self.link.clock_set_back(by_ms);
        self.outbox.clock_set_back(by_ms);
        self.busy_until_ms = self.busy_until_ms.saturating_sub(by_ms);
        self.lazy_since_ms = self.lazy_since_ms.saturating_sub(by_ms);
        if let Some(token) = &mut self.token {
            token.renew_ms = token.renew_ms.saturating_sub(by_ms);
            token.expires_ms = token.expires_ms.saturating_sub(by_ms);
        }
    }

    /// A fresh event id.
    pub fn mint(&mut self, now_ms: u64) -> EventId {
        EventId::mint(now_ms, self.random.bytes())
    }

    /// A fresh stream id.
    pub fn mint_stream(&mut self, now_ms: u64) -> StreamId {
        StreamId::mint(now_ms, self.random.bytes())
    }

    /// May the person do this, as far as this device knows? The server alone refuses for good.
    pub fn permits(&self, rows: &dyn Rows, stream: StreamId, id: EventId, event: &Event) -> Result<(), Refusal> {
        let seen = self.seen(rows);
        rule::permit(&seen, Proposal { stream, who: self.person, by: By::Session, id, event })
    }

    /// The rows as the person sees them.
    pub fn seen<'a>(&'a self, rows: &'a dyn Rows) -> Seen<'a> {
        Seen { replica: self, rows }
    }

    /// A row as the person sees it: confirmed, with what is pending above.
    pub fn row(&self, rows: &dyn Rows, stream: StreamId, key: &Key) -> Held {
        self.seen(rows).get(stream, key)
    }

    /// The rows that pending events put above the confirmed ones, in order of keys.
    pub fn overlay(&self, stream: StreamId) -> impl Iterator<Item = (&Key, &Row)> {
        self.overlays.get(&stream).into_iter().flat_map(|rows| rows.0.iter()).map(|((_, key), row)| (key, row))
    }

    /// Of [`Self::overlay`] those from a key to another, both included.
    pub fn overlay_range(&self, stream: StreamId, from: Key, to: Key) -> impl Iterator<Item = (&Key, &Row)> {
        let keys = (stream, from)..=(stream, to);
        let rows = self.overlays.get(&stream).filter(|_| from <= to);
        rows.into_iter().flat_map(move |rows| rows.0.range(keys.clone())).map(|((_, key), row)| (key, row))
    }

    /// What this device has said.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// The journal was written anew with [`Outbox::entries`].
    pub fn journal_rewritten(&mut self) {
        self.lazy.clear();
        self.outbox.rewritten();
    }

    /// How far a stream is held; `None` if it is not.
    pub fn held(&self, stream: StreamId) -> Option<&StreamHeld> {
        self.held.get(&stream)
    }

    /// All streams that are held.
    pub fn streams(&self) -> impl Iterator<Item = (StreamId, &StreamHeld)> {
        self.held.iter().map(|(stream, held)| (*stream, held))
    }

    /// The link.
    pub fn link(&self) -> &LinkState {
        &self.link
    }

    /// Is the link up, and every stream caught up?
    pub fn is_caught_up(&self) -> bool {
        self.link.is_up() && self.feeds.values().all(|feed| feed.caught)
    }

    /// Is a stream on its way of which nothing was held?
    pub fn is_coming(&self, stream: StreamId) -> bool {
        self.feeds.get(&stream).is_some_and(|feed| feed.first && !feed.caught)
    }

    /// Are rows being fetched for [`Input::Want`]?
    pub fn is_fetching(&self, room: StreamId) -> bool {
        self.pages.has(room)
    }

    /// Who is signed in.
    pub fn person(&self) -> PersonId {
        self.person
    }

    fn own(&self) -> StreamId {
        self.person.into()
    }

    /// Has nothing come of a stream that this device has opened? Then there is in it what is pending, and nothing else.
    fn is_all_ours(&self, stream: StreamId) -> bool {
        let ours = self.is_new(stream) && (self.outbox.opens(stream) || self.outbox.opened(stream));
        ours && !planted(Mutant::OpenedIsUnknown)
    }

    /// Replays the pending events of a stream over its confirmed rows, and says what changed.
    fn rebuild_overlay(&mut self, stream: StreamId, rows: &dyn Rows) {
        let whole = Whole(rows);
        let rows: &dyn Rows = if self.is_all_ours(stream) { &whole } else { rows };
        let mut overlay = Overlay::over(rows);
        for item in self.outbox.overlaid(stream) {
            if let Some(sealed) = item.sealed(self.person) {
                fold::apply(&mut overlay, stream, &sealed);
            }
        }
        let after = overlay.into_changed();
        let before = match after.0.is_empty() {
            true => self.overlays.remove(&stream),
            false => self.overlays.insert(stream, after.clone()),
        };
        let before = before.unwrap_or_default();
        let keys: BTreeSet<Key> = before.0.keys().chain(after.0.keys()).map(|(_, key)| *key).collect();
        let is_new = |key: &Key| before.0.get(&(stream, *key)) != after.0.get(&(stream, *key));
        let changed: Vec<(StreamId, Key)> = keys.into_iter().filter(is_new).map(|key| (stream, key)).collect();
        if !changed.is_empty() {
            self.script.push(Effect::Changed(changed));
        }
    }

    /// Replays one more pending event over what is pending already: as [`Self::rebuild_overlay`], at the price of that event
    /// alone, however much was written without a network.
    fn extend_overlay(&mut self, stream: StreamId, id: EventId, rows: &dyn Rows) {
        let Some(sealed) = self.outbox.get(id).and_then(|item| item.sealed(self.person)) else { return };
        if sealed.event.opens() {
            // What was said there before is shown as well from now on.
            return self.rebuild_overlay(stream, rows);
        }
        let whole = Whole(rows);
        let rows: &dyn Rows = if self.is_all_ours(stream) { &whole } else { rows };
        let before = Overlay::resume(rows, self.overlays.remove(&stream).unwrap_or_default());
        let mut after = Overlay::over(&before);
        fold::apply(&mut after, stream, &sealed);
        let put = after.into_changed();
        let mut overlay = before.into_changed();
        let is_new = |(key, row): &(&(StreamId, Key), &Row)| overlay.0.get(key) != Some(*row);
        let changed: Vec<(StreamId, Key)> = put.0.iter().filter(is_new).map(|(key, _)| *key).collect();
        overlay.0.extend(put.0);
        if !overlay.0.is_empty() {
            self.overlays.insert(stream, overlay);
        }
        if !changed.is_empty() {
            self.script.push(Effect::Changed(changed));
        }
    }

    fn journal(&mut self, mut entries: Vec<Entry>) {
        for entry in &entries {
            self.outbox.apply(entry);
        }
        let mut all = std::mem::take(&mut self.lazy);
        all.append(&mut entries);
        self.script.push(Effect::Journal(all));
    }

    /// Takes in entries that may be written earlier than now: with the last write of this script, if there is one.
    fn journal_with_last(&mut self, entries: Vec<Entry>) {
        for entry in &entries {
            self.outbox.apply(entry);
        }
        let last = self.script.iter_mut().rev().find_map(|effect| match effect {
            Effect::Journal(written) => Some(written),
            _ => None,
        });
        match last {
            Some(written) => written.extend(entries),
            None if entries.is_empty() => {}
            None => self.script.push(Effect::Journal(entries)),
        }
    }

    /// Takes in an entry that the server would repeat, should it be lost: it is written with the next that is not.
    fn journal_lazily(&mut self, entry: Entry) {
        self.outbox.apply(&entry);
        if self.lazy.is_empty() {
            self.lazy_since_ms = self.now_ms;
        }
        self.lazy.push(entry);
    }

    fn write_lazy(&mut self) {
        if !self.lazy.is_empty() && self.now_ms >= self.lazy_since_ms + LAZY_MS {
            self.journal(Vec::new());
        }
    }
}

/// The rows as a person sees them: the store's, with what is pending above.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    replica: &'a Replica,
    rows: &'a dyn Rows,
}

impl Rows for Seen<'_> {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        let above = self.replica.overlays.get(&stream).and_then(|rows| rows.0.get(&(stream, *key)));
        above.map_or_else(|| self.rows.get(stream, key), |row| Held::Row(row.clone()))
    }
}
