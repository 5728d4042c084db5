//! What may be written as a name or a text: something that is seen, in one form, and nothing that turns or hides what
//! stands beside it.
//!
//! Sources: Unicode Standard Annex 15 (normalisation), Unicode Technical Report 36 (security).

use crate::refusal::{Code, Refusal};
use icu_properties::props::{DefaultIgnorableCodePoint, ExtendedPictographic, GeneralCategory as Category};
use icu_properties::{CodePointMapData, CodePointSetData};
use std::borrow::Cow;
use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The longest name of a person, space, room or document, in bytes.
pub const NAME_BYTES_MAX: usize = 120;

/// The text in the form in which all texts are kept (NFC), so that what reads alike is equal.
pub fn normal(text: &str) -> Cow<'_, str> {
    if is_nfc(text) { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// Is there anything to be seen in it?
pub fn is_visible(text: &str) -> bool {
    text.chars().any(|char| !is_blank(char))
}

/// A name that can be shown: seen, one line, in normal form, without characters that format or turn what stands beside it,
/// at most [`NAME_BYTES_MAX`].
pub fn named(name: &str) -> Result<(), Refusal> {
    if name.len() > NAME_BYTES_MAX {
        return Err(Refusal::too_large(NAME_BYTES_MAX));
    }
    let good = is_visible(name) && is_nfc(name) && is_line(name);
    if good { Ok(()) } else { Err(Code::BadRequest.into()) }
}

/// A name as somebody typed it, in the form that [`named`] takes: without what surrounds it, and spaces as one each.
pub fn typed_name(name: &str) -> String {
    normal(name).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A line of a text beside others, as a topic or a status is: nothing in it breaks the line, turns or hides what stands there.
pub fn is_line(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    chars.iter().enumerate().all(|(at, char)| !formats(*char) || joins(&chars, at))
}

/// Nothing is seen of it, wherever it stands.
fn is_blank(char: char) -> bool {
    // Braille without dots, the half of a Hangul filler and a note without a head are drawn as spaces, and are none by any
    // property.
    let drawn_blank = matches!(char, '\u{2800}' | '\u{FFA0}' | '\u{1D159}');
    // A mark is seen on what it marks.
    let category = CodePointMapData::<Category>::new().get(char);
    let marks = matches!(category, Category::NonspacingMark | Category::EnclosingMark);
    let ignored = CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(char);
    char.is_whitespace() || drawn_blank || ignored || marks || formats(char)
}

/// Controls and formats: they break lines, turn directions, or are nothing at all.
pub fn formats(char: char) -> bool {
    let category = CodePointMapData::<Category>::new().get(char);
    let separates = matches!(category, Category::LineSeparator | Category::ParagraphSeparator);
    separates || matches!(category, Category::Control | Category::Format | Category::PrivateUse | Category::Unassigned)
}

/// Is it a joiner or non-joiner between two characters that such are for: emoji, and scripts whose letters join?
pub(crate) fn joins(chars: &[char], at: usize) -> bool {
    let joinable = |char: char| {
        let pictographic = CodePointSetData::new::<ExtendedPictographic>().contains(char);
        pictographic || matches!(char, '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}') || char as u32 >= 0x0600 && char.is_alphabetic()
            // Marks of Indian scripts, after which a joiner asks for another form of the letter.
            || matches!(char as u32, 0x0900..=0x0DFF)
    };
    let beside = |at: Option<usize>| at.and_then(|at| chars.get(at)).copied().is_some_and(joinable);
    matches!(chars[at], '\u{200C}' | '\u{200D}') && beside(at.checked_sub(1)) && beside(at.checked_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_no_text() {
        for blank in [
            "",
            " ",
            "\n\t",
            "\u{3164}",
            "\u{200B}",
            "\u{2800}\u{115F}",
            "\u{AD}\u{2060}",
            "\u{202E}",
            "\u{FE0F}",
            "\u{300}",
            "\u{16FE4}\u{1D159}",
        ] {
            assert!(!is_visible(blank), "{blank:?}");
        }
        for seen in ["a", ".", "\u{200B}x", "👍", "\u{3164}田"] {
            assert!(is_visible(seen), "{seen:?}");
        }
    }

    #[test]
    fn names_are_seen_as_they_are_and_turn_nothing_beside_them() {
        for name in ["Ana", "👩‍🚀 Ana", "🇨🇭 Bo", "José", "田中 さくら", "O'Neil-Smith", "می‌خواهم", "क्‍ष", "Ω1", "❤️‍🔥"]
        {
            assert_eq!(named(name), Ok(()), "{name:?}");
        }
        for name in [
            "",
            " ",
            "\u{3164}",
            "Bo\u{202E}",
            "a\nb",
            "a\u{2028}b",
            "Jose\u{301}",
            "B\u{200D}o",
            "\u{200B}Bo",
            "B\u{AD}o",
            "x\u{E000}",
            "\u{FEFF}Bo",
            "Bo\u{200D}",
        ] {
            assert_eq!(named(name), Err(Code::BadRequest.into()), "{name:?}");
        }
        assert!(named(&"n".repeat(NAME_BYTES_MAX)).is_ok() && named(&"n".repeat(NAME_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn a_typed_name_takes_the_normal_form() {
        assert_eq!(typed_name("  Jose\u{301}\u{a0}  Maria "), "José Maria");
        assert_eq!(named(&typed_name("Jose\u{301}")), Ok(()));
    }
}
