//! Each way in which an update can harm yrs 0.28.1, and that the gate refuses it.
//!
//! Where yrs survives the attack in a test it is shown what happens; where it would abort the process or fill the
//! memory only the refusal is.

use super::GateRefusal::{self, ForeignClient, Malformed, MissingDependency, TooDeep, TooLarge};
use super::{CLIENTS_NEW_MAX, Gate, TYPE_DEPTH_MAX, UPDATE_BYTES_MAX};
use crate::id::PersonId;
use crate::yjs::lib0::write_number;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update};

const ANA: PersonId = PersonId([1; 16]);
const EVE: PersonId = PersonId([2; 16]);

/// A string in root `p`, without neighbours.
const X: &[u8] = &[4, 1, 1, b'p', 1, b'x'];

/// A number as lib0 encodes it.
pub(super) fn var(number: u32) -> Vec<u8> {
    let mut out = Vec::new();
    write_number(&mut out, number);
    out
}

/// `count` structs of `client` from `clock`.
fn section(count: u32, client: u32, clock: u32, structs: &[u8]) -> Vec<u8> {
    [&var(count)[..], &var(client), &var(clock), structs].concat()
}

/// An update of these sections, without deletions.
fn update(sections: &[Vec<u8>]) -> Vec<u8> {
    [&var(sections.len() as u32)[..], &sections.concat(), &[0]].concat()
}

fn refusal(update: &[u8]) -> GateRefusal {
    let mut gate = Gate::default();
    let refusal = gate.admit(EVE, update).expect_err("an attack");
    assert_eq!(gate, Gate::default(), "a refusal changes nothing");
    refusal
}

fn malformed(update: &[u8]) {
    let refusal = refusal(update);
    assert!(matches!(refusal, Malformed(_)), "{refusal:?}");
}

fn doc() -> Doc {
    let mut options = Options::with_guid_and_client_id("attacked".into(), yrs::block::ClientID::new(99));
    options.offset_kind = OffsetKind::Utf16;
    Doc::with_options(options)
}

fn apply(doc: &Doc, update: &[u8]) -> Result<(), yrs::error::UpdateError> {
    doc.transact_mut().apply_update(Update::decode_v1(update).expect("yrs reads it"))
}

#[test]
fn five_bytes_cannot_reserve_memory() {
    // yrs reserves 521 MB for the first, as many structs for the second, values for the others.
    malformed(&[0xff, 0xff, 0xff, 0x3f, 0]);
    malformed(&[1, 0xff, 0xff, 0xff, 0x3f, 1, 0]);
    malformed(&update(&[section(1, 1, 0, &[8, 1, 1, b'p', 0xff, 0xff, 0xff, 0x3f])]));
    for open in [117, 118] {
        malformed(&update(&[section(1, 1, 0, &[8, 1, 1, b'p', 1, open, 0xff, 0xff, 0xff, 0x3f])]));
    }
    malformed(&[0, 0xff, 0xff, 0xff, 0x3f]);
    malformed(&[0, 1, 1, 0xff, 0xff, 0xff, 0x3f]);
}

#[test]
fn twelve_kilobytes_cannot_nest_values() {
    let deep = [117, 1].repeat(6_000);
    assert_eq!(refusal(&update(&[section(1, 1, 0, &[&[8, 1, 1, b'p', 1][..], &deep, &[126]].concat())])), TooDeep);
    let json = [vec![b'['; 6_000], vec![b']'; 6_000]].concat();
    let embed = [&[5, 1, 1, b'p'][..], &var(json.len() as u32), &json].concat();
    assert_eq!(refusal(&update(&[section(1, 1, 0, &embed)])), TooDeep);
    let format = [&[6, 1, 1, b'p', 1, b'b'][..], &var(json.len() as u32), &json].concat();
    assert_eq!(refusal(&update(&[section(1, 1, 0, &format)])), TooDeep);
}

/// An XML element of client 1 in the one before it.
fn nested(clock: u32) -> Vec<u8> {
    match clock {
        0 => vec![7, 1, 1, b'p', 3, 1, b'e'],
        _ => [&[7, 0, 1][..], &var(clock - 1), &[3, 1, b'e']].concat(),
    }
}

#[test]
fn one_update_cannot_nest_types() {
    let deep = |types: u32| update(&[section(types, 1, 0, &(0..types).flat_map(nested).collect::<Vec<_>>())]);
    assert!(Gate::default().admit(EVE, &deep(TYPE_DEPTH_MAX + 1)).is_ok());
    assert_eq!(refusal(&deep(TYPE_DEPTH_MAX + 2)), TooDeep);
    assert_eq!(refusal(&deep(1_500)), TooDeep);
}

#[test]
fn eight_thousand_updates_cannot_nest_types() {
    let mut gate = Gate::default();
    let doc = doc();
    for clock in 0..8_000 {
        let update = update(&[section(1, 1, clock, &nested(clock))]);
        let answer = gate.admit(EVE, &update);
        if clock <= TYPE_DEPTH_MAX {
            answer.expect("not too deep");
            apply(&doc, &update).expect("sound");
        } else {
            assert!(matches!(answer, Err(TooDeep | MissingDependency)), "{answer:?}");
        }
    }
    // Deleting the outermost is what aborts yrs.
    let delete = [0, 1, 1, 1, 0, 1];
    gate.admit(EVE, &delete).expect("sound");
    apply(&doc, &delete).expect("sound");
}

#[test]
fn depth_is_inherited_from_either_neighbour() {
    let mut gate = Gate::default();
    let types = TYPE_DEPTH_MAX + 1;
    gate.admit(EVE, &update(&[section(types, 1, 0, &(0..types).flat_map(nested).collect::<Vec<_>>())])).expect("sound");
    for neighbour in [0x87_u8, 0x47] {
        // Client 2 puts a type beside the innermost, then something into it.
        let beside = [&[neighbour, 1][..], &var(types - 1), &[2], &[4, 0, 2, 0, 1, b'x']].concat();
        assert_eq!(gate.clone().admit(EVE, &update(&[section(2, 2, 0, &beside)])), Err(TooDeep));
    }
}

#[test]
fn a_missing_dependency_cannot_poison() {
    let gap = update(&[section(1, 1, 5, X)]);
    let origin = update(&[section(1, 1, 0, &[0x84, 7, 0, 1, b'x'])]);
    let parent = update(&[section(1, 1, 0, &[4, 0, 7, 0, 1, b'x'])]);
    let deletion = vec![0, 1, 7, 1, 0, 1];
    for poison in [gap, origin, parent, deletion] {
        assert_eq!(refusal(&poison), MissingDependency);
        let doc = doc();
        apply(&doc, &poison).expect("yrs keeps it for ever");
        let sound = update(&[section(1, 3, 0, X)]);
        apply(&doc, &sound).expect("sound");
        assert!(doc.transact().has_missing_updates() || doc.transact().state_vector().len() > 1);
    }
    malformed(&update(&[section(2, 1, 0, &[10, 5, 4, 1, 1, b'p', 1, b'x'])]));
}

#[test]
fn a_stranger_cannot_use_your_clocks() {
    let ana = Doc::with_client_id(7);
    let text = ana.get_or_insert_text("p");
    text.insert(&mut ana.transact_mut(), 0, "mine");
    let first = ana.transact().encode_state_as_update_v1(&StateVector::default());
    let held = ana.transact().state_vector();
    text.insert(&mut ana.transact_mut(), 4, " too");
    let second = ana.transact().encode_state_as_update_v1(&held);
    let stolen = update(&[section(1, 7, 4, &[0x84, 7, 3, 4, b'e', b'v', b'i', b'l'])]);

    let ungated = doc();
    [&first, &stolen, &second].into_iter().for_each(|update| apply(&ungated, update).expect("yrs says Ok"));
    let text = ungated.get_or_insert_text("p");
    assert_eq!(text.get_string(&ungated.transact()), "mineevil", "without the gate Ana's words vanish");

    let mut gate = Gate::default();
    assert!(gate.admit(ANA, &first).expect("sound").adds);
    assert_eq!(gate.admit(EVE, &stolen), Err(ForeignClient { client: 7 }));
    assert!(gate.admit(ANA, &second).expect("sound").adds);
    assert_eq!(gate.owner(7), Some(ANA));
    assert!(!gate.admit(ANA, &first).expect("a resend does no harm").adds);
    // Nor may Eve have been first, so that Ana's words under the same clocks pass for a resend and are lost.
    let mut squatted = Gate::default();
    squatted.admit(EVE, &first).expect("sound");
    assert_eq!(squatted.admit(ANA, &first), Err(ForeignClient { client: 7 }));
}

#[test]
fn a_parent_without_children_cannot_halve_an_update() {
    let half = update(&[section(3, 1, 0, &[X, &[4, 0, 1, 0, 1, b'y'], &[0x84, 1, 0, 1, b'z']].concat())]);
    malformed(&half);
    let doc = doc();
    assert!(apply(&doc, &half).is_err());
    assert_eq!(doc.transact().state_vector().get(&yrs::block::ClientID::new(1)), 1, "yrs keeps the part before it");
}

#[test]
fn neighbours_lie_in_one_list() {
    let two = [X, &[4, 1, 1, b'q', 1, b'y']].concat();
    malformed(&update(&[section(3, 1, 0, &[&two[..], &[0xc4, 1, 0, 1, 1, 1, b'z']].concat())]));
    let keyed = [X, &[0x28, 1, 1, b'p', 1, b'k', 1, 126]].concat();
    malformed(&update(&[section(3, 1, 0, &[&keyed[..], &[0xc4, 1, 0, 1, 1, 1, b'z']].concat())]));
}

#[test]
fn a_key_has_one_value() {
    // Split by the third struct and deleted with its map, the first value keeps pointing into freed memory.
    let map = [7, 1, 1, b'p', 1];
    let twice = [0x28, 0, 1, 0, 1, b'k', 2, 120, 126];
    malformed(&update(&[section(2, 1, 0, &[&map[..], &twice].concat())]));
    // yjs merges overwritten values of a document without collection, and says that they are deleted.
    let mut overwritten = update(&[section(2, 1, 0, &[&map[..], &twice].concat())]);
    overwritten.pop();
    overwritten.extend([1, 1, 1, 1, 2]);
    assert!(Gate::default().admit(EVE, &overwritten).is_ok());
}

#[test]
fn clients_cannot_wait_for_each_other() {
    let one = section(1, 1, 0, &[0x84, 2, 0, 1, b'x']);
    let two = section(1, 2, 0, &[0x84, 1, 0, 1, b'x']);
    malformed(&update(&[one, two]));
    malformed(&update(&[section(2, 1, 0, &[&[0x84, 1, 1, 1, b'x'], X].concat())]));
}

#[test]
fn a_chain_of_clients_cannot_exhaust_the_stack() {
    let chain = |clients: u32| {
        let of = |client: u32| match client {
            1 => section(1, 1, 0, X),
            _ => section(1, client, 0, &[&[0x84][..], &var(client - 1), &[0, 1, b'x']].concat()),
        };
        update(&(1..=clients).rev().map(of).collect::<Vec<_>>())
    };
    let longest = chain(CLIENTS_NEW_MAX as u32);
    assert!(Gate::default().admit(EVE, &longest).is_ok());
    apply(&doc(), &longest).expect("sound");
    assert_eq!(refusal(&chain(CLIENTS_NEW_MAX as u32 + 1)), TooLarge);
    // yrs recurses once for each client without structs, too.
    malformed(&[1, 0, 1, 0, 0, 0, 0, 0]);
}

#[test]
fn what_yrs_misreads_is_refused() {
    // A JSON list, of which yrs reads one string too many.
    malformed(&update(&[section(1, 1, 0, &[2, 1, 1, b'p', 1, 1, b'1'])]));
    // An integer that yrs shifts out of range.
    let long = [&[8, 1, 1, b'p', 1, 125][..], &[0xff; 9], &[0x7f]].concat();
    malformed(&update(&[section(1, 1, 0, &long)]));
    // XML hooks, subdocuments, weak links, roots and unknown types; a set bit that only yjs reads; a kind of parent.
    for kind in [5, 7, 9, 15, 200] {
        malformed(&update(&[section(1, 1, 0, &[7, 1, 1, b'p', kind, 1, b'x'])]));
    }
    malformed(&update(&[section(1, 1, 0, &[9, 1, 1, b'p', 1, b'x', 118, 0])]));
    malformed(&update(&[section(1, 1, 0, &[0x14, 1, 1, b'p', 1, b'x'])]));
    malformed(&update(&[section(1, 1, 0, &[4, 2, 1, b'p', 1, b'x'])]));
    // Nothing inserted, nothing deleted, bad text, bad JSON, bytes after the end, a client twice, clocks past the end.
    malformed(&update(&[section(1, 1, 0, &[4, 1, 1, b'p', 0])]));
    malformed(&[0, 1, 1, 1, 0, 0]);
    malformed(&update(&[section(1, 1, 0, &[4, 1, 1, b'p', 1, 0xff])]));
    malformed(&update(&[section(1, 1, 0, &[5, 1, 1, b'p', 1, b'{'])]));
    malformed(&[&update(&[section(1, 1, 0, X)])[..], &[0]].concat());
    malformed(&update(&[section(1, 1, 0, X), section(1, 1, 1, X)]));
    malformed(&[0, 2, 1, 1, 0, 1, 1, 1, 0, 1]);
    malformed(&[0, 1, 1, 2, 5, 2, 6, 2]);
    malformed(&update(&[section(1, 1, (1 << 31) - 1, &[0, 2])]));
    malformed(&update(&[section(2, 1, 0, &[0, 0xff, 0xff, 0xff, 0xff, 0x07, 0, 0xff, 0xff, 0xff, 0xff, 0x07])]));
    assert_eq!(refusal(&vec![0; UPDATE_BYTES_MAX + 1]), TooLarge);
}
