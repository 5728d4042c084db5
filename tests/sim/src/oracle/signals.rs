//! What may be heard of others: only of who may be heard, only where everyone may read what is named, and never of a stream
//! that one may not read.

use crate::log::SimLog;
use crate::world::{OUTSIDER, World};
use folkmoot_model::event::decode;
use folkmoot_model::id::{PersonId, StreamId};
use folkmoot_model::signal::{Availability, Signal};
use folkmoot_sync::lasting::parts;
use folkmoot_wire::frame::Signalled;

/// May this person be told this? Who reads and who is heard is exact where the node knows of every commit at once
/// (`certain`); what is named is so anywhere.
pub fn may_be_heard(log: &SimLog, person: PersonId, signalled: &Signalled, certain: bool) {
    let Signalled { stream, from, bytes, .. } = signalled;
    assert_ne!(*from, OUTSIDER, "signals-cut: who is in nothing is heard in {stream}");
    let may = !certain || log.reference.may_read(*stream, person);
    assert!(may, "signals-cut: {person} hears of {stream} after losing the right to read it");
    if bytes.is_empty() {
        return;
    }
    let signal = decode::<Signal>(bytes).expect("frames-readable: a signal of a server");
    if let Signal::Presence { at: Some(at), .. } = signal {
        let may = !certain || log.reference.may_read(at, person);
        assert!(may, "where-untold: {person} is told in {stream} that {from} has {at} open, which they may not read");
    }
    let fits = fits(log, *stream, &signal);
    assert!(fits, "signals-fit: {from} is heard in {stream} with {signal:?}");
    // Whoever may not be heard any more may still take back what they show.
    let may =
        !certain || log.reference.may_read(*stream, *from) || parts(signal.clone()).iter().all(|part| part.taken_back);
    assert!(may, "signals-of-readers: {from} is heard in {stream} with {signal:?} after losing the right to read it");
}

/// Is this said where it belongs? Written beside the rule, from what the reference knows of the stream.
fn fits(log: &SimLog, stream: StreamId, signal: &Signal) -> bool {
    let here = |at: Option<StreamId>, availability| match availability {
        Availability::Offline => at.is_none(),
        Availability::Online | Availability::Away => at == Some(stream),
    };
    match (log.reference.kind(stream), signal) {
        ("space", Signal::Presence { at, .. }) => at.is_none(),
        ("room", Signal::Typing { .. }) | ("document", Signal::Awareness { .. }) => true,
        ("room" | "document", Signal::Presence { at, availability }) => here(*at, *availability),
        _ => false,
    }
}

/// At rest: who shows what is open as those have it open who are on the same node, and nobody else. A connection hears and is
/// heard in the streams that a read has permitted.
pub fn where_is_true(world: &World, device: usize) {
    let at = &world.devices[device];
    let follows = |device: usize, stream: StreamId| {
        let session = world.devices[device].session?;
        let node = world.links.get(&session)?.node;
        (world.nodes[node].hub.permitted(session, stream) == Some(true)).then_some(node)
    };
    for stream in world.rooms.iter().chain(&world.documents) {
        for person in &world.people {
            let mut others =
                world.devices.iter().enumerate().filter(|(n, other)| *n != device && other.person == *person);
            let heard = |n: usize| follows(n, *stream).is_some_and(|node| follows(device, *stream) == Some(node));
            let here = others.any(|(n, other)| other.at == Some(*stream) && heard(n));
            let shown = at.roster.here(*stream).contains(person);
            assert_eq!(
                shown, here,
                "where-true: device {device} shows {person} in {stream}: {shown}, and they are: {here}"
            );
        }
    }
}
