//! Documents of honest editors, by the gate.

use folkmoot_model::features::documents::merge_updates;
use folkmoot_model::id::PersonId;
use folkmoot_model::yjs::document_text::text_of;
use folkmoot_model::yjs::gate::Gate;
use proptest::prelude::*;
use yrs::block::ClientID;
use yrs::updates::decoder::Decode;
use yrs::{Doc, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update};

/// Who does what, and where: sometimes they hear the others first.
type Step = (usize, bool, u8, u8);

fn document(client: u64) -> Doc {
    let mut options = Options::with_guid_and_client_id("document".into(), ClientID::new(client));
    options.offset_kind = OffsetKind::Utf16;
    Doc::with_options(options)
}

fn apply(doc: &Doc, update: &[u8]) {
    doc.transact_mut().apply_update(Update::decode_v1(update).expect("yrs reads it")).expect("yrs applies it");
}

fn person(who: usize) -> PersonId {
    PersonId([who as u8 + 1; 16])
}

/// What three people write into one text, each update with its author.
fn written(steps: &[Step]) -> Vec<(usize, Vec<u8>)> {
    let docs: Vec<Doc> = (0..3).map(|who| document(1_000 + who)).collect();
    let (mut log, mut heard): (Vec<(usize, Vec<u8>)>, [usize; 3]) = (Vec::new(), [0; 3]);
    for &(who, hears, what, at) in steps {
        let doc = &docs[who];
        if hears {
            log[heard[who]..].iter().for_each(|(_, update)| apply(doc, update));
            heard[who] = log.len();
        }
        let text = doc.get_or_insert_text("content");
        let mut txn = doc.transact_mut();
        let len = text.len(&txn);
        let at = u32::from(at) % (len + 1);
        match what % 4 {
            0 if len > at + 1 => text.remove_range(&mut txn, at, 2),
            1 if len > at + 1 => text.format(&mut txn, at, 2, [("bold".into(), true.into())].into()),
            // No pair of surrogates: editors never put a caret into one, but these steps would.
            _ => text.insert(&mut txn, at, ["né", "名 ", "x"][usize::from(what) % 3]),
        }
        log.push((who, txn.encode_update_v1()));
    }
    log.retain(|(_, update)| update != &[0, 0]);
    log
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec((0..3_usize, any::<bool>(), any::<u8>(), any::<u8>()), 1..40)
}

/// `log` in another order that keeps each person's own, as it may come to a server.
fn interleaved(log: &[(usize, Vec<u8>)], order: &[usize]) -> Vec<(usize, Vec<u8>)> {
    let mut left: Vec<Vec<&(usize, Vec<u8>)>> =
        (0..3).map(|who| log.iter().rev().filter(|(author, _)| *author == who).collect()).collect();
    let mut out = Vec::new();
    let mut order = order.iter().cycle();
    while left.iter().any(|left| !left.is_empty()) {
        let who = order.next().copied().unwrap_or(0);
        let at = (0..3).map(|more| (who + more) % 3).find(|at| !left[*at].is_empty()).unwrap_or(0);
        out.extend(left[at].pop().cloned());
    }
    out
}

proptest! {
    #![proptest_config(crate::cases(150))]

    #[test]
    fn what_the_gate_admits_is_applied_and_reads_as_in_a_document_that_had_everything(steps in steps()) {
        let log = written(&steps);
        let (mut gate, doc, all) = (Gate::default(), document(1), document(2));
        for (who, update) in &log {
            prop_assert!(gate.admit(person(*who), update).is_ok());
            apply(&doc, update);
        }
        let updates: Vec<&[u8]> = log.iter().map(|(_, update)| update.as_slice()).collect();
        let merged = merge_updates(&updates).unwrap_or(vec![0, 0]);
        apply(&all, &merged);
        prop_assert_eq!(text_of(&doc, "content"), text_of(&all, "content"));
        // Merged, or as a checkpoint, it is admitted too.
        let state = doc.transact().encode_state_as_update_v1(&StateVector::default());
        for whole in [merged, state] {
            let mut fresh = Gate::default();
            prop_assert!(fresh.admit_merged(&gate.owners(), &whole).is_ok());
            prop_assert_eq!(fresh.state_vector(), gate.state_vector());
            let read = document(3);
            apply(&read, &whole);
            prop_assert_eq!(text_of(&read, "content"), text_of(&doc, "content"));
        }
    }

    #[test]
    fn in_any_order_the_gate_lets_through_what_yrs_can_apply_and_no_more(
        steps in steps(),
        order in prop::collection::vec(0..3_usize, 1..12),
    ) {
        let log = interleaved(&written(&steps), &order);
        let (mut gate, doc) = (Gate::default(), document(1));
        let mut waiting = log;
        // What builds on something missing is refused, changes nothing, and passes once that is there.
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(|(who, update)| {
                let held = gate.clone();
                match gate.admit(person(*who), update) {
                    Ok(_) => {
                        apply(&doc, update);
                        assert!(!doc.transact().has_missing_updates());
                        false
                    }
                    Err(_) => {
                        assert_eq!(gate, held, "a refusal changes nothing");
                        true
                    }
                }
            });
            prop_assert!(waiting.len() < before, "what is sound is admitted in the end");
        }
    }

    #[test]
    fn what_one_person_gathers_offline_is_admitted_in_any_pieces(steps in steps(), cuts in prop::collection::vec(1..6_usize, 1..8)) {
        let alone: Vec<Step> = steps.into_iter().map(|(_, _, what, at)| (0, false, what, at)).collect();
        let log = written(&alone);
        let (mut gate, doc) = (Gate::default(), document(1));
        let mut rest = log.as_slice();
        let mut cuts = cuts.iter().cycle();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.len().min(cuts.next().copied().unwrap_or(1)));
            let updates: Vec<&[u8]> = piece.iter().map(|(_, update)| update.as_slice()).collect();
            let merged = merge_updates(&updates).expect("each was written by yrs");
            prop_assert_eq!(gate.admit(person(0), &merged).map(|admitted| admitted.adds), Ok(true));
            apply(&doc, &merged);
            rest = after;
        }
        let one_by_one = document(2);
        log.iter().for_each(|(_, update)| apply(&one_by_one, update));
        prop_assert_eq!(text_of(&doc, "content"), text_of(&one_by_one, "content"));
    }
}
