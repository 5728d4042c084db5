//! A device: the production replica over a disk, its person's webview with Yjs documents, and who it believes is here.

use crate::disk::Disk;
use folkmoot_model::event::Event;
use folkmoot_model::id::{DeviceId, EventId, PersonId, StreamId};
use folkmoot_model::yjs::gate::rename::{Renamed, rename, speakers};
use folkmoot_sync::outbox::Draft;
use folkmoot_sync::presence::Roster;
use folkmoot_sync::replica::Replica;
use folkmoot_sync::replica::io::{Effect, Start};
use std::collections::{BTreeMap, BTreeSet};
use yrs::updates::decoder::Decode;
use yrs::{ClientID, Doc, GetString, OffsetKind, Options, ReadTxn, Text, Transact, Update};

/// A device and who uses it.
pub struct Device {
    /// Whose it is.
    pub person: PersonId,
    /// Its id.
    pub id: DeviceId,
    /// What it keeps.
    pub disk: Disk,
    /// The machine, while the process runs.
    pub replica: Option<Replica>,
    /// The documents in the webview; gone with the process, and filled anew from the disk.
    pub documents: BTreeMap<StreamId, Doc>,
    /// Who it believes is here.
    pub roster: Roster,
    /// The room or document that its person has open.
    pub at: Option<StreamId>,
    /// Was the link up when last looked at?
    pub was_up: bool,
    /// Counts starts: each has another seed and other Yjs clients.
    starts: u64,
    /// The connection, as the world numbers them.
    pub session: Option<u64>,
    /// When the machine wants to be woken, by the device's clock.
    pub wake_ms: u64,
    /// How far its clock is ahead of true time, in milliseconds.
    pub skew_ms: i64,
    /// Does it run an older version, that knows no reactions?
    pub old: bool,
    /// How many times it was signed out; what was issued before counts no longer.
    pub signed_out: u64,
    /// How many times it had been signed out when its person signed in last.
    pub signed_in: u64,
    /// Has its person to sign in?
    pub needs_sign_in: bool,
    /// What was refused in documents, and not said again under other Yjs clients.
    pub refused: BTreeMap<StreamId, BTreeSet<EventId>>,
    /// What is being said again in documents: where, and which Yjs clients become which others.
    pub again: BTreeMap<EventId, (StreamId, BTreeMap<u32, Renamed>)>,
    /// Yjs clients that it has chosen for what it said again.
    minted: BTreeSet<u32>,
    /// What its Yjs clients begin with. Devices of several people may have the same, as if they had drawn alike.
    pub draws: u8,
    /// Refused events that its person gave up, or said again.
    pub given_up: BTreeSet<EventId>,
    /// Messages that its person is taking back.
    pub taking: BTreeSet<EventId>,
    /// Messages that they have taken back: nobody ever sees them.
    pub taken: BTreeSet<EventId>,
    /// Drafts as they were saved last.
    pub drafts: BTreeMap<StreamId, Draft>,
    /// What was typed and saved: in which document, by which Yjs client, up to which of its clocks.
    pub typed: Vec<(StreamId, u32, u32)>,
}

impl Device {
    /// A fresh one.
    pub fn new(person: PersonId, id: DeviceId, draws: u8) -> Self {
        Self {
            draws,
            person,
            id,
            disk: Disk::default(),
            replica: None,
            documents: BTreeMap::new(),
            roster: Roster::default(),
            at: None,
            was_up: false,
            starts: 0,
            session: None,
            wake_ms: 0,
            skew_ms: 0,
            old: false,
            signed_out: 0,
            signed_in: 0,
            needs_sign_in: false,
            refused: BTreeMap::new(),
            again: BTreeMap::new(),
            minted: BTreeSet::new(),
            given_up: BTreeSet::new(),
            taking: BTreeSet::new(),
            taken: BTreeSet::new(),
            drafts: BTreeMap::new(),
            typed: Vec::new(),
        }
    }

    /// Starts the process from what is on the disk.
    pub fn start(&mut self, now_ms: u64) -> Vec<Effect> {
        self.starts += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.starts.to_be_bytes());
        seed[16..].copy_from_slice(self.id.as_bytes());
        let start = Start {
            person: self.person,
            device: self.id,
            seed,
            streams: self.disk.store.streams.clone().into_iter().collect(),
            journal: self.disk.journal.clone(),
            offline: false,
        };
        let (replica, script) = Replica::start(now_ms, start, &self.disk);
        self.replica = Some(replica);
        script
    }

    /// The process ends.
    pub fn stop(&mut self) {
        self.replica = None;
        self.documents.clear();
        self.roster = Roster::default();
        self.was_up = false;
        self.taking.clear();
        self.again.clear();
        self.session = None;
    }

    /// The Yjs client that its editors write as, others after each start and after each time that somebody else was
    /// first with one.
    fn client(&self) -> u64 {
        u64::from(self.draws) << 24 | (self.starts & 0x7ff) << 12 | (self.minted.len() as u64 & 0xfff)
    }

    /// What was refused, and all that was typed after it, as the engine says it again: under fresh Yjs clients, if it
    /// was not under such ones.
    pub fn said_again(&mut self, document: StreamId, event: EventId) -> Option<Vec<Vec<u8>>> {
        let outbox = self.replica.as_ref()?.outbox();
        let Ok(Event::DocumentEdited(refused)) = outbox.get(event)?.envelope.event() else { return None };
        let said: Vec<Vec<u8>> =
            std::iter::once(refused.update.clone()).chain(outbox.unsent(document).map(<[u8]>::to_vec)).collect();
        let mut names = BTreeMap::new();
        for (client, from) in speakers(&refused.update).ok()? {
            if self.minted.contains(&client) {
                return None;
            }
            let to = u32::from(self.id.0[0]) << 24 | 0x80_0000 | self.minted.len() as u32;
            self.minted.insert(to);
            names.insert(client, Renamed { from, to });
        }
        let again: Result<_, _> = said.iter().map(|update| rename(update, &names)).collect();
        self.again.insert(event, (document, names));
        self.documents.remove(&document);
        again.ok()
    }

    /// An update was saved.
    pub fn saved(&mut self, document: StreamId, update: &[u8]) {
        let update = Update::decode_v1(update).expect("an update that was typed");
        let ends = update.state_vector();
        self.typed.extend(ends.iter().map(|(client, end)| (document, client.get() as u32, *end)));
    }

    /// That an event was settled was saved: if it was refused and said again, what it said bears the other names.
    pub fn settled(&mut self, event: EventId) {
        let Some((document, names)) = self.again.remove(&event) else { return };
        self.given_up.insert(event);
        self.refused.entry(document).or_default().remove(&event);
        for (_, client, end) in self.typed.iter_mut().filter(|(of, ..)| *of == document) {
            if let Some(Renamed { from, to }) = names.get(client).filter(|renamed| *end > renamed.from) {
                (*client, *end) = (*to, *end - from);
            }
        }
    }

    /// What somebody else could say in a document as this device's Yjs client.
    pub fn squatted(&self, updates: &[Vec<u8>]) -> Vec<u8> {
        let doc = Doc::with_client_id(self.client());
        updates.iter().for_each(|update| apply(&doc, update));
        let body = doc.get_or_insert_text("content");
        let before = doc.transact().state_vector();
        body.insert(&mut doc.transact_mut(), 0, "squatted");
        doc.transact().encode_diff_v1(&before)
    }

    /// Opens a document in the webview: from the disk and from what is journalled.
    pub fn open(&mut self, document: StreamId) -> &Doc {
        // Each start writes as another Yjs client, as a webview does.
        let client = self.client();
        let Self { disk, replica, .. } = self;
        self.documents.entry(document).or_insert_with(|| {
            let mut options = Options::with_client_id(ClientID::new(client));
            options.offset_kind = OffsetKind::Utf16;
            let doc = Doc::with_options(options);
            let mut updates: Vec<Vec<u8>> = disk.store.body(document).map(<[u8]>::to_vec).collect();
            if let Some(replica) = replica {
                for item in replica.outbox().overlaid(document) {
                    if let Ok(Event::DocumentEdited(edited)) = item.envelope.event() {
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
}

/// Applies an update that passed the gate, or a checkpoint.
pub fn apply(doc: &Doc, update: &[u8]) {
    let Ok(read) = Update::decode_v1(update) else {
        panic!("documents-readable: {} bytes are no update", update.len())
    };
    doc.transact_mut().apply_update(read).expect("applies");
}

/// A document's text.
pub fn text(doc: &Doc) -> String {
    let body = doc.get_or_insert_text("content");
    let txn = doc.transact();
    assert!(!txn.has_missing_updates(), "documents-whole: an update is missing");
    body.get_string(&txn)
}
