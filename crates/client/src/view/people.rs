//! People by name: a space's members, remembered while one view is made.

use crate::source::Source;
use crate::view::PersonItem;
use crate::view::alike::{Marked, marked};
use crate::view::unread::head;
use folkmoot_model::features::people::{MemberRow, Role, member as member_row};
use folkmoot_model::features::profiles::{COLOURS, Status};
use folkmoot_model::id::{PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::Value;
use folkmoot_model::signal::Availability;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most members of a space or room that a view shows. More cannot connect to one server.
const MEMBERS_MAX: usize = 20_000;

/// A space's people, each read once.
pub struct People<'a> {
    source: &'a dyn Source,
    space: StreamId,
    read: BTreeMap<PersonId, Option<MemberRow>>,
    marked: Option<Arc<Marked>>,
}

impl<'a> People<'a> {
    /// The people of `space`, none read yet.
    pub fn of(source: &'a dyn Source, space: StreamId) -> Self {
        Self { source, space, read: BTreeMap::new(), marked: None }
    }

    fn row(&mut self, person: PersonId) -> Option<&MemberRow> {
        let (source, space) = (self.source, self.space);
        let read = || source.row(space, &Key::Member(person)).and_then(member_row);
        self.read.entry(person).or_insert_with(read).as_ref()
    }

    /// The name that they have chosen, also of who has left; empty if it is not held.
    pub fn chosen_name(&mut self, person: PersonId) -> String {
        self.row(person).map(|row| row.name.clone()).unwrap_or_default()
    }

    /// As [`Self::chosen_name`], by which they are told from others: with the beginning of their id where another's looks like it.
    pub fn name(&mut self, person: PersonId) -> String {
        let (source, space) = (self.source, self.space);
        let marked = self.marked.get_or_insert_with(|| marked(source, space)).get(&person).cloned();
        marked.unwrap_or_else(|| self.chosen_name(person))
    }

    /// Their colour, 1 to 8; of who is not known one that is always the same.
    pub fn colour(&mut self, person: PersonId) -> u8 {
        let known = self.row(person).map(|row| row.colour).filter(|colour| (1..=COLOURS).contains(colour));
        known.unwrap_or(person.0[15] % COLOURS + 1)
    }

    /// Their role in the space; of who is not in it [`Role::Guest`].
    pub fn role(&mut self, person: PersonId) -> Role {
        self.row(person).filter(|row| row.present).map_or(Role::Guest, |row| row.role)
    }

    /// What they say of themself, while it counts.
    pub fn status(&mut self, person: PersonId) -> Option<Status> {
        let now_ms = self.source.now_ms();
        self.row(person)?.status.clone().filter(|status| status.counts(now_ms))
    }

    /// The person as they are shown.
    pub fn item(&mut self, person: PersonId) -> PersonItem {
        let roster = self.source.presence();
        let availability = roster.availability(self.space, person);
        let open: Vec<StreamId> = match availability {
            Availability::Offline => Vec::new(),
            _ => roster.at(person).into_iter().filter(|at| lies_in(self.source, self.space, *at)).collect(),
        };
        let uses = |at: &StreamId| roster.availability(*at, person) == Availability::Online;
        PersonItem {
            id: person,
            name: self.name(person),
            colour: self.colour(person),
            role: self.role(person),
            availability,
            status: self.status(person),
            at: open.first().copied(),
            inactive: !open.is_empty() && !open.iter().any(uses),
            me: person == self.source.me(),
        }
    }

    /// These people as they are shown, by name.
    pub fn items(&mut self, people: impl IntoIterator<Item = PersonId>) -> Vec<PersonItem> {
        let mut items: Vec<PersonItem> = people.into_iter().map(|person| self.item(person)).collect();
        items.sort_by(|one, other| by_name((&one.name, one.id), (&other.name, other.id)));
        items
    }

    /// The names of these people, by name.
    pub fn names(&mut self, people: impl IntoIterator<Item = PersonId>) -> Vec<String> {
        let mut named: Vec<_> = people.into_iter().map(|person| (self.name(person), person)).collect();
        named.sort_by(|one, other| by_name((&one.0, one.1), (&other.0, other.1)));
        named.into_iter().map(|(name, _)| name).collect()
    }
}

/// Does a room or document lie in this space?
fn lies_in(source: &dyn Source, space: StreamId, stream: StreamId) -> bool {
    match source.row(stream, &Key::Head).map(|row| row.value) {
        Some(Value::Room(room)) => room.space == space,
        Some(Value::DocumentHead(document)) => head(source, document.room).is_some_and(|room| room.space == space),
        _ => false,
    }
}

/// A member of a space or room, if they are in it now.
pub fn member(source: &dyn Source, stream: StreamId, person: PersonId) -> Option<MemberRow> {
    source.row(stream, &Key::Member(person)).and_then(member_row).filter(|member| member.present)
}

/// Everyone who is in a space or room now, by id.
pub fn present(source: &dyn Source, stream: StreamId) -> Vec<(PersonId, MemberRow)> {
    everyone(source, stream).into_iter().filter(|(_, member)| member.present).collect()
}

/// Everyone who is or was in a space or room, by id.
pub fn everyone(source: &dyn Source, stream: StreamId) -> Vec<(PersonId, MemberRow)> {
    let (from, to) = (Key::Member(PersonId([0; 16])), Key::Member(PersonId([0xff; 16])));
    let rows = source.range(stream, from, to, false, MEMBERS_MAX);
    let members = rows.into_iter().filter_map(|(key, row)| {
        let Key::Member(person) = key else { return None };
        Some((person, member_row(row)?))
    });
    members.collect()
}

/// Without the person themself.
pub fn others(source: &dyn Source, mut people: Vec<PersonId>) -> Vec<PersonId> {
    people.retain(|person| *person != source.me());
    people
}

/// By name without regard to case; what has the same name stays in one order by its id.
pub fn by_name<Id: Ord>(one: (&str, Id), other: (&str, Id)) -> Ordering {
    let folded = |name: &str| name.to_lowercase();
    folded(one.0).cmp(&folded(other.0)).then_with(|| one.1.cmp(&other.1))
}
