//! What costs yrs more time than it may is refused, and what honest editors write costs next to nothing.
//!
//! Speed is no matter of these tests: they count steps. How many nanoseconds a step is tells the measurement at the end.

use super::GateRefusal::TooCostly;
use super::attacks::var;
use super::{Gate, UPDATE_BYTES_MAX, WORK_MAX};
use crate::id::PersonId;
use std::time::{Duration, Instant};
use yrs::updates::decoder::Decode;
use yrs::{Array, Doc, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update};

const EVE: PersonId = PersonId([2; 16]);

/// An update of `structs` by each of these clients.
fn update(sections: &[(u32, u32, Vec<Vec<u8>>)]) -> Vec<u8> {
    let mut out = var(sections.len() as u32);
    for (client, clock, structs) in sections {
        out.extend([&var(structs.len() as u32)[..], &var(*client), &var(*clock), &structs.concat()].concat());
    }
    out.push(0);
    out
}

/// One element in root `p` without neighbours.
fn at_root() -> Vec<u8> {
    vec![8, 1, 1, b'p', 1, 126]
}

/// One element between two others.
fn between(left: (u32, u32), right: (u32, u32)) -> Vec<u8> {
    [&[0xc8][..], &var(left.0), &var(left.1), &var(right.0), &var(right.1), &[1, 126]].concat()
}

/// One element to the right of another, where the list ended.
fn after(left: (u32, u32)) -> Vec<u8> {
    [&[0x88][..], &var(left.0), &var(left.1), &[1, 126]].concat()
}

fn doc() -> Doc {
    let mut options = Options::with_guid_and_client_id("attacked".into(), yrs::block::ClientID::new(99));
    options.offset_kind = OffsetKind::Utf16;
    Doc::with_options(options)
}

/// What yrs takes for these updates.
#[allow(clippy::disallowed_methods, reason = "a measurement")]
fn takes(updates: &[Vec<u8>]) -> Duration {
    let (doc, began) = (doc(), Instant::now());
    for update in updates {
        doc.transact_mut().apply_update(Update::decode_v1(update).expect("yrs reads it")).expect("sound");
    }
    began.elapsed()
}

/// `n` elements that all stand behind one, and of another client as many again.
fn one_spot(n: u32) -> Vec<Vec<u8>> {
    let spot = |client| update(&[(client, 0, (0..n).map(|_| after((1, 0))).collect())]);
    vec![update(&[(1, 0, vec![at_root()])]), spot(2), spot(3)]
}

/// `n` elements of one client each above the last, and of another client as many, both without having seen the other's.
fn prepended(n: u32) -> Vec<Vec<u8>> {
    let above =
        |client: u32, at: u32| if at == 0 { between((1, 0), (1, 1)) } else { between((1, 0), (client, at - 1)) };
    let all = |client| update(&[(client, 0, (0..n).map(|at| above(client, at)).collect())]);
    vec![update(&[(1, 0, vec![at_root(), after((1, 0))])]), all(2), all(3)]
}

/// `n` values of one key, each as if there had been none.
fn one_key(n: u32) -> Vec<Vec<u8>> {
    let first = vec![0x28, 1, 1, b'p', 1, b'k', 1, 126];
    (2..4).map(|client| update(&[(client, 0, (0..n).map(|_| first.clone()).collect())])).collect()
}

/// A text of one run, out of which every other letter is cut.
fn cut_text(len: u32, cuts: u32) -> Vec<Vec<u8>> {
    let text = [&[4, 1, 1, b'p'][..], &var(len), &vec![b'x'; len as usize]].concat();
    let ranges: Vec<u8> = (0..cuts).flat_map(|at| [var(2 * at), var(1)].concat()).collect();
    vec![update(&[(1, 0, vec![text])]), [&[0, 1, 1][..], &var(cuts), &ranges].concat()]
}

/// A text of one run, into which somebody inserts a letter at each second place, from behind.
fn inserted_in_text(len: u32, inserts: u32) -> Vec<Vec<u8>> {
    let text = [&[4, 1, 1, b'p'][..], &var(len), &vec![b'x'; len as usize]].concat();
    let at = |n: u32| len - 2 * n - 2;
    let structs = (0..inserts).map(|n| between((1, at(n)), (1, at(n) + 1))).collect();
    vec![update(&[(1, 0, vec![text])]), update(&[(2, 0, structs)])]
}

type Attack = (&'static str, fn(u32) -> Vec<Vec<u8>>, u32);

const ATTACKS: &[Attack] = &[
    ("one spot", one_spot, 50_000),
    ("prepended", prepended, 30_000),
    ("one key", one_key, 40_000),
    ("cut text", |n| cut_text(UPDATE_BYTES_MAX as u32 - 100, n), 200_000),
    ("inserted in text", |n| inserted_in_text(UPDATE_BYTES_MAX as u32 - 100, n), 80_000),
];

#[test]
fn what_would_keep_yrs_busy_for_long_is_refused() {
    for (what, attack, n) in ATTACKS {
        let (mut gate, updates) = (Gate::default(), attack(*n));
        let refused = updates.iter().any(|update| {
            let before = gate.clone();
            match gate.admit(EVE, update) {
                Ok(_) => false,
                Err(refusal) => {
                    assert_eq!(refusal, TooCostly, "{what}");
                    assert!(gate == before, "{what}: a refusal changes nothing");
                    true
                }
            }
        });
        assert!(refused, "{what}");
    }
}

fn person(client: u64) -> PersonId {
    PersonId([client as u8; 16])
}

fn editor(client: u64) -> Doc {
    let mut options = Options::with_guid_and_client_id("shared".into(), yrs::block::ClientID::new(client));
    options.offset_kind = OffsetKind::Utf16;
    Doc::with_options(options)
}

/// What `doc` has said since `before`.
fn since(doc: &Doc, before: &StateVector) -> Vec<u8> {
    doc.transact().encode_diff_v1(before)
}

fn hears(doc: &Doc, update: &[u8]) {
    doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
}

fn state(doc: &Doc) -> Vec<u8> {
    since(doc, &StateVector::default())
}

/// Devices take in at once what the server took in one by one.
fn devices_agree(server: &Gate, doc: &Doc) {
    let mut device = Gate::default();
    device.admit_unowned(&state(doc)).unwrap();
    assert!(device.work <= WORK_MAX, "{}", device.work);
    let carried: Gate = minicbor::decode(&minicbor::to_vec(server).unwrap()).unwrap();
    assert!(carried == *server);
}

#[test]
fn a_hundred_people_who_type_at_one_spot_cost_nothing() {
    let docs: Vec<Doc> = (1..=100).map(editor).collect();
    let (mut gate, mut said) = (Gate::default(), Vec::new());
    // Nobody has heard what the others type until each has typed a word.
    for word in 0..3 {
        for (who, doc) in (1_u64..).zip(&docs) {
            let text = doc.get_or_insert_text("p");
            for letter in 0..4 {
                let before = doc.transact().state_vector();
                let at = text.len(&doc.transact()).min(word + letter);
                text.insert(&mut doc.transact_mut(), at, "x");
                said.push((who, since(doc, &before)));
            }
        }
        let all: Vec<&[u8]> = said.iter().map(|(_, update)| update.as_slice()).collect();
        let all = yrs::merge_updates_v1(&all).unwrap();
        docs.iter().for_each(|doc| hears(doc, &all));
        for (who, update) in said.drain(..) {
            gate.admit(person(who), &update).unwrap();
        }
    }
    assert!(gate.work < WORK_MAX / 100, "{}", gate.work);
    devices_agree(&gate, &docs[0]);
}

#[test]
fn two_long_histories_that_were_written_apart_are_merged() {
    let (ana, bo) = (editor(1), editor(2));
    ana.get_or_insert_text("p").push(&mut ana.transact_mut(), "the beginning, and the end");
    let mut gate = Gate::default();
    gate.admit(person(1), &state(&ana)).unwrap();
    hears(&bo, &state(&ana));
    let before = ana.transact().state_vector();
    for (who, doc) in [(1, &ana), (2, &bo)] {
        let text = doc.get_or_insert_text("p");
        for line in 0..2_000 {
            // Each new line above the last, as in a diary, with a word that is taken back.
            text.insert(&mut doc.transact_mut(), 15, "a line, and some of it is wrong\n");
            text.remove_range(&mut doc.transact_mut(), 20, 6);
            if line % 10 == 0 {
                text.insert(&mut doc.transact_mut(), 3, "more ");
            }
        }
        gate.admit(person(who), &since(doc, &before)).unwrap();
    }
    assert!(gate.work < WORK_MAX / 2, "{}", gate.work);
    hears(&ana, &state(&bo));
    devices_agree(&gate, &ana);
}

#[test]
fn large_pastes_and_replacing_a_word_everywhere_pass() {
    let (doc, mut gate) = (editor(1), Gate::default());
    let text = doc.get_or_insert_text("p");
    let pasted = "the quick brown fox ".repeat((UPDATE_BYTES_MAX - 1_000) / 20);
    for _ in 0..4 {
        let before = doc.transact().state_vector();
        text.push(&mut doc.transact_mut(), &pasted);
        gate.admit(person(1), &since(&doc, &before)).unwrap();
    }
    let before = doc.transact().state_vector();
    {
        let mut txn = doc.transact_mut();
        for at in 0..500 {
            text.remove_range(&mut txn, at * 20 + 4, 5);
            text.insert(&mut txn, at * 20 + 4, "fast!");
        }
    }
    gate.admit(person(1), &since(&doc, &before)).unwrap();
    for at in (0..500).rev() {
        let before = doc.transact().state_vector();
        text.insert(&mut doc.transact_mut(), at * 4_000, "x");
        gate.admit(person(1), &since(&doc, &before)).unwrap();
    }
    assert!(gate.work < WORK_MAX / 2, "{}", gate.work);
    devices_agree(&gate, &doc);
}

#[test]
fn a_list_that_is_filled_and_emptied_again_and_again_costs_nothing() {
    let (doc, mut gate) = (editor(1), Gate::default());
    let list = doc.get_or_insert_array("list");
    for _ in 0..20 {
        let before = doc.transact().state_vector();
        for n in 0..500_u32 {
            list.insert(&mut doc.transact_mut(), n / 2, n);
        }
        list.remove_range(&mut doc.transact_mut(), 0, 490);
        gate.admit(person(1), &since(&doc, &before)).unwrap();
    }
    assert_eq!(gate.work, 0);
    devices_agree(&gate, &doc);
}

#[test]
fn what_was_admitted_is_admitted_again_when_the_log_is_read() {
    let (mut gate, mut log) = (Gate::default(), Vec::new());
    for update in prepended(2_000).into_iter().chain(one_key(1_000)) {
        if gate.admit(EVE, &update).is_ok() {
            log.push(update);
        }
    }
    assert!(gate.work > 0, "it costs something");
    let mut again = Gate::default();
    log.iter().for_each(|update| assert!(again.admit_logged(EVE, update).is_ok()));
    assert!(again == gate);
    // Also what would be refused today, from before it was.
    let mut old = Gate::default();
    prepended(20_000).iter().for_each(|update| assert!(old.admit_logged(EVE, update).is_ok()));
    let next = update(&[(4, 0, vec![between((1, 0), (1, 1))])]);
    assert_eq!(old.admit(EVE, &next), Err(TooCostly));
    assert!(old.admit(EVE, &update(&[(5, 0, vec![after((1, 1))])])).is_ok(), "where nobody else writes");
}

#[test]
#[ignore = "a measurement: cargo test --release -p folkmoot-model --lib what_a_step -- --ignored --nocapture"]
#[allow(clippy::disallowed_methods, reason = "a measurement")]
fn what_a_step_is_in_time() {
    for (what, attack, most) in ATTACKS {
        for n in [most / 40, most / 10] {
            let updates = attack(n);
            let (mut gate, began) = (Gate::default(), Instant::now());
            let costs: Vec<_> = updates.iter().map(|update| gate.cost_of(EVE, update)).collect();
            let gated = began.elapsed();
            let bytes: usize = updates.iter().map(Vec::len).sum();
            println!("{what:16} {n:7}: {bytes:8} bytes, gate {gated:?}, yrs {:?}, {costs:?}", takes(&updates));
        }
    }
}
