//! A journal under every fault that the simulated disk knows.

use super::*;
use crate::testing::SimDisk;
use proptest::collection::vec;
use proptest::prelude::*;

const PATH: &str = "/profile/outbox.journal";
/// Bytes of a frame around a payload.
const FRAME_BYTES: usize = 48;
const HEADERS_BYTES: usize = 96;

fn open(disk: &SimDisk, key: &Key) -> (Journal, Vec<Vec<u8>>, Torn) {
    Journal::open_on(Arc::new(disk.clone()), Path::new(PATH), key).unwrap()
}

fn bytes(disk: &SimDisk) -> Vec<u8> {
    disk.read(Path::new(PATH)).unwrap()
}

/// A disk with a journal of these payloads, one append each.
fn written(payloads: &[&[u8]]) -> (SimDisk, Key) {
    let (disk, key) = (SimDisk::new(), Key::generate().unwrap());
    let (mut journal, none, torn) = open(&disk, &key);
    assert_eq!((none.len(), torn), (0, Torn::default()));
    for payload in payloads {
        journal.append(payload).unwrap();
    }
    (disk, key)
}

#[test]
fn what_was_appended_is_there_on_a_real_disk() {
    let dir = tempfile::tempdir().unwrap();
    let (path, key) = (dir.path().join("outbox.journal"), Key::generate().unwrap());
    let (mut journal, ..) = Journal::open(&path, &key).unwrap();
    for payload in [b"a".as_slice(), b"", b"c"] {
        journal.append(payload).unwrap();
    }
    assert_eq!(journal.len_bytes(), std::fs::metadata(&path).unwrap().len());
    drop(journal);

    let (mut journal, payloads, torn) = Journal::open(&path, &key).unwrap();
    assert_eq!((payloads, torn), (vec![b"a".to_vec(), vec![], b"c".to_vec()], Torn::default()));
    journal.rewrite(&[b"c"]).unwrap();
    journal.append(b"d").unwrap();
    assert_eq!(journal.len_bytes(), std::fs::metadata(&path).unwrap().len());
    drop(journal);

    let (_, payloads, torn) = Journal::open(&path, &key).unwrap();
    assert_eq!((payloads, torn), (vec![b"c".to_vec(), b"d".to_vec()], Torn::default()));
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn damage_is_kept_aside_on_a_real_disk() {
    let dir = tempfile::tempdir().unwrap();
    let (path, key) = (dir.path().join("outbox.journal"), Key::generate().unwrap());
    let mut journal = Journal::open(&path, &key).unwrap().0;
    journal.append(b"a").unwrap();
    journal.append(b"b").unwrap();
    drop(journal);
    let mut damaged = std::fs::read(&path).unwrap();
    damaged[HEADERS_BYTES + 20] ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    let (_, payloads, torn) = Journal::open(&path, &key).unwrap();
    assert_eq!(payloads, [b"b"]);
    assert_eq!(std::fs::read(torn.kept.unwrap()).unwrap(), damaged);
    let (_, payloads, torn) = Journal::open(&path, &key).unwrap();
    assert_eq!((payloads, torn), (vec![b"b".to_vec()], Torn::default()));
}

#[test]
fn a_tail_torn_at_any_byte_loses_only_the_last_frame() {
    let whole = HEADERS_BYTES + 2 * (FRAME_BYTES + 5);
    for cut in whole..=whole + FRAME_BYTES + 5 {
        let (disk, key) = written(&[b"first", b"other", b"third"]);
        disk.tear(Path::new(PATH), cut);
        let (mut journal, payloads, torn) = open(&disk, &key);
        let all = cut == whole + FRAME_BYTES + 5;
        assert_eq!(payloads.len(), if all { 3 } else { 2 });
        assert_eq!(torn, Torn { tail_bytes: if all { 0 } else { (cut - whole) as u64 }, ..Torn::default() });
        journal.append(b"after").unwrap();
        let (_, payloads, torn) = open(&disk, &key);
        assert_eq!((payloads.last().unwrap().as_slice(), torn), (b"after".as_slice(), Torn::default()));
    }
}

#[test]
fn a_file_cut_within_its_headers_is_begun_again_and_takes_more() {
    for cut in 0..HEADERS_BYTES {
        let (disk, key) = written(&[b"first"]);
        disk.tear(Path::new(PATH), cut);
        let (mut journal, payloads, torn) = open(&disk, &key);
        assert_eq!((payloads.len(), torn.bad_bytes, torn.kept.is_some()), (0, cut as u64, true), "{cut}");
        journal.append(b"after").unwrap();
        let (_, payloads, torn) = open(&disk, &key);
        assert_eq!((payloads, torn), (vec![b"after".to_vec()], Torn::default()), "{cut}");
    }
}

#[test]
fn a_bit_flipped_in_the_middle_loses_only_its_frame() {
    let frame = FRAME_BYTES + 5;
    for at in HEADERS_BYTES + frame..HEADERS_BYTES + 2 * frame {
        let (disk, key) = written(&[b"first", b"other", b"third", b"forth"]);
        let mut damaged = bytes(&disk);
        damaged[at] ^= 0x10;
        disk.replace(Path::new(PATH), damaged.clone());
        let (mut journal, payloads, torn) = open(&disk, &key);
        assert_eq!(payloads, [b"first", b"third", b"forth"], "byte {at}");
        assert_eq!((torn.bad_bytes, torn.lost_frames, torn.tail_bytes), (frame as u64, 1, 0));
        assert_eq!(disk.read(&torn.kept.unwrap()).unwrap(), damaged);
        journal.append(b"after").unwrap();
        disk.restart(at as u64);
        let (_, payloads, torn) = open(&disk, &key);
        assert_eq!((payloads.len(), torn), (4, Torn::default()));
    }
}

#[test]
fn frames_around_several_lost_ones_are_salvaged() {
    let (disk, key) = written(&[b"1", b"22", b"", b"4", b"55555", b"6"]);
    let mut damaged = bytes(&disk);
    let (from, to) = (HEADERS_BYTES + FRAME_BYTES + 1, HEADERS_BYTES + 4 * FRAME_BYTES + 4);
    damaged[from..to].fill(0xee);
    damaged.extend_from_slice(b"torn");
    disk.replace(Path::new(PATH), damaged);
    let (_, payloads, torn) = open(&disk, &key);
    assert_eq!(payloads, [b"1".to_vec(), b"55555".to_vec(), b"6".to_vec()]);
    assert_eq!((torn.bad_bytes, torn.lost_frames, torn.tail_bytes), ((to - from) as u64, 3, 4));
}

#[test]
fn frames_moved_or_from_another_journal_are_not_believed() {
    let frame = FRAME_BYTES + 1;
    let (disk, key) = written(&[b"a", b"b", b"c"]);
    let good = bytes(&disk);
    let (a, rest) = good[HEADERS_BYTES..].split_at(frame);
    let (b, c) = rest.split_at(frame);
    let mut journal = open(&disk, &key).0;
    journal.rewrite(&[b"x"]).unwrap();
    let other = bytes(&disk)[HEADERS_BYTES..].to_vec();
    let headers = &good[..HEADERS_BYTES];

    let read = |frames: &[&[u8]]| {
        disk.replace(Path::new(PATH), [headers, &frames.concat()].concat());
        let (_, payloads, torn) = open(&disk, &key);
        (payloads.concat(), torn.kept.is_some())
    };
    assert_eq!(read(&[a, b, c]), (b"abc".to_vec(), false));
    assert_eq!(read(&[a, a, b, c]), (b"abc".to_vec(), true));
    assert_eq!(read(&[b, a, c]), (b"a".to_vec(), true));
    assert_eq!(read(&[a, c, b]), (b"ab".to_vec(), true));
    assert_eq!(read(&[a, c]), (b"a".to_vec(), true));
    assert_eq!(read(&[&other, b, c]), (b"bc".to_vec(), true));
}

#[test]
fn one_damaged_header_is_made_good_and_two_are_reported() {
    let (disk, key) = written(&[b"a", b"b"]);
    let good = bytes(&disk);
    for at in 0..HEADERS_BYTES {
        let mut damaged = good.clone();
        damaged[at] ^= 1;
        disk.replace(Path::new(PATH), damaged);
        let (_, payloads, torn) = open(&disk, &key);
        assert_eq!((payloads.len(), torn), (2, Torn::default()));
    }
    for damaged in [good[HEADERS_BYTES..].to_vec(), vec![], vec![0; 400]] {
        disk.replace(Path::new(PATH), damaged.clone());
        let (_, payloads, torn) = open(&disk, &key);
        assert_eq!((payloads.len(), torn.bad_bytes), (0, damaged.len() as u64));
        assert_eq!(disk.read(&torn.kept.unwrap()).unwrap(), damaged);
    }
}

#[test]
fn another_key_finds_it_locked_and_leaves_it_untouched() {
    let (disk, key) = written(&[b"a"]);
    let mut torn = bytes(&disk);
    torn.push(0);
    disk.replace(Path::new(PATH), torn.clone());
    let other = Key::generate().unwrap();
    let opened = Journal::open_on(Arc::new(disk.clone()), Path::new(PATH), &other);
    assert!(matches!(opened, Err(StoreError::Locked)));
    assert_eq!((bytes(&disk), disk.names().len()), (torn, 1));
    assert_eq!(open(&disk, &key).1, [b"a"]);
}

#[test]
fn a_full_disk_leaves_what_was_acknowledged() {
    for room in 0..2 * FRAME_BYTES as u64 {
        let (disk, key) = written(&[b"a"]);
        let mut journal = open(&disk, &key).0;
        disk.set_room(Some(room));
        let full = journal.append(&[b'b'; 2 * FRAME_BYTES]).unwrap_err();
        assert!(full.is_disk_full() && !journal.is_poisoned());
        assert!(journal.rewrite(&[b"b"]).unwrap_err().is_disk_full());
        disk.set_room(None);
        journal.append(b"d").unwrap();
        disk.restart(room);
        let (_, payloads, torn) = open(&disk, &key);
        assert_eq!((payloads.concat(), torn), (b"ad".to_vec(), Torn::default()));
    }
}

#[test]
fn what_cannot_be_undone_poisons() {
    let (disk, key) = written(&[b"a"]);
    let mut journal = open(&disk, &key).0;
    disk.set_sync_fails(true);
    assert!(matches!(journal.append(b"b"), Err(StoreError::Io { .. })));
    disk.set_sync_fails(false);
    assert!(matches!(journal.append(b"c"), Err(StoreError::Poisoned)));
    assert!(matches!(journal.rewrite(&[]), Err(StoreError::Poisoned)));

    let mut journal = open(&disk, &key).0;
    disk.set_room(Some(10));
    disk.set_truncate_fails(true);
    assert!(matches!(journal.append(b"d"), Err(StoreError::Io { .. })));
    disk.set_room(None);
    disk.set_truncate_fails(false);
    assert!(matches!(journal.append(b"e"), Err(StoreError::Poisoned)));
    let mut journal = open(&disk, &key).0;
    disk.set_folder_sync_fails(true);
    assert!(matches!(journal.rewrite(&[b"f"]), Err(StoreError::Io { .. })));
    disk.set_folder_sync_fails(false);
    assert!(matches!(journal.append(b"g"), Err(StoreError::Poisoned)));
    assert_eq!(open(&disk, &key).1, [b"f"]);
}

#[test]
fn what_opening_returned_survives_a_power_cut() {
    for seed in 0..40 {
        // Killed, so to speak, after the write and before its sync.
        let (disk, key) = written(&[b"a"]);
        let mut journal = open(&disk, &key).0;
        disk.set_sync_fails(true);
        disk.set_truncate_fails(true);
        journal.append(b"b").unwrap_err();
        disk.set_sync_fails(false);
        disk.set_truncate_fails(false);
        assert_eq!(open(&disk, &key).1, [b"a", b"b"]);
        disk.restart(seed);
        assert_eq!(open(&disk, &key).1, [b"a", b"b"], "seed {seed}");

        // Killed between the rename of a rewrite and the sync of the folder.
        let mut journal = open(&disk, &key).0;
        disk.set_folder_sync_fails(true);
        journal.rewrite(&[b"c"]).unwrap_err();
        disk.set_folder_sync_fails(false);
        open(&disk, &key).0.append(b"d").unwrap();
        disk.restart(seed);
        assert_eq!(open(&disk, &key).1, [b"c", b"d"], "seed {seed}");
    }
}

#[test]
fn a_payload_over_the_bound_is_refused() {
    let (disk, key) = written(&[]);
    let large = vec![0; crate::limits::PAYLOAD_BYTES_MAX + 1];
    let refused = open(&disk, &key).0.append(&large);
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
    assert_eq!(open(&disk, &key).1.len(), 0);
}

#[derive(Debug, Clone)]
enum Step {
    Append(Vec<u8>),
    /// Keeps every second payload.
    Rewrite,
    Kill,
    Cut {
        seed: u64,
    },
    /// The power goes during one of the next steps.
    CutDuring {
        steps: u32,
    },
    Room(Option<u64>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => vec(any::<u8>(), 0..2_000).prop_map(Step::Append),
        1 => Just(Step::Rewrite),
        1 => Just(Step::Kill),
        1 => any::<u64>().prop_map(|seed| Step::Cut { seed }),
        2 => (0..6u32).prop_map(|steps| Step::CutDuring { steps }),
        1 => proptest::option::of(0..2_000u64).prop_map(Step::Room),
    ]
}

/// What must be there, and what may be there after it.
struct Model {
    acknowledged: Vec<Vec<u8>>,
    in_flight: Option<Vec<u8>>,
    /// What a rewrite that failed would have left instead.
    rewritten: Option<Vec<Vec<u8>>>,
}

impl Model {
    fn allows(&self, found: &[Vec<u8>]) -> bool {
        let extends = |base: &[Vec<u8>]| {
            let rest = found.strip_prefix(base);
            rest.is_some_and(|rest| rest.is_empty() || rest == self.in_flight.as_slice())
        };
        extends(&self.acknowledged) || self.rewritten.as_deref().is_some_and(extends)
    }
}

proptest! {
    #[test]
    fn a_journal_agrees_with_a_list(steps in vec(step(), 1..40), last in any::<u64>()) {
        let (disk, key) = (SimDisk::new(), Key::generate().unwrap());
        let mut journal = open(&disk, &key).0;
        let mut model = Model { acknowledged: vec![], in_flight: None, rewritten: None };
        for (number, step) in steps.into_iter().chain([Step::Cut { seed: last }]).enumerate() {
            let seed = match step {
                Step::Append(payload) => {
                    match journal.append(&payload) {
                        Ok(()) => { model.acknowledged.push(payload); continue }
                        Err(_) if !journal.is_poisoned() => continue,
                        Err(_) => model.in_flight = Some(payload),
                    }
                    number as u64
                }
                Step::Rewrite => {
                    let half: Vec<_> = model.acknowledged.iter().step_by(2).cloned().collect();
                    let bare: Vec<&[u8]> = half.iter().map(Vec::as_slice).collect();
                    match journal.rewrite(&bare) {
                        Ok(()) => { model.acknowledged = half; continue }
                        Err(error) if error.is_disk_full() => continue,
                        Err(_) => model.rewritten = Some(half),
                    }
                    number as u64
                }
                Step::Kill => {
                    drop(journal);
                    match Journal::open_on(Arc::new(disk.clone()), Path::new(PATH), &key) {
                        Ok((opened, found, torn)) => {
                            prop_assert_eq!(&found, &model.acknowledged);
                            prop_assert_eq!(torn, Torn::default());
                            journal = opened;
                            continue
                        }
                        // The power went before.
                        Err(_) => number as u64,
                    }
                }
                Step::Cut { seed } => seed,
                Step::CutDuring { steps } => { disk.cut_power_after(steps); continue }
                Step::Room(room) => { disk.set_room(room); continue }
            };
            disk.restart(seed);
            // Salvage and cutting need room; a person would make some.
            disk.set_room(None);
            let (opened, found, torn) = open(&disk, &key);
            // Nobody is told of damage where a power cut did what it does.
            prop_assert_eq!(torn.kept, None);
            prop_assert!(model.allows(&found), "step {}: {:?} after {:?}", number, found, model.acknowledged);
            journal = opened;
            model = Model { acknowledged: found, in_flight: None, rewritten: None };
        }
    }
}
