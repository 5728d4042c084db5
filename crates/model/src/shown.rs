//! Text of others on lines for people: nothing in it steers a terminal, hides, or turns the reading direction, and none
//! of it passes for a line that somebody else said. Programs read JSON, which has it as it is.

use crate::writing::{formats, joins};

/// `text` on one line. What is not seen is shown as an escape, `\u{1b}` for one.
pub fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    escape(&mut line, text, &[]);
    line
}

/// `text` on as many lines as it has, each but the first behind `indent`; tabs stay. What else is not seen is shown as
/// an escape.
pub fn on_lines(text: &str, indent: &str) -> String {
    let mut lines = String::with_capacity(text.len());
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            lines.push('\n');
            lines.push_str(indent);
        }
        escape(&mut lines, line.strip_suffix('\r').unwrap_or(line), &['\t']);
    }
    lines
}

fn escape(into: &mut String, text: &str, but: &[char]) {
    let chars: Vec<char> = text.chars().collect();
    for (at, char) in chars.iter().enumerate() {
        if !formats(*char) || but.contains(char) || joins(&chars, at) {
            into.push(*char);
        } else {
            into.extend(char.escape_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_shown_as_an_escape() {
        for (text, shown) in [
            ("Ana", "Ana"),
            ("naïve 東京\u{3000}é e\u{301} ❤\u{fe0f}", "naïve 東京\u{3000}é e\u{301} ❤\u{fe0f}"),
            ("\x1b]0;x\x07", "\\u{1b}]0;x\\u{7}"),
            ("a\nb\r\tc\0", "a\\nb\\r\\tc\\u{0}"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
            ("gnp\u{202e}exe", "gnp\\u{202e}exe"),
            ("a\u{200b}\u{2066}\u{feff}\u{e0041}\u{2028}", "a\\u{200b}\\u{2066}\\u{feff}\\u{e0041}\\u{2028}"),
            ("An\u{200d}a", "An\\u{200d}a"),
            ("👩\u{200d}👧 می\u{200c}خواهم", "👩\u{200d}👧 می\u{200c}خواهم"),
            ("é\u{200d}\u{200d}é", "é\\u{200d}\\u{200d}é"),
        ] {
            assert_eq!(on_one_line(text), shown);
        }
    }

    #[test]
    fn no_line_of_a_text_begins_where_lines_begin() {
        assert_eq!(on_lines("hi\nAna: I agree", "    "), "hi\n    Ana: I agree");
        assert_eq!(on_lines("a\r\n\tb\rc\u{85}d\n", "  "), "a\n  \tb\\rc\\u{85}d\n  ");
        assert_eq!(on_lines("one", "  "), "one");
    }
}
