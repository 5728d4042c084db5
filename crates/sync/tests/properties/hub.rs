//! What one connection may make a server hold, and what many share.

use crate::device::{ANA, DEVICE, ROOM};
use bytes::Bytes;
use folkmoot_model::event::{Envelope, Event, Logged};
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::refusal::Code;
use folkmoot_sync::decide::Answer;
use folkmoot_sync::hub::Hub;
use folkmoot_sync::hub::io::{Committed, Effect, Found, Identity, Input, Nodes, Read, ReadOutcome, SessionId, Ticket};
use folkmoot_wire::frame::{ClientFrame, Cursor, Hello, ServerFrame, Submit, VERSION};
use folkmoot_wire::limits::{BODY_BYTES_MAX, INFLIGHT_EVENTS_MAX, SUBMIT_EVENTS_MAX, UNDECIDED_BYTES_MAX};
use proptest::prelude::*;

/// A hub with Ana's device connected.
fn hub() -> Hub {
    let mut hub = Hub::new([3; 32], Nodes::One);
    hub.handle(1, Input::Connected { session: 1 });
    let identity = Identity { person: ANA, device: DEVICE, expires_ms: u64::MAX };
    let token = "token".to_owned();
    let hello = Hello { min: VERSION, max: VERSION, fold: 1, token, device: DEVICE, cursors: Vec::new() };
    hub.handle(1, Input::Frame { session: 1, frame: hello.into(), identity: Some(Ok(identity)) });
    hub
}

fn submit(stream: StreamId, number: u64, events: usize, bytes: usize) -> ClientFrame {
    let event = |at: usize| Envelope {
        id: EventId::derive("submitted", &[&number.to_be_bytes(), &at.to_be_bytes()]),
        kind: 50,
        body_version: 0,
        body: vec![0; bytes],
        client_ms: 1,
    };
    Submit { stream, events: (0..events).map(event).collect(), resume: true }.into()
}

fn is_busy(effect: &Effect) -> bool {
    matches!(effect, Effect::Send { frame, .. } if matches!(ServerFrame::read(frame), Ok(ServerFrame::Busy(_))))
}

type Reads = Vec<(Ticket, Read)>;
type Sent = Vec<(SessionId, Bytes)>;

fn reads_and_sent(script: Vec<Effect>) -> (Reads, Sent) {
    let (mut reads, mut sent) = (Vec::new(), Vec::new());
    for effect in script {
        match effect {
            Effect::Read { ticket, read } => reads.push((ticket, read)),
            Effect::Send { session, frame } => sent.push((session, frame)),
            other => panic!("{other:?}"),
        }
    }
    (reads, sent)
}

#[test]
fn who_come_while_the_same_is_read_are_read_for_together_and_sent_the_same_bytes() {
    let mut hub = Hub::new([3; 32], Nodes::One);
    let person = |session: SessionId| PersonId([session as u8 % 3; 16]);
    let mut reads = Vec::new();
    for session in 1..=30 {
        hub.handle(1, Input::Connected { session });
        let identity = Identity { person: person(session), device: DEVICE, expires_ms: u64::MAX };
        let cursors = vec![Cursor { stream: ROOM, seq: 0 }];
        let hello = Hello { min: VERSION, max: VERSION, fold: 1, token: "token".to_owned(), device: DEVICE, cursors };
        let frame = Input::Frame { session, frame: hello.into(), identity: Some(Ok(identity)) };
        reads.extend(reads_and_sent(hub.handle(1, frame)).0);
    }
    let [(first, read)] = &reads[..] else { panic!("{reads:?}") };
    assert_eq!(read.who, [person(1)].into());

    let posted =
        Event::from(MessagePosted { text: "hey".to_owned(), reply_to: None, mentions: Vec::new(), thread: None });
    let envelope = Envelope::new(EventId::fixed(1), &posted, 1);
    let logged = Logged { envelope, seq: 1, author: ANA, server_ms: 1, access: Vec::new(), device: DEVICE };
    let outcome = |permitted| {
        let found = Some(Found::Tail { events: vec![logged.clone()], head: 1, marks: Vec::new() });
        Some(ReadOutcome { permitted, found })
    };
    let answer = Input::Read { ticket: *first, outcome: outcome(read.who.clone()) };
    let (reads, sent) = reads_and_sent(hub.handle(2, answer));
    assert!(
        sent.iter().all(|(session, _)| *session == 1),
        "the others wait: what was read for one was not asked for them"
    );
    let [(rest, read)] = &reads[..] else { panic!("{reads:?}") };
    assert_eq!(read.who, (0..3).map(person).collect());

    // One of the three persons may not.
    let answer = Input::Read { ticket: *rest, outcome: outcome([person(0), person(1)].into()) };
    let (reads, sent) = reads_and_sent(hub.handle(3, answer));
    assert!(reads.is_empty());
    let is_events = |frame: &Bytes| matches!(ServerFrame::read(frame), Ok(ServerFrame::Events(_)));
    let events: Vec<&(SessionId, Bytes)> = sent.iter().filter(|(_, frame)| is_events(frame)).collect();
    let others = (2..=30).filter(|session| person(*session) != person(2));
    assert_eq!(events.iter().map(|(session, _)| *session).collect::<Vec<_>>(), others.collect::<Vec<_>>());
    assert!(events.iter().all(|(_, frame)| frame.as_ptr() == events[0].1.as_ptr()), "encoded once");
}

#[test]
fn who_never_expires_is_not_closed() {
    let closed = |effect: &Effect| matches!(effect, Effect::Close { .. });
    assert!(!hub().handle(2_000, Input::Tick).iter().any(closed));
}

proptest! {
    #![proptest_config(crate::cases(60))]

    #[test]
    fn what_is_held_of_a_connection_is_bounded_whatever_it_submits(
        said in prop::collection::vec((0..3_u8, 1..SUBMIT_EVENTS_MAX, prop_oneof![Just(BODY_BYTES_MAX), 0..9_000_usize]), 1..40),
    ) {
        let mut hub = hub();
        let (mut passed, mut commits) = (Vec::new(), 0);
        for (number, (stream, events, bytes)) in (0..).zip(said) {
            // A frame is no larger than a frame may be.
            let events = events.min((BODY_BYTES_MAX / bytes.max(1)).max(1));
            let frame = submit(StreamId::fixed(stream), number, events, bytes);
            let script = hub.handle(2, Input::Frame { session: 1, frame, identity: None });
            if script.iter().any(is_busy) {
                passed.clear();
            } else {
                passed.push((events, events * bytes));
            }
            commits += script.iter().filter(|effect| matches!(effect, Effect::Commit { .. })).count();
            let events: usize = passed.iter().map(|(events, _)| events).sum();
            let bytes: usize = passed.iter().map(|(_, bytes)| bytes).sum();
            // Beside what waits, each stream has one commit under way.
            prop_assert!(commits <= 3);
            prop_assert!(events <= 2 * INFLIGHT_EVENTS_MAX + SUBMIT_EVENTS_MAX);
            prop_assert!(bytes <= UNDECIDED_BYTES_MAX + 3 * 2 * BODY_BYTES_MAX, "{} bytes", bytes);
        }
    }
}

#[test]
fn the_largest_event_and_a_window_after_it_are_taken() {
    let mut hub = hub();
    let script = hub.handle(2, Input::Frame { session: 1, frame: submit(ROOM, 0, 1, BODY_BYTES_MAX), identity: None });
    let Some(Effect::Commit { ticket, .. }) = script.first().cloned() else { panic!("{script:?}") };
    let script = hub.handle(3, Input::Frame { session: 1, frame: submit(ROOM, 1, 1, BODY_BYTES_MAX), identity: None });
    assert_eq!(script, []);
    let committed = Committed { answers: vec![Answer::Nack(Code::Forbidden.into())], inserts: Default::default() };
    let script = hub.handle(4, Input::Committed { ticket, outcome: Some(committed) });
    assert!(script.iter().any(|effect| matches!(effect, Effect::Commit { .. })), "the next is passed on");
}
