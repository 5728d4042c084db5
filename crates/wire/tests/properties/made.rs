//! Made-up frames of every type.

use folkmoot_model::event::{Above, Envelope, Logged};
use folkmoot_model::id::{DeviceId, EventId, PersonId, StreamId};
use folkmoot_model::key::List;
use folkmoot_model::refusal::{Code, Refusal, Unit};
use folkmoot_wire::frame::*;
use proptest::collection::vec;
use proptest::prelude::*;

fn stream() -> impl Strategy<Value = StreamId> {
    any::<[u8; 16]>().prop_map(StreamId)
}

fn event_id() -> impl Strategy<Value = EventId> {
    any::<[u8; 16]>().prop_map(EventId)
}

fn person() -> impl Strategy<Value = PersonId> {
    any::<[u8; 16]>().prop_map(PersonId)
}

fn device() -> impl Strategy<Value = DeviceId> {
    any::<[u8; 16]>().prop_map(DeviceId)
}

/// Numbers where encodings change their length.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        prop::sample::select(vec![0, 23, 24, 255, 256, 65_535, 65_536, 1 << 32, 1 << 62, u64::MAX])
    ]
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..40)
}

fn cursor() -> impl Strategy<Value = Cursor> {
    (stream(), number()).prop_map(|(stream, seq)| Cursor { stream, seq })
}

fn range() -> impl Strategy<Value = Range> {
    (number(), number()).prop_map(|(first, last)| Range { first, last })
}

fn rows() -> impl Strategy<Value = Vec<WireRow>> {
    vec((bytes(), bytes()).prop_map(|(key, value)| WireRow { key, value }), 0..4)
}

fn envelope() -> impl Strategy<Value = Envelope> {
    (event_id(), any::<u16>(), any::<u8>(), bytes(), number())
        .prop_map(|(id, kind, body_version, body, client_ms)| Envelope { id, kind, body_version, body, client_ms })
}

fn logged() -> impl Strategy<Value = Logged> {
    let above = (stream(), number()).prop_map(|(stream, seq)| Above { stream, seq });
    (envelope(), number(), person(), number(), vec(above, 0..3), device()).prop_map(
        |(envelope, seq, author, server_ms, access, device)| Logged {
            envelope,
            seq,
            author,
            server_ms,
            access,
            device,
        },
    )
}

fn refusal() -> impl Strategy<Value = Refusal> {
    let code = prop::sample::select(vec![
        Code::BadRequest,
        Code::TooLarge,
        Code::TargetMissing,
        Code::Forbidden,
        Code::NotMember,
        Code::IdReuse,
        Code::Upgrade,
    ]);
    let unit = prop::option::of(prop::sample::select(vec![Unit::People, Unit::Mentions, Unit::Edits, Unit::Emoji]));
    (code, prop::option::of(number()), unit).prop_map(|(code, limit, unit)| Refusal { code, limit, unit })
}

pub fn bye() -> impl Strategy<Value = ByeCode> {
    prop::sample::select(vec![
        ByeCode::BadFrame,
        ByeCode::Expired,
        ByeCode::Revoked,
        ByeCode::Version,
        ByeCode::Slow,
        ByeCode::Busy,
    ])
}

pub fn client_frame() -> impl Strategy<Value = ClientFrame> {
    let hello = (any::<u16>(), any::<u16>(), any::<u32>(), ".{0,9}", device(), vec(cursor(), 0..4));
    prop_oneof![
        hello.prop_map(|(min, max, fold, token, device, cursors)| {
            Hello { min, max, fold, token, device, cursors }.into()
        }),
        cursor().prop_map(|cursor| Sub { cursor }.into()),
        stream().prop_map(|stream| Unsub { stream }.into()),
        (stream(), vec(envelope(), 0..4), any::<bool>()).prop_map(|(stream, events, resume)| Submit {
            stream,
            events,
            resume
        }
        .into()),
        cursor().prop_map(|cursor| Recv { cursor }.into()),
        (stream(), range(), number()).prop_map(|(stream, range, since)| Page {
            stream,
            range,
            since,
            list: List::Messages
        }
        .into()),
        (stream(), bytes()).prop_map(|(stream, bytes)| Signal { stream, bytes }.into()),
        ".{0,9}".prop_map(|token| Auth { token }.into()),
        Just(Pong {}.into()),
        any::<bool>().prop_map(|full| Probe { full }.into()),
    ]
}

pub fn server_frame() -> impl Strategy<Value = ServerFrame> {
    let welcome = (any::<u16>(), any::<u32>(), number(), number(), number(), person());
    let snapshot = (stream(), number(), rows(), range(), any::<(bool, bool)>(), prop::option::of(bytes()));
    prop_oneof![
        welcome.prop_map(|(version, fold, session, server_ms, expires_ms, person)| {
            Welcome { version, fold, session, server_ms, expires_ms, person }.into()
        }),
        (stream(), vec(logged(), 0..4)).prop_map(|(stream, events)| Events { stream, events }.into()),
        snapshot.prop_map(|(stream, seq, rows, held, (first, last), checkpoint)| {
            Snapshot { stream, seq, rows, held, first, last, checkpoint }.into()
        }),
        (stream(), range(), rows(), number(), any::<bool>()).prop_map(|(stream, range, rows, as_of, last)| PageRows {
            stream,
            range,
            rows,
            as_of,
            last,
            list: List::Messages
        }
        .into()),
        (event_id(), number(), stream()).prop_map(|(id, seq, stream)| Ack { id, seq, stream }.into()),
        (event_id(), refusal()).prop_map(|(id, refusal)| Nack { id, refusal }.into()),
        stream().prop_map(|stream| Revoked { stream }.into()),
        (stream(), person(), number(), bytes()).prop_map(|(stream, from, session, bytes)| Signalled {
            stream,
            from,
            session,
            bytes
        }
        .into()),
        (vec(cursor(), 0..4), number(), any::<bool>())
            .prop_map(|(heads, digest, full)| Ping { heads, digest, full }.into()),
        any::<u32>().prop_map(|after_ms| Busy { after_ms }.into()),
        bye().prop_map(|code| Bye { code }.into()),
        cursor().prop_map(|head| Caught { head }.into()),
        (stream(), range(), any::<u32>()).prop_map(|(stream, range, list)| Unlisted { stream, range, list }.into()),
    ]
}
