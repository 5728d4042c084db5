//! Reads take turns: one connection has a few under way, is sent no more than is written, and asks for nothing twice.

use crate::device::{ANA, DEVICE, ROOM, SPACE};
use bytes::Bytes;
use folkmoot_model::event::{Above, Envelope, Event, Logged};
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::features::people::MemberRemoved;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::List;
use folkmoot_sync::hub::Hub;
use folkmoot_sync::hub::io::{Effect, Found, Identity, Input, Nodes, Place, Read, ReadOutcome, SessionId, What};
use folkmoot_wire::codec::heads_digest;
use folkmoot_wire::frame::{ClientFrame, Cursor, Hello, Page, Probe, Range, ServerFrame, Sub, Unsub, VERSION, WireRow};
use folkmoot_wire::limits::{
    HELLO_CURSORS_MAX, PROBES_MS, READS_PER_SESSION_MAX, ROWS_BYTES, SEND_QUEUE_BYTES, UNWRITTEN_BYTES,
};
use std::collections::{BTreeSet, VecDeque};

/// A hub, what it has asked of its log, and what it has sent.
struct Node {
    hub: Hub,
    now_ms: u64,
    reads: VecDeque<(u64, Read)>,
    sent: Vec<(SessionId, Bytes)>,
    asked_to_tell: usize,
    /// How many reads were ever asked for, and the most that were under way.
    asked: usize,
    under_way_max: usize,
}

impl Node {
    fn new() -> Self {
        let hub = Hub::new([3; 32], Nodes::One);
        Self { hub, now_ms: 1, reads: VecDeque::new(), sent: Vec::new(), asked_to_tell: 0, asked: 0, under_way_max: 0 }
    }

    fn takes(&mut self, input: Input) {
        for effect in self.hub.handle(self.now_ms, input) {
            match effect {
                Effect::Read { ticket, read } => {
                    self.asked += 1;
                    self.reads.push_back((ticket, read));
                }
                Effect::Send { session, frame } => self.sent.push((session, frame)),
                Effect::TellDrained { .. } => self.asked_to_tell += 1,
                other => panic!("{other:?}"),
            }
        }
        self.under_way_max = self.under_way_max.max(self.reads.len());
    }

    fn connects(&mut self, session: SessionId, person: PersonId, streams: impl Iterator<Item = StreamId>) {
        self.takes(Input::Connected { session });
        let identity = Identity { person, device: DEVICE, expires_ms: u64::MAX };
        let cursors = streams.map(|stream| Cursor { stream, seq: 0 }).collect();
        let hello = Hello { min: VERSION, max: VERSION, fold: 1, token: "token".to_owned(), device: DEVICE, cursors };
        self.takes(Input::Frame { session, frame: hello.into(), identity: Some(Ok(identity)) });
    }

    fn says(&mut self, session: SessionId, frame: impl Into<ClientFrame>) {
        self.takes(Input::Frame { session, frame: frame.into(), identity: None });
    }

    /// Answers every read, also those that come of the answers.
    fn answers(&mut self, answer: impl Fn(&Read) -> ReadOutcome) {
        while let Some((ticket, read)) = self.reads.pop_front() {
            let outcome = Some(answer(&read));
            self.takes(Input::Read { ticket, outcome });
        }
    }

    fn heard(&self, session: SessionId) -> impl Iterator<Item = ServerFrame> {
        let of_it = self.sent.iter().filter(move |(of, _)| *of == session);
        of_it.map(|(_, frame)| ServerFrame::read(frame).expect("the hub wrote it"))
    }

    fn bytes(&self) -> usize {
        self.sent.iter().map(|(_, frame)| frame.len()).sum()
    }
}

fn stream(n: usize) -> StreamId {
    StreamId::derive("stream", &[&n.to_be_bytes()])
}

fn denied(_: &Read) -> ReadOutcome {
    ReadOutcome { permitted: Default::default(), found: None }
}

/// Below the space, and empty.
fn empty(read: &Read) -> ReadOutcome {
    let found = Found::Tail { events: Vec::new(), head: 0, marks: marks(read) };
    ReadOutcome { permitted: read.who.clone(), found: Some(found) }
}

fn marks(read: &Read) -> Vec<Above> {
    [read.stream, SPACE].map(|stream| Above { stream, seq: 1 }).to_vec()
}

/// A part of a snapshot of so many, each as large as a chunk may be.
fn part_of(parts: u64) -> impl Fn(&Read) -> ReadOutcome {
    move |read| {
        let at = match read.what {
            What::Rest { place: Place::Messages(at), .. } => at,
            _ => 0,
        };
        let rows = vec![WireRow { key: vec![0x7f], value: vec![0; ROWS_BYTES] }];
        let (seq, held, next) =
            (9_000, Range { first: 1, last: 9_000 }, (at + 1 < parts).then_some(Place::Messages(at + 1)));
        let found =
            Found::Snapshot { seq, head: seq, rows, held, checkpoint: None, first: at == 0, next, marks: marks(read) };
        ReadOutcome { permitted: read.who.clone(), found: Some(found) }
    }
}

fn logged(seq: Seq, event: Event) -> Logged {
    let envelope = Envelope::new(EventId::derive("logged", &[&seq.to_be_bytes()]), &event, 1);
    Logged { envelope, seq, author: ANA, server_ms: 1, access: Vec::new(), device: DEVICE }
}

#[test]
fn who_asks_for_thousands_of_streams_that_do_not_exist_is_denied_each_by_one_read() {
    let mut node = Node::new();
    node.connects(1, ANA, (0..HELLO_CURSORS_MAX).map(stream));
    node.answers(denied);
    assert_eq!(node.asked, HELLO_CURSORS_MAX);
    assert!(node.under_way_max <= READS_PER_SESSION_MAX);
    let revoked = node.heard(1).filter(|frame| matches!(frame, ServerFrame::Revoked(_))).count();
    assert_eq!(revoked, HELLO_CURSORS_MAX);
}

#[test]
fn who_loses_a_space_is_asked_about_once_for_each_of_its_rooms() {
    const ROOMS: usize = 1_000;
    let mut node = Node::new();
    node.connects(1, ANA, [SPACE].into_iter().chain((0..ROOMS).map(stream)));
    node.answers(empty);
    assert_eq!(node.asked, ROOMS + 1);
    let removed = logged(1, MemberRemoved { person: ANA }.into());
    node.takes(Input::Appended { inserts: [(SPACE, vec![removed])].into() });
    node.answers(denied);
    // What was being read when the space was denied may have been read as it was before.
    assert!(node.asked <= 2 * (ROOMS + 1) + READS_PER_SESSION_MAX, "{} reads", node.asked);
}

#[test]
fn what_one_connection_asks_for_does_not_stand_before_what_others_ask_for() {
    let mut node = Node::new();
    node.connects(1, ANA, (0..HELLO_CURSORS_MAX).map(stream));
    node.connects(2, PersonId([9; 16]), [ROOM].into_iter());
    let before = node.reads.iter().position(|(_, read)| read.stream == ROOM).expect("it is read at once");
    assert!(before <= READS_PER_SESSION_MAX, "{before} stand before it");
}

#[test]
fn streams_that_are_followed_and_left_again_leave_nothing_that_waits() {
    let mut node = Node::new();
    node.connects(1, ANA, std::iter::empty());
    for n in 0..50_000 {
        node.says(1, Sub { cursor: Cursor { stream: stream(n), seq: 0 } });
        node.says(1, Unsub { stream: stream(n) });
    }
    assert!(node.asked <= READS_PER_SESSION_MAX);
    assert_eq!(node.hub.load().waiting_max, 0);
}

#[test]
fn a_large_snapshot_is_read_as_it_is_written_and_comes_whole() {
    const PARTS: u64 = 100;
    let mut node = Node::new();
    node.connects(1, ANA, [ROOM].into_iter());
    let (mut drains, mut before) = (0, 0);
    loop {
        node.answers(part_of(PARTS));
        assert!(node.bytes() - before <= UNWRITTEN_BYTES + READS_PER_SESSION_MAX * (ROWS_BYTES + 1_000));
        if node.asked_to_tell == drains {
            break;
        }
        drains = node.asked_to_tell;
        before = node.bytes();
        node.takes(Input::Drained { session: 1 });
    }
    let chunks = node.heard(1).filter_map(|frame| match frame {
        ServerFrame::Snapshot(snapshot) => Some((snapshot.first, snapshot.last)),
        _ => None,
    });
    let chunks: Vec<(bool, bool)> = chunks.collect();
    assert_eq!(chunks.len() as u64, PARTS);
    assert!(chunks.iter().enumerate().all(|(n, (first, last))| (*first, *last) == (n == 0, n == 99)), "{chunks:?}");
}

#[test]
fn whoever_does_not_take_what_they_asked_for_is_read_no_more() {
    let mut node = Node::new();
    node.connects(1, ANA, (0..500).map(stream));
    for n in 0..64 {
        node.says(1, Page { stream: stream(n), range: Range { first: 1, last: 400 }, since: 0, list: List::Messages });
    }
    node.answers(|read| match read.what {
        What::Page { range, .. } => {
            let rows = vec![WireRow { key: vec![0x7f], value: vec![0; ROWS_BYTES] }];
            let found = Found::Page { range, rows, as_of: 1, next: (range.first < 100).then_some(range.first + 1) };
            ReadOutcome { permitted: read.who.clone(), found: Some(found) }
        }
        _ => part_of(100)(read),
    });
    assert!(node.bytes() < SEND_QUEUE_BYTES / 2, "{} bytes", node.bytes());
    assert_eq!(node.asked_to_tell, 1);
}

/// In the space, and sent more of a room than they take; then their access changes.
fn in_doubt() -> Node {
    let mut node = Node::new();
    node.connects(1, ANA, [SPACE, stream(1)].into_iter());
    node.answers(|read| if read.stream == SPACE { empty(read) } else { part_of(10)(read) });
    assert_eq!(node.asked_to_tell, 1, "it takes no more");
    let removed = logged(1, MemberRemoved { person: ANA }.into());
    node.takes(Input::Appended { inserts: [(SPACE, vec![removed])].into() });
    node
}

#[test]
fn whoever_takes_nothing_is_asked_about_all_the_same_and_read_nothing() {
    let mut node = in_doubt();
    // Whatever they say of it themselves.
    node.says(1, Sub { cursor: Cursor { stream: SPACE, seq: 0 } });
    assert!(node.reads.iter().all(|(_, read)| matches!(read.what, What::Tail { events: 0, .. })), "{:?}", node.reads);
    node.answers(denied);
    let lost = node.heard(1).filter_map(|frame| match frame {
        ServerFrame::Revoked(revoked) => Some(revoked.stream),
        _ => None,
    });
    assert_eq!(lost.collect::<BTreeSet<StreamId>>(), [SPACE, stream(1)].into());
}

#[test]
fn whoever_may_stay_goes_on_where_they_were_once_they_take_what_they_were_sent() {
    let mut node = in_doubt();
    node.answers(empty);
    let parts = |node: &Node| {
        let parts = node.heard(1).filter_map(|frame| match frame {
            ServerFrame::Snapshot(part) => Some((part.first, part.last)),
            _ => None,
        });
        parts.collect::<Vec<(bool, bool)>>()
    };
    let before = parts(&node).len();
    while parts(&node).len() < 10 {
        node.takes(Input::Drained { session: 1 });
        node.answers(part_of(10));
    }
    assert!((1..10).contains(&before), "{before}");
    let parts = parts(&node);
    assert!(parts.iter().enumerate().all(|(n, (first, last))| (*first, *last) == (n == 0, n == 9)), "{parts:?}");
}

#[test]
fn events_go_past_who_has_not_taken_what_they_were_sent_and_are_read_for_them_later() {
    let mut node = Node::new();
    node.connects(1, ANA, [ROOM, stream(1)].into_iter());
    node.answers(|read| if read.stream == ROOM { empty(read) } else { part_of(100)(read) });
    let posted = MessagePosted { text: "hey".to_owned(), reply_to: None, mentions: Vec::new(), thread: None };
    node.takes(Input::Appended { inserts: [(ROOM, vec![logged(1, posted.into())])].into() });
    let is_told = |node: &Node| node.heard(1).any(|frame| matches!(frame, ServerFrame::Events(_)));
    assert!(!is_told(&node));
    node.takes(Input::Drained { session: 1 });
    node.answers(part_of(100));
    assert!(is_told(&node));
}

#[test]
fn probes_in_a_loop_are_answered_now_and_then_and_the_last_one_always() {
    let mut node = Node::new();
    node.connects(1, ANA, [ROOM].into_iter());
    node.answers(empty);
    node.now_ms = 10_000;
    for _ in 0..1_000 {
        node.says(1, Probe { full: true });
    }
    let pings = |node: &Node| node.heard(1).filter(|frame| matches!(frame, ServerFrame::Ping(_))).count();
    assert_eq!(pings(&node), 1);
    node.now_ms += PROBES_MS;
    node.takes(Input::Tick);
    assert_eq!(pings(&node), 2);
}

#[test]
fn the_digest_of_a_ping_is_that_of_all_heads() {
    let mut node = Node::new();
    node.connects(1, ANA, (0..5).map(stream));
    node.connects(2, PersonId([9; 16]), (0..5).map(stream));
    node.answers(empty);
    let posted = |seq| {
        logged(seq, MessagePosted { text: "hey".to_owned(), reply_to: None, mentions: Vec::new(), thread: None }.into())
    };
    node.takes(Input::Appended { inserts: [(stream(1), vec![posted(1), posted(2)])].into() });
    node.says(1, Unsub { stream: stream(4) });
    node.says(1, Sub { cursor: Cursor { stream: stream(2), seq: 0 } });
    node.now_ms = 1_000;
    node.says(1, Probe { full: true });
    let ping = node.heard(1).find_map(|frame| if let ServerFrame::Ping(ping) = frame { Some(ping) } else { None });
    let ping = ping.expect("it is answered");
    assert_eq!(ping.heads.len(), 4);
    assert_eq!(ping.digest, heads_digest(ping.heads));
}
