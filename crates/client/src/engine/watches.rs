//! What is watched, and telling it what changed: computed once per turn, for those whose streams changed, and only
//! when the watcher has room. A slow watcher misses states in between and gets the last.

use super::core::{Core, Home, Open};
use super::people::{Completion, report};
use super::{Reply, Request};
use crate::command::{Done, Refused, ScrollTo};
use crate::features::pins::view::pins;
use crate::features::threads::list::{Listed, threads};
use crate::features::threads::view::thread;
use crate::source::Source;
use crate::view::patch::{self, Update};
use crate::view::talk::Talk;
use crate::view::window::RoomWindow;
use crate::view::{AppView, LinkState, View, app, document, not_sent, room, space};
use folkmoot_model::features::messages::message;
use folkmoot_model::features::spaces::directory;
use folkmoot_model::features::threads::{InThread, Subject};
use folkmoot_model::id::{EventId, Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::Value as RowValue;
use folkmoot_sync::replica::io::Input;
use folkmoot_wire::frame::Range;
use folkmoot_wire::limits::PASSWORD_CHARS_MIN;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// What changed since the watches were last shown.
#[derive(Debug, Default)]
pub(super) struct Dirty {
    all: bool,
    app: bool,
    streams: BTreeSet<StreamId>,
}

impl Dirty {
    /// Rows, outbox or presence of these streams.
    pub(super) fn streams(&mut self, streams: impl IntoIterator<Item = StreamId>) {
        self.streams.extend(streams);
    }

    /// How the link or the profile stands.
    pub(super) fn app(&mut self) {
        self.app = true;
    }

    /// Everything.
    pub(super) fn all(&mut self) {
        self.all = true;
    }

    /// Has nothing changed?
    pub(super) fn is_nothing(&self) -> bool {
        !self.all && !self.app && self.streams.is_empty()
    }
}

/// The watches, by number.
#[derive(Default)]
pub(super) struct Watches {
    watches: BTreeMap<u32, Watch>,
    last: u32,
}

struct Watch {
    view: View,
    sink: mpsc::Sender<Update>,
    /// Of a room, as soon as it has been shown once.
    window: Option<RoomWindow>,
    /// The streams that the view was made of.
    of: BTreeSet<StreamId>,
    shown: Shown,
    dirty: bool,
    /// A task waits for room.
    waiting: bool,
}

/// What the watcher holds.
enum Shown {
    Nothing,
    /// It was told that the view is not held.
    Absent,
    This(Map<String, Value>),
}

impl Watches {
    /// Watches a view from the next showing on. Answers its number, never 0.
    pub(super) fn add(&mut self, view: View, sink: mpsc::Sender<Update>) -> u32 {
        self.last = self.last.wrapping_add(1).max(1);
        let watch =
            Watch { view, sink, window: None, of: BTreeSet::new(), shown: Shown::Nothing, dirty: true, waiting: false };
        self.watches.insert(self.last, watch);
        self.last
    }

    /// Watches it no longer.
    pub(super) fn remove(&mut self, watch: u32) {
        self.watches.remove(&watch);
    }

    /// Forgets where rooms were scrolled to: another person's rooms follow.
    pub(super) fn forget_windows(&mut self) {
        for watch in self.watches.values_mut() {
            watch.window = None;
        }
    }
}

impl Core {
    /// Moves the window of a watched room. A message that is not held is asked for where it stands, and its place then
    /// fetched as any that is looked at. Refused with [`Refused::NotHeld`] if there is no such watch or message, and with
    /// [`Refused::Offline`] if nobody can be asked.
    pub(super) fn scroll(&mut self, watch: u32, to: ScrollTo, reply: Reply) {
        self.settle();
        let moved = self.in_window(watch, |window, source| (window.talk(), window.scroll(source, to)));
        match (moved, to) {
            (Some((_, true)), _) => self.answer(reply, Ok(Done::Ok)),
            (Some((talk, false)), ScrollTo::Message { message }) => match self.thread_of(talk, message) {
                Some(subject) => self.answer(reply, Ok(Done::InThread { subject })),
                None => self.seek(watch, talk.room, message, reply),
            },
            _ => self.answer(reply, Err(Refused::NotHeld)),
        }
    }

    /// The thread in which a message is that is held, if it is not in what is watched.
    fn thread_of(&self, talk: Talk, id: EventId) -> Option<Subject> {
        let Home::Open(open) = &self.home else { return None };
        let row = self.screen(open).row(talk.room, &Key::Message(id)).and_then(message)?;
        row.thread.map(|thread| thread.subject).filter(|_| !talk.has(&row))
    }

    /// Moves it to a place, held or not, of a message that is in this thread. Refused if what is watched does not show that
    /// message, or nobody watches any more.
    pub(super) fn scroll_to(&mut self, watch: u32, place: Seq, thread: Option<InThread>) -> Result<Done, Refused> {
        let moved = self.in_window(watch, |window, source| match (window.talk().thread, thread) {
            (None, Some(InThread { subject, also_in_room: false })) => Ok(Done::InThread { subject }),
            (Some(here), thread) if thread.is_none_or(|thread| thread.subject != here) => Err(Refused::NotHeld),
            _ => {
                window.go(source, place);
                Ok(Done::Ok)
            }
        });
        moved.unwrap_or(Err(Refused::NotHeld))
    }

    fn seek(&mut self, watch: u32, room: StreamId, message: EventId, reply: Reply) {
        let account = match &self.home {
            Home::Open(open) if open.replica.link().is_up() => open.account.clone(),
            Home::Open(_) => return self.answer(reply, Err(Refused::Offline)),
            _ => return self.answer(reply, Err(self.closed())),
        };
        let requests = self.requests.clone();
        self.with_token(Box::new(move |core, token| match token {
            Err(refused) => core.answer(reply, Err(refused)),
            Ok(token) => drop(core.io.spawn(async move {
                let place = account.place(room, message, &token).await;
                report(&requests, Completion::Placed { watch, place, reply }).await;
            })),
        }));
    }

    fn in_window<T>(&mut self, watch: u32, act: impl FnOnce(&mut RoomWindow, &dyn Source) -> T) -> Option<T> {
        let mut watches = std::mem::take(&mut self.watches);
        let acted = match (&self.home, watches.watches.get_mut(&watch)) {
            (Home::Open(open), Some(watch)) => {
                let source = self.screen(open);
                watch.dirty = true;
                let window = match (&mut watch.window, &watch.view) {
                    (Some(window), _) => Some(window),
                    (window, view) => {
                        talk_of(view).map(|(talk, at)| window.insert(RoomWindow::open(&source, talk, at)))
                    }
                };
                window.map(|window| act(window, &source))
            }
            _ => None,
        };
        self.watches = watches;
        acted
    }

    /// Shows every watch what changed.
    pub(super) fn show(&mut self) {
        let dirty = std::mem::take(&mut self.dirty);
        let mut watches = std::mem::take(&mut self.watches);
        watches.watches.retain(|_, watch| !watch.sink.is_closed());
        let mut wants = Vec::new();
        for watch in watches.watches.values_mut() {
            watch.dirty |= concerns(&dirty, watch);
            if !watch.dirty {
                continue;
            }
            let permit = match watch.sink.clone().try_reserve_owned() {
                Ok(permit) => permit,
                Err(TrySendError::Full(sink)) => {
                    if !std::mem::replace(&mut watch.waiting, true) {
                        self.wait_for_room(sink);
                    }
                    continue;
                }
                Err(TrySendError::Closed(_)) => continue,
            };
            (watch.dirty, watch.waiting) = (false, false);
            let view = self.view(watch, &mut wants);
            let update = match (&watch.shown, &view) {
                (Shown::This(before), Some(after)) => patch::between(before, after),
                (_, Some(after)) => Some(Update::Snapshot { view: Value::Object(after.clone()) }),
                (Shown::Absent, None) => None,
                (_, None) => Some(Update::Snapshot { view: Value::Null }),
            };
            watch.shown = view.map_or(Shown::Absent, Shown::This);
            if let Some(update) = update {
                permit.send(update);
            }
        }
        self.watches = watches;
        for (talk, range) in wants {
            self.inputs.push_back(Input::Want { stream: talk.room, list: talk.list(), range });
        }
        self.settle();
    }

    /// Tells us when a slow watcher has taken what it was given.
    pub(super) fn wait_for_room<T: Send + 'static>(&self, sink: mpsc::Sender<T>) {
        let requests = self.requests.clone();
        self.io.spawn(async move {
            // Closed or free: either way it is looked at again.
            drop(sink.reserve().await);
            drop(requests.send(Request::Room).await);
        });
    }

    fn view(&self, watch: &mut Watch, wants: &mut Vec<(Talk, Range)>) -> Option<Map<String, Value>> {
        if matches!(watch.view, View::App) {
            return fields(&self.app_view());
        }
        let Home::Open(open) = &self.home else { return None };
        let source = self.screen(open);
        let own = StreamId::from(source.me());
        match watch.view {
            View::App => None,
            View::Space { space } => fields(&space::space(&source, space)?),
            View::Room { room, at } => {
                let talk = Talk::of_room(room);
                let window = watch.window.get_or_insert_with(|| RoomWindow::open(&source, talk, at));
                let shown = room::room(&source, window);
                watch.of = BTreeSet::from([own, room]);
                let room::Shown { mut view, wants: lacks } = shown?;
                watch.of.extend([view.space, directory(view.space)]);
                view.loading &= self.may_come(open, room);
                wants.extend(lacks);
                fields(&view)
            }
            View::Thread { room, subject, at } => {
                let talk = Talk::of_thread(room, subject);
                let window = watch.window.get_or_insert_with(|| RoomWindow::open(&source, talk, at));
                let shown = thread(&source, window, subject);
                watch.of = BTreeSet::from([own, room]);
                let room::Shown { mut view, wants: lacks } = shown?;
                watch.of.insert(view.space);
                view.loading &= self.may_come(open, room);
                wants.extend(lacks);
                fields(&view)
            }
            View::Threads { space } => {
                let Listed { mut view, rooms, wants: lacks } = threads(&source, space);
                watch.of = BTreeSet::from([own, space]);
                view.loading &= rooms.iter().any(|room| self.may_come(open, *room));
                watch.of.extend(rooms);
                wants.extend(lacks);
                fields(&view)
            }
            View::Pins { room } => {
                watch.of = BTreeSet::from([own, room]);
                let (view, lacks) = pins(&source, room)?;
                watch.of.insert(view.space);
                wants.extend(lacks.into_iter().map(|range| (Talk::of_room(room), range)));
                fields(&view)
            }
            View::Document { document } => {
                let room = document::room_of(&source, document);
                watch.of = BTreeSet::from([own, document]);
                watch.of.extend(room);
                watch.of.extend(room.and_then(|room| space_of(&source, room)));
                let (here, damaged) = (self.documents.is_synced(document), open.device.is_damaged(document));
                fields(&document::document(&source, document, here, damaged)?)
            }
        }
    }

    /// Can what is missing of a room come?
    fn may_come(&self, open: &Open, room: StreamId) -> bool {
        open.replica.link().is_up() || open.replica.is_fetching(room)
    }

    fn app_view(&self) -> AppView {
        let open: Option<&Open> = match &self.home {
            Home::Open(open) => Some(open),
            _ => None,
        };
        let source = open.map(|open| self.screen(open));
        let link = self.link_state();
        // Once all that is followed has come, nothing more is on its way.
        let first_sync =
            source.as_ref().filter(|_| link != LinkState::Online).and_then(|source| app::first_sync(source));
        AppView {
            phase: self.phase(),
            sign_in_name: open.map_or_else(String::new, |open| open.session.name.clone()),
            me: source.as_ref().and_then(|source| app::me(source)),
            spaces: source.as_ref().map(|source| app::spaces(source)).unwrap_or_default(),
            link,
            first_sync,
            left_out: open.map_or(0, |open| u32::try_from(open.replica.left_out()).unwrap_or(u32::MAX)),
            pending: self.pending(),
            host: open.map_or_else(String::new, |open| open.session.server.host.clone()),
            secrets: self.secrets_kept(),
            asks_keyring: self.asks_keyring(),
            keyring_silent: self.options.keyring_silent,
            hosted: self.options.host.as_ref().and_then(|host| host.hosted()),
            password_chars_min: PASSWORD_CHARS_MIN as u32,
            quarantined: self.quarantined.clone(),
            paused_until_ms: self.settings.paused_until_ms,
            not_sent: source.as_ref().map(|source| not_sent::not_sent(source)).unwrap_or_default(),
            notices: self.notices.iter().cloned().collect(),
        }
    }
}

/// Does what changed show in this watch?
fn concerns(dirty: &Dirty, watch: &Watch) -> bool {
    if dirty.is_nothing() {
        return false;
    }
    match watch.view {
        _ if dirty.all => true,
        View::App => true,
        View::Space { .. } => !dirty.streams.is_empty(),
        // A room that is not held waits for its link, or for any row that tells of it.
        View::Room { .. } | View::Document { .. } | View::Pins { .. } | View::Thread { .. } | View::Threads { .. } => {
            dirty.app
                || matches!(watch.shown, Shown::Absent)
                || dirty.streams.iter().any(|stream| watch.of.contains(stream))
        }
    }
}

/// What a view is a window of, and the message to open it at.
fn talk_of(view: &View) -> Option<(Talk, Option<EventId>)> {
    match *view {
        View::Room { room, at } => Some((Talk::of_room(room), at)),
        View::Thread { room, subject, at } => Some((Talk::of_thread(room, subject), at)),
        View::App | View::Space { .. } | View::Pins { .. } | View::Threads { .. } | View::Document { .. } => None,
    }
}

fn space_of(source: &dyn Source, room: StreamId) -> Option<StreamId> {
    match source.row(room, &Key::Head)?.value {
        RowValue::Room(head) => Some(head.space),
        _ => None,
    }
}

fn fields<T: Serialize>(view: &T) -> Option<Map<String, Value>> {
    match serde_json::to_value(view) {
        Ok(Value::Object(fields)) => Some(fields),
        Ok(_) => None,
        Err(error) => {
            tracing::error!(%error, "a view cannot be written");
            None
        }
    }
}
