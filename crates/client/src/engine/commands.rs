//! From what a person asks to what comes of it. What is said as events, each feature orders; it is asked of `permit` first, and is
//! then queued, journalled and shown whether or not there is a network.

use super::Reply;
use super::core::{Core, Home};
use super::script::Present;
use crate::command::{Command, Done, Ordered, Ordering, Refused};
use crate::features::accounts::commands::AccountCommand;
use crate::features::drafts::commands::DraftCommand;
use crate::features::notices::commands::NoticeCommand;
use crate::features::outbox::commands::OutboxCommand;
use crate::features::presence::commands::PresenceCommand;
use crate::features::reads::commands::ReadCommand;
use crate::features::search::commands::SearchCommand;
use crate::features::timeline::commands::TimelineCommand;
use crate::source::Source;
use crate::view::find::find;
use crate::view::talk::Talk;
use crate::view::unread::mark;
use folkmoot_model::event::Event;
use folkmoot_model::features::reads::ReadTo;
use folkmoot_model::features::threads::{Subject, ThreadReadTo};
use folkmoot_model::id::{EventId, Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::Value;
use folkmoot_model::signal::Signal;
use folkmoot_sync::outbox::Draft;
use folkmoot_sync::replica::io::Input;

impl Core {
    /// Does what the person asks.
    pub(super) fn dispatch(&mut self, command: Command, reply: Reply) {
        match command {
            Command::Account(command) => self.account(command, reply),
            Command::People(command) => self.say(reply, |on| command.order(on)),
            Command::Room(command) => self.say(reply, |on| command.order(on)),
            Command::Message(command) => self.say(reply, |on| command.order(on)),
            Command::Reaction(command) => self.say(reply, |_| Ok(command.order())),
            Command::Pin(command) => self.say(reply, |on| command.order(on)),
            Command::Thread(command) => self.say(reply, |on| command.order(on)),
            Command::Document(command) => self.say(reply, |on| command.order(on)),
            Command::Read(command) => {
                if let ReadCommand::MarkUnread { room, .. } = &command {
                    self.reading.unread(*room);
                }
                self.say(reply, |on| Ok(command.order(on)));
            }
            Command::Draft(DraftCommand::Draft { room, text, reply_to, thread }) => {
                let thread = thread.map(Subject::id);
                self.draft(room, Draft { text, reply_to, edits: None, thread }, reply);
            }
            Command::Draft(DraftCommand::DraftEdit { room, message, text }) => {
                let draft = Draft { text, edits: Some(message), ..Draft::default() };
                self.draft(room, draft, reply);
            }
            Command::Outbox(OutboxCommand::TakeBack { room, message }) => self.take_back(room, message, reply),
            Command::Outbox(OutboxCommand::Retry { event }) => self.retry(event, reply),
            Command::Outbox(OutboxCommand::Discard { event }) => {
                self.feed_and_answer(Input::Discard { events: vec![event] }, Done::Ok, reply);
            }
            Command::Presence(command) => {
                let done = self.attend(command);
                self.answer(reply, done);
            }
            Command::Notice(NoticeCommand::PauseNotifications { pause }) => {
                let done = self.pause(pause);
                self.answer(reply, done);
            }
            Command::Timeline(TimelineCommand::Scroll { watch, to }) => self.scroll(watch, to, reply),
            Command::Search(SearchCommand::Find { query }) => {
                self.settle();
                let items = match &self.home {
                    Home::Open(open) => find(&self.screen(open), &query, &self.recents.looked_at),
                    _ => Vec::new(),
                };
                self.answer(reply, Ok(Done::Found { items }));
            }
        }
    }

    fn account(&mut self, command: AccountCommand, reply: Reply) {
        let Some((command, reply)) = self.needs_key(command, reply) else { return };
        match command {
            AccountCommand::Host { space, name, password } => self.host(space, name, password, reply),
            AccountCommand::Inspect { link } => self.inspect(&link, reply),
            AccountCommand::Join { link, name, password } => self.join(&link, false, name, password, reply),
            AccountCommand::SignIn { server, name, password } => self.sign_in(&server, name, password, reply),
            AccountCommand::SignOut { discard_unsent } => self.sign_out(discard_unsent, reply),
            AccountCommand::Unlock { passphrase } => self.unlock(passphrase, reply),
            AccountCommand::KeepKey { place } => {
                let done = self.keep_key(place).map(|()| Done::Ok);
                self.answer(reply, done);
            }
            AccountCommand::TryNow => {
                self.renewal.hurry(self.now_ms);
                self.inputs.push_back(Input::TryNow);
                self.feed_waiting();
                self.answer(reply, Ok(Done::Ok));
            }
            AccountCommand::OpenToNetwork { open } => self.open_to_network(open, reply),
            AccountCommand::Invite { space, role } => self.invite(space, role, reply),
            AccountCommand::Ticket { document, read_only } => self.ticket(document, read_only, reply),
        }
    }

    /// What the person looks at and does: nothing of it is a change of its own.
    fn attend(&mut self, command: PresenceCommand) -> Result<Done, Refused> {
        match command {
            PresenceCommand::ReadTo { room, seq } => return self.read_to(Talk::of_room(room), seq),
            PresenceCommand::ReadThreadTo { room, subject, seq } => {
                return self.read_to(Talk::of_thread(room, subject), seq);
            }
            PresenceCommand::Typing { room, thread, on } => {
                let signal = Signal::Typing { on, thread: thread.map(Subject::id) };
                self.inputs.push_back(Input::Signal { stream: room, signal });
            }
            PresenceCommand::Present { active, away, at, thread, focused } => {
                let before = self.present.replace(Present { active, away, at, thread, focused });
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
            }
        }
        Ok(Done::Ok)
    }

    /// Queues the events that say it, if they are permitted as far as this device knows.
    pub(super) fn say(&mut self, reply: Reply, order: impl FnOnce(&Ordering<'_>) -> Result<Ordered, Refused>) {
        match self.ordered(order) {
            Ok((events, done)) if events.is_empty() => self.answer(reply, Ok(done)),
            Ok((events, done)) => self.feed_and_answer(Input::Queue { events }, done, reply),
            Err(refused) => self.answer(reply, Err(refused)),
        }
    }

    #[expect(clippy::type_complexity, reason = "events under their ids, and the answer, for one caller")]
    fn ordered(
        &mut self,
        order: impl FnOnce(&Ordering<'_>) -> Result<Ordered, Refused>,
    ) -> Result<(Vec<(StreamId, EventId, Event)>, Done), Refused> {
        let now_ms = self.now_ms;
        let first = match &mut self.home {
            Home::Open(open) if !open.session.signed_out => open.replica.mint(now_ms),
            _ => return Err(self.closed()),
        };
        let Home::Open(open) = &self.home else { return Err(self.closed()) };
        let source = &self.screen(open);
        let Ordered { events, done } = order(&Ordering { source, first, me: open.session.person })?;
        let events = self.named(first, events);
        self.permitted(&events)?;
        Ok((events, done))
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

    pub(super) fn permitted(&self, events: &[(StreamId, EventId, Event)]) -> Result<(), Refused> {
        let Home::Open(open) = &self.home else { return Err(self.closed()) };
        let permits =
            |(stream, id, event): &(StreamId, EventId, Event)| open.replica.permits(&open.device, *stream, *id, event);
        Ok(events.iter().try_for_each(permits)?)
    }

    /// Feeds the replica and answers once what it journals is on the disk.
    pub(super) fn feed_and_answer(&mut self, input: Input, done: Done, reply: Reply) {
        match self.feed(input) {
            Ok(()) => self.group.replies.push((reply, done)),
            Err(_) => self.answer(reply, Err(Refused::Storage { detail: "it could not be saved".into() })),
        }
    }

    fn read_to(&mut self, talk: Talk, seq: u64) -> Result<Done, Refused> {
        let Home::Open(open) = &self.home else { return Err(self.closed()) };
        let (source, me) = (self.screen(open), StreamId::from(open.session.person));
        let read = match (talk.thread, source.row(me, &Key::Read(talk.room)).map(|row| row.value)) {
            // What is not followed is never unread.
            (Some(subject), _) => mark(&source, talk.room, subject).map_or(Seq::MAX, |mark| mark.read_to),
            (None, Some(Value::Read(read))) => read.to,
            (None, _) => 0,
        };
        if seq > read {
            self.reading.read(talk, seq);
        }
        Ok(Done::Ok)
    }

    /// Queues the read marks whose time has come, or all.
    pub(super) fn read_marks(&mut self, all: bool) {
        let due = if all { self.reading.rest() } else { self.reading.due(self.now_ms) };
        for (talk, seq) in due {
            let now_ms = self.now_ms;
            let Home::Open(open) = &mut self.home else { return };
            if open.session.signed_out {
                return;
            }
            let (own, id) = (StreamId::from(open.session.person), open.replica.mint(now_ms));
            let read = match talk.thread {
                None => ReadTo { room: talk.room, seq }.into(),
                Some(subject) => ThreadReadTo { room: talk.room, subject, to: seq }.into(),
            };
            let events = vec![(own, id, read)];
            if self.permitted(&events).is_ok() {
                self.inputs.push_back(Input::Queue { events });
            }
        }
    }
}
