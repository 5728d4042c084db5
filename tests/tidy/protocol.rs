//! The tables of docs/PROTOCOL.md beside the code that they tell of.

use super::files::Files;
use std::collections::BTreeSet;

const PROTOCOL: &str = "docs/PROTOCOL.md";

/// Kinds of events, frames, close codes and codes of refusals that stand in the page and not in the code, or the other way.
pub fn differing(files: &Files) -> Vec<String> {
    let page = &files.the(PROTOCOL).text;
    let code = |path: &str| files.the(path).text.as_str();
    let frames = code("crates/wire/src/frame.rs");
    let compared = [
        ("kinds of events", kinds_told(page), numbered(between(code("crates/model/src/event.rs"), "\nevents! {", "}"))),
        ("frames", frames_told(page), frames_declared(frames)),
        ("close codes", words(between(page, "Close codes: ", ".")), words_declared(frames, "#[n(4")),
        ("codes of refusals", names(between(page, "Nack codes: ", ".")), codes(code("crates/model/src/refusal.rs"))),
    ];
    let mut found = Vec::new();
    for (what, told, declared) in compared {
        assert!(!told.is_empty() && !declared.is_empty(), "{PROTOCOL} or the code does not tell its {what} as before");
        found.extend(told.difference(&declared).map(|one| format!("{what}: only in {PROTOCOL}: {one}")));
        found.extend(declared.difference(&told).map(|one| format!("{what}: not in {PROTOCOL}: {one}")));
    }
    found
}

/// What stands between the first `from` and the next `to`; nothing if either is missing.
fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    let rest = text.split_once(from).map(|(_, rest)| rest).unwrap_or_default();
    rest.split_once(to).map(|(within, _)| within).unwrap_or_default()
}

/// Pairs of a number and a name, with commas between.
fn numbered(text: &str) -> BTreeSet<String> {
    let pairs = text.split(',').map(|pair| pair.split_whitespace().collect::<Vec<_>>());
    pairs.filter(|pair| pair.len() == 2).map(|pair| pair.join(" ")).collect()
}

fn kinds_told(page: &str) -> BTreeSet<String> {
    numbered(between(page, "Kinds: ", "."))
}

/// Rows such as "| 02 03 | `Sub{cursor}` `Unsub{stream}` | …".
fn frames_told(page: &str) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for row in page.lines().filter_map(|line| line.strip_prefix("| ")) {
        let mut cells = row.split(" | ");
        let (Some(bytes), Some(frames)) = (cells.next(), cells.next()) else { continue };
        let bytes = bytes.split_whitespace().filter_map(|byte| u8::from_str_radix(byte, 16).ok());
        let frames = frames.split('`').filter_map(|frame| frame.split_once('{')).map(|(name, _)| name);
        all.extend(bytes.zip(frames).map(|(byte, name)| format!("{byte:02X} {name}")));
    }
    all
}

fn frames_declared(code: &str) -> BTreeSet<String> {
    let words: Vec<&str> = code.split([',', '\n']).map(str::trim).collect();
    let declared = words.iter().flat_map(|word| word.split(", ")).filter_map(|pair| {
        let (byte, name) = pair.strip_prefix("0x")?.split_once(' ')?;
        Some(format!("{byte} {name}"))
    });
    declared.collect()
}

/// The first number of each item.
fn words(text: &str) -> BTreeSet<String> {
    text.split(',').filter_map(|item| item.split_whitespace().next()).map(str::to_owned).collect()
}

/// The numbers in attributes that begin so.
fn words_declared(code: &str, begins: &str) -> BTreeSet<String> {
    let from = begins.find('(').map_or(0, |at| at + 1);
    let lines = code.lines().map(str::trim).filter(|line| line.starts_with(begins));
    lines.filter_map(|line| line[from..].split_once(')')).map(|(number, _)| number.to_owned()).collect()
}

fn names(text: &str) -> BTreeSet<String> {
    text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// The variants of `Code`, as they are written on the wire's JSON.
fn codes(code: &str) -> BTreeSet<String> {
    let lines = between(code, "pub enum Code {", "\n}").lines().map(str::trim);
    let variants = lines.filter_map(|line| line.strip_suffix(',')).filter(|name| name.chars().all(char::is_alphabetic));
    variants.map(snake).collect()
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for char in name.chars() {
        if char.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(char.to_lowercase());
    }
    snake
}
