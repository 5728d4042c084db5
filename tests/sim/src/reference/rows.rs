//! Whether the rows say what the log says.

use super::{Message, Reference};
use folkmoot_model::features::people::{Role, member};
use folkmoot_model::features::pins::pins_of;
use folkmoot_model::features::reactions::reactions_of;
use folkmoot_model::features::rooms::RoomAccess;
use folkmoot_model::features::threads::{mark_of, summary_of};
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
        assert!(self.joining.is_empty(), "rows-mean: who has a part in a thread is not told: {:?}", self.joining);
        for ((person, room, root), (follows, read_to)) in &self.marks {
            let mark = rows.get((*person).into(), &Key::ThreadMark(*room, *root)).row().and_then(mark_of);
            let mark = mark.map(|mark| (mark.follows, mark.read_to));
            assert_eq!(mark, Some((*follows, *read_to)), "rows-mean: {person} in the thread of {root}");
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
        let at = |key: Key| rows.get(message.room, &key).row().map(|row| row.value);
        let (in_room, in_thread) = match message.thread {
            None => (true, None),
            Some((root, also_in_room)) => (also_in_room, Some(root)),
        };
        assert_eq!(at(Key::Timeline(message.seq)), place.clone().filter(|_| in_room), "rows-mean: {id} in the room");
        assert_eq!(at(Key::Reply(message.seq)), place.clone().filter(|_| !in_room), "rows-mean: {id} beside the room");
        if let Some(root) = in_thread {
            assert_eq!(at(Key::Thread(root, message.seq)), place, "rows-mean: {id} in the thread of {root}");
        }
        self.thread_agrees(rows, id, message.room);
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

    /// How many replies there are below a message, and whose: a recount of all that was said.
    fn thread_agrees(&self, rows: &dyn Rows, root: EventId, room: StreamId) {
        let replies = self.messages.iter().filter(|((of, _), message)| {
            *of == room && message.thread.is_some_and(|(subject, _)| subject == root) && !message.deleted
        });
        let mut voices: BTreeMap<PersonId, u32> = BTreeMap::new();
        for (_, reply) in replies {
            *voices.entry(reply.author).or_default() += 1;
        }
        let row = rows.get(room, &Key::ThreadSummary(root)).row().and_then(summary_of).unwrap_or_default();
        assert_eq!(row.replies, voices.values().sum::<u32>(), "rows-mean: replies to {root}");
        let heard = row.voices.iter().filter(|voice| voice.replies > 0).map(|voice| (voice.person, voice.replies));
        assert_eq!(heard.collect::<BTreeMap<_, _>>(), voices, "rows-mean: who replied to {root}");
    }
}
