//! Frames: written and read, by versions that do not know the same.

use crate::made::{bye, client_frame, server_frame};
use folkmoot_model::event::Event;
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::features::messages::mentions::Mention;
use folkmoot_model::features::people::{MemberAdded, Role};
use folkmoot_model::features::profiles::ProfileChanged;
use folkmoot_model::features::rooms::RoomChanged;
use folkmoot_model::key::List;
use folkmoot_wire::codec::Unreadable;
use folkmoot_wire::frame::{ByeCode, ClientFrame, LaterPage, Page, Range, ServerFrame, Unlisted};
use folkmoot_wire::limits::FRAME_BYTES_MAX;
use minicbor::{Decoder, Encoder};
use proptest::prelude::*;

/// What a later version may add: a number, bytes, a text, nothing, or lists in lists.
fn additions() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let addition = prop::sample::select(vec![
        vec![0x00],
        vec![0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        vec![0x43, 1, 2, 3],
        vec![0x62, b'h', b'i'],
        vec![0xf6],
        vec![0xa1, 0x01, 0x82, 0x80, 0xa0],
        [vec![0x81; 200], vec![0x00]].concat(),
        vec![0x9f, 0x01, 0xff],
    ]);
    prop::collection::vec(addition, 1..4)
}

/// The fields of a list, each as its bytes.
fn fields(list: &[u8]) -> Vec<&[u8]> {
    let mut decoder = Decoder::new(list);
    let count = decoder.array().expect("a list").expect("of known length");
    let mut field = |_| {
        let begin = decoder.position();
        decoder.skip().expect("a field");
        &list[begin..decoder.position()]
    };
    (0..count).map(&mut field).collect()
}

fn list(fields: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes).array(fields.len() as u64).expect("a Vec takes it");
    bytes.extend(fields.concat());
    bytes
}

/// The list as a later version may write it. An absent field at its end is left out, and null where more follows; no
/// type here has two of them.
fn with(original: &[u8], additions: &[Vec<u8>]) -> Vec<u8> {
    let mut fields = fields(original);
    fields.push(&[0xf6]);
    fields.extend(additions.iter().map(Vec::as_slice));
    list(&fields)
}

fn later(frame: &[u8], additions: &[Vec<u8>]) -> Vec<u8> {
    [&frame[..1], &with(&frame[1..], additions)].concat()
}

/// As a version wrote it that did not know the last field.
fn earlier(original: &[u8]) -> Vec<u8> {
    let fields = fields(original);
    list(&fields[..fields.len() - 1])
}

proptest! {
    #![proptest_config(crate::cases(400))]

    #[test]
    fn a_frame_is_read_as_it_was_written(said in client_frame(), answered in server_frame()) {
        prop_assert_eq!(ClientFrame::read(&said.bytes()), Ok(said.clone()));
        prop_assert_eq!(ServerFrame::read(&answered.bytes()), Ok(answered.clone()));
        // Nobody takes the one for the other.
        prop_assert_eq!(ServerFrame::read(&said.bytes()), Err(Unreadable::UnknownType(said.type_byte())));
        prop_assert_eq!(ClientFrame::read(&answered.bytes()), Err(Unreadable::UnknownType(answered.type_byte())));
    }

    #[test]
    fn what_a_later_version_adds_is_passed_over(
        said in client_frame(),
        answered in server_frame(),
        additions in additions(),
    ) {
        let later_said = later(&said.bytes(), &additions);
        prop_assert_eq!(LaterPage::read(&later_said), None, "it is understood");
        prop_assert_eq!(ClientFrame::read(&later_said), Ok(said));
        prop_assert_eq!(ServerFrame::read(&later(&answered.bytes(), &additions)), Ok(answered));
    }

    #[test]
    fn a_frame_that_was_cut_or_goes_on_is_refused(said in client_frame(), answered in server_frame(), byte: u8) {
        for whole in [said.bytes(), answered.bytes()] {
            for cut in 0..whole.len() {
                let expected = if cut == 0 { Unreadable::Empty } else { Unreadable::Malformed };
                let read = (ClientFrame::read(&whole[..cut]).err(), ServerFrame::read(&whole[..cut]).err());
                prop_assert!(read.0 == Some(expected) || read.1 == Some(expected), "{:?}", read);
                prop_assert!(read.0.is_some() && read.1.is_some());
            }
            let more = [&whole[..], &[byte]].concat();
            prop_assert!(ClientFrame::read(&more).is_err() && ServerFrame::read(&more).is_err());
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..300), byte in 0..0x30_u8) {
        let bytes = [&[byte][..], &bytes].concat();
        let _ = (ClientFrame::read(&bytes), ServerFrame::read(&bytes), LaterPage::read(&bytes));
    }

    #[test]
    fn an_event_of_a_later_version_says_what_this_one_knows(text in ".{0,9}", additions in additions()) {
        let profile = Some(ProfileChanged { name: text.clone(), colour: 1 });
        let person = folkmoot_model::id::PersonId([1; 16]);
        let events: [Event; 3] = [
            MessagePosted { text: text.clone(), reply_to: None, mentions: vec![Mention { person, name: text.clone() }], thread: None }.into(),
            MemberAdded { person, role: Role::Member, profile }.into(),
            RoomChanged { name: None, topic: Some(text), everyone_edits: None }.into(),
        ];
        for event in events {
            prop_assert_eq!(Event::read(event.kind(), &with(&event.body(), &additions)), Ok(event));
        }
    }

    #[test]
    fn a_close_code_is_read_as_it_was_written(code in bye(), other: u16) {
        prop_assert_eq!(ByeCode::of_close_code(code.close_code()), Some(code));
        prop_assert_eq!(ByeCode::of_close_code(other).is_none_or(|read| read.close_code() == other), true);
    }
}

#[test]
fn an_optional_field_that_an_earlier_version_did_not_know_is_absent() {
    let person = folkmoot_model::id::PersonId([1; 16]);
    let profile = Some(ProfileChanged { name: "Ana".into(), colour: 1 });
    let added = |profile| Event::from(MemberAdded { person, role: Role::Member, profile });
    assert_eq!(Event::read(2, &earlier(&added(profile).body())), Ok(added(None)));
    // One that is not optional is missed.
    let posted =
        Event::from(MessagePosted { text: "hello".into(), reply_to: None, mentions: Vec::new(), thread: None });
    assert!(Event::read(posted.kind(), &earlier(&posted.body())).is_err());
}

#[test]
fn a_page_of_a_list_of_a_later_version_is_understood_as_far_as_it_is_answered() {
    let stream = folkmoot_model::id::StreamId([1; 16]);
    let range = Range { first: 3, last: 9 };
    let known = ClientFrame::from(Page { stream, range, since: 2, list: List::Messages }).bytes();
    let rest = &known[..known.len() - 3];
    let of = |list: &[u8]| LaterPage::read(&[rest, list].concat());
    for (list, number) in [(&[0x82, 0x07, 0x80][..], 7), (&[0x83, 0x19, 1, 0, 0x81, 0x61, b'x', 0xf6], 256)] {
        assert!(ClientFrame::read(&[rest, list].concat()).is_err());
        assert_eq!(of(list), Some(LaterPage { stream, range, since: 2, list: number }));
    }
    for no_list in [&[0x82, 0x61, b'x', 0x80][..], &[0x80], &[0x82, 0x07], &[0xf6], &[0x82, 0x07, 0x80, 0x00]] {
        assert_eq!(of(no_list), None, "{no_list:?}");
    }
    assert_eq!(LaterPage::read(&known), None);
    let unlisted = |list| Unlisted { stream, range, list };
    assert!(unlisted(0).is_of(List::Messages) && !unlisted(7).is_of(List::Messages));
}

#[test]
fn the_largest_frame_is_looked_at_and_a_larger_one_is_not() {
    let largest = vec![0x09; FRAME_BYTES_MAX];
    assert_eq!(ClientFrame::read(&largest), Err(Unreadable::Malformed));
    let larger = vec![0x09; FRAME_BYTES_MAX + 1];
    assert_eq!(ClientFrame::read(&larger), Err(Unreadable::TooLarge(FRAME_BYTES_MAX + 1)));
}

#[test]
fn a_checkpoint_may_be_left_out() {
    let stream = folkmoot_model::id::StreamId([1; 16]);
    let held = Range { first: 1, last: 2 };
    let snapshot = |checkpoint| {
        let rows = Vec::new();
        ServerFrame::from(folkmoot_wire::frame::Snapshot {
            stream,
            seq: 2,
            rows,
            held,
            first: true,
            last: true,
            checkpoint,
        })
    };
    let bytes = snapshot(Some(vec![0, 0])).bytes();
    let without = [&bytes[..1], &earlier(&bytes[1..])].concat();
    assert_eq!(ServerFrame::read(&without), Ok(snapshot(None)));
}
