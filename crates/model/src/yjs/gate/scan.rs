//! One linear pass over an update: its structs and its deletions, each well formed on its own.
//!
//! What they refer to is not looked at here; that is `admit.rs`. The layout is that of Yjs 13's `writeClientsStructs`
//! and `writeDeleteSet` in their version 1 encoding.

use super::GateRefusal;
use super::GateRefusal::Malformed;
use crate::yjs::lib0::{Bytes, CLOCK_END};
use std::collections::BTreeSet;

/// Every Yjs item carries these four bits of kind; three flags stand above them and one bit is never set.
pub(super) const KIND: u8 = 0b0000_1111;
const UNUSED: u8 = 0b0001_0000;
pub(super) const HAS_KEY: u8 = 0b0010_0000;
pub(super) const HAS_RIGHT: u8 = 0b0100_0000;
pub(super) const HAS_ORIGIN: u8 = 0b1000_0000;

/// The name of one element ever inserted: a Yjs client, and its count of insertions so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id {
    pub(crate) client: u32,
    pub(crate) clock: u32,
}

/// What an update says.
#[derive(Debug, Default)]
pub(crate) struct Scan<'a> {
    /// The structs of each client, each client once and never empty.
    pub(crate) sections: Vec<Section<'a>>,
    /// The deleted ranges of each client, each client once; ascending, disjoint and not empty.
    pub(crate) deletions: Vec<(u32, Vec<ClockRange>)>,
}

/// Clocks from `start` up to but without `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClockRange {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// The structs of one client, one after the other without gaps.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    pub(crate) client: u32,
    pub(crate) structs: Vec<Struct<'a>>,
    /// The clock after the last struct.
    pub(crate) end: u32,
}

/// A run of elements that were inserted together.
#[derive(Debug)]
pub(crate) struct Struct<'a> {
    pub(crate) clock: u32,
    pub(crate) len: u32,
    pub(crate) content: Content,
    /// The element that stood to the left.
    pub(crate) origin: Option<Id>,
    /// The element that stood to the right.
    pub(crate) right: Option<Id>,
    /// Given only where there is neither `origin` nor `right`.
    pub(crate) parent: Option<Parent<'a>>,
    /// The map key; given only with `parent`.
    pub(crate) key: Option<&'a str>,
    /// Of [`Content::Text`] the text.
    pub(crate) text: Option<&'a str>,
}

/// What holds a struct.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Parent<'a> {
    /// A root type by its name.
    Root(&'a str),
    /// A type that was itself inserted.
    Item(Id),
}

/// What a struct holds, as far as the gate cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// Collected: even its place is forgotten.
    Gc,
    /// Deleted: only its place is known.
    Deleted,
    /// Plain text.
    Text,
    /// A nested type.
    Type,
    /// Anything else without children.
    Value,
}

impl Section<'_> {
    /// Is `clock` the first of one of its structs?
    pub(crate) fn begins_at(&self, clock: u32) -> bool {
        self.structs.binary_search_by_key(&clock, |item| item.clock).is_ok()
    }
}

impl Struct<'_> {
    pub(crate) fn end(&self) -> u32 {
        self.clock + self.len
    }
}

/// Reads the whole of `update`.
pub(crate) fn scan(update: &[u8]) -> Result<Scan<'_>, GateRefusal> {
    let mut bytes = Bytes::new(update);
    let mut scan = Scan::default();
    // A section: a count, a client, a clock, and a struct of two bytes.
    let mut seen = BTreeSet::new();
    for _ in 0..bytes.count(5)? {
        let section = section(&mut bytes)?;
        if !seen.insert(section.client) {
            return Err(Malformed("a client stands twice"));
        }
        scan.sections.push(section);
    }
    seen.clear();
    for _ in 0..bytes.count(2)? {
        let client = bytes.number()?;
        if !seen.insert(client) {
            return Err(Malformed("a client stands twice"));
        }
        scan.deletions.push((client, ranges(&mut bytes)?));
    }
    if bytes.is_empty() { Ok(scan) } else { Err(Malformed("bytes follow its end")) }
}

fn section<'a>(bytes: &mut Bytes<'a>) -> Result<Section<'a>, GateRefusal> {
    let count = bytes.count(2)?;
    let client = bytes.number()?;
    let mut clock = bytes.number()?;
    let mut structs: Vec<Struct> = Vec::new();
    for _ in 0..count {
        let next = item(bytes, clock)?;
        // `len` is the client's word for it, so the sum is taken with care.
        clock = clock.checked_add(next.len).filter(|end| *end <= CLOCK_END).ok_or(Malformed("a clock beyond 2^31"))?;
        match structs.last_mut() {
            Some(last) if last.content == Content::Gc && next.content == Content::Gc => last.len += next.len,
            _ => structs.push(next),
        }
    }
    if structs.is_empty() {
        Err(Malformed("a client without structs"))
    } else {
        Ok(Section { client, structs, end: clock })
    }
}

fn item<'a>(bytes: &mut Bytes<'a>, clock: u32) -> Result<Struct<'a>, GateRefusal> {
    let info = bytes.byte()?;
    if info == 0 {
        let len = some(bytes.number()?)?;
        return Ok(Struct {
            clock,
            len,
            content: Content::Gc,
            origin: None,
            right: None,
            parent: None,
            key: None,
            text: None,
        });
    }
    let origin = if info & HAS_ORIGIN != 0 { Some(id(bytes)?) } else { None };
    let right = if info & HAS_RIGHT != 0 { Some(id(bytes)?) } else { None };
    let (mut parent, mut key) = (None, None);
    if origin.is_none() && right.is_none() {
        parent = Some(match bytes.number()? {
            1 => Parent::Root(bytes.text()?),
            0 => Parent::Item(id(bytes)?),
            _ => return Err(Malformed("a parent of unknown kind")),
        });
        if info & HAS_KEY != 0 {
            key = Some(bytes.text()?);
        }
    }
    if info & UNUSED != 0 {
        return Err(Malformed("an unknown kind of struct"));
    }
    let Read { content, len, text } = content(bytes, info & KIND)?;
    Ok(Struct { clock, len: some(len)?, content, origin, right, parent, key, text })
}

/// The content of an item.
pub(super) struct Read<'a> {
    content: Content,
    len: u32,
    text: Option<&'a str>,
}

pub(super) fn content<'a>(bytes: &mut Bytes<'a>, kind: u8) -> Result<Read<'a>, GateRefusal> {
    let mut read = None;
    let (content, len) = match kind {
        1 => (Content::Deleted, bytes.number()?),
        2 => return Err(Malformed("a JSON list, which yrs misreads and no editor writes any more")),
        3 => {
            bytes.buffer()?;
            (Content::Value, 1)
        }
        4 => {
            let text = bytes.text()?;
            read = Some(text);
            let units = u32::try_from(text.encode_utf16().count()).map_err(|_| Malformed("a clock beyond 2^31"))?;
            (Content::Text, units)
        }
        5 => {
            bytes.json()?;
            (Content::Value, 1)
        }
        6 => {
            bytes.text()?;
            bytes.json()?;
            (Content::Value, 1)
        }
        7 => {
            match bytes.byte()? {
                // array, map, text, XML fragment, XML text
                0 | 1 | 2 | 4 | 6 => {}
                // XML element
                3 => bytes.text().map(|_| ())?,
                _ => return Err(Malformed("a type that no editor here writes")),
            }
            (Content::Type, 1)
        }
        8 => {
            let count = bytes.count(1)?;
            for _ in 0..count {
                bytes.any()?;
            }
            (Content::Value, u32::try_from(count).map_err(|_| Malformed("a clock beyond 2^31"))?)
        }
        9 => return Err(Malformed("a subdocument")),
        10 => return Err(Malformed("a gap")),
        _ => return Err(Malformed("an unknown kind of struct")),
    };
    Ok(Read { content, len, text: read })
}

fn ranges(bytes: &mut Bytes<'_>) -> Result<Vec<ClockRange>, GateRefusal> {
    let mut ranges: Vec<ClockRange> = Vec::new();
    for _ in 0..bytes.count(2)? {
        let start = bytes.number()?;
        let len = some(bytes.number()?)?;
        let end = start.checked_add(len).filter(|end| *end <= CLOCK_END).ok_or(Malformed("a clock beyond 2^31"))?;
        if ranges.last().is_some_and(|last| last.end > start) {
            return Err(Malformed("deletions that overlap or are out of order"));
        }
        ranges.push(ClockRange { start, end });
    }
    Ok(ranges)
}

pub(super) fn id(bytes: &mut Bytes<'_>) -> Result<Id, GateRefusal> {
    Ok(Id { client: bytes.number()?, clock: bytes.number()? })
}

fn some(len: u32) -> Result<u32, GateRefusal> {
    if len == 0 { Err(Malformed("an empty run")) } else { Ok(len) }
}
