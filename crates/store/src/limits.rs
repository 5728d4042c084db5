//! Every bound of this crate, each with its reason.

use std::time::Duration;

/// Bytes of pages that sled keeps in memory. Its default, 1 GiB, is more than the app may use; a screen needs kilobytes.
pub const CACHE_BYTES: u64 = 32 << 20;

/// How long sled may take to open before its folder is taken for damaged: sound ones took under a second with 100,000
/// rows, and a person who waits longer than this believes that the app hangs.
pub const OPEN_MAX: Duration = Duration::from_secs(10);

/// How long to wait for the lock on sled's file: threads of a store that was just dropped let go of it a little later.
pub const RELEASE_MAX: Duration = Duration::from_secs(2);

/// Bytes of one journal payload. More than any event or merged document update; less than what a damaged length could
/// make us allocate.
pub const PAYLOAD_BYTES_MAX: usize = 64 << 20;

/// Argon2id memory, KiB (64 MiB). RFC 9106, section 4, second recommended option: with three passes and one lane.
pub const ARGON2_MEMORY_KIB: u32 = 64 << 10;
/// Argon2id passes.
pub const ARGON2_PASSES: u32 = 3;
/// Argon2id lanes.
pub const ARGON2_LANES: u32 = 1;
/// The most memory that a key file may ask for, KiB (1 GiB): a forged file must not exhaust the machine.
pub const ARGON2_MEMORY_KIB_MAX: u32 = 1 << 20;
/// The most passes that a key file may ask for.
pub const ARGON2_PASSES_MAX: u32 = 16;
