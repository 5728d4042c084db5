//! What waits to be written to one connection, bounded by bytes.

use bytes::Bytes;
use folkmoot_wire::frame::ByeCode;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;

/// Bytes that may wait. A window of events, a snapshot in chunks and other people's signals fit; whoever lets more
/// pile up does not read.
pub const BYTES_MAX: usize = 4 << 20;

/// The queue between the desk, which never waits, and a connection's writer.
#[derive(Default)]
pub struct Outgoing {
    state: Mutex<State>,
    wake: Notify,
}

/// What is to be written next.
#[derive(Default)]
pub struct State {
    /// Frames, in order.
    pub frames: Vec<Bytes>,
    /// After them, the WebSocket close code.
    pub close: Option<u16>,
    bytes: usize,
}

impl Outgoing {
    /// Puts a frame behind the others. If too much waits, all of it is dropped and the connection closed. The writer
    /// is told with [`Self::wake`].
    pub fn push(&self, frame: Bytes) {
        let mut state = self.state();
        if state.close.is_some() {
            return;
        }
        if state.bytes + frame.len() > BYTES_MAX {
            *state = State { close: Some(ByeCode::Slow.close_code()), ..State::default() };
            return;
        }
        state.bytes += frame.len();
        state.frames.push(frame);
    }

    /// Closes the connection after what waits. The first code stands.
    pub fn close(&self, code: u16) {
        self.state().close.get_or_insert(code);
    }

    /// Tells the writer that something waits.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits until something waits, and takes it all.
    pub async fn take(&self) -> State {
        loop {
            {
                let mut state = self.state();
                if !state.frames.is_empty() || state.close.is_some() {
                    return std::mem::take(&mut *state);
                }
            }
            self.wake.notified().await;
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_come_in_order_and_the_close_after_them() {
        let outgoing = Outgoing::default();
        outgoing.push(Bytes::from_static(b"1"));
        outgoing.push(Bytes::from_static(b"2"));
        outgoing.close(4001);
        outgoing.close(4008);
        outgoing.push(Bytes::from_static(b"3"));
        let taken = outgoing.take().await;
        assert_eq!((taken.frames, taken.close), (vec![Bytes::from_static(b"1"), Bytes::from_static(b"2")], Some(4001)));
    }

    #[tokio::test]
    async fn who_does_not_read_is_closed() {
        let outgoing = Outgoing::default();
        for _ in 0..3 {
            outgoing.push(vec![0; BYTES_MAX / 2].into());
        }
        let taken = outgoing.take().await;
        assert_eq!((taken.frames.len(), taken.close), (0, Some(4008)));
    }
}
