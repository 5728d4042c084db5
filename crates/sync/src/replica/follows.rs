//! Which streams a device follows by itself: what is granted to its person, as far as one session may follow.

use super::Replica;
use super::io::StreamHeld;
use folkmoot_model::features::reads::GrantRow;
use folkmoot_model::features::spaces::directory;
use folkmoot_model::id::StreamId;
use folkmoot_model::key::Key;
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_model::row::{Rows, Value};
use folkmoot_wire::limits::FOLLOWED_MAX;

impl Replica {
    /// The held streams to be followed: the person's own, what is granted to them, and documents, which lie in what
    /// is. Not what this device has opened and the server has not yet taken; what is held of a stream, the server has. Nor
    /// rooms of a space of which nothing has come yet: without it none could be shown. No more than a session may follow:
    /// rooms beyond that, the newest, are left out and counted in [`Self::left_out`].
    pub(super) fn followed_streams(&mut self, rows: &dyn Rows) -> Vec<StreamId> {
        let there = |stream: &StreamId, held: &StreamHeld| {
            let known = held.cursor > 0 && !planted(Mutant::ForgetsToFollowOpened);
            known || !self.outbox.opens(*stream) || planted(Mutant::FollowsWhatIsNotThere)
        };
        let shown = |grant: GrantRow| grant.present && !grant.space.is_some_and(|space| self.is_new(space));
        let granted = |stream: &StreamId| self.grant(rows, *stream).is_none_or(shown);
        let held = self.held.iter().filter(|(stream, held)| granted(stream) && there(stream, held));
        let mut streams: Vec<StreamId> = held.map(|(stream, _)| *stream).collect();
        self.left_out = streams.len().saturating_sub(FOLLOWED_MAX);
        if self.left_out > 0 {
            let is_room = |stream: &StreamId| {
                let space = self.grant(rows, *stream).and_then(|grant| grant.space);
                space.is_some_and(|space| directory(space) != *stream)
            };
            // Ids are minted in the order of time, and the sort is stable.
            streams.sort_by_cached_key(is_room);
            streams.truncate(FOLLOWED_MAX);
        }
        streams
    }

    /// How many rooms that were granted to the person are not followed, since one session cannot follow so many streams.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    /// Has nothing come yet of a stream that is to be held?
    pub(super) fn is_new(&self, stream: StreamId) -> bool {
        self.held.get(&stream).is_some_and(|held| held.cursor == 0)
    }

    /// Is the person in it, as far as this device knows? What nobody grants (documents, what it has just opened) they are.
    pub(super) fn is_granted(&self, rows: &dyn Rows, stream: StreamId) -> bool {
        self.grant(rows, stream).is_none_or(|grant| grant.present)
    }

    pub(super) fn grant(&self, rows: &dyn Rows, stream: StreamId) -> Option<GrantRow> {
        match rows.get(self.own(), &Key::Grant(stream)).row()?.value {
            Value::Grant(grant) => Some(grant),
            _ => None,
        }
    }
}
