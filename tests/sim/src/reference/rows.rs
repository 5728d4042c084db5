//! Whether the rows say what the log says.

use super::{Message, Reference};
use folkmoot_model::features::people::{Role, member};
use folkmoot_model::features::pins::pins_of;
use folkmoot_model::features::reactions::reactions_of;
use folkmoot_model::features::rooms::RoomAccess;
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::{Rows, Value};
use std::collections::{BTreeMap, BTreeSet};

impl Reference {
    /// The rows say what the log says.
    pub fn agrees(&self, rows: &dyn Rows) {
        let at = |stream: StreamId, key: Key| rows.get(stream, &key).row().map(|row| row.value);
        for (space, people) in &self.spaces {
            for (person, role) in people {
                let row = rows.get(*space, &Key::Member(*person)).row().and_then(member);
                let agrees = row.as_ref().is_some_and(|row| row.present && row.role == *role);
                assert!(agrees, "rows-mean: {person} in {space} is {role:?}, and the row says {row:?}");
            }
        }
        for (stream, room) in &self.rooms {
            let Some(Value::Room(head)) = at(*stream, Key::Head) else { panic!("rows-mean: no head of room {stream}") };
            assert_eq!((&head.name, head.archived), (&room.name, room.archived), "rows-mean: head of {stream}");
            let directory = self.directories.iter().find(|(_, space)| **space == room.space).map(|(at, _)| *at);
            let listed = match directory.and_then(|directory| at(directory, Key::Listing(*stream))) {
                Some(Value::Listing(listed)) => Some((listed.name, listed.archived)),
                _ => None,
            };
            let public = room.access == RoomAccess::Public;
            assert_eq!(listed, public.then(|| (room.name.clone(), room.archived)), "rows-mean: listing of {stream}");
            for person in &room.people {
                // Also of those who have come back since: they are in no room that they had.
                let in_space = room.access == RoomAccess::Direct || self.role(room.space, *person).is_some();
                assert!(in_space, "rows-mean: {person} is in {stream}, and not in its space");
                let row = rows.get(*stream, &Key::Member(*person)).row().and_then(member);
                assert!(row.is_some_and(|row| row.present), "rows-mean: {person} is in {stream}");
            }
        }
        for (room, said) in &self.pins {
            let row = rows.get(*room, &Key::Pins).row().and_then(pins_of).unwrap_or_default();
            assert!(row.pins.iter().map(|pin| pin.message).eq(said.iter().copied()), "rows-mean: the pins of {room}");
        }
        for ((_, id), message) in &self.messages {
            self.message_agrees(rows, *id, message);
        }
        for ((person, room), seq) in &self.reads {
            let Some(Value::Read(row)) = at((*person).into(), Key::Read(*room)) else {
                panic!("rows-mean: {person} has read {room}, and no row says so")
            };
            assert_eq!(row.to, *seq, "rows-mean: how far {person} has read {room}");
        }
        let spaces = self.spaces.iter().map(|(space, people)| (*space, people.keys().collect::<BTreeSet<_>>()));
        let rooms = self.rooms.iter().map(|(room, at)| (*room, at.people.iter().collect()));
        let people: BTreeSet<PersonId> = self.granted.iter().map(|(person, _)| *person).collect();
        let directories = self.directories.iter().map(|(directory, space)| {
            let members = self.spaces.get(space).into_iter().flatten();
            (*directory, members.filter(|(_, role)| **role != Role::Guest).map(|(person, _)| person).collect())
        });
        for (stream, members) in spaces.chain(rooms).chain(directories) {
            for person in &people {
                let grant = at((*person).into(), Key::Grant(stream));
                let granted = matches!(&grant, Some(Value::Grant(grant)) if grant.present);
                let is_in = members.contains(person);
                assert_eq!(granted, is_in, "rows-mean: {person}, of the members of {stream}: {grant:?}");
                assert_eq!(
                    self.granted.contains(&(*person, stream)),
                    is_in,
                    "rows-mean: {person} in {stream}, granted"
                );
            }
        }
    }

    fn message_agrees(&self, rows: &dyn Rows, id: EventId, message: &Message) {
        let Some(Value::Message(row)) = rows.get(message.room, &Key::Message(id)).row().map(|row| row.value) else {
            panic!("rows-mean: no row of message {id}")
        };
        assert_eq!(row.author, message.author, "rows-mean: the author of {id}");
        assert_eq!(row.deleted_by.is_some(), message.deleted, "rows-mean: is {id} deleted");
        match (message.deleted, message.edits) {
            (true, _) => assert_eq!(row.text.as_str(), "", "rows-mean: {id} is deleted, and its text is there"),
            (false, 0) => assert_eq!(row.text.as_str(), message.text, "rows-mean: the text of {id}"),
            (false, edits) => {
                assert_eq!(row.edited.as_ref().map(|edited| edited.count), Some(edits), "rows-mean: edits of {id}")
            }
        }
        let place = Some(Value::At(id));
        assert_eq!(rows.get(message.room, &Key::Timeline(message.seq)).row().map(|row| row.value), place, "rows-mean");
        let named: BTreeMap<_, _> = row.mentions.iter().map(|named| (named.person, named.seq)).collect();
        assert!(message.mentions.as_ref().is_none_or(|said| *said == named), "rows-mean: whom {id} names: {named:?}");
        for (person, seq) in named {
            let mention = rows.get(message.room, &Key::Mention(person, seq)).row().map(|row| row.value);
            assert_eq!(mention, place, "rows-mean: mention");
        }
        let held = rows.get(message.room, &Key::Reactions(id)).row().and_then(reactions_of).unwrap_or_default().people;
        let said: BTreeMap<_, _> = message.reactions.iter().filter(|(_, people)| !people.is_empty()).collect();
        assert!(held.iter().eq(said), "rows-mean: the reactions to {id}");
    }
}
