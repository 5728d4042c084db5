//! What the server sends of a stream: runs of its log, snapshots, revocations. Cursor and rows move together.

use super::Replica;
use super::io::{Changes, Effect, StreamHeld};
use super::views::{Except, Fresh, Nothing, Whole, newer};
use folkmoot_model::event::{Logged, PENDING_SEQ};
use folkmoot_model::fold::{self, FOLD_VERSION};
use folkmoot_model::id::{EventId, Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::row::{Overlay, Rows, Value};
use folkmoot_wire::frame::{ClientFrame, Cursor, Events, Range, Recv, Snapshot, Sub, Unsub, WireRow};
use folkmoot_wire::limits::{REFOLD_BYTES_MAX, STREAMS_PER_SESSION_MAX, WINDOW_BYTES, WINDOW_EVENTS};

/// A stream that is followed on this link.
#[derive(Debug, Default)]
pub struct Feed {
    /// Has the server said that we have everything?
    pub caught: bool,
    /// Was nothing held of the stream when it was followed?
    pub first: bool,
    /// The cursor when a ping told of a later head: the same at the next ping means that something is missing.
    pub behind_at: Option<Seq>,
    unreceived_events: u64,
    unreceived_bytes: usize,
    snapshot: Option<Partial>,
    /// Of a stream that another fold made: what has come to take its place, until that is all.
    anew: Vec<Logged>,
    anew_bytes: usize,
}

/// A snapshot of which chunks are still to come.
#[derive(Debug)]
struct Partial {
    rows: Vec<WireRow>,
    checkpoint: Vec<u8>,
}

impl Feed {
    /// From this cursor on.
    pub fn from(cursor: Seq) -> Self {
        Self { first: cursor == 0, ..Self::default() }
    }
}

impl Replica {
    /// Follows what the person is in and does not follow yet.
    pub(super) fn follow_granted(&mut self, rows: &dyn Rows) {
        if !self.link.is_up() {
            return;
        }
        let free = STREAMS_PER_SESSION_MAX.saturating_sub(self.feeds.len());
        let followed = self.followed_streams(rows);
        let new = followed.into_iter().filter(|stream| !self.feeds.contains_key(stream));
        for stream in new.take(free).collect::<Vec<StreamId>>() {
            self.follow_anew(stream);
        }
    }

    /// Something of a stream has come: if it is the first of a space, its rooms are followed now.
    fn follow_rooms_of(&mut self, rows: &dyn Rows, stream: StreamId, was_new: bool) {
        let is_space = || self.grant(rows, stream).is_some_and(|grant| grant.present && grant.space.is_none());
        if was_new && is_space() && !planted(Mutant::RoomsWaitForEver) {
            self.follow_granted(rows);
        }
    }

    /// Asks anew for what follows the cursor.
    pub(super) fn follow_anew(&mut self, stream: StreamId) {
        self.feeds.remove(&stream);
        let cursor = self.cursor(stream);
        self.feeds.insert(stream, Feed::from(cursor.seq));
        self.send(Sub { cursor });
    }

    /// Where the stream is to be followed from: what another fold has made of it is fetched anew.
    pub(super) fn cursor(&self, stream: StreamId) -> Cursor {
        let seq = if self.is_outdated(stream) {
            self.feeds.get(&stream).and_then(|feed| feed.anew.last()).map_or(0, |logged| logged.seq)
        } else {
            self.held.get(&stream).map_or(0, |held| held.cursor)
        };
        Cursor { stream, seq }
    }

    /// Did another fold make the rows that are held? They are shown until this fold's have come, and then forgotten.
    pub(super) fn is_outdated(&self, stream: StreamId) -> bool {
        let fold = self.held.get(&stream).map(|held| held.fold);
        fold.is_some_and(|fold| fold != FOLD_VERSION) && !planted(Mutant::KeepsOldFold)
    }

    pub(super) fn events(&mut self, rows: &dyn Rows, Events { stream, events }: Events) {
        if !self.is_outdated(stream) {
            return self.apply(rows, stream, events);
        }
        let bytes: usize = events.iter().map(|logged| logged.envelope.body.len()).sum();
        let (count, mut next) = (events.len() as u64, self.cursor(stream).seq + 1);
        let Some(feed) = self.feeds.get_mut(&stream) else { return };
        for logged in events {
            if logged.seq < next {
                continue;
            }
            if logged.seq > next {
                return self.follow_anew(stream);
            }
            feed.anew.push(logged);
            next += 1;
        }
        feed.anew_bytes += bytes;
        if feed.anew_bytes > REFOLD_BYTES_MAX {
            return self.apply_anew(rows, stream);
        }
        self.received(stream, count, bytes);
    }

    /// What has come of a stream that another fold made takes its place.
    pub(super) fn apply_anew(&mut self, rows: &dyn Rows, stream: StreamId) {
        let Some(feed) = self.feeds.get_mut(&stream) else { return };
        let events = std::mem::take(&mut feed.anew);
        if !events.is_empty() {
            self.apply(rows, stream, events);
        }
    }

    fn apply(&mut self, rows: &dyn Rows, stream: StreamId, events: Vec<Logged>) {
        let (Some(held), true) = (self.held.get(&stream), self.feeds.contains_key(&stream)) else { return };
        let outdated = self.is_outdated(stream);
        let mut held = if outdated { StreamHeld::default() } else { held.clone() };
        let rows = &Except { rows, stream: outdated.then_some(stream) };
        let first = held.cursor + 1;
        let bytes: usize = events.iter().map(|logged| logged.envelope.body.len()).sum();
        let whole = Whole(rows);
        let before = (!planted(Mutant::StepsStaleRows)).then(|| held.clone());
        let fresh = Fresh { rows: &whole, held: before.as_ref() };
        let mut confirmed = Overlay::over(&fresh);
        let mut changes = Changes::default();
        let mut edits = Vec::new();
        for logged in events.iter().filter(|logged| logged.seq >= first) {
            if logged.seq != held.cursor + 1 && !planted(Mutant::SkipsGaps) {
                return self.follow_anew(stream);
            }
            held.advance(FOLD_VERSION);
            // An id is unique in its stream; the same one elsewhere is somebody's mischief.
            let ours = self.outbox.get(logged.envelope.id).is_some_and(|item| item.stream == stream);
            if ours {
                self.settle(logged.envelope.id, &mut changes);
            }
            match logged.sealed() {
                Ok(sealed) => {
                    if let Some(update) = sealed.event.update() {
                        changes.updates.push((stream, logged.seq, update.to_vec()));
                        if !ours {
                            edits.push(update.to_vec());
                        }
                    } else {
                        fold::apply(&mut confirmed, stream, &sealed);
                    }
                }
                Err(_) if is_critical(logged) => return self.outdated(),
                // A kind of a newer version: its rows are fetched when this app's fold is newer too.
                Err(_) => {}
            }
        }
        if held.cursor < first {
            return;
        }
        let cursor = held.cursor;
        if outdated {
            self.replace(stream, &mut changes);
        }
        self.held.insert(stream, held.clone());
        self.settle_accepted(stream, cursor, &mut changes);
        let settled = !changes.settled.is_empty();
        let changed = confirmed.into_changed();
        changes.rows = changed.0.iter().map(|((stream, key), row)| (*stream, *key, row.clone())).collect();
        changes.streams.push((stream, held));
        let now = Overlay::resume(&whole, changed.clone());
        if stream == self.own() {
            let mut later = Changes::default();
            let at_once = if planted(Mutant::GrantsLater) { &mut later } else { &mut changes };
            self.grants_changed(&now, at_once);
            if planted(Mutant::GrantsLater) {
                self.commit(std::mem::take(&mut changes));
                changes = later;
            }
        }
        self.commit(changes);
        let keys: Vec<(StreamId, Key)> = changed.0.keys().copied().collect();
        if !keys.is_empty() {
            self.script.push(Effect::Changed(keys));
        }
        if !planted(Mutant::OverlayStays) {
            self.rebuild_overlay(stream, &now);
        }
        if settled {
            self.script.push(Effect::OutboxChanged(vec![stream]));
        }
        for update in edits {
            self.script.push(Effect::Edited { document: stream, update });
        }
        if first > 1 && !self.is_coming(stream) {
            self.script.push(Effect::Arrived { stream, range: Range { first, last: cursor } });
        }
        self.received(stream, cursor + 1 - first, bytes);
        if stream == self.own() {
            self.follow_granted(&now);
        }
        self.follow_rooms_of(&now, stream, first == 1);
    }

    /// Opens the window again before it is full.
    fn received(&mut self, stream: StreamId, events: u64, bytes: usize) {
        let cursor = self.cursor(stream);
        let Some(feed) = self.feeds.get_mut(&stream) else { return };
        feed.behind_at = None;
        feed.unreceived_events += events;
        feed.unreceived_bytes += bytes;
        if feed.unreceived_events >= WINDOW_EVENTS / 8 || feed.unreceived_bytes >= WINDOW_BYTES / 4 {
            feed.unreceived_events = 0;
            feed.unreceived_bytes = 0;
            self.send(Recv { cursor });
        }
    }

    /// Streams that the person came into are held from nothing, those that they left are forgotten: in the commit that
    /// brings the grants, so that no crash falls between.
    fn grants_changed(&mut self, rows: &Overlay<'_>, changes: &mut Changes) {
        for (key, row) in rows.changed() {
            let (Key::Grant(stream), Value::Grant(grant)) = (key, &row.value) else { continue };
            if !grant.present {
                self.forget(rows, *stream, changes);
            } else if !self.held.contains_key(stream) {
                self.hold_from_nothing(*stream, changes);
            }
        }
    }

    pub(super) fn hold_from_nothing(&mut self, stream: StreamId, changes: &mut Changes) {
        let held = StreamHeld { fold: FOLD_VERSION, ..StreamHeld::default() };
        changes.streams.push((stream, held.clone()));
        self.held.insert(stream, held);
    }

    /// What another fold made of the stream goes as this one's comes.
    fn replace(&mut self, stream: StreamId, changes: &mut Changes) {
        self.pages.forget(stream);
        if !planted(Mutant::OldFoldStays) {
            changes.forget.push(stream);
        }
    }

    /// Commits, and says which streams are gone with it. What is pending there stays, over nothing.
    fn commit(&mut self, mut changes: Changes) {
        let comes = |gone: &StreamId| changes.streams.iter().any(|(stream, held)| stream == gone && held.cursor > 0);
        let gone: Vec<StreamId> = changes.forget.iter().copied().filter(|gone| !comes(gone)).collect();
        if planted(Mutant::CursorBeforeRows) {
            let streams = std::mem::take(&mut changes.streams);
            self.script.push(Effect::Commit(Changes { streams, ..Changes::default() }));
        }
        self.script.push(Effect::Commit(changes));
        for stream in gone {
            if planted(Mutant::ForgottenOverlayGoes) {
                self.overlays.remove(&stream);
                continue;
            }
            self.rebuild_overlay(stream, &Nothing);
            self.script.push(Effect::Revoked(stream));
        }
    }

    pub(super) fn snapshot(&mut self, rows: &dyn Rows, snapshot: Snapshot) {
        let Snapshot { stream, seq, held: places, first, last, checkpoint, rows: chunk } = snapshot;
        let outdated = self.is_outdated(stream);
        let (Some(feed), Some(held)) = (self.feeds.get_mut(&stream), self.held.get(&stream)) else { return };
        let held = if outdated { StreamHeld::default() } else { held.clone() };
        let rows = &Except { rows, stream: outdated.then_some(stream) };
        if first {
            feed.snapshot = Some(Partial { rows: Vec::new(), checkpoint: Vec::new() });
        }
        let Some(partial) = &mut feed.snapshot else { return };
        partial.rows.extend(chunk);
        partial.checkpoint.extend(checkpoint.into_iter().flatten());
        if !last {
            return;
        }
        let Some(partial) = feed.snapshot.take() else { return };
        // No log reaches the places of pending events: counting on from there would end at the end of numbers.
        if seq <= held.cursor || seq >= PENDING_SEQ {
            return;
        }
        let (mut held, was_new) = (held, self.is_new(stream));
        held.jump(seq, places, FOLD_VERSION);
        let mut changes = Changes::default();
        if outdated {
            self.replace(stream, &mut changes);
        }
        for row in newer(rows, stream, partial.rows) {
            changes.rows.push(row);
        }
        let is_document = !partial.checkpoint.is_empty();
        if is_document {
            changes.checkpoints.push((stream, seq, partial.checkpoint.clone()));
        }
        self.held.insert(stream, held.clone());
        self.settle_accepted(stream, seq, &mut changes);
        changes.streams.push((stream, held));
        let keys = changes.rows.iter().map(|(stream, key, _)| (*stream, *key)).collect();
        let whole = Whole(rows);
        let mut now = Overlay::over(&whole);
        for (stream, key, row) in &changes.rows {
            now.put(*stream, *key, row.clone());
        }
        if stream == self.own() {
            self.grants_changed(&now, &mut changes);
        }
        self.commit(changes);
        self.script.push(Effect::Changed(keys));
        self.rebuild_overlay(stream, &now);
        if is_document {
            self.script.push(Effect::Edited { document: stream, update: partial.checkpoint });
        }
        self.script.push(Effect::OutboxChanged(vec![stream]));
        let cursor = self.cursor(stream);
        self.send(Recv { cursor });
        if stream == self.own() {
            self.follow_granted(&now);
        }
        self.follow_rooms_of(&now, stream, was_new);
    }

    pub(super) fn revoked(&mut self, rows: &dyn Rows, stream: StreamId) {
        if self.feeds.contains_key(&stream) {
            let mut changes = Changes::default();
            self.forget(rows, stream, &mut changes);
            self.commit(changes);
        }
    }

    /// Forgets a stream and what lies below it. What is still granted is held from nothing: the server may yet allow
    /// it again. What the person has said there stays in the outbox until the server decides.
    fn forget(&mut self, rows: &dyn Rows, stream: StreamId, changes: &mut Changes) {
        let below = |held: &StreamId| {
            let head = rows.get(*held, &Key::Head).row().map(|row| row.value);
            let document_in = |room: StreamId| {
                let room = rows.get(room, &Key::Head).row().map(|row| row.value);
                matches!(room, Some(Value::Room(room)) if room.space == stream)
            };
            match head {
                Some(Value::Room(room)) => room.space == stream,
                Some(Value::Directory(of)) => of.space == stream,
                Some(Value::DocumentHead(document)) => document.room == stream || document_in(document.room),
                _ => false,
            }
        };
        let gone: Vec<StreamId> = self.held.keys().copied().filter(|held| *held == stream || below(held)).collect();
        for stream in gone {
            // A public room that was left may still be read: the server would go on, and others be shown that we are there.
            if self.feeds.remove(&stream).is_some() {
                self.send(Unsub { stream });
            }
            self.documents.remove(&stream);
            self.pages.forget(stream);
            self.settle_accepted(stream, Seq::MAX, changes);
            let granted = self.grant(rows, stream).is_some_and(|grant| grant.present);
            if !planted(Mutant::KeepsWhatIsLost) {
                changes.forget.push(stream);
            }
            if planted(Mutant::RevokedPurges) {
                let said = self.outbox.items().filter(|item| item.stream == stream).map(|item| item.envelope.id);
                for id in said.collect::<Vec<EventId>>() {
                    self.settle(id, changes);
                }
            }
            if granted {
                self.hold_from_nothing(stream, changes);
            } else {
                self.held.remove(&stream);
            }
        }
    }

    pub(super) fn send(&mut self, frame: impl Into<ClientFrame>) {
        self.script.push(Effect::Send(frame.into()));
    }
}

fn is_critical(logged: &Logged) -> bool {
    logged.envelope.kind & 0x8000 != 0
}
