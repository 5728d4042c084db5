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

    /// The folder of sled's files.
    fn files_dir(&self) -> PathBuf {
        let header = fs::read(self.dir().join("header")).unwrap();
        open::files(&self.dir(), &Header::find(Kind::Store, &header).unwrap())
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
    type Spoil<'a> = (&'a str, &'a dyn Fn(&Profile));
    let files = |profile: &Profile, name: &str| profile.files_dir().join(name);
    let spoil: &[Spoil] = &[
        ("db is garbage", &|profile| fs::write(files(profile, "db"), vec![0xa5; 600_000]).unwrap()),
        ("db is zeros", &|profile| fs::write(files(profile, "db"), vec![0; 600_000]).unwrap()),
        ("db is empty", &|profile| fs::write(files(profile, "db"), b"").unwrap()),
        ("db is gone", &|profile| fs::remove_file(files(profile, "db")).unwrap()),
        ("conf is garbage", &|profile| fs::write(files(profile, "conf"), b"garbage that is long enough").unwrap()),
        ("the header is damaged", &|profile| fs::write(profile.dir().join("header"), b"garbage").unwrap()),
        ("the header is gone", &|profile| fs::remove_file(profile.dir().join("header")).unwrap()),
        ("a snapshot is garbage", &|profile| fs::write(files(profile, "snap.FFFFFFFFFFFFFFFF"), [7; 99]).unwrap()),
        ("opening never ends", &|profile| {
            fs::remove_file(files(profile, "conf")).unwrap();
            assert!(Command::new("mkfifo").arg(files(profile, "conf")).status().unwrap().success());
        }),
    ];
    for (what, spoil) in spoil {
        let profile = Profile::filled();
        spoil(&profile);
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
    let whole = fs::read(profile.files_dir().join("db")).unwrap();
    let mut noticed = 0;
    for part in 0..24 {
        let mut damaged = whole.clone();
        let at = whole.len() / 24 * part;
        damaged[at..at + 500].fill(0);
        fs::write(profile.files_dir().join("db"), damaged).unwrap();
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
fn a_store_whose_list_of_what_it_holds_is_damaged_is_set_aside() {
    let profile = Profile::filled();
    let store = profile.open().store;
    store.db().unwrap().insert(place::meta(b"held/1"), b"not sealed").unwrap();
    drop(store);
    assert!(profile.open().quarantined.is_some());
    assert!(profile.open().quarantined.is_none());
}

/// Found by `cargo xtask chaos`: on a busy machine a sound store took longer to open than we wait, and made its folder
/// again after it was set aside. What we give up may still be at work.
#[test]
fn a_sled_that_was_given_up_for_hung_and_goes_on_is_no_obstacle() {
    let profile = Profile::filled();
    let (dir, old) = (profile.dir(), profile.files_dir());
    let bytes = fs::read(old.join("db")).unwrap();
    let aside = SledStore::replace(&dir, &profile.key, 6).unwrap().quarantined.unwrap();
    fs::rename(&dir, dir.with_file_name("kept")).unwrap();
    // It makes its folder while the new one has no name yet …
    fs::create_dir_all(&old).unwrap();
    open::make(&dir, &profile.key, 7, Duration::from_secs(10)).unwrap();
    assert!(aside.exists() && dir.with_file_name("store.bad-7").exists());
    // … and its files when it has.
    fs::create_dir_all(&old).unwrap();
    for name in ["db", "snap.00000000FFFFFFFF"] {
        fs::write(old.join(name), &bytes).unwrap();
    }
    let opened = profile.open();
    assert!(!opened.created && opened.quarantined.is_none());
    assert_eq!(profile.rows(&opened.store), 0);
}

/// Found by `cargo xtask chaos`: a power cut left a store that sled opens, and in which it then misses a page and panics.
/// The engine died of it at each start. `lost_page` is that store, those of its sectors that it takes, and its key.
#[test]
fn a_page_that_sled_misses_once_it_is_open_is_damage_and_no_panic() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sled/lost_page");
    let read = |name: &str| fs::read(fixture.join(name)).unwrap();
    let key = Key::from_bytes(read("key").try_into().unwrap());
    let profile = Profile { folder: tempfile::tempdir().unwrap(), key };
    fs::create_dir(profile.dir()).unwrap();
    fs::write(profile.dir().join("header"), read("header")).unwrap();
    let files = profile.files_dir();
    fs::create_dir_all(files.join("blobs")).unwrap();
    for name in ["conf", "snap.000000000038279B"] {
        fs::write(files.join(name), read(name)).unwrap();
    }
    let mut db = vec![0; 3 << 20];
    for sector in read("db.sectors").chunks(4 + 512) {
        let (number, bytes) = sector.split_first_chunk().unwrap();
        let at = u32::from_le_bytes(*number) as usize * 512;
        db[at..at + 512].copy_from_slice(bytes);
    }
    fs::write(files.join("db"), db).unwrap();

    let mut store = profile.open().store;
    let damaged = |error| matches!(error, StoreError::Damaged(_));
    assert!(store.rows(ROOM, b"", b"", false, 9).is_err_and(damaged));
    let mut batch = Batch { clear: vec![ROOM], ..Batch::default() };
    batch.put(ROOM, [1], vec![1]);
    assert!(store.commit(batch).is_err_and(damaged));
    drop(store);
    let replaced = SledStore::replace(&profile.dir(), &profile.key, 9).unwrap();
    assert_eq!(profile.rows(&replaced.store), 0);
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
