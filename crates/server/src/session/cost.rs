//! What a frame costs, in the units of `limits::COSTS_PER_SECOND`: how much of the server's work it asks for.

use folkmoot_wire::frame::ClientFrame;

/// Following a stream reads the log at least once.
const FOLLOW: u32 = 10;

/// A page is read, and its rows are sent.
const PAGE: u32 = 40;

/// A probe is answered with the heads that changed, or with all of them.
const PROBE: u32 = 10;

/// As above, of all that is followed.
const PROBE_FULL: u32 = 100;

/// A token's signature is verified.
const TOKEN: u32 = 10;

/// The cost of a frame; at least 1.
pub fn of(frame: &ClientFrame) -> u32 {
    let many = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    match frame {
        ClientFrame::Hello(hello) => FOLLOW.saturating_mul(many(hello.cursors.len())).saturating_add(TOKEN),
        ClientFrame::Sub(_) => FOLLOW,
        ClientFrame::Page(_) => PAGE,
        ClientFrame::Probe(probe) if probe.full => PROBE_FULL,
        ClientFrame::Probe(_) => PROBE,
        ClientFrame::Auth(_) => TOKEN,
        // How many events, their own rate says.
        ClientFrame::Submit(submit) => many(submit.events.len()).max(1),
        ClientFrame::Unsub(_) | ClientFrame::Recv(_) | ClientFrame::Signal(_) | ClientFrame::Pong(_) => 1,
    }
}

/// A page of a list that is not known is answered, and nothing is read.
pub const LATER: u32 = 1;

/// Opening a document for a Yjs client that is not ours: all of it is read and sent.
pub const DOCUMENT: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use folkmoot_model::id::{DeviceId, StreamId};
    use folkmoot_model::key::List;
    use folkmoot_wire::frame::{Cursor, Hello, Page, Range, Sub};
    use folkmoot_wire::limits::{COSTS_BURST, HELLO_CURSORS_MAX, PAGES_PER_SESSION_MAX, STREAMS_PER_SESSION_MAX};

    /// A device that has nothing yet, in a team as large as may be, is never told to wait.
    #[test]
    fn the_first_sync_of_three_devices_with_as_many_streams_as_can_be_fits_the_burst() {
        let cursor = Cursor { stream: StreamId([1; 16]), seq: 0 };
        let cursors = vec![cursor; HELLO_CURSORS_MAX];
        let hello = Hello { min: 1, max: 1, fold: 1, token: String::new(), device: DeviceId([1; 16]), cursors };
        let subs = (STREAMS_PER_SESSION_MAX - HELLO_CURSORS_MAX) as u32;
        let follows = of(&hello.into()) + subs * of(&Sub { cursor }.into());
        assert!(3 * (follows - TOKEN) <= COSTS_BURST);
        let page = Page { stream: cursor.stream, range: Range { first: 1, last: 500 }, since: 0, list: List::Messages };
        assert!(PAGES_PER_SESSION_MAX as u32 * of(&page.into()) <= COSTS_BURST / 100);
    }
}
