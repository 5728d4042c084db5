//! What a person should see, written down in the plainest way: a room as lists, and what each event does to them.

use folkmoot_model::event::{Event, Sealed};
use folkmoot_model::features::documents::DocumentKind;
use folkmoot_model::features::people::Role;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::{Rows, Value};
use folkmoot_model::yjs::text::MessageText;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Room {
    pub name: String,
    pub topic: String,
    pub archived: bool,
    /// Who is in, was in, and as what.
    pub members: Vec<(PersonId, bool, Option<Role>)>,
    /// In their order.
    pub messages: Vec<Message>,
    pub documents: Vec<(StreamId, String, bool)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub id: EventId,
    pub author: PersonId,
    pub text: String,
    pub deleted_by: Option<PersonId>,
    pub edits: u32,
    pub edited_by: Option<PersonId>,
    pub reactions: Vec<(String, Vec<PersonId>)>,
    deltas: Vec<Vec<u8>>,
    first: String,
}

impl Room {
    /// What is seen after these events.
    pub fn after<'e>(events: impl IntoIterator<Item = &'e Sealed>) -> Self {
        let mut room = Self::default();
        events.into_iter().for_each(|sealed| room.hear(sealed));
        room
    }

    fn hear(&mut self, Sealed { id, author, event, .. }: &Sealed) {
        match event {
            Event::RoomOpened(opened) => {
                self.name.clone_from(&opened.name);
                self.topic.clone_from(&opened.topic);
                for person in opened.people(*author) {
                    self.members.push((person, true, Some(if person == *author { Role::Admin } else { Role::Member })));
                }
            }
            Event::RoomChanged(changed) => {
                self.name = changed.name.clone().unwrap_or(self.name.clone());
                self.topic = changed.topic.clone().unwrap_or(self.topic.clone());
            }
            Event::RoomArchived(archived) => self.archived = archived.archived,
            Event::MemberAdded(added) => match self.members.iter_mut().find(|(person, ..)| *person == added.person) {
                Some((_, true, _)) => {}
                Some(member) => *member = (added.person, true, Some(added.role)),
                None => self.members.push((added.person, true, Some(added.role))),
            },
            Event::MemberRemoved(removed) => {
                for member in self.members.iter_mut().filter(|(person, ..)| *person == removed.person) {
                    member.1 = false;
                }
            }
            Event::MessagePosted(_) if self.message(*id).is_some() => {}
            Event::MessagePosted(posted) => self.messages.push(Message {
                id: *id,
                author: *author,
                text: posted.text.clone(),
                deleted_by: None,
                edits: 0,
                edited_by: None,
                reactions: Vec::new(),
                deltas: Vec::new(),
                first: posted.text.clone(),
            }),
            Event::MessageEdited(edited) => {
                if let Some(message) = self.message(edited.message).filter(|message| message.deleted_by.is_none()) {
                    message.deltas.push(edited.delta.clone());
                    message.edits += 1;
                    message.edited_by = Some(*author);
                    let text = MessageText::plain(message.first.clone());
                    let text = message.deltas.iter().fold(text, |text, delta| text.with(edited.message, delta));
                    message.text = text.as_str().to_owned();
                }
            }
            Event::MessageDeleted(deleted) => {
                if let Some(message) = self.message(deleted.message) {
                    message.text.clear();
                    (message.edits, message.edited_by) = (0, None);
                    message.deleted_by = message.deleted_by.or(Some(*author));
                }
            }
            Event::MessageReacted(reacted) => {
                let Some(message) = self.message(reacted.message) else { return };
                message.react(&reacted.emoji, *author, reacted.on);
            }
            Event::DocumentListed(listed) => {
                self.documents.retain(|(document, ..)| *document != listed.document);
                self.documents.push((listed.document, listed.title.clone(), listed.archived));
            }
            other => panic!("nobody says {other:?} here"),
        }
    }

    fn message(&mut self, id: EventId) -> Option<&mut Message> {
        self.messages.iter_mut().find(|message| message.id == id)
    }

    /// With lists that have no order of their own sorted, to be compared.
    pub fn sorted(mut self) -> Self {
        self.members.sort();
        self.documents.sort();
        for message in &mut self.messages {
            message.reactions.sort();
            message.deltas.clear();
            message.first.clear();
        }
        self
    }

    /// The same, out of `rows`: those of `stream` under these keys.
    pub fn of_rows(rows: &dyn Rows, stream: StreamId, keys: &BTreeSet<Key>) -> Self {
        let mut room = Self::default();
        let mut placed: BTreeMap<Seq, Message> = BTreeMap::new();
        for key in keys {
            let Some(row) = rows.get(stream, key).row() else { continue };
            match (key, row.value) {
                (Key::Head, Value::Room(head)) => {
                    (room.name, room.topic, room.archived) = (head.name, head.topic, head.archived);
                }
                (Key::Member(person), Value::Member(member)) => {
                    room.members.push((*person, member.present, Some(member.role)));
                }
                (Key::Document(document), Value::Document(row)) => {
                    assert_eq!(row.kind, DocumentKind::Code);
                    room.documents.push((*document, row.title, row.archived));
                }
                (Key::Message(id), Value::Message(message)) => {
                    let reactions = rows.get(stream, &Key::Reactions(*id)).row();
                    let reactions =
                        reactions.and_then(folkmoot_model::features::reactions::reactions_of).unwrap_or_default();
                    let reactions = reactions.people.into_iter().map(|(emoji, who)| (emoji, who.into_iter().collect()));
                    let before = placed.insert(
                        message.posted_seq,
                        Message {
                            id: *id,
                            author: message.author,
                            text: message.text.as_str().to_owned(),
                            deleted_by: message.deleted_by,
                            edits: message.edited.as_ref().map_or(0, |edited| edited.count),
                            edited_by: message.edited.as_ref().map(|edited| edited.by),
                            reactions: reactions.collect(),
                            deltas: Vec::new(),
                            first: String::new(),
                        },
                    );
                    assert_eq!(before, None, "two messages at one place");
                    let place = rows.get(stream, &Key::Timeline(message.posted_seq)).row().map(|row| row.value);
                    assert_eq!(place, Some(Value::At(*id)));
                }
                _ => {}
            }
        }
        room.messages = placed.into_values().collect();
        room
    }
}

impl Message {
    fn react(&mut self, emoji: &str, who: PersonId, on: bool) {
        let mut people: Vec<PersonId> =
            self.reactions.iter().filter(|(of, _)| of == emoji).flat_map(|(_, people)| people.clone()).collect();
        people.retain(|person| *person != who);
        if on {
            people.push(who);
        }
        people.sort();
        self.reactions.retain(|(of, _)| of != emoji);
        if !people.is_empty() {
            self.reactions.push((emoji.to_owned(), people));
        }
    }
}
