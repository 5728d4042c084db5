//! Writes the hand-made seeds of every target into `corpus/`: `cargo run --example seeds`. Run it again when a format
//! has changed. What libFuzzer has found is named by its hash, and stays.

use folkmoot_fuzz::TARGETS;
use folkmoot_model::event::{Above, Envelope, Event, Logged, Sealed, encode};
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind, DocumentListed, DocumentOpened};
use folkmoot_model::features::messages::mentions::Mention;
use folkmoot_model::features::messages::{MessageDeleted, MessageEdited, MessagePosted};
use folkmoot_model::features::people::{MemberAdded, MemberRemoved, Role, RoleChanged};
use folkmoot_model::features::pins::MessagePinned;
use folkmoot_model::features::profiles::{Mode, ProfileChanged, Status, StatusChosen};
use folkmoot_model::features::reactions::MessageReacted;
use folkmoot_model::features::reads::{GrantRevoked, Granted, MarkedUnread, NotifyChosen, NotifyLevel, ReadTo};
use folkmoot_model::features::rooms::{RoomAccess, RoomArchived, RoomChanged, RoomOpened};
use folkmoot_model::features::spaces::{DirectoryOpened, RoomListed, SpaceOpened};
use folkmoot_model::fold::{self, FOLD_VERSION as FOLD};
use folkmoot_model::id::{DeviceId, EventId, PersonId, StreamId};
use folkmoot_model::key::List;
use folkmoot_model::refusal::Refusal;
use folkmoot_model::row::{Overlay, RowMap};
use folkmoot_model::signal::{Availability, Signal as Said};
use folkmoot_model::yjs::text::MessageText;
use folkmoot_store::testing::SimDisk;
use folkmoot_store::{Journal, Key, disk::Disk};
use folkmoot_sync::outbox::Entry;
use folkmoot_wire::frame::*;
use folkmoot_wire::link::KeyHash;
use folkmoot_wire::y_websocket::{Aware, aware_update, awareness, step_1, step_2, update};
use std::path::Path;
use std::sync::Arc;
use yrs::block::ClientID;
use yrs::{Doc, OffsetKind, Options, Text, Transact, XmlElementPrelim, XmlFragment, XmlTextPrelim};

const ANA: PersonId = PersonId([1; 16]);
const ROOM: StreamId = StreamId([5; 16]);
const MESSAGE: EventId = EventId([9; 16]);
const DEVICE: DeviceId = DeviceId([4; 16]);

fn main() {
    let seeds: [(&str, Vec<Vec<u8>>); 12] = [
        ("awareness", vec![vec![1, 5, 9, 2, b'{', b'}'], vec![2, 0x80, 1, 0, 4, b'n', b'u', b'l', b'l', 7, 1, 0]]),
        ("client_frame", client_frames().into_iter().map(|frame| frame.bytes().to_vec()).collect()),
        ("delta", deltas()),
        ("yjs_client", vec![parts(yjs_client())]),
        ("gate", vec![gate()]),
        ("hub", vec![parts(client_frames().into_iter().map(|frame| (1, frame.bytes().to_vec())))]),
        ("journal", vec![journal()]),
        ("link", links()),
        ("markdown", vec![MARKDOWN.as_bytes().to_vec()]),
        ("outbox", vec![parts(entries().iter().map(|entry| (0, encode(entry))))]),
        (
            "replica",
            vec![
                beyond_all_places(),
                parts(
                    [(0, b"hello".to_vec()), (1, updates().remove(0)), (2, vec![0; 16])]
                        .into_iter()
                        .chain(server_frames().into_iter().map(|frame| (9, frame.bytes().to_vec()))),
                ),
            ],
        ),
        ("server_frame", server_frames().into_iter().map(|frame| frame.bytes().to_vec()).collect()),
    ];
    assert!(TARGETS.iter().all(|(name, _)| seeds.iter().any(|(seeded, _)| seeded == name)));
    for (target, seeds) in seeds {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        for (number, seed) in seeds.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number:02}")), seed).expect("a file can be written");
        }
    }
}

/// As `folkmoot_fuzz::parts` reads them.
fn parts(parts: impl IntoIterator<Item = (u8, Vec<u8>)>) -> Vec<u8> {
    let one = |(what, part): (u8, Vec<u8>)| [&[what][..], &(part.len() as u16).to_le_bytes(), &part].concat();
    parts.into_iter().flat_map(one).collect()
}

/// A foreign client syncs, writes, shows its caret and echoes another's, which then goes.
fn yjs_client() -> Vec<(u8, Vec<u8>)> {
    let aware =
        |client| aware_update(&[Aware { client, clock: 1, state: r#"{"user":{"name":"Bo"},"cursor":3}"#.into() }]);
    vec![
        (7, step_1(&[1, 5, 9]).to_vec()),
        (0, Vec::new()),
        (7, update(&updates()[0]).to_vec()),
        (15, awareness(&aware(5)).to_vec()),
        (12, aware(6)),
        (15, awareness(&aware(6)).to_vec()),
        (10, Vec::new()),
        (255, vec![3]),
        (9, Vec::new()),
        (7, step_2(&updates()[0]).to_vec()),
        (255, step_1(&[0]).to_vec()),
    ]
}

fn events() -> Vec<Event> {
    let profile = ProfileChanged { name: "Ana".into(), colour: 3 };
    let delta = MessageText::plain("hello").delta(MESSAGE, EventId([8; 16]), "hello you 😀").expect("they differ");
    vec![
        SpaceOpened { name: "Moot".into() }.into(),
        MemberAdded { person: ANA, role: Role::Admin, profile: Some(profile.clone()) }.into(),
        MemberRemoved { person: ANA }.into(),
        RoleChanged { person: ANA, role: Role::Guest }.into(),
        profile.into(),
        RoomOpened {
            space: ROOM,
            access: RoomAccess::Private,
            name: "den".into(),
            topic: String::new(),
            members: vec![ANA],
        }
        .into(),
        RoomChanged { name: Some("hall".into()), topic: None, everyone_edits: None }.into(),
        RoomArchived { archived: true }.into(),
        DirectoryOpened { space: ROOM }.into(),
        RoomListed { room: ROOM, name: "hall".into(), topic: "all".into(), archived: false }.into(),
        MessagePosted {
            text: "hello".into(),
            reply_to: Some(MESSAGE),
            mentions: vec![Mention { person: ANA, name: "Ana".into() }],
            thread: None,
        }
        .into(),
        MessageEdited { message: MESSAGE, delta, mentions: None }.into(),
        MessageDeleted { message: MESSAGE, reply: None }.into(),
        MessageReacted { message: MESSAGE, emoji: "👍🏽".into(), on: true }.into(),
        MessagePinned { message: MESSAGE, place: 2, on: true }.into(),
        DocumentListed { document: ROOM, kind: DocumentKind::Code, title: "plan".into(), archived: false }.into(),
        DocumentOpened { room: ROOM, kind: DocumentKind::RichText }.into(),
        DocumentEdited { update: updates().remove(0) }.into(),
        Granted { stream: ROOM, space: Some(ROOM) }.into(),
        GrantRevoked { stream: ROOM }.into(),
        ReadTo { room: ROOM, seq: 7 }.into(),
        MarkedUnread { room: ROOM, seq: 7 }.into(),
        NotifyChosen { room: ROOM, level: NotifyLevel::Mentions }.into(),
        StatusChosen { status: Some(Status { mode: Mode::Busy, text: "writing".into(), until_ms: Some(9) }) }.into(),
    ]
}

fn logged() -> Vec<Logged> {
    let with_seqs = (1..).zip(events());
    with_seqs
        .map(|(seq, event)| Logged {
            envelope: Envelope::new(EventId([seq as u8; 16]), &event, 1_700_000_000_000),
            seq,
            author: ANA,
            server_ms: 1_700_000_000_000 + seq,
            access: vec![Above { stream: ROOM, seq: 3 }],
            device: DEVICE,
        })
        .collect()
}

fn rows() -> Vec<WireRow> {
    let none = RowMap::default();
    let mut rows = Overlay::over(&none);
    for logged in logged() {
        let sealed: Sealed = logged.sealed().expect("it was made here");
        fold::apply(&mut rows, ROOM, &sealed);
    }
    rows.changed().map(|(key, row)| WireRow { key: key.bytes(), value: row.bytes() }).collect()
}

fn client_frames() -> Vec<ClientFrame> {
    let cursor = Cursor { stream: ROOM, seq: u64::MAX };
    let events = logged().into_iter().map(|logged| logged.envelope).collect();
    let typing = Said::Typing { on: true, thread: Some(MESSAGE) };
    vec![
        Hello { min: 1, max: 1, fold: FOLD, token: "a.b.c".into(), device: DEVICE, cursors: vec![cursor] }.into(),
        Sub { cursor }.into(),
        Unsub { stream: ROOM }.into(),
        Submit { stream: ROOM, events, resume: true }.into(),
        Recv { cursor }.into(),
        Page { stream: ROOM, range: Range { first: 1, last: 500 }, since: 3, list: List::Messages }.into(),
        Signal { stream: ROOM, bytes: encode(&typing) }.into(),
        Auth { token: "a.b.c".into() }.into(),
        Pong {}.into(),
        Probe { full: true }.into(),
    ]
}

fn server_frames() -> Vec<ServerFrame> {
    let (held, cursor) = (Range { first: 1, last: 30 }, Cursor { stream: ROOM, seq: 30 });
    let here = Said::Presence { availability: Availability::Away, at: Some(ROOM) };
    let caret = Said::Awareness { update: vec![1, 5, 9, 2, b'{', b'}'] };
    let signalled = |signal: &Said| Signalled { stream: ROOM, from: ANA, session: 3, bytes: encode(signal) };
    vec![
        Welcome { version: 1, fold: FOLD, session: 3, server_ms: 1, expires_ms: 2, person: ANA }.into(),
        Events { stream: ROOM, events: logged() }.into(),
        Snapshot { stream: ROOM, seq: 30, rows: rows(), held, first: true, last: false, checkpoint: Some(vec![0, 0]) }
            .into(),
        PageRows { stream: ROOM, range: held, rows: rows(), as_of: 30, last: true, list: List::Messages }.into(),
        Ack { id: MESSAGE, seq: 30, stream: ROOM }.into(),
        Nack { id: MESSAGE, refusal: Refusal::too_large(40_000) }.into(),
        Revoked { stream: ROOM }.into(),
        signalled(&here).into(),
        signalled(&caret).into(),
        Ping { heads: vec![cursor], digest: u64::MAX, full: false }.into(),
        Busy { after_ms: 500 }.into(),
        Bye { code: ByeCode::Slow }.into(),
        Caught { head: cursor }.into(),
    ]
}

/// A server that counts as far as numbers go.
fn beyond_all_places() -> Vec<u8> {
    let held = Range { first: 1, last: u64::MAX };
    let whole = |seq| Snapshot { stream: ROOM, seq, rows: rows(), held, first: true, last: true, checkpoint: None };
    let mut next = logged().remove(9);
    next.seq = u64::MAX;
    let frames: [ServerFrame; 5] = [
        whole(u64::MAX - 1).into(),
        Events { stream: ROOM, events: vec![next] }.into(),
        whole(u64::MAX).into(),
        Events { stream: ROOM, events: logged() }.into(),
        PageRows { stream: ROOM, range: held, rows: rows(), as_of: u64::MAX, last: true, list: List::Messages }.into(),
    ];
    let said = frames.into_iter().flat_map(|frame| [(9, frame.bytes().to_vec()), (2, vec![0; 8])]);
    parts([(0, b"hello".to_vec())].into_iter().chain(said).chain([(8, Vec::new()), (2, vec![0; 8])]))
}

/// What an editor says: a text, a block, formats, and deletions.
fn updates() -> Vec<Vec<u8>> {
    let mut options = Options::with_guid_and_client_id("seed".into(), ClientID::new(1_000));
    options.offset_kind = OffsetKind::Utf16;
    let doc = Doc::with_options(options);
    let (text, prose) = (doc.get_or_insert_text("p"), doc.get_or_insert_xml_fragment("content"));
    let mut updates = Vec::new();
    let mut say = |edit: &dyn Fn(&mut yrs::TransactionMut)| {
        let mut txn = doc.transact_mut();
        edit(&mut txn);
        updates.push(txn.encode_update_v1());
    };
    say(&|txn| text.insert(txn, 0, "naïve 😀"));
    say(&|txn| text.remove_range(txn, 1, 2));
    say(&|txn| text.format(txn, 0, 3, [("bold".into(), true.into())].into()));
    say(&|txn| {
        let block = prose.push_back(txn, XmlElementPrelim::empty("paragraph"));
        block.push_back(txn, XmlTextPrelim::new("words"));
    });
    say(&|txn| prose.remove(txn, 0));
    updates
}

fn gate() -> Vec<u8> {
    let again = updates().remove(0);
    parts(updates().into_iter().map(|update| (0, update)).chain([(1, again)]))
}

fn deltas() -> Vec<Vec<u8>> {
    let text = |text: &str| (0, text.as_bytes().to_vec());
    let made_up = MessageText::plain("hello").delta(MESSAGE, EventId([8; 16]), "hello you").expect("they differ");
    vec![
        parts(["Meet at nine?", "Meet at ten?", "", "e\u{301}😀", "é😁"].map(text)),
        parts([text("hello"), (1, made_up), text("שלום hello")]),
    ]
}

fn entries() -> Vec<Entry> {
    let queued = |id: u8, merges: u32| Entry::Queued {
        stream: ROOM,
        envelope: Envelope::new(EventId([id; 16]), &events()[15], 7),
        merges,
    };
    vec![
        Entry::Unsent { document: ROOM, update: updates().remove(0) },
        Entry::Unsent { document: ROOM, update: updates().remove(1) },
        queued(1, 2),
        queued(2, 0),
        queued(3, 0),
        Entry::Accepted { id: EventId([1; 16]), seq: 30 },
        Entry::Refused { id: EventId([2; 16]), refusal: Refusal::too_large(3) },
        Entry::Settled { id: EventId([1; 16]) },
    ]
}

/// Sealed under the key of the target. Nonces are random, so that this one is never the same.
fn journal() -> Vec<u8> {
    let (disk, path) = (SimDisk::new(), Path::new("/journal"));
    let (mut journal, ..) = Journal::open_on(Arc::new(disk.clone()), path, &Key::from_bytes([7; 32])).expect("a disk");
    for payload in [b"first".as_slice(), b"", b"third"] {
        journal.append(payload).expect("it has room");
    }
    disk.read(path).expect("it was written")
}

fn links() -> Vec<Vec<u8>> {
    let join = format!("folkmoot://[::1]:80/join/k3y?key={}", KeyHash::of(b"key"));
    let place = format!("folkmoot://moot.example:4433/{ROOM}");
    [join, place.clone(), format!("{place}/{ROOM}/{MESSAGE}"), format!("{place}/{ROOM}/document/{ROOM}/")]
        .map(String::into_bytes)
        .to_vec()
}

const MARKDOWN: &str = "# Plan *for* **@Ana Lima**\n\n> - [x] ~~one~~\n>   1. two `code`\n\n| a | b |\n|---|:-:|\n| @ana | <b> |\n\n```rust\nfn main() {}\n```\n[x](https://example.org \"t\") ![i](folkmoot://h/1) www.example.org a@b.co\\\n田@田中 &amp; [r]\n\n[r]: mailto:x\n***\n";
