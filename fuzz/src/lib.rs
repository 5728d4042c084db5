//! What anybody may send us, one function each: it takes any bytes, and panics if something that must hold does not.
//!
//! `fuzz_targets/` gives them to libFuzzer, `tests/corpus.rs` replays what is kept in `corpus/`.

pub mod memory;

/// The engine's own files. The engine itself would bring a TLS stack and a keychain; these need neither.
#[allow(dead_code, reason = "the engine uses all of it")]
#[path = "../../crates/client/src/view"]
mod view {
    pub mod markdown;
    pub mod mention {
        mod names;
        pub use names::{Names, Piece};
    }
}

mod awareness;
mod frames;
mod gate;
mod hub;
mod journal;
mod link;
mod messages;
mod replica;
mod text;
mod yjs_client;

pub use awareness::awareness;
pub use frames::{client_frame, server_frame};
pub use gate::gate;
pub use hub::hub;
pub use journal::{journal, outbox};
pub use link::link;
pub use messages::markdown;
pub use replica::replica;
pub use text::delta;
pub use yjs_client::yjs_client;

/// A target: its name, and what it does with any bytes.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: &[Target] = &[
    ("awareness", awareness),
    ("client_frame", client_frame),
    ("delta", delta),
    ("yjs_client", yjs_client),
    ("gate", gate),
    ("hub", hub),
    ("journal", journal),
    ("link", link),
    ("markdown", markdown),
    ("outbox", outbox),
    ("replica", replica),
    ("server_frame", server_frame),
];

/// The input as parts: each is preceded by a byte that says something about it, and by its length, two bytes. What is
/// left over is the last.
pub(crate) fn parts(mut input: &[u8]) -> Vec<(u8, &[u8])> {
    let mut parts = Vec::new();
    while let [what, low, high, rest @ ..] = input {
        let (part, after) = rest.split_at(rest.len().min(usize::from(u16::from_le_bytes([*low, *high]))));
        parts.push((*what, part));
        input = after;
    }
    parts
}
