//! A journal's file as a damaged disk gives it, and the entries in it.

use crate::memory::frugal;
use crate::parts;
use folkmoot_model::event::{decode, encode};
use folkmoot_store::testing::SimDisk;
use folkmoot_store::{Journal, Key, Torn};
use folkmoot_sync::outbox::{Entry, Outbox};
use std::path::Path;
use std::sync::Arc;

/// The key of the files in the corpus.
const KEY: [u8; 32] = [7; 32];

/// Whatever stands in the file, it opens or is locked; what is read from it is there when it is opened again, and so is
/// what is appended.
pub fn journal(input: &[u8]) {
    let (disk, path, key) = (SimDisk::new(), Path::new("/profile/outbox.journal"), Key::from_bytes(KEY));
    disk.replace(path, input.to_vec());
    let open = || Journal::open_on(Arc::new(disk.clone()), path, &key);
    let Ok((mut journal, mut payloads, _)) = frugal(input, open) else { return };
    journal.append(b"after").expect("the disk takes it");
    drop(journal);
    disk.restart(0);
    payloads.push(b"after".to_vec());
    let (_, again, torn) = open().expect("it was mended");
    assert_eq!((again, torn), (payloads, Torn::default()));
}

/// Each part is a payload. Whatever the entries say, the outbox that they make is the one that its own entries make.
pub fn outbox(input: &[u8]) {
    let entries: Vec<Entry> = parts(input).into_iter().filter_map(|(_, part)| decode(part)).collect();
    for entry in &entries {
        assert_eq!(decode::<Entry>(&encode(entry)).as_ref(), Some(entry));
    }
    let outbox = frugal(input, || Outbox::replay(entries));
    let again = Outbox::replay(outbox.entries());
    assert_eq!(again.entries(), outbox.entries());
    assert_eq!(again.pending(), outbox.pending());
    assert!(outbox.items().map(|item| &item.state).eq(again.items().map(|item| &item.state)));
}
