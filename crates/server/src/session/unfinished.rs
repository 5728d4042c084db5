//! A message that a client has begun and does not end. What has come of it lies in memory, and pings are answered between its parts, so
//! that neither silence nor a missing answer gives it away: only the bytes that come do.

use folkmoot_wire::limits::UNFINISHED_MS;

/// Bytes that come with an answer to a ping, at most: 125 of its own, its header, and what TLS adds.
const PONG_BYTES_MAX: u64 = 200;

/// What a control frame is beside what it holds, at most: its header, and what TLS adds.
const CONTROL_BYTES_MAX: u64 = 75;

/// What has come of a connection since its last whole message.
#[derive(Debug, Default)]
pub struct Unfinished {
    /// How many bytes had come with the last whole message, and with each answer to a ping since.
    expected: u64,
    /// Since when there are more, Unix milliseconds.
    since_ms: Option<u64>,
}

impl Unfinished {
    /// A message has come whole; `read` bytes have come so far.
    pub fn ended(&mut self, read: u64) {
        *self = Self { expected: read, since_ms: None };
    }

    /// A ping of the client's own has come, with so many bytes in it: it stands between the parts of a message, if at all.
    pub fn pinged(&mut self, bytes: usize) {
        self.expected += CONTROL_BYTES_MAX + bytes as u64;
    }

    /// A ping was answered, about every 20 s. Is a message under way for longer than [`UNFINISHED_MS`]?
    pub fn ponged(&mut self, read: u64, now_ms: u64) -> bool {
        self.expected += PONG_BYTES_MAX;
        if read <= self.expected {
            *self = Self { expected: read, since_ms: None };
            return false;
        }
        now_ms.saturating_sub(*self.since_ms.get_or_insert(now_ms)) > UNFINISHED_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PING_MS: u64 = 20_000;

    /// After how many answers to pings the connection is closed, if `bytes` come with each; at most a hundred.
    fn closes(mut bytes: impl FnMut(u64) -> u64) -> Option<u64> {
        let (mut unfinished, mut read) = (Unfinished::default(), 0);
        (1..=100).find(|n| {
            read += bytes(*n);
            unfinished.ponged(read, n * PING_MS)
        })
    }

    #[test]
    fn a_message_that_is_begun_and_not_ended_closes_the_connection() {
        assert_eq!(closes(|n| if n == 1 { 1 << 20 } else { 6 }), Some(8), "all but its end at once");
        assert!(closes(|_| 6 + 1_000).is_some(), "a little at a time");
    }

    #[test]
    fn whoever_only_answers_or_sends_whole_messages_stays() {
        assert_eq!(closes(|_| 6), None);
        assert_eq!(closes(|_| 40), None, "through TLS");
        let (mut pinging, mut pinged) = (Unfinished::default(), 0);
        for n in 1..100 {
            (0..20).for_each(|_| pinging.pinged(4));
            pinged += 20 * 10 + 6;
            assert!(!pinging.ponged(pinged, n * PING_MS), "whoever pings every second");
        }
        let (mut unfinished, mut read) = (Unfinished::default(), 0);
        for n in 1..100 {
            read += 500_000;
            unfinished.ended(read);
            // The next has begun already.
            read += 9_000;
            assert!(!unfinished.ponged(read, n * PING_MS));
        }
    }
}
