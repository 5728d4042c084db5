//! What must hold: of every frame that is sent, and of the world once it has come to rest.

use super::device::{apply, text};
use super::log::SimLog;
use super::world::{World, same_row};
use folkmoot_model::id::{PersonId, Seq, StreamId};
use folkmoot_model::row::Key;
use folkmoot_model::rule::{above, may_read};
use folkmoot_sync::decide::{Head, Log};
use folkmoot_sync::outbox::State;
use folkmoot_sync::replica::Replica;
use folkmoot_wire::frame::{Range, ServerFrame};
use std::collections::{BTreeMap, BTreeSet};
use yrs::Doc;

/// Nothing that was appended after a person lost the right to read a stream is ever sent to them.
pub fn may_be_sent(log: &SimLog, person: PersonId, frame: &[u8]) {
    let (stream, last) = match ServerFrame::read(frame).expect("a server's frame") {
        ServerFrame::Events(events) => (events.stream, events.events.last().map_or(0, |logged| logged.seq)),
        ServerFrame::Snapshot(snapshot) => (snapshot.stream, snapshot.seq),
        _ => return,
    };
    if let (Some(barred), Some(committed)) = (log.barred.get(&(person, stream)), log.order.get(&(stream, last))) {
        assert!(committed < barred, "{person} is sent {stream} {last} after losing the right to read it");
    }
}

/// Is all that is left in the outbox refused for good?
pub fn outbox_is_settled(replica: &Replica) -> bool {
    replica.outbox().items().all(|item| matches!(item.state, State::Refused(_)))
}

/// The world at rest.
pub fn judge(world: &mut World) {
    said_once_or_refused(world);
    in_the_order_said(world);
    for device in 0..world.devices.len() {
        holds_what_the_server_holds(world, device);
    }
    documents_are_equal(world);
}

/// Every event that was saved is in the log once or was refused, and every acknowledged one is in the log.
fn said_once_or_refused(world: &World) {
    for (device, stream, id) in &world.said {
        let known = world.log.known(*stream, *id);
        let adds_nothing = world.acked.contains(id) && world.documents.contains(stream);
        assert!(known.is_some() || adds_nothing, "device {device} said {id} in {stream}, and it is nowhere");
    }
    let logged: BTreeSet<_> = world.log.events.values().flatten().map(|logged| logged.envelope.id).collect();
    for id in &world.acked {
        let document = world.said.iter().any(|(_, stream, said)| said == id && world.documents.contains(stream));
        assert!(logged.contains(id) || document, "{id} was acknowledged, and is not in the log");
    }
}

/// What a device said stands in each stream in the order in which it said it.
fn in_the_order_said(world: &World) {
    for (stream, events) in &world.log.events {
        let place: BTreeMap<_, _> = events.iter().map(|logged| (logged.envelope.id, logged.seq)).collect();
        for device in 0..world.devices.len() {
            let said = world.said.iter().filter(|(by, of, _)| *by == device && of == stream);
            let places: Vec<Seq> = said.filter_map(|(_, _, id)| place.get(id).copied()).collect();
            assert!(places.is_sorted(), "device {device} is out of order in {stream}: {places:?}");
        }
    }
}

/// A device holds every stream that it may read up to the head, and each row just as the server has it; nothing of
/// what it may not read.
fn holds_what_the_server_holds(world: &World, device: usize) {
    let at = &world.devices[device];
    let replica = at.replica.as_ref().expect("it runs");
    for (stream, held) in replica.streams() {
        let may = may_read(&world.log, stream, at.person);
        let rows: Vec<_> = at.disk.rows.0.iter().filter(|((of, _), _)| *of == stream).collect();
        if !may {
            assert!(rows.is_empty() && held.cursor == 0, "device {device} keeps {stream}, which it may not read");
            continue;
        }
        let Head { seq, .. } = world.log.head(stream);
        assert_eq!(held.cursor, seq, "device {device} is not at the head of {stream}");
        assert_eq!(replica.overlay(stream).count(), 0, "device {device} still overlays {stream}");
        let fresh = |key: &Key| {
            let mut ranges = held.ranges.iter().filter(|range| range.stale_since.is_none());
            ranges.any(|range| world.log.lies_in(stream, key, Range { first: range.first, last: range.last }))
        };
        for ((_, key), row) in &rows {
            if !key.is_message_part() || fresh(key) {
                assert!(same_row(&world.log, stream, key, row), "device {device} has another {key:?} of {stream}");
            }
        }
        for ((_, key), _) in world.log.rows.0.iter().filter(|((of, _), _)| *of == stream) {
            let wanted = !key.is_message_part() || fresh(key);
            assert!(
                !wanted || at.disk.rows.0.contains_key(&(stream, *key)),
                "device {device} lacks {key:?} of {stream}"
            );
        }
    }
    for stream in world.log.events.keys() {
        let member = folkmoot_model::row::Rows::get(&world.log, *stream, &Key::Member(at.person)).row();
        let present = member.and_then(folkmoot_model::members::member).is_some_and(|member| member.present);
        if present && may_read(&world.log, *stream, at.person) {
            assert!(replica.held(*stream).is_some(), "device {device} does not follow {stream}");
        }
    }
}

/// Every open copy of a document says what the log says.
fn documents_are_equal(world: &mut World) {
    for document in world.documents.clone() {
        let server = Doc::new();
        for update in world.log.updates(document) {
            apply(&server, &update);
        }
        let expected = text(&server);
        if let Some(creator) = world.creators.get(&document) {
            let exists = world.log.events.contains_key(&document);
            let person = world.devices[*creator].person;
            let mut around = [document].into_iter().chain(above(&world.log, document));
            let barred = around.any(|stream| world.log.ever_barred.contains(&(person, stream)));
            let kept = held(world, *creator, document) || barred || !exists;
            assert!(kept, "device {creator} made {document} and does not hold it");
        }
        for device in 0..world.devices.len() {
            if !held(world, device, document) {
                continue;
            }
            // What was refused stays in the webview that typed it until it is opened anew.
            if world.devices[device].refused_documents.contains(&document) {
                world.devices[device].documents.remove(&document);
            }
            assert_eq!(world.devices[device].text(document), expected, "device {device}, document {document}");
        }
    }
}

fn held(world: &World, device: usize, document: StreamId) -> bool {
    let at = &world.devices[device];
    let replica = at.replica.as_ref().expect("it runs");
    may_read(&world.log, document, at.person) && replica.held(document).is_some_and(|held| held.cursor > 0)
}

/// The healed world does not come to rest: says why, and fails.
pub fn explain_unrest(world: &World) -> ! {
    for (n, device) in world.devices.iter().enumerate() {
        if let Some(replica) = &device.replica {
            println!("device {n}: {:?} caught up {}", replica.link(), replica.is_caught_up());
            for item in replica.outbox().items() {
                println!("  {:?} {} in {}", item.state, item.envelope.id, item.stream);
            }
        }
    }
    panic!("the world does not come to rest");
}
