//! Updates of three people, by the gate into yrs, as the server and every device do it.

use crate::memory::frugal;
use crate::parts;
use folkmoot_model::id::PersonId;
use folkmoot_model::yjs::document_text::{prose_of, text_of};
use folkmoot_model::yjs::gate::Gate;
use std::collections::BTreeMap;
use yrs::block::ClientID;
use yrs::updates::decoder::Decode;
use yrs::{Doc, OffsetKind, Options, ReadTxn, StateVector, Transact, Update};

/// Each part is an update, of the person that its byte says. What the gate admits, yrs applies whole; what it refuses
/// leaves it as it was; and what added something is admitted again as one.
pub fn gate(input: &[u8]) {
    let (mut gate, doc, mut admitted) = (Gate::default(), document(1), Vec::new());
    for (who, update) in parts(input) {
        let before = gate.clone();
        let author = PersonId([who % 3; 16]);
        match frugal(update, || gate.admit(author, update)) {
            Err(_) => assert_eq!(gate, before, "a refusal changes nothing"),
            Ok(answer) => {
                assert!(answer.adds || gate == before);
                apply(&doc, update);
                assert_eq!(gate.state_vector(), clocks(&doc));
                if answer.adds {
                    admitted.push(update);
                }
            }
        }
    }
    assert!(!doc.transact().has_missing_updates());
    let _ = (text_of(&doc, "p"), prose_of(&doc, "p"));

    let carried: Gate = minicbor::decode(&minicbor::to_vec(&gate).expect("it fits")).expect("it was written by us");
    assert_eq!(carried, gate);
    whole(&gate, &state(&doc));
    if !admitted.is_empty() {
        whole(&gate, &yrs::merge_updates_v1(&admitted).expect("yrs has read each"));
    }
}

/// A whole document in one update passes. Its text need not be the same: who says that an element stands both after and
/// before another, or says something else at clocks that they have used, is read by the order in which it came. That
/// honest editors end with one text is a property of `crates/model`.
fn whole(gate: &Gate, update: &[u8]) {
    let mut fresh = Gate::default();
    fresh.admit_merged(&gate.owners(), update).expect("all in it was admitted");
    assert_eq!(fresh.state_vector(), gate.state_vector());
    let doc = document(2);
    apply(&doc, update);
    assert_eq!(clocks(&doc), gate.state_vector());
    let _ = (text_of(&doc, "p"), prose_of(&doc, "p"));
}

fn document(client: u64) -> Doc {
    let mut options = Options::with_guid_and_client_id("fuzzed".into(), ClientID::new(client));
    options.offset_kind = OffsetKind::Utf16;
    Doc::with_options(options)
}

fn apply(doc: &Doc, update: &[u8]) {
    doc.transact_mut().apply_update(Update::decode_v1(update).expect("yrs reads it")).expect("yrs applies it");
}

fn state(doc: &Doc) -> Vec<u8> {
    doc.transact().encode_state_as_update_v1(&StateVector::default())
}

fn clocks(doc: &Doc) -> BTreeMap<u32, u32> {
    doc.transact().state_vector().iter().map(|(client, clock)| (client.get() as u32, *clock)).collect()
}
