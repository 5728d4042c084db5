//! Events, signals, keys and rows.

use super::{DEVICE, EVENT, PERSON, STREAM, lines, variant};
use folkmoot_model::event::{Event, decode, encode};
use folkmoot_model::fact::Words;
use folkmoot_model::features::documents::{
    DocumentEdited, DocumentHead, DocumentKind, DocumentListed, DocumentOpened, DocumentRow,
};
use folkmoot_model::features::messages::mentions::{Mention, MentionsEdited, Named};
use folkmoot_model::features::messages::{Edited, MessageDeleted, MessageEdited, MessagePosted, MessageRow};
use folkmoot_model::features::people::{MemberAdded, MemberRemoved, MemberRow, Role, RoleChanged};
use folkmoot_model::features::pins::{MessagePinned, Pin, PinsRow};
use folkmoot_model::features::profiles::{Mode, ProfileChanged, Status, StatusChosen};
use folkmoot_model::features::reactions::{MessageReacted, ReactionsRow};
use folkmoot_model::features::reads::{
    GrantRevoked, GrantRow, Granted, MarkedUnread, NotifyChosen, NotifyLevel, NotifyRow, ReadRow, ReadTo,
};
use folkmoot_model::features::rooms::{RoomAccess, RoomArchived, RoomChanged, RoomHead, RoomOpened};
use folkmoot_model::features::spaces::{
    DirectoryHead, DirectoryOpened, ListingRow, RoomListed, SpaceHead, SpaceOpened,
};
use folkmoot_model::features::threads::{
    DeletedReply, InThread, Subject, ThreadFollowed, ThreadJoined, ThreadMark, ThreadReadTo, ThreadSummary, Voice,
};
use folkmoot_model::id::PersonId;
use folkmoot_model::key::Key;
use folkmoot_model::row::{Row, Value};
use folkmoot_model::signal::{Availability, Signal};
use folkmoot_model::yjs::text::MessageText;
use std::collections::{BTreeMap, BTreeSet};

const SUBJECT: Subject = Subject::Message(EVENT);
const OTHER: PersonId = PersonId([0xBB; 16]);

fn status() -> Status {
    Status { mode: Mode::Busy, text: "at lunch".into(), until_ms: Some(1_700_000_000_000) }
}

fn events() -> Vec<Event> {
    let profile = || ProfileChanged { name: "Ana".into(), colour: 3 };
    let mentions = || vec![Mention { person: PERSON, name: "Ana".into() }];
    vec![
        SpaceOpened { name: "Northlight".into() }.into(),
        MemberAdded { person: PERSON, role: Role::Owner, profile: Some(profile()) }.into(),
        MemberAdded { person: PERSON, role: Role::Member, profile: None }.into(),
        MemberRemoved { person: PERSON }.into(),
        RoleChanged { person: PERSON, role: Role::Guest }.into(),
        profile().into(),
        StatusChosen { status: Some(status()) }.into(),
        StatusChosen { status: None }.into(),
        RoomOpened {
            space: STREAM,
            access: RoomAccess::Private,
            name: "attic".into(),
            topic: "what is up there".into(),
            members: vec![PERSON, OTHER],
        }
        .into(),
        RoomChanged { name: Some("cellar".into()), topic: None, everyone_edits: Some(true) }.into(),
        RoomArchived { archived: true }.into(),
        RoomListed { room: STREAM, name: "attic".into(), topic: String::new(), archived: false }.into(),
        DirectoryOpened { space: STREAM }.into(),
        MessagePosted { text: "@Ana hello".into(), reply_to: Some(EVENT), mentions: mentions(), thread: None }.into(),
        MessagePosted { text: "hello".into(), reply_to: None, mentions: Vec::new(), thread: None }.into(),
        MessagePosted {
            text: "hello".into(),
            reply_to: None,
            mentions: Vec::new(),
            thread: Some(InThread { subject: SUBJECT, also_in_room: true }),
        }
        .into(),
        MessageEdited {
            message: EVENT,
            delta: vec![0, 0],
            mentions: Some(MentionsEdited { after: 2, all: mentions() }),
        }
        .into(),
        MessageDeleted { message: EVENT, reply: None }.into(),
        MessageDeleted { message: EVENT, reply: Some(DeletedReply { subject: SUBJECT, author: PERSON }) }.into(),
        MessageReacted { message: EVENT, emoji: "👍".into(), on: true }.into(),
        MessagePinned { message: EVENT, place: 300, on: true }.into(),
        DocumentListed { document: STREAM, kind: DocumentKind::Code, title: "Plan".into(), archived: false }.into(),
        DocumentOpened { room: STREAM, kind: DocumentKind::RichText }.into(),
        DocumentEdited { update: vec![0, 0] }.into(),
        Granted { stream: STREAM, space: Some(STREAM) }.into(),
        GrantRevoked { stream: STREAM }.into(),
        ReadTo { room: STREAM, seq: 70_000 }.into(),
        MarkedUnread { room: STREAM, seq: 7 }.into(),
        NotifyChosen { room: STREAM, level: NotifyLevel::Nothing }.into(),
        ThreadJoined { room: STREAM, subject: SUBJECT, place: 300, read_to: 301 }.into(),
        ThreadFollowed { room: STREAM, subject: SUBJECT, place: 300, read_to: 301, on: false }.into(),
        ThreadReadTo { room: STREAM, subject: SUBJECT, to: 302 }.into(),
    ]
}

fn signals() -> Vec<Signal> {
    vec![
        Signal::Presence { availability: Availability::Online, at: Some(STREAM) },
        Signal::left(),
        Signal::Typing { on: true, thread: Some(EVENT) },
        Signal::Awareness { update: vec![1, 2] },
    ]
}

fn keys() -> Vec<Key> {
    vec![
        Key::Head,
        Key::Access,
        Key::Member(PERSON),
        Key::Listing(STREAM),
        Key::Document(STREAM),
        Key::Pins,
        Key::Timeline(300),
        Key::Message(EVENT),
        Key::Reactions(EVENT),
        Key::ThreadSummary(EVENT),
        Key::Reply(300),
        Key::Mention(PERSON, 300),
        Key::Thread(EVENT, 300),
        Key::Grant(STREAM),
        Key::Read(STREAM),
        Key::Notify(STREAM),
        Key::ThreadMark(STREAM, EVENT),
    ]
}

fn values() -> Vec<Value> {
    let listing = ListingRow { name: "attic".into(), topic: "t".into(), archived: true };
    let room = RoomHead {
        space: STREAM,
        access: RoomAccess::Direct,
        name: String::new(),
        topic: "t".into(),
        archived: false,
        people: vec![PERSON, OTHER],
        everyone_edits: true,
    };
    let member = MemberRow {
        present: true,
        role: Role::Admin,
        name: "Ana".into(),
        colour: 3,
        since_ms: 1_700_000_000_000,
        status: Some(status()),
    };
    let document =
        DocumentRow { kind: DocumentKind::Code, title: "Plan".into(), archived: false, by: PERSON, at_ms: 5 };
    let message = MessageRow {
        posted_seq: 300,
        author: PERSON,
        at_ms: 1_700_000_000_000,
        text: MessageText::plain("hello"),
        reply_to: Some(EVENT),
        mentions: vec![Named { person: OTHER, name: "Bo".into(), seq: 301 }],
        deleted_by: None,
        edited: Some(Edited { by: OTHER, at_ms: 6, count: 2 }),
        thread: None,
    };
    let reply = MessageRow {
        reply_to: None,
        mentions: Vec::new(),
        edited: None,
        thread: Some(InThread { subject: SUBJECT, also_in_room: false }),
        ..message.clone()
    };
    let voices = vec![Voice { person: PERSON, replies: 2 }, Voice { person: OTHER, replies: 0 }];
    let people = BTreeMap::from([("👍".to_owned(), BTreeSet::from([PERSON, OTHER]))]);
    vec![
        Value::Space(SpaceHead { name: "Northlight".into() }),
        Value::Room(room),
        Value::DocumentHead(DocumentHead { room: STREAM, kind: DocumentKind::RichText }),
        Value::Access,
        Value::Member(member),
        Value::Listing(listing),
        Value::Document(document),
        Value::At(EVENT),
        Value::Message(message),
        Value::Message(reply),
        Value::Reactions(ReactionsRow { people }),
        Value::Grant(GrantRow { present: true, space: Some(STREAM) }),
        Value::Read(ReadRow { to: 300 }),
        Value::Notify(NotifyRow { level: NotifyLevel::Mentions }),
        Value::Directory(DirectoryHead { space: STREAM }),
        Value::Pins(PinsRow { pins: vec![Pin { message: EVENT, place: 300, by: PERSON, at_ms: 7 }] }),
        Value::ThreadSummary(ThreadSummary { replies: 2, voices, last_ms: 8, last: 310 }),
        Value::ThreadMark(ThreadMark { follows: true, place: 300, read_to: 310, subject: SUBJECT }),
    ]
}

/// What is new does not compile here until it stands above.
fn every_one(event: &Event, signal: &Signal, key: &Key, value: &Value) {
    use {Event as E, Key as K, Value as V};
    match event {
        E::SpaceOpened(_) | E::MemberAdded(_) | E::MemberRemoved(_) | E::RoleChanged(_) | E::ProfileChanged(_) => {}
        E::StatusChosen(_) | E::RoomOpened(_) | E::RoomChanged(_) | E::RoomArchived(_) | E::RoomListed(_) => {}
        E::DirectoryOpened(_) | E::MessagePosted(_) | E::MessageEdited(_) | E::MessageDeleted(_) => {}
        E::MessageReacted(_)
        | E::MessagePinned(_)
        | E::DocumentListed(_)
        | E::DocumentOpened(_)
        | E::DocumentEdited(_) => {}
        E::Granted(_) | E::GrantRevoked(_) | E::ReadTo(_) | E::MarkedUnread(_) | E::NotifyChosen(_) => {}
        E::ThreadJoined(_) | E::ThreadFollowed(_) | E::ThreadReadTo(_) => {}
    }
    match signal {
        Signal::Presence { .. } | Signal::Typing { .. } | Signal::Awareness { .. } => {}
    }
    match key {
        K::Head | K::Access | K::Member(_) | K::Listing(_) | K::Document(_) | K::Timeline(_) | K::Message(_) => {}
        K::Reactions(_) | K::Pins | K::Mention(..) | K::Grant(_) | K::Read(_) | K::Notify(_) => {}
        K::ThreadSummary(_) | K::Reply(_) | K::Thread(..) | K::ThreadMark(..) => {}
    }
    match value {
        V::Space(_) | V::Room(_) | V::DocumentHead(_) | V::Access | V::Member(_) | V::Listing(_) => {}
        V::Document(_) | V::At(_) | V::Message(_) | V::Reactions(_) | V::Grant(_) | V::Read(_) => {}
        V::Notify(_) | V::Directory(_) | V::Pins(_) => {}
        V::ThreadSummary(_) | V::ThreadMark(_) => {}
    }
}

#[test]
fn events_signals_keys_and_rows() {
    every_one(&events()[0], &signals()[0], &keys()[0], &values()[0]);
    for event in events() {
        assert_eq!(Event::read(event.kind(), &event.body()), Ok(event));
    }
    for signal in signals() {
        assert_eq!(decode(&encode(&signal)), Some(signal));
    }
    for key in keys() {
        assert_eq!(Key::read(&key.bytes()), Some(key));
    }
    let row = |value: Value| Row { seq: 1_000, value };
    for value in values() {
        assert_eq!(Row::read(&row(value.clone()).bytes()), Some(row(value)));
    }
    let event = |event: &Event| (format!("{} {}", event.kind(), variant(event)), event.body());
    insta::assert_snapshot!("events", lines(&events(), event));
    insta::assert_snapshot!("signals", lines(&signals(), |signal| (variant(signal), encode(signal))));
    insta::assert_snapshot!("keys", lines(&keys(), |key| (variant(key), key.bytes())));
    let value = |value: &Value| (variant(value), row(value.clone()).bytes());
    insta::assert_snapshot!("rows", lines(&values(), value));
    // Ids are sixteen bytes wherever they stand.
    assert_eq!(encode(&DEVICE).len(), 17);
}

#[test]
fn events_as_json() {
    let mut told = String::new();
    for event in events() {
        let json = serde_json::to_value(&event).expect("an event is JSON");
        assert_eq!(serde_json::from_value::<Event>(json.clone()).expect("it is read again"), event);
        told += &format!("{json}\n");
    }
    insta::assert_snapshot!("events_as_json", told);
}

#[test]
fn the_schema_of_events() {
    let schema = schemars::schema_for!(Event);
    insta::assert_snapshot!("schema_of_events", serde_json::to_string_pretty(&schema).expect("a schema is JSON"));
}

/// Whoever is refused something gets their words back: all that is no id, choice or measure.
#[test]
fn no_word_of_an_event_is_lost_when_it_is_refused() {
    for event in events().into_iter().filter(|event| !event.scope().is_servers()) {
        let words = match event.words() {
            Words::None => String::new(),
            Words::Text(text) => text.into_owned(),
            // Words in Yjs updates are read out of them: `text_in`.
            Words::Edit(..) | Words::Update(_) => continue,
        };
        let json = serde_json::to_value(&event).expect("an event is JSON");
        for word in texts("", &json) {
            assert!(words.contains(&word), "{word:?} of {event:?}");
        }
    }
}

/// The texts in an event that a person has written. A mention repeats what is in the text.
fn texts(name: &str, json: &serde_json::Value) -> Vec<String> {
    match json {
        serde_json::Value::Object(fields) => fields.iter().flat_map(|(name, field)| texts(name, field)).collect(),
        serde_json::Value::Array(_) if name == "mentions" => Vec::new(),
        serde_json::Value::Array(all) => all.iter().flat_map(|one| texts(name, one)).collect(),
        serde_json::Value::String(text) => {
            let chosen = ["type", "kind", "role", "access", "mode", "level"].contains(&name) || text.is_empty();
            let id = text.parse::<PersonId>().is_ok();
            if chosen || id { Vec::new() } else { vec![text.clone()] }
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => Vec::new(),
    }
}
