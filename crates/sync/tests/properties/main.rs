//! What the client machine promises, for histories that nobody thought of.

mod device;
mod follows;
mod hub;
mod outbox;
mod overlay;
mod pages;
mod reads;
mod reference;
mod server;
mod signals;

use proptest::prelude::ProptestConfig;

/// So many cases, or as many as `PROPTEST_CASES` says.
fn cases(few: u32) -> ProptestConfig {
    let more = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: more.unwrap_or(few), ..ProptestConfig::default() }
}
