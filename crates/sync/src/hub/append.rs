//! Appending: submits in the order of their session, one commit per stream at a time, answers after it.

use super::Hub;
use super::io::{Committed, Effect, Identity, SessionId, Ticket};
use super::session::bytes;
use super::stream_state::StreamState;
use crate::decide::{Answer, Submission};
use folkmoot_model::event::Envelope;
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::refusal::{Code, Refusal};
use folkmoot_model::rule::By;
use folkmoot_wire::frame::{Ack, Busy, ByeCode, Nack, Submit};
use folkmoot_wire::limits;

/// How long a device waits after a commit failed, in milliseconds, before chance spreads it out.
const BUSY_MS: u32 = 500;

impl Hub {
    pub(super) fn submit(&mut self, id: SessionId, submit: Submit) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        let large = submit.events.iter().any(|envelope| envelope.body.len() > limits::BODY_BYTES_MAX);
        if submit.events.len() > limits::SUBMIT_EVENTS_MAX || large {
            return self.close(id, ByeCode::BadFrame);
        }
        session.ignoring &= !submit.resume;
        if session.ignoring || submit.events.is_empty() {
            return;
        }
        let held = session.waiting_bytes() + bytes(&submit.events);
        let many = session.undecided() + submit.events.len() > 2 * limits::INFLIGHT_EVENTS_MAX;
        if (many || held > limits::UNDECIDED_BYTES_MAX) && !planted(Mutant::UnboundedUndecided) {
            return self.busy(id, BUSY_MS);
        }
        session.submits.push_back((submit.stream, submit.events));
        self.advance(id);
    }

    /// Passes the session's next submits on: to one stream at a time, so that its order holds over all.
    pub(super) fn advance(&mut self, id: SessionId) {
        while let Some(session) = self.sessions.get_mut(&id) {
            let Some((stream, events)) = session.next_submit() else { return };
            let state = self.states.entry(stream).or_insert_with(|| StreamState::of(stream));
            state.queue.extend(events.into_iter().map(|envelope| (id, envelope)));
            self.commit(stream);
        }
    }

    pub(super) fn commit(&mut self, stream: StreamId) {
        let Some(state) = self.states.get_mut(&stream) else { return };
        if state.committing {
            return;
        }
        let (mut submissions, mut asked) = (Vec::new(), Vec::new());
        let mut bytes = 0;
        while let Some((id, envelope)) = state.queue.pop_front() {
            let Some(session) = self.sessions.get_mut(&id) else { continue };
            session.committing(envelope.body.len());
            let Some(identity) = session.identity else { continue };
            bytes += envelope.body.len();
            asked.push((id, envelope.id));
            submissions.push(submission(identity, envelope));
            if submissions.len() >= limits::SUBMIT_EVENTS_MAX || bytes >= limits::BODY_BYTES_MAX {
                break;
            }
        }
        if submissions.is_empty() {
            if state.is_idle() {
                self.states.remove(&stream);
            }
            return;
        }
        state.committing = true;
        self.tickets += 1;
        self.commits.insert(self.tickets, (stream, asked));
        self.script.push(Effect::Commit { ticket: self.tickets, stream, submissions });
    }

    pub(super) fn committed(&mut self, ticket: Ticket, outcome: Option<Committed>) {
        let Some((stream, asked)) = self.commits.remove(&ticket) else { return };
        if let Some(state) = self.states.get_mut(&stream) {
            state.committing = false;
        }
        match outcome {
            Some(Committed { answers, inserts }) => {
                self.publish_all(inserts);
                // What was in the log already may be there without this node having been told.
                let reached = answers.iter().map(|answer| if let Answer::Ack(seq) = answer { *seq } else { 0 });
                self.head_is(stream, reached.max().unwrap_or(0));
                for ((id, event), answer) in asked.into_iter().zip(answers) {
                    self.answer(id, stream, event, answer);
                }
            }
            // Nobody is told anything: devices resume from their first undecided event, and ids tell what is there.
            None if planted(Mutant::AcksInDoubt) || planted(Mutant::NacksInDoubt) => {
                for (id, event) in asked {
                    let answer = match planted(Mutant::AcksInDoubt) {
                        true => Answer::Ack(1),
                        false => Answer::Nack(Code::Forbidden.into()),
                    };
                    self.answer(id, stream, event, answer);
                }
            }
            None => {
                self.in_doubt = !planted(Mutant::DoubtForgotten);
                for (id, _) in asked {
                    let after_ms = BUSY_MS + u32::try_from(self.random.up_to(u64::from(BUSY_MS))).unwrap_or(BUSY_MS);
                    self.busy(id, after_ms);
                }
            }
        }
        self.commit(stream);
    }

    pub(super) fn answer(&mut self, id: SessionId, stream: StreamId, event: EventId, answer: Answer) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if !session.answered(stream) {
            return;
        }
        match answer {
            Answer::Ack(seq) => self.send(id, Ack { id: event, seq, stream }),
            Answer::Nack(refusal) => self.nack(id, event, refusal),
            Answer::Busy(after_ms) => self.busy(id, after_ms),
        }
        self.advance(id);
    }

    pub(super) fn nack(&mut self, id: SessionId, event: EventId, refusal: Refusal) {
        self.send(id, Nack { id: event, refusal });
    }

    /// Ignores the session's submits, those that wait included, until it resumes from its first undecided event.
    pub(super) fn busy(&mut self, id: SessionId, after_ms: u32) {
        let Some(session) = self.sessions.get_mut(&id) else { return };
        if planted(Mutant::BusyStillTakes) {
            return self.send(id, Busy { after_ms });
        }
        let waiting = session.ignore();
        if let Some(state) = waiting.and_then(|stream| self.states.get_mut(&stream)) {
            state.queue.retain(|(session, _)| *session != id);
        }
        self.send(id, Busy { after_ms });
    }
}

fn submission(identity: Identity, envelope: Envelope) -> Submission {
    Submission { who: identity.person, device: identity.device, by: By::Session, envelope }
}
