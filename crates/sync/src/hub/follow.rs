//! Following streams: every read names those for whom it is, and its answer alone says which of them may read on.

use super::io::{Effect, Found, ReadOutcome, SessionId, Ticket, What};
use super::part::{Frame, Part, tail};
use super::session::Ask;
use super::stream_state::StreamState;
use super::sub::{Pace, Rest, Turn};
use super::{Hub, Readers, Reading};
use bytes::Bytes;
use folkmoot_model::event::{Above, Logged};
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_wire::frame::{ByeCode, Caught, Cursor, Revoked};
use folkmoot_wire::limits;

impl Hub {
    pub(super) fn follow(&mut self, id: SessionId, cursor: Cursor) {
        let Cursor { stream, .. } = cursor;
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if session.subs.len() >= limits::STREAMS_PER_SESSION_MAX && !session.subs.contains_key(&stream) {
            return self.close(id, ByeCode::BadFrame);
        }
        session.follows(cursor);
        let state = self.states.entry(stream).or_insert_with(|| StreamState::of(stream));
        state.followers.insert(id);
        session.knows(stream, state.digest);
        self.read_on(id, stream);
    }

    pub(super) fn unfollow(&mut self, id: SessionId, stream: StreamId) {
        let person = self.person(id);
        let Some(state) = self.states.get_mut(&stream) else { return };
        if let Some(session) = self.sessions.get_mut(&id) {
            session.drops(stream);
        }
        state.followers.remove(&id);
        let was_seen = person.is_some_and(|person| state.takes_all_back((person, id)));
        if state.is_idle() && !planted(Mutant::StatesStay) {
            self.states.remove(&stream);
        } else if let (true, Some(person)) = (was_seen && !planted(Mutant::GhostsStay), person) {
            self.departed(id, stream, person);
        }
    }

    /// What follows in a stream is to be read, unless it is already, nothing is missing, or the window is full.
    pub(super) fn read_on(&mut self, id: SessionId, stream: StreamId) {
        if !self.must_be_read(id, stream) {
            return;
        }
        self.turns += 1;
        let turn = self.turns;
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let Some(sub) = session.subs.get_mut(&stream) else { return };
        sub.pace = Pace::Queued(turn);
        match sub.is_in_doubt() {
            true => session.waits_anew_for(turn, stream),
            false => session.waits_for(turn, Ask::Stream(stream)),
        }
        self.begin_reads(id);
    }

    /// Passes on what is kept of what is missing. Is there more, and room for it?
    pub(super) fn must_be_read(&mut self, id: SessionId, stream: StreamId) -> bool {
        let Some(session) = self.sessions.get_mut(&id) else { return false };
        let has_room = session.has_room(&self.bounds);
        let (Some(_), Some(sub)) = (session.identity, session.subs.get_mut(&stream)) else { return false };
        if sub.pace != Pace::Waiting {
            return false;
        }
        let (state, has_rest) = (self.states.get(&stream), sub.rest.is_some());
        if has_room
            && !has_rest
            && let Some(state) = state
        {
            for frame in state.pass_on(sub) {
                session.unwritten += frame.len();
                self.script.push(Effect::Send { session: id, frame });
            }
        }
        if sub.permitted() && !has_rest && sub.sent >= state.map_or(0, |state| state.head) {
            sub.pace = Pace::Live;
            let head = Cursor { stream, seq: sub.sent };
            self.send(id, Caught { head });
            return false;
        }
        // Whoever must be permitted anew is, also if they receive nothing: they are shown to others until then.
        has_rest || sub.has_space() || !sub.permitted()
    }

    pub(super) fn read(&mut self, ticket: Ticket, outcome: Option<ReadOutcome>) {
        if let Some((id, turn, ask)) = self.pages.remove(&ticket) {
            return self.paged(id, turn, ask, outcome);
        }
        let Some((stream, what)) = self.reads.remove(&ticket) else { return };
        let Reading { now, next } = self.reading.remove(&(stream, what)).unwrap_or_default();
        let (next, void): (Readers, Readers) =
            next.into_iter().partition(|(id, turn)| self.has_turn(*id, stream, *turn));
        for (id, turn) in now.iter().chain(&void) {
            self.has_read(*id, *turn);
        }
        if !next.is_empty() {
            self.read_for(stream, what, next);
        }
        let waited: Vec<SessionId> = now.keys().chain(void.keys()).copied().collect();
        self.answer_readers(stream, what, now, outcome);
        for id in waited {
            self.begin_reads(id);
        }
    }

    /// What was read goes to those who waited for it and still do.
    fn answer_readers(&mut self, stream: StreamId, what: What, mut readers: Readers, outcome: Option<ReadOutcome>) {
        let Some(ReadOutcome { permitted, found }) = outcome else {
            return readers.into_keys().for_each(|id| self.close(id, ByeCode::Busy));
        };
        // A subscription that was dropped or begun anew meanwhile has another turn.
        readers.retain(|id, turn| self.has_turn(*id, stream, *turn) || planted(Mutant::LateReadsCount));
        let may = |id: &SessionId| match planted(Mutant::OneAsksForAll) {
            true => !permitted.is_empty(),
            false => self.person(*id).is_some_and(|person| permitted.contains(&person)),
        };
        let (readers, denied): (Vec<SessionId>, Vec<SessionId>) = readers.into_keys().partition(may);
        for id in denied {
            self.revoke(id, stream);
        }
        if readers.is_empty() && !planted(Mutant::VoidReadsTeach) {
            // Nothing is learnt from it either: who is read anew for what it says would void the next read, for ever.
            return;
        }
        // It goes on with a state that is not that of what was sent before.
        let joins = planted(Mutant::JoinsTwoStates) && matches!(what, What::Rest { .. });
        match found {
            Some(Found::Tail { events, head, marks }) => {
                self.learn(stream, &events);
                self.pass_read(&readers, stream, head, &marks, &tail(stream, events), None);
            }
            Some(Found::Snapshot { seq, head, rows, held, checkpoint, first, next, marks }) => {
                let next = next.filter(|_| !planted(Mutant::ForgetsTheRest));
                let rest = next.map(|place| Rest { seq, held, place });
                let part = Part { first: first && !joins, last: next.is_none(), seq, held };
                self.pass_read(&readers, stream, head, &marks, &part.frames(stream, rows, checkpoint), rest);
            }
            Some(Found::Page { .. }) | None => {}
        }
    }

    /// Does a subscription still wait for this turn?
    fn has_turn(&self, id: SessionId, stream: StreamId, turn: Turn) -> bool {
        let sub = self.sessions.get(&id).and_then(|session| session.subs.get(&stream));
        sub.is_some_and(|sub| sub.pace == Pace::Reading(turn))
    }

    /// Sends what was read to all who waited for it and may have it. `rest`: what is left of a snapshot.
    fn pass_read(
        &mut self,
        readers: &[SessionId],
        stream: StreamId,
        head: Seq,
        marks: &[Above],
        frames: &[Frame],
        rest: Option<Rest>,
    ) {
        for id in readers {
            self.now_permitted(*id, stream, head, marks.to_vec());
            for Frame { passed, bytes } in frames {
                self.deliver(*id, stream, *passed, bytes.clone());
            }
            // Who was only asked for whether they may has what is left of a snapshot still before them.
            if !frames.is_empty()
                && let Some(sub) = self.sessions.get_mut(id).and_then(|session| session.subs.get_mut(&stream))
            {
                sub.rest = rest;
            }
            self.read_on(*id, stream);
        }
    }

    /// What another node appended and nobody told: who came or went by it.
    fn learn(&mut self, stream: StreamId, events: &[Logged]) {
        let known = self.states.get(&stream).map_or(0, |state| state.head);
        for logged in events.iter().filter(|logged| known > 0 && logged.seq > known) {
            self.access_changed(stream, logged);
        }
    }

    pub(super) fn now_permitted(&mut self, id: SessionId, stream: StreamId, head: Seq, marks: Vec<Above>) {
        let state = self.states.entry(stream).or_insert_with(|| StreamState::of(stream));
        let (is_news, digest) = (state.goes_to(stream, head), state.digest);
        for follower in state.followers.iter().filter(|_| is_news) {
            if let Some(session) = self.sessions.get_mut(follower) {
                session.knows(stream, digest);
            }
        }
        let Some(session) = self.sessions.get_mut(&id) else { return };
        session.lies_below(stream, &marks);
        let Some(sub) = session.subs.get_mut(&stream) else { return };
        let newly = !sub.permitted();
        sub.permit(marks);
        sub.pace = Pace::Waiting;
        if newly {
            let gone: Vec<Bytes> = sub.take_departed().collect();
            session.knows(stream, digest);
            for frame in gone {
                self.send_bytes(id, frame);
            }
            self.show_others(id, stream);
        }
    }

    fn deliver(&mut self, id: SessionId, stream: StreamId, passed: Option<(Seq, u64)>, frame: Bytes) {
        let Some(sub) = self.sessions.get_mut(&id).and_then(|session| session.subs.get_mut(&stream)) else { return };
        if let Some((last, events)) = passed {
            sub.delivered(last, events, frame.len());
        }
        self.send_bytes(id, frame);
    }

    /// A stream may not be read. What was permitted through it must be asked about anew; and if this connection could read
    /// it until now, so must what is being read and was never permitted, since it may lie below and be read as it was.
    /// Nothing else: what waits for its turn is read later than this, and what was denied in one's life says nothing new.
    pub(super) fn revoke(&mut self, id: SessionId, stream: StreamId) {
        let Some(session) = self.sessions.get(&id) else { return };
        let was_permitted = session.subs.get(&stream).is_some_and(|sub| sub.was_permitted());
        let mut concerned = session.below(stream);
        if was_permitted {
            concerned.extend(session.read_blindly());
        }
        self.send(id, Revoked { stream });
        self.unfollow(id, stream);
        self.permit_anew(id, concerned);
    }

    /// Where streams were found to end.
    pub(super) fn heads(&mut self, heads: Option<Vec<Cursor>>) {
        let Some(heads) = heads else {
            self.in_doubt = true;
            return;
        };
        for Cursor { stream, seq } in heads {
            match planted(Mutant::ReadsHideDoubt) {
                true => self.head_is(stream, seq),
                false => self.is_found_at(stream, seq),
            }
        }
    }

    /// A stream goes at least so far: if that is news, those who follow it read on.
    pub(super) fn head_is(&mut self, stream: StreamId, seq: Seq) {
        let Some(state) = self.states.get_mut(&stream).filter(|state| state.head < seq) else { return };
        state.goes_to(stream, seq);
        let digest = state.digest;
        let followers: Vec<SessionId> = state.followers.iter().copied().collect();
        for id in followers {
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            session.changed.insert(stream);
            session.knows(stream, digest);
            self.lacks(id, stream, seq);
        }
    }

    /// As [`Self::head_is`], also if this node knows it already, from a read for somebody else.
    fn is_found_at(&mut self, stream: StreamId, seq: Seq) {
        self.head_is(stream, seq);
        let followers =
            self.states.get(&stream).map(|state| state.followers.iter().copied().collect::<Vec<SessionId>>());
        for id in followers.unwrap_or_default() {
            self.lacks(id, stream, seq);
        }
    }

    /// Whoever is taken to have everything, and was sent less, reads on.
    fn lacks(&mut self, id: SessionId, stream: StreamId, seq: Seq) {
        let sub = self.sessions.get_mut(&id).and_then(|session| session.subs.get_mut(&stream));
        if let Some(sub) = sub.filter(|sub| sub.pace == Pace::Live && sub.sent < seq) {
            sub.pace = Pace::Waiting;
            self.read_on(id, stream);
        }
    }
}
