//! From what a person requests to the events that say it. Each is asked of `permit` first, and is then queued, journalled
//! and shown whether or not there is a network.

use super::Reply;
use super::core::{Core, Home, Present};
use crate::command::{Command, Done, Refused};
use crate::source::Source;
use crate::view::find::find;
use crate::view::item::spaces;
use crate::view::mention::{mentions_after, mentions_in_room};
use folkmoot_model::event::Event;
use folkmoot_model::fact::Words;
use folkmoot_model::features::documents::{DocumentListed, DocumentOpened};
use folkmoot_model::features::messages::{MessageDeleted, MessageEdited, MessagePosted, MessageRow, message};
use folkmoot_model::features::people::{MemberAdded, MemberRemoved, Role, RoleChanged};
use folkmoot_model::features::profiles::{ProfileChanged, StatusChosen};
use folkmoot_model::features::reactions::MessageReacted;
use folkmoot_model::features::reads::{MarkedUnread, NotifyChosen, ReadTo};
use folkmoot_model::features::rooms::{RoomAccess, RoomArchived, RoomChanged, RoomHead, RoomOpened, room as room_head};
use folkmoot_model::id::{EventId, PersonId, StreamId, direct_room};
use folkmoot_model::key::Key;
use folkmoot_model::refusal::{Code, Refusal};
use folkmoot_model::row::Value;
use folkmoot_model::signal::Signal;
use folkmoot_sync::outbox::{Draft, State};
use folkmoot_sync::replica::io::Input;

/// The longest draft, in bytes: far more than a message may have, so that what is too long to be sent is not lost either.
const DRAFT_BYTES_MAX: usize = 256 << 10;

/// Events that belong together, and what is answered once they are saved.
struct Order {
    events: Vec<(StreamId, EventId, Event)>,
    done: Done,
}

impl Core {
    /// Does what the person requests.
    pub(super) fn dispatch(&mut self, command: Command, reply: Reply) {
        let Some((command, reply)) = self.dispatch_request(command, reply) else { return };
        let done = match command {
            Command::KeepKey { place } => self.keep_key(place).map(|()| Done::Ok),
            Command::TryNow => {
                self.renewal_hurry();
                self.inputs.push_back(Input::TryNow);
                self.feed_waiting();
                Ok(Done::Ok)
            }
            Command::ReadTo { room, seq } => self.read_to(room, seq),
            Command::Typing { room, on } => {
                let signal = Signal::Typing { on, thread: None };
                self.inputs.push_back(Input::Signal { stream: room, signal });
                Ok(Done::Ok)
            }
            Command::Present { active, away, at, focused } => {
                let before = self.present.replace(Present { active, away, at, focused });
                // Who has the keyboard is nobody else's business.
                if before.is_none_or(|before| (before.active, before.away, before.at) != (active, away, at)) {
                    if let Some(left) = before.and_then(|before| before.at).filter(|left| Some(*left) != at) {
                        self.say_left(left);
                    }
                    self.say_present_everywhere();
                }
                if let Some(at) = at {
                    self.recents.look(at);
                }
                Ok(Done::Ok)
            }
            Command::PauseNotifications { pause } => self.pause(pause),
            Command::Scroll { watch, to } => return self.scroll(watch, to, reply),
            Command::Find { query } => {
                self.settle();
                match &self.home {
                    Home::Open(open) => {
                        Ok(Done::Found { items: find(&self.screen(open), &query, &self.recents.looked_at) })
                    }
                    _ => Ok(Done::Found { items: Vec::new() }),
                }
            }
            Command::Discard { event } => {
                return self.feed_and_answer(Input::Discard { events: vec![event] }, Done::Ok, reply);
            }
            Command::Retry { event } => return self.retry(event, reply),
            Command::TakeBack { room, message } => return self.take_back(room, message, reply),
            Command::Draft { room, text, reply_to } => {
                return self.draft(room, Draft { text, reply_to, edits: None }, reply);
            }
            Command::DraftEdit { room, message, text } => {
                return self.draft(room, Draft { text, reply_to: None, edits: Some(message) }, reply);
            }
            other => {
                if let Command::MarkUnread { room, .. } = &other {
                    self.reading.unread(*room);
                }
                match self.order(other) {
                    Ok(order) => return self.queue(order, reply),
                    Err(refused) => Err(refused),
                }
            }
        };
        self.answer(reply, done);
    }

    /// The events of a command, permitted as far as this device knows.
    fn order(&mut self, command: Command) -> Result<Order, Refused> {
        let now_ms = self.now_ms;
        let first = match &mut self.home {
            Home::Open(open) if !open.session.signed_out => open.replica.mint(now_ms),
            _ => return Err(self.closed()),
        };
        let Home::Open(open) = &self.home else { return Err(self.closed()) };
        let me = open.session.person;
        let screen = self.screen(open);
        let one = |stream: StreamId, event: Event| vec![(stream, event)];
        let mut done = Done::Ok;
        let events: Vec<(StreamId, Event)> = match command {
            Command::OpenRoom { access: RoomAccess::Direct, .. } => return Err(refused(Code::BadRequest)),
            Command::OpenRoom { space, access, name, topic, members } => {
                let room = StreamId(first.0);
                done = Done::Opened { stream: room };
                one(room, RoomOpened { space, access, name, topic, members: without(me, members) }.into())
            }
            Command::OpenDirect { space, people } => {
                let members = without(me, people);
                let room = direct_room(space, &[members.as_slice(), &[me]].concat());
                done = Done::Opened { stream: room };
                match head(&screen, room) {
                    Some(_) => Vec::new(),
                    None => {
                        let (name, topic) = (String::new(), String::new());
                        one(room, RoomOpened { space, access: RoomAccess::Direct, name, topic, members }.into())
                    }
                }
            }
            Command::JoinRoom { room } => one(room, added(me)),
            Command::LeaveRoom { room } => one(room, MemberRemoved { person: me }.into()),
            Command::AddToRoom { room, person } => one(room, added(person)),
            Command::Remove { stream, person } => one(stream, MemberRemoved { person }.into()),
            Command::ChangeRole { space, person, role } => one(space, RoleChanged { person, role }.into()),
            Command::ChangeProfile { space, name, colour } => one(space, ProfileChanged { name, colour }.into()),
            Command::ChooseStatus { status } => {
                let chosen = |space| (space, StatusChosen { status: status.clone() }.into());
                spaces(&screen).into_iter().map(chosen).collect()
            }
            Command::ChangeRoom { room, name, topic } => {
                drop(head(&screen, room).ok_or(Refused::NotHeld)?);
                one(room, RoomChanged { name, topic, everyone_edits: None }.into())
            }
            Command::LetEveryoneEdit { room, everyone } => {
                drop(head(&screen, room).ok_or(Refused::NotHeld)?);
                one(room, RoomChanged { name: None, topic: None, everyone_edits: Some(everyone) }.into())
            }
            Command::ArchiveRoom { room, archived } => {
                drop(head(&screen, room).ok_or(Refused::NotHeld)?);
                one(room, RoomArchived { archived }.into())
            }
            Command::Post { room, text, reply_to } => {
                done = Done::Minted { id: first };
                let mentions = mentions_in_room(&screen, room, &text);
                one(room, MessagePosted { text, reply_to, mentions }.into())
            }
            Command::Edit { room, message, text } => {
                let row = held_message(&screen, room, message).ok_or(Refused::NotHeld)?;
                match row.text.delta(message, first, &text) {
                    None => Vec::new(),
                    Some(delta) => {
                        done = Done::Minted { id: first };
                        let mentions = Some(mentions_after(&screen, room, &row, &text));
                        one(room, MessageEdited { message, delta, mentions }.into())
                    }
                }
            }
            Command::Delete { room, message } => one(room, MessageDeleted { message }.into()),
            Command::React { room, message, emoji, on } => one(room, MessageReacted { message, emoji, on }.into()),
            Command::MarkUnread { room, seq } => one(me.into(), MarkedUnread { room, seq }.into()),
            Command::Notify { room, level } => one(me.into(), NotifyChosen { room, level }.into()),
            Command::CreateDocument { room, kind, title } => {
                let document = StreamId(first.0);
                done = Done::Opened { stream: document };
                let listed = DocumentListed { document, kind, title, archived: false };
                vec![(document, DocumentOpened { room, kind }.into()), (room, listed.into())]
            }
            Command::ChangeDocument { room, document, title, archived } => {
                let row = screen.row(room, &Key::Document(document)).ok_or(Refused::NotHeld)?;
                let Value::Document(row) = row.value else { return Err(Refused::NotHeld) };
                one(room, DocumentListed { document, kind: row.kind, title, archived }.into())
            }
            // All others are answered before.
            _ => return Err(refused(Code::BadRequest)),
        };
        let events = self.named(first, events);
        self.permitted(&events)?;
        Ok(Order { events, done })
    }

    /// Gives the first event the id that was drawn for it, and draws ids for the rest.
    fn named(&mut self, first: EventId, events: Vec<(StreamId, Event)>) -> Vec<(StreamId, EventId, Event)> {
        let now_ms = self.now_ms;
        let Home::Open(open) = &mut self.home else { return Vec::new() };
        let mut next = Some(first);
        let mut named = Vec::new();
        for (stream, event) in events {
            // Where the first draw named the stream, the event that opens it is given another.
            let id = next.take().filter(|id| id.0 != stream.0).unwrap_or_else(|| open.replica.mint(now_ms));
            named.push((stream, id, event));
        }
        named
    }

    fn permitted(&self, events: &[(StreamId, EventId, Event)]) -> Result<(), Refused> {
        let Home::Open(open) = &self.home else { return Err(self.closed()) };
        let permits =
            |(stream, id, event): &(StreamId, EventId, Event)| open.replica.permits(&open.device, *stream, *id, event);
        Ok(events.iter().try_for_each(permits)?)
    }

    fn queue(&mut self, Order { events, done }: Order, reply: Reply) {
        if events.is_empty() {
            return self.answer(reply, Ok(done));
        }
        self.feed_and_answer(Input::Queue { events }, done, reply);
    }

    /// Feeds the replica and answers once what it journals is on the disk.
    pub(super) fn feed_and_answer(&mut self, input: Input, done: Done, reply: Reply) {
        match self.feed(input) {
            Ok(()) => self.group.replies.push((reply, done)),
            Err(_) => self.answer(reply, Err(Refused::Storage { detail: "it could not be saved".into() })),
        }
    }

    /// Keeps what the person has begun to write.
    fn draft(&mut self, room: StreamId, draft: Draft, reply: Reply) {
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
    fn retry(&mut self, event: EventId, reply: Reply) {
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
    fn take_back(&mut self, room: StreamId, message: EventId, reply: Reply) {
        let untouched = match &self.home {
            Home::Open(open) => open.replica.outbox().takes_back(message).is_some(),
            _ => return self.answer(reply, Err(self.closed())),
        };
        if untouched {
            return self.feed_and_answer(Input::TakeBack { message }, Done::Ok, reply);
        }
        match self.order(Command::Delete { room, message }) {
            Ok(order) => self.queue(order, reply),
            Err(refused) => self.answer(reply, Err(refused)),
        }
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

    fn read_to(&mut self, room: StreamId, seq: u64) -> Result<Done, Refused> {
        let Home::Open(open) = &self.home else { return Err(self.closed()) };
        let me = StreamId::from(open.session.person);
        let read = match self.screen(open).row(me, &Key::Read(room)).map(|row| row.value) {
            Some(Value::Read(read)) => read.to,
            _ => 0,
        };
        if seq > read {
            self.reading.read(room, seq);
        }
        Ok(Done::Ok)
    }

    /// Queues the read marks whose time has come, or all.
    pub(super) fn read_marks(&mut self, all: bool) {
        let due = if all { self.reading.rest() } else { self.reading.due(self.now_ms) };
        for (room, seq) in due {
            let now_ms = self.now_ms;
            let Home::Open(open) = &mut self.home else { return };
            if open.session.signed_out {
                return;
            }
            let (own, id) = (StreamId::from(open.session.person), open.replica.mint(now_ms));
            let events = vec![(own, id, ReadTo { room, seq }.into())];
            if self.permitted(&events).is_ok() {
                self.inputs.push_back(Input::Queue { events });
            }
        }
    }

    fn renewal_hurry(&mut self) {
        self.renewal.hurry(self.now_ms);
    }
}

fn refused(code: Code) -> Refused {
    Refused::Rule { refusal: code.into() }
}

fn added(person: PersonId) -> Event {
    MemberAdded { person, role: Role::Member, profile: None }.into()
}

fn without(me: PersonId, mut people: Vec<PersonId>) -> Vec<PersonId> {
    people.retain(|person| *person != me);
    people.sort_unstable();
    people.dedup();
    people
}

fn head(source: &dyn Source, room: StreamId) -> Option<RoomHead> {
    source.row(room, &Key::Head).and_then(room_head)
}

fn held_message(source: &dyn Source, room: StreamId, id: EventId) -> Option<MessageRow> {
    source.row(room, &Key::Message(id)).and_then(message)
}
