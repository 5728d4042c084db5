//! State as rows: their values, and where they are read from. Rows are never deleted.

use crate::event::{decode, encode};
use crate::features::documents::{DocumentHead, DocumentRow};
use crate::features::messages::MessageRow;
use crate::features::people::MemberRow;
use crate::features::pins::PinsRow;
use crate::features::reactions::ReactionsRow;
use crate::features::reads::{GrantRow, NotifyRow, ReadRow};
use crate::features::rooms::RoomHead;
use crate::features::spaces::{DirectoryHead, ListingRow, SpaceHead};
use crate::features::threads::{ThreadMark, ThreadSummary};
use crate::id::{EventId, PersonId, Seq, StreamId};
use crate::key::{Key, List};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// The value of a row, one variant per kind of key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Value {
    /// At [`Key::Head`] of a space.
    #[n(0)]
    Space(#[n(0)] SpaceHead),
    /// At [`Key::Head`] of a room.
    #[n(1)]
    Room(#[n(0)] RoomHead),
    /// At [`Key::Head`] of a document.
    #[n(2)]
    DocumentHead(#[n(0)] DocumentHead),
    /// At [`Key::Access`].
    #[n(3)]
    Access,
    /// At [`Key::Member`].
    #[n(4)]
    Member(#[n(0)] MemberRow),
    /// At [`Key::Listing`].
    #[n(5)]
    Listing(#[n(0)] ListingRow),
    /// At [`Key::Document`].
    #[n(6)]
    Document(#[n(0)] DocumentRow),
    /// At [`Key::Timeline`], [`Key::Thread`] and [`Key::Reply`]: the message there; at [`Key::Mention`]: the message that names the person, if it still does.
    #[n(7)]
    At(#[n(0)] EventId),
    /// At [`Key::Message`].
    #[n(8)]
    Message(#[n(0)] MessageRow),
    /// At [`Key::Reactions`].
    #[n(9)]
    Reactions(#[n(0)] ReactionsRow),
    /// At [`Key::Grant`].
    #[n(10)]
    Grant(#[n(0)] GrantRow),
    /// At [`Key::Read`].
    #[n(11)]
    Read(#[n(0)] ReadRow),
    /// At [`Key::Notify`].
    #[n(12)]
    Notify(#[n(0)] NotifyRow),
    /// At [`Key::Head`] of a directory.
    #[n(13)]
    Directory(#[n(0)] DirectoryHead),
    /// At [`Key::Pins`].
    #[n(14)]
    Pins(#[n(0)] PinsRow),
    /// At [`Key::ThreadSummary`].
    #[n(15)]
    ThreadSummary(#[n(0)] ThreadSummary),
    /// At [`Key::ThreadMark`].
    #[n(16)]
    ThreadMark(#[n(0)] ThreadMark),
}

impl Value {
    /// The places at which it is listed; of what is in no list, none.
    pub fn places(&self) -> Vec<(List, Seq)> {
        match self {
            Self::Message(message) => message.lists().into_iter().map(|list| (list, message.posted_seq)).collect(),
            Self::Space(_) | Self::Room(_) | Self::DocumentHead(_) | Self::Access | Self::Member(_) => Vec::new(),
            Self::Listing(_) | Self::Document(_) | Self::At(_) | Self::Reactions(_) | Self::Grant(_) => Vec::new(),
            Self::Read(_) | Self::Notify(_) | Self::Directory(_) | Self::Pins(_) => Vec::new(),
            Self::ThreadSummary(_) | Self::ThreadMark(_) => Vec::new(),
        }
    }

    /// The keys of the rows by which it is found: they travel with it.
    pub fn index(&self) -> Vec<Key> {
        match self {
            Self::Message(message) => message.index().collect(),
            Self::Space(_) | Self::Room(_) | Self::DocumentHead(_) | Self::Access | Self::Member(_) => Vec::new(),
            Self::Listing(_) | Self::Document(_) | Self::At(_) | Self::Reactions(_) | Self::Grant(_) => Vec::new(),
            Self::Read(_) | Self::Notify(_) | Self::Directory(_) | Self::Pins(_) => Vec::new(),
            Self::ThreadSummary(_) | Self::ThreadMark(_) => Vec::new(),
        }
    }
}

/// A row: a value and the place of the last event that made it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Row {
    /// The seq of the last event that touched it.
    #[n(0)]
    pub seq: Seq,
    /// What it holds.
    #[n(1)]
    pub value: Value,
}

impl Row {
    /// The row's CBOR bytes.
    pub fn bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads a row's bytes; `None` if a newer fold wrote them.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        decode(bytes)
    }
}

/// What a reader knows of a row.
#[expect(
    clippy::large_enum_variant,
    reason = "it is handed on and never kept: a box would be an allocation for each read"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// It is this.
    Row(Row),
    /// There is none.
    Absent,
    /// There may be one, not held here.
    Unknown,
}

impl Held {
    /// The row, if it is held.
    pub fn row(self) -> Option<Row> {
        match self {
            Self::Row(row) => Some(row),
            Self::Absent | Self::Unknown => None,
        }
    }
}

/// Where rows are read from: a map, a device's store, or what a server loaded for one transaction.
pub trait Rows {
    /// The row at `key` of `stream`.
    fn get(&self, stream: StreamId, key: &Key) -> Held;
}

/// Rows in a map: complete for what it holds, so that a row not there is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowMap(pub BTreeMap<(StreamId, Key), Row>);

impl RowMap {
    /// The streams that are or were granted to a person, in order.
    pub fn granted(&self, person: PersonId) -> Vec<StreamId> {
        let own = StreamId::from(person);
        let (first, last) = (Key::Grant(StreamId([0; 16])), Key::Grant(StreamId([0xff; 16])));
        let keys = self.0.range((own, first)..=(own, last)).map(|((_, key), _)| key);
        let streams = keys.filter_map(|key| {
            let Key::Grant(stream) = key else { return None };
            Some(*stream)
        });
        streams.collect()
    }
}

impl Rows for RowMap {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        self.0.get(&(stream, *key)).cloned().map_or(Held::Absent, Held::Row)
    }
}

/// Rows changed above others that are left as they are: pending events over confirmed rows, or a transaction's
/// changes over what was loaded.
pub struct Overlay<'a> {
    below: &'a dyn Rows,
    changed: RowMap,
}

impl<'a> Overlay<'a> {
    /// Nothing changed yet over `below`.
    pub fn over(below: &'a dyn Rows) -> Self {
        Self::resume(below, RowMap::default())
    }

    /// Over `below` again with what was changed before.
    pub fn resume(below: &'a dyn Rows, changed: RowMap) -> Self {
        Self { below, changed }
    }

    /// Puts a row above.
    pub fn put(&mut self, stream: StreamId, key: Key, row: Row) {
        self.changed.0.insert((stream, key), row);
    }

    /// The streams that what was put grants a person, or once granted, in order.
    pub fn granted(&self, person: PersonId) -> Vec<StreamId> {
        self.changed.granted(person)
    }

    /// What was put so far, in order of keys.
    pub fn changed(&self) -> impl Iterator<Item = (&Key, &Row)> {
        self.changed.0.iter().map(|((_, key), row)| (key, row))
    }

    /// What was put, in order of keys.
    pub fn into_changed(self) -> RowMap {
        self.changed
    }
}

impl Rows for Overlay<'_> {
    fn get(&self, stream: StreamId, key: &Key) -> Held {
        match self.changed.0.get(&(stream, *key)) {
            Some(row) => Held::Row(row.clone()),
            None => self.below.get(stream, key),
        }
    }
}
