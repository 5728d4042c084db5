//! What is printed. Whoever stops reading has had enough: the call ends quietly.

use crate::end::End;
use folkmoot_model::writing::formats;
use serde_json::Value;
use std::fmt::Display;
use std::io::{Write, stderr, stdout};

/// Prints a line on stdout at once. Ends with [`End::Unread`] if nobody reads it.
pub fn line(text: impl Display) -> Result<(), End> {
    let mut out = stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Says something on stderr, if anybody listens.
pub fn tell(text: impl Display) {
    writeln!(stderr().lock(), "{text}").ok();
}

/// Says why, as JSON on stderr. What is not seen stands in it as JSON's own escape, since people read it too.
pub fn why(why: &Value) {
    tell(escaped(&why.to_string()));
}

/// The same JSON, in which nothing is unseen.
fn escaped(json: &str) -> String {
    let escape = |char: char| char.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
    json.chars().map(|char| if formats(char) { escape(char) } else { char.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_for_people_means_the_same_and_shows_all() {
        let why = serde_json::json!({ "what": "a\u{9b}31m\u{202e}\u{e0041}\n\u{1b}é" });
        let text = escaped(&why.to_string());
        assert_eq!(text, r#"{"what":"a\u009b31m\u202e\udb40\udc41\n\u001bé"}"#);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), why);
    }
}
