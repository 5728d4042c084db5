//! Large values lie compressed in the database: bodies of events, checkpoints and gates. Whoever reads them sees them as they were.

use rusqlite::types::{FromSqlError, Value};

/// Smaller ones gain less than their column's flag and the time are worth.
const BYTES_MIN: usize = 512;

/// zstd's fastest usual level: 1 MiB of text takes some milliseconds of the writer's time, and becomes a third.
const LEVEL: i32 = 1;

/// A value as it lies in the database, and whether it is packed.
pub fn pack(value: &[u8]) -> (Value, bool) {
    let packed = (value.len() >= BYTES_MIN).then(|| zstd::bulk::compress(value, LEVEL).ok()).flatten();
    match packed.filter(|packed| packed.len() < value.len() / 8 * 7) {
        Some(packed) => (Value::Blob(packed), true),
        None => (Value::Blob(value.to_vec()), false),
    }
}

/// The value in this column of a row, of which another column says whether it is packed.
pub fn unpack(row: &rusqlite::Row<'_>, value: usize, is_packed: usize) -> rusqlite::Result<Vec<u8>> {
    if !row.get::<_, bool>(is_packed)? {
        return row.get(value);
    }
    let packed = row.get_ref(value)?.as_blob()?;
    let unpacked = zstd::stream::decode_all(packed);
    unpacked.map_err(|error| rusqlite::Error::from(FromSqlError::Other(error.into())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::{Connection, params};

    #[test]
    fn a_value_is_read_as_it_was_written() {
        let db = Connection::open_in_memory().unwrap();
        let noise: Vec<u8> = (0..4_000_u64).flat_map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()).collect();
        let text = b"what is said again and again ".repeat(1_000);
        for (value, smaller) in [(&[][..], false), (b"short", false), (&noise, false), (&text, true)] {
            let (stored, packed) = pack(value);
            assert_eq!(packed, smaller);
            let read = db.query_row("SELECT ?1, ?2", params![stored, packed], |row| unpack(row, 0, 1));
            assert_eq!(read.unwrap(), value);
        }
        let spoilt = db.query_row("SELECT x'0102', 1", [], |row| unpack(row, 0, 1));
        assert!(spoilt.is_err());
    }
}
