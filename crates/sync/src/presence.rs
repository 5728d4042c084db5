//! Who is here and who is writing, as a client is told. Pure: the time is given, nothing is asked for or sent.
//!
//! Nothing here is kept: presence lasts as long as the connection that said it, of whose end the server tells within
//! [`folkmoot_wire::limits::DEAD_MS`]; writing runs out by itself; and the table is empty when the link is lost.

use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::signal::{Availability, Signal};
use folkmoot_wire::limits::{CONNECTIONS_MAX, TYPING_MS};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// The session that stands for all connections of a person.
const ALL: u64 = 0;

/// What one connection of a person last said in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Here {
    availability: Availability,
    /// Is this stream, a room or document, on the screen?
    open: bool,
}

/// Somebody who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Writing {
    /// In the thread of this subject; `None`: in the room itself.
    thread: Option<EventId>,
    /// Unix milliseconds.
    until_ms: u64,
}

/// A person in a stream, on one connection.
type Place = (StreamId, PersonId, u64);

/// The client's table of presence and writing. Each half holds at most [`CONNECTIONS_MAX`] connections, which no
/// honest server passes: what comes beyond is not taken in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    /// By space, room and document.
    present: BTreeMap<Place, Here>,
    /// Who has what open; follows from `present`.
    open: BTreeSet<(PersonId, StreamId, u64)>,
    /// By room: where in it, and until when it counts.
    typing: BTreeMap<Place, Writing>,
}

impl Roster {
    /// Takes in a signal. `session` 0 speaks for all connections of the person; no signal means that the connection is
    /// gone or no longer follows the stream. What is open is believed only where it is said in its own stream. Answers the
    /// streams of which something that is shown changed. Carets are not for this table.
    pub fn signalled(
        &mut self,
        now_ms: u64,
        stream: StreamId,
        from: PersonId,
        session: u64,
        signal: Option<&Signal>,
    ) -> BTreeSet<StreamId> {
        let mut changed = BTreeSet::new();
        match signal {
            Some(Signal::Presence { availability, at }) => {
                let here = Here { availability: *availability, open: *at == Some(stream) };
                self.arrive((stream, from, session), here, &mut changed);
            }
            Some(Signal::Typing { on: true, thread }) => {
                let writing = Writing { thread: *thread, until_ms: now_ms.saturating_add(TYPING_MS) };
                self.write((stream, from, session), writing, &mut changed);
            }
            Some(Signal::Typing { on: false, .. }) => self.pause(stream, from, session, &mut changed),
            Some(Signal::Awareness { .. }) => {}
            None => {
                self.depart(stream, from, session, &mut changed);
                self.pause(stream, from, session, &mut changed);
            }
        }
        changed
    }

    /// The person posted a message: they no longer write. Was that shown?
    pub fn posted(&mut self, room: StreamId, person: PersonId) -> bool {
        let mut changed = BTreeSet::new();
        self.pause(room, person, ALL, &mut changed);
        !changed.is_empty()
    }

    /// Drops what ran out. Answers as [`Roster::signalled`].
    pub fn expire(&mut self, now_ms: u64) -> BTreeSet<StreamId> {
        let mut changed = BTreeSet::new();
        self.typing.retain(|(room, ..), writing| {
            let counts = writing.until_ms > now_ms;
            if !counts {
                changed.insert(*room);
            }
            counts
        });
        changed
    }

    /// When the next entry runs out, Unix milliseconds.
    pub fn expires_ms(&self) -> Option<u64> {
        self.typing.values().map(|writing| writing.until_ms).min()
    }

    /// Forgets what was said in a stream: it is not followed any more. Answers as [`Roster::signalled`].
    pub fn forget(&mut self, stream: StreamId) -> BTreeSet<StreamId> {
        let mut changed = BTreeSet::new();
        let people: BTreeSet<PersonId> = {
            let present = self.present.range(within(stream)).map(|((_, person, _), _)| *person);
            present.chain(self.typing.range(within(stream)).map(|((_, person, _), _)| *person)).collect()
        };
        for person in people {
            self.depart(stream, person, ALL, &mut changed);
            self.pause(stream, person, ALL, &mut changed);
        }
        changed
    }

    /// Forgets everything: the link is lost. Answers as [`Roster::signalled`].
    pub fn clear(&mut self) -> BTreeSet<StreamId> {
        let changed = self.present.keys().chain(self.typing.keys()).map(|(stream, ..)| *stream).collect();
        *self = Self::default();
        changed
    }

    /// How available a person is in a space: the best of their connections.
    pub fn availability(&self, space: StreamId, person: PersonId) -> Availability {
        let sessions = self.sessions(space, person);
        sessions.map(|(_, here)| here.availability).min().unwrap_or(Availability::Offline)
    }

    /// What the person has open in any space, as far as those may know who are told, each once, sorted.
    pub fn at(&self, person: PersonId) -> Vec<StreamId> {
        let (least, most) = (StreamId([0; 16]), StreamId([0xff; 16]));
        let of = self.open.range((person, least, 0)..=(person, most, u64::MAX));
        let mut open: Vec<StreamId> = of.map(|(_, stream, _)| *stream).collect();
        open.dedup();
        open
    }

    /// Who has this room or document open, each once, sorted.
    pub fn here(&self, stream: StreamId) -> Vec<PersonId> {
        let here = self.present.range(within(stream)).filter(|(_, here)| here.open);
        let mut people: Vec<PersonId> = here.map(|((_, person, _), _)| *person).collect();
        people.dedup();
        people
    }

    /// Who is writing in a room, or in one of its threads, each once, sorted.
    pub fn typing(&self, room: StreamId, thread: Option<EventId>) -> Vec<PersonId> {
        let there = self.typing.range(within(room)).filter(|(_, writing)| writing.thread == thread);
        let mut people: Vec<PersonId> = there.map(|((_, person, _), _)| *person).collect();
        people.dedup();
        people
    }

    fn sessions(&self, space: StreamId, person: PersonId) -> impl Iterator<Item = (&Place, &Here)> {
        self.present.range(connections(space, person, ALL))
    }

    fn arrive(&mut self, place: Place, here: Here, changed: &mut BTreeSet<StreamId>) {
        let (stream, person, session) = place;
        if here.availability == Availability::Offline {
            return self.depart(stream, person, session, changed);
        }
        if self.present.get(&place) == Some(&here) {
            return;
        }
        // One who speaks for all replaces what single connections said, and the other way round.
        self.depart(stream, person, session, changed);
        self.remove((stream, person, ALL), changed);
        if self.present.len() >= CONNECTIONS_MAX {
            return;
        }
        self.present.insert(place, here);
        self.open.extend(here.open.then_some((person, stream, session)));
        changed.insert(stream);
    }

    fn depart(&mut self, stream: StreamId, person: PersonId, session: u64, changed: &mut BTreeSet<StreamId>) {
        let gone: Vec<Place> =
            self.present.range(connections(stream, person, session)).map(|(place, _)| *place).collect();
        for place in gone {
            self.remove(place, changed);
        }
    }

    fn remove(&mut self, place: Place, changed: &mut BTreeSet<StreamId>) {
        let (stream, person, session) = place;
        if self.present.remove(&place).is_some() {
            changed.insert(stream);
            self.open.remove(&(person, stream, session));
        }
    }

    fn write(&mut self, place: Place, writing: Writing, changed: &mut BTreeSet<StreamId>) {
        let (room, person, _) = place;
        if self.typing.len() >= CONNECTIONS_MAX && !self.typing.contains_key(&place) {
            return;
        }
        let all = self.typing.range(connections(room, person, ALL));
        let shown = all.map(|(_, before)| before.thread).any(|thread| thread == writing.thread);
        let before = self.typing.insert(place, writing).map(|before| before.thread);
        let shown = shown && before.is_none_or(|thread| thread == writing.thread);
        if !shown {
            changed.insert(room);
        }
    }

    fn pause(&mut self, room: StreamId, person: PersonId, session: u64, changed: &mut BTreeSet<StreamId>) {
        let gone: Vec<Place> = self.typing.range(connections(room, person, session)).map(|(place, _)| *place).collect();
        for place in gone {
            self.typing.remove(&place);
            changed.insert(room);
        }
    }
}

/// The places of one connection of a person, or of all of them.
fn connections(stream: StreamId, person: PersonId, session: u64) -> RangeInclusive<Place> {
    let last = if session == ALL { u64::MAX } else { session };
    (stream, person, session)..=(stream, person, last)
}

/// All places of a stream.
fn within(stream: StreamId) -> RangeInclusive<Place> {
    (stream, PersonId([0; 16]), 0)..=(stream, PersonId([0xff; 16]), u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: StreamId = StreamId([1; 16]);
    const ROOM: StreamId = StreamId([2; 16]);
    const DOCUMENT: StreamId = StreamId([3; 16]);
    const ANA: PersonId = PersonId([10; 16]);
    const BO: PersonId = PersonId([11; 16]);

    fn presence(availability: Availability, at: Option<StreamId>) -> Signal {
        Signal::Presence { availability, at }
    }

    /// As a device says that it has a room or document open.
    fn open(stream: StreamId) -> Signal {
        presence(Availability::Online, Some(stream))
    }

    fn typing(on: bool) -> Signal {
        Signal::Typing { on, thread: None }
    }

    #[test]
    fn the_best_of_a_persons_connections_counts_and_all_that_they_have_open() {
        let mut roster = Roster::default();
        let away = presence(Availability::Away, None);
        assert_eq!(roster.signalled(0, SPACE, ANA, 1, Some(&away)), BTreeSet::from([SPACE]));
        roster.signalled(0, SPACE, ANA, 2, Some(&presence(Availability::Online, None)));
        assert_eq!(roster.signalled(0, ROOM, ANA, 1, Some(&open(ROOM))), BTreeSet::from([ROOM]));
        roster.signalled(0, DOCUMENT, ANA, 2, Some(&open(DOCUMENT)));
        assert_eq!(roster.availability(SPACE, ANA), Availability::Online);
        assert_eq!(roster.at(ANA), [ROOM, DOCUMENT]);
        assert_eq!((roster.here(ROOM), roster.here(DOCUMENT)), (vec![ANA], vec![ANA]));

        assert_eq!(roster.signalled(0, SPACE, ANA, 2, None), BTreeSet::from([SPACE]));
        assert_eq!(roster.signalled(0, DOCUMENT, ANA, 2, None), BTreeSet::from([DOCUMENT]));
        assert_eq!(roster.availability(SPACE, ANA), Availability::Away);
        assert_eq!((roster.at(ANA), roster.here(DOCUMENT)), (vec![ROOM], vec![]));
        assert_eq!(roster.availability(SPACE, BO), Availability::Offline);
    }

    #[test]
    fn two_devices_of_a_person_in_one_room_are_one_and_the_last_that_leaves_counts() {
        let mut roster = Roster::default();
        for session in [1, 2] {
            roster.signalled(0, ROOM, ANA, session, Some(&open(ROOM)));
        }
        assert_eq!((roster.at(ANA), roster.here(ROOM)), (vec![ROOM], vec![ANA]));
        assert_eq!(roster.signalled(1, ROOM, ANA, 1, Some(&open(ROOM))), BTreeSet::new(), "a renewal changes nothing");
        roster.signalled(1, ROOM, ANA, 1, Some(&Signal::left()));
        assert_eq!(roster.here(ROOM), [ANA]);
        roster.signalled(1, ROOM, ANA, 2, Some(&Signal::left()));
        assert_eq!(roster, Roster::default());
    }

    #[test]
    fn where_somebody_is_is_believed_only_in_that_room() {
        let mut roster = Roster::default();
        roster.signalled(0, SPACE, ANA, 1, Some(&open(ROOM)));
        roster.signalled(0, DOCUMENT, ANA, 1, Some(&open(ROOM)));
        assert_eq!((roster.availability(SPACE, ANA), roster.at(ANA)), (Availability::Online, vec![]));
        assert_eq!((roster.here(ROOM), roster.here(DOCUMENT)), (vec![], vec![]));
    }

    #[test]
    fn session_zero_speaks_for_all_connections() {
        let mut roster = Roster::default();
        roster.signalled(0, SPACE, ANA, 1, Some(&presence(Availability::Online, None)));
        roster.signalled(0, SPACE, ANA, 2, Some(&presence(Availability::Away, None)));
        roster.signalled(0, SPACE, ANA, 0, Some(&presence(Availability::Away, None)));
        assert_eq!(roster.availability(SPACE, ANA), Availability::Away);
        roster.signalled(0, SPACE, ANA, 3, Some(&presence(Availability::Online, None)));
        assert_eq!(roster.availability(SPACE, ANA), Availability::Online);
        roster.signalled(0, SPACE, ANA, 0, None);
        assert_eq!(roster, Roster::default());
    }

    #[test]
    fn writing_runs_out_and_presence_lasts() {
        let mut roster = Roster::default();
        roster.signalled(0, ROOM, ANA, 1, Some(&open(ROOM)));
        roster.signalled(0, ROOM, BO, 2, Some(&typing(true)));
        assert_eq!(roster.expires_ms(), Some(TYPING_MS));
        assert_eq!(roster.expire(TYPING_MS - 1), BTreeSet::new());
        assert_eq!(roster.expire(TYPING_MS), BTreeSet::from([ROOM]));
        assert_eq!((roster.expires_ms(), roster.here(ROOM)), (None, vec![ANA]));
    }

    #[test]
    fn who_writes_in_a_thread_does_not_write_in_the_room() {
        let mut roster = Roster::default();
        let thread = Some(EventId([5; 16]));
        let there = Signal::Typing { on: true, thread };
        assert_eq!(roster.signalled(0, ROOM, ANA, 1, Some(&there)), BTreeSet::from([ROOM]));
        assert_eq!((roster.typing(ROOM, thread), roster.typing(ROOM, None)), (vec![ANA], vec![]));
        // Whoever goes on in the room has left the thread, and that is shown.
        assert_eq!(roster.signalled(1, ROOM, ANA, 1, Some(&typing(true))), BTreeSet::from([ROOM]));
        assert_eq!((roster.typing(ROOM, thread), roster.typing(ROOM, None)), (vec![], vec![ANA]));
    }

    #[test]
    fn writing_ends_by_word_by_message_and_by_leaving() {
        let mut roster = Roster::default();
        assert_eq!(roster.signalled(0, ROOM, ANA, 1, Some(&typing(true))), BTreeSet::from([ROOM]));
        assert_eq!(roster.signalled(1, ROOM, ANA, 1, Some(&typing(true))), BTreeSet::new());
        roster.signalled(1, ROOM, BO, 2, Some(&typing(true)));
        assert_eq!(roster.typing(ROOM, None), [ANA, BO]);
        assert!(roster.posted(ROOM, ANA) && !roster.posted(ROOM, ANA));
        assert_eq!(roster.typing(ROOM, None), [BO]);
        assert_eq!(roster.signalled(2, ROOM, BO, 2, None), BTreeSet::from([ROOM]));
        roster.signalled(3, ROOM, BO, 2, Some(&typing(true)));
        roster.signalled(3, ROOM, BO, 2, Some(&typing(false)));
        assert_eq!(roster, Roster::default());
    }

    #[test]
    fn a_lost_link_empties_the_table() {
        let mut roster = Roster::default();
        roster.signalled(0, SPACE, ANA, 1, Some(&presence(Availability::Online, None)));
        roster.signalled(0, DOCUMENT, ANA, 1, Some(&open(DOCUMENT)));
        roster.signalled(0, ROOM, BO, 1, Some(&typing(true)));
        assert_eq!(roster.clear(), BTreeSet::from([SPACE, ROOM, DOCUMENT]));
        assert_eq!(roster, Roster::default());
    }

    #[test]
    fn a_server_that_names_endless_connections_fills_a_bounded_table() {
        let mut roster = Roster::default();
        for session in 1..CONNECTIONS_MAX as u64 + 100 {
            roster.signalled(0, ROOM, ANA, session, Some(&open(ROOM)));
            roster.signalled(0, ROOM, ANA, session, Some(&typing(true)));
        }
        assert_eq!((roster.present.len(), roster.typing.len()), (CONNECTIONS_MAX, CONNECTIONS_MAX));
        assert_eq!(roster.open.len(), CONNECTIONS_MAX);
    }
}
