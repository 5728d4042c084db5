//! Messages edited by one person after the other, by several at once, and by someone who means harm.

use super::*;
use proptest::prelude::*;

const MESSAGE: EventId = EventId([9; 16]);

fn edit(number: u8) -> EventId {
    EventId([number; 16])
}

/// The text after `edit` turned it into `to`.
fn edited(text: &MessageText, number: u8, to: &str) -> MessageText {
    let Some(delta) = text.delta(MESSAGE, edit(number), to) else { return text.clone() };
    assert!(text.admits(MESSAGE, edit(number), &delta).is_ok());
    text.with(MESSAGE, &delta)
}

/// Every order of `deltas`, applied to `text`, gives one text.
fn converged(text: &MessageText, deltas: &[Vec<u8>]) -> String {
    let mut orders = vec![(text.clone(), (0..deltas.len()).collect::<Vec<_>>())];
    let mut texts = std::collections::BTreeSet::new();
    while let Some((text, left)) = orders.pop() {
        if left.is_empty() {
            texts.insert(text.text.clone());
        }
        for next in &left {
            let rest = left.iter().copied().filter(|other| other != next).collect();
            orders.push((text.with(MESSAGE, &deltas[*next]), rest));
        }
    }
    assert_eq!(texts.len(), 1, "{texts:?}");
    texts.pop_first().unwrap()
}

#[test]
fn two_rewrites_at_once_both_survive_whole() {
    let text = MessageText::plain("Meet at nine?");
    let ana = text.delta(MESSAGE, edit(1), "Let us meet on Monday.").unwrap();
    let bo = text.delta(MESSAGE, edit(2), "Cancelled, sorry!").unwrap();
    let both = converged(&text, &[ana, bo]);
    assert!(both.contains("Let us meet on Monday.") && both.contains("Cancelled, sorry!"), "{both}");
}

#[test]
fn three_people_edit_at_once() {
    let text = MessageText::plain("one two three");
    let ana = text.delta(MESSAGE, edit(1), "ONE two three").unwrap();
    let bo = text.delta(MESSAGE, edit(2), "one TWO three").unwrap();
    let cy = text.delta(MESSAGE, edit(3), "one two THREE").unwrap();
    assert_eq!(converged(&text, &[ana, bo, cy]), "ONE TWO THREE");
}

#[test]
fn an_edit_made_before_others_arrived_is_admitted() {
    let text = MessageText::plain("first");
    let late = text.delta(MESSAGE, edit(1), "first, late").unwrap();
    let now = edited(&edited(&text, 2, "second"), 3, "third");
    assert!(now.admits(MESSAGE, edit(1), &late).is_ok());
    assert_eq!(now.with(MESSAGE, &late).as_str(), "third, late");
}

#[test]
fn a_text_becomes_exactly_what_was_written() {
    let mut text = MessageText::plain("");
    let texts = [
        "a",
        "",
        "😀😁",
        "😁",
        "😀😁😂",
        "e\u{301}",
        "é",
        "会議は九時",
        "会議は十時",
        "a\r\nb",
        "a\nb",
        "a\r\n\r\nb",
        "",
    ];
    for (number, to) in texts.into_iter().enumerate() {
        text = edited(&text, number as u8 + 1, to);
        assert_eq!(text.as_str(), to);
    }
    assert_eq!(text.delta(MESSAGE, edit(99), ""), None);
    let read: MessageText = minicbor::decode(&minicbor::to_vec(&text).unwrap()).unwrap();
    assert_eq!(read, text);
}

#[test]
fn no_surrogate_pair_is_split() {
    // 😀 and 😁 share their first half; 😀 and 🐀 their second.
    assert_eq!(Change::between("x😀y", "x😁y"), Some(Change { at: 1, removed: 2, inserted: "😁" }));
    assert_eq!(Change::between("😀", "🐀"), Some(Change { at: 0, removed: 2, inserted: "🐀" }));
    assert_eq!(Change::between("aaa", "aa"), Some(Change { at: 2, removed: 1, inserted: "" }));
    assert_eq!(Change::between("aa", "aaa"), Some(Change { at: 2, removed: 0, inserted: "a" }));
}

#[test]
fn a_delta_speaks_only_for_its_edit() {
    let text = MessageText::plain("ours");
    let delta = text.delta(MESSAGE, edit(1), "yours").unwrap();
    assert_eq!(text.admits(MESSAGE, edit(2), &delta), Err(DeltaRefusal::ForeignClient));
    let after = text.with(MESSAGE, &delta);
    assert_eq!(after.admits(MESSAGE, edit(1), &delta), Err(DeltaRefusal::ForeignClient), "its client has spoken");
    assert_eq!(after.with(MESSAGE, &delta), after);
    assert_eq!(
        text.delta(MESSAGE, MESSAGE, "yours").map(|delta| text.admits(MESSAGE, MESSAGE, &delta).is_err()),
        Some(true)
    );
}

#[test]
fn a_delta_only_inserts_text_into_the_message() {
    let text = MessageText::plain("ours");
    let by = |structs: &[u8]| {
        let mut delta = vec![1, 1];
        let mut client = client(edit(1));
        while client >= 0x80 {
            delta.push(client as u8 | 0x80);
            client >>= 7;
        }
        delta.push(client as u8);
        delta.extend(structs);
        delta
    };
    let root = b"content";
    let refused = |delta: &[u8]| {
        assert_eq!(text.with(MESSAGE, delta), text);
        text.admits(MESSAGE, edit(1), delta).expect_err("not a delta")
    };
    let sound = by(&[&[0, 4, 1, 7][..], root, &[1, b'x', 0]].concat());
    assert!(text.admits(MESSAGE, edit(1), &sound).is_ok());
    assert!(matches!(refused(&by(&[0, 4, 1, 1, b'p', 1, b'x', 0])), DeltaRefusal::Malformed(_)));
    assert!(matches!(refused(&by(&[&[0, 7, 1, 7][..], root, &[2, 0]].concat())), DeltaRefusal::Malformed(_)));
    assert!(matches!(
        refused(&by(&[&[0, 0x24, 1, 7][..], root, &[1, b'k', 1, b'x', 0]].concat())),
        DeltaRefusal::Malformed(_)
    ));
    assert_eq!(refused(&by(&[&[3, 4, 1, 7][..], root, &[1, b'x', 0]].concat())), DeltaRefusal::MissingDependency);
    assert_eq!(refused(&by(&[0, 0x84, 7, 0, 1, b'x', 0])), DeltaRefusal::MissingDependency);
    assert_eq!(refused(&[0, 1, 7, 1, 0, 1]), DeltaRefusal::MissingDependency);
    assert!(matches!(refused(&[0xff, 0xff, 0xff, 0x3f, 0]), DeltaRefusal::Malformed(_)));
    assert_eq!(refused(&vec![0; DELTA_BYTES_MAX + 1]), DeltaRefusal::TooLarge);
}

#[test]
fn two_long_rewrites_do_not_fit_together() {
    let text = MessageText::plain("short");
    let ana = text.delta(MESSAGE, edit(1), &"a".repeat(TEXT_BYTES_MAX)).unwrap();
    let bo = text.delta(MESSAGE, edit(2), &"b".repeat(TEXT_BYTES_MAX)).unwrap();
    assert!(text.admits(MESSAGE, edit(2), &bo).is_ok());
    let after = text.with(MESSAGE, &ana);
    assert_eq!(after.admits(MESSAGE, edit(2), &bo), Err(DeltaRefusal::TooLarge));
    let long = text.delta(MESSAGE, edit(3), &"名".repeat(TEXT_BYTES_MAX / 2)).unwrap();
    assert_eq!(text.admits(MESSAGE, edit(3), &long), Err(DeltaRefusal::TooLarge));
}

fn words() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec!["a", "b", " ", "😀", "😁", "名", "e\u{301}", "\r\n", "word"]);
    prop::collection::vec(words, 0..12).prop_map(|words| words.concat())
}

/// Texts, each with whether its writer had seen only the first.
fn rewrites() -> impl Strategy<Value = Vec<(String, bool)>> {
    prop::collection::vec((words(), any::<bool>()), 1..8)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn one_writer_gets_exactly_what_was_written(texts in prop::collection::vec(words(), 1..8)) {
        let mut text = MessageText::plain(texts[0].clone());
        for (number, to) in texts.iter().enumerate().skip(1) {
            text = edited(&text, number as u8, to);
            prop_assert_eq!(text.as_str(), to);
        }
    }

    #[test]
    fn any_order_gives_one_text(
        start in words(), between in words(), rewrites in prop::collection::vec(words(), 1..5),
    ) {
        for text in [MessageText::plain(start.clone()), edited(&MessageText::plain(start), 100, &between)] {
            let deltas: Vec<Vec<u8>> = rewrites
                .iter()
                .enumerate()
                .filter_map(|(number, to)| text.delta(MESSAGE, edit(number as u8 + 1), to))
                .collect();
            converged(&text, &deltas);
        }
    }

    #[test]
    fn one_order_gives_the_same_bytes(start in words(), rewrites in rewrites()) {
        let play = || {
            let first = MessageText::plain(start.clone());
            rewrites.iter().enumerate().fold(first.clone(), |text, (number, (to, late))| {
                let seen = if *late { &first } else { &text };
                seen.delta(MESSAGE, edit(number as u8 + 1), to).map_or(text.clone(), |delta| text.with(MESSAGE, &delta))
            })
        };
        let once = play();
        for _ in 0..4 {
            prop_assert_eq!(&play(), &once);
        }
    }

    #[test]
    fn any_delta_is_answered(start in words(), to in words(), bytes: Vec<u8>, at: prop::sample::Index) {
        let text = MessageText::plain(start);
        text.with(MESSAGE, &bytes);
        if let Some(mut delta) = text.delta(MESSAGE, edit(1), &to) {
            *at.get_mut(&mut delta) ^= bytes.first().copied().unwrap_or(1);
            if text.admits(MESSAGE, edit(1), &delta).is_err() {
                text.with(MESSAGE, &delta);
            }
        }
    }
}
