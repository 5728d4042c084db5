//! What waits to be written to one connection, bounded by bytes: for itself, and together with all others of its person.
//!
//! The hub hands over no more than there is room for of what can wait; what cannot (answers, other people's signals) is
//! what the bounds here are for.

use bytes::Bytes;
use folkmoot_wire::frame::ByeCode;
use folkmoot_wire::limits::{CLOSING_MS, SEND_QUEUE_BYTES, UNSENT_BYTES_PER_PERSON_MAX};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::sleep;

/// Bytes that wait for some connections together.
pub type Unsent = Arc<AtomicUsize>;

/// The queue between the hub task, which never waits, and a connection's writer.
#[derive(Default)]
pub struct Outgoing {
    state: Mutex<State>,
    wake: Notify,
    closing: Notify,
    /// The frame after which nothing follows, as that a stream is lost to whom follows no other.
    last: Option<Bytes>,
}

#[derive(Default)]
struct State {
    frames: VecDeque<Bytes>,
    close: Option<u16>,
    /// Was the last frame pushed?
    ends: bool,
    /// Bytes that were pushed and are not written.
    bytes: usize,
    /// Bytes that its connection holds beside them.
    held: usize,
    /// Of the bytes that are not written, how many are to be before the hub is told.
    tell_after: Option<usize>,
    /// All connections together, and those of its person.
    all: Unsent,
    person: Unsent,
}

/// What is to be written next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// A frame.
    Frame(Bytes),
    /// The end, with this WebSocket close code.
    Close(u16),
}

impl Outgoing {
    /// Nothing waits, and nothing will after `last`.
    pub fn until(last: Bytes) -> Self {
        Self { last: Some(last), ..Self::default() }
    }

    /// Puts a frame behind the others. If too much waits, all of it is dropped and the connection closed. The writer
    /// is told with [`Self::wake`].
    pub fn push(&self, frame: Bytes) {
        let mut state = self.state();
        if state.close.is_some() {
            return;
        }
        if state.bytes + frame.len() > SEND_QUEUE_BYTES {
            drop(state);
            return self.cut();
        }
        state.waits_for(frame.len());
        if self.last.as_ref() == Some(&frame) {
            state.ends = true;
            self.closing.notify_one();
        }
        state.frames.push_back(frame);
    }

    /// Closes the connection after what waits. The first code stands.
    pub fn close(&self, code: u16) {
        self.state().close.get_or_insert(code);
        self.closing.notify_one();
    }

    /// Closes the connection for being slow, without what waits.
    pub fn cut(&self) {
        self.state().cut();
        self.closing.notify_one();
    }

    /// Waits until the connection is to be closed and has had [`CLOSING_MS`] for what waits: whoever reads a few bytes at a time
    /// would stay as long as they like.
    pub async fn is_overdue(&self) {
        while !self.state().is_over() {
            self.closing.notified().await;
        }
        sleep(Duration::from_millis(CLOSING_MS)).await;
    }

    /// Whoever writes shall tell when all that waits now is written. False if nothing does: then they would not.
    pub fn tell_when_drained(&self) -> bool {
        let mut state = self.state();
        let waits = state.bytes > 0;
        state.tell_after = waits.then_some(state.bytes);
        waits
    }

    /// Tells the writer that something waits.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits until something waits, and takes it.
    pub async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.try_next() {
                return next;
            }
            self.wake.notified().await;
        }
    }

    /// Takes what waits, if something does.
    pub fn try_next(&self) -> Option<Next> {
        let mut state = self.state();
        match state.frames.pop_front() {
            Some(frame) => Some(Next::Frame(frame)),
            None => state.close.map(Next::Close),
        }
    }

    /// A frame of so many bytes that was taken is written. Is the hub to be told now?
    pub fn written(&self, bytes: usize) -> bool {
        let mut state = self.state();
        state.waits_no_longer(bytes);
        let left = state.tell_after.map(|left| left.saturating_sub(bytes));
        state.tell_after = left.filter(|left| *left > 0);
        left == Some(0)
    }

    /// The connection holds so many bytes beside what waits here, instead of as many as before.
    pub fn holds(&self, bytes: usize) {
        let mut state = self.state();
        let before = std::mem::replace(&mut state.held, bytes);
        state.add(bytes);
        state.sub(before);
    }

    /// Whose connections' bytes it counts among.
    pub fn counts_among(&self, all: Option<&Unsent>, person: Option<&Unsent>) {
        let mut state = self.state();
        let bytes = state.bytes + state.held;
        state.sub(bytes);
        state.all = all.map_or_else(|| Arc::clone(&state.all), Arc::clone);
        state.person = person.map_or_else(|| Arc::clone(&state.person), Arc::clone);
        state.add(bytes);
    }

    /// Has its person more waiting than a person may?
    pub fn is_too_much_for_one(&self) -> bool {
        self.state().person.load(Ordering::Relaxed) > UNSENT_BYTES_PER_PERSON_MAX
    }

    /// Bytes that wait for it, and for all connections of its person.
    pub fn unsent(&self) -> (usize, usize) {
        let state = self.state();
        (state.bytes + state.held, state.person.load(Ordering::Relaxed))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_over(&self) -> bool {
        self.ends || self.close.is_some()
    }

    fn cut(&mut self) {
        let dropped = self.frames.drain(..).map(|frame| frame.len()).sum();
        self.waits_no_longer(dropped);
        self.close = Some(ByeCode::Slow.close_code());
    }

    fn waits_for(&mut self, bytes: usize) {
        self.bytes += bytes;
        self.add(bytes);
    }

    fn waits_no_longer(&mut self, bytes: usize) {
        self.bytes -= bytes;
        self.sub(bytes);
    }

    fn add(&self, bytes: usize) {
        self.all.fetch_add(bytes, Ordering::Relaxed);
        self.person.fetch_add(bytes, Ordering::Relaxed);
    }

    fn sub(&self, bytes: usize) {
        self.all.fetch_sub(bytes, Ordering::Relaxed);
        self.person.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.sub(self.bytes + self.held);
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
        let taken = [outgoing.next().await, outgoing.next().await, outgoing.next().await];
        let frame = |bytes| Next::Frame(Bytes::from_static(bytes));
        assert_eq!(taken, [frame(b"1"), frame(b"2"), Next::Close(4001)]);
    }

    #[tokio::test]
    async fn who_does_not_read_is_closed_and_holds_nothing() {
        let outgoing = Outgoing::default();
        let (all, person) = (Unsent::default(), Unsent::default());
        outgoing.counts_among(Some(&all), Some(&person));
        for _ in 0..3 {
            outgoing.push(vec![0; SEND_QUEUE_BYTES / 2].into());
        }
        assert_eq!(outgoing.next().await, Next::Close(4008));
        assert_eq!((all.load(Ordering::Relaxed), person.load(Ordering::Relaxed)), (0, 0));
    }

    #[test]
    fn the_hub_is_told_once_what_waited_when_it_asked_is_written() {
        let outgoing = Outgoing::default();
        assert!(!outgoing.tell_when_drained(), "nothing waits");
        outgoing.push(Bytes::from_static(b"12"));
        outgoing.push(Bytes::from_static(b"345"));
        assert!(outgoing.tell_when_drained());
        outgoing.push(Bytes::from_static(b"6"));
        assert_eq!([2, 3, 1].map(|bytes| outgoing.written(bytes)), [false, true, false]);
    }

    #[test]
    fn what_a_connection_leaves_behind_is_counted_no_longer() {
        let all = Unsent::default();
        let outgoing = Outgoing::default();
        outgoing.push(Bytes::from_static(b"before"));
        outgoing.counts_among(Some(&all), None);
        outgoing.push(Bytes::from_static(b"after"));
        outgoing.holds(100);
        outgoing.holds(10);
        assert_eq!(all.load(Ordering::Relaxed), 21);
        drop(outgoing);
        assert_eq!(all.load(Ordering::Relaxed), 0);
    }
}
