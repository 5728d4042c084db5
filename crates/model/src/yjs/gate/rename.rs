//! Says an update again as other Yjs clients: for what a device has written under a client id that turned out to be
//! somebody else's. Nothing of it was admitted anywhere, so that it is free to be said differently.

use super::GateRefusal;
use super::GateRefusal::Malformed;
use super::scan::{ClockRange, HAS_KEY, HAS_ORIGIN, HAS_RIGHT, Id, KIND, content, id, scan};
use crate::yjs::lib0::{Bytes, write_number as write};
use std::collections::BTreeMap;

/// What becomes of a Yjs client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renamed {
    /// Its elements from this clock on become another's, and are counted from 0 there.
    pub from: u32,
    /// The other.
    pub to: u32,
}

/// The Yjs clients of which `update` adds something, each with its first clock there. Fails as the gate does on what is
/// malformed.
pub fn speakers(update: &[u8]) -> Result<BTreeMap<u32, u32>, GateRefusal> {
    let first = |section: &super::scan::Section<'_>| Some((section.client, section.structs.first()?.clock));
    Ok(scan(update)?.sections.iter().filter_map(first).collect())
}

/// `update` with these clients renamed, wherever they are named. Fails as the gate does on what is malformed, and where
/// a run of elements lies on both sides of [`Renamed::from`].
pub fn rename(update: &[u8], names: &BTreeMap<u32, Renamed>) -> Result<Vec<u8>, GateRefusal> {
    scan(update)?;
    let mut bytes = Bytes::new(update);
    let mut sections = Vec::new();
    for _ in 0..bytes.number()? {
        sections.push(section(&mut bytes, names)?);
    }
    // As Yjs writes them, which some readers rely on.
    sections.sort_by_key(|(client, _)| std::cmp::Reverse(*client));
    let mut out = Vec::with_capacity(update.len() + 16);
    write(&mut out, count(sections.len())?);
    sections.into_iter().for_each(|(_, section)| out.extend(section));
    let deletions = deletions(&mut bytes, names)?;
    write(&mut out, count(deletions.len())?);
    for (client, ranges) in deletions.into_iter().rev() {
        write(&mut out, client);
        write(&mut out, count(ranges.len())?);
        for ClockRange { start, end } in ranges {
            write(&mut out, start);
            write(&mut out, end - start);
        }
    }
    Ok(out)
}

fn section(bytes: &mut Bytes<'_>, names: &BTreeMap<u32, Renamed>) -> Result<(u32, Vec<u8>), GateRefusal> {
    let structs = bytes.number()?;
    let first = id(bytes)?;
    let Id { client, clock } = renamed(first, names);
    if client == first.client && names.contains_key(&client) {
        return Err(Malformed("a client that is renamed in part"));
    }
    let mut out = Vec::new();
    [structs, client, clock].into_iter().for_each(|number| write(&mut out, number));
    for _ in 0..structs {
        item(bytes, names, &mut out)?;
    }
    Ok((client, out))
}

fn item(bytes: &mut Bytes<'_>, names: &BTreeMap<u32, Renamed>, out: &mut Vec<u8>) -> Result<(), GateRefusal> {
    let info = bytes.byte()?;
    out.push(info);
    if info == 0 {
        write(out, bytes.number()?);
        return Ok(());
    }
    let neighbour = |bytes: &mut Bytes<'_>, out: &mut Vec<u8>| -> Result<(), GateRefusal> {
        let Id { client, clock } = renamed(id(bytes)?, names);
        write(out, client);
        write(out, clock);
        Ok(())
    };
    if info & HAS_ORIGIN != 0 {
        neighbour(bytes, out)?;
    }
    if info & HAS_RIGHT != 0 {
        neighbour(bytes, out)?;
    }
    if info & (HAS_ORIGIN | HAS_RIGHT) == 0 {
        let root = bytes.number()?;
        write(out, root);
        if root == 1 {
            copied(bytes, out, |bytes| bytes.text().map(drop))?;
        } else {
            neighbour(bytes, out)?;
        }
        if info & HAS_KEY != 0 {
            copied(bytes, out, |bytes| bytes.text().map(drop))?;
        }
    }
    copied(bytes, out, |bytes| content(bytes, info & KIND).map(drop))
}

/// Copies what `read` takes.
fn copied<'a>(
    bytes: &mut Bytes<'a>,
    out: &mut Vec<u8>,
    read: impl FnOnce(&mut Bytes<'a>) -> Result<(), GateRefusal>,
) -> Result<(), GateRefusal> {
    let before = bytes.rest();
    read(bytes)?;
    out.extend_from_slice(&before[..before.len() - bytes.rest().len()]);
    Ok(())
}

/// The deleted ranges of each client, those of a renamed one parted where its name changes.
fn deletions(
    bytes: &mut Bytes<'_>,
    names: &BTreeMap<u32, Renamed>,
) -> Result<BTreeMap<u32, Vec<ClockRange>>, GateRefusal> {
    let mut deletions: BTreeMap<u32, Vec<ClockRange>> = BTreeMap::new();
    for _ in 0..bytes.number()? {
        let client = bytes.number()?;
        for _ in 0..bytes.number()? {
            let start = bytes.number()?;
            let end = start + bytes.number()?;
            let from = names.get(&client).map_or(end, |renamed| renamed.from.clamp(start, end));
            for (start, end) in [(start, from), (from, end)].into_iter().filter(|(start, end)| start < end) {
                let first = renamed(Id { client, clock: start }, names);
                let range = ClockRange { start: first.clock, end: first.clock + (end - start) };
                deletions.entry(first.client).or_default().push(range);
            }
        }
    }
    Ok(deletions)
}

fn renamed(id: Id, names: &BTreeMap<u32, Renamed>) -> Id {
    match names.get(&id.client) {
        Some(Renamed { from, to }) if id.clock >= *from => Id { client: *to, clock: id.clock - from },
        _ => id,
    }
}

fn count(len: usize) -> Result<u32, GateRefusal> {
    u32::try_from(len).map_err(|_| Malformed("more than an update can hold"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PersonId;
    use crate::yjs::gate::Gate;
    use yrs::updates::decoder::Decode;
    use yrs::{Doc, GetString, ReadTxn, StateVector, Text, Transact, Update, XmlFragment, XmlTextPrelim};

    const ANA: PersonId = PersonId([1; 16]);
    const EVE: PersonId = PersonId([2; 16]);

    fn doc(client: u64) -> Doc {
        Doc::with_client_id(client)
    }

    fn apply(doc: &Doc, update: &[u8]) {
        doc.transact_mut().apply_update(Update::decode_v1(update).unwrap()).unwrap();
    }

    fn whole(doc: &Doc) -> Vec<u8> {
        doc.transact().encode_state_as_update_v1(&StateVector::default())
    }

    fn text(doc: &Doc) -> String {
        doc.get_or_insert_text("content").get_string(&doc.transact())
    }

    #[test]
    fn what_is_said_as_another_client_says_the_same() {
        let base = doc(1);
        base.get_or_insert_text("content").insert(&mut base.transact_mut(), 0, "the base");
        let (ana, eve) = (doc(7), doc(7));
        apply(&ana, &whole(&base));
        apply(&eve, &whole(&base));
        let before = ana.transact().state_vector();
        let body = ana.get_or_insert_text("content");
        body.insert(&mut ana.transact_mut(), 4, "whole ");
        body.remove_range(&mut ana.transact_mut(), 2, 4);
        body.insert(&mut ana.transact_mut(), 0, "»");
        ana.get_or_insert_xml_fragment("notes").push_back(&mut ana.transact_mut(), XmlTextPrelim::new("a note"));
        let said = ana.transact().encode_diff_v1(&before);
        eve.get_or_insert_text("content").push(&mut eve.transact_mut(), ", eve was first");

        let mut gate = Gate::default();
        gate.admit(ANA, &whole(&base)).unwrap();
        gate.admit(EVE, &eve.transact().encode_diff_v1(&before)).unwrap();
        assert_eq!(gate.clone().admit(ANA, &said), Err(GateRefusal::ForeignClient { client: 7 }));

        assert_eq!(speakers(&said), Ok(BTreeMap::from([(7, 0)])));
        let again = rename(&said, &BTreeMap::from([(7, Renamed { from: 0, to: 900_000 })])).unwrap();
        assert!(gate.admit(ANA, &again).unwrap().adds);
        let anew = doc(8);
        apply(&anew, &whole(&base));
        apply(&anew, &again);
        assert_eq!((text(&anew), text(&ana)), (text(&ana), "»thole base".into()));
        apply(&anew, &eve.transact().encode_diff_v1(&before));
        assert_eq!(text(&anew), "»thole base, eve was first");
    }

    #[test]
    fn only_what_comes_after_the_clock_is_renamed() {
        let ana = doc(7);
        let body = ana.get_or_insert_text("content");
        body.insert(&mut ana.transact_mut(), 0, "admitted");
        let (admitted, before) = (whole(&ana), ana.transact().state_vector());
        body.push(&mut ana.transact_mut(), " and not");
        body.remove_range(&mut ana.transact_mut(), 6, 4);
        let said = ana.transact().encode_diff_v1(&before);
        let names = BTreeMap::from([(7, Renamed { from: 8, to: 9 })]);
        assert!(rename(&whole(&ana), &names).is_err(), "a part of a run");
        let anew = doc(8);
        apply(&anew, &admitted);
        apply(&anew, &rename(&said, &names).unwrap());
        assert_eq!((text(&anew), text(&ana)), (text(&ana), "admittnd not".into()));
        assert!(!anew.transact().has_missing_updates());
        assert_eq!(rename(&said, &BTreeMap::new()), Ok(said));
    }
}
