//! The exit codes: one table, which `--help` prints and the README repeats.

use std::fmt::Write;
use std::process::ExitCode;

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Something failed that is nobody's refusal.
    Failed,
    /// Refused.
    Refused,
    /// Kept, to be sent later.
    Queued,
    /// The profile is another process's.
    InUse,
    /// No server.
    Offline,
    /// Nothing, or several things, are called so.
    NotFound,
    /// The disk.
    Storage,
    /// The command line itself.
    Usage,
}

/// Each code, and when it is given. 64 is the usual one for usage (`EX_USAGE` of `sysexits.h`).
const TABLE: [(Exit, u8, &str); 9] = [
    (Exit::Done, 0, "done"),
    (Exit::Failed, 1, "failed"),
    (Exit::Refused, 2, "refused, by the server or by its rules"),
    (Exit::Queued, 3, "not sent yet: it is kept, and goes out with the next call"),
    (Exit::InUse, 4, "another process uses the profile"),
    (Exit::Offline, 5, "offline: it needs the server, which was not reached"),
    (Exit::NotFound, 6, "not found: nothing is called so, or several are"),
    (Exit::Storage, 7, "storage: this device could not read or keep it"),
    (Exit::Usage, 64, "usage: the command line is wrong"),
];

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        TABLE.iter().find(|(row, ..)| *row == exit).map_or(Self::FAILURE, |(_, code, _)| Self::from(*code))
    }
}

/// The table, for `--help`.
pub fn table() -> String {
    TABLE.iter().fold("Exit codes:".to_owned(), |mut text, (_, code, when)| {
        // Writing to a string does not fail.
        write!(text, "\n  {code:2}  {when}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_the_same_table() {
        let readme = include_str!("../../../README.md");
        for (_, code, when) in TABLE {
            assert!(readme.contains(&format!("| {code} | {when} |")), "{code}: {when}");
        }
    }
}
