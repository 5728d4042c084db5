//! Fan-out: what was appended, encoded once for all who have everything before it; and signals.

use super::Hub;
use super::desk::Run;
use super::io::{Effect, SessionId};
use super::sub::Pace;
use bytes::Bytes;
use folkmoot_model::event::{Above, Event, Logged, decode, encode};
use folkmoot_model::id::{PersonId, Seq, StreamId};
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::signal::Signal;
use folkmoot_wire::frame::{ByeCode, Events, ServerFrame, Signalled};
use folkmoot_wire::limits;
use std::collections::BTreeMap;

impl Hub {
    pub(super) fn publish_all(&mut self, inserts: BTreeMap<StreamId, Vec<Logged>>) {
        for (stream, events) in inserts {
            for logged in &events {
                self.access_changed(stream, logged);
            }
            for run in runs(events) {
                self.publish(stream, run);
            }
        }
    }

    /// Sends a run to everyone who follows the stream, has all before it, and room for it; encoded once.
    pub(super) fn publish(&mut self, stream: StreamId, run: Vec<Logged>) {
        let (Some(first), Some(last)) = (run.first().map(|logged| logged.seq), run.last().map(|logged| logged.seq))
        else {
            return;
        };
        let Some(desk) = self.desks.get_mut(&stream) else { return };
        let digest = desk.goes_to(stream, last);
        let mut needed: BTreeMap<StreamId, Seq> = BTreeMap::new();
        for above in run.iter().flat_map(|logged| &logged.access) {
            let last = needed.entry(above.stream).or_default();
            *last = above.seq.max(*last);
        }
        let above = needed.into_iter().map(|(stream, seq)| Above { stream, seq }).collect();
        let followers: Vec<SessionId> = desk.followers.iter().copied().collect();
        let events = run.len() as u64;
        let frame = ServerFrame::from(Events { stream, events: run }).bytes();
        let run = Run { first, last, events, above, frame, at_ms: self.now_ms };
        let (mut lag, mut fell_behind) = (false, Vec::new());
        for id in followers {
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            session.changed.insert(stream);
            session.digest ^= digest;
            let has_room = session.has_room(&self.bounds);
            let Some(sub) = session.subs.get_mut(&stream) else { continue };
            if sub.pace != Pace::Live {
                lag = true;
            } else if has_room && run.is_next_for(sub) {
                sub.delivered(last, events, run.frame.len());
                session.sends(run.frame.len());
                self.script.push(Effect::Send { session: id, frame: run.frame.clone() });
            } else if last > sub.sent {
                sub.pace = Pace::Waiting;
                fell_behind.push(id);
            }
        }
        if lag || !fell_behind.is_empty() {
            desk.keep(run);
        } else {
            desk.forget_before(u64::MAX);
        }
        for id in fell_behind {
            self.read_on(id, stream);
        }
    }

    /// Someone came, went or changed role: what their connections follow here and below is read anew before
    /// anything more of it is passed on, and the read alone says whether they may.
    pub(super) fn access_changed(&mut self, stream: StreamId, logged: &Logged) {
        let person = match logged.envelope.event() {
            Ok(Event::MemberAdded(event)) => event.person,
            Ok(Event::MemberRemoved(event)) => event.person,
            Ok(Event::RoleChanged(event)) => event.person,
            _ => return,
        };
        if planted(Mutant::AccessUnnoticed) {
            return;
        }
        for id in self.sessions_of(person) {
            let Some(session) = self.sessions.get(&id) else { continue };
            let concerned = session.subs.iter().filter(|(_, sub)| sub.may_lie_below(stream));
            let concerned = concerned.map(|(followed, _)| *followed).collect();
            self.permit_anew(id, concerned);
        }
    }

    /// These of a connection's subscriptions are passed on only after a fresh read has permitted them again.
    pub(super) fn permit_anew(&mut self, id: SessionId, concerned: Vec<StreamId>) {
        for followed in concerned {
            let sub = self.sessions.get_mut(&id).and_then(|session| session.subs.get_mut(&followed));
            let Some(sub) = sub else { continue };
            sub.marks = None;
            // What has not begun to be read will see what is so when it does.
            if !matches!(sub.pace, Pace::Queued(_)) {
                sub.pace = Pace::Waiting;
                self.read_on(id, followed);
            }
        }
    }

    pub(super) fn signal(&mut self, id: SessionId, person: PersonId, stream: StreamId, bytes: Vec<u8>) {
        let Some(session) = self.sessions.get(&id) else { return };
        let may = session.subs.get(&stream).is_some_and(|sub| sub.permitted()) || planted(Mutant::SignalsUnread);
        let read = decode::<Signal>(&bytes);
        let (true, Some(signal), true) = (may, read, bytes.len() <= limits::SIGNAL_BYTES_MAX) else { return };
        // Encoded anew: nothing that was not understood is passed on.
        let bytes = encode(&signal);
        let frame = ServerFrame::from(Signalled { stream, from: person, session: id, bytes }).bytes();
        if !matches!(signal, Signal::Typing { .. })
            && let Some(desk) = self.desks.get_mut(&stream)
        {
            desk.signals.insert(id, frame.clone());
        }
        self.relay(id, stream, &frame);
    }

    /// Tells all who follow the stream that a connection is gone, or will once they may be told.
    pub(super) fn departed(&mut self, gone: SessionId, stream: StreamId, person: PersonId) {
        let frame = ServerFrame::from(Signalled { stream, from: person, session: gone, bytes: Vec::new() }).bytes();
        self.relay(gone, stream, &frame);
        let followers: Vec<SessionId> = match self.desks.get(&stream) {
            Some(desk) => desk.followers.iter().copied().collect(),
            None => return,
        };
        for id in followers {
            let sub = self.sessions.get_mut(&id).and_then(|session| session.subs.get_mut(&stream));
            if let Some(sub) = sub.filter(|sub| !sub.permitted())
                && !sub.departs(gone, &frame)
            {
                self.close(id, ByeCode::Slow);
            }
        }
    }

    /// Sends a signal's frame to everyone else who follows the stream.
    pub(super) fn relay(&mut self, from: SessionId, stream: StreamId, frame: &Bytes) {
        let Some(desk) = self.desks.get(&stream) else { return };
        for id in desk.followers.iter().copied().filter(|id| *id != from) {
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            let permitted = session.subs.get(&stream).is_some_and(|sub| sub.permitted());
            if permitted || planted(Mutant::SignalsToAll) {
                session.sends(frame.len());
                self.script.push(Effect::Send { session: id, frame: frame.clone() });
            }
        }
    }
}

/// Cuts events into runs whose frames are far below the largest; a single event may be larger.
pub(super) fn runs(events: Vec<Logged>) -> Vec<Vec<Logged>> {
    let mut runs: Vec<Vec<Logged>> = Vec::new();
    let mut bytes = usize::MAX;
    for logged in events {
        let size = logged.envelope.body.len() + 200;
        if bytes.saturating_add(size) > limits::WINDOW_BYTES {
            runs.push(Vec::new());
            bytes = 0;
        }
        bytes += size;
        if let Some(run) = runs.last_mut() {
            run.push(logged);
        }
    }
    runs
}
