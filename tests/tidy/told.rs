//! What is told must be so: bounds have reasons, invariants have tests, and nothing names a place that a reader does not
//! have.

use super::files::{File, Files};

/// Where the bounds of the protocol stand.
const BOUNDS: &str = "crates/wire/src/limits.rs";

/// Parts of paths and addresses that only some computers have. Written in halves, so that this file has none.
const LOCAL: [&str; 6] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/.lib", "rary"),
    concat!("/.mir", "ror"),
    concat!("bash_", "jobs"),
    concat!("artif", "actory"),
];

/// Public constants without a comment.
pub fn bare_bounds(files: &Files) -> Vec<String> {
    let file = files.the(BOUNDS);
    let lines: Vec<&str> = file.text.lines().collect();
    let bare = lines.iter().enumerate().filter(|(at, line)| {
        let before = lines[..*at].iter().rev().find(|before| !before.starts_with("#["));
        line.starts_with("pub const ") && !before.is_some_and(|before| before.starts_with("///"))
    });
    bare.map(|(at, line)| format!("{BOUNDS}:{}: {line}", at + 1)).collect()
}

/// Invariants of docs/ARCHITECTURE.md that name no test, or one that there is not. An invariant is what stands in bold
/// at the beginning of an item under the heading "What must hold"; it names its tests as in `**It holds.** (test:
/// folkmoot_model::fold::tests::it_holds)`, several with a comma between them. Tests named elsewhere must exist too.
pub fn unheld(files: &Files) -> Vec<String> {
    let (mut found, mut invariants, mut within) = (Vec::new(), 0, false);
    let text = &files.the("docs/ARCHITECTURE.md").text;
    for item in items(text) {
        if item.starts_with('#') {
            within = item.ends_with("What must hold");
        }
        let bold = item.trim_start_matches(|char: char| "-0123456789. ".contains(char)).starts_with("**");
        let named = named_tests(&item);
        if within && bold {
            invariants += 1;
            if named.is_empty() {
                found.push(format!("names no test: {}", item.chars().take(80).collect::<String>()));
            }
        }
        found.extend(named.into_iter().filter(|test| !exists(files, test)).map(|test| format!("no such test: {test}")));
    }
    assert!(invariants > 0, "docs/ARCHITECTURE.md does not say what must hold");
    found
}

/// Headings, list items and paragraphs, each on one line.
fn items(text: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        let begins = line.starts_with('#') || line.trim_start().starts_with("- ") || numbered(line);
        if line.trim().is_empty() {
            open = false;
            continue;
        }
        match items.last_mut() {
            Some(item) if open && !begins => {
                item.push(' ');
                item.push_str(line.trim());
            }
            _ => items.push(line.trim().to_owned()),
        }
        open = !line.starts_with('#');
    }
    items
}

fn numbered(line: &str) -> bool {
    line.trim_start().split_once(". ").is_some_and(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn named_tests(item: &str) -> Vec<String> {
    let groups = item.match_indices("(test:").filter_map(|(at, mark)| item[at + mark.len()..].split_once(')'));
    let names = groups.flat_map(|(group, _)| group.split(','));
    names.map(|name| name.trim().trim_matches('`').to_owned()).filter(|name| !name.is_empty()).collect()
}

/// Is there a function of the name that `test` ends with, in the file or crate that it begins with?
fn exists(files: &Files, test: &str) -> bool {
    let (place, name) = test.rsplit_once("::").unwrap_or(("", test));
    let krate = place.split("::").next().and_then(|first| first.strip_prefix("folkmoot_"));
    let here = |file: &&File| match krate {
        _ if place.contains(".rs") || place.contains(".ts") => file.path == place,
        Some(krate) => file.path.starts_with(&format!("crates/{krate}/")),
        None => true,
    };
    let says = |file: &File| file.text.contains(&format!("fn {name}(")) || file.text.contains(&format!("\"{name}\""));
    files.ending(&[".rs", ".test.ts"]).filter(here).any(says)
}

/// Lines that name a place which only the computer had where they were written.
pub fn local_places(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for file in &files.0 {
        for (at, line) in file.lines() {
            if LOCAL.iter().any(|place| line.contains(place)) {
                found.push(format!("{}:{at}: {}", file.path, line.trim().chars().take(80).collect::<String>()));
            }
        }
    }
    found
}

/// Numbers in docs/RELIABILITY.md that the code knows better.
pub fn misquoted(files: &Files) -> Vec<String> {
    let page = &files.the("docs/RELIABILITY.md").text;
    let bugs = files.the("tests/sim/mutants.txt").text.lines().filter(|line| !line.starts_with('#')).count();
    let plans = files.ending(&[".plan"]).filter(|file| file.path.starts_with("tests/sim/regressions/")).count();
    let quoted = [(format!("names {bugs} bugs"), "planted bugs"), (format!("{plans} plans"), "regression plans")];
    let missing = quoted.into_iter().filter(|(words, _)| !page.contains(words));
    missing.map(|(words, what)| format!("docs/RELIABILITY.md does not say {words:?} of {what}")).collect()
}
