//! What the person does: journalled first, shown then, sent when the link allows, in one order over all streams.

use super::io::{Changes, Effect};
use super::{Kept, Replica};
use crate::lasting::{Lasting, Part, parts};
use crate::outbox::{Draft, Entry, Item, State};
use folkmoot_model::event::{Envelope, Event, encode};
use folkmoot_model::features::documents::{DocumentEdited, merge_updates};
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::row::Rows;
use folkmoot_model::signal::Signal as Said;
use folkmoot_model::yjs::gate::is_sound;
use folkmoot_wire::frame::{Signal, Submit};
use folkmoot_wire::limits::{PING_MS, RESEND_PINGS};

impl Replica {
    /// Queues the events; what they stand in place of is settled in the same write.
    pub(super) fn queue(&mut self, rows: &dyn Rows, events: Vec<(StreamId, EventId, Event)>, instead: Option<EventId>) {
        let mut streams: Vec<StreamId> = events.iter().map(|(stream, ..)| *stream).collect();
        streams.dedup();
        let mut opened = Changes::default();
        for (stream, _, event) in &events {
            if event.opens() && !self.held.contains_key(stream) {
                self.hold_from_nothing(*stream, &mut opened);
            }
        }
        let now_ms = self.now_ms;
        let said: Vec<(StreamId, EventId)> = events.iter().map(|(stream, id, _)| (*stream, *id)).collect();
        let entries = events.into_iter().map(|(stream, id, event)| Entry::Queued {
            stream,
            envelope: Envelope::new(id, &event, now_ms),
            merges: 0,
        });
        let settled = instead.into_iter().map(|id| Entry::Settled { id });
        self.journal(entries.chain(settled).collect());
        if !opened.streams.is_empty() {
            self.script.push(Effect::Commit(opened));
        }
        match instead {
            Some(_) => streams.iter().for_each(|stream| self.rebuild_overlay(*stream, rows)),
            None => said.iter().for_each(|(stream, id)| self.extend_overlay(*stream, *id, rows)),
        }
        self.script.push(Effect::OutboxChanged(streams));
    }

    /// What the journal says this device has opened, and a crash kept from being held. Not what its person has left since:
    /// the server would never send it.
    pub(super) fn hold_opened(&mut self, rows: &dyn Rows) {
        let opens = |item: &&Item| item.undecided() && item.envelope.event().is_ok_and(|event| event.opens());
        let opened: Vec<StreamId> = self.outbox.items().filter(opens).map(|item| item.stream).collect();
        let mut changes = Changes::default();
        let left = |stream| !self.is_granted(rows, stream) && !planted(Mutant::HoldsWhatWasLeft);
        let missing = |stream: &StreamId| !self.held.contains_key(stream) && !left(*stream);
        for stream in opened.into_iter().filter(missing).collect::<Vec<_>>() {
            self.hold_from_nothing(stream, &mut changes);
        }
        if !changes.streams.is_empty() {
            self.script.push(Effect::Commit(changes));
        }
    }

    pub(super) fn edit(&mut self, document: StreamId, update: Vec<u8>) {
        let mut entries = vec![Entry::Unsent { document, update }];
        if self.may_speak() && !self.outbox.has_undecided(document) && self.outbox.mergeable(document) == 0 {
            // Idle: one write holds both, and the event leaves at once.
            let Some(Entry::Unsent { update, .. }) = entries.pop() else { return };
            entries.push(self.edited(document, update, 0));
        }
        self.journal(entries);
        self.script.push(Effect::OutboxChanged(vec![document]));
    }

    pub(super) fn edit_again(&mut self, document: StreamId, refused: EventId, updates: Vec<Vec<u8>>) {
        let mut updates = updates.into_iter();
        let (Some(_), Some(first)) = (self.refusing.remove(&refused), updates.next()) else { return };
        let replaced = u32::try_from(self.outbox.unsent(document).count()).unwrap_or(u32::MAX);
        // The event comes after the updates, since it takes the old ones away. The journal keeps these entries together;
        // in this order nothing would be lost even if it kept only the first of them.
        let mut entries: Vec<Entry> = updates.map(|update| Entry::Unsent { document, update }).collect();
        if planted(Mutant::AgainForgetsTheRest) {
            entries.clear();
        }
        entries.push(self.edited(document, first, replaced));
        entries.push(Entry::Settled { id: refused });
        self.journal(entries);
        self.script.push(Effect::OutboxChanged(vec![document]));
    }

    fn edited(&mut self, document: StreamId, update: Vec<u8>, merges: u32) -> Entry {
        let id = self.mint(self.now_ms);
        let envelope = Envelope::new(id, &DocumentEdited { update }.into(), self.now_ms);
        Entry::Queued { stream: document, envelope, merges }
    }

    /// Makes events of the unsent updates of documents that have none under way.
    fn merge_unsent(&mut self) {
        let mut entries = Vec::new();
        for document in self.outbox.unsent_documents() {
            if self.outbox.has_undecided(document) {
                continue;
            }
            let merges = self.outbox.mergeable(document);
            let taken = merges - usize::from(merges > 1 && planted(Mutant::MergesOneMore));
            let updates: Vec<&[u8]> = self.outbox.unsent(document).take(taken).collect();
            // Updates that cannot be merged go one by one: the server says what is wrong with which.
            let sound = updates.iter().all(|update| is_sound(update));
            let merged = sound.then(|| merge_updates(&updates)).flatten();
            let (update, merges) = match (merged, updates.first()) {
                (Some(update), _) => (update, merges),
                (None, Some(first)) => (first.to_vec(), 1),
                (None, None) => continue,
            };
            entries.push(self.edited(document, update, u32::try_from(merges).unwrap_or(u32::MAX)));
        }
        if !entries.is_empty() {
            self.journal(entries);
        }
    }

    pub(super) fn discard(&mut self, rows: &dyn Rows, events: Vec<EventId>) {
        let refused = |id: &EventId| self.outbox.get(*id).is_some_and(|item| matches!(item.state, State::Refused(_)));
        let events: Vec<EventId> = events.into_iter().filter(refused).collect();
        self.give_up(rows, events);
    }

    /// Takes a message back that the server cannot know of. Any other stays as it is.
    pub(super) fn take_back(&mut self, rows: &dyn Rows, message: EventId) {
        let events = self.outbox.takes_back(message).unwrap_or_default();
        self.give_up(rows, events);
    }

    pub(super) fn draft(&mut self, room: StreamId, draft: Draft) {
        let before = self.outbox.draft(room, draft.place());
        if before.map_or(draft.is_empty(), |before| *before == draft) {
            return;
        }
        // Others see only whether there is one.
        let shown = before.is_none() || draft.is_empty();
        self.journal(vec![Entry::Drafted { room, draft }]);
        if shown {
            self.script.push(Effect::OutboxChanged(vec![room]));
        }
    }

    fn give_up(&mut self, rows: &dyn Rows, events: Vec<EventId>) {
        let mut streams: Vec<StreamId> = events.iter().filter_map(|id| Some(self.outbox.get(*id)?.stream)).collect();
        streams.dedup();
        if events.is_empty() {
            return;
        }
        self.journal(events.into_iter().map(|id| Entry::Settled { id }).collect());
        for stream in &streams {
            self.rebuild_overlay(*stream, rows);
        }
        self.script.push(Effect::OutboxChanged(streams));
    }

    pub(super) fn open_document(&mut self, document: StreamId) {
        self.documents.insert(document);
        let held = self.held.contains_key(&document);
        if !held {
            let mut changes = Changes::default();
            self.hold_from_nothing(document, &mut changes);
            self.script.push(Effect::Commit(changes));
        }
        match self.feeds.get(&document) {
            Some(feed) if feed.caught => self.script.push(Effect::Synced { document }),
            Some(_) => {}
            // What this device has just opened is followed once the server has taken it.
            None if self.link.is_up() && !self.outbox.opens(document) => self.follow_anew(document),
            None => {}
        }
    }

    /// Forgets what is held of a document, and follows it from nothing.
    pub(super) fn fetch_anew(&mut self, document: StreamId) {
        if !self.held.contains_key(&document) {
            return;
        }
        let mut changes = Changes { forget: vec![document], ..Changes::default() };
        self.hold_from_nothing(document, &mut changes);
        self.script.push(Effect::Commit(changes));
        if self.link.is_up() && !self.outbox.opens(document) {
            self.follow_anew(document);
        }
    }

    /// Says something fleeting, and keeps what lasts.
    pub(super) fn signal(&mut self, stream: StreamId, signal: Said) {
        let feed = self.feeds.get(&stream).map(|feed| feed.caught);
        for Part { lasting, taken_back, signal } in parts(signal) {
            let bytes = encode(&signal);
            match lasting {
                // The server hears it now, or has forgotten it with the connection.
                Some(lasting) if taken_back && feed != Some(false) => {
                    self.lasting.remove(&(stream, lasting));
                }
                Some(lasting) => {
                    self.lasting.insert((stream, lasting), Kept { bytes: bytes.clone(), taken_back });
                }
                None => {}
            }
            // Before that the server does not know that we may.
            if self.link.is_up() && feed == Some(true) {
                self.send(Signal { stream, bytes });
            }
        }
    }

    /// Says again what lasts: the stream is followed anew, on this link or in this room.
    pub(super) fn signal_again(&mut self, stream: StreamId) {
        let (first, last) = Lasting::ALL.into_inner();
        let kept = self.lasting.range((stream, first)..=(stream, last));
        let kept: Vec<_> = kept.map(|(place, kept)| (*place, kept.clone())).collect();
        for (place, Kept { bytes, taken_back }) in kept {
            self.send(Signal { stream, bytes });
            if taken_back {
                self.lasting.remove(&place);
            }
        }
    }

    /// Is the link up, and did the server not ask us to wait?
    fn may_speak(&self) -> bool {
        self.link.is_up() && self.now_ms >= self.busy_until_ms
    }

    /// Sends what waits and fits the window. What has had no answer for long is sent again, from the first on.
    pub(super) fn speak(&mut self) {
        if !self.may_speak() {
            return;
        }
        if self.outbox.oldest_sent_ms().is_some_and(|sent_ms| self.now_ms >= sent_ms + RESEND_PINGS * PING_MS) {
            self.outbox.rewind();
        }
        self.merge_unsent();
        while let Some((stream, events, resume)) = self.outbox.next_run(self.now_ms) {
            // Noted before they go, or somebody could take back what has arrived.
            let first = |envelope: &&Envelope| self.outbox.get(envelope.id).is_some_and(|item| !item.offered);
            let offered: Vec<Entry> =
                events.iter().filter(first).map(|envelope| Entry::Offered { id: envelope.id }).collect();
            let submit = Submit { stream, events, resume };
            if planted(Mutant::OffersAfterSending) {
                self.send(submit);
                self.journal(offered);
            } else {
                self.journal_with_last(offered);
                self.send(submit);
            }
            self.script.push(Effect::OutboxChanged(vec![stream]));
        }
    }
}
