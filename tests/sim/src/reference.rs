//! What the log means, told a second time in the plainest way: who is in what, who may write and read, what stands in
//! messages. It shares no line with the model, so that a wrong rule or fold is seen, and not repeated.

mod rows;
mod threads;

use folkmoot_model::event::{Event, Logged};
use folkmoot_model::features::people::Role;
use folkmoot_model::features::rooms::RoomAccess;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_sync::decide::SERVER;
use std::collections::{BTreeMap, BTreeSet};

/// A room.
#[derive(Debug, Clone)]
struct Room {
    space: StreamId,
    access: RoomAccess,
    people: BTreeSet<PersonId>,
    opener: PersonId,
    archived: bool,
    everyone_edits: bool,
    name: String,
}

/// A message.
#[derive(Debug, Clone)]
struct Message {
    room: StreamId,
    author: PersonId,
    text: String,
    edits: u32,
    deleted: bool,
    /// Whom it names, each since which event; `None` after edits at once, which only their joined text decides.
    mentions: Option<BTreeMap<PersonId, Seq>>,
    seq: Seq,
    reactions: BTreeMap<String, BTreeSet<PersonId>>,
    /// The message in whose thread it is, and whether the room shows it.
    thread: Option<(EventId, bool)>,
}

/// All that the log has said so far.
#[derive(Debug, Clone, Default)]
pub struct Reference {
    /// Streams with at least one event, people's own included.
    begun: BTreeSet<StreamId>,
    spaces: BTreeMap<StreamId, BTreeMap<PersonId, Role>>,
    rooms: BTreeMap<StreamId, Room>,
    /// The space of each directory.
    directories: BTreeMap<StreamId, StreamId>,
    documents: BTreeMap<StreamId, StreamId>,
    /// An id is one event's in its stream; somebody may say the same one elsewhere.
    messages: BTreeMap<(StreamId, EventId), Message>,
    /// The pinned messages of each room, in the order in which they were pinned.
    pins: BTreeMap<StreamId, Vec<EventId>>,
    granted: BTreeSet<(PersonId, StreamId)>,
    reads: BTreeMap<(PersonId, StreamId), Seq>,
    /// Which threads a person ever had a part in: whether they follow them, and how far they have read.
    marks: BTreeMap<(PersonId, StreamId, EventId), (bool, Seq)>,
    /// Those of whom the server has not said it yet.
    joining: BTreeSet<(PersonId, StreamId, EventId)>,
}

/// Says what rule an event breaks, by panicking: the name stands first.
macro_rules! must {
    ($holds:expr, $logged:expr, $what:literal) => {
        assert!($holds, "log-legal: {}: {:?} by {}", $what, $logged.envelope.event(), $logged.author)
    };
}

impl Reference {
    /// May the person read the stream?
    pub fn may_read(&self, stream: StreamId, person: PersonId) -> bool {
        if stream == StreamId::from(person) {
            return true;
        }
        if let Some(people) = self.spaces.get(&stream) {
            return people.contains_key(&person);
        }
        if let Some(space) = self.directories.get(&stream) {
            return self.role(*space, person).is_some_and(|role| role != Role::Guest);
        }
        let room = self.documents.get(&stream).copied().unwrap_or(stream);
        let Some(room) = self.rooms.get(&room) else { return false };
        let Some(role) = self.role(room.space, person) else { return false };
        room.people.contains(&person) || (room.access == RoomAccess::Public && role != Role::Guest)
    }

    /// What a stream is.
    pub fn kind(&self, stream: StreamId) -> &'static str {
        match stream {
            space if self.spaces.contains_key(&space) => "space",
            room if self.rooms.contains_key(&room) => "room",
            directory if self.directories.contains_key(&directory) => "directory",
            document if self.documents.contains_key(&document) => "document",
            _ => "own",
        }
    }

    fn role(&self, space: StreamId, person: PersonId) -> Option<Role> {
        self.spaces.get(&space)?.get(&person).copied()
    }

    /// May the person read the stream that this would go to, or (of an opening) the one above it? Otherwise no refusal
    /// may tell them what is there.
    pub fn may_be_told(&self, stream: StreamId, event: &Event, person: PersonId) -> bool {
        match event {
            Event::RoomOpened(opened) => self.may_read(opened.space, person),
            Event::DocumentOpened(opened) => self.may_read(opened.room, person),
            // What the server alone says is refused to all alike.
            Event::SpaceOpened(_) | Event::DirectoryOpened(_) | Event::RoomListed(_) => true,
            Event::Granted(_) | Event::GrantRevoked(_) | Event::ThreadJoined(_) => true,
            _ => self.may_read(stream, person),
        }
    }

    /// In the space and the room, which is not archived?
    fn writes(&self, room: StreamId, person: PersonId) -> bool {
        self.rooms.get(&room).is_some_and(|room| {
            self.role(room.space, person).is_some() && room.people.contains(&person) && !room.archived
        })
    }

    fn manages(&self, room: StreamId, person: PersonId) -> bool {
        self.rooms.get(&room).is_some_and(|at| match self.role(at.space, person) {
            Some(Role::Owner | Role::Admin) => true,
            Some(Role::Guest) => false,
            Some(_) => at.opener == person && at.people.contains(&person),
            None => false,
        })
    }

    /// May they edit what others have written in the room?
    fn edits_others(&self, room: StreamId, person: PersonId) -> bool {
        self.rooms.get(&room).is_some_and(|room| {
            let role = self.role(room.space, person);
            room.everyone_edits && room.access != RoomAccess::Direct && role.is_some_and(|role| role != Role::Guest)
        })
    }

    /// May they archive the room?
    pub fn may_archive(&self, room: StreamId, person: PersonId) -> bool {
        let direct = self.rooms.get(&room).is_none_or(|room| room.access == RoomAccess::Direct);
        !direct && self.may_read(room, person) && self.manages(room, person)
    }

    /// Who may delete which of the messages that stand.
    pub fn may_delete(&self, person: PersonId) -> impl Iterator<Item = (StreamId, EventId, bool)> {
        let stands = self.messages.iter().filter(|(_, at)| !at.deleted);
        stands.map(move |((room, id), at)| {
            (*room, *id, self.writes(*room, person) && (at.author == person || self.manages(*room, person)))
        })
    }

    /// May they edit this message, which stands?
    pub fn may_edit(&self, room: StreamId, message: EventId, person: PersonId) -> bool {
        let theirs = self.messages.get(&(room, message)).is_some_and(|at| at.author == person);
        self.writes(room, person) && (theirs || self.edits_others(room, person))
    }

    /// Takes in the next event of a stream, and fails if it should not be in the log.
    pub fn append(&mut self, stream: StreamId, logged: &Logged) {
        let by = logged.author;
        let event = logged.envelope.event();
        must!(event.is_ok(), logged, "nobody can read it");
        let Ok(event) = event else { return };
        let room = self.rooms.get(&stream).cloned();
        let first = self.begun.insert(stream);
        match event {
            Event::SpaceOpened(_) => {
                must!(
                    by == SERVER && !self.spaces.contains_key(&stream),
                    logged,
                    "only the server opens a space, once"
                );
                self.spaces.insert(stream, BTreeMap::new());
            }
            Event::DirectoryOpened(opened) => {
                must!(by == SERVER && first, logged, "only the server opens a directory, once");
                must!(self.spaces.contains_key(&opened.space), logged, "a directory of no space");
                self.directories.insert(stream, opened.space);
            }
            Event::MemberAdded(added) => match room {
                None => {
                    must!(by == SERVER && self.spaces.contains_key(&stream), logged, "only the server lets in");
                    self.spaces.entry(stream).or_default().entry(added.person).or_insert(added.role);
                }
                Some(room) => {
                    let open = room.access == RoomAccess::Public && !room.archived;
                    let guest = self.role(room.space, by) == Some(Role::Guest);
                    let joins = added.person == by && open && self.role(room.space, by).is_some() && !guest;
                    let adds = room.access != RoomAccess::Direct && self.writes(stream, by) && !guest;
                    must!(joins || adds && added.person != by, logged, "neither may join nor may add");
                    must!(
                        self.role(room.space, added.person).is_some(),
                        logged,
                        "adds somebody from outside the space"
                    );
                    self.rooms.entry(stream).and_modify(|room| {
                        room.people.insert(added.person);
                    });
                }
            },
            Event::MemberRemoved(removed) => match room {
                None => {
                    let role = self.role(stream, by);
                    let manages = matches!(role, Some(Role::Owner | Role::Admin));
                    must!(role.is_some() && (manages || by == removed.person), logged, "may not put out of the space");
                    let was = self.spaces.entry(stream).or_default().remove(&removed.person);
                    must!(was.is_some(), logged, "was not in the space");
                    must!(was != Some(Role::Owner) || role == Some(Role::Owner), logged, "puts out an owner");
                }
                Some(room) => {
                    let itself = by == removed.person && self.role(room.space, by).is_some();
                    let follows = by == SERVER && self.role(room.space, removed.person).is_none();
                    must!(itself || follows || self.manages(stream, by), logged, "may not put out of the room");
                    must!(room.access != RoomAccess::Direct, logged, "leaves a direct room");
                    let was = self.rooms.get_mut(&stream).is_some_and(|room| room.people.remove(&removed.person));
                    must!(was, logged, "was not in the room");
                }
            },
            Event::RoleChanged(changed) => {
                let manages = matches!(self.role(stream, by), Some(Role::Owner | Role::Admin));
                must!(manages && room.is_none(), logged, "may not change roles");
                let role = self.spaces.entry(stream).or_default().get_mut(&changed.person);
                must!(role.is_some(), logged, "has no role");
                if let Some(role) = role {
                    let owner = *role == Role::Owner || changed.role == Role::Owner;
                    *role = changed.role;
                    must!(!owner || self.role(stream, by) == Some(Role::Owner), logged, "touches ownership");
                }
            }
            Event::ProfileChanged(_) | Event::StatusChosen(_) => {
                must!(self.role(stream, by).is_some(), logged, "is not in the space");
            }
            Event::RoomOpened(opened) => {
                let role = self.role(opened.space, by);
                let direct = opened.access == RoomAccess::Direct;
                must!(role.is_some() && (direct || role != Some(Role::Guest)), logged, "may not open a room");
                let people: BTreeSet<PersonId> = opened.members.iter().copied().chain([by]).collect();
                let theirs =
                    room.as_ref().is_some_and(|room| room.access == RoomAccess::Direct && room.people == people);
                must!(first || direct && theirs, logged, "opens what is there already");
                must!(stream.is_minted() != direct, logged, "opens a room under an id that is not for it");
                let strangers = people.iter().any(|person| self.role(opened.space, *person).is_none());
                must!(!strangers, logged, "opens a room with somebody from outside the space");
                let Event::RoomOpened(opened) = logged.envelope.event().expect("it was read") else { return };
                self.rooms.entry(stream).or_insert(Room {
                    space: opened.space,
                    access: opened.access,
                    people,
                    opener: by,
                    archived: false,
                    everyone_edits: false,
                    name: opened.name,
                });
            }
            Event::RoomChanged(changed) => {
                must!(self.writes(stream, by), logged, "does not write in the room");
                let policy = changed.everyone_edits;
                must!(policy.is_none() || self.manages(stream, by), logged, "may not say who edits");
                if let Some(room) = self.rooms.get_mut(&stream) {
                    room.name = changed.name.unwrap_or(room.name.clone());
                    room.everyone_edits = policy.unwrap_or(room.everyone_edits);
                }
            }
            Event::RoomArchived(archived) => {
                must!(self.manages(stream, by), logged, "does not manage the room");
                self.rooms.entry(stream).and_modify(|room| room.archived = archived.archived);
            }
            Event::RoomListed(listed) => {
                must!(by == SERVER, logged, "only the server lists rooms");
                let (space, room) = (self.directories.get(&stream), self.rooms.get(&listed.room));
                let public = room.is_some_and(|room| room.access == RoomAccess::Public && Some(&room.space) == space);
                must!(public, logged, "lists what is no public room of the space");
            }
            Event::MessagePosted(posted) => {
                must!(self.writes(stream, by), logged, "does not write in the room");
                let thread = posted.thread.map(|thread| (thread.subject.id(), thread.also_in_room));
                if let Some((root, _)) = thread {
                    let hangs = self.messages.get(&(stream, root)).is_some_and(|root| root.thread.is_none());
                    must!(hangs, logged, "replies to what is not there, or in a thread itself");
                    self.replies(stream, root, (by, logged.seq), &posted.mentions);
                }
                let message = Message {
                    thread,
                    room: stream,
                    author: by,
                    text: posted.text,
                    edits: 0,
                    deleted: false,
                    mentions: Some(posted.mentions.iter().map(|mention| (mention.person, logged.seq)).collect()),
                    seq: logged.seq,
                    reactions: BTreeMap::new(),
                };
                self.messages.insert((stream, logged.envelope.id), message);
            }
            Event::MessageEdited(edited) => {
                must!(self.writes(stream, by), logged, "does not write in the room");
                let others = self.edits_others(stream, by);
                let message = self.messages.get_mut(&(stream, edited.message));
                let may = message.as_ref().is_some_and(|at| !at.deleted && (at.author == by || others));
                must!(may, logged, "edits what is not there, or another's");
                if let (Some(message), Some(named)) = (message, edited.mentions) {
                    let apart = message.edits != named.after;
                    let before = message.mentions.take().filter(|_| !apart);
                    let since = |person| before.as_ref().and_then(|before| before.get(&person).copied());
                    let all = named.all.iter().map(|at| (at.person, since(at.person).unwrap_or(logged.seq)));
                    message.mentions = before.is_some().then(|| all.collect());
                    message.edits += 1;
                    self.names_in_thread(stream, edited.message, &named.all);
                }
            }
            Event::MessageDeleted(deleted) => {
                must!(self.writes(stream, by), logged, "does not write in the room");
                let manages = self.manages(stream, by);
                let message = self.messages.get_mut(&(stream, deleted.message));
                let may = message.as_ref().is_some_and(|at| !at.deleted && (at.author == by || manages));
                must!(may, logged, "may not delete it");
                let reply = deleted.reply.map(|reply| (reply.subject.id(), reply.author));
                let is = message.as_ref().and_then(|at| at.thread.map(|(root, _)| (root, at.author)));
                must!(reply == is, logged, "names another thread");
                if let Some(message) = message {
                    message.deleted = true;
                    message.mentions = Some(BTreeMap::new());
                }
                self.pins.entry(stream).or_default().retain(|pin| *pin != deleted.message);
            }
            Event::MessageReacted(reacted) => {
                must!(self.writes(stream, by), logged, "does not write in the room");
                let message = self.messages.get_mut(&(stream, reacted.message));
                must!(message.as_ref().is_some_and(|message| !message.deleted), logged, "reacts to what is not there");
                if let Some(message) = message {
                    let people = message.reactions.entry(reacted.emoji.replace('\u{FE0F}', "")).or_default();
                    if reacted.on {
                        people.insert(by)
                    } else {
                        people.remove(&by)
                    };
                }
            }
            Event::MessagePinned(pinned) => {
                let guest = room.is_some_and(|room| self.role(room.space, by) == Some(Role::Guest));
                must!(self.writes(stream, by) && !guest, logged, "does not write in the room, or is a guest");
                let stands = self.messages.get(&(stream, pinned.message));
                let stands = stands.filter(|message| message.thread.is_none_or(|(_, in_room)| in_room));
                let stands = stands.is_some_and(|message| !message.deleted && message.seq == pinned.place);
                must!(stands || !pinned.on, logged, "pins what is not there");
                let pins = self.pins.entry(stream).or_default();
                if !pinned.on {
                    pins.retain(|pin| *pin != pinned.message);
                } else if !pins.contains(&pinned.message) {
                    pins.push(pinned.message);
                }
            }
            Event::DocumentListed(_) => must!(self.writes(stream, by), logged, "does not write in the room"),
            Event::DocumentOpened(opened) => {
                must!(self.writes(opened.room, by), logged, "does not write in the room");
                must!(first && stream.is_minted(), logged, "opens a document under an id that is not for it");
                self.documents.insert(stream, opened.room);
            }
            Event::DocumentEdited(_) => {
                let room = self.documents.get(&stream).copied();
                must!(room.is_some_and(|room| self.writes(room, by)), logged, "does not write in the document's room");
            }
            Event::Granted(granted) => {
                must!(by == SERVER, logged, "only the server grants");
                self.granted.insert((PersonId(stream.0), granted.stream));
            }
            Event::GrantRevoked(revoked) => {
                must!(by == SERVER, logged, "only the server revokes");
                self.granted.remove(&(PersonId(stream.0), revoked.stream));
            }
            Event::ReadTo(read) => {
                must!(stream == by.into(), logged, "writes in another's own stream");
                let mark = self.reads.entry((by, read.room)).or_default();
                *mark = read.seq.max(*mark);
            }
            Event::MarkedUnread(unread) => {
                must!(stream == by.into(), logged, "writes in another's own stream");
                self.reads.insert((by, unread.room), unread.seq.saturating_sub(1));
            }
            Event::ThreadJoined(joined) => {
                must!(by == SERVER && self.is_joining(stream, &joined), logged, "only the server says it, and once");
            }
            Event::ThreadFollowed(followed) => {
                must!(stream == by.into(), logged, "writes in another's own stream");
                self.follows(by, &followed);
            }
            Event::ThreadReadTo(read) => {
                must!(stream == by.into(), logged, "writes in another's own stream");
                self.reads_thread(by, &read);
            }
            Event::NotifyChosen(_) => must!(stream == by.into(), logged, "writes in another's own stream"),
        }
    }
}
