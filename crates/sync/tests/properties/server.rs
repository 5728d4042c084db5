//! The other end, as plain as can be: one room's log, and what each of its rows ever was.

use crate::device::{ANA, DEVICE, ROOM, SPACE};
use folkmoot_model::event::{Envelope, Event, Logged};
use folkmoot_model::features::rooms::{RoomAccess, RoomOpened};
use folkmoot_model::fold;
use folkmoot_model::id::{EventId, PersonId, Seq};
use folkmoot_model::key::{Key, List};
use folkmoot_model::row::{Overlay, Row, RowMap};
use folkmoot_wire::frame::{Events, PageRows, Range, Snapshot, WireRow};
use std::collections::BTreeMap;

/// One room's log.
pub struct Server {
    pub log: Vec<Logged>,
    /// The places of messages.
    pub posted: Vec<(Seq, EventId)>,
    pub now: RowMap,
    history: BTreeMap<Key, Vec<Row>>,
}

impl Server {
    /// With a room that Ana has opened for herself and these.
    pub fn with(members: &[PersonId]) -> Self {
        let mut server = Self { log: Vec::new(), posted: Vec::new(), now: RowMap::default(), history: BTreeMap::new() };
        let opened = RoomOpened {
            space: SPACE,
            access: RoomAccess::Private,
            name: "den".into(),
            topic: String::new(),
            members: members.to_vec(),
        };
        server.append(ANA, Envelope::new(EventId::fixed(200), &opened.into(), 1));
        server
    }

    pub fn head(&self) -> Seq {
        self.log.len() as Seq
    }

    /// Appends it if it is not there. Gives its place.
    pub fn append(&mut self, author: PersonId, envelope: Envelope) -> Seq {
        if let Some(logged) = self.log.iter().find(|logged| logged.envelope.id == envelope.id) {
            return logged.seq;
        }
        let seq = self.head() + 1;
        let logged = Logged { envelope, seq, author, server_ms: 1_000_000 + seq, access: Vec::new(), device: DEVICE };
        let sealed = logged.sealed().expect("it was made here");
        if matches!(sealed.event, Event::MessagePosted(_)) {
            self.posted.push((seq, sealed.id));
        }
        let mut rows = Overlay::over(&self.now);
        fold::apply(&mut rows, ROOM, &sealed);
        for ((stream, key), row) in rows.into_changed().0 {
            self.history.entry(key).or_default().push(row.clone());
            self.now.0.insert((stream, key), row);
        }
        self.log.push(logged);
        seq
    }

    pub fn says(&mut self, author: PersonId, event: impl Into<Event>) -> EventId {
        let id = EventId::mint(self.head(), [7; 10]);
        self.append(author, Envelope::new(id, &event.into(), 5));
        id
    }

    /// A row as it was after this event of the log.
    pub fn row(&self, key: &Key, as_of: Seq) -> Option<&Row> {
        self.history.get(key)?.iter().rev().find(|row| row.seq <= as_of)
    }

    /// The log in `(after, to]`, if there is anything.
    pub fn events(&self, after: Seq, to: Seq) -> Option<Events> {
        let events = self.log.get(after as usize..(to as usize).min(self.log.len()))?.to_vec();
        (!events.is_empty()).then_some(Events { stream: ROOM, events })
    }

    /// Rows of messages at these places that changed after `since`, as of `as_of`.
    pub fn page(&self, range: Range, since: Seq, as_of: Seq) -> PageRows {
        PageRows {
            stream: ROOM,
            range,
            rows: self.messages(range, since, as_of),
            as_of,
            last: true,
            list: List::Messages,
        }
    }

    /// The room's structure, and its messages from `first` on.
    pub fn snapshot(&self, first: Seq) -> Snapshot {
        let seq = self.head();
        let held = Range { first, last: seq };
        let structure = self.now.0.iter().filter(|((_, key), _)| key.is_structure());
        let structure = structure.map(|((_, key), row)| wire(key, row));
        let rows = structure.chain(self.messages(held, 0, seq)).collect();
        Snapshot { stream: ROOM, seq, rows, held, first: true, last: true, checkpoint: None }
    }

    /// The keys of the messages at these places: all that is shown of them.
    pub fn keys(&self, range: Range) -> impl Iterator<Item = Key> {
        let here = self.posted.iter().filter(move |(seq, _)| (range.first..=range.last).contains(seq));
        here.flat_map(|(seq, id)| [Key::Timeline(*seq), Key::Message(*id), Key::Reactions(*id)])
    }

    fn messages(&self, range: Range, since: Seq, as_of: Seq) -> Vec<WireRow> {
        let changed = |key: Key| Some(wire(&key, self.row(&key, as_of).filter(|row| row.seq > since)?));
        self.keys(range).filter_map(changed).collect()
    }
}

fn wire(key: &Key, row: &Row) -> WireRow {
    WireRow { key: key.bytes(), value: row.bytes() }
}
