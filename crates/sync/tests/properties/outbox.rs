//! What this device has said, rebuilt from any part of its journal.

use crate::device::{Device, Disk};
use folkmoot_model::event::{Envelope, Event, decode, encode};
use folkmoot_model::features::documents::DocumentEdited;
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_model::refusal::Code;
use folkmoot_sync::outbox::{Entry, Item, Outbox, State};
use folkmoot_sync::replica::io::Input;
use folkmoot_wire::frame::Nack;
use folkmoot_wire::limits::{INFLIGHT_BYTES_MAX, INFLIGHT_EVENTS_MAX, MERGED_UPDATE_BYTES, SUBMIT_EVENTS_MAX};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn id() -> impl Strategy<Value = EventId> {
    (0..40_u8).prop_map(|number| EventId([number; 16]))
}

fn stream() -> impl Strategy<Value = StreamId> {
    (0..3_u8).prop_map(|number| StreamId([number; 16]))
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let sizes = prop_oneof![20 => 0..40_usize, 1 => Just(MERGED_UPDATE_BYTES - 1), 1 => Just(INFLIGHT_BYTES_MAX + 1)];
    sizes.prop_map(|size| vec![7; size])
}

fn entry() -> impl Strategy<Value = Entry> {
    let queued = (stream(), id(), bytes(), prop_oneof![0..4_u32, Just(u32::MAX)]);
    prop_oneof![
        6 => queued.prop_map(|(stream, id, update, merges)| Entry::Queued {
            stream,
            envelope: Envelope::new(id, &DocumentEdited { update }.into(), 1),
            merges,
        }),
        2 => (id(), any::<u64>()).prop_map(|(id, seq)| Entry::Accepted { id, seq }),
        1 => id().prop_map(|id| Entry::Refused { id, refusal: Code::Forbidden.into() }),
        2 => id().prop_map(|id| Entry::Settled { id }),
        3 => (stream(), bytes()).prop_map(|(document, update)| Entry::Unsent { document, update }),
    ]
}

fn entries() -> impl Strategy<Value = Vec<Entry>> {
    prop::collection::vec(entry(), 0..80)
}

/// All that matters of an outbox: its items, the updates in no event yet, and how much is undecided.
type Told = (Vec<(StreamId, Envelope, State)>, Vec<(StreamId, Vec<Vec<u8>>)>, usize);

fn told(outbox: &Outbox) -> Told {
    let item = |item: &Item| (item.stream, item.envelope.clone(), item.state.clone());
    let unsent = |document| (document, outbox.unsent(document).map(<[u8]>::to_vec).collect());
    let unsent = outbox.unsent_documents().into_iter().map(unsent);
    (outbox.items().map(item).collect(), unsent.collect(), outbox.pending())
}

proptest! {
    #![proptest_config(crate::cases(200))]

    #[test]
    fn any_part_of_a_journal_is_an_outbox_and_its_entries_make_the_same_again(all in entries(), cut in 0..80_usize) {
        let mut outbox = Outbox::replay(all[..cut.min(all.len())].to_vec());
        prop_assert_eq!(told(&Outbox::replay(outbox.entries())), told(&outbox));
        // A journal that was written anew, and went on.
        let mut anew = Outbox::replay(outbox.entries());
        for entry in &all[cut.min(all.len())..] {
            outbox.apply(entry);
            anew.apply(entry);
            prop_assert_eq!(told(&anew), told(&outbox));
        }
        prop_assert_eq!(told(&Outbox::replay(all)), told(&outbox));
        prop_assert!(!Outbox::replay(outbox.entries()).worth_rewriting() || outbox.items().count() > 256);
    }

    #[test]
    fn an_entry_is_read_as_it_was_written(entry in entry()) {
        prop_assert_eq!(decode::<Entry>(&encode(&entry)), Some(entry));
    }

    #[test]
    fn items_stand_in_the_order_in_which_they_were_queued_each_once(all in entries()) {
        let outbox = Outbox::replay(all.clone());
        let ids: Vec<EventId> = outbox.items().map(|item| item.envelope.id).collect();
        prop_assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        // The last time that it was queued without being there.
        let mut order = Vec::new();
        for entry in &all {
            match entry {
                Entry::Queued { envelope, .. } if !order.contains(&envelope.id) => order.push(envelope.id),
                Entry::Settled { id } => order.retain(|settled| settled != id),
                _ => {}
            }
        }
        prop_assert_eq!(ids, order);
    }

    #[test]
    fn what_is_sent_fits_the_window_and_keeps_the_order(all in entries()) {
        let mut outbox = Outbox::replay(all);
        let undecided: Vec<EventId> =
            outbox.items().filter(|item| item.undecided()).map(|item| item.envelope.id).collect();
        let mut sent = Vec::new();
        let mut rounds = 0;
        while sent.len() < undecided.len() {
            let (mut events, mut bytes, mut first) = (0, 0, true);
            while let Some((stream, run, resume)) = outbox.next_run(5) {
                prop_assert_eq!(resume, first, "only the first of a link resumes");
                first = false;
                prop_assert!(run.len() <= SUBMIT_EVENTS_MAX);
                for envelope in run {
                    prop_assert_eq!(outbox.get(envelope.id).map(|item| item.stream), Some(stream));
                    events += 1;
                    bytes += envelope.body.len();
                    prop_assert!(events == 1 || (events <= INFLIGHT_EVENTS_MAX && bytes <= INFLIGHT_BYTES_MAX));
                    sent.push(envelope.id);
                }
            }
            prop_assert!(events > 0, "what waits is sent");
            // All of it is answered, and more fits.
            for id in &sent {
                outbox.apply(&Entry::Accepted { id: *id, seq: 1 });
            }
            rounds += 1;
        }
        prop_assert!(rounds <= undecided.len());
        prop_assert_eq!(sent, undecided);
    }

    #[test]
    fn what_is_merged_is_some_of_the_oldest_and_not_too_much(all in entries()) {
        let outbox = Outbox::replay(all);
        for document in outbox.unsent_documents() {
            let sizes: Vec<usize> = outbox.unsent(document).map(<[u8]>::len).collect();
            let merges = outbox.mergeable(document);
            prop_assert!((1..=sizes.len()).contains(&merges));
            prop_assert!(merges == 1 || sizes[..merges].iter().sum::<usize>() <= MERGED_UPDATE_BYTES);
        }
    }
}

/// A document in which something was refused while more was being typed; it is said again in other words.
#[test]
fn what_is_said_again_is_never_nowhere_however_its_append_is_torn() {
    let (document, refused) = (StreamId([5; 16]), EventId([1; 16]));
    let event = |update: &[u8]| Event::from(DocumentEdited { update: update.to_vec() });
    let unsent = |update: &[u8]| Entry::Unsent { document, update: update.to_vec() };
    let envelope = Envelope::new(refused, &event(b"one"), 1);
    let journal = vec![Entry::Queued { stream: document, envelope, merges: 0 }, unsent(b"two"), unsent(b"three")];
    let mut device = Device::start(Disk { journal, ..Disk::default() });
    let journal = device.disk.journal.clone();
    device.said.clear();
    device.hears(Nack { id: refused, refusal: Code::Forbidden.into() });
    assert_eq!(device.disk.journal, journal, "a crash here asks the server once more");
    assert!(device.said.is_empty(), "what was typed since may build on what was refused: {:?}", device.said);
    let updates = [b"ONE".as_slice(), b"TWO", b"THREE"].map(<[u8]>::to_vec).to_vec();
    device.input(Input::EditAgain { document, refused, updates });
    let appended = device.disk.journal.split_off(journal.len());
    for torn in 0..=appended.len() {
        let outbox = Outbox::replay(journal.iter().chain(&appended[..torn]).cloned().collect());
        let events = outbox.items().filter_map(|item| item.envelope.event().ok());
        let said: Vec<Event> = events.chain(outbox.unsent(document).map(event)).collect();
        for (was, is) in [(b"one".as_slice(), b"ONE".as_slice()), (b"two", b"TWO"), (b"three", b"THREE")] {
            assert!(said.contains(&event(was)) || said.contains(&event(is)), "{torn} entries: {said:?}");
        }
    }
}
