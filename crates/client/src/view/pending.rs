//! What this device has said and the server has not settled, sorted by what it is about.

use crate::source::Source;
use crate::view::{RefusedItem, RefusedWhat, SendState};
use folkmoot_model::event::Event;
use folkmoot_model::fact::{About, Words};
use folkmoot_model::features::messages::{MessagePosted, message as message_row};
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::yjs::gate::text_in;
use folkmoot_sync::outbox::{Item, State};
use std::collections::{BTreeMap, BTreeSet};

/// One event of the person in a room, as far as messages are concerned.
#[derive(Debug)]
struct Said {
    id: EventId,
    what: RefusedWhat,
    state: State,
    offered: bool,
    event: Event,
}

/// The person's unsettled events of one room, by the message that they are about.
#[derive(Debug, Default)]
pub struct Pending {
    about: BTreeMap<EventId, Vec<Said>>,
    posts: Vec<EventId>,
    at_ms: BTreeMap<EventId, u64>,
}

impl Pending {
    /// Of this room.
    pub fn of(source: &dyn Source, room: StreamId) -> Self {
        let mut pending = Self::default();
        for item in source.outbox().items().filter(|item| item.stream == room) {
            let Ok(event) = item.envelope.event() else { continue };
            let id = item.envelope.id;
            let About::Message(message) = event.about(id) else { continue };
            let Some(what) = what(&event) else { continue };
            if message == id {
                pending.posts.push(id);
                pending.at_ms.insert(id, item.envelope.client_ms);
            }
            let said = Said { id, what, state: item.state.clone(), offered: item.offered, event };
            pending.about.entry(message).or_default().push(said);
        }
        pending
    }

    /// Messages that were posted, in the order of the outbox, whatever became of them.
    pub fn posts(&self) -> &[EventId] {
        &self.posts
    }

    /// A posted message as it was said, and when, if it was refused: it is in no row.
    pub fn refused_post(&self, message: EventId) -> Option<(&MessagePosted, u64)> {
        let said = self.about(message).iter().find(|said| said.id == message)?;
        match (&said.event, &said.state) {
            (Event::MessagePosted(posted), State::Refused(_)) => Some((posted, *self.at_ms.get(&message)?)),
            _ => None,
        }
    }

    /// How far posting the message has come.
    pub fn send_state(&self, message: EventId) -> SendState {
        let posting = self.about(message).iter().find(|said| said.id == message);
        posting.map_or(SendState::Accepted, |said| send_state(&said.state))
    }

    /// Is it certain that the server does not know of this message?
    pub fn untouched(&self, message: EventId) -> bool {
        let posting = self.about(message).iter().find(|said| said.id == message);
        posting.is_some_and(|said| said.state == State::Saved && !said.offered)
    }

    /// How far the person's last change to the message has come.
    pub fn change(&self, message: EventId) -> SendState {
        let change = self.about(message).iter().rfind(|said| said.id != message);
        change.map_or(SendState::Accepted, |said| send_state(&said.state))
    }

    /// What of the person's on this message was refused, oldest first.
    pub fn refused(&self, source: &dyn Source, room: StreamId, message: EventId) -> Vec<RefusedItem> {
        let refused = self.about(message).iter().filter_map(|said| match &said.state {
            State::Refused(refusal) => Some(RefusedItem {
                event: said.id,
                what: said.what,
                refusal: refusal.clone(),
                text: text(source, room, &said.event),
            }),
            _ => None,
        });
        refused.collect()
    }

    fn about(&self, message: EventId) -> &[Said] {
        self.about.get(&message).map_or(&[], Vec::as_slice)
    }
}

/// The text that a refused event leaves to the person: what they wrote, or what the message would read, or, where that
/// is not held, the words that they put in.
pub fn text(source: &dyn Source, room: StreamId, event: &Event) -> String {
    match event.words() {
        Words::None => String::new(),
        Words::Text(text) => text.into_owned(),
        Words::Edit(message, delta) => {
            let held = source.row(room, &Key::Message(message)).and_then(message_row);
            let held = held.filter(|row| row.deleted_by.is_none());
            let read = held.map(|row| row.text.with(message, delta).as_str().to_owned());
            read.unwrap_or_else(|| text_in(delta))
        }
        Words::Update(update) => text_in(update),
    }
}

/// What a person would call the event; `None` of what happens by the way, such as read marks: nobody is told that it was
/// refused.
pub fn what(event: &Event) -> Option<RefusedWhat> {
    match event {
        Event::MessagePosted(_) => Some(RefusedWhat::Post),
        Event::MessageEdited(_) => Some(RefusedWhat::Edit),
        Event::MessageDeleted(_) => Some(RefusedWhat::Delete),
        Event::MessageReacted(_) => Some(RefusedWhat::Reaction),
        Event::MessagePinned(_) => Some(RefusedWhat::Pin),
        Event::DocumentEdited(_) => Some(RefusedWhat::Document),
        Event::ReadTo(_) | Event::MarkedUnread(_) | Event::NotifyChosen(_) | Event::ThreadReadTo(_) => None,
        Event::SpaceOpened(_) | Event::DirectoryOpened(_) | Event::RoomListed(_) => Some(RefusedWhat::Setting),
        Event::MemberAdded(_) | Event::MemberRemoved(_) | Event::RoleChanged(_) => Some(RefusedWhat::Setting),
        Event::ProfileChanged(_) | Event::StatusChosen(_) => Some(RefusedWhat::Setting),
        Event::RoomOpened(_) | Event::RoomChanged(_) | Event::RoomArchived(_) => Some(RefusedWhat::Setting),
        Event::DocumentListed(_) | Event::DocumentOpened(_) => Some(RefusedWhat::Setting),
        Event::Granted(_) | Event::GrantRevoked(_) | Event::ThreadJoined(_) => Some(RefusedWhat::Setting),
        Event::ThreadFollowed(_) => Some(RefusedWhat::Setting),
    }
}

/// An outbox state as the screen tells it.
pub fn send_state(state: &State) -> SendState {
    match state {
        State::Saved => SendState::Saved,
        State::Sent => SendState::Sending,
        State::Accepted(_) => SendState::Accepted,
        State::Refused(_) => SendState::Refused,
    }
}

/// How far a document's changes have come that this device made: the least of them counts.
pub fn document_send_state(source: &dyn Source, room: StreamId, document: StreamId) -> SendState {
    let outbox = source.outbox();
    let about = About::Document(document);
    let lists = |item: &Item| item.envelope.event().is_ok_and(|event| event.about(item.envelope.id) == about);
    let concerns = |item: &&Item| item.stream == document || item.stream == room && lists(item);
    let states: BTreeSet<u8> = outbox.items().filter(concerns).map(|item| rank(&item.state)).collect();
    if outbox.unsent(document).next().is_some() && !states.contains(&0) {
        return SendState::Saved;
    }
    match states.first() {
        Some(0) => SendState::Refused,
        Some(1) => SendState::Saved,
        Some(2) => SendState::Sending,
        _ => SendState::Accepted,
    }
}

fn rank(state: &State) -> u8 {
    match state {
        State::Refused(_) => 0,
        State::Saved => 1,
        State::Sent => 2,
        State::Accepted(_) => 3,
    }
}

/// How many events of each stream the server has not decided.
pub fn undecided(source: &dyn Source) -> BTreeMap<StreamId, u32> {
    let mut counts = BTreeMap::new();
    for item in source.outbox().items().filter(|item| item.undecided()) {
        *counts.entry(item.stream).or_insert(0) += 1;
    }
    counts
}
