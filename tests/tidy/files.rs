//! The files of the repository: what git would take, whether or not git is there.

use ignore::WalkBuilder;
use std::fs;
use std::path::Path;

/// A text file.
pub struct File {
    /// Its path from the root, with `/`.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

/// All text files.
pub struct Files(pub Vec<File>);

impl Files {
    /// Reads them, in the order of their paths.
    pub fn all() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        // Hidden files count, as .ci/run; what .gitignore names does not.
        let walk =
            WalkBuilder::new(root).hidden(false).require_git(false).filter_entry(|at| at.file_name() != ".git").build();
        for entry in walk {
            let entry = entry.expect("the repository can be read");
            if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                continue;
            }
            let path = entry.path().strip_prefix(root).expect("it was found below the root");
            let path = path.to_str().expect("our names are ASCII").replace('\\', "/");
            // What is no text is an image or a font.
            if let Ok(text) = String::from_utf8(fs::read(entry.path()).expect("a file can be read")) {
                files.push(File { path, text });
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        assert!(files.len() > 50, "where are the files?");
        Self(files)
    }

    /// The one at `path`. Panics, with what it is for, if there is none.
    pub fn the(&self, path: &str) -> &File {
        self.0.iter().find(|file| file.path == path).unwrap_or_else(|| panic!("{path} is missing"))
    }

    /// Those of which the name ends so.
    pub fn ending(&self, ends: &'static [&'static str]) -> impl Iterator<Item = &File> {
        self.0.iter().filter(move |file| ends.iter().any(|end| file.path.ends_with(end)))
    }
}

impl File {
    /// Its lines, numbered from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(at, line)| (at + 1, line))
    }
}
