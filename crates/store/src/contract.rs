//! What every store promises, as one suite. A backend's test calls [`check`]; crashes are tested where they happen.
#![allow(clippy::unwrap_used, reason = "a test, also when another crate runs it")]

use crate::store::{Batch, Store};
use folkmoot_model::id::StreamId;

const ROOM: StreamId = StreamId([7; 16]);
const LAST: StreamId = StreamId([0xff; 16]);

/// Runs every promise on a fresh store each. Panics at the first that is broken.
pub fn check<S: Store>(fresh: impl Fn() -> S) {
    what_was_put_is_read_back(fresh());
    ranges_are_half_open_ordered_and_bounded(fresh());
    streams_and_metas_do_not_mix(fresh());
    a_stream_is_cleared_before_the_puts(fresh());
    of_two_changes_the_later_holds(fresh());
    values_of_any_size_are_kept(fresh());
    it_agrees_with_a_map(fresh());
}

fn what_was_put_is_read_back(mut store: impl Store) {
    assert_eq!(store.row(ROOM, b"k").unwrap(), None);
    assert_eq!(store.meta(b"k").unwrap(), None);
    store.commit(Batch::default()).unwrap();
    store.sync().unwrap();
    put(&mut store, ROOM, &["k"]);
    assert_eq!(store.row(ROOM, b"k").unwrap().as_deref(), Some(b"k".as_slice()));
    assert_eq!(store.row(LAST, b"k").unwrap(), None);
    store.commit(Batch { rows: vec![(ROOM, b"k".into(), None)], ..Batch::default() }).unwrap();
    assert_eq!(store.row(ROOM, b"k").unwrap(), None);
    store.sync().unwrap();
}

fn ranges_are_half_open_ordered_and_bounded(mut store: impl Store) {
    for stream in [StreamId([6; 16]), ROOM, StreamId([8; 16]), LAST] {
        put(&mut store, stream, &["", "a", "b", "b\0", "c", "\u{7f}"]);
    }
    for stream in [ROOM, LAST] {
        let keys = |from: &str, to: &str, rev, limit| {
            let rows = store.rows(stream, from.as_bytes(), to.as_bytes(), rev, limit).unwrap();
            assert!(rows.iter().all(|(key, value)| key == value));
            rows.into_iter().map(|(key, _)| String::from_utf8(key).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(keys("a", "c", false, 9), ["a", "b", "b\0"]);
        assert_eq!(keys("a", "c", true, 9), ["b\0", "b", "a"]);
        assert_eq!(keys("a", "c", false, 2), ["a", "b"]);
        assert_eq!(keys("a", "c", true, 2), ["b\0", "b"]);
        assert_eq!(keys("", "", false, 9), ["", "a", "b", "b\0", "c", "\u{7f}"]);
        assert_eq!(keys("b", "", true, 9), ["\u{7f}", "c", "b\0", "b"]);
        assert_eq!(keys("aa", "ab", false, 9), [""; 0]);
        assert_eq!(keys("c", "a", false, 9), [""; 0]);
        assert_eq!(keys("c", "c", true, 9), [""; 0]);
        assert_eq!(keys("a", "c", false, 0), [""; 0]);
    }
}

fn streams_and_metas_do_not_mix(mut store: impl Store) {
    put(&mut store, LAST, &["x"]);
    let mut batch = Batch::default();
    for key in ["cursor/1", "cursor/2", "cursos", "r", "\u{7f}"] {
        batch.put_meta(key, key);
    }
    batch.put_meta([0xff], [0xff]).put_meta([0xff, 0xff], [0xff, 0xff]);
    store.commit(batch).unwrap();
    let keys = |prefix: &[u8]| store.metas(prefix).unwrap().into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(keys(b"cursor/"), [b"cursor/1", b"cursor/2"]);
    assert_eq!(keys(&[0xff]), [vec![0xff], vec![0xff, 0xff]]);
    assert_eq!(keys(b"").len(), 7);
    assert_eq!(store.meta(b"x").unwrap(), None);
    assert_eq!(store.rows(LAST, b"", b"", false, 9).unwrap().len(), 1);
}

fn a_stream_is_cleared_before_the_puts(mut store: impl Store) {
    put(&mut store, ROOM, &["a", "b"]);
    put(&mut store, LAST, &["a"]);
    let mut batch = Batch { clear: vec![ROOM, StreamId([9; 16])], ..Batch::default() };
    batch.put(ROOM, "b", "new").put(ROOM, "c", "new");
    store.commit(batch).unwrap();
    let new = |key: &str| (key.as_bytes().to_vec(), b"new".to_vec());
    assert_eq!(store.rows(ROOM, b"", b"", false, 9).unwrap(), [new("b"), new("c")]);
    assert_eq!(store.rows(LAST, b"", b"", false, 9).unwrap().len(), 1);
}

fn of_two_changes_the_later_holds(mut store: impl Store) {
    let mut batch = Batch::default();
    batch.put(ROOM, "a", "1").put(ROOM, "a", "2").put(ROOM, "b", "1").put_meta("m", "1").put_meta("m", "2");
    batch.rows.push((ROOM, b"b".into(), None));
    store.commit(batch).unwrap();
    assert_eq!(store.row(ROOM, b"a").unwrap(), Some(b"2".to_vec()));
    assert_eq!(store.row(ROOM, b"b").unwrap(), None);
    assert_eq!(store.meta(b"m").unwrap(), Some(b"2".to_vec()));
}

fn values_of_any_size_are_kept(mut store: impl Store) {
    for bytes in [0, 1, 10_000, 200_000, 3_000_000] {
        let mut batch = Batch::default();
        batch.put(ROOM, (bytes as u64).to_be_bytes(), vec![5; bytes]);
        store.commit(batch).unwrap();
    }
    store.sync().unwrap();
    let sizes: Vec<_> = store.rows(ROOM, b"", b"", false, 9).unwrap().iter().map(|(_, value)| value.len()).collect();
    assert_eq!(sizes, [0, 1, 10_000, 200_000, 3_000_000]);
}

/// Enough changes, drawn from few keys, to split and merge pages of any tree.
fn it_agrees_with_a_map(mut store: impl Store) {
    let mut map = std::collections::BTreeMap::new();
    let mut draw = 1u64;
    let mut next = |below: u64| {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (draw >> 33) % below
    };
    for _ in 0..150 {
        let mut batch = Batch::default();
        if next(40) == 0 {
            batch.clear.push(ROOM);
            map.clear();
        }
        for _ in 0..next(30) {
            let (key, value) = (next(500).to_be_bytes().to_vec(), next(9).to_be_bytes().to_vec());
            let value = (next(4) > 0).then_some(value);
            match value.clone() {
                Some(value) => map.insert(key.clone(), value),
                None => map.remove(&key),
            };
            batch.rows.push((ROOM, key, value));
        }
        store.commit(batch).unwrap();
    }
    let rows: Vec<_> = map.into_iter().collect();
    assert_eq!(store.rows(ROOM, b"", b"", false, usize::MAX).unwrap(), rows);
}

fn put(store: &mut impl Store, stream: StreamId, keys: &[&str]) {
    let mut batch = Batch::default();
    for key in keys {
        batch.put(stream, *key, *key);
    }
    store.commit(batch).unwrap();
}
