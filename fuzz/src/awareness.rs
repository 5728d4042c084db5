//! Awareness updates, of which the engine reads for whom they speak.

// The engine itself brings a TLS stack and a keychain; this file of it needs nothing.
#[path = "../../crates/client/src/doc_bridge/awareness.rs"]
mod engine;

use crate::memory::frugal;

/// The removal of those who were read names the same, and no more than are believed.
pub fn awareness(input: &[u8]) {
    let clients = frugal(input, || engine::clients(input));
    assert!(clients.len() <= 64);
    match engine::removal(&clients) {
        Some(removal) => assert_eq!(engine::clients(&removal), clients),
        None => assert!(clients.is_empty()),
    }
}
