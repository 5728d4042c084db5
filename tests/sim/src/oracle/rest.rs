//! The world at rest: everything that was saved is in the log once or refused, and every device holds what the server
//! holds.

use crate::device::{Device, apply, text};
use crate::link::End;
use crate::world::World;
use folkmoot_model::event::{Event, Logged};
use folkmoot_model::features::messages::message;
use folkmoot_model::features::people::member;
use folkmoot_model::fold;
use folkmoot_model::id::{EventId, Seq, StreamId};
use folkmoot_model::key::{Key, KeyKind, List};
use folkmoot_model::row::{Overlay, RowMap, Rows};
use folkmoot_model::rule::{above, may_read};
use folkmoot_model::signal::Availability;
use folkmoot_sync::decide::{Head, Known, Log, SERVER};
use folkmoot_sync::outbox::State;
use folkmoot_sync::replica::io::StreamHeld;
use folkmoot_wire::frame::Range;
use std::collections::{BTreeMap, BTreeSet};
use yrs::updates::decoder::Decode;
use yrs::{ClientID, Doc, ReadTxn, StateVector, Transact, Update};

/// Judges the world at rest.
pub fn judge(world: &mut World) {
    said_once_or_refused(world);
    in_the_order_said(world);
    in_one_order(world);
    nothing_refused_is_dropped(world);
    rows_are_the_fold(world);
    world.log.reference.agrees(&world.log);
    super::rules::agree(world);
    edits_survive(world);
    for device in 0..world.devices.len() {
        holds_what_the_server_holds(world, device);
        knows_who_is_here(world, device);
        super::signals::where_is_true(world, device);
    }
    documents_are_equal(world);
    nobody_is_kept(world);
}

/// A node at rest holds the connections that there are, and nothing that waits.
fn nobody_is_kept(world: &World) {
    for (n, node) in world.nodes.iter().enumerate() {
        let (load, here) = (node.hub.load(), world.links.values().filter(|link| link.node == n).count());
        let rests = load.sessions == here && load.undecided == 0 && load.tickets == 0 && load.pages_max == 0;
        assert!(rests, "bounded-sessions: node {n} at rest, with {here} connections, holds {load:?}");
    }
}

/// Every event that was saved is in the log once or was refused, and every acknowledged one is in the log.
fn said_once_or_refused(world: &World) {
    for (device, stream, id) in &world.said {
        if world.devices[*device].taken.contains(id) {
            let nowhere = !matches!(world.log.known(*stream, *id), Some(Known::Logged(_)));
            assert!(nowhere, "taken-back: device {device} took back {id}, and it is in {stream}");
            continue;
        }
        let known = world.log.known(*stream, *id).is_some() || world.log.turned_away.contains(&(*stream, *id));
        assert!(known, "nothing-lost: device {device} said {id} in {stream}, it is nowhere");
    }
    let said: BTreeSet<(StreamId, EventId)> = world.said.iter().map(|(_, stream, id)| (*stream, *id)).collect();
    for (stream, events) in &world.log.events {
        let theirs = |logged: &&Logged| world.devices.iter().any(|device| device.id == logged.device);
        // What the server derives from an event bears its device.
        for logged in events.iter().filter(theirs).filter(|logged| logged.author != SERVER) {
            let id = logged.envelope.id;
            assert!(said.contains(&(*stream, id)), "saved-before-sent: {id} in {stream} was never saved");
        }
    }
    let logged: BTreeSet<EventId> = world.log.events.values().flatten().map(|logged| logged.envelope.id).collect();
    let redundant: BTreeSet<EventId> = world.log.redundant.keys().map(|(_, id)| *id).collect();
    for id in &world.acked {
        let there = logged.contains(id) || redundant.contains(id);
        assert!(there, "acks-true: {id} was acknowledged, and is not in the log");
    }
    for (device, stream, id) in world.said.iter().filter(|(_, _, id)| world.nacked.contains(id)) {
        let turned_away = world.log.turned_away.contains(&(*stream, *id));
        if turned_away && matches!(world.log.known(*stream, *id), Some(Known::Logged(_))) {
            // Said again by a device that did not come to keep that it was refused, once its person was in.
            let item = world.devices[*device].replica.as_ref().and_then(|replica| replica.outbox().get(*id));
            // Whoever left by it is told of nothing there any more.
            let told = may_read(&world.log, *stream, world.devices[*device].person);
            let shown = told && item.is_some_and(|item| matches!(item.state, State::Refused(_)));
            assert!(!shown, "refused-for-good: {id} is shown as refused, and is in {stream}");
            continue;
        }
        let refused = match world.log.known(*stream, *id) {
            Some(known) => matches!(known, Known::Refused(_)),
            None => turned_away,
        };
        // Somebody else may have taken the id.
        let taken = world.log.known(*stream, *id).is_some_and(|known| !is_by_a_device(world, &known));
        assert!(refused || taken, "refused-for-good: {id} was refused, and is in {stream}");
    }
}

fn is_by_a_device(world: &World, known: &Known) -> bool {
    matches!(known, Known::Logged(logged) if world.devices.iter().any(|device| device.id == logged.device))
}

/// What a device said stands in each stream in the order in which it said it.
fn in_the_order_said(world: &World) {
    for (stream, events) in &world.log.events {
        let place: BTreeMap<EventId, Seq> = events.iter().map(|logged| (logged.envelope.id, logged.seq)).collect();
        for device in 0..world.devices.len() {
            let said = world.said.iter().filter(|(by, of, _)| *by == device && of == stream);
            let said = said.filter(|(_, of, id)| !world.log.turned_away.contains(&(*of, *id)));
            let mut places: Vec<Seq> = said.filter_map(|(_, _, id)| place.get(id).copied()).collect();
            // An append that was torn and one that followed may both have been counted.
            places.dedup();
            assert!(places.is_sorted(), "order-kept: device {device} in {stream}: {places:?}");
        }
    }
}

/// What one device said is committed in the order in which it was said, over all streams.
fn in_one_order(world: &World) {
    let place = |stream: StreamId, id: EventId| match world.log.known(stream, id) {
        // What an outsider was refused, and nobody kept, may be said again once they are in.
        Some(Known::Logged(_)) if world.log.turned_away.contains(&(stream, id)) => None,
        Some(Known::Logged(logged)) => world.log.order.get(&(stream, logged.seq)).copied(),
        _ => None,
    };
    for device in 0..world.devices.len() {
        let said = world.said.iter().filter(|(by, ..)| *by == device);
        let commits: Vec<u64> = said.filter_map(|(_, stream, id)| place(*stream, *id)).collect();
        assert!(commits.is_sorted(), "order-over-all: what device {device} said was committed as {commits:?}");
    }
}

/// What was refused is kept for its person until they give it up; what they drafted is there.
fn nothing_refused_is_dropped(world: &World) {
    for (n, device) in world.devices.iter().enumerate() {
        let outbox = device.replica.as_ref().expect("it runs").outbox();
        for (_, stream, id) in world.said.iter().filter(|(by, _, id)| *by == n && world.nacked.contains(id)) {
            let kept = device.given_up.contains(id) || device.taken.contains(id) || outbox.get(*id).is_some();
            // What was said before on a link that is gone may come late, when who said it is no outsider any more.
            let came_late = world.log.turned_away.contains(&(*stream, *id))
                && matches!(world.log.known(*stream, *id), Some(Known::Logged(_)));
            let kept = kept || came_late;
            assert!(kept, "refused-kept: device {n} dropped {id}, which {stream} refused");
        }
        for (room, draft) in &device.drafts {
            let kept = outbox.draft(*room, (None, None)).cloned().unwrap_or_default();
            assert_eq!(&kept, draft, "drafts-kept: device {n}, {room}");
        }
        let out = device.signed_out > device.signed_in;
        assert!(!out, "signed-out: device {n} was signed out and is connected");
    }
}

/// The server's rows are what folding its whole log from nothing gives.
fn rows_are_the_fold(world: &World) {
    let empty = RowMap::default();
    for (stream, events) in &world.log.events {
        let mut fresh = Overlay::over(&empty);
        for logged in events {
            fold::apply(&mut fresh, *stream, &logged.sealed().expect("log-legal: the log holds what can be read"));
        }
        let held: BTreeMap<_, _> =
            world.log.stream_rows(*stream).map(|(key, row)| ((*stream, *key), row.clone())).collect();
        assert_eq!(RowMap(held), fresh.into_changed(), "rows-folded: {stream}");
    }
}

/// What was typed into a message that nobody deleted is in its text.
fn edits_survive(world: &World) {
    let logged: BTreeSet<EventId> = world.log.events.values().flatten().map(|logged| logged.envelope.id).collect();
    for typed in world.typed.iter().filter(|typed| logged.contains(&typed.event)) {
        let row = world.log.get(typed.room, &Key::Message(typed.message)).row().and_then(message);
        let Some(row) = row else { panic!("edits-survive: no message {}", typed.message) };
        let survives = row.deleted_by.is_some() || row.text.as_str().contains(&typed.words);
        assert!(survives, "edits-survive: {:?} is not in {:?}", typed.words, row.text.as_str());
    }
}

/// A device holds every stream that it may read up to the head, and each row just as the server has it; nothing of
/// what it may not read.
fn holds_what_the_server_holds(world: &World, device: usize) {
    let at = &world.devices[device];
    let replica = at.replica.as_ref().expect("it runs");
    let rows = |stream: StreamId| {
        at.disk.store.rows.0.range((stream, Key::Head)..).take_while(move |((of, _), _)| *of == stream)
    };
    for (stream, held) in replica.streams() {
        if !may_read(&world.log, stream, at.person) {
            let keeps = rows(stream).next().is_some() || held.cursor > 0;
            assert!(!keeps, "forgets-what-it-lost: device {device} keeps {stream}, which it may not read");
            continue;
        }
        let Head { seq, .. } = world.log.head(stream);
        assert_eq!(held.cursor, seq, "catches-up: device {device} is not at the head of {stream}");
        assert_eq!(replica.overlay(stream).count(), 0, "overlay-settles: device {device}, {stream}");
        let fresh = |key: &Key| lies_in_fresh(world, stream, held, key);
        for ((_, key), row) in rows(stream) {
            if key.is_structure() || fresh(key) {
                let theirs = world.log.get(stream, key).row();
                let same = theirs.as_ref() == Some(row);
                assert!(same, "rows-equal: device {device}, {key:?} of {stream}: {row:?} for {theirs:?}, {held:?}");
            }
        }
        for (key, _) in world.log.stream_rows(stream) {
            let has = at.disk.store.rows.0.contains_key(&(stream, *key));
            let wanted = key.is_structure() || fresh(key);
            assert!(!wanted || has, "rows-equal: device {device} lacks {key:?} of {stream}");
        }
        for list in lists(world, stream) {
            let ranges = held.ranges(list);
            let apart = ranges.windows(2).all(|pair| pair[0].last < pair[1].first);
            let inside = ranges.iter().all(|range| range.first <= range.last && range.last <= held.cursor);
            assert!(apart && inside, "ranges-apart: device {device}, {stream}: {ranges:?}");
        }
    }
    for stream in world.log.events.keys() {
        let present = world.log.get(*stream, &Key::Member(at.person)).row().and_then(member);
        let present = present.is_some_and(|member| member.present);
        if present && may_read(&world.log, *stream, at.person) {
            assert!(replica.held(*stream).is_some(), "follows-all: device {device} does not follow {stream}");
        }
    }
}

fn lies_in_fresh(world: &World, stream: StreamId, held: &StreamHeld, key: &Key) -> bool {
    lists(world, stream).into_iter().any(|list| {
        let ranges = held.ranges(list);
        let mut fresh = ranges.iter().filter(|range| range.stale_since.is_none());
        fresh.any(|range| world.log.lies_in(stream, list, key, Range { first: range.first, last: range.last }))
    })
}

/// The lists of a stream that have an entry.
fn lists(world: &World, stream: StreamId) -> BTreeSet<List> {
    let kinds = world.log.stream_rows(stream).map(|(key, _)| key.kind());
    kinds.filter_map(|kind| if let KeyKind::List(list, _) = kind { Some(list) } else { None }).collect()
}

/// A device shows as present just those who are connected to its node and follow the space; no ghosts.
fn knows_who_is_here(world: &World, device: usize) {
    let at = &world.devices[device];
    let node_of = |device: &Device| {
        let link = device.session.and_then(|session| world.links.get(&session))?;
        matches!(link.end, End::Device(_)).then_some(link.node)
    };
    if !may_read(&world.log, world.space, at.person) {
        return;
    }
    for person in &world.people {
        let others = world.devices.iter().enumerate().filter(|(n, other)| *n != device && other.person == *person);
        let here = others.filter(|(_, other)| node_of(other) == node_of(at)).count() > 0;
        let here = here && may_read(&world.log, world.space, *person);
        let shown = at.roster.availability(world.space, *person);
        assert!(
            (shown == Availability::Online) == here,
            "presence-true: device {device} shows {person} as {shown:?}, and they are {}",
            if here { "here" } else { "gone" }
        );
    }
}

/// Every open copy of a document says what the log says, and all that was typed and not refused is in it.
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
            let kept = holds(world, *creator, document) || barred || !exists;
            assert!(kept, "follows-all: device {creator} made {document} and does not hold it");
        }
        let there = server.transact().state_vector();
        for device in 0..world.devices.len() {
            // What was refused stays in the webview that typed it until it is opened anew.
            let refused = typing_is_kept(&world.devices[device], device, document, &there);
            if !holds(world, device, document) {
                continue;
            }
            if refused {
                world.devices[device].documents.remove(&document);
            }
            let shown = text(world.devices[device].open(document));
            assert_eq!(shown, expected, "documents-equal: device {device}, document {document}");
        }
    }
}

/// What a device typed into a document is in the log, or in what was refused and is kept. Was something refused?
fn typing_is_kept(at: &Device, device: usize, document: StreamId, there: &StateVector) -> bool {
    let outbox = at.replica.as_ref().expect("it runs").outbox();
    let refused = at.refused.get(&document).into_iter().flatten();
    let refused: Vec<_> = refused.map(|event| outbox.get(*event).and_then(|item| item.envelope.event().ok())).collect();
    let mut kept = there.clone();
    for event in refused.iter().flatten() {
        let Event::DocumentEdited(edited) = event else { continue };
        kept.merge(Update::decode_v1(&edited.update).expect("an update that was typed").state_vector());
    }
    let given_up = refused.iter().any(Option::is_none);
    for (_, client, end) in at.typed.iter().filter(|(of, ..)| *of == document && !given_up) {
        let whole = kept.get(&ClientID::new((*client).into())) >= *end;
        assert!(whole, "typing-kept: device {device} typed into {document} as {client}, and it is nowhere");
    }
    !refused.is_empty()
}

fn holds(world: &World, device: usize, document: StreamId) -> bool {
    let at = &world.devices[device];
    let replica = at.replica.as_ref().expect("it runs");
    may_read(&world.log, document, at.person) && replica.held(document).is_some_and(|held| held.cursor > 0)
}

/// The healed world does not come to rest: says why, and fails.
pub fn explain_unrest(world: &World) -> ! {
    let mut why = String::new();
    for (n, device) in world.devices.iter().enumerate() {
        let Some(replica) = &device.replica else {
            why += &format!("; device {n} does not run");
            continue;
        };
        if !replica.is_caught_up() || replica.outbox().items().any(|item| !matches!(item.state, State::Refused(_))) {
            why += &format!("; device {n}: {:?} caught up {}", replica.link(), replica.is_caught_up());
            for item in replica.outbox().items() {
                why += &format!(", {:?} {} in {}", item.state, item.envelope.id, item.stream);
            }
        }
    }
    panic!("comes-to-rest: the healed world does not{why}");
}
