//! Text of others on lines for people: nothing in it steers a terminal, hides, or turns the reading direction, and none
//! of it passes for a line that somebody else said. Programs read JSON, which has it as it is.

/// Characters that are not seen themselves and change how others are: the format characters of Unicode 16 (`Cf`) without
/// those that are signs of their own, and what separates lines and paragraphs.
const UNSEEN: [(char, char); 15] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{2064}'),
    ('\u{2066}', '\u{206f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
    // They fill the place of a letter with nothing.
    ('\u{3164}', '\u{3164}'),
    ('\u{ffa0}', '\u{ffa0}'),
];

/// Is it shown as an escape: a control character, or one that is not seen itself?
pub fn is_unseen(char: char) -> bool {
    char.is_control() || UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&char))
}

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
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if !is_unseen(char) || but.contains(&char) || joins(before, char, chars.peek()) {
            into.push(char);
        } else {
            into.extend(char.escape_default());
        }
        before = Some(char);
    }
}

/// Does it join or part its neighbours as scripts and emoji need it? None of them is a letter of ASCII.
fn joins(before: Option<char>, char: char, after: Option<&char>) -> bool {
    let needs = |near: char| !near.is_ascii() && !is_unseen(near);
    matches!(char, '\u{200c}' | '\u{200d}') && before.is_some_and(needs) && after.copied().is_some_and(needs)
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
