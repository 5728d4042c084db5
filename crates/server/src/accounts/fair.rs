//! Turns at something of which only a few can be done at once, given to each key in rotation (fair queueing): many who
//! wait under one key lengthen the wait of nobody else.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Who has a turn, and who waits for one.
pub struct FairQueue<K: Eq + Hash + Clone> {
    per_key_max: usize,
    total_max: usize,
    state: Mutex<State<K>>,
}

struct State<K: Eq + Hash + Clone> {
    free: usize,
    waiting: HashMap<K, VecDeque<oneshot::Sender<Turn<K>>>>,
    /// The keys that wait, in the order in which they get the next turns.
    rotation: VecDeque<K>,
}

/// A turn, until dropped.
pub struct Turn<K: Eq + Hash + Clone>(Option<Arc<FairQueue<K>>>);

/// Why there is no turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// Too many wait under this key.
    Key,
    /// Too many wait.
    All,
}

impl<K: Eq + Hash + Clone> FairQueue<K> {
    /// `at_once` turns, for each key at most `per_key_max` that wait, and `total_max` for all.
    pub fn new(at_once: usize, per_key_max: usize, total_max: usize) -> Arc<Self> {
        let state = State { free: at_once.max(1), waiting: HashMap::new(), rotation: VecDeque::new() };
        Arc::new(Self { per_key_max, total_max, state: Mutex::new(state) })
    }

    /// Waits for a turn. Whoever stops waiting leaves the queue.
    pub async fn turn(self: &Arc<Self>, key: K) -> Result<Turn<K>, Full> {
        let turn = {
            let mut state = self.state();
            if state.free > 0 {
                state.free -= 1;
                return Ok(Turn(Some(Arc::clone(self))));
            }
            for waiting in state.waiting.values_mut() {
                waiting.retain(|waiter| !waiter.is_closed());
            }
            if state.waiting.get(&key).map_or(0, VecDeque::len) >= self.per_key_max {
                return Err(Full::Key);
            }
            if state.waiting.values().map(VecDeque::len).sum::<usize>() >= self.total_max {
                return Err(Full::All);
            }
            let (waiter, turn) = oneshot::channel();
            if !state.waiting.contains_key(&key) {
                state.rotation.push_back(key.clone());
            }
            state.waiting.entry(key).or_default().push_back(waiter);
            turn
        };
        turn.await.map_err(|_| Full::All)
    }

    /// Who is next; if nobody is, the turn is free.
    fn next(&self) -> Option<oneshot::Sender<Turn<K>>> {
        let mut state = self.state();
        while let Some(key) = state.rotation.pop_front() {
            let Some(waiting) = state.waiting.get_mut(&key) else { continue };
            let next = waiting.pop_front();
            if waiting.is_empty() {
                state.waiting.remove(&key);
            } else {
                state.rotation.push_back(key);
            }
            if next.is_some() {
                return next;
            }
        }
        state.free += 1;
        None
    }

    fn state(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone> Drop for Turn<K> {
    fn drop(&mut self) {
        let Some(queue) = self.0.take() else { return };
        while let Some(next) = queue.next() {
            match next.send(Turn(Some(Arc::clone(&queue)))) {
                Ok(()) => return,
                // Nobody waits there any more: the turn is this one still.
                Err(mut turn) => drop(turn.0.take()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn whoever_waits_alone_is_next_however_many_wait_under_another_key() {
        let queue = FairQueue::new(1, 3, 100);
        let running = queue.turn("flood").await.unwrap();
        let mut flood: Vec<_> = (0..4).map(|_| Box::pin(queue.turn("flood"))).collect();
        let refused = flood.iter_mut().map(|waits| waits.as_mut().now_or_never()).collect::<Vec<_>>();
        assert!(refused[..3].iter().all(Option::is_none));
        assert!(matches!(refused[3], Some(Err(Full::Key))), "of one key a few wait");
        let mut alone = Box::pin(queue.turn("alone"));
        assert!(alone.as_mut().now_or_never().is_none());
        drop(running);
        let first = flood[0].as_mut().now_or_never().unwrap().unwrap();
        assert!(alone.as_mut().now_or_never().is_none());
        drop(first);
        assert!(alone.as_mut().now_or_never().unwrap().is_ok());
    }

    #[tokio::test]
    async fn a_turn_is_lost_by_nobody_who_stops_waiting() {
        let queue = FairQueue::new(1, 9, 1);
        let running = queue.turn(1).await.unwrap();
        let mut gone = Box::pin(queue.turn(2));
        assert!(gone.as_mut().now_or_never().is_none());
        assert!(matches!(queue.turn(3).now_or_never(), Some(Err(Full::All))));
        drop(gone);
        let mut told = Box::pin(queue.turn(3));
        assert!(told.as_mut().now_or_never().is_none());
        drop(running);
        // It was told and goes without having looked.
        drop(told);
        assert!(queue.turn(4).now_or_never().unwrap().is_ok());
    }
}
