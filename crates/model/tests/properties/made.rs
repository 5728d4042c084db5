//! Made-up events: of few people, streams and messages, so that they meet.

use folkmoot_model::event::{Event, Sealed};
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind, DocumentListed, DocumentOpened};
use folkmoot_model::features::messages::mentions::{MENTIONS_MAX, Mention, MentionsEdited};
use folkmoot_model::features::messages::{MessageDeleted, MessageEdited, MessagePosted};
use folkmoot_model::features::people::{MemberAdded, MemberRemoved, Role, RoleChanged};
use folkmoot_model::features::pins::MessagePinned;
use folkmoot_model::features::profiles::{Mode, ProfileChanged, Status, StatusChosen};
use folkmoot_model::features::reactions::MessageReacted;
use folkmoot_model::features::reads::{GrantRevoked, Granted, MarkedUnread, NotifyChosen, NotifyLevel, ReadTo};
use folkmoot_model::features::rooms::{OPENING_MEMBERS_MAX, RoomAccess, RoomArchived, RoomChanged, RoomOpened};
use folkmoot_model::features::spaces::{DirectoryOpened, RoomListed, SpaceOpened};
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::yjs::text::MessageText;
use proptest::collection::vec;
use proptest::prelude::*;

pub fn person() -> impl Strategy<Value = PersonId> {
    (0..4_u8).prop_map(|number| PersonId([number; 16]))
}

pub fn stream() -> impl Strategy<Value = StreamId> {
    (0..4_u8).prop_map(|number| StreamId([number; 16]))
}

/// A message, which is the event of that number.
fn message() -> impl Strategy<Value = EventId> {
    (1..30_u8).prop_map(id)
}

/// The id of the event of this number.
pub fn id(number: u8) -> EventId {
    EventId([number; 16])
}

pub fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Owner), Just(Role::Admin), Just(Role::Member), Just(Role::Guest)]
}

fn seq() -> impl Strategy<Value = u64> {
    prop_oneof![0..40_u64, Just(u64::MAX), Just(u64::MAX - 1)]
}

fn profile() -> impl Strategy<Value = ProfileChanged> {
    (".{0,6}", any::<u8>()).prop_map(|(name, colour)| ProfileChanged { name, colour })
}

fn mode() -> impl Strategy<Value = Mode> {
    prop::sample::select(vec![Mode::Open, Mode::Busy, Mode::DoNotDisturb])
}

fn status() -> impl Strategy<Value = Status> {
    (mode(), ".{0,6}", prop::option::of(seq())).prop_map(|(mode, text, until_ms)| Status { mode, text, until_ms })
}

fn kind() -> impl Strategy<Value = DocumentKind> {
    prop_oneof![Just(DocumentKind::RichText), Just(DocumentKind::Code)]
}

fn access() -> impl Strategy<Value = RoomAccess> {
    prop_oneof![Just(RoomAccess::Public), Just(RoomAccess::Private), Just(RoomAccess::Direct)]
}

fn level() -> impl Strategy<Value = NotifyLevel> {
    prop_oneof![Just(NotifyLevel::All), Just(NotifyLevel::Mentions), Just(NotifyLevel::Nothing)]
}

/// A delta that somebody made for a text of the message, or bytes that are none.
fn edited() -> impl Strategy<Value = MessageEdited> {
    let made = (message(), any::<u8>(), "[a-c]{0,5}", "[a-c😀]{0,5}").prop_map(|(message, edit, from, to)| {
        let delta = MessageText::plain(from).delta(message, id(edit), &to).unwrap_or_default();
        MessageEdited { message, delta, mentions: None }
    });
    let bytes = (message(), vec(any::<u8>(), 0..40)).prop_map(|(message, delta)| MessageEdited {
        message,
        delta,
        mentions: None,
    });
    let named = prop::option::of((0..3_u32, mentions()).prop_map(|(after, all)| MentionsEdited { after, all }));
    (prop_oneof![3 => made, 1 => bytes], named).prop_map(|(edited, mentions)| MessageEdited { mentions, ..edited })
}

fn mentions() -> impl Strategy<Value = Vec<Mention>> {
    let named = (people(MENTIONS_MAX), "[A-C]{0,2}");
    named.prop_map(|(people, name)| people.into_iter().map(|person| Mention { person, name: name.clone() }).collect())
}

fn people(most: usize) -> impl Strategy<Value = Vec<PersonId>> {
    let few = prop::collection::btree_set(person(), 0..4);
    let many = Just((0..most).map(|number| PersonId([100 + number as u8; 16])).collect());
    prop_oneof![8 => few, 1 => many].prop_map(|people| people.into_iter().collect())
}

/// Any event that a log may hold, whether or not its stream is one for it.
pub fn event() -> impl Strategy<Value = Event> {
    let text = || ".{0,8}";
    let of_spaces = prop_oneof![
        text().prop_map(|name| SpaceOpened { name }.into()),
        (person(), role(), prop::option::of(profile())).prop_map(|(person, role, profile)| MemberAdded {
            person,
            role,
            profile
        }
        .into()),
        person().prop_map(|person| MemberRemoved { person }.into()),
        (person(), role()).prop_map(|(person, role)| RoleChanged { person, role }.into()),
        profile().prop_map(Event::from),
        prop::option::of(status()).prop_map(|status| StatusChosen { status }.into()),
        stream().prop_map(|space| DirectoryOpened { space }.into()),
        (stream(), text(), text(), any::<bool>()).prop_map(|(room, name, topic, archived)| RoomListed {
            room,
            name,
            topic,
            archived
        }
        .into()),
    ];
    let of_rooms = prop_oneof![
        (stream(), access(), text(), people(OPENING_MEMBERS_MAX - 1)).prop_map(|(space, access, name, members)| {
            RoomOpened { space, access, name, topic: String::new(), members }.into()
        }),
        (prop::option::of(text()), prop::option::of(text())).prop_map(|(name, topic)| RoomChanged {
            name,
            topic,
            everyone_edits: None
        }
        .into()),
        any::<bool>().prop_map(|archived| RoomArchived { archived }.into()),
        (stream(), kind(), text(), any::<bool>()).prop_map(|(document, kind, title, archived)| {
            DocumentListed { document, kind, title, archived }.into()
        }),
    ];
    let of_messages = prop_oneof![
        (text(), prop::option::of(message()), mentions()).prop_map(|(text, reply_to, mentions)| MessagePosted {
            text,
            reply_to,
            mentions,
            thread: None,
        }
        .into()),
        edited().prop_map(Event::from),
        message().prop_map(|message| MessageDeleted { message, reply: None }.into()),
        (message(), 0..40_u64, any::<bool>())
            .prop_map(|(message, place, on)| MessagePinned { message, place, on }.into()),
        (message(), "[ab👍❤]\u{FE0F}?", any::<bool>()).prop_map(|(message, emoji, on)| MessageReacted {
            message,
            emoji,
            on
        }
        .into()),
    ];
    let of_documents = prop_oneof![
        (stream(), kind()).prop_map(|(room, kind)| DocumentOpened { room, kind }.into()),
        vec(any::<u8>(), 0..20).prop_map(|update| DocumentEdited { update }.into()),
    ];
    let of_people = prop_oneof![
        (stream(), prop::option::of(stream())).prop_map(|(stream, space)| Granted { stream, space }.into()),
        stream().prop_map(|stream| GrantRevoked { stream }.into()),
        (stream(), seq()).prop_map(|(room, seq)| ReadTo { room, seq }.into()),
        (stream(), seq()).prop_map(|(room, seq)| MarkedUnread { room, seq }.into()),
        (stream(), level()).prop_map(|(room, level)| NotifyChosen { room, level }.into()),
    ];
    prop_oneof![3 => of_spaces, 3 => of_rooms, 6 => of_messages, 1 => of_documents, 2 => of_people]
}

/// A log: the events after each other, with their places.
pub fn log(most: usize) -> impl Strategy<Value = Vec<Sealed>> {
    vec((person(), event()), 1..most).prop_map(|said| {
        let sealed = (1..).zip(said).map(|(seq, (author, event))| Sealed {
            id: id(seq as u8),
            seq,
            author,
            at_ms: 1_000 + seq,
            event,
        });
        sealed.collect()
    })
}
