//! Running what the replica wants done, one effect at a time, and keeping presence.
//!
//! A step that fails is told to the caller, who runs nothing after it.

use super::core::{Core, Home, Open};
use crate::doc_bridge;
use crate::link::{Link, LinkEvent, Stuck};
use crate::notice::{self, NOTICES_MAX, Situation};
use crate::view::NoticeItem;
use crate::view::people::People;
use folkmoot_model::features::threads::Subject;
use folkmoot_model::id::{PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::{Rows, Value};
use folkmoot_model::rule::above;
use folkmoot_model::signal::{Availability, Signal};
use folkmoot_store::StoreError;
use folkmoot_sync::awareness::CaretUser;
use folkmoot_sync::replica::io::{Effect, Input};
use folkmoot_wire::frame::Range;

/// The connection that stands for this device in its own roster: no server gives that number.
const OURSELVES: u64 = u64::MAX;

impl Core {
    /// Runs one effect. Fails where the disk does; then nothing after it may run.
    pub(super) fn run_effect(&mut self, effect: Effect) -> Result<(), StoreError> {
        let Home::Open(open) = &mut self.home else { return Ok(()) };
        match effect {
            Effect::Journal(entries) => open.device.append(&[entries])?,
            Effect::Commit(changes) => {
                let changes = self.gated(changes)?;
                let Home::Open(open) = &mut self.home else { return Ok(()) };
                open.device.commit(changes)?;
            }
            Effect::Dial => self.dial(),
            Effect::Hangup => open.link = None,
            Effect::Send(frame) => {
                if let Some(Err(Stuck)) = open.link.as_ref().map(|link| link.send(frame)) {
                    open.link = None;
                    self.inputs.push_back(Input::Lost { code: None });
                }
            }
            Effect::Wake(at_ms) => self.wake_ms = Some(at_ms),
            Effect::RefreshToken => self.renew(),
            Effect::SignedOut => self.signed_out = true,
            Effect::Changed(rows) => {
                self.remembered.borrow_mut().changed(&rows);
                self.dirty.streams(rows.iter().map(|(stream, _)| *stream));
                // A space that has just come knows nothing of us yet.
                let heads = rows.iter().filter(|(_, key)| *key == Key::Head).map(|(stream, _)| *stream);
                let come: Vec<StreamId> = heads.filter(|stream| is_space(open, *stream)).collect();
                self.say_present(come);
                self.look_at_notices(&rows);
            }
            Effect::OutboxChanged(streams) => self.dirty.streams(streams),
            Effect::Arrived { stream, range } => self.arrived(stream, range),
            // What did not pass is told to nobody.
            Effect::Edited { document, .. } if open.device.is_damaged(document) => {}
            Effect::Edited { document, update } => {
                self.documents.tell(document, doc_bridge::update(&update));
                // What is fetched at its opening was changed at some time that nobody tells.
                if self.documents.is_synced(document) {
                    self.recents.change(document, self.now_ms);
                }
                self.dirty.streams([document]);
            }
            Effect::Synced { document } => {
                self.documents.synced(document);
                self.dirty.streams([document]);
            }
            Effect::EditRefused { document, event, refusal } => {
                self.edit_refused(document, event, &refusal);
            }
            Effect::Signalled { stream, from, session, signal } => self.signalled(stream, from, session, signal),
            Effect::LinkChanged => self.link_changed(),
            Effect::Revoked(stream) => {
                self.reading.unread(stream);
                self.remembered.borrow_mut().clear();
                self.documents.revoked(stream);
                self.roster.forget(stream);
                self.forget_notices(stream);
                self.dirty.all();
            }
        }
        Ok(())
    }

    fn dial(&mut self) {
        let Home::Open(open) = &mut self.home else { return };
        self.epoch += 1;
        let hear = self.hear.clone();
        open.link =
            Some(Link::dial(&self.io, open.session.server.clone(), self.epoch, move |epoch, heard: LinkEvent| {
                let hear = hear.clone();
                async move {
                    // An engine that has ended hears nothing.
                    drop(hear.send((epoch, heard)).await);
                }
            }));
    }

    fn link_changed(&mut self) {
        self.dirty.app();
        let Home::Open(open) = &self.home else { return };
        let up = open.replica.link().is_up();
        if up && !self.was_up {
            self.mend_documents();
            self.say_present_everywhere();
            for (document, update) in self.documents.own_awareness() {
                self.inputs.push_back(Input::Signal { stream: document, signal: Signal::Awareness { update } });
            }
        }
        if !up && self.was_up {
            let changed = self.roster.clear();
            if let Home::Open(open) = &self.home {
                self.dirty.streams(changed.iter().flat_map(|stream| above(&open.device, *stream)));
            }
            self.dirty.streams(changed);
            self.documents.nobody_is_here();
        }
        self.was_up = up;
    }

    /// Tells every space that the person is in how available they are, and the room or document that is on the screen that
    /// it is. Nobody else learns where they are.
    pub(super) fn say_present_everywhere(&mut self) {
        let Home::Open(open) = &self.home else { return };
        let streams = open.replica.streams().map(|(stream, _)| stream);
        self.say_present(streams.filter(|stream| is_space(open, *stream)).collect());
        if let Some((present, at)) = self.present.and_then(|present| Some((present, present.at?))) {
            self.say_here(at, Signal::Presence { availability: present.where_one_is(), at: Some(at) });
        }
    }

    /// Tells a room or document that it is not on the screen any more.
    pub(super) fn say_left(&mut self, left: StreamId) {
        self.say_here(left, Signal::left());
    }

    fn say_present(&mut self, spaces: Vec<StreamId>) {
        let Some(present) = self.present else { return };
        for space in spaces {
            self.say_here(space, Signal::Presence { availability: present.availability(), at: None });
        }
    }

    fn say_here(&mut self, stream: StreamId, signal: Signal) {
        let Home::Open(open) = &self.home else { return };
        // The server tells the others, and not us.
        if open.replica.link().is_up() {
            let me = open.session.person;
            self.take_in(stream, me, OURSELVES, Some(&signal));
        }
        self.inputs.push_back(Input::Signal { stream, signal });
    }

    fn signalled(&mut self, stream: StreamId, from: PersonId, session: u64, signal: Option<Signal>) {
        self.take_in(stream, from, session, signal.as_ref());
        match signal {
            Some(Signal::Awareness { update }) => {
                let user = self.caret_user(stream, from);
                self.documents.aware(stream, (from, session), &update, &user);
            }
            Some(_) => {}
            None => self.documents.left(stream, from, session),
        }
    }

    /// Keeps a signal. Who is in a room or document is shown in what lies above it too.
    fn take_in(&mut self, stream: StreamId, from: PersonId, session: u64, signal: Option<&Signal>) {
        let changed = self.roster.signalled(self.now_ms, stream, from, session, signal);
        if let (Home::Open(open), false) = (&self.home, changed.is_empty()) {
            self.dirty.streams(above(&open.device, stream));
        }
        self.dirty.streams(changed);
    }

    /// Under which name somebody's caret is shown in a document.
    fn caret_user(&self, document: StreamId, person: PersonId) -> CaretUser {
        let Home::Open(open) = &self.home else { return CaretUser::default() };
        let Some(space) = above(&open.device, document).last().copied() else { return CaretUser::default() };
        let screen = self.screen(open);
        let mut people = People::of(&screen, space);
        CaretUser { name: people.name(person), colour: people.colour(person) }
    }

    fn arrived(&mut self, stream: StreamId, range: Range) {
        let Home::Open(open) = &self.home else { return };
        let situation = Situation {
            focused_room: self.present.and_then(|present| present.at),
            focused_thread: self.present.and_then(|present| present.thread),
            window_focused: self.present.is_some_and(|present| present.active && present.focused),
            paused: self.settings.paused_until_ms.is_some_and(|until_ms| self.now_ms < until_ms),
        };
        let screen = self.screen(open);
        let notices: Vec<NoticeItem> = notice::arrived(&screen, stream, range, situation);
        let posted = authors(&screen, stream, range);
        for person in posted {
            if self.roster.posted(stream, person) {
                self.dirty.streams([stream]);
            }
        }
        if notices.is_empty() {
            return;
        }
        self.notices.extend(notices);
        let surplus = self.notices.len().saturating_sub(NOTICES_MAX);
        self.notices.drain(..surplus);
        self.dirty.app();
    }
}

/// What the person is doing, as the UI says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Present {
    pub(super) active: bool,
    pub(super) away: bool,
    pub(super) at: Option<StreamId>,
    pub(super) thread: Option<Subject>,
    pub(super) focused: bool,
}

impl Present {
    /// What a space is told of it.
    fn availability(self) -> Availability {
        if self.away { Availability::Away } else { Availability::Online }
    }

    /// What is told where the room or document is open: there it shows after a minute.
    fn where_one_is(self) -> Availability {
        if self.active { Availability::Online } else { Availability::Away }
    }
}

/// Is it a space that is held?
fn is_space(open: &Open, stream: StreamId) -> bool {
    let head = open.device.get(stream, &Key::Head).row().map(|row| row.value);
    matches!(head, Some(Value::Space(_)))
}

/// Who posted at these places: they no longer write.
fn authors(source: &dyn crate::source::Source, room: StreamId, range: Range) -> Vec<PersonId> {
    let newest = |from, to| source.range(room, from, to, true, NOTICES_MAX);
    let in_room = newest(Key::Timeline(range.first), Key::Timeline(range.last)).into_iter();
    let places = in_room.chain(newest(Key::Reply(range.first), Key::Reply(range.last)));
    let author = |id| match source.row(room, &Key::Message(id))?.value {
        Value::Message(message) => Some(message.author),
        _ => None,
    };
    let ids = places.filter_map(|(_, row)| match row.value {
        Value::At(id) => author(id),
        _ => None,
    });
    ids.collect()
}
