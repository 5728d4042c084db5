//! What this device has said and the server has not accepted: said again, taken back; and what is begun and not said.

use super::Reply;
use super::core::{Core, Home};
use crate::command::{Done, Refused};
use crate::features::messages::commands::MessageCommand;
use crate::view::mention::mentions_after;
use folkmoot_model::event::Event;
use folkmoot_model::fact::Words;
use folkmoot_model::features::messages::{MessageEdited, message};
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::refusal::Refusal;
use folkmoot_sync::outbox::{Draft, State};
use folkmoot_sync::replica::io::Input;

/// The longest draft, in bytes: far more than a message may have, so that what is too long to be sent is not lost either.
const DRAFT_BYTES_MAX: usize = 256 << 10;

impl Core {
    /// Keeps what the person has begun to write.
    pub(super) fn draft(&mut self, room: StreamId, draft: Draft, reply: Reply) {
        match &self.home {
            _ if draft.text.len() > DRAFT_BYTES_MAX => {
                self.answer(reply, Err(Refusal::too_large(DRAFT_BYTES_MAX).into()));
            }
            Home::Open(_) => self.feed_and_answer(Input::Draft { room, draft }, Done::Ok, reply),
            _ => {
                let closed = self.closed();
                self.answer(reply, Err(closed));
            }
        }
    }

    /// Sends a refused event's content again, under a new id. One that is not refused is on its way.
    pub(super) fn retry(&mut self, event: EventId, reply: Reply) {
        match self.again(event) {
            Ok(Some((edit @ Input::Edit { .. }, done))) => {
                if self.feed(edit).is_err() {
                    return self.answer(reply, Err(Refused::Storage { detail: "it could not be saved".into() }));
                }
                self.feed_and_answer(Input::Discard { events: vec![event] }, done, reply);
            }
            Ok(Some((input, done))) => self.feed_and_answer(input, done, reply),
            Ok(None) => self.answer(reply, Ok(Done::Ok)),
            Err(refused) => self.answer(reply, Err(refused)),
        }
    }

    /// Takes a message back, or deletes it where the server may know of it.
    pub(super) fn take_back(&mut self, room: StreamId, message: EventId, reply: Reply) {
        let untouched = match &self.home {
            Home::Open(open) => open.replica.outbox().takes_back(message).is_some(),
            _ => return self.answer(reply, Err(self.closed())),
        };
        if untouched {
            return self.feed_and_answer(Input::TakeBack { message }, Done::Ok, reply);
        }
        self.say(reply, |on| MessageCommand::Delete { room, message }.order(on));
    }

    fn again(&mut self, event: EventId) -> Result<Option<(Input, Done)>, Refused> {
        let now_ms = self.now_ms;
        let Home::Open(open) = &mut self.home else { return Err(self.closed()) };
        let item = open.replica.outbox().get(event).ok_or(Refused::NotHeld)?;
        if !matches!(item.state, State::Refused(_)) {
            return Ok(None);
        }
        let stream = item.stream;
        let content = item.envelope.event().map_err(|_| Refused::Upgrade)?;
        let id = open.replica.mint(now_ms);
        let Home::Open(open) = &self.home else { return Err(self.closed()) };
        let anew = match content.words() {
            Words::Update(update) => {
                return Ok(Some((Input::Edit { document: stream, update: update.to_vec() }, Done::Ok)));
            }
            Words::Edit(edited, delta) => {
                // A delta speaks as the client of its edit: under a new id it is made anew, towards the same text.
                let row = open.replica.row(&open.device, stream, &Key::Message(edited)).row();
                let row = row.and_then(message).ok_or(Refused::NotHeld)?;
                let to = row.text.with(edited, delta);
                match row.text.delta(edited, id, to.as_str()) {
                    Some(delta) => {
                        let mentions = Some(mentions_after(&self.screen(open), stream, &row, to.as_str()));
                        Some(Event::from(MessageEdited { message: edited, delta, mentions }))
                    }
                    // It reads so already: nothing is left to be said.
                    None => return Ok(Some((Input::Discard { events: vec![event] }, Done::Ok))),
                }
            }
            Words::None | Words::Text(_) => None,
        };
        let events = vec![(stream, id, anew.unwrap_or(content))];
        self.permitted(&events)?;
        Ok(Some((Input::Again { refused: event, events }, Done::Minted { id })))
    }
}
