//! Who hears what of others, and when: a hub with two people in a private room, whose reads are answered here.

use crate::device::{ANA, BO, DEVICE, ROOM, SPACE};
use folkmoot_model::event::{Above, Envelope, Event, Logged, decode, encode};
use folkmoot_model::features::people::{Role, RoleChanged};
use folkmoot_model::id::{EventId, PersonId, StreamId};
use folkmoot_model::signal::{Availability, Signal};
use folkmoot_sync::hub::Hub;
use folkmoot_sync::hub::io::{Effect, Found, Identity, Input, Nodes, ReadOutcome, SessionId, Ticket, What};
use folkmoot_wire::codec::heads_digest;
use folkmoot_wire::frame::{self, ClientFrame, Cursor, Hello, Probe, ServerFrame, Sub, VERSION};
use folkmoot_wire::limits::{PROBES_MS, WINDOW_EVENTS};
use std::collections::BTreeSet;

const AT_ANA: SessionId = 1;
const AT_BO: SessionId = 2;

/// A hub, its log of role changes, and the reads that it waits for.
struct Room {
    hub: Hub,
    events: Vec<Logged>,
    reads: Vec<(Ticket, u64)>,
    sent: Vec<(SessionId, ServerFrame)>,
    now_ms: u64,
    permitted: BTreeSet<PersonId>,
}

impl Room {
    /// Both follow the room and have everything.
    fn new() -> Self {
        let hub = Hub::new([3; 32], Nodes::One);
        let mut room = Self {
            hub,
            events: Vec::new(),
            reads: Vec::new(),
            sent: Vec::new(),
            now_ms: 1,
            permitted: [ANA, BO].into(),
        };
        room.change_role(ANA);
        for (session, person) in [(AT_ANA, ANA), (AT_BO, BO)] {
            room.input(Input::Connected { session });
            let identity = Some(Ok(Identity { person, device: DEVICE, expires_ms: u64::MAX }));
            let cursors = vec![Cursor { stream: ROOM, seq: 0 }];
            let hello = Hello { min: VERSION, max: VERSION, fold: 1, token: String::new(), device: DEVICE, cursors };
            room.input(Input::Frame { session, frame: hello.into(), identity });
        }
        room.answer_reads();
        room.sent.clear();
        room
    }

    fn input(&mut self, input: Input) {
        for effect in self.hub.handle(self.now_ms, input) {
            match effect {
                Effect::Read { ticket, read } => {
                    let What::Tail { after, .. } = read.what else { panic!("{read:?}") };
                    self.reads.push((ticket, after));
                }
                Effect::Send { session, frame } => {
                    self.sent.push((session, ServerFrame::read(&frame).expect("a frame of the hub")))
                }
                other => panic!("{other:?}"),
            }
        }
    }

    fn says(&mut self, session: SessionId, frame: impl Into<ClientFrame>) {
        self.input(Input::Frame { session, frame: frame.into(), identity: None });
    }

    fn signals(&mut self, session: SessionId, signal: &Signal) {
        self.says(session, frame::Signal { stream: ROOM, bytes: encode(signal) });
    }

    /// The person's role changes: they must be permitted anew.
    fn change_role(&mut self, person: PersonId) {
        let seq = self.events.len() as u64 + 1;
        let event = Event::from(RoleChanged { person, role: Role::Member });
        let envelope = Envelope::new(EventId([seq as u8; 16]), &event, 1);
        let access = Vec::new();
        let logged = Logged { envelope, seq, author: ANA, server_ms: 1, access, device: DEVICE };
        self.events.push(logged.clone());
        self.input(Input::Appended { inserts: [(ROOM, vec![logged])].into() });
    }

    fn answer_reads(&mut self) {
        while !self.reads.is_empty() {
            let (ticket, after) = self.reads.remove(0);
            let events = self.events.iter().filter(|logged| logged.seq > after).cloned().collect();
            let head = self.events.len() as u64;
            let marks = [ROOM, SPACE].map(|stream| Above { stream, seq: head }).to_vec();
            let found = Some(Found::Tail { events, head, marks });
            self.input(Input::Read { ticket, outcome: Some(ReadOutcome { permitted: self.permitted.clone(), found }) });
        }
    }

    /// What a connection has heard of others since this was last asked; `None`: somebody is gone.
    fn heard(&mut self, session: SessionId) -> Vec<Option<Signal>> {
        let sent = std::mem::take(&mut self.sent).into_iter().filter(|(to, _)| *to == session);
        let signals = sent.filter_map(|(_, frame)| match frame {
            ServerFrame::Signalled(signalled) => Some(decode::<Signal>(&signalled.bytes)),
            _ => None,
        });
        signals.collect()
    }
}

fn here() -> Signal {
    Signal::Presence { availability: Availability::Online, at: Some(ROOM) }
}

#[test]
fn who_leaves_while_somebody_is_read_anew_is_not_shown_to_them_for_ever() {
    let mut room = Room::new();
    room.signals(AT_ANA, &here());
    assert_eq!(room.heard(AT_BO), [Some(here())]);
    room.change_role(BO);
    room.signals(AT_ANA, &Signal::left());
    assert_eq!(room.heard(AT_BO), [], "he may not be told yet");
    room.answer_reads();
    assert_eq!(room.heard(AT_BO), [None]);
}

#[test]
fn who_leaves_while_somebody_is_read_anew_and_follows_anew_is_not_shown_to_them_for_ever() {
    let mut room = Room::new();
    room.signals(AT_ANA, &here());
    assert_eq!(room.heard(AT_BO), [Some(here())]);
    room.change_role(BO);
    room.signals(AT_ANA, &Signal::left());
    room.says(AT_BO, Sub { cursor: Cursor { stream: ROOM, seq: 1 } });
    room.answer_reads();
    assert_eq!(room.heard(AT_BO), [None]);
}

#[test]
fn who_is_put_out_while_they_receive_nothing_is_gone_for_the_others() {
    let mut room = Room::new();
    room.signals(AT_ANA, &here());
    for _ in 0..=WINDOW_EVENTS {
        room.change_role(BO);
        room.answer_reads();
    }
    room.heard(AT_BO);
    room.permitted.remove(&ANA);
    room.change_role(ANA);
    room.answer_reads();
    assert_eq!(room.heard(AT_BO), [None]);
}

#[test]
fn who_is_read_anew_takes_back_what_they_show_and_says_nothing_else() {
    let mut room = Room::new();
    room.signals(AT_ANA, &here());
    room.change_role(ANA);
    room.signals(AT_ANA, &Signal::Typing { on: true, thread: None });
    room.signals(AT_ANA, &Signal::left());
    room.answer_reads();
    assert_eq!(room.heard(AT_BO), [Some(here()), Some(Signal::left())]);
    assert_eq!(room.hub.load().signals_dropped, 1);
}

#[test]
fn what_names_another_stream_is_dropped_and_counted() {
    let mut room = Room::new();
    let elsewhere = Signal::Presence { availability: Availability::Online, at: Some(StreamId([9; 16])) };
    room.signals(AT_ANA, &elsewhere);
    room.signals(AT_ANA, &Signal::Awareness { update: vec![1, 5, 1, 2, b'{', b'}'] });
    assert_eq!(room.heard(AT_BO), []);
    assert_eq!(room.hub.load().signals_dropped, 2);
}

#[test]
fn a_ping_does_not_tell_how_far_a_stream_goes_before_a_read_permits_it() {
    let mut room = Room::new();
    let head = |room: &mut Room| {
        room.sent.clear();
        room.now_ms += PROBES_MS;
        room.says(AT_BO, Probe { full: true });
        match &room.sent[..] {
            [(AT_BO, ServerFrame::Ping(ping))] => {
                assert_eq!(ping.digest, heads_digest(ping.heads.iter().copied()));
                ping.heads.clone()
            }
            other => panic!("{other:?}"),
        }
    };
    let before = head(&mut room);
    room.change_role(BO);
    room.change_role(ANA);
    assert_eq!(head(&mut room), before);
    room.answer_reads();
    assert_eq!(head(&mut room), [Cursor { stream: ROOM, seq: 3 }]);
}
