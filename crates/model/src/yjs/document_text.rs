//! The words of a document, for search and previews, whatever its untrusted updates made of it.
//!
//! yrs' own readers do not bear that: `to_json` and an XML `get_string` recurse, iterating an XML fragment that holds
//! text beyond the Basic Multilingual Plane never ends, and `diff` copies all attributes for each piece of text. Here
//! only list pointers are followed. It gives no formatting, no attributes and no maps.

use yrs::{Doc, GetString, ReadTxn, TextRef, Transact, XmlFragment, XmlOut};

/// After so many nodes in a row that are not XML the walk is over: yrs' walker answers `None` for each of them, and
/// for its end too. Editors write none.
const ALIEN_NODES_MAX: usize = 1_000;

/// The text of the Text at `root`. Empty if there is none.
pub fn text_of(doc: &Doc, root: &str) -> String {
    let txn = doc.transact();
    txn.get_text(root).map(|text| text.get_string(&txn)).unwrap_or_default()
}

/// The text of the XML fragment at `root`, a newline between elements. Empty if there is none.
pub fn prose_of(doc: &Doc, root: &str) -> String {
    let txn = doc.transact();
    let Some(fragment) = txn.get_xml_fragment(root) else { return String::new() };
    let mut prose = String::new();
    let (mut walk, mut aliens) = (fragment.successors(&txn), 0);
    while aliens < ALIEN_NODES_MAX {
        match walk.next() {
            Some(XmlOut::Text(text)) => {
                let plain: &TextRef = text.as_ref();
                prose.push_str(&plain.get_string(&txn));
            }
            Some(XmlOut::Element(_) | XmlOut::Fragment(_)) => {
                if !prose.is_empty() && !prose.ends_with('\n') {
                    prose.push('\n');
                }
            }
            None => aliens += 1,
        }
    }
    prose.truncate(prose.trim_end_matches('\n').len());
    prose
}

#[cfg(test)]
mod tests {
    use super::*;
    use yrs::{Array, Text, XmlElementPrelim, XmlTextPrelim};

    #[test]
    fn prose_is_the_text_of_blocks_in_their_order() {
        let doc = Doc::new();
        let root = doc.get_or_insert_xml_fragment("content");
        let mut txn = doc.transact_mut();
        for words in ["Ana met Bo", "they spoke"] {
            let block = root.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
            block.push_back(&mut txn, XmlTextPrelim::new(words));
        }
        let list = root.push_back(&mut txn, XmlElementPrelim::empty("bulletList"));
        for words in ["one 😀", "two"] {
            let entry = list.push_back(&mut txn, XmlElementPrelim::empty("listItem"));
            let block = entry.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
            let text = block.push_back(&mut txn, XmlTextPrelim::new(words));
            text.format(&mut txn, 0, 3, [("bold".into(), true.into())].into());
        }
        root.remove(&mut txn, 1);
        drop(txn);
        assert_eq!(prose_of(&doc, "content"), "Ana met Bo\none 😀\ntwo");
        assert_eq!(prose_of(&doc, "elsewhere"), "");
    }

    #[test]
    fn what_is_not_xml_is_passed_over() {
        let doc = Doc::new();
        let list = doc.get_or_insert_array("content");
        let mut txn = doc.transact_mut();
        list.push_back(&mut txn, 7);
        list.push_back(&mut txn, yrs::MapPrelim::default());
        drop(txn);
        let root = doc.get_or_insert_xml_fragment("content");
        let mut txn = doc.transact_mut();
        root.push_back(&mut txn, XmlTextPrelim::new("still read"));
        drop(txn);
        assert_eq!(prose_of(&doc, "content"), "still read");
    }

    #[test]
    fn text_is_read_plain() {
        let doc = Doc::new();
        let text = doc.get_or_insert_text("content");
        text.insert(&mut doc.transact_mut(), 0, "fn main() {} // 名前");
        assert_eq!(text_of(&doc, "content"), "fn main() {} // 名前");
        assert_eq!(text_of(&doc, "elsewhere"), "");
    }

    #[test]
    fn text_in_an_xml_fragment_does_not_hold_up_a_reader() {
        // As an update may have it; yrs' own iteration of the fragment's children never ends on it.
        let doc = Doc::new();
        let root = doc.get_or_insert_xml_fragment("content");
        root.push_back(&mut doc.transact_mut(), XmlTextPrelim::new("after it"));
        let text = doc.get_or_insert_text("content");
        text.insert(&mut doc.transact_mut(), 0, "😀");
        assert_eq!(prose_of(&doc, "content"), "after it");
    }
}
