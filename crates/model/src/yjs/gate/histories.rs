//! What honest editors write passes: random histories of several clients, in every form in which updates travel.

use super::{Admitted, Gate};
use crate::id::PersonId;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use yrs::block::ClientID;
use yrs::undo::UndoManager;
use yrs::updates::decoder::Decode;
use yrs::{
    Any, Array, Doc, Map, MapPrelim, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update, Xml,
    XmlElementPrelim, XmlFragment, XmlOut, XmlTextPrelim, merge_updates_v1,
};

/// What one person does next: who, what, and where.
type Step = (usize, u8, u8);

fn person(who: usize) -> PersonId {
    PersonId([who as u8; 16])
}

fn replica(who: usize, skip_gc: bool) -> Doc {
    let mut options = Options::with_guid_and_client_id("history".into(), ClientID::new(1_000 + who as u64));
    options.offset_kind = OffsetKind::Utf16;
    options.skip_gc = skip_gc;
    Doc::with_options(options)
}

fn apply(doc: &Doc, update: &[u8]) {
    doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
}

fn state(doc: &Doc) -> Vec<u8> {
    doc.transact().encode_state_as_update_v1(&StateVector::default())
}

/// One edit of `doc`, of kind `what` at about `at`.
fn edit(doc: &Doc, undo: &mut UndoManager<()>, what: u8, at: u8) {
    let text = doc.get_or_insert_text("text");
    let prose = doc.get_or_insert_xml_fragment("prose");
    let map = doc.get_or_insert_map("map");
    let list = doc.get_or_insert_array("list");
    if what % 16 == 14 {
        undo.undo_blocking();
        return;
    }
    if what % 16 == 15 {
        undo.redo_blocking();
        return;
    }
    let mut txn = doc.transact_mut();
    let spot = |len: u32| if len == 0 { 0 } else { u32::from(at) % len };
    let block = |txn: &yrs::TransactionMut| match prose.get(txn, spot(prose.len(txn))) {
        Some(XmlOut::Element(element)) => Some(element),
        _ => None,
    };
    let bold = |value: Any| [(Arc::from("bold"), value)].into();
    match what % 16 {
        0 | 1 => {
            let at = spot(text.len(&txn) + 1);
            text.insert(&mut txn, at, "naïve 名");
        }
        2 if text.len(&txn) > 2 => {
            let at = spot(text.len(&txn) - 2);
            text.remove_range(&mut txn, at, 2);
        }
        3 if text.len(&txn) > 2 => {
            let at = spot(text.len(&txn) - 2);
            text.format(&mut txn, at, 2, bold(Any::from_json(r#"{"weight":[7,{"x":null}]}"#).unwrap()));
        }
        4 | 5 => {
            let at = spot(prose.len(&txn) + 1);
            prose.insert(&mut txn, at, XmlElementPrelim::empty("paragraph"));
        }
        6 => {
            if let Some(block) = block(&txn) {
                let words = block.push_back(&mut txn, XmlTextPrelim::new("some words"));
                words.format(&mut txn, 2, 4, bold(true.into()));
                block.insert_attribute(&mut txn, "align", format!("{at}"));
                block.insert_attribute(&mut txn, "align", "left");
            }
        }
        7 => {
            if let Some(block) = block(&txn) {
                let inner = block.push_front(&mut txn, XmlElementPrelim::empty("item"));
                inner.push_back(&mut txn, XmlTextPrelim::new("inner"));
            }
        }
        8 if prose.len(&txn) > 0 => {
            let at = spot(prose.len(&txn));
            prose.remove(&mut txn, at);
        }
        9 => drop(map.insert(&mut txn, format!("key {}", at % 3), i64::from(at))),
        10 => drop(map.insert(&mut txn, format!("key {}", at % 3), MapPrelim::from([("inner", 0.5)]))),
        11 => drop(map.remove(&mut txn, &format!("key {}", at % 3))),
        12 => {
            let at = spot(list.len(&txn) + 1);
            list.insert_range(&mut txn, at, [Any::Null, Any::from(vec![1_u8, 2]), Any::from("three")]);
        }
        13 if list.len(&txn) > 0 => {
            let at = spot(list.len(&txn));
            list.remove(&mut txn, at);
        }
        _ => {}
    }
}

/// Plays `steps` over three replicas and gives every update in its order, with its author, and the replicas. Now and
/// then a replica hears all that was said so far.
fn play(steps: &[Step], skip_gc: bool) -> (Vec<(PersonId, Vec<u8>)>, Vec<Doc>) {
    let docs: Vec<Doc> = (0..3).map(|who| replica(who, skip_gc)).collect();
    let mut log: Vec<(PersonId, Vec<u8>)> = Vec::new();
    let mut heard = [0; 3];
    let mut undo: Vec<UndoManager<()>> = docs
        .iter()
        .map(|doc| {
            let mut undo = UndoManager::new();
            undo.expand_scope(doc, &doc.get_or_insert_text("text"));
            undo.expand_scope(doc, &doc.get_or_insert_xml_fragment("prose"));
            undo.expand_scope(doc, &doc.get_or_insert_map("map"));
            undo
        })
        .collect();
    for &(who, what, at) in steps {
        let doc = &docs[who];
        if what >= 0xc0 {
            for (_, update) in &log[heard[who]..] {
                apply(doc, update);
            }
            heard[who] = log.len();
        }
        let said = Arc::new(std::sync::Mutex::new(Vec::new()));
        let sink = said.clone();
        doc.observe_update_v1("log", move |_, event| sink.lock().unwrap().push(event.update.clone())).unwrap();
        edit(doc, &mut undo[who], what, at);
        doc.unobserve_update_v1("log").unwrap();
        log.extend(said.lock().unwrap().drain(..).map(|update| (person(who), update)));
    }
    (log, docs)
}

fn clocks(doc: &Doc) -> BTreeMap<u32, u32> {
    doc.transact().state_vector().iter().map(|(client, clock)| (client.get() as u32, *clock)).collect()
}

fn steps(most: usize) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0..3_usize, any::<u8>(), any::<u8>()), 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn honest_histories_pass(steps in steps(60), skip_gc: bool) {
        let (log, docs) = play(&steps, skip_gc);
        let (mut gate, server) = (Gate::default(), replica(9, false));
        for (author, update) in &log {
            gate.admit(*author, update).unwrap();
            apply(&server, update);
            let before = gate.clone();
            prop_assert_eq!(gate.admit(*author, update), Ok(Admitted { adds: false }), "twice adds nothing");
            prop_assert_eq!(&gate, &before);
            prop_assert_eq!(gate.state_vector(), clocks(&server));
        }
        prop_assert!(!server.transact().has_missing_updates());

        let carried: Gate = minicbor::decode(&minicbor::to_vec(&gate).unwrap()).unwrap();
        prop_assert_eq!(&carried, &gate);

        // A full sync, a collected state, and the log merged: all pass with the owners known, and not as one's own.
        let owners = gate.owners();
        let updates: Vec<&[u8]> = log.iter().map(|(_, update)| update.as_slice()).collect();
        for full in [state(&server), merge_updates_v1(&updates).unwrap()] {
            let as_own = gate.clone().admit(person(7), &full);
            let refused = matches!(as_own, Err(super::GateRefusal::ForeignClient { .. }));
            prop_assert!(refused || owners.is_empty());
            let mut fresh = Gate::default();
            fresh.admit_merged(&owners, &full).unwrap();
            prop_assert_eq!(fresh.state_vector(), gate.state_vector());
            prop_assert_eq!(fresh.admit_merged(&owners, &full), Ok(Admitted { adds: false }));
        }

        // What each one lacks, as one diff.
        for doc in &docs {
            let lacks = server.transact().encode_state_as_update_v1(&doc.transact().state_vector());
            let mut theirs = Gate::default();
            theirs.admit_merged(&owners, &state(doc)).unwrap();
            theirs.admit_merged(&owners, &lacks).unwrap();
            apply(doc, &lacks);
            prop_assert_eq!(theirs.state_vector(), clocks(doc));
        }
    }

    #[test]
    fn one_persons_day_passes_as_one_update(steps in steps(60), cut in 0..60_usize) {
        let steps: Vec<Step> = steps.into_iter().map(|(_, what, at)| (0, what, at)).collect();
        let (log, _) = play(&steps, false);
        let cut = cut.min(log.len());
        let mut gate = Gate::default();
        for part in [&log[..cut], &log[..], &log[cut / 2..]] {
            let updates: Vec<&[u8]> = part.iter().map(|(_, update)| update.as_slice()).collect();
            if !updates.is_empty() {
                gate.admit(person(0), &merge_updates_v1(&updates).unwrap()).unwrap();
            }
        }
        let mut whole = Gate::default();
        log.iter().for_each(|(author, update)| assert!(whole.admit(*author, update).is_ok()));
        prop_assert_eq!(gate.state_vector(), whole.state_vector());
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut gate = Gate::default();
        if gate.admit(person(0), &bytes).is_err() {
            prop_assert_eq!(gate, Gate::default());
        }
    }

    #[test]
    fn a_changed_byte_is_answered(
        steps in steps(20),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let (log, _) = play(&steps, false);
        let (mut gate, doc) = (Gate::default(), replica(9, false));
        for (author, update) in &log {
            let mut update = update.clone();
            changes.iter().for_each(|(at, byte)| *at.get_mut(&mut update) = *byte);
            let before = gate.clone();
            match gate.admit(*author, &update) {
                Ok(_) => {
                    apply(&doc, &update);
                    prop_assert_eq!(gate.state_vector(), clocks(&doc));
                }
                Err(_) => prop_assert_eq!(&gate, &before),
            }
        }
    }
}

#[test]
fn typing_is_one_run() {
    let doc = replica(0, false);
    let text = doc.get_or_insert_text("text");
    let mut gate = Gate::default();
    for at in 0..500 {
        let before = doc.transact().state_vector();
        text.insert(&mut doc.transact_mut(), at, "x");
        gate.admit(person(0), &doc.transact().encode_state_as_update_v1(&before)).unwrap();
    }
    assert_eq!(gate.clients[&1_000].runs.len(), 1);
    assert!(minicbor::to_vec(&gate).unwrap().len() < 60);
}

#[test]
fn what_yjs_writes_passes() {
    // yjs 13.6.33: three people type, format, embed, nest and undo; then the state of all, and their updates merged.
    let (mut gate, doc) = (Gate::default(), replica(9, false));
    for (who, update) in YJS_LOG {
        gate.admit(person(*who), &bytes(update)).unwrap();
        apply(&doc, &bytes(update));
    }
    assert_eq!(gate.state_vector(), clocks(&doc));
    for full in [YJS_STATE, YJS_MERGED] {
        let mut fresh = Gate::default();
        fresh.admit_merged(&gate.owners(), &bytes(full)).unwrap();
        assert_eq!(fresh.state_vector(), gate.state_vector());
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..][..2], 16).unwrap()).collect()
}

const YJS_LOG: &[(usize, &str)] = &[
    (0, "0101a48d060004010474657874017800"),
    (0, "0101a48d060184a48d0600066e61c3af766500"),
    (
        0,
        "0102a48d0606c6a48d0600a48d060104626f6c64137b2261223a5b312c7b2262223a2263227d5d7dc6a48d0602a48d060304\
         626f6c64046e756c6c00",
    ),
    (0, "0001a48d06010602"),
    (0, "0102a48d06082701036d6170026b31020400a48d060806696e206d617000"),
    (
        2,
        "0101af8d060005010474657874377b22696d616765223a2278222c226e223a5b312c322e352c2d372c313030303030303030\
         3030303030303030303030302c6e756c6c5d7d00",
    ),
    (
        2,
        "0101af8d0601c5a48d0604a48d0605377b22696d616765223a2278222c226e223a5b312c322e352c2d372c31303030303030\
         30303030303030303030303030302c6e756c6c5d7d00",
    ),
    (0, "0102a48d060fa8a48d060801770374776fc4af8d0601a48d06050565cc810d0a01a48d06010807"),
    (
        2,
        "0102af8d0602c5a48d0607a48d0603377b22696d616765223a2278222c226e223a5b312c322e352c2d372c31303030303030\
         30303030303030303030303030302c6e756c6c5d7dc4af8d0601a48d0605017800",
    ),
    (0, "0102a48d0614c4a48d0610a48d06110178c4a48d0605af8d060008f09f988020e5908d01a48d06010002"),
    (2, "0102af8d0604c4a48d0604af8d0601066e61c3af766507010570726f7365030970617261677261706800"),
    (
        2,
        "010aaf8d060aa7a48d060f020400af8d060a06696e206d61700700af8d0609060400af8d0611017784af8d0612036f726484\
         af8d061506732068657265c6af8d0612af8d0613066974616c6963027b7dc6af8d0615af8d0616066974616c6963046e756c\
         6c2800af8d0609056c6576656c017d00a8af8d061e0177016102af8d06011e01a48d06010f01",
    ),
];

const YJS_STATE: &str = "0210af8d060005010474657874377b22696d616765223a2278222c226e223a5b312c322e352c2d372c313030303030303030\
    3030303030303030303030302c6e756c6c5d7dc5a48d0604a48d0605377b22696d616765223a2278222c226e223a5b312c32\
    2e352c2d372c3130303030303030303030303030303030303030302c6e756c6c5d7dc5a48d0607a48d0603377b22696d6167\
    65223a2278222c226e223a5b312c322e352c2d372c3130303030303030303030303030303030303030302c6e756c6c5d7dc4\
    af8d0601a48d06050178c4a48d0604af8d0601066e61c3af766507010570726f73650309706172616772617068a7a48d060f\
    020400af8d060a06696e206d61700700af8d0609060400af8d0611017784af8d0612036f726484af8d061506732068657265\
    c6af8d0612af8d0613066974616c6963027b7dc6af8d0615af8d0616066974616c6963046e756c6c2800af8d0609056c6576\
    656c017d00a8af8d061e017701610ea48d060004010474657874017884a48d0600016e84a48d0601016184a48d060203c3af\
    7684a48d06040165c6a48d0600a48d060104626f6c64137b2261223a5b312c7b2262223a2263227d5d7dc6a48d0602a48d06\
    0304626f6c64046e756c6c2701036d6170026b31020400a48d060806696e206d6170a8a48d060801770374776fc4af8d0601\
    a48d06050165c4a48d0610a48d060504cc810d0ac4a48d0610a48d06110178c4a48d0605af8d060008f09f988020e5908d02\
    af8d06011e01a48d06020002060a";

const YJS_MERGED: &str = "0210af8d060005010474657874377b22696d616765223a2278222c226e223a5b312c322e352c2d372c313030303030303030\
    3030303030303030303030302c6e756c6c5d7dc5a48d0604a48d0605377b22696d616765223a2278222c226e223a5b312c32\
    2e352c2d372c3130303030303030303030303030303030303030302c6e756c6c5d7dc5a48d0607a48d0603377b22696d6167\
    65223a2278222c226e223a5b312c322e352c2d372c3130303030303030303030303030303030303030302c6e756c6c5d7dc4\
    af8d0601a48d06050178c4a48d0604af8d0601066e61c3af766507010570726f7365030970617261677261706887a48d060f\
    020400af8d060a06696e206d61700700af8d0609060400af8d0611017784af8d0612036f726484af8d061506732068657265\
    c6af8d0612af8d0613066974616c6963027b7dc6af8d0615af8d0616066974616c6963046e756c6c2800af8d0609056c6576\
    656c017d0088af8d061e017701610aa48d060004010474657874017884a48d0600066e61c3af7665c6a48d0600a48d060104\
    626f6c64137b2261223a5b312c7b2262223a2263227d5d7dc6a48d0602a48d060304626f6c64046e756c6c2701036d617002\
    6b31020400a48d060806696e206d617088a48d060801770374776fc4af8d0601a48d06050565cc810d0ac4a48d0610a48d06\
    110178c4a48d0605af8d060008f09f988020e5908d02af8d06011e01a48d06020002060a";
