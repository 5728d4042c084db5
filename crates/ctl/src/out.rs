//! What is printed. Whoever stops reading has had enough: the call ends quietly.

use crate::call::End;
use serde_json::Value;
use std::fmt::Display;
use std::io::{Write, stderr, stdout};

/// Prints a line on stdout at once. Ends with [`End::Unread`] if nobody reads it.
pub fn line(text: impl Display) -> Result<(), End> {
    let mut out = stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Says something on stderr, if anybody listens.
pub fn tell(text: impl Display) {
    writeln!(stderr().lock(), "{text}").ok();
}

/// Says why, as JSON on stderr.
pub fn why(why: &Value) {
    tell(why);
}
