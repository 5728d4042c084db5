//! A process that keeps things is killed, again and again, and once runs out of room: nothing acknowledged is missing,
//! and no commit shows in part. `FOLKMOOT_KILLS` says how often (10).
#![expect(clippy::unwrap_used, reason = "a test")]

use folkmoot_model::id::StreamId;
use folkmoot_store::{Batch, Journal, Key, SledStore, Store, StoreError};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

/// Rows that every commit writes, all with its number.
const SAME: StreamId = StreamId([1; 16]);
const SAME_ROWS: u64 = 10;
/// Gains a row per commit, and is cleared by every commit whose number this divides.
const CLEARED: StreamId = StreamId([2; 16]);
const CLEARED_EVERY: u64 = 37;
/// Holds values that sled keeps in files of their own.
const LARGE: StreamId = StreamId([3; 16]);
const LARGE_EVERY: u64 = 20;
/// After so many appends the journal is rewritten to the newest of them.
const REWRITTEN_EVERY: u64 = 50;
const REWRITTEN_TO: usize = 20;

const PROFILE: &str = "FOLKMOOT_TEST_PROFILE";

#[test]
fn nothing_acknowledged_is_missing_after_kills() {
    let kills = std::env::var("FOLKMOOT_KILLS").map_or(10, |kills| kills.parse().unwrap());
    let profile = tempfile::tempdir().unwrap();
    let mut acknowledged = Acknowledged::default();
    for kill in 0..kills {
        let nanos = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().subsec_nanos();
        let delay = Duration::from_millis(10 + u64::from(nanos / 1_000 % 300));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(PROFILE, profile.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let reading = std::thread::spawn(move || Acknowledged::read(output));
        std::thread::sleep(Duration::from_millis(60) + delay);
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged.advance(reading.join().unwrap());
        acknowledged.check(profile.path(), &format!("kill {kill} after {delay:?}"));
    }
    assert!(acknowledged.commit > 0 && acknowledged.append > 0, "the child did nothing");
    println!("{kills} kills, {} appends, {} commits", acknowledged.append, acknowledged.commit);
}

#[test]
#[cfg(target_os = "linux")]
fn nothing_acknowledged_is_missing_after_the_disk_is_full() {
    // A bound on the size of any file stands in for a full disk: `ulimit` counts half kilobytes, or kilobytes.
    for blocks in [1_100, 2_100, 3_333] {
        let profile = tempfile::tempdir().unwrap();
        let output = Command::new("sh")
            .args(["-c", "trap '' XFSZ; ulimit -f $0; exec \"$@\"", &blocks.to_string()])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(PROFILE, profile.path())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("refused"), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        let acknowledged = Acknowledged::read(BufReader::new(output.stdout.as_slice()));
        assert!(acknowledged.commit > 0);
        acknowledged.check(profile.path(), &format!("full at {blocks}"));
    }
}

/// Not a test by itself: what the killed process runs. Ends when the store refuses.
#[test]
fn child() {
    let Some(profile) = std::env::var_os(PROFILE).map(PathBuf::from) else {
        return;
    };
    let key = key();
    let (mut journal, payloads, _) = Journal::open(&profile.join("outbox.journal"), &key).unwrap();
    let mut appends: Vec<u64> = payloads.iter().map(|payload| number(payload)).collect();
    let mut store = SledStore::open(&profile.join("store"), Some(&key), 0).unwrap().store;
    let mut commit = store.meta(b"newest").unwrap().map_or(0, |newest| number(&newest));
    loop {
        let append = appends.last().map_or(1, |last| last + 1);
        appends.push(append);
        journal.append(&payload(append)).unwrap();
        println!("\nappended {append}.");
        if append.is_multiple_of(REWRITTEN_EVERY) {
            store.sync().unwrap();
            appends.drain(..appends.len() - REWRITTEN_TO);
            let kept: Vec<_> = appends.iter().map(|append| payload(*append)).collect();
            journal.rewrite(&kept.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
        }
        commit += 1;
        if let Err(error) = store.commit(batch(commit)) {
            println!("\nrefused: {error}");
            assert!(matches!(store.meta(b"newest"), Err(StoreError::Poisoned)));
            assert!(matches!(store.commit(Batch::default()), Err(StoreError::Poisoned)));
            return;
        }
        println!("\ncommitted {commit}.");
    }
}

fn batch(commit: u64) -> Batch {
    let mut batch = Batch::default();
    for row in 0..SAME_ROWS {
        batch.put(SAME, row.to_be_bytes(), commit.to_be_bytes());
    }
    if commit.is_multiple_of(CLEARED_EVERY) {
        batch.clear.push(CLEARED);
    }
    batch.put(CLEARED, commit.to_be_bytes(), vec![9; 400]);
    if commit.is_multiple_of(LARGE_EVERY) {
        batch.put(LARGE, (commit % 60).to_be_bytes(), payload_of(commit, 200_000));
    }
    batch.put_meta("newest", commit.to_be_bytes());
    batch
}

/// What a process said that it had kept.
#[derive(Debug, Default)]
struct Acknowledged {
    append: u64,
    commit: u64,
}

impl Acknowledged {
    fn read(output: BufReader<impl Read>) -> Self {
        let mut acknowledged = Self::default();
        for line in output.lines().map_while(Result::ok) {
            // A line that was cut short ends without its dot.
            let number = |prefix| line.strip_prefix(prefix)?.strip_suffix('.')?.parse().ok();
            acknowledged.append = number("appended ").unwrap_or(acknowledged.append);
            acknowledged.commit = number("committed ").unwrap_or(acknowledged.commit);
        }
        acknowledged
    }

    fn advance(&mut self, newer: Self) {
        self.append = self.append.max(newer.append);
        self.commit = self.commit.max(newer.commit);
    }

    fn check(&self, profile: &Path, when: &str) {
        let (_, payloads, torn) = Journal::open(&profile.join("outbox.journal"), &key()).unwrap();
        assert_eq!(torn.bad_bytes, 0, "{when}");
        let appends: Vec<u64> = payloads.iter().map(|found| number(found)).collect();
        assert!(appends.windows(2).all(|two| two[0] + 1 == two[1]), "{when}: {appends:?}");
        assert!(appends.last().copied().unwrap_or(0) >= self.append, "{when}: {appends:?}, {self:?}");
        let kept = (REWRITTEN_TO as u64).min(self.append) as usize;
        assert!(appends.len() >= kept, "{when}: {appends:?}, {self:?}");
        assert!(payloads.iter().all(|found| *found == payload(number(found))), "{when}");

        let opened = SledStore::open(&profile.join("store"), Some(&key()), 0).unwrap();
        assert_eq!(opened.quarantined, None, "{when}");
        let store = opened.store;
        let newest = store.meta(b"newest").unwrap().map_or(0, |newest| number(&newest));
        assert!(newest >= self.commit, "{when}: {newest}, {self:?}");
        let rows = |stream| store.rows(stream, b"", b"", false, usize::MAX).unwrap();
        let same = rows(SAME);
        assert_eq!(same.len() as u64, if newest == 0 { 0 } else { SAME_ROWS }, "{when}");
        assert!(same.iter().all(|(_, value)| number(value) == newest), "{when}: {newest}, {same:?}");
        let cleared: Vec<u64> = rows(CLEARED).iter().map(|(key, _)| number(key)).collect();
        let since = (newest / CLEARED_EVERY * CLEARED_EVERY).max(1);
        assert_eq!(cleared, (since..=newest).collect::<Vec<_>>(), "{when}");
        for (_, value) in rows(LARGE) {
            assert_eq!(value, payload_of(number(&value), 200_000), "{when}");
        }
    }
}

fn key() -> Key {
    Key::from_bytes([0x5e; 32])
}

fn payload(append: u64) -> Vec<u8> {
    payload_of(append, 8 + (append % 5) as usize * 300)
}

fn payload_of(number: u64, bytes: usize) -> Vec<u8> {
    let mut payload = number.to_be_bytes().to_vec();
    payload.resize(bytes, number as u8);
    payload
}

fn number(bytes: &[u8]) -> u64 {
    u64::from_be_bytes(*bytes.first_chunk().unwrap())
}
