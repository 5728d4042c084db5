//! The fold: from events to rows, the same code at both ends. It never fails and decides nothing.
//!
//! It is row-local: a step reads the row that it makes and no other. Conditions live in `rule.rs`.

use crate::event::{Event, Sealed};
use crate::features::messages::mentions::Mention;
use crate::features::messages::{MessageDeleted, MessagePosted};
use crate::features::people::{MemberRemoved, Role, member};
use crate::features::reads::{GrantRevoked, Granted};
use crate::features::rooms::room as room_head;
use crate::features::spaces::{directory, listed};
use crate::id::{PersonId, Seq, StreamId};
use crate::mutant::{Mutant, planted};
use crate::row::{Held, Key, Overlay, Row, Rows, Value};

/// Raised when the same events make other rows than before: devices and servers then fold their logs anew.
pub const FOLD_VERSION: u32 = 2;

/// The most rows that one event touches.
pub const TOUCHES_MAX: usize = 64;

/// The keys that `sealed` touches, from the event alone; at most [`TOUCHES_MAX`].
pub fn touches(sealed: &Sealed) -> Vec<Key> {
    match &sealed.event {
        Event::SpaceOpened(_) => vec![Key::Head, Key::Access],
        Event::MemberAdded(event) => vec![Key::Access, Key::Member(event.person)],
        Event::MemberRemoved(event) => vec![Key::Access, Key::Member(event.person)],
        Event::RoleChanged(event) => vec![Key::Access, Key::Member(event.person)],
        Event::ProfileChanged(_) | Event::StatusChosen(_) => vec![Key::Member(sealed.author)],
        Event::RoomOpened(event) => {
            let people = event.people(sealed.author).into_iter().map(Key::Member);
            [Key::Head, Key::Access].into_iter().chain(people).collect()
        }
        Event::RoomChanged(_) | Event::RoomArchived(_) => vec![Key::Head],
        Event::DirectoryOpened(_) => vec![Key::Head, Key::Access],
        Event::RoomListed(event) => vec![Key::Listing(event.room)],
        Event::MessagePosted(event) => {
            let named = named(&event.mentions, sealed.seq);
            [Key::Message(sealed.id), Key::Timeline(sealed.seq)].into_iter().chain(named).collect()
        }
        Event::MessageEdited(event) => {
            let all = event.mentions.as_ref().map(|mentions| mentions.all.as_slice()).unwrap_or_default();
            [Key::Message(event.message)].into_iter().chain(named(all, sealed.seq)).collect()
        }
        Event::MessageDeleted(event) => vec![Key::Message(event.message)],
        Event::MessageReacted(event) => vec![Key::Reactions(event.message)],
        Event::DocumentListed(event) => vec![Key::Document(event.document)],
        Event::DocumentOpened(_) => vec![Key::Head, Key::Access],
        Event::DocumentEdited(_) => Vec::new(),
        Event::Granted(event) => vec![Key::Grant(event.stream)],
        Event::GrantRevoked(event) => vec![Key::Grant(event.stream)],
        Event::ReadTo(event) => vec![Key::Read(event.room)],
        Event::MarkedUnread(event) => vec![Key::Read(event.room)],
        Event::NotifyChosen(event) => vec![Key::Notify(event.room)],
    }
}

/// The keys of those whom an event at this place names.
fn named(all: &[Mention], seq: Seq) -> impl Iterator<Item = Key> {
    let all = all.iter().filter(|_| !planted(Mutant::MentionsUnfolded));
    all.map(move |mention| Key::Mention(mention.person, seq))
}

/// The row at `key` after `sealed`, or as it was. `row` is what the reader holds; `None` if there is none.
pub fn step(key: &Key, row: Option<Row>, sealed: &Sealed) -> Option<Row> {
    let taken = row.as_ref().is_some_and(|row| row.seq >= sealed.seq);
    if taken && !planted(Mutant::StepsTwice) {
        return row;
    }
    let before = row.clone();
    let value = match (&sealed.event, key) {
        (_, Key::Access) => Some(Value::Access),
        (Event::SpaceOpened(event), _) => Some(event.head()),
        (Event::MemberAdded(event), _) => event.step(row, sealed),
        (Event::MemberRemoved(_), _) => MemberRemoved::step(row),
        (Event::RoleChanged(event), _) => event.step(row),
        (Event::ProfileChanged(event), _) => event.step(row),
        (Event::StatusChosen(event), _) => event.step(row),
        (Event::RoomOpened(event), Key::Member(person)) => Some(event.member(row, *person, sealed)),
        (Event::RoomOpened(event), _) => Some(event.head(row, sealed.author)),
        (Event::RoomChanged(event), _) => event.step(row),
        (Event::RoomArchived(event), _) => event.step(row),
        (Event::DirectoryOpened(event), _) => Some(event.head()),
        (Event::RoomListed(event), _) => Some(event.step()),
        (Event::MessagePosted(event), Key::Message(_)) => Some(event.step(row, sealed)),
        (Event::MessagePosted(MessagePosted { .. }), _) => Some(Value::At(sealed.id)),
        (Event::MessageEdited(event), Key::Mention(..)) => Some(Value::At(event.message)),
        (Event::MessageEdited(event), _) => event.step(row, sealed),
        (Event::MessageDeleted(_), _) => MessageDeleted::step(row, sealed),
        (Event::MessageReacted(event), _) => Some(event.step(row, sealed.author)),
        (Event::DocumentListed(event), _) => Some(event.step(row, sealed.author, sealed.at_ms)),
        (Event::DocumentOpened(event), _) => Some(event.head()),
        (Event::DocumentEdited(_), _) => None,
        (Event::Granted(event), _) => Some(event.step()),
        (Event::GrantRevoked(_), _) => GrantRevoked::step(row),
        (Event::ReadTo(event), _) => Some(event.step(row)),
        (Event::MarkedUnread(event), _) => Some(event.step(row)),
        (Event::NotifyChosen(event), _) => Some(event.step()),
    };
    value.map(|value| Row { seq: sealed.seq, value }).or(before)
}

/// Steps every row that `sealed` touches in `rows`. A row that is not known is left alone, unless this event makes it.
pub fn apply(rows: &mut Overlay<'_>, stream: StreamId, sealed: &Sealed) {
    for key in touches(sealed) {
        let row = match rows.get(stream, &key) {
            Held::Row(row) => Some(row),
            Held::Absent => None,
            Held::Unknown if makes(&sealed.event, &key) || lies_on_held(rows, stream, &key) => None,
            Held::Unknown => continue,
        };
        if let Some(row) = step(&key, row, sealed) {
            rows.put(stream, key, row);
        }
    }
}

/// Reactions come with their message: where it is held and they are not, there are none.
fn lies_on_held(rows: &dyn Rows, stream: StreamId, key: &Key) -> bool {
    matches!(key, Key::Reactions(message) if matches!(rows.get(stream, &Key::Message(*message)), Held::Row(_)))
}

/// Is the row at `key` new by this event, so that not holding it means that there is none?
fn makes(event: &Event, key: &Key) -> bool {
    let posted = matches!((event, key), (Event::MessagePosted(_), Key::Message(_) | Key::Timeline(_)));
    // Whom an event names, it names at its own place.
    posted || matches!(key, Key::Mention(..)) || event.opens()
}

/// The events in other streams that follow from what `author` says in `stream`, appended in the same transaction. `rows`
/// are those before it, `granted` the streams that are or were granted to a person.
pub fn derived(
    rows: &dyn Rows,
    granted: &dyn Fn(PersonId) -> Vec<StreamId>,
    stream: StreamId,
    author: PersonId,
    event: &Event,
) -> Vec<(StreamId, Event)> {
    let grant = |person: PersonId, stream, space| (StreamId::from(person), Event::from(Granted { stream, space }));
    let revoke = |person: PersonId, stream| (StreamId::from(person), Event::from(GrantRevoked { stream }));
    let is_space = || matches!(rows.get(stream, &Key::Head).row().map(|row| row.value), Some(Value::Space(_)));
    // Whoever is not in a space is in none of its rooms: so they come back to none that they had.
    let leaves_rooms = |person: PersonId| {
        let rooms = if is_space() { rooms_of(rows, granted(person), stream, person) } else { Vec::new() };
        let left = move |room| [(room, Event::from(MemberRemoved { person })), revoke(person, room)];
        rooms.into_iter().flat_map(left)
    };
    match event {
        Event::MemberAdded(event) => {
            let person = if planted(Mutant::GrantsTheAuthor) { author } else { event.person };
            let before = rows.get(stream, &Key::Member(event.person)).row().and_then(member);
            let before = before.filter(|before| before.present);
            let space = crate::rule::above(rows, stream).first().copied();
            let itself = grant(person, stream, space);
            // Adding who is in changes no role.
            let role = before.as_ref().map_or(event.role, |before| before.role);
            let sees_rooms = is_space() && role != Role::Guest;
            let listed = sees_rooms.then(|| grant(person, directory(stream), Some(stream)));
            // Those who were put out by a server of another time have left no room.
            let left = before.is_none().then(|| leaves_rooms(event.person)).into_iter().flatten();
            [itself].into_iter().chain(listed).chain(left).collect()
        }
        Event::MemberRemoved(_) if planted(Mutant::RevokesNothing) => Vec::new(),
        Event::MemberRemoved(event) => {
            let listed = is_space().then(|| revoke(event.person, directory(stream)));
            let left = leaves_rooms(event.person).filter(|_| !planted(Mutant::LeaversStayInRooms));
            [revoke(event.person, stream)].into_iter().chain(listed).chain(left).collect()
        }
        Event::RoleChanged(event) if event.role == Role::Guest => vec![revoke(event.person, directory(stream))],
        Event::RoleChanged(event) => vec![grant(event.person, directory(stream), Some(stream))],
        Event::RoomOpened(opened) => {
            let people = opened.people(author).into_iter();
            let grants = people.map(|person| grant(person, stream, Some(opened.space)));
            grants.chain(listed(rows, stream, event)).collect()
        }
        Event::RoomChanged(_) | Event::RoomArchived(_) => listed(rows, stream, event).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// Those of the streams `granted` that are rooms of the space and have the person in them; but for direct rooms, whose people
/// are theirs for ever.
fn rooms_of(rows: &dyn Rows, granted: Vec<StreamId>, space: StreamId, person: PersonId) -> Vec<StreamId> {
    let is_in = |room: &StreamId| {
        let head = rows.get(*room, &Key::Head).row().and_then(room_head);
        let of_space = head.is_some_and(|head| head.space == space && !head.access.is_direct());
        let there = || rows.get(*room, &Key::Member(person)).row().and_then(member);
        of_space && there().is_some_and(|there| there.present)
    };
    granted.into_iter().filter(is_in).collect()
}
