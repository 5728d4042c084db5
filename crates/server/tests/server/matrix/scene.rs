//! Two spaces on one server, somebody in each state that a person can be in, and a stream of each kind.

use crate::common::{Person, Server, Wire, code, event_id};
use folkmoot_model::event::{Envelope, Event};
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind, DocumentListed, DocumentOpened};
use folkmoot_model::features::messages::{MessageDeleted, MessageEdited, MessagePosted};
use folkmoot_model::features::people::{MemberAdded, MemberRemoved, Role, RoleChanged};
use folkmoot_model::features::pins::MessagePinned;
use folkmoot_model::features::profiles::{ProfileChanged, StatusChosen};
use folkmoot_model::features::reactions::MessageReacted;
use folkmoot_model::features::reads::{GrantRevoked, Granted, MarkedUnread, NotifyChosen, NotifyLevel, ReadTo};
use folkmoot_model::features::rooms::{RoomAccess, RoomArchived, RoomChanged, RoomOpened};
use folkmoot_model::features::spaces::{DirectoryOpened, RoomListed, SpaceOpened, directory};
use folkmoot_model::features::threads::{InThread, Subject, ThreadFollowed, ThreadJoined, ThreadReadTo};
use folkmoot_model::id::{EventId, StreamId, direct_room};
use folkmoot_model::refusal::Code;
use folkmoot_model::yjs::text::MessageText;
use folkmoot_server::admin;
use folkmoot_wire::frame::ServerFrame;
use std::collections::BTreeMap;

const PUBLIC: StreamId = StreamId::fixed(0xa1);
const PRIVATE: StreamId = StreamId::fixed(0xa2);
const ARCHIVED: StreamId = StreamId::fixed(0xa3);
const OF_DEMOTED: StreamId = StreamId::fixed(0xa4);
const PUBLIC_DOCUMENT: StreamId = StreamId::fixed(0xa5);
const PRIVATE_DOCUMENT: StreamId = StreamId::fixed(0xa6);

/// What a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Space,
    Directory,
    Room {
        public: bool,
        archived: bool,
    },
    /// A private room of somebody who was made a guest afterwards.
    OfDemoted,
    Direct,
    Document {
        public: bool,
    },
    Own {
        whose: &'static str,
    },
    /// A stream that does not exist.
    Nothing,
}

/// A stream to try things in.
#[derive(Debug, Clone)]
pub struct Place {
    pub name: &'static str,
    pub stream: StreamId,
    pub kind: Kind,
}

impl Place {
    pub fn is_document(&self) -> bool {
        matches!(self.kind, Kind::Document { .. })
    }
}

pub struct Scene {
    pub server: Server,
    pub people: BTreeMap<&'static str, Person>,
    pub space: StreamId,
    /// A message of each room.
    pub messages: BTreeMap<StreamId, EventId>,
    /// People who are in the space and in all rooms, to be put out.
    extras: Vec<Person>,
    /// The owner's and the demoted one's connections.
    owner: Wire,
    events: u64,
}

impl Scene {
    pub async fn new() -> Self {
        let server = Server::new().await;
        let owner = server.join(&server.space().await, "Owner", 1).await;
        let space = owner.at.space;
        let mut people = BTreeMap::new();
        let members = ["admin", "member", "in rooms", "left rooms", "removed", "readded", "demoted"];
        for (n, name) in members.into_iter().enumerate() {
            people.insert(name, server.newcomer(name, 10 + n as u8).await);
        }
        for (n, name) in ["guest", "guest in rooms"].into_iter().enumerate() {
            let link = admin::invite(&server.config, "Moot", Role::Guest, None).await.unwrap();
            people.insert(name, server.join(&code(&link), name, 30 + n as u8).await);
        }
        let other = admin::create_space(&server.config, "Elsewhere", None).await.unwrap();
        people.insert("other", server.join(&code(&other), "Other", 40).await);
        let mut extras = Vec::new();
        for n in 0..12 {
            extras.push(server.newcomer(&format!("Extra {n}"), 50 + n).await);
        }
        let wire = server.welcome(&owner, &[]).await;
        people.insert("owner", owner);
        let mut scene = Self { server, people, space, messages: BTreeMap::new(), extras, owner: wire, events: 1_000 };
        scene.furnish().await;
        scene
    }

    async fn furnish(&mut self) {
        let (space, id) = (self.space, |scene: &Self, name| scene.people[name].session.person);
        let mut in_rooms: Vec<_> = self.extras.iter().map(|extra| extra.session.person).collect();
        let named = ["in rooms", "left rooms", "removed", "readded", "guest in rooms"];
        in_rooms.extend(named.map(|name| id(self, name)));
        let opened = |access, members| RoomOpened { space, access, name: "room".into(), topic: String::new(), members };
        for (room, access) in
            [(PUBLIC, RoomAccess::Public), (PRIVATE, RoomAccess::Private), (ARCHIVED, RoomAccess::Public)]
        {
            self.owner_says(room, opened(access, in_rooms.clone())).await;
        }
        let bo = id(self, "in rooms");
        let direct = RoomOpened { name: String::new(), ..opened(RoomAccess::Direct, vec![bo]) };
        self.owner_says(self.direct(), direct).await;
        let mut demoted = self.server.welcome(&self.people["demoted"], &[]).await;
        let event = opened(RoomAccess::Private, vec![bo]).into();
        assert_eq!(self.submit(&mut demoted, OF_DEMOTED, event).await, Ok(()));
        for room in [PUBLIC, PRIVATE, ARCHIVED, self.direct()] {
            let message = self.owner_says(room, posted("hello")).await;
            self.messages.insert(room, message);
        }
        let mut bo = self.server.welcome(&self.people["in rooms"], &[]).await;
        assert_eq!(self.submit(&mut bo, OF_DEMOTED, posted("hello").into()).await, Ok(()));
        self.messages.insert(OF_DEMOTED, event_id(self.events));
        let kind = DocumentKind::Code;
        for (document, room) in [(PUBLIC_DOCUMENT, PUBLIC), (PRIVATE_DOCUMENT, PRIVATE)] {
            self.owner_says(document, DocumentOpened { room, kind }).await;
        }
        self.owner_says(ARCHIVED, RoomArchived { archived: true }).await;
        for room in [PUBLIC, PRIVATE, ARCHIVED] {
            self.owner_says_of(room, "left rooms").await;
        }
        for name in ["removed", "readded"] {
            self.owner_says_of(space, name).await;
        }
        let person = id(self, "demoted");
        self.owner_says(space, RoleChanged { person, role: Role::Guest }).await;
        let person = id(self, "admin");
        self.owner_says(space, RoleChanged { person, role: Role::Admin }).await;
        let again = admin::invite(&self.server.config, "Moot", Role::Member, None).await.unwrap();
        let join = folkmoot_wire::api::Join {
            code: code(&again),
            name: String::new(),
            password: String::new(),
            device: self.people["readded"].device,
        };
        let token = self.people["readded"].session.access.clone();
        let url = &self.server.running.url;
        let _joined: folkmoot_wire::api::Session = crate::common::post(url, "join", &join, Some(&token)).await.unwrap();
    }

    async fn owner_says_of(&mut self, stream: StreamId, name: &str) {
        let person = self.people[name].session.person;
        self.owner_says(stream, MemberRemoved { person }).await;
    }

    async fn owner_says(&mut self, stream: StreamId, event: impl Into<Event>) -> EventId {
        self.events += 1;
        let id = event_id(self.events);
        self.owner.submit(stream, vec![Envelope::new(id, &event.into(), 1)]).await;
        self.owner.acked(self.events).await;
        id
    }

    /// How the server answers an event.
    pub async fn submit(&mut self, wire: &mut Wire, stream: StreamId, event: Event) -> Result<(), Code> {
        self.events += 1;
        let id = event_id(self.events);
        wire.submit(stream, vec![Envelope::new(id, &event, 1)]).await;
        wire.until(|frame| match frame {
            ServerFrame::Ack(ack) if ack.id == id => Some(Ok(())),
            ServerFrame::Nack(nack) if nack.id == id => Some(Err(nack.refusal.code)),
            _ => None,
        })
        .await
    }

    fn direct(&self) -> StreamId {
        direct_room(self.space, &["owner", "in rooms"].map(|name| self.people[name].session.person))
    }

    fn is_in_direct(&self, actor: &str) -> bool {
        ["owner", "in rooms"].contains(&actor)
    }

    /// A stream that nobody has opened.
    pub fn unopened(&self) -> StreamId {
        StreamId::mint(self.events, [4; 10])
    }

    pub fn actors(&self) -> Vec<&'static str> {
        self.people.keys().copied().collect()
    }

    pub fn private_room(&self) -> Place {
        Place { name: "a private room", stream: PRIVATE, kind: Kind::Room { public: false, archived: false } }
    }

    /// The streams that an actor tries.
    pub fn places(&self, actor: &'static str) -> Vec<Place> {
        let place = |name, stream, kind| Place { name, stream, kind };
        let own = |whose: &'static str| StreamId::from(self.people[whose].session.person);
        vec![
            place("the space", self.space, Kind::Space),
            place("the directory", directory(self.space), Kind::Directory),
            place("a public room", PUBLIC, Kind::Room { public: true, archived: false }),
            self.private_room(),
            place("an archived room", ARCHIVED, Kind::Room { public: true, archived: true }),
            place("the room of a demoted member", OF_DEMOTED, Kind::OfDemoted),
            place("a direct room", self.direct(), Kind::Direct),
            place("a document of a public room", PUBLIC_DOCUMENT, Kind::Document { public: true }),
            place("a document of a private room", PRIVATE_DOCUMENT, Kind::Document { public: false }),
            place("the owner's own stream", own("owner"), Kind::Own { whose: "owner" }),
            place("their own stream", own(actor), Kind::Own { whose: actor }),
            place("no stream", self.unopened(), Kind::Nothing),
        ]
    }
}

fn posted(text: &str) -> MessagePosted {
    MessagePosted { text: text.into(), reply_to: None, mentions: Vec::new(), thread: None }
}

/// One event of each kind to be tried in a stream. What is allowed leaves everybody where they stand.
pub async fn asked(scene: &mut Scene, actor: &'static str, place: &Place) -> Vec<Event> {
    let (space, stream) = (scene.space, place.stream);
    // Edited and deleted is a message of its own for each who tries.
    let fresh = match place.kind {
        Kind::Direct if scene.is_in_direct(actor) => Some(scene.owner_says(stream, posted("hello")).await),
        Kind::Room { archived: false, .. } => Some(scene.owner_says(stream, posted("hello")).await),
        _ => scene.messages.get(&stream).copied(),
    };
    let message = fresh.unwrap_or(EventId::fixed(1));
    let edit = event_id(scene.events + 8);
    let delta = MessageText::plain("hello").delta(message, edit, "hello again").unwrap();
    let bo = scene.people["in rooms"].session.person;
    // Whoever is put out is not missed by anybody else.
    let manages = matches!(actor, "owner" | "admin");
    let extra = match place.kind {
        Kind::Space | Kind::Room { .. } if manages => scene.extras.pop().map(|extra| extra.session.person),
        _ => scene.extras.first().map(|extra| extra.session.person),
    };
    let gone = extra.unwrap_or(bo);
    let name = || "room".to_owned();
    let listed = RoomListed { room: PUBLIC, name: name(), topic: String::new(), archived: false };
    let (kind, subject) = (DocumentKind::Code, Subject::Message(message));
    let events: Vec<Event> = vec![
        SpaceOpened { name: name() }.into(),
        MemberAdded { person: bo, role: Role::Member, profile: None }.into(),
        RoleChanged { person: bo, role: Role::Member }.into(),
        ProfileChanged { name: "Somebody".into(), colour: 1 }.into(),
        StatusChosen { status: None }.into(),
        RoomChanged { name: None, topic: Some("as before".into()), everyone_edits: None }.into(),
        RoomListed { ..listed }.into(),
        // The eighth: the delta was made for the id that it gets.
        MessageEdited { message, delta, mentions: None }.into(),
        MessagePosted { ..posted("said") }.into(),
        MessagePosted { thread: Some(InThread { subject, also_in_room: false }), ..posted("in a thread") }.into(),
        MessageReacted { message, emoji: "🌲".into(), on: true }.into(),
        MessagePinned { message, place: 1, on: false }.into(),
        MessageDeleted { message, reply: None }.into(),
        DocumentListed { document: StreamId::mint(scene.events, [5; 10]), kind, title: name(), archived: false }.into(),
        DocumentEdited { update: vec![0, 0] }.into(),
        Granted { stream: PRIVATE, space: Some(space) }.into(),
        GrantRevoked { stream: PRIVATE }.into(),
        ReadTo { room: PUBLIC, seq: 1 }.into(),
        MarkedUnread { room: PUBLIC, seq: 1 }.into(),
        NotifyChosen { room: PUBLIC, level: NotifyLevel::All }.into(),
        ThreadJoined { room: PUBLIC, subject, place: 1, read_to: 1 }.into(),
        ThreadFollowed { room: PUBLIC, subject, place: 1, read_to: 1, on: true }.into(),
        ThreadReadTo { room: PUBLIC, subject, to: 1 }.into(),
        MemberRemoved { person: gone }.into(),
        RoomArchived { archived: matches!(place.kind, Kind::Room { archived: true, .. }) }.into(),
        RoomOpened { space, access: RoomAccess::Private, name: name(), topic: String::new(), members: vec![] }.into(),
        DocumentOpened { room: PRIVATE, kind }.into(),
        DirectoryOpened { space }.into(),
        RoomChanged { name: None, topic: None, everyone_edits: Some(false) }.into(),
    ];
    events.iter().for_each(known);
    events
}

/// Each kind of event stands in the list above: a new one does not compile here until it does.
fn known(event: &Event) {
    match event {
        Event::SpaceOpened(_) | Event::MemberAdded(_) | Event::MemberRemoved(_) | Event::RoleChanged(_) => {}
        Event::ProfileChanged(_) | Event::StatusChosen(_) | Event::RoomOpened(_) | Event::RoomChanged(_) => {}
        Event::RoomArchived(_) | Event::RoomListed(_) | Event::MessagePosted(_) | Event::MessageEdited(_) => {}
        Event::MessageDeleted(_) | Event::MessageReacted(_) | Event::DocumentListed(_) => {}
        Event::MessagePinned(_) => {}
        Event::DocumentOpened(_) | Event::DocumentEdited(_) | Event::Granted(_) | Event::GrantRevoked(_) => {}
        Event::ReadTo(_) | Event::MarkedUnread(_) | Event::NotifyChosen(_) | Event::DirectoryOpened(_) => {}
        Event::ThreadJoined(_) | Event::ThreadFollowed(_) | Event::ThreadReadTo(_) => {}
    }
}
