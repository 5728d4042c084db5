//! What it costs. Not a test: `cargo test --release -p folkmoot-store --test measure -- --ignored --nocapture`.
#![expect(clippy::unwrap_used, reason = "a test")]

use folkmoot_model::id::StreamId;
use folkmoot_store::{Batch, Journal, Key, SledStore, Store};
use std::path::Path;
use std::time::{Duration, Instant};

const ROOM: StreamId = StreamId([7; 16]);

#[test]
#[ignore = "a measurement"]
fn journal() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let key = Key::generate().unwrap();
    let path = dir.path().join("outbox.journal");
    let (mut journal, ..) = Journal::open(&path, &key).unwrap();
    for bytes in [300, 20_000] {
        let payload = vec![7; bytes];
        report(&format!("append of {bytes} B"), 1_000, |_| journal.append(&payload).unwrap());
    }
    println!("journal of {} MB", journal.len_bytes() / 1_000_000);
    drop(journal);
    report("open it", 5, |_| drop(Journal::open(&path, &key).unwrap()));
}

#[test]
#[ignore = "a measurement"]
fn store() {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (key, folder) = (Key::generate().unwrap(), dir.path().join("store"));
    let open = || SledStore::open(&folder, Some(&key), 0).unwrap().store;
    println!("resident before {} MB", resident_mb());
    let begun = Instant::now();
    let mut store = open();
    println!("create: {:?}", begun.elapsed());
    let commits = 10_000;
    report("commit of 10 rows of 300 B", commits, |number| {
        let mut batch = Batch::default();
        for row in 0..10 {
            batch.put(ROOM, (number as u64 * 10 + row).to_be_bytes(), vec![3; 300]);
        }
        store.commit(batch).unwrap();
    });
    println!("resident with 100,000 rows {} MB, on disk {} MB", resident_mb(), disk_mb(&folder));
    report("commit, then sync", 200, |number| {
        let mut batch = Batch::default();
        batch.put(ROOM, (number as u64).to_be_bytes(), vec![3; 300]);
        store.commit(batch).unwrap();
        store.sync().unwrap();
    });
    report("newest 50 rows", 1_000, |_| {
        assert_eq!(store.rows(ROOM, b"", b"", true, 50).unwrap().len(), 50);
    });
    report("one row", 10_000, |number| {
        let key = (number as u64 * 7_919 % 100_000).to_be_bytes();
        assert!(store.row(ROOM, &key).unwrap().is_some());
    });
    let begun = Instant::now();
    drop(store);
    println!("close: {:?}", begun.elapsed());
    report("open", 5, |_| drop(open()));
    let mut store = open();
    println!("resident after opening again {} MB", resident_mb());
    report("read all 100,000 rows", 2, |_| {
        assert_eq!(store.rows(ROOM, b"", b"", false, usize::MAX).unwrap().len(), 100_000);
    });
    println!("resident after that {} MB", resident_mb());

    report("overwrite 10 of 1,000 rows", 10_000, |number| {
        let mut batch = Batch::default();
        for row in 0..10 {
            batch.put(ROOM, ((number as u64 * 10 + row) % 1_000).to_be_bytes(), vec![4; 300]);
        }
        store.commit(batch).unwrap();
    });
    println!("resident {} MB, on disk {} MB", resident_mb(), disk_mb(&folder));
    let mut batch = Batch::default();
    batch.clear.push(ROOM);
    let begun = Instant::now();
    store.commit(batch).unwrap();
    println!("clear 100,000 rows: {:?}", begun.elapsed());
    drop(store);
    report("open it empty", 1, |_| drop(open()));
    println!("on disk {} MB", disk_mb(&folder));
}

fn report(what: &str, times: usize, mut run: impl FnMut(usize)) {
    let mut taken: Vec<Duration> = (0..times)
        .map(|number| {
            let begun = Instant::now();
            run(number);
            begun.elapsed()
        })
        .collect();
    taken.sort();
    println!("{what}: p50 {:?}, p99 {:?}, max {:?}", taken[times / 2], taken[times * 99 / 100], taken[times - 1]);
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1_024
}

fn disk_mb(folder: &Path) -> u64 {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let found = entry.unwrap().metadata().unwrap();
        bytes += found.len();
    }
    bytes / 1_000_000
}
