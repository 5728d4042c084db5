//! What may be found after a cut, and what must be.

use super::*;
use rand::SeedableRng;

const FILE: Inode = 10;

fn disk(calls: &[Call]) -> Disk {
    let mut disk = Disk { root: 1, folders: [1].into(), ..Disk::default() };
    disk.now.insert(1, BTreeMap::new());
    disk.synced.insert(1, BTreeMap::new());
    calls.iter().for_each(|call| disk.apply(call));
    disk
}

/// What is found under the name after many cuts.
fn found(disk: &Disk, name: &str) -> BTreeSet<Option<Vec<u8>>> {
    let folder = tempfile::tempdir().unwrap();
    let cut = |seed: u64| {
        let path = folder.path().join(seed.to_string());
        disk.cut(&path, &mut StdRng::seed_from_u64(seed)).unwrap();
        fs::read(path.join(name)).ok()
    };
    (0..200).map(cut).collect()
}

fn create(name: &str, inode: Inode) -> Call {
    Call::Create { folder: 1, name: name.into(), inode, is_folder: false }
}

fn write(at: u64, byte: u8, len: usize) -> Call {
    Call::Write { inode: FILE, at, bytes: vec![byte; len] }
}

#[test]
fn what_was_synced_is_there_and_its_name_only_if_its_folder_was() {
    let sync = Call::Sync { inode: FILE };
    let unnamed = disk(&[create("a", FILE), write(0, 7, 600), sync.clone()]);
    assert_eq!(found(&unnamed, "a"), [None, Some(vec![7; 600])].into());
    let named = disk(&[create("a", FILE), write(0, 7, 600), sync, Call::Sync { inode: 1 }]);
    assert_eq!(found(&named, "a"), [Some(vec![7; 600])].into());
}

#[test]
fn of_what_was_not_synced_any_sector_may_be_missing() {
    let calls = [create("a", FILE), Call::Sync { inode: 1 }, write(0, 7, 1_024)];
    let found = found(&disk(&calls), "a");
    let (sevens, zeros) = (vec![7; 512], vec![0; 512]);
    for expected in [vec![], vec![7; 1_024], [zeros.clone(), sevens.clone()].concat(), [sevens, zeros].concat()] {
        assert!(found.contains(&Some(expected)));
    }
}

#[test]
fn a_rename_may_be_there_without_the_content() {
    let (old, new) = (Call::Sync { inode: FILE }, 11);
    let calls = [
        create("a", FILE),
        write(0, 7, 4),
        old,
        Call::Sync { inode: 1 },
        create("b", new),
        Call::Write { inode: new, at: 0, bytes: vec![8; 4] },
        Call::Rename { from: (1, "b".into()), to: (1, "a".into()), inode: new },
    ];
    let expected = [vec![], vec![0; 4], vec![7; 4], vec![8; 4]].map(Some);
    assert_eq!(found(&disk(&calls), "a"), expected.into());
}
