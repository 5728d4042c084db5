//! The store on disk: its contract, its locks, and what it does with garbage.

use super::*;
use crate::header::{Header, Kind};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

const ROOM: StreamId = StreamId([7; 16]);

struct Profile {
    folder: TempDir,
    key: Key,
}

impl Profile {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), key: Key::generate().unwrap() }
    }

    /// One with a store of some rows in it.
    fn filled() -> Self {
        let profile = Self::new();
        let mut store = profile.open().store;
        for number in 0..300u64 {
            let mut batch = Batch::default();
            batch.put(ROOM, number.to_be_bytes(), vec![number as u8; 300]);
            store.commit(batch).unwrap();
        }
        store.sync().unwrap();
        profile
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn open(&self) -> Opened {
        SledStore::open(&self.dir(), Some(&self.key), 1_700_000_000).unwrap()
    }

    /// Every file under the profile with its bytes.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        fn walk(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, files) } else { files.push((path.clone(), fs::read(&path).unwrap())) }
            }
        }
        let mut files = Vec::new();
        walk(self.folder.path(), &mut files);
        files.sort();
        files
    }

    fn rows(&self, store: &SledStore) -> usize {
        store.rows(ROOM, b"", b"", false, usize::MAX).unwrap().len()
    }
}

#[test]
fn sled_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let key = Key::generate().unwrap();
    let count = std::cell::Cell::new(0);
    crate::contract::check(|| {
        count.set(count.get() + 1);
        SledStore::open(&folder.path().join(count.get().to_string()), Some(&key), 0).unwrap().store
    });
}

#[test]
fn a_store_is_made_once_and_found_again() {
    let profile = Profile::new();
    let opened = profile.open();
    assert!(opened.created && opened.quarantined.is_none());
    drop(opened);
    for large in [false, true] {
        let mut opened = profile.open();
        assert!(!opened.created && opened.quarantined.is_none());
        assert_eq!(profile.rows(&opened.store), usize::from(large));
        let mut batch = Batch::default();
        batch.put(ROOM, [u8::from(large)], vec![1; 2_000_000]);
        opened.store.commit(batch).unwrap();
        opened.store.sync().unwrap();
    }
    assert_eq!(profile.rows(&profile.open().store), 2);
}

#[test]
fn without_its_key_a_store_is_locked_and_untouched() {
    let profile = Profile::filled();
    let before = profile.files();
    assert!(matches!(SledStore::open(&profile.dir(), None, 0), Err(StoreError::Locked)));
    let other = Key::generate().unwrap();
    assert!(matches!(SledStore::open(&profile.dir(), Some(&other), 0), Err(StoreError::Locked)));
    assert_eq!(profile.files(), before);

    let newer = Header::of(Kind::Store, 2, profile.key.id(), [0; 16]);
    fs::write(profile.dir().join("header"), newer.bytes).unwrap();
    let before = profile.files();
    let opened = SledStore::open(&profile.dir(), Some(&profile.key), 0);
    assert!(matches!(opened, Err(StoreError::Newer { found: 2, known: 1 })));
    assert_eq!(profile.files(), before);
}

#[test]
fn without_a_key_none_is_made() {
    let profile = Profile::new();
    assert!(matches!(SledStore::open(&profile.dir(), None, 0), Err(StoreError::Locked)));
    assert!(profile.files().is_empty());
}

#[test]
fn an_open_store_is_in_use() {
    let profile = Profile::new();
    let _held = profile.open();
    let second = SledStore::open(&profile.dir(), Some(&profile.key), 0);
    assert!(matches!(second, Err(StoreError::InUse)));
}

#[test]
fn starting_over_keeps_the_old_folder_even_if_it_is_locked() {
    let profile = Profile::filled();
    let opened = SledStore::replace(&profile.dir(), &Key::generate().unwrap(), 5).unwrap();
    assert_eq!(profile.rows(&opened.store), 0);
    let aside = opened.quarantined.unwrap();
    assert!(aside.ends_with("store.bad-5"));
    let old = SledStore::open(&aside, Some(&profile.key), 0).unwrap();
    assert_eq!(profile.rows(&old.store), 300);
    drop(opened.store);
    let again = SledStore::replace(&profile.dir(), &profile.key, 5).unwrap();
    assert!(again.quarantined.unwrap().ends_with("store.bad-5-2"));
}

#[test]
fn garbage_is_set_aside_and_the_store_begun_anew() {
    type Spoil<'a> = (&'a str, &'a dyn Fn(&Path));
    let spoil: &[Spoil] = &[
        ("db is garbage", &|dir| fs::write(dir.join("db"), vec![0xa5; 600_000]).unwrap()),
        ("db is zeros", &|dir| fs::write(dir.join("db"), vec![0; 600_000]).unwrap()),
        ("db is empty", &|dir| fs::write(dir.join("db"), b"").unwrap()),
        ("db is gone", &|dir| fs::remove_file(dir.join("db")).unwrap()),
        ("conf is garbage", &|dir| fs::write(dir.join("conf"), b"garbage that is long enough").unwrap()),
        ("the header is damaged", &|dir| fs::write(dir.join("header"), b"garbage").unwrap()),
        ("the header is gone", &|dir| fs::remove_file(dir.join("header")).unwrap()),
        ("a snapshot is garbage", &|dir| fs::write(dir.join("snap.FFFFFFFFFFFFFFFF"), [7; 99]).unwrap()),
        ("opening never ends", &|dir| {
            fs::remove_file(dir.join("conf")).unwrap();
            assert!(Command::new("mkfifo").arg(dir.join("conf")).status().unwrap().success());
        }),
    ];
    for (what, spoil) in spoil {
        let profile = Profile::filled();
        spoil(&profile.dir());
        let limit = Duration::from_secs(2);
        let opened = SledStore::open_within(&profile.dir(), Some(&profile.key), 1_700_000_000, limit)
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(profile.rows(&opened.store), 0, "{what}");
        let aside = opened.quarantined.unwrap_or_else(|| panic!("{what}: not set aside"));
        assert!(aside.ends_with("store.bad-1700000000"));
        assert!(aside.exists());
        drop(opened.store);
        assert!(profile.open().quarantined.is_none(), "{what}");
    }
}

#[test]
fn damage_anywhere_is_never_silent() {
    let profile = Profile::filled();
    drop(profile.open());
    let whole = fs::read(profile.dir().join("db")).unwrap();
    let mut noticed = 0;
    for part in 0..24 {
        let mut damaged = whole.clone();
        let at = whole.len() / 24 * part;
        damaged[at..at + 500].fill(0);
        fs::write(profile.dir().join("db"), damaged).unwrap();
        let opened = profile.open();
        let rows = opened.store.rows(ROOM, b"", b"", false, usize::MAX);
        match (opened.quarantined, rows) {
            (None, Ok(rows)) => assert_eq!(rows.len(), 300, "part {part}"),
            (None, Err(error)) => {
                assert!(matches!(error, StoreError::Damaged(_)), "part {part}: {error}");
                noticed += 1;
            }
            (Some(aside), _) => {
                drop(opened.store);
                fs::remove_dir_all(profile.dir()).unwrap();
                fs::rename(aside, profile.dir()).unwrap();
                noticed += 1;
            }
        }
    }
    assert!(noticed > 0);
}

#[test]
fn a_value_under_another_key_is_not_believed() {
    let profile = Profile::filled();
    let store = profile.open().store;
    let db = store.db().unwrap();
    let other = db.get(place::row(ROOM, &1u64.to_be_bytes())).unwrap().unwrap();
    db.insert(place::row(ROOM, &0u64.to_be_bytes()), other).unwrap();
    assert!(matches!(store.row(ROOM, &0u64.to_be_bytes()), Err(StoreError::Damaged(_))));
    assert!(matches!(store.rows(ROOM, b"", b"", false, 9), Err(StoreError::Damaged(_))));
}

#[test]
fn values_cannot_be_read_from_the_files() {
    let profile = Profile::new();
    let mut opened = profile.open();
    let mut batch = Batch::default();
    batch.put(ROOM, *b"id", "a whispered word").put_meta("cursor", "a whispered word");
    opened.store.commit(batch).unwrap();
    opened.store.sync().unwrap();
    for (path, bytes) in profile.files() {
        let found = bytes.windows(9).any(|window| window == b"whispered");
        assert!(!found, "{}", path.display());
    }
}
