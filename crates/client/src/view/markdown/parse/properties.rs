//! That nothing which is typed vanishes, whatever stands around it.

use super::*;
use proptest::prelude::*;

/// What means something to Markdown, to HTML, to us or to some parser of these.
const SIGNS: &[&str] = &[
    " ",
    " ",
    " ",
    "\n",
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "    ",
    "[",
    "]",
    "]:",
    "](",
    ")",
    "(",
    "![",
    "<!--",
    "-->",
    "<",
    ">",
    "</",
    "/>",
    "<div>",
    "<?",
    "?>",
    "<![CDATA[",
    "]]>",
    "<a href=\"",
    "# ",
    "## ",
    " #",
    "- ",
    "* ",
    "+ ",
    "1. ",
    "7. ",
    "2) ",
    "- [x] ",
    "- [ ] ",
    "> ",
    "```",
    "~~~",
    "`",
    "``",
    "|",
    "|---|",
    "\n|-|-|\n",
    "*",
    "**",
    "_",
    "__",
    "~",
    "~~",
    "\\",
    "&",
    ";",
    "&amp;",
    "!",
    "\"",
    "'",
    ":",
    "://",
    "https://",
    "www.",
    "mailto:",
    "@",
    ".",
    "。",
    "（",
    "」",
    "===\n",
    "---\n",
    "***\n",
    "+++\n",
    "\0",
    "\u{b}",
    "\u{fdd0}",
    "\t\u{fdd1}",
    "{",
    "}",
    "$",
    "^",
    "%",
];

/// A text of signs and of words that are all different, and how many words.
fn texts() -> impl Strategy<Value = (String, usize)> {
    let piece = prop_oneof![2 => Just(None), 3 => prop::sample::select(SIGNS).prop_map(Some)];
    prop::collection::vec(piece, 1..40).prop_map(|pieces| {
        let mut words = 0;
        let said = pieces.into_iter().map(|piece| {
            piece.map_or_else(
                || {
                    words += 1;
                    word(words)
                },
                str::to_owned,
            )
        });
        (said.collect(), words)
    })
}

fn word(number: usize) -> String {
    format!("w{number}ö")
}

proptest! {
    #[test]
    fn every_word_that_is_typed_is_shown((text, words) in texts()) {
        let shown = serde_json::to_string(&parse(&text, &Names::default())).expect("a tree is JSON");
        for number in 1..=words {
            prop_assert!(shown.contains(&word(number)), "word {number} of {text:?} vanished: {shown}");
        }
        prop_assert!(text.trim().is_empty() || shown != "[]");
        let marked = shown.contains(['\u{fdd0}', '\u{fdd1}']);
        prop_assert!(!marked);
    }
}
