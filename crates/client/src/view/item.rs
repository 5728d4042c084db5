//! Rooms and documents as a sidebar lists them, and which of them a person has.

use crate::source::Source;
use crate::view::people::{self, People, by_name};
use crate::view::talk::Talk;
use crate::view::unread::{head, joined, notify_level, unread};
use crate::view::{DocumentItem, RoomItem};
use folkmoot_model::features::documents::DocumentRow;
use folkmoot_model::features::rooms::{RoomAccess, RoomHead};
use folkmoot_model::features::spaces::{ListingRow, directory};
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::Value;
use folkmoot_wire::limits::STREAMS_PER_SESSION_MAX;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// The least and the greatest id of a stream.
const STREAMS: (StreamId, StreamId) = (StreamId([0; 16]), StreamId([0xff; 16]));

/// The spaces that the person is in, by id.
pub fn spaces(source: &dyn Source) -> Vec<StreamId> {
    grants(source).into_iter().filter(|(_, space)| space.is_none()).map(|(stream, _)| stream).collect()
}

/// The rooms that the person is in by the server's word, held or not, by id. Who leaves a space is still granted its rooms.
pub fn granted_rooms(source: &dyn Source) -> Vec<StreamId> {
    let grants = grants(source);
    let spaces: BTreeSet<StreamId> =
        grants.iter().filter(|(_, within)| within.is_none()).map(|(space, _)| *space).collect();
    let directories: BTreeSet<StreamId> = spaces.iter().map(|space| directory(*space)).collect();
    let within = |space: &Option<StreamId>| space.is_some_and(|space| spaces.contains(&space));
    let rooms = grants.iter().filter(|(stream, space)| within(space) && !directories.contains(stream));
    rooms.map(|(room, _)| *room).collect()
}

/// The rooms of a space that the person is in and whose head is held, by id: granted ones, and those that they opened
/// or joined here and that the server has not granted yet.
pub fn rooms(source: &dyn Source, space: StreamId) -> Vec<(StreamId, RoomHead)> {
    let granted = grants(source).into_iter().filter(|(_, within)| *within == Some(space)).map(|(stream, _)| stream);
    let spoken_to = source.outbox().items().map(|item| item.stream);
    let streams: BTreeSet<StreamId> = granted.chain(spoken_to).collect();
    let rooms = streams.into_iter().filter_map(|room| Some((room, head(source, room)?)));
    rooms.filter(|(room, head)| head.space == space && joined(source, *room)).collect()
}

fn grants(source: &dyn Source) -> Vec<(StreamId, Option<StreamId>)> {
    let (from, to) = (Key::Grant(STREAMS.0), Key::Grant(STREAMS.1));
    let rows = source.range(source.me().into(), from, to, false, STREAMS_PER_SESSION_MAX);
    let grants = rows.into_iter().filter_map(|(key, row)| match (key, row.value) {
        (Key::Grant(stream), Value::Grant(grant)) if grant.present => Some((stream, grant.space)),
        _ => None,
    });
    grants.collect()
}

/// The public rooms that a space lists, by id.
pub fn listings(source: &dyn Source, space: StreamId) -> Vec<(StreamId, ListingRow)> {
    let rows = source.range(
        directory(space),
        Key::Listing(STREAMS.0),
        Key::Listing(STREAMS.1),
        false,
        STREAMS_PER_SESSION_MAX,
    );
    let listings = rows.into_iter().filter_map(|(key, row)| match (key, row.value) {
        (Key::Listing(room), Value::Listing(listing)) => Some((room, listing)),
        _ => None,
    });
    listings.collect()
}

/// Makes items of one space.
pub struct Items<'a> {
    source: &'a dyn Source,
    /// The space's people.
    pub people: People<'a>,
    undecided: BTreeMap<StreamId, u32>,
}

impl<'a> Items<'a> {
    /// Of this space.
    pub fn of(source: &'a dyn Source, space: StreamId) -> Self {
        Self { source, people: People::of(source, space), undecided: super::pending::undecided(source) }
    }

    /// A room whose head is held.
    pub fn room(&mut self, room: StreamId, head: &RoomHead) -> RoomItem {
        let joined = joined(self.source, room);
        let unread = unread(self.source, Talk::of_room(room));
        let others = people::others(self.source, head.people.clone());
        RoomItem {
            id: room,
            name: self.room_name(head),
            topic: head.topic.clone(),
            access: head.access,
            archived: head.archived,
            everyone_edits: head.everyone_edits,
            joined,
            unread: unread.count,
            mentions: unread.mentions,
            notify: notify_level(self.source, room, head.access),
            people: if head.access.is_direct() { others } else { Vec::new() },
            here: people::others(self.source, self.source.presence().here(room)),
            pending: self.undecided.get(&room).copied().unwrap_or(0),
            draft: self.source.outbox().drafts(room).next().is_some(),
        }
    }

    /// A room's name; of a direct room the names of the others, or of the person if they are alone.
    pub fn room_name(&mut self, head: &RoomHead) -> String {
        let others = people::others(self.source, head.people.clone());
        match head.access {
            RoomAccess::Direct if others.is_empty() => self.people.name(self.source.me()),
            RoomAccess::Direct => self.people.names(others).join(", "),
            _ => head.name.clone(),
        }
    }

    /// A public room that is known by its listing only.
    pub fn listed(&mut self, room: StreamId, listing: &ListingRow) -> RoomItem {
        RoomItem {
            id: room,
            name: listing.name.clone(),
            topic: listing.topic.clone(),
            access: RoomAccess::Public,
            archived: listing.archived,
            everyone_edits: false,
            joined: false,
            unread: 0,
            mentions: 0,
            notify: notify_level(self.source, room, RoomAccess::Public),
            people: Vec::new(),
            here: people::others(self.source, self.source.presence().here(room)),
            pending: self.undecided.get(&room).copied().unwrap_or(0),
            draft: self.source.outbox().drafts(room).next().is_some(),
        }
    }

    /// A room of which nothing is known but that it is there.
    pub fn unknown(&mut self, room: StreamId) -> RoomItem {
        let nothing = ListingRow { name: String::new(), topic: String::new(), archived: false };
        RoomItem { access: RoomAccess::Private, ..self.listed(room, &nothing) }
    }
}

/// A document as its room lists it.
pub fn document(source: &dyn Source, room: StreamId, document: StreamId, row: &DocumentRow) -> DocumentItem {
    DocumentItem {
        id: document,
        room,
        kind: row.kind,
        title: row.title.clone(),
        archived: row.archived,
        here: people::others(source, source.presence().here(document)),
    }
}

/// The documents of these rooms, last changed first, as far as this device saw it: no row tells when a body was changed,
/// so one that nobody changed here or before its eyes stands where it was made.
pub fn documents(source: &dyn Source, rooms: &[StreamId]) -> Vec<DocumentItem> {
    let mut changed: BTreeMap<StreamId, u64> = BTreeMap::new();
    for item in source.outbox().items() {
        let at_ms = changed.entry(item.stream).or_default();
        *at_ms = item.envelope.client_ms.max(*at_ms);
    }
    changed.extend(source.outbox().unsent_documents().into_iter().map(|document| (document, source.now_ms())));
    let mut documents: Vec<(u64, DocumentItem)> = Vec::new();
    for room in rooms {
        let (from, to) = (Key::Document(STREAMS.0), Key::Document(STREAMS.1));
        for (key, row) in source.range(*room, from, to, false, STREAMS_PER_SESSION_MAX) {
            if let (Key::Document(id), Value::Document(row)) = (key, row.value) {
                let at_ms = changed.get(&id).copied().unwrap_or(0).max(source.changed_ms(id)).max(row.at_ms);
                documents.push((at_ms, document(source, *room, id, &row)));
            }
        }
    }
    documents.sort_by(|(one_ms, one), (other_ms, other)| {
        Reverse(one_ms).cmp(&Reverse(other_ms)).then_with(|| by_name((&one.title, one.id), (&other.title, other.id)))
    });
    documents.into_iter().map(|(_, document)| document).collect()
}

/// When something was last posted in a room, Unix milliseconds: pending messages count; if there is none, when the
/// person came in.
pub fn last_ms(source: &dyn Source, room: StreamId) -> u64 {
    let places = source.range(room, Key::Timeline(0), Key::Timeline(Seq::MAX), true, 1);
    let message = places.first().and_then(|(_, row)| match row.value {
        Value::At(message) => {
            source.row(room, &Key::Message(message)).and_then(folkmoot_model::features::messages::message)
        }
        _ => None,
    });
    let joined = || people::member(source, room, source.me()).map(|member| member.since_ms);
    message.map(|message| message.at_ms).or_else(joined).unwrap_or(0)
}

/// Does the person manage the room, by their role in it or in its space? As `permit` asks it.
pub fn manages(source: &dyn Source, room: StreamId, head: &RoomHead) -> bool {
    let me = source.me();
    let Some(in_space) = people::member(source, head.space, me) else { return false };
    in_space.role.manages() || people::member(source, room, me).is_some_and(|in_room| in_room.role.manages())
}
