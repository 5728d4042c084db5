//! A message as it is shown.

use crate::features::pins::view as pins;
use crate::features::threads::view::{InThreadItem, foot};
use crate::source::Source;
use crate::view::markdown::{Block, parse, plain_text};
use crate::view::mention::Names;
use crate::view::pending::Pending;
use crate::view::people::{self, People};
use crate::view::window::Rendered;
use crate::view::{EditedItem, MessageItem, QuoteItem, ReactionItem, SendState, item};
use folkmoot_model::event::PENDING_SEQ;
use folkmoot_model::features::messages::{MessagePosted, MessageRow, message};
use folkmoot_model::features::people::Role;
use folkmoot_model::features::reactions::{emoji, reactions_of};
use folkmoot_model::features::rooms::RoomHead;
use folkmoot_model::features::threads::InThread;
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use std::collections::BTreeSet;

/// The longest excerpt of an answered message, in characters: about one line.
const EXCERPT_CHARS: usize = 140;

/// Makes the messages of one room's view.
pub struct Messages<'a> {
    source: &'a dyn Source,
    room: StreamId,
    me: PersonId,
    people: People<'a>,
    pending: &'a Pending,
    /// What was rendered before, and what is rendered for this view.
    before: Rendered,
    rendered: Rendered,
    writes: bool,
    pinned: BTreeSet<EventId>,
    edits_others: bool,
    manages: bool,
}

impl<'a> Messages<'a> {
    /// Of this room; `before` is what the last view rendered.
    pub fn of(source: &'a dyn Source, room: StreamId, head: &RoomHead, pending: &'a Pending, before: Rendered) -> Self {
        let me = source.me();
        let in_space = people::member(source, head.space, me);
        let in_room = people::member(source, room, me).is_some();
        Self {
            source,
            room,
            me,
            people: People::of(source, head.space),
            pending,
            before,
            rendered: Rendered::new(),
            pinned: pins::of(source, room).into_iter().map(|pin| pin.message).collect(),
            writes: in_space.is_some() && in_room && !head.archived,
            edits_others: head.everyone_edits && in_space.is_some_and(|me| me.role != Role::Guest),
            manages: item::manages(source, room, head),
        }
    }

    /// What was rendered, to be given to the next view.
    pub fn into_rendered(self) -> Rendered {
        self.rendered
    }

    /// A message that a row tells of.
    pub fn item(&mut self, id: EventId, row: &MessageRow) -> MessageItem {
        let mine = row.author == self.me;
        let deleted = row.deleted_by.is_some();
        let reactions = self.source.row(self.room, &Key::Reactions(id)).and_then(reactions_of).unwrap_or_default();
        let edited = row.edited.as_ref().map(|edited| EditedItem {
            by_name: self.people.name(edited.by),
            at_ms: edited.at_ms,
            by_other: edited.by != row.author,
        });
        let reactions = reactions.people.into_iter().map(|(key, people)| ReactionItem {
            emoji: emoji(&key).map_or_else(|| key.clone(), str::to_owned),
            mine: people.contains(&self.me),
            names: self.people.names(people),
        });
        let standing = self.pending.send_state(id);
        MessageItem {
            id,
            seq: (row.posted_seq < PENDING_SEQ).then_some(row.posted_seq),
            author: row.author,
            reactions: reactions.collect(),
            author_name: self.people.name(row.author),
            author_colour: self.people.colour(row.author),
            mine,
            at_ms: row.at_ms,
            blocks: self.blocks(id, row.text.as_str(), named(row)),
            text: row.text.as_str().to_owned(),
            names_me: row.names(self.me),
            reply_to: row.reply_to.map(|answered| self.quote(answered)),
            edited,
            deleted,
            standing,
            untouched: self.pending.untouched(id),
            change: self.pending.change(id),
            refused: self.pending.refused(self.source, self.room, id),
            can_edit: self.writes && !deleted && (mine || self.edits_others),
            can_delete: self.writes && !deleted && (mine || self.manages),
            pinned: self.pinned.contains(&id),
            thread: match row.thread {
                None => foot(self.source, &mut self.people, self.room, id),
                Some(_) => None,
            },
            in_thread: row.thread.map(|thread| self.in_thread(thread)),
        }
    }

    /// A message that was refused, and that no row tells of.
    pub fn refused(&mut self, id: EventId, posted: &MessagePosted, at_ms: u64) -> MessageItem {
        MessageItem {
            id,
            seq: None,
            author: self.me,
            author_name: self.people.name(self.me),
            author_colour: self.people.colour(self.me),
            mine: true,
            at_ms,
            blocks: self.blocks(id, &posted.text, as_posted(posted)),
            text: posted.text.clone(),
            names_me: posted.mentions.iter().any(|mention| mention.person == self.me),
            reply_to: posted.reply_to.map(|answered| self.quote(answered)),
            reactions: Vec::new(),
            edited: None,
            deleted: false,
            standing: SendState::Refused,
            untouched: false,
            change: self.pending.change(id),
            refused: self.pending.refused(self.source, self.room, id),
            can_edit: false,
            can_delete: false,
            pinned: false,
            thread: None,
            in_thread: posted.thread.map(|thread| self.in_thread(thread)),
        }
    }

    fn in_thread(&mut self, thread: InThread) -> InThreadItem {
        let InThread { subject, also_in_room } = thread;
        InThreadItem { subject, root: self.quote(subject.id()), also_in_room }
    }

    /// A message as one that answers it shows it.
    pub fn quote(&mut self, id: EventId) -> QuoteItem {
        let row = self.source.row(self.room, &Key::Message(id)).and_then(message);
        let excerpt = match &row {
            Some(row) => plain_text(&self.blocks(id, row.text.as_str(), named(row)), EXCERPT_CHARS),
            None => String::new(),
        };
        QuoteItem {
            id,
            author_name: row.as_ref().map(|row| self.people.name(row.author)).unwrap_or_default(),
            excerpt,
            deleted: row.is_some_and(|row| row.deleted_by.is_some()),
        }
    }

    /// The text as blocks, in which those whom it names, under these names, are mentions: rendered, or as the last view did.
    fn blocks(&mut self, id: EventId, text: &str, named: Vec<(PersonId, String)>) -> Vec<Block> {
        let current = |(person, name): (PersonId, String)| match name.is_empty() {
            true => (person, self.people.chosen_name(person)),
            false => (person, name),
        };
        let names: Vec<_> = named.into_iter().map(current).collect();
        let known = self.before.remove(&id).or_else(|| self.rendered.remove(&id));
        let rendered = match known {
            Some(known) if known.0 == text && known.1 == names => known,
            _ => {
                let named = Names::of(names.iter().map(|(person, name)| (*person, name.as_str())), Some(self.me));
                (text.to_owned(), names, parse(text, &named))
            }
        };
        self.rendered.entry(id).or_insert(rendered).2.clone()
    }
}

/// Whom a message names, and under which names: empty where it does not say.
pub fn named(row: &MessageRow) -> Vec<(PersonId, String)> {
    row.mentions.iter().map(|named| (named.person, named.name.clone())).collect()
}

fn as_posted(posted: &MessagePosted) -> Vec<(PersonId, String)> {
    posted.mentions.iter().map(|mention| (mention.person, mention.name.clone())).collect()
}
