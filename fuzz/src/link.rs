//! Links, as the system hands them over from anywhere.

use folkmoot_wire::link::{LINK_BYTES_MAX, Link};

/// A link that can be read is written as one that reads the same, and is not larger than one may be.
pub fn link(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let Ok(link) = text.parse::<Link>() else { return };
    let written = link.to_string();
    assert!(written.len() <= LINK_BYTES_MAX, "{written}");
    assert_eq!(written.parse(), Ok(link));
}
