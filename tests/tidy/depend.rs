//! Who depends on whom: as docs/ARCHITECTURE.md says in its block `deps`, one line for each crate.
//!
//! ```text
//! folkmoot-wire: folkmoot-model
//! folkmoot-sync: folkmoot-model folkmoot-wire
//! ```

use super::files::Files;
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use std::collections::{BTreeMap, BTreeSet};

/// Crates in which time, randomness and IO are inputs and effects.
const PURE: [&str; 3] = ["folkmoot-model", "folkmoot-wire", "folkmoot-sync"];

/// Dependencies that would bring the world in.
const WORLDLY: &[&str] = &[
    "axum",
    "chrono",
    "directories",
    "fastrand",
    "getrandom",
    "hyper",
    "jiff",
    "keyring",
    "mio",
    "object_store",
    "rand",
    "reqwest",
    "rusqlite",
    "rustls",
    "sled",
    "socket2",
    "tempfile",
    "time",
    "tokio",
    "tokio-tungstenite",
    "tracing",
];

/// What the standard library has of it.
const WORLDLY_STD: &[&str] = &[
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "Instant::now",
    "SystemTime::now",
    "now_v7",
    "new_v4",
];

/// Dependencies that are not written down, and lines that name what there is not.
pub fn broken(files: &Files) -> Vec<String> {
    let allowed = written(&files.the("docs/ARCHITECTURE.md").text);
    let (mut broken, real) = (Vec::new(), real());
    for (name, depends) in &real {
        match allowed.get(name) {
            None => broken.push(format!("{name}: not in the block `deps`")),
            Some(allowed) => {
                broken.extend(depends.difference(allowed).map(|other| format!("{name} depends on {other}")));
            }
        }
    }
    for (name, depends) in &allowed {
        for named in depends.iter().chain([name]).filter(|named| !real.contains_key(*named)) {
            broken.push(format!("{named}: named in the block `deps`, but there is no such crate"));
        }
    }
    broken
}

/// The lines of the block `deps`.
fn written(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let lines = text.lines().skip_while(|line| line.trim() != "```deps").skip(1);
    let lines = lines.take_while(|line| line.trim() != "```").filter(|line| !line.trim().is_empty());
    let mut allowed = BTreeMap::new();
    for line in lines {
        let (name, depends) = line.split_once(':').unwrap_or_else(|| panic!("no colon in {line:?}"));
        let depends = depends.split([',', ' ']).filter(|depend| !depend.is_empty());
        allowed.insert(name.trim().to_owned(), depends.map(str::to_owned).collect());
    }
    assert!(!allowed.is_empty(), "docs/ARCHITECTURE.md has no block `deps`");
    allowed
}

/// Our crates, and which of ours each depends on, but for its tests.
fn real() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = metadata();
    let ours: BTreeSet<String> = metadata.packages.iter().map(|package| package.name.to_string()).collect();
    let depends = |package: &cargo_metadata::Package| {
        let normal = package.dependencies.iter().filter(|depend| depend.kind != DependencyKind::Development);
        normal.map(|depend| depend.name.clone()).filter(|name| ours.contains(name)).collect()
    };
    metadata.packages.iter().map(|package| (package.name.to_string(), depends(package))).collect()
}

/// What the pure crates should not know: dependencies, and lines of code outside of tests.
pub fn impure(files: &Files) -> Vec<String> {
    let mut found = Vec::new();
    for package in metadata().packages.iter().filter(|package| PURE.contains(&package.name.as_str())) {
        for depend in package.dependencies.iter().filter(|depend| depend.kind == DependencyKind::Normal) {
            if WORLDLY.contains(&depend.name.as_str()) {
                found.push(format!("{} depends on {}", package.name, depend.name));
            }
        }
    }
    let sources = ["crates/model/src/", "crates/wire/src/", "crates/sync/src/"];
    let pure = |path: &str| sources.iter().any(|source| path.starts_with(source));
    for (file, at, line) in super::source::production(files).filter(|(file, ..)| pure(&file.path)) {
        found.extend(
            WORLDLY_STD.iter().filter(|word| line.contains(*word)).map(|word| format!("{}:{at}: {word}", file.path)),
        );
    }
    found
}

fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    command.manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).no_deps();
    command.exec().expect("cargo tells of the workspace")
}
