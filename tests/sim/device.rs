//! A device: the production replica over a store and a journal in memory, and a person's webview with its Yjs documents.

use folkmoot_model::id::{DeviceId, PersonId, Seq, StreamId};
use folkmoot_model::row::{Held, Key, Row, RowMap, Rows};
use folkmoot_sync::outbox::Entry;
use folkmoot_sync::replica::Replica;
use folkmoot_sync::replica::io::{Changes, Effect, Start, StreamHeld};
use std::collections::BTreeMap;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, OffsetKind, Options, ReadTxn, Text, Transact, Update};

/// What a device keeps through a crash.
#[derive(Default, Clone)]
pub struct Disk {
    pub rows: RowMap,
    pub updates: BTreeMap<(StreamId, Seq), Vec<u8>>,
    pub streams: BTreeMap<StreamId, StreamHeld>,
    pub journal: Vec<Entry>,
}

impl Rows for Disk {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        match self.rows.0.get(&(stream, *key)) {
            Some(row) => Held::Row(row.clone()),
            None => match key {
                key if key.is_message_part() => Held::Unknown,
                _ if self.streams.get(&stream).is_some_and(|held| held.cursor > 0) => Held::Absent,
                _ => Held::Unknown,
            },
        }
    }
}

impl Disk {
    pub fn commit(&mut self, changes: Changes) {
        for stream in changes.forget {
            self.rows.0.retain(|(of, _), _| *of != stream);
            self.updates.retain(|(of, _), _| *of != stream);
            self.streams.remove(&stream);
        }
        let rows = changes.rows.into_iter().map(|(stream, key, row): (StreamId, Key, Row)| ((stream, key), row));
        self.rows.0.extend(rows);
        for (stream, seq, update) in changes.updates {
            self.updates.insert((stream, seq), update);
        }
        self.streams.extend(changes.streams);
    }
}

/// A device and who uses it.
pub struct Device {
    pub person: PersonId,
    pub id: DeviceId,
    pub disk: Disk,
    pub replica: Option<Replica>,
    /// The documents in the webview; gone with a crash, and filled anew from the disk.
    pub documents: BTreeMap<StreamId, Doc>,
    /// Counts starts: each has another seed and other Yjs clients.
    pub starts: u64,
    pub seed: u64,
    /// The connection, as the world numbers them.
    pub session: Option<u64>,
    pub wake_ms: u64,
    /// Texts typed into documents and saved: all must be there in the end.
    pub refused_documents: Vec<StreamId>,
}

impl Device {
    pub fn new(person: PersonId, id: DeviceId, seed: u64) -> Self {
        Self {
            person,
            id,
            disk: Disk::default(),
            replica: None,
            documents: BTreeMap::new(),
            starts: 0,
            seed,
            session: None,
            wake_ms: 0,
            refused_documents: Vec::new(),
        }
    }

    /// Starts the process from what is on the disk.
    pub fn start(&mut self, now_ms: u64) -> Vec<Effect> {
        self.starts += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_be_bytes());
        seed[8..16].copy_from_slice(&self.starts.to_be_bytes());
        seed[16..].copy_from_slice(self.id.as_bytes());
        let start = Start {
            person: self.person,
            device: self.id,
            seed,
            streams: self.disk.streams.clone().into_iter().collect(),
            journal: self.disk.journal.clone(),
            offline: false,
        };
        let (replica, script) = Replica::start(now_ms, start, &self.disk);
        self.replica = Some(replica);
        script
    }

    /// The process dies.
    pub fn crash(&mut self) {
        self.replica = None;
        self.documents.clear();
        self.session = None;
    }

    /// Opens a document in the webview: from the disk and from what is journalled.
    pub fn open(&mut self, document: StreamId) -> &Doc {
        let client =
            (self.seed ^ (self.starts << 20) ^ u64::from_be_bytes(self.id.0[8..].try_into().expect("eight bytes")))
                & 0xffff_ffff;
        let (disk, replica) = (&self.disk, &self.replica);
        self.documents.entry(document).or_insert_with(|| {
            let mut options = Options::with_client_id(yrs::ClientID::new(client.max(1)));
            options.offset_kind = OffsetKind::Utf16;
            let doc = Doc::with_options(options);
            let held = disk.updates.range((document, 0)..=(document, Seq::MAX)).map(|(_, update)| update.clone());
            let mut updates: Vec<Vec<u8>> = held.collect();
            if let Some(replica) = replica {
                for item in replica.outbox().overlaid(document) {
                    if let Ok(folkmoot_model::event::Event::DocumentEdited(edited)) = item.envelope.event() {
                        updates.push(edited.update);
                    }
                }
                updates.extend(replica.outbox().unsent(document).map(<[u8]>::to_vec));
            }
            for update in updates {
                apply(&doc, &update);
            }
            doc
        })
    }

    /// Types into a document. Gives the update.
    pub fn type_into(&mut self, document: StreamId, at: u64, text: &str, delete: bool) -> Vec<u8> {
        let doc = self.open(document);
        let body = doc.get_or_insert_text("content");
        let before = doc.transact().state_vector();
        {
            let mut txn = doc.transact_mut();
            let len = body.len(&txn);
            if delete && len > 2 {
                body.remove_range(&mut txn, (at % u64::from(len - 2)) as u32, 2);
            } else {
                body.insert(&mut txn, (at % u64::from(len + 1)) as u32, text);
            }
        }
        doc.transact().encode_diff_v1(&before)
    }

    /// The text of a document in the webview.
    pub fn text(&mut self, document: StreamId) -> String {
        text(self.open(document))
    }
}

pub fn apply(doc: &Doc, update: &[u8]) {
    doc.transact_mut().apply_update(Update::decode_v1(update).expect("an update that passed")).expect("applies");
}

pub fn text(doc: &Doc) -> String {
    let body = doc.get_or_insert_text("content");
    let txn = doc.transact();
    assert!(!txn.has_missing_updates(), "an update is missing");
    body.get_string(&txn)
}
