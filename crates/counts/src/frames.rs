//! What crosses the wire.

use crate::Run;
use crate::scene::{ROOM, Team};
use folkmoot_wire::frame::{Events, ServerFrame};

/// A thousand events of a room are put into frames of a hundred, and read out of them.
pub fn frames() -> Run {
    let mut team = Team::new();
    let talk = team.talk(1_000);
    let events = team.append(ROOM, &talk).inserts.remove(&ROOM).expect("they were appended");
    let runs = events.chunks(100).map(|run| Events { stream: ROOM, events: run.to_vec() });
    let runs: Vec<ServerFrame> = runs.map(ServerFrame::from).collect();
    let read = |run: &ServerFrame| match ServerFrame::read(&run.bytes()) {
        Ok(ServerFrame::Events(read)) => read.events.len(),
        other => panic!("{other:?} was written as events"),
    };
    Box::new(move || runs.iter().map(read).sum())
}
