//! What becomes of what the person said: answers of the server, and the cursor that reaches what was accepted.

use super::Replica;
use super::io::{Changes, Effect};
use super::views::Nothing;
use crate::outbox::{Entry, Outbox, State};
use folkmoot_model::id::{EventId, Seq, StreamId};
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::row::Rows;
use folkmoot_wire::frame::{Ack, Nack};

impl Replica {
    pub(super) fn ack(&mut self, rows: &dyn Rows, Ack { id, seq, stream }: Ack) {
        let Some(item) = self.outbox.get(id) else { return };
        if !item.undecided() {
            return;
        }
        let mut changes = Changes::default();
        self.journal_lazily(Entry::Accepted { id, seq });
        let reached =
            self.held.get(&stream).is_none_or(|held| held.cursor >= seq) || planted(Mutant::AckedLeavesAtOnce);
        if reached {
            self.settle(id, &mut changes);
            self.script.push(Effect::Commit(changes));
            self.rebuild_overlay(stream, rows);
        } else if !self.feeds.contains_key(&stream) {
            // It exists since just now: what opened it was accepted.
            self.follow_anew(stream);
        }
        self.script.push(Effect::OutboxChanged(vec![stream]));
    }

    pub(super) fn nack(&mut self, rows: &dyn Rows, Nack { id, refusal }: Nack) {
        let Some(item) = self.outbox.get(id) else { return };
        if !item.undecided() {
            return;
        }
        let stream = item.stream;
        if Outbox::is_edit(item) && !planted(Mutant::NackDrops) {
            if planted(Mutant::RefusesAtOnce) {
                self.journal(vec![Entry::Refused { id, refusal: refusal.clone() }]);
            }
            if self.refusing.insert(id, refusal.clone()).is_none() {
                self.script.push(Effect::EditRefused { document: stream, event: id, refusal });
            }
            return;
        }
        let opened = item.envelope.event().is_ok_and(|event| event.opens());
        match planted(Mutant::NackDrops) {
            true => self.journal(vec![Entry::Settled { id }]),
            false => self.journal(vec![Entry::Refused { id, refusal }]),
        }
        // Somebody else has opened it under this id, with this person in it; or this device has, and said so twice.
        let granted = self.grant(rows, stream).is_some_and(|grant| grant.present);
        let granted = granted && !planted(Mutant::RefusedOpeningGoes);
        let twice = !planted(Mutant::SecondOpeningGoes);
        let there = || granted || twice && (self.feeds.contains_key(&stream) || self.outbox.opened(stream));
        let undecided = || twice && self.outbox.opens(stream);
        if opened && there() {
            if !self.feeds.contains_key(&stream) {
                self.follow_anew(stream);
            }
            self.rebuild_overlay(stream, rows);
        } else if opened && self.cursor(stream).seq == 0 && !undecided() {
            self.held.remove(&stream);
            self.script.push(Effect::Commit(Changes { forget: vec![stream], ..Changes::default() }));
            self.rebuild_overlay(stream, &Nothing);
        } else {
            self.rebuild_overlay(stream, rows);
        }
        self.script.push(Effect::OutboxChanged(vec![stream]));
    }

    /// What was refused of a document stays refused.
    pub(super) fn edit_stays(&mut self, rows: &dyn Rows, id: EventId) {
        let (Some(refusal), Some(item)) = (self.refusing.remove(&id), self.outbox.get(id)) else { return };
        let document = item.stream;
        self.journal(vec![Entry::Refused { id, refusal }]);
        self.rebuild_overlay(document, rows);
        self.script.push(Effect::OutboxChanged(vec![document]));
    }

    /// The event is in the log and the cursor has reached it.
    pub(super) fn settle(&mut self, id: EventId, changes: &mut Changes) {
        self.journal_lazily(Entry::Settled { id });
        changes.settled.push(id);
    }

    pub(super) fn settle_accepted(&mut self, stream: StreamId, cursor: Seq, changes: &mut Changes) {
        if planted(Mutant::AckedNeverLeaves) {
            return;
        }
        let reached = self
            .outbox
            .items()
            .filter(|item| item.stream == stream && matches!(item.state, State::Accepted(seq) if seq <= cursor));
        let reached: Vec<EventId> = reached.map(|item| item.envelope.id).collect();
        for id in reached {
            self.settle(id, changes);
        }
    }

    /// What was accepted, and reached before the journal could say so; or lies where the person no longer is.
    pub(super) fn settle_reached(&mut self) {
        let reached = self.outbox.items().filter(|item| match item.state {
            State::Accepted(seq) => self.held.get(&item.stream).is_none_or(|held| held.cursor >= seq),
            _ => false,
        });
        let reached: Vec<EventId> = reached.map(|item| item.envelope.id).collect();
        let mut changes = Changes::default();
        for id in reached {
            self.settle(id, &mut changes);
        }
        if !changes.settled.is_empty() {
            self.script.push(Effect::Commit(changes));
        }
    }
}
