//! What the model promises, for events, texts and updates that nobody thought of.

mod documents;
mod fold;
mod made;
mod text;

use proptest::prelude::ProptestConfig;

/// So many cases, or as many as `PROPTEST_CASES` says.
fn cases(few: u32) -> ProptestConfig {
    let more = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: more.unwrap_or(few), ..ProptestConfig::default() }
}
