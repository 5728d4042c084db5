//! Fan-out: what was appended, encoded once for all who have everything before it; and signals.

use super::Hub;
use super::io::{Effect, SessionId};
use super::stream_state::Run;
use super::sub::Pace;
use crate::awareness::Connection;
use crate::lasting::{Part, parts};
use bytes::Bytes;
use folkmoot_model::event::{Above, Logged, decode, encode};
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
        let Some(state) = self.states.get_mut(&stream) else { return };
        state.goes_to(stream, last);
        let digest = state.digest;
        let mut needed: BTreeMap<StreamId, Seq> = BTreeMap::new();
        for above in run.iter().flat_map(|logged| &logged.access) {
            let last = needed.entry(above.stream).or_default();
            *last = above.seq.max(*last);
        }
        let above = needed.into_iter().map(|(stream, seq)| Above { stream, seq }).collect();
        let followers: Vec<SessionId> = state.followers.iter().copied().collect();
        let events = run.len() as u64;
        let frame = ServerFrame::from(Events { stream, events: run }).bytes();
        let run = Run { first, last, events, above, frame, at_ms: self.now_ms };
        let (mut lag, mut fell_behind) = (false, Vec::new());
        for id in followers {
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            session.changed.insert(stream);
            session.knows(stream, digest);
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
            state.keep(run);
        } else {
            state.forget_before(u64::MAX);
        }
        for id in fell_behind {
            self.read_on(id, stream);
        }
    }

    /// Someone came, went or changed role: what their connections follow here and below is read anew before
    /// anything more of it is passed on, and the read alone says whether they may.
    pub(super) fn access_changed(&mut self, stream: StreamId, logged: &Logged) {
        let event = logged.envelope.event();
        let Some(person) = event.ok().and_then(|event| event.changes_access_of()) else { return };
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
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            let Some(sub) = session.subs.get_mut(&followed) else { continue };
            sub.doubt();
            let (in_doubt, pace) = (sub.is_in_doubt(), sub.pace);
            if !matches!(pace, Pace::Queued(_)) {
                sub.pace = Pace::Waiting;
            }
            session.knows(followed, self.states.get(&followed).map_or(0, |state| state.digest));
            match pace {
                // What has not begun to be read will see what is so when it does.
                Pace::Queued(turn) if in_doubt => {
                    session.waits_anew_for(turn, followed);
                    self.begin_reads(id);
                }
                Pace::Queued(_) => {}
                Pace::Live | Pace::Reading(_) | Pace::Waiting => self.read_on(id, followed),
            }
        }
    }

    /// Passes on what of a signal may be heard in the stream, encoded anew: nothing that was not understood is passed on.
    pub(super) fn signal(&mut self, id: SessionId, person: PersonId, stream: StreamId, bytes: &[u8]) {
        let heard = self.heard(id, person, stream, bytes);
        if heard.is_empty() {
            self.signals_dropped += 1;
        }
        for part in heard {
            self.pass_on_signal((person, id), stream, &part);
        }
    }

    /// What of a signal may be heard: of who may read the stream, as [`Signal::heard_in`] says of its kind. Of who must be
    /// permitted anew, that they take back what they show: they say that once.
    fn heard(&self, id: SessionId, person: PersonId, stream: StreamId, bytes: &[u8]) -> Vec<Part> {
        let signal = if bytes.len() > limits::SIGNAL_BYTES_MAX { None } else { decode::<Signal>(bytes) };
        let sub = self.sessions.get(&id).and_then(|session| session.subs.get(&stream));
        let Some(signal) = signal else { return Vec::new() };
        match sub.map(|sub| sub.kind(stream, person)) {
            Some(Some(kind)) => signal.heard_in(stream, kind).map(parts).unwrap_or_default(),
            _ if planted(Mutant::SignalsUnread) => parts(signal),
            Some(None) => parts(signal).into_iter().filter(|part| part.taken_back).collect(),
            None => Vec::new(),
        }
    }

    fn pass_on_signal(&mut self, by: Connection, stream: StreamId, part: &Part) {
        let (person, id) = by;
        let frame = signalled(by, stream, encode(&part.signal));
        let Some(state) = self.states.get_mut(&stream) else { return };
        let passes = match part.lasting {
            None => true,
            Some(lasting) if part.taken_back => state.takes_back(by, lasting),
            Some(lasting) => state.shows(by, lasting, frame.clone()),
        };
        if !passes {
            self.signals_dropped += 1;
            return;
        }
        self.relay(id, stream, &frame);
        if part.taken_back && !planted(Mutant::LeavingUntold) {
            self.tell_later(id, stream, person);
        }
    }

    /// Tells all who follow the stream that a connection is gone, or will once they may be told.
    pub(super) fn departed(&mut self, gone: SessionId, stream: StreamId, person: PersonId) {
        self.relay(gone, stream, &signalled((person, gone), stream, Vec::new()));
        self.tell_later(gone, stream, person);
    }

    /// Who may not be told at present that a connection is gone, or shows less than it did, is told once a read permits it
    /// that it is gone, and then of all that is shown.
    fn tell_later(&mut self, gone: SessionId, stream: StreamId, person: PersonId) {
        let followers: Vec<SessionId> = match self.states.get(&stream) {
            Some(state) => state.followers.iter().copied().filter(|id| *id != gone).collect(),
            None => return,
        };
        let frame = signalled((person, gone), stream, Vec::new());
        for id in followers {
            let sub = self.sessions.get_mut(&id).and_then(|session| session.subs.get_mut(&stream));
            if let Some(sub) = sub.filter(|sub| !sub.permitted())
                && !sub.departs(gone, &frame)
            {
                self.close(id, ByeCode::Slow);
            }
        }
    }

    /// Shows who is there to a connection that has just been permitted. Not those who must be permitted anew themselves: they
    /// say it again when they are.
    pub(super) fn show_others(&mut self, id: SessionId, stream: StreamId) {
        let Some(state) = self.states.get(&stream) else { return };
        let may = |other: SessionId| self.permitted(other, stream) == Some(true) || planted(Mutant::UnreadAreShown);
        let shown = state.shown().filter(|(other, _)| *other != id && may(*other));
        let frames: Vec<Bytes> = shown.map(|(_, frame)| frame.clone()).collect();
        for frame in frames {
            self.send_bytes(id, frame);
        }
    }

    /// Sends a signal's frame to everyone else who follows the stream.
    pub(super) fn relay(&mut self, from: SessionId, stream: StreamId, frame: &Bytes) {
        let Some(state) = self.states.get(&stream) else { return };
        for id in state.followers.iter().copied().filter(|id| *id != from) {
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            let permitted = session.subs.get(&stream).is_some_and(|sub| sub.permitted());
            if permitted || planted(Mutant::SignalsToAll) {
                session.sends(frame.len());
                self.script.push(Effect::Send { session: id, frame: frame.clone() });
            }
        }
    }
}

/// A signal as all who hear it are sent it; no bytes say that the connection is gone.
fn signalled((from, session): Connection, stream: StreamId, bytes: Vec<u8>) -> Bytes {
    ServerFrame::from(Signalled { stream, from, session, bytes }).bytes()
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
