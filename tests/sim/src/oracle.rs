//! What must hold: of every frame that is sent, after every operation, and of the world at rest. Each failure begins
//! with the name of what does not hold.

mod rest;
mod rules;
mod signals;

use crate::link::{End, Link};
use crate::log::SimLog;
use crate::node::bounds;
use crate::world::World;
use folkmoot_model::event::Event;
use folkmoot_model::fold;
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::{Held, Overlay, RowMap, Rows};
use folkmoot_sync::hub::Hub;
use folkmoot_sync::hub::io::SessionId;
use folkmoot_sync::outbox::{Item, State};
use folkmoot_sync::replica::Replica;
use folkmoot_wire::frame::{Cursor, PageRows, ServerFrame, Snapshot, WireRow};
use folkmoot_wire::limits;
use std::collections::BTreeSet;

pub use rest::{explain_unrest, judge};

/// What an older version does not know: reactions.
const NEWER_KIND: u16 = 35;

/// Nothing that was appended after a person lost the right to read a stream is ever sent to them.
/// Nor, where the node knows of every commit at once, what is said there meanwhile.
pub fn may_be_sent(log: &SimLog, person: PersonId, frame: &[u8], certain: bool) {
    let (stream, last) = match ServerFrame::read(frame).expect("frames-readable: of a server") {
        ServerFrame::Events(events) => (events.stream, events.events.last().map_or(0, |logged| logged.seq)),
        ServerFrame::Snapshot(snapshot) => (snapshot.stream, snapshot.seq),
        ServerFrame::Signalled(signalled) => return signals::may_be_heard(log, person, &signalled, certain),
        ServerFrame::Ping(ping) => {
            return ping.heads.iter().for_each(|head| may_be_told(log, person, *head, certain));
        }
        ServerFrame::PageRows(page) if !page.rows.is_empty() => (page.stream, page.as_of),
        _ => return,
    };
    if let (Some(barred), Some(committed)) = (log.barred.get(&(person, stream)), log.order.get(&(stream, last))) {
        assert!(committed < barred, "cut-exact: {person} is sent {stream} {last} after losing the right to read it");
    }
}

/// Nor how far a stream goes that they may not read any more.
fn may_be_told(log: &SimLog, person: PersonId, Cursor { stream, seq }: Cursor, certain: bool) {
    if let (true, Some(barred), Some(committed)) =
        (certain, log.barred.get(&(person, stream)), log.order.get(&(stream, seq)))
    {
        assert!(
            committed < barred,
            "heads-cut: {person} is told that {stream} goes to {seq} after losing the right to read it"
        );
    }
}

/// Whoever is taken to have everything of a stream is told what it was found to hold.
pub fn all_are_told(hub: &Hub, found: &[Cursor]) {
    for head in found {
        let lacking = hub.lacking(*head);
        assert_eq!(
            lacking, 0,
            "heads-told: {lacking} who follow {} are not told that it goes to {}",
            head.stream, head.seq
        );
    }
}

/// Nobody is shown who is gone, once a read has permitted who sees them to be told.
pub fn no_ghosts(hub: &Hub, id: SessionId, link: &mut Link) {
    link.shown.retain(|stream, _| hub.permitted(id, *stream).is_some());
    for (stream, shown) in link.shown.iter().filter(|(stream, _)| hub.permitted(id, **stream) == Some(true)) {
        let ghost = shown.keys().find(|(what, other)| !hub.is_shown(*other, *stream, *what));
        assert!(ghost.is_none(), "ghosts-go: {ghost:?} is gone from {stream}, and is still shown");
    }
}

/// Nothing that was typed after a refused event is on its way before it is decided what becomes of that.
pub fn nothing_goes_on(device: usize, replica: Option<&Replica>, document: StreamId, refused: EventId) {
    let items = replica.into_iter().flat_map(|replica| replica.outbox().items());
    let after = items.filter(|item| item.stream == document && item.undecided() && item.envelope.id != refused).count();
    assert_eq!(after, 0, "refused-first: device {device} goes on in {document}, and {refused} was refused just now");
}

/// A frame as a version reads it that knows neither the kind nor the rows of reactions.
pub fn as_seen_by_older(frame: &mut ServerFrame) {
    let unknown = |rows: &mut Vec<WireRow>| {
        for row in rows.iter_mut().filter(|row| matches!(Key::read(&row.key), Some(Key::Reactions(_)))) {
            row.key[0] = 0x5f;
        }
    };
    match frame {
        ServerFrame::Events(events) => {
            for logged in events.events.iter_mut().filter(|logged| logged.envelope.kind == NEWER_KIND) {
                logged.envelope.kind = 0x4000 | NEWER_KIND;
            }
        }
        ServerFrame::Snapshot(Snapshot { rows, .. }) | ServerFrame::PageRows(PageRows { rows, .. }) => unknown(rows),
        _ => {}
    }
}

/// After every operation.
pub fn always(world: &World) {
    for (n, device) in world.devices.iter().enumerate() {
        if let Some(replica) = &device.replica {
            overlay_is_the_fold(n, replica, &device.disk);
            own_writes_are_seen(n, replica, &device.disk);
        }
    }
    nodes_are_bounded(world);
}

/// What lies above the confirmed rows is just what folding the pending events over them gives.
fn overlay_is_the_fold(device: usize, replica: &Replica, disk: &dyn Rows) {
    let streams: BTreeSet<StreamId> = replica.outbox().items().map(|item| item.stream).collect();
    for stream in streams {
        // What this device has opened, and nothing has come of, has in it what is pending and nothing else.
        let is_new = replica.held(stream).is_some_and(|held| held.cursor == 0);
        let opened = |item: &Item| item.stream == stream && item.envelope.event().is_ok_and(|event| event.opens());
        let nothing = RowMap::default();
        let refused = |item: &Item| matches!(item.state, State::Refused(_));
        let ours = is_new && replica.outbox().items().any(|item| opened(item) && !refused(item));
        let below: &dyn Rows = if ours { &nothing } else { disk };
        let mut fresh = Overlay::over(below);
        for sealed in replica.outbox().overlaid(stream).filter_map(|item| item.sealed(replica.person())) {
            fold::apply(&mut fresh, stream, &sealed);
        }
        let shown = replica.overlay(stream).map(|(key, row)| ((stream, *key), row.clone()));
        assert_eq!(RowMap(shown.collect()), fresh.into_changed(), "overlay-fresh: device {device}, {stream}");
    }
}

/// What a person has posted and was not refused, they see.
fn own_writes_are_seen(device: usize, replica: &Replica, disk: &dyn Rows) {
    let posted = |item: &&Item| {
        !matches!(item.state, State::Refused(_)) && matches!(item.envelope.event(), Ok(Event::MessagePosted(_)))
    };
    for item in replica.outbox().items().filter(posted) {
        let row = replica.row(disk, item.stream, &Key::Message(item.envelope.id));
        assert!(matches!(row, Held::Row(_)), "own-writes: device {device} does not see its {}", item.envelope.id);
    }
}

/// No client, and none that keeps to no rule, makes a node hold more than the bounds say.
fn nodes_are_bounded(world: &World) {
    for (n, node) in world.nodes.iter().enumerate() {
        let load = node.hub.load();
        let hostile = |link: &&Link| matches!(link.end, End::Hostile(_));
        let here = world.links.values().filter(|link| link.node == n);
        assert!(load.undecided_max <= 2 * limits::INFLIGHT_EVENTS_MAX, "bounded-undecided: node {n}: {load:?}");
        assert!(load.pages_max <= limits::PAGES_PER_SESSION_MAX, "bounded-pages: node {n}: {load:?}");
        assert!(load.reads_max <= bounds(&world.setup).reads, "bounded-reads: node {n}: {load:?}");
        let waiting_max = limits::STREAMS_PER_SESSION_MAX + limits::PAGES_PER_SESSION_MAX;
        assert!(load.waiting_max <= waiting_max, "bounded-waiting: node {n}: {load:?}");
        assert!(load.followed_max <= limits::STREAMS_PER_SESSION_MAX, "bounded-follows: node {n}: {load:?}");
        assert!(
            load.unreceived_bytes_max <= limits::WINDOW_BYTES + limits::FRAME_BYTES_MAX,
            "bounded-window: node {n}: {load:?}"
        );
        assert!(load.recent_bytes_max <= limits::RECENT_BYTES, "bounded-recent: node {n}: {load:?}");
        // What begins within the window may go beyond it, by less than one commit.
        let events_max = limits::WINDOW_EVENTS - 1 + limits::SUBMIT_EVENTS_MAX as u64;
        assert!(load.unreceived_events_max <= events_max, "bounded-window: node {n}: {load:?}");
        let streams = 16 + world.log.events.len() + if here.clone().any(|link| hostile(&link)) { 2_000 } else { 0 };
        assert!(load.states <= streams, "bounded-states: node {n} keeps {load:?}");
    }
}

/// Is all that is left in the outbox refused for good?
pub fn outbox_is_settled(replica: &Replica) -> bool {
    replica.outbox().items().all(|item| matches!(item.state, State::Refused(_)))
}
