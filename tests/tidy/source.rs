//! What a source file must and must not say.

use super::files::{File, Files};
use std::collections::BTreeSet;

/// Past this many lines a file holds more than one thing.
const LINES_MAX: usize = 400;

/// Longer files, each with the reason why it is one thing all the same.
const LONG: &[(&str, &str)] = &[];

/// What ts-rs writes.
const GENERATED: &str = "ui/src/ipc/types/";

/// Crates that others use. Their programs say things; they do not.
const LIBRARIES: [&str; 6] = ["model", "wire", "sync", "store", "client", "server"];

/// What a library does not do.
const CARELESS: [&str; 7] = [".unwrap()", "todo!(", "unimplemented!(", "dbg!(", "print!(", "println!(", "eprintln!("];

/// Rust files that do not open with `//!`.
pub fn untold(files: &Files) -> Vec<String> {
    let opens = |file: &File| file.text.starts_with("//! ");
    files.ending(&[".rs"]).filter(|file| !opens(file)).map(|file| file.path.clone()).collect()
}

/// Lines of libraries, outside of tests, that panic by the way or print.
pub fn careless(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for (file, at, line) in production(files) {
        let library = LIBRARIES.iter().any(|name| file.path.starts_with(&format!("crates/{name}/src/")));
        if library && let Some(what) = CARELESS.iter().find(|what| line.contains(**what)) {
            found.push(format!("{}:{at}: {what}", file.path));
        }
    }
    found
}

/// Files past [`LINES_MAX`], and reasons for files that no longer need one.
pub fn long(files: &Files) -> Vec<String> {
    let excused = |path: &str| LONG.iter().any(|(long, _)| *long == path);
    let mut found = Vec::new();
    let written = |file: &&File| !file.path.starts_with(GENERATED);
    for file in files.ending(&[".rs", ".ts", ".svelte", ".mjs", ".css"]).filter(written) {
        let lines = file.text.lines().count();
        match (lines > LINES_MAX, excused(&file.path)) {
            (true, false) => found.push(format!("{}: {lines} lines", file.path)),
            (false, true) => found.push(format!("{}: needs no reason any more", file.path)),
            _ => {}
        }
    }
    found
}

/// Files named `mod.rs`.
pub fn mod_files(files: &Files) -> Vec<String> {
    files.ending(&["/mod.rs"]).map(|file| file.path.clone()).collect()
}

/// The lines of code in `src` folders, without comments and without what is compiled for tests only.
pub fn production(files: &Files) -> impl Iterator<Item = (&File, usize, &str)> {
    let tests = test_modules(files);
    let sources = files
        .ending(&[".rs"])
        .filter(move |file| file.path.contains("src/") && !tests.iter().any(|module| is_within(&file.path, module)));
    sources.flat_map(|file| {
        let end = tests_begin(file);
        let code = file.lines().take_while(move |(at, _)| *at < end);
        code.filter(|(_, line)| !line.trim_start().starts_with("//")).map(move |(at, line)| (file, at, line))
    })
}

/// The line at which a file's own tests begin, at its end as is the custom.
fn tests_begin(file: &File) -> usize {
    let lines: Vec<&str> = file.text.lines().collect();
    let tests = lines.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod tests {"));
    tests.map_or(usize::MAX, |before| before + 1)
}

/// The paths, without `.rs`, of modules that are declared under a `cfg` for tests.
fn test_modules(files: &Files) -> BTreeSet<String> {
    let mut modules = BTreeSet::new();
    for file in files.ending(&[".rs"]) {
        let mut lines = file.text.lines().peekable();
        while let Some(line) = lines.next() {
            let for_tests = line.starts_with("#[cfg(") && line.contains("test");
            let declared = lines.peek().and_then(|next| {
                next.trim_start_matches("pub ").trim_start_matches("pub(crate) ").strip_prefix("mod ")
            });
            if for_tests && let Some(name) = declared.and_then(|name| name.strip_suffix(';')) {
                modules.insert(format!("{}/{name}", folder(&file.path)));
            }
        }
    }
    modules
}

/// The folder of the modules that are declared in the file at `path`.
fn folder(path: &str) -> &str {
    let is_root = ["/lib.rs", "/main.rs"].iter().any(|root| path.ends_with(root));
    match path.rsplit_once('/') {
        Some((folder, _)) if is_root => folder,
        _ => path.trim_end_matches(".rs"),
    }
}

fn is_within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}
