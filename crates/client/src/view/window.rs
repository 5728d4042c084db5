//! Which messages of a room or thread are on the screen: a place to stand on, and how many messages to either side.
//!
//! The window never shows across a gap in what is held, and says what it lacks. It reads only what it shows.

mod places;

use crate::command::ScrollTo;
use crate::source::Source;
use crate::view::markdown::Block;
use crate::view::talk::Talk;
use crate::view::unread::{read_to, unread};
use folkmoot_model::features::messages::MessageRow;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_sync::replica::io::StreamHeld;
use folkmoot_wire::frame::Range;
pub use places::span;
use places::{after_place, before_place, nearby, place, stale, walk};
use std::collections::BTreeMap;

/// The most messages in a window: some ten screens.
pub const WINDOW_MAX: usize = 300;

/// Messages by which a window grows or slides.
pub const STEP: usize = 50;

/// Messages shown after a place that the window was moved to.
const AFTER: usize = 100;

/// The most messages that are read to find the first unread one: the person's own are passed over.
const FIRST_UNREAD_SCANNED_MAX: usize = 1_000;

/// A message with its place.
pub type Posted = (Seq, EventId, MessageRow);

/// The window of one watched room, kept by the engine for as long as the room is watched.
#[derive(Debug, Clone)]
pub struct RoomWindow {
    talk: Talk,
    /// The message to open at, if one was asked for.
    at: Option<EventId>,
    /// Was it opened? It is not while the room is not held.
    opened: bool,
    /// Messages up to this place stand before it, the others after it.
    anchor: Seq,
    /// How many messages are wanted on either side; of one that follows the end, all after.
    before: usize,
    after: usize,
    follows: bool,
    /// The first unread place of this visit, and the message there as soon as it is held.
    unread_from: Seq,
    pub(crate) first_unread: Option<EventId>,
    pub(crate) unread_at_opening: u32,
    /// What was rendered for the last view, and of what a thread hangs on.
    pub(super) rendered: Rendered,
    pub(crate) rendered_root: Rendered,
}

/// Texts as they were last rendered, by message: with the names that were looked for in them.
pub type Rendered = BTreeMap<EventId, (String, Vec<(PersonId, String)>, Vec<Block>)>;

/// What a window shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Slice {
    /// Accepted messages, oldest first.
    pub messages: Vec<Posted>,
    /// How many of them stand before the anchor.
    before: usize,
    /// Are there older ones, held or not?
    pub older: bool,
    /// Are there newer ones, held or not?
    pub newer: bool,
    /// Places that it lacks.
    pub missing: Option<Range>,
    /// Places that are shown and may be out of date.
    pub stale: Option<Range>,
}

impl Slice {
    /// Places to ask the server for.
    pub fn wants(&self) -> Option<Range> {
        self.missing.or(self.stale)
    }
}

impl RoomWindow {
    /// A window of a room or thread: around the message `at` if it is held, else around the first unread message if there is
    /// one and it is held, else at the end.
    pub fn open(source: &dyn Source, talk: Talk, at: Option<EventId>) -> Self {
        let mut window = Self {
            talk,
            at,
            opened: false,
            anchor: 0,
            before: STEP,
            after: 0,
            follows: true,
            unread_from: 0,
            first_unread: None,
            unread_at_opening: 0,
            rendered: Rendered::new(),
            rendered_root: Rendered::new(),
        };
        window.settle(source);
        window
    }

    /// What it is a window of.
    pub fn talk(&self) -> Talk {
        self.talk
    }

    /// The room.
    pub fn room(&self) -> StreamId {
        self.talk.room
    }

    /// Moves it. False if the message to go to is not held: then nothing moved.
    pub fn scroll(&mut self, source: &dyn Source, to: ScrollTo) -> bool {
        match to {
            ScrollTo::Older => self.grow_back(source),
            ScrollTo::Newer => self.grow_on(source),
            ScrollTo::Latest => self.follow(source),
            ScrollTo::Unread if unread(source, self.talk).count > 0 || self.unread_at_opening > 0 => {
                let place = self.first_unread.and_then(|message| place(source, self.talk, message));
                self.around(place.unwrap_or(self.unread_from));
            }
            ScrollTo::Unread => self.follow(source),
            ScrollTo::Message { message } => {
                let pending = source.outbox().get(message).is_some();
                match place(source, self.talk, message) {
                    Some(place) => self.around(place),
                    None if pending => self.follow(source),
                    None => return false,
                }
            }
        }
        self.settle(source);
        true
    }

    /// Moves it to a place, held or not.
    pub fn go(&mut self, source: &dyn Source, place: Seq) {
        self.around(place);
        self.settle(source);
    }

    /// What it shows now, after what changed: a room that was not held is opened when it is, a window that reached
    /// the end follows it, and "unread from here" moves the first unread message.
    pub fn settle(&mut self, source: &dyn Source) -> Slice {
        if !self.opened && source.row(self.talk.room, &Key::Head).is_some() {
            self.opened = true;
            self.begin(source);
        }
        let slice = self.slice(source);
        self.follows |= !slice.newer && slice.missing.is_none();
        let from = read_to(source, self.talk).saturating_add(1);
        if self.opened && from < self.unread_from {
            (self.unread_from, self.first_unread) = (from, None);
            self.unread_at_opening = unread(source, self.talk).count;
        }
        if self.first_unread.is_none() && self.unread_at_opening > 0 {
            self.first_unread = self.find_first_unread(source).map(|(_, message)| message);
        }
        slice
    }

    fn begin(&mut self, source: &dyn Source) {
        let unread = unread(source, self.talk);
        self.unread_from = unread.read_to.saturating_add(1);
        self.unread_at_opening = unread.count;
        let first = self.find_first_unread(source).filter(|_| unread.count > 0);
        self.first_unread = first.map(|(_, message)| message);
        let asked = self.at.and_then(|message| place(source, self.talk, message));
        match asked.or(first.map(|(place, _)| place)) {
            Some(place) => self.around(place),
            None => self.follow(source),
        }
    }

    /// The first message of others from the read mark on, unless a gap lies between.
    fn find_first_unread(&self, source: &dyn Source) -> Option<(Seq, EventId)> {
        let held = source.held(self.talk.room)?;
        let (_, last) = span(&held, self.talk.list(), self.unread_from)?;
        let unread = walk(source, self.talk, (self.unread_from, last), false, FIRST_UNREAD_SCANNED_MAX);
        let first = unread.into_iter().find(|(.., row)| row.author != source.me() && row.deleted_by.is_none());
        first.map(|(place, message, _)| (place, message))
    }

    fn around(&mut self, place: Seq) {
        (self.anchor, self.before, self.after, self.follows) = (place, STEP, AFTER, false);
    }

    fn follow(&mut self, source: &dyn Source) {
        let end = source.held(self.talk.room).map_or(0, |held| held.cursor);
        (self.anchor, self.before, self.after, self.follows) = (end, STEP, 0, true);
    }

    fn grow_back(&mut self, source: &dyn Source) {
        let slice = self.slice(source);
        let Some((oldest, ..)) = slice.messages.first() else { return };
        if slice.messages.len() + STEP <= WINDOW_MAX {
            self.before = slice.before + STEP;
        } else {
            (self.anchor, self.before, self.after) = (*oldest, STEP + 1, WINDOW_MAX - STEP - 1);
            self.follows = false;
        }
    }

    fn grow_on(&mut self, source: &dyn Source) {
        let slice = self.slice(source);
        let Some((newest, ..)) = slice.messages.last().filter(|_| !self.follows) else { return };
        if slice.messages.len() + STEP <= WINDOW_MAX {
            self.after = slice.messages.len() - slice.before + STEP;
        } else {
            (self.anchor, self.before, self.after) = (*newest, WINDOW_MAX - STEP, STEP);
        }
    }

    fn slice(&self, source: &dyn Source) -> Slice {
        let held = source.held(self.talk.room).unwrap_or_default();
        let (end, floor) = (held.cursor, self.talk.first(source));
        let focus = if self.follows { end } else { self.anchor.clamp(1, end.max(1)) };
        let Some((first, last)) = span(&held, self.talk.list(), focus) else {
            return self.before_the_gap(source, &held, focus);
        };
        let places = (first.max(self.anchor.saturating_add(1)), last);
        let mut after = match self.follows {
            true => walk(source, self.talk, places, true, WINDOW_MAX),
            false => walk(source, self.talk, places, false, self.after),
        };
        if self.follows {
            after.reverse();
        }
        let wanted = self.before.min(WINDOW_MAX - after.len().min(WINDOW_MAX));
        let mut messages = walk(source, self.talk, (first, last.min(self.anchor)), true, wanted);
        messages.reverse();
        let before = messages.len();
        let lacks_older = before < wanted && first > floor;
        let lacks_newer = !self.follows && after.len() < self.after && last < end;
        messages.extend(after);

        let oldest = messages.first().map_or(first, |(seq, ..)| *seq);
        let newest = messages.last().map_or(last, |(seq, ..)| *seq);
        let any = |places| !walk(source, self.talk, places, false, 1).is_empty();
        Slice {
            older: first > floor || any((first, oldest - 1)),
            newer: !self.follows && (last < end || any((newest + 1, last))),
            missing: match (lacks_newer, lacks_older) {
                (true, _) => Some(after_place(self.talk.list(), last, end)),
                (_, true) => Some(before_place(self.talk.list(), first, floor)),
                _ => None,
            },
            stale: stale(&held, self.talk.list(), oldest, newest),
            messages,
            before,
        }
    }

    /// Where nothing is held around the place to stand on. In a thread what was held before it came out of date is shown until
    /// the rest has come: it may be all that there is.
    fn before_the_gap(&self, source: &dyn Source, held: &StreamHeld, focus: Seq) -> Slice {
        let (list, floor, end) = (self.talk.list(), self.talk.first(source), held.cursor);
        let missing = (end > 0).then(|| nearby(list, focus, floor, end));
        let known = held.ranges(list).last().map(|range| (floor, range.last)).filter(|_| list.is_sparse());
        let mut messages = known.map(|places| walk(source, self.talk, places, true, self.before)).unwrap_or_default();
        messages.reverse();
        Slice { before: messages.len(), messages, older: end > 0, newer: false, missing, stale: None }
    }
}

#[cfg(test)]
mod tests;
