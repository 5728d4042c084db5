//! Every bound of the command line, with its reason.

use std::time::Duration;

/// How long a call waits before it says for what: most do not wait so long.
pub const SAY_AFTER: Duration = Duration::from_millis(500);

/// The least time for an answer, also where `--wait` is less: a keyring that is open and a server nearby need no more.
pub const ANSWER_MIN: Duration = Duration::from_secs(1);

/// The longest wait for the server, in seconds: a day. Nobody waits longer for one call, and no clock overflows.
pub const WAIT_S_MAX: u64 = 86_400;

/// The fewest characters that an abbreviated id needs: fewer fit too much by accident.
pub const ABBREVIATION_CHARS_MIN: usize = 6;

/// The most messages of a room that are searched for an abbreviated id: each is read from the disk.
pub const SEARCHED_MAX: usize = 5_000;

/// The most messages that `tail` looks at after each change: what is further back rarely changes.
pub const TAIL_MESSAGES: usize = 200;

/// The most of several things of one name that are told: more is no help.
pub const TOLD_MAX: usize = 50;
