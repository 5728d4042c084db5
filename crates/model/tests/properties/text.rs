//! Messages that several people change at once.

use folkmoot_model::event::Sealed;
use folkmoot_model::features::messages::{MessageDeleted, MessageEdited, MessagePosted, message};
use folkmoot_model::fold::step;
use folkmoot_model::id::{EventId, PersonId};
use folkmoot_model::key::Key;
use folkmoot_model::row::Row;
use folkmoot_model::yjs::text::MessageText;
use proptest::prelude::*;

const MESSAGE: EventId = EventId([9; 16]);

/// The id of an edit.
fn edit(number: usize) -> EventId {
    EventId::derive("edit", &[&number.to_be_bytes()])
}

/// Texts with all that is known to go wrong: pairs of surrogates that share a half, what combines, what is joined, what
/// is read from right to left, and ends of lines.
fn words() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        "a",
        "b",
        " ",
        "\n",
        "\r\n",
        "\u{0}",
        "é",
        "e\u{301}",
        "😀",
        "😁",
        "🐀",
        "👩\u{200d}👧",
        "🏳\u{fe0f}",
        "שלום",
        "مرحبا",
        "\u{202e}",
        "名前",
        "\u{feff}",
        "\u{ffff}",
        "\u{10ffff}",
        "ß",
        "İ",
    ]);
    prop_oneof![3 => prop::collection::vec(odd, 0..9).prop_map(|words| words.concat()), 1 => any::<String>()]
}

/// Every text that `deltas` make of `text`, in any order.
fn in_any_order(text: &MessageText, deltas: &[Vec<u8>]) -> Vec<MessageText> {
    if deltas.is_empty() {
        return vec![text.clone()];
    }
    let next = |at: usize| {
        let mut rest = deltas.to_vec();
        let delta = rest.remove(at);
        in_any_order(&text.with(MESSAGE, &delta), &rest)
    };
    (0..deltas.len()).flat_map(next).collect()
}

/// What `to` has between the beginning and the end that it shares with `from`.
fn inserted<'t>(from: &str, to: &'t str) -> &'t str {
    let same = |pair: &(char, char)| pair.0 == pair.1;
    let begin: usize = from.chars().zip(to.chars()).take_while(same).map(|(char, _)| char.len_utf8()).sum();
    let (from, to) = (&from[begin..], &to[begin..]);
    let end: usize = from.chars().rev().zip(to.chars().rev()).take_while(same).map(|(char, _)| char.len_utf8()).sum();
    &to[..to.len() - end]
}

fn sealed(seq: u64, event: impl Into<folkmoot_model::event::Event>) -> Sealed {
    let id = if seq == 1 { MESSAGE } else { edit(seq as usize) };
    Sealed { id, seq, author: PersonId([seq as u8; 16]), at_ms: seq, event: event.into() }
}

proptest! {
    #![proptest_config(crate::cases(150))]

    #[test]
    fn edits_made_apart_end_in_one_text_that_holds_each_whole(
        first in words(),
        chain in prop::collection::vec(words(), 0..3),
        apart in prop::collection::vec(words(), 2..5),
    ) {
        // First some edits that everybody has, then some that nobody has of another.
        let mut text = MessageText::plain(first);
        for (number, to) in chain.iter().enumerate() {
            if let Some(delta) = text.delta(MESSAGE, edit(number), to) {
                text = text.with(MESSAGE, &delta);
            }
            prop_assert_eq!(text.as_str(), to);
        }
        let delta = |(number, to): (usize, &String)| text.delta(MESSAGE, edit(100 + number), to);
        let deltas: Vec<Vec<u8>> = apart.iter().enumerate().filter_map(delta).collect();
        let ends = in_any_order(&text, &deltas);
        for end in &ends {
            prop_assert_eq!(end.as_str(), ends[0].as_str());
            for to in &apart {
                let new = inserted(text.as_str(), to);
                prop_assert!(end.as_str().contains(new), "{:?} is not whole in {:?}", new, end.as_str());
            }
        }
    }

    #[test]
    fn an_edit_is_admitted_before_and_after_those_that_it_did_not_know(
        first in words(),
        one in words(),
        other in words(),
    ) {
        let text = MessageText::plain(first);
        let (Some(one), Some(other)) = (text.delta(MESSAGE, edit(1), &one), text.delta(MESSAGE, edit(2), &other)) else {
            return Ok(());
        };
        prop_assert!(text.admits(MESSAGE, edit(2), &other).is_ok());
        let after = text.with(MESSAGE, &one);
        prop_assert!(after.admits(MESSAGE, edit(2), &other).is_ok());
        // Not as another edit, not of another message (unless it says nothing of what is there), and not twice.
        let both = after.with(MESSAGE, &other);
        prop_assert_eq!(both.with(MESSAGE, &other), both.clone());
        prop_assert_eq!(both.with(MESSAGE, &one), both);
    }

    #[test]
    fn the_same_message_and_edits_are_the_same_bytes_on_every_device(first in words(), to in prop::collection::vec(words(), 1..5)) {
        let end = || {
            let mut text = MessageText::plain(first.clone());
            let mut deltas = Vec::new();
            for (number, to) in to.iter().enumerate() {
                if let Some(delta) = text.delta(MESSAGE, edit(number), to) {
                    text = text.with(MESSAGE, &delta);
                    deltas.push(delta);
                }
            }
            (deltas, folkmoot_model::event::encode(&text))
        };
        let (deltas, bytes) = end();
        prop_assert_eq!(&(deltas.clone(), bytes.clone()), &end());
        // A device that only hears of them, and one that was off in between.
        let mut heard = MessageText::plain(first.clone());
        for delta in deltas {
            heard = heard.with(MESSAGE, &delta);
            heard = folkmoot_model::event::decode(&folkmoot_model::event::encode(&heard)).expect("it was written by us");
        }
        prop_assert_eq!(folkmoot_model::event::encode(&heard), bytes);
    }

    #[test]
    fn a_deletion_beats_every_edit_whenever_it_comes(first in words(), to in prop::collection::vec(words(), 1..5), at in 0..5_usize) {
        let text = MessageText::plain(first.clone());
        let mut events = vec![sealed(1, MessagePosted { text: first, reply_to: None, mentions: Vec::new(), thread: None })];
        let edits = (2..).zip(&to).filter_map(|(seq, to)| {
            Some(MessageEdited { message: MESSAGE, delta: text.delta(MESSAGE, edit(seq), to)?, mentions: None })
        });
        let mut said: Vec<folkmoot_model::event::Event> = edits.map(Into::into).collect();
        said.insert(at.min(said.len()), MessageDeleted { message: MESSAGE, reply: None }.into());
        events.extend((2..).zip(said).map(|(seq, event)| sealed(seq, event)));
        let row = events.iter().fold(None, |row: Option<Row>, event| step(&Key::Message(MESSAGE), row, event));
        let end = row.and_then(message).expect("it was posted");
        prop_assert_eq!((end.text.as_str(), end.deleted_by.is_some(), end.edited), ("", true, None));
    }
}
