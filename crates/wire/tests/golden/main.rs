//! The bytes of every frame, event, signal, key and row, as they are written: a change of one is seen in review, and means
//! another version or a page in `docs/decisions`. Recorded anew by `cargo insta accept`, or with `INSTA_UPDATE=always`.

mod model;

use folkmoot_model::event::{Above, Envelope, Logged};
use folkmoot_model::id::{DeviceId, EventId, PersonId, StreamId};
use folkmoot_model::key::List;
use folkmoot_model::refusal::{Code, Refusal, Unit};
use folkmoot_wire::frame::*;

const STREAM: StreamId = StreamId([0x51; 16]);
const PERSON: PersonId = PersonId([0xAA; 16]);
const DEVICE: DeviceId = DeviceId([0xDD; 16]);
const EVENT: EventId = EventId([0xEE; 16]);

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One line each: its name and its bytes.
fn lines<T>(all: &[T], line: impl Fn(&T) -> (String, Vec<u8>)) -> String {
    let lines = all.iter().map(|one| {
        let (name, bytes) = line(one);
        format!("{name}: {}", hex(&bytes))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The name of an enum's variant.
fn variant(value: &impl std::fmt::Debug) -> String {
    let text = format!("{value:?}");
    text.chars().take_while(|char| char.is_alphanumeric()).collect()
}

fn envelope() -> Envelope {
    Envelope { id: EVENT, kind: 32, body_version: 0, body: vec![0x83, 0x61, 0x61], client_ms: 1_700_000_000_000 }
}

fn said() -> Vec<ClientFrame> {
    let cursor = Cursor { stream: STREAM, seq: 300 };
    let range = Range { first: 1, last: 500 };
    let hello = Hello { min: 1, max: 2, fold: 3, token: "token".into(), device: DEVICE, cursors: vec![cursor, cursor] };
    vec![
        hello.into(),
        Sub { cursor }.into(),
        Unsub { stream: STREAM }.into(),
        Submit { stream: STREAM, events: vec![envelope()], resume: true }.into(),
        Recv { cursor }.into(),
        Page { stream: STREAM, range, since: 7, list: List::Messages }.into(),
        Page { stream: STREAM, range, since: 7, list: List::Thread(EVENT) }.into(),
        Signal { stream: STREAM, bytes: vec![1, 2, 3] }.into(),
        Auth { token: "token".into() }.into(),
        Pong {}.into(),
        Probe { full: true }.into(),
    ]
}

fn answered() -> Vec<ServerFrame> {
    let head = Cursor { stream: STREAM, seq: 1 << 40 };
    let access = vec![Above { stream: STREAM, seq: 4 }];
    let logged =
        Logged { envelope: envelope(), seq: 5, author: PERSON, server_ms: 1_700_000_000_001, access, device: DEVICE };
    let rows = vec![WireRow { key: vec![1], value: vec![2, 3] }];
    let (range, refusal) = (Range { first: 1, last: 500 }, Refusal::too_large(40_000));
    let snapshot = Snapshot {
        stream: STREAM,
        seq: 9,
        rows: rows.clone(),
        held: range,
        first: true,
        last: false,
        checkpoint: Some(vec![0, 0]),
    };
    let welcome = Welcome { version: 1, fold: 2, session: 3, server_ms: 4, expires_ms: 5, person: PERSON };
    vec![
        welcome.into(),
        Events { stream: STREAM, events: vec![logged] }.into(),
        snapshot.clone().into(),
        Snapshot { checkpoint: None, ..snapshot }.into(),
        PageRows { stream: STREAM, range, rows, as_of: 10, last: true, list: List::Messages }.into(),
        Ack { id: EVENT, seq: 5, stream: STREAM }.into(),
        Nack { id: EVENT, refusal }.into(),
        Nack { id: EVENT, refusal: Refusal::too_many(50, Unit::Mentions) }.into(),
        Nack { id: EVENT, refusal: Code::NotMember.into() }.into(),
        Revoked { stream: STREAM }.into(),
        Signalled { stream: STREAM, from: PERSON, session: 6, bytes: vec![1] }.into(),
        Ping { heads: vec![head], digest: 0x0123_4567_89ab_cdef, full: true }.into(),
        Busy { after_ms: 500 }.into(),
        Bye { code: ByeCode::Slow }.into(),
        Caught { head }.into(),
        Unlisted { stream: STREAM, range, list: 240 }.into(),
    ]
}

/// A new frame does not compile here until it stands above.
fn every_frame(said: &ClientFrame, answered: &ServerFrame) {
    use {ClientFrame as C, ServerFrame as S};
    match said {
        C::Hello(_) | C::Sub(_) | C::Unsub(_) | C::Submit(_) | C::Recv(_) | C::Page(_) => {}
        C::Signal(_) | C::Auth(_) | C::Pong(_) | C::Probe(_) => {}
    }
    match answered {
        S::Welcome(_) | S::Events(_) | S::Snapshot(_) | S::PageRows(_) | S::Ack(_) | S::Nack(_) => {}
        S::Revoked(_) | S::Signalled(_) | S::Ping(_) | S::Busy(_) | S::Bye(_) | S::Caught(_) => {}
        S::Unlisted(_) => {}
    }
}

#[test]
fn frames() {
    every_frame(&said()[0], &answered()[0]);
    for frame in said() {
        assert_eq!(ClientFrame::read(&frame.bytes()), Ok(frame));
    }
    for frame in answered() {
        assert_eq!(ServerFrame::read(&frame.bytes()), Ok(frame));
    }
    insta::assert_snapshot!("frames_of_clients", lines(&said(), |frame| (variant(frame), frame.bytes().to_vec())));
    insta::assert_snapshot!("frames_of_servers", lines(&answered(), |frame| (variant(frame), frame.bytes().to_vec())));
}

#[test]
fn close_codes_and_refusals() {
    use Code::{Archived, BadRequest, Forbidden, IdReuse, NotMember, Quota, TargetMissing, TooLarge, Upgrade};
    let codes = [BadRequest, TooLarge, TargetMissing, Forbidden, NotMember, IdReuse, Upgrade, Archived, Quota];
    insta::assert_snapshot!(
        "codes_of_refusals",
        lines(&codes, |code| (variant(code), folkmoot_model::event::encode(code)))
    );
}
