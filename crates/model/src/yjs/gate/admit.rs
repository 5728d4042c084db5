//! Is an update sound against what a gate holds? Its structs are settled in the order in which yrs integrates them.
//!
//! Nothing of the gate changes here: what the update adds is gathered in a [`Draft`].

use super::GateRefusal::{ForeignClient, Malformed, MissingDependency, TooDeep};
use super::held::{Home, Kind, Place, Ranges, Run, Runs};
use super::order::Placed;
use super::scan::{ClockRange, Content, Id, Parent, Scan, Section, Struct};
use super::{Gate, GateRefusal, TYPE_DEPTH_MAX};
use crate::id::PersonId;
use crate::mutant::{Mutant, planted};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What an update adds to a gate.
pub(super) struct Draft<'g, 'u> {
    gate: &'g Gate,
    /// Per Yjs client: its next clock, and the runs since the clock that the gate holds.
    pub(super) clients: BTreeMap<u32, Added>,
    /// Names that the gate does not hold yet, with their indices.
    pub(super) names: BTreeMap<&'u str, u32>,
    /// What it deletes that was not deleted yet.
    pub(super) deleted: Vec<(u32, ClockRange)>,
    /// What it inserts and what has a place, in the order in which yrs integrates it.
    pub(super) placed: Vec<Placed>,
    /// What it deletes of runs that go on before or behind it.
    pub(super) cut: Vec<(u32, ClockRange)>,
    /// Values of one map key in one struct. Each was overwritten by the next, so the update must delete them.
    overwritten: Vec<(u32, ClockRange)>,
}

/// What one client adds.
pub(super) struct Added {
    pub(super) owner: PersonId,
    pub(super) next: u32,
    pub(super) runs: Runs,
}

impl<'g, 'u> Draft<'g, 'u> {
    /// The draft of `scan`, whose new structs of each client must be by `owner`.
    pub(super) fn of(
        gate: &'g Gate,
        scan: &Scan<'u>,
        owner: impl Fn(u32) -> Option<PersonId>,
    ) -> Result<Self, GateRefusal> {
        let mut draft = Self {
            gate,
            clients: BTreeMap::new(),
            names: BTreeMap::new(),
            deleted: Vec::new(),
            placed: Vec::new(),
            cut: Vec::new(),
            overwritten: Vec::new(),
        };
        draft.open(scan, owner)?;
        draft.settle_all(scan)?;
        draft.check_deletions(scan)?;
        Ok(draft)
    }

    /// Enters each client that has something new.
    fn open(&mut self, scan: &Scan<'u>, owner: impl Fn(u32) -> Option<PersonId>) -> Result<(), GateRefusal> {
        for section in &scan.sections {
            let (next, known) = (self.gate.next(section.client), self.gate.owner(section.client));
            if section.end <= next {
                // What is held under these clocks may be other words: to call this a resend would lose it in silence.
                match (known, owner(section.client)) {
                    (Some(known), Some(author)) if known != author && !planted(Mutant::GateForgetsOwners) => {
                        return Err(ForeignClient { client: section.client });
                    }
                    _ => continue,
                }
            }
            if section.structs.first().is_none_or(|first| first.clock > next) {
                return Err(MissingDependency);
            }
            let author = owner(section.client).ok_or(ForeignClient { client: section.client })?;
            if known.is_some_and(|known| known != author) && !planted(Mutant::GateForgetsOwners) {
                return Err(ForeignClient { client: section.client });
            }
            self.clients.insert(section.client, Added { owner: author, next, runs: Runs::default() });
        }
        Ok(())
    }

    /// Settles every new struct after what it refers to. A client that waits for another stands on a stack below it,
    /// as in yrs' `BlockPicker`; one that waits for a client below itself waits for ever.
    fn settle_all(&mut self, scan: &Scan<'u>) -> Result<(), GateRefusal> {
        let mut queues: BTreeMap<u32, Queue<'_, 'u>> = BTreeMap::new();
        for section in &scan.sections {
            if let Some(added) = self.clients.get(&section.client) {
                let held = section.structs.partition_point(|item| item.end() <= added.next);
                queues.insert(section.client, Queue { left: &section.structs[held..], waits: false });
            }
        }
        let ends: BTreeMap<u32, u32> = scan.sections.iter().map(|section| (section.client, section.end)).collect();
        // yrs and yjs begin with the highest client.
        let mut sections: Vec<_> = scan.sections.iter().collect();
        sections.sort_unstable_by_key(|section| Reverse(section.client));
        for section in sections {
            let mut stack = vec![(section.client, section.end)];
            while let Some(&(client, until)) = stack.last() {
                let Some(queue) = queues.get_mut(&client) else { break };
                let Some((head, left)) = queue.left.split_first().filter(|_| self.next(client) < until) else {
                    queue.waits = false;
                    stack.pop();
                    continue;
                };
                let Some(missing) = self.missing(head) else {
                    queue.left = left;
                    self.settle(client, head)?;
                    continue;
                };
                queue.waits = true;
                if ends.get(&missing.client).is_none_or(|end| missing.clock >= *end) {
                    return Err(MissingDependency);
                }
                if queues.get(&missing.client).is_none_or(|queue| queue.waits) {
                    return Err(Malformed("structs that wait for each other"));
                }
                stack.push((missing.client, missing.clock + 1));
            }
        }
        Ok(())
    }

    /// What `item` refers to and is not held yet.
    fn missing(&self, item: &Struct<'u>) -> Option<Id> {
        let parent = match item.parent {
            Some(Parent::Item(id)) => Some(id),
            _ => None,
        };
        [item.origin, item.right, parent].into_iter().flatten().find(|id| id.clock >= self.next(id.client))
    }

    /// Takes in the part of `item` that is new. All it refers to is held.
    fn settle(&mut self, client: u32, item: &Struct<'u>) -> Result<(), GateRefusal> {
        let start = self.next(client);
        let place = self.place(client, start, item)?;
        if place.depth > TYPE_DEPTH_MAX {
            return Err(TooDeep);
        }
        let kind = match item.content {
            _ if place.home == Home::Gone => Kind::Gone,
            Content::Gc | Content::Deleted => Kind::Gone,
            Content::Type => Kind::Type,
            Content::Text | Content::Value => Kind::Leaf,
        };
        let range = ClockRange { start, end: item.end() };
        if matches!(item.content, Content::Gc | Content::Deleted) {
            self.deleted.push((client, range));
        } else if place.key != 0 && range.end - start > 1 {
            self.overwritten.push((client, range));
        }
        if place.home != Home::Gone {
            let before = (start > item.clock).then(|| Id { client, clock: start - 1 });
            let (origin, text) = (before.or(item.origin), item.content == Content::Text);
            self.placed.push(Placed { client, range, origin, right: item.right, place, text });
        }
        if let Some(added) = self.clients.get_mut(&client) {
            added.runs.push(Run { start, kind, place });
            added.next = item.end();
        }
        Ok(())
    }

    /// Where the part of `item` from `start` on lies: beside its neighbours, which must agree, or in its parent.
    /// yrs collects what has no place.
    fn place(&mut self, client: u32, start: u32, item: &Struct<'u>) -> Result<Place, GateRefusal> {
        if item.content == Content::Gc {
            return Ok(Place::GONE);
        }
        let before = (start > item.clock).then(|| Id { client, clock: start - 1 });
        let mut places: Vec<Place> = [before, item.origin, item.right]
            .into_iter()
            .flatten()
            .filter_map(|id| self.run(id).map(|run| run.place))
            .filter(|place| place.home != Home::Gone)
            .collect();
        places.extend(item.parent.map(|parent| self.inside(parent, item.key)).transpose()?);
        match places.split_first() {
            None => Ok(Place::GONE),
            Some((first, others)) if others.iter().all(|other| other == first) => Ok(*first),
            Some(_) => Err(Malformed("its neighbours do not lie in one list")),
        }
    }

    /// The list of `parent`, or its entry for `key`.
    fn inside(&mut self, parent: Parent<'u>, key: Option<&'u str>) -> Result<Place, GateRefusal> {
        let (home, depth) = match parent {
            Parent::Root(name) => (Home::Root(self.name(name)), 0),
            Parent::Item(id) => match self.run(id) {
                Some(run) if run.kind == Kind::Type => (Home::In(id.client, id.clock), run.place.depth + 1),
                Some(run) if run.kind == Kind::Leaf => return Err(Malformed("its parent is not a type")),
                _ => return Ok(Place::GONE),
            },
        };
        let key = key.map_or(0, |key| self.name(key) + 1);
        Ok(Place { home, key, depth })
    }

    fn check_deletions(&mut self, scan: &Scan<'u>) -> Result<(), GateRefusal> {
        let sections: BTreeMap<u32, &Section<'u>> =
            scan.sections.iter().map(|section| (section.client, section)).collect();
        for (client, ranges) in &scan.deletions {
            if ranges.last().is_some_and(|last| last.end > self.next(*client)) {
                return Err(MissingDependency);
            }
            let deleted = self.gate.clients.get(client).map(|held| &held.deleted);
            let new = ranges.iter().filter(|range| deleted.is_none_or(|deleted| !deleted.covers(**range)));
            for range in new {
                self.deleted.push((*client, *range));
                if !sections.get(client).is_some_and(|section| section.begins_at(range.start)) {
                    self.cut.push((*client, *range));
                }
            }
        }
        self.check_overwritten(scan)
    }

    /// yrs deletes only the last value of a key with its map: the others would keep pointing into freed memory.
    fn check_overwritten(&self, scan: &Scan<'u>) -> Result<(), GateRefusal> {
        let mut deletions: BTreeMap<u32, Ranges> =
            self.overwritten.iter().map(|(client, _)| (*client, Ranges::default())).collect();
        for (client, ranges) in &scan.deletions {
            if let Some(deletions) = deletions.get_mut(client) {
                ranges.iter().for_each(|range| deletions.insert(*range));
            }
        }
        let deleted = |(client, range): &(u32, ClockRange)| deletions.get(client).is_some_and(|set| set.covers(*range));
        if self.overwritten.iter().all(deleted) { Ok(()) } else { Err(Malformed("several values for one key")) }
    }

    fn next(&self, client: u32) -> u32 {
        self.clients.get(&client).map_or_else(|| self.gate.next(client), |added| added.next)
    }

    /// The run that holds `id`, if it is held.
    fn run(&self, id: Id) -> Option<&Run> {
        if id.clock < self.gate.next(id.client) {
            return self.gate.clients.get(&id.client)?.runs.at(id.clock);
        }
        self.clients.get(&id.client).filter(|added| id.clock < added.next)?.runs.at(id.clock)
    }

    fn name(&mut self, name: &'u str) -> u32 {
        if let Some(index) = self.gate.names.get(name) {
            return *index;
        }
        let index = (self.gate.names.len() + self.names.len()) as u32;
        *self.names.entry(name).or_insert(index)
    }
}

/// The new structs of one client that are not settled yet.
struct Queue<'s, 'u> {
    left: &'s [Struct<'u>],
    /// Is it on the stack?
    waits: bool,
}
