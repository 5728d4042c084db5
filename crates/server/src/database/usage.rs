//! What each person and each space has in the log, for their quotas: counted in the transaction that appends, so that it is exact after
//! a crash, and kept in memory between transactions, so that asking costs nothing.
//!
//! What counts is what the log keeps. Nothing is ever taken out of it, so that deleting a message or archiving a document frees nothing,
//! and who has left a space still has in it what they wrote. Grants in other people's own streams count for who made them.

use super::LogError;
use crate::config::Quotas;
use folkmoot_model::event::Envelope;
use folkmoot_model::fact::Parent;
use folkmoot_model::id::{PersonId, StreamId};
use folkmoot_model::refusal::Refusal;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::BTreeMap;
use std::ops::AddAssign;

/// Bytes that an event takes beside its body, with its entry in the index.
const ENVELOPE_BYTES: u64 = 160;

/// Usages kept from one transaction to the next.
const KEPT_MAX: usize = 50_000;

/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 3_600_000;

/// A person or a space.
type Id = [u8; 16];

/// So much is in the log, or is to come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of events.
    pub bytes: u64,
    /// Rooms opened, ever.
    pub rooms: u64,
    /// Documents opened, ever.
    pub documents: u64,
    /// Refusals and acknowledgements of nothing that are stored.
    pub refusals: u64,
    /// Rooms and documents opened today.
    pub openings: u64,
    /// Times that somebody else was put into a room, or named in a thread or by an edit, today.
    pub grants: u64,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, more: Self) {
        self.bytes += more.bytes;
        self.rooms += more.rooms;
        self.documents += more.documents;
        self.refusals += more.refusals;
        self.openings += more.openings;
        self.grants += more.grants;
    }
}

impl Usage {
    /// One refusal.
    pub const REFUSAL: Self = Self { bytes: 0, rooms: 0, documents: 0, refusals: 1, openings: 0, grants: 0 };

    /// What appending an event of `author` to a stream adds for them: bytes, openings and the people that it grants something.
    pub fn of(author: PersonId, envelope: &Envelope) -> Self {
        let mut usage = Self { bytes: ENVELOPE_BYTES + envelope.body.len() as u64, ..Self::default() };
        // Whatever opens nothing and lets nobody in is not read.
        if !envelope.may_let_in() {
            return usage;
        }
        let Ok(event) = envelope.event() else { return usage };
        match event.parent() {
            Some(Parent::Space(_)) => (usage.rooms, usage.openings) = (1, 1),
            Some(Parent::Room(_)) => (usage.documents, usage.openings) = (1, 1),
            None => {}
        }
        usage.grants = event.lets_in(author).iter().filter(|person| **person != author).count() as u64;
        usage.bytes += ENVELOPE_BYTES * usage.grants;
        usage
    }

    /// May a person have so much? If not, which quota is passed.
    fn of_person_within(&self, quotas: &Quotas) -> Result<(), Refusal> {
        within([
            (self.bytes, quotas.person_bytes_max),
            (self.rooms, quotas.person_rooms_max),
            (self.documents, quotas.person_documents_max),
            (self.openings, quotas.openings_per_day),
            (self.grants, quotas.grants_per_day),
        ])
    }

    /// The same of a space.
    fn of_space_within(&self, quotas: &Quotas) -> Result<(), Refusal> {
        within([
            (self.bytes, quotas.space_bytes_max),
            (self.rooms, quotas.space_rooms_max),
            (self.documents, quotas.space_documents_max),
        ])
    }

    fn read(row: &Row<'_>, today: u64) -> rusqlite::Result<Self> {
        let is_today = row.get::<_, u64>(4)? == today;
        let of_today = |column: usize| if is_today { row.get(column) } else { Ok(0) };
        Ok(Self {
            bytes: row.get(0)?,
            rooms: row.get(1)?,
            documents: row.get(2)?,
            refusals: row.get(3)?,
            openings: of_today(5)?,
            grants: of_today(6)?,
        })
    }
}

fn within<const N: usize>(used: [(u64, u64); N]) -> Result<(), Refusal> {
    let passed = used.into_iter().find(|(used, most)| used > most);
    passed.map_or(Ok(()), |(_, most)| Err(Refusal::quota(most)))
}

/// The usages that were asked for, and what the transaction under way adds to them.
#[derive(Debug, Default)]
pub struct Usages {
    quotas: Quotas,
    /// As of the last commit.
    stored: BTreeMap<Id, Usage>,
    /// By the jobs of this transaction that are done.
    added: BTreeMap<Id, Usage>,
    /// By the job under way.
    adding: BTreeMap<Id, Usage>,
    today: u64,
}

impl Usages {
    /// With these quotas; nothing is asked for yet.
    pub fn new(quotas: Quotas) -> Self {
        Self { quotas, ..Self::default() }
    }

    /// A transaction begins.
    pub fn begin(&mut self, now_ms: u64) {
        let today = now_ms / DAY_MS;
        if self.today != today || self.stored.len() > KEPT_MAX {
            self.stored.clear();
        }
        self.today = today;
    }

    /// May `person` add so much, and with it `of_all` be added to `space`?
    pub fn permit(
        &mut self,
        db: &Connection,
        person: PersonId,
        space: Option<StreamId>,
        more: Usage,
        of_all: Usage,
    ) -> Result<Result<(), Refusal>, LogError> {
        let mut of_person = self.of(db, person.0)?;
        of_person += more;
        if let Err(refusal) = of_person.of_person_within(&self.quotas) {
            return Ok(Err(refusal));
        }
        let Some(space) = space else { return Ok(Ok(())) };
        let mut of_space = self.of(db, space.0)?;
        of_space += of_all;
        Ok(of_space.of_space_within(&self.quotas))
    }

    /// May another refusal of `person` be stored?
    pub fn may_refuse(&mut self, db: &Connection, person: PersonId) -> Result<bool, LogError> {
        Ok(self.of(db, person.0)?.refusals < self.quotas.person_refusals_max)
    }

    /// The job under way has added this.
    pub fn add(&mut self, id: Id, more: Usage) {
        *self.adding.entry(id).or_default() += more;
    }

    /// The job under way is done.
    pub fn job_done(&mut self) {
        for (id, more) in std::mem::take(&mut self.adding) {
            *self.added.entry(id).or_default() += more;
        }
    }

    /// What the job under way has added is void.
    pub fn job_void(&mut self) {
        self.adding.clear();
    }

    /// Writes what the transaction adds.
    pub fn write(&self, db: &Connection) -> Result<(), LogError> {
        let sql = "INSERT INTO usage(id, bytes, rooms, documents, refusals, day, openings, grants) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(id) DO UPDATE SET \
                   bytes = bytes + ?2, rooms = rooms + ?3, documents = documents + ?4, refusals = refusals + ?5, \
                   openings = openings * (day = ?6) + ?7, grants = grants * (day = ?6) + ?8, day = ?6";
        let mut add = db.prepare_cached(sql)?;
        for (id, Usage { bytes, rooms, documents, refusals, openings, grants }) in &self.added {
            add.execute(params![id, bytes, rooms, documents, refusals, self.today, openings, grants])?;
        }
        Ok(())
    }

    /// The transaction was committed, or not.
    pub fn ended(&mut self, committed: bool) {
        let added = std::mem::take(&mut self.added);
        self.adding.clear();
        if !committed {
            return self.stored.clear();
        }
        for (id, more) in added {
            if let Some(stored) = self.stored.get_mut(&id) {
                *stored += more;
            }
        }
    }

    fn of(&mut self, db: &Connection, id: Id) -> Result<Usage, LogError> {
        let mut usage = match self.stored.get(&id) {
            Some(stored) => *stored,
            None => {
                let sql = "SELECT bytes, rooms, documents, refusals, day, openings, grants FROM usage WHERE id = ?1";
                let found = db.prepare_cached(sql)?.query_row([id], |row| Usage::read(row, self.today)).optional()?;
                let stored = found.unwrap_or_default();
                self.stored.insert(id, stored);
                stored
            }
        };
        for more in [&self.added, &self.adding].into_iter().filter_map(|map| map.get(&id)) {
            usage += *more;
        }
        Ok(usage)
    }

    /// Deletes refusals that were stored before, at most [`FORGOTTEN_AT_ONCE`]; says how many.
    pub fn forget_refusals(&mut self, db: &Connection, before_ms: u64) -> Result<usize, LogError> {
        let sql = "DELETE FROM reject WHERE (stream, id) IN \
                   (SELECT stream, id FROM reject WHERE server_ms < ?1 ORDER BY server_ms LIMIT ?2) RETURNING person";
        let mut delete = db.prepare_cached(sql)?;
        let people = delete.query_map(params![before_ms, FORGOTTEN_AT_ONCE], |row| row.get::<_, Option<Id>>(0))?;
        let people: Vec<Option<Id>> = people.collect::<Result<_, _>>()?;
        let mut fewer = db.prepare_cached("UPDATE usage SET refusals = max(0, refusals - 1) WHERE id = ?1")?;
        for person in people.iter().flatten() {
            fewer.execute([person])?;
            self.stored.remove(person);
        }
        Ok(people.len())
    }
}

/// Refusals that are deleted in one transaction, so that nobody waits for it.
pub const FORGOTTEN_AT_ONCE: usize = 500;

#[cfg(test)]
#[test]
fn the_kinds_that_count() {
    use folkmoot_model::event::Event;
    use folkmoot_model::features::documents::{DocumentKind, DocumentOpened};
    use folkmoot_model::features::messages::MessagePosted;
    use folkmoot_model::features::messages::mentions::Mention;
    use folkmoot_model::features::rooms::{RoomAccess, RoomOpened};
    use folkmoot_model::features::threads::{InThread, Subject};
    let (ana, bo, stream) = (PersonId([1; 16]), PersonId([2; 16]), StreamId([3; 16]));
    let of = |event: Event| {
        let envelope = Envelope::new(folkmoot_model::id::EventId([1; 16]), &event, 1);
        let Usage { rooms, documents, openings, grants, .. } = Usage::of(ana, &envelope);
        (rooms, documents, openings, grants)
    };
    let room = |members| {
        let (name, topic) = ("talk".to_owned(), String::new());
        RoomOpened { space: stream, access: RoomAccess::Private, name, topic, members }.into()
    };
    assert_eq!(of(room(vec![bo, ana])), (1, 0, 1, 1));
    assert_eq!(of(DocumentOpened { room: stream, kind: DocumentKind::Code }.into()), (0, 1, 1, 0));
    let added = |person| {
        folkmoot_model::features::people::MemberAdded {
            person,
            role: folkmoot_model::features::people::Role::Member,
            profile: None,
        }
        .into()
    };
    assert_eq!((of(added(bo)), of(added(ana))), ((0, 0, 0, 1), (0, 0, 0, 0)));
    // Whoever is named in a thread is told of it in their own stream.
    let named = |thread| {
        let mentions = [ana, bo].map(|person| Mention { person, name: "x".into() }).to_vec();
        of(MessagePosted { text: "x".into(), reply_to: None, mentions, thread }.into())
    };
    let subject = Subject::Message(folkmoot_model::id::EventId([4; 16]));
    assert_eq!(named(Some(InThread { subject, also_in_room: false })), (0, 0, 0, 1));
    assert_eq!(named(None), (0, 0, 0, 0));
}
