//! Reading lib0's encoding, in which everything of Yjs is written, from untrusted bytes: every length is checked
//! against what is left, and nothing recurses.
//!
//! It takes only what yjs 13 and yrs write: shortest integers, UTF-8 text, JSON that yrs can parse. Source: lib0 0.2
//! `encoding.js`.

use crate::yjs::gate::GateRefusal;
use crate::yjs::gate::GateRefusal::{Malformed, TooDeep};

/// How deep a lib0 "any" or a JSON value may nest. yrs parses both by recursion; editors nest a handful.
pub(crate) const VALUE_DEPTH_MAX: usize = 32;

/// One more than the highest clock. yrs subtracts clocks as `i32`.
pub(crate) const CLOCK_END: u32 = 1 << 31;

/// The largest integer that JavaScript holds exactly; lib0 writes none beyond.
const INTEGER_MAX: u64 = (1 << 53) - 1;

/// The unread rest of what was written. Whatever is read from it fails as [`GateRefusal`] on what is malformed.
pub struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    /// All of `bytes` is unread.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What is not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Is all of it read?
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, GateRefusal> {
        let (&first, rest) = self.rest.split_first().ok_or(Malformed("it ends early"))?;
        self.rest = rest;
        Ok(first)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], GateRefusal> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or(Malformed("it ends early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn skip(&mut self, len: usize) -> Result<(), GateRefusal> {
        self.take(len).map(|_| ())
    }

    /// An unsigned integer of at most 32 bits, in its shortest form.
    pub fn number(&mut self) -> Result<u32, GateRefusal> {
        let mut number = 0_u64;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                if byte == 0 && shift > 0 {
                    return Err(Malformed("an integer is not in its shortest form"));
                }
                return u32::try_from(number).map_err(|_| Malformed("an integer beyond 32 bits"));
            }
        }
        Err(Malformed("an integer beyond 32 bits"))
    }

    /// How many things follow, each of at least `bytes_min` bytes.
    pub fn count(&mut self, bytes_min: usize) -> Result<usize, GateRefusal> {
        let count = self.number()? as usize;
        if count > self.rest.len() / bytes_min {
            return Err(Malformed("a count that the bytes left cannot hold"));
        }
        Ok(count)
    }

    /// Bytes whose number stands before them.
    pub fn buffer(&mut self) -> Result<&'a [u8], GateRefusal> {
        let len = self.number()? as usize;
        self.take(len)
    }

    /// Text whose length in bytes stands before it.
    pub fn text(&mut self) -> Result<&'a str, GateRefusal> {
        str::from_utf8(self.buffer()?).map_err(|_| Malformed("text that is not UTF-8"))
    }

    /// A JSON value that yrs can parse, at most [`VALUE_DEPTH_MAX`] deep.
    pub(crate) fn json(&mut self) -> Result<(), GateRefusal> {
        let json = self.text()?;
        if json_depth(json) > VALUE_DEPTH_MAX {
            return Err(TooDeep);
        }
        yrs::Any::from_json(json).map(drop).map_err(|_| Malformed("a value that is not JSON"))
    }

    /// A lib0 "any", at most [`VALUE_DEPTH_MAX`] deep.
    pub(crate) fn any(&mut self) -> Result<(), GateRefusal> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            match self.byte()? {
                // undefined, null, true, false
                127 | 126 | 121 | 120 => {}
                125 => self.signed()?,
                // float32
                124 => self.skip(4)?,
                // float64, bigint
                123 | 122 => self.skip(8)?,
                119 => self.text().map(|_| ())?,
                118 => open.push(Open { left: self.count(2)?, keyed: true }),
                117 => open.push(Open { left: self.count(1)?, keyed: false }),
                116 => self.buffer().map(|_| ())?,
                _ => return Err(Malformed("an unknown kind of value")),
            }
            if open.len() > VALUE_DEPTH_MAX {
                return Err(TooDeep);
            }
            while open.last().is_some_and(|innermost| innermost.left == 0) {
                open.pop();
            }
            let Some(innermost) = open.last_mut() else { return Ok(()) };
            innermost.left -= 1;
            if innermost.keyed {
                self.text()?;
            }
        }
    }

    /// A signed integer; yrs shifts out of range on a longer one.
    fn signed(&mut self) -> Result<(), GateRefusal> {
        let first = self.byte()?;
        let (mut number, mut shift, mut more) = (u64::from(first & 0x3f), 6, first >= 0x80);
        while more {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            more = byte >= 0x80;
            if shift > 55 || number > INTEGER_MAX {
                return Err(Malformed("an integer beyond 53 bits"));
            }
        }
        Ok(())
    }
}

/// Appends an unsigned integer.
pub fn write_number(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends bytes, their number before them. More than an integer of 32 bits can count never comes so far.
pub fn write_buffer(out: &mut Vec<u8>, bytes: &[u8]) {
    write_number(out, u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    out.extend_from_slice(bytes);
}

/// An array or a map whose values are being read.
struct Open {
    left: usize,
    keyed: bool,
}

/// The most brackets open at once, outside strings.
fn json_depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_counted_without_recursing() {
        let nested = |depth: usize| [[117, 1].repeat(depth), vec![126]].concat();
        assert_eq!(Bytes::new(&nested(VALUE_DEPTH_MAX)).any(), Ok(()));
        assert_eq!(Bytes::new(&nested(VALUE_DEPTH_MAX + 1)).any(), Err(TooDeep));
        assert_eq!(Bytes::new(&nested(500_000)).any(), Err(TooDeep));
        assert_eq!(json_depth(r#"{"a":["[[[","\"[["]}"#), 2);
        assert_eq!(json_depth(&"[".repeat(1_000_000)), 1_000_000);
    }

    #[test]
    fn integers_have_one_form() {
        assert_eq!(Bytes::new(&[0xff, 0xff, 0xff, 0xff, 0x0f]).number(), Ok(u32::MAX));
        assert!(Bytes::new(&[0xff, 0xff, 0xff, 0xff, 0x10]).number().is_err());
        assert!(Bytes::new(&[0x80, 0x00]).number().is_err());
        assert!(Bytes::new(&[0x80; 12]).number().is_err());
        assert_eq!(Bytes::new(&[125, 0x80 | 0x3f, 0x01]).any(), Ok(()));
        assert!(Bytes::new(&[&[125][..], &[0xff; 9], &[0x7f]].concat()).any().is_err());
    }
}
