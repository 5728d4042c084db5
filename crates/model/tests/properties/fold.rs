//! From a log to rows: one event after the other, in parts, twice, or in another order, the rows are the same.

use crate::made::{log, person};
use folkmoot_model::event::{Envelope, Event, Sealed};
use folkmoot_model::fact::Deriving;
use folkmoot_model::fold::{TOUCHES_MAX, apply, step, touches};
use folkmoot_model::id::{PersonId, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::{Held, Overlay, Row, RowMap, Rows};
use folkmoot_model::rule::{By, Proposal, may_read, permit};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const STREAM: StreamId = StreamId([50; 16]);

fn after(rows: &RowMap, event: &Sealed) -> RowMap {
    let mut above = Overlay::over(rows);
    apply(&mut above, STREAM, event);
    let mut after = rows.clone();
    after.0.extend(above.into_changed().0);
    after
}

fn folded(log: &[Sealed]) -> RowMap {
    log.iter().fold(RowMap::default(), |rows, event| after(&rows, event))
}

/// Rows of which nothing is known.
struct Nothing;

impl Rows for Nothing {
    fn get(&self, _: StreamId, _: &Key) -> Held {
        Held::Unknown
    }
}

proptest! {
    #![proptest_config(crate::cases(300))]

    #[test]
    fn an_event_changes_only_what_it_touches_and_a_row_stays_for_ever(log in log(40)) {
        let mut rows = RowMap::default();
        for event in &log {
            let touched: BTreeSet<Key> = touches(event).into_iter().collect();
            prop_assert!(touched.len() <= TOUCHES_MAX);
            prop_assert_eq!(touched.len(), touches(event).len(), "each once");
            prop_assert_eq!(touched.contains(&Key::Access), event.event.changes_access());
            let after = after(&rows, event);
            for ((stream, key), row) in &after.0 {
                prop_assert_eq!(*stream, STREAM);
                if rows.0.get(&(*stream, *key)) != Some(row) {
                    prop_assert!(touched.contains(key), "{:?} was not told of", key);
                    prop_assert_eq!(row.seq, event.seq);
                }
            }
            prop_assert!(rows.0.keys().all(|key| after.0.contains_key(key)));
            rows = after;
        }
    }

    #[test]
    fn an_event_that_was_seen_changes_nothing(log in log(40), again in any::<prop::sample::Index>()) {
        let rows = folded(&log);
        let seen = again.get(&log);
        for key in touches(seen) {
            if let Some(row) = rows.get(STREAM, &key).row() {
                prop_assert_eq!(step(&key, Some(row.clone()), seen), Some(row));
            }
        }
        // All of it once more, from anywhere on.
        let from = again.index(log.len());
        prop_assert_eq!(log[from..].iter().fold(rows.clone(), |rows, event| after(&rows, event)), rows);
    }

    #[test]
    fn each_row_can_be_folded_by_itself_in_any_order_of_rows(log in log(40), shuffled in any::<u64>()) {
        let mut keys: Vec<Key> = log.iter().flat_map(touches).collect::<BTreeSet<_>>().into_iter().collect();
        keys.sort_by_key(|key| key.bytes().iter().fold(shuffled, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(31)));
        let mut rows = BTreeMap::new();
        for key in keys {
            let mut row: Option<Row> = None;
            for event in log.iter().filter(|event| touches(event).contains(&key)) {
                row = step(&key, row, event);
            }
            rows.extend(row.map(|row| ((STREAM, key), row)));
        }
        prop_assert_eq!(RowMap(rows), folded(&log));
    }

    #[test]
    fn the_rows_of_a_prefix_and_the_rest_make_the_rows_of_the_whole(log in log(40), cut in any::<prop::sample::Index>()) {
        let (before, rest) = log.split_at(cut.index(log.len() + 1));
        // The rows travel, and come back as they were.
        let carried = folded(before).0.into_iter().map(|((stream, key), row)| {
            let read = Key::read(&key.bytes()).zip(Row::read(&row.bytes())).expect("it was written by us");
            assert_eq!(read, (key, row));
            ((stream, read.0), read.1)
        });
        let rows = RowMap(carried.collect());
        prop_assert_eq!(rest.iter().fold(rows, |rows, event| after(&rows, event)), folded(&log));
    }

    #[test]
    fn what_is_not_known_is_left_alone(log in log(40)) {
        let mut above = Overlay::over(&Nothing);
        let mut made = BTreeSet::new();
        for event in &log {
            let opens = event.event.opens();
            if opens || matches!(event.event, Event::MessagePosted(_)) {
                made.extend(touches(event));
            }
            // Whom an event names, it names at its own place.
            made.extend(touches(event).into_iter().filter(|key| matches!(key, Key::Mention(..))));
            apply(&mut above, STREAM, event);
        }
        // Reactions come with their message.
        let comes = |key: &Key| matches!(key, Key::Reactions(message) if made.contains(&Key::Message(*message)));
        for (key, _) in above.changed() {
            prop_assert!(made.contains(key) || comes(key), "{:?}", key);
        }
    }

    #[test]
    fn whatever_is_asked_there_is_an_answer(log in log(30), who in person()) {
        // Of any rows, as they may be on a device and on a server.
        let rows = folded(&log);
        for event in &log {
            let envelope = Envelope::new(event.id, &event.event, 1);
            prop_assert_eq!(envelope.event(), Ok(event.event.clone()));
            for by in [By::Session, By::Server] {
                let ask = Proposal { stream: STREAM, who: event.author, by, id: event.id, event: &event.event };
                let _ = (permit(&rows, ask), permit(&Nothing, ask));
            }
            let granted = |person| rows.granted(person);
            let on = Deriving { rows: &rows, granted: &granted, stream: STREAM, author: event.author, seq: event.seq };
            for (of, event) in event.event.derived(&on) {
                let follows = match event {
                    Event::Granted(_) | Event::GrantRevoked(_) | Event::MemberRemoved(_) => of != STREAM,
                    Event::ThreadJoined(joined) => joined.room == STREAM && of != STREAM,
                    Event::RoomListed(listed) => listed.room == STREAM && of != STREAM,
                    _ => false,
                };
                prop_assert!(follows);
            }
        }
        prop_assert!(!may_read(&Nothing, STREAM, who), "what is not known is not allowed");
        let own = PersonId(STREAM.0);
        prop_assert!(may_read(&Nothing, STREAM, own));
    }
}
