//! What holds a place in silence, by whom: connections of `/sync` that have not said who they are, and requests whose body has not come.
//! Of too many the oldest is ended: whoever has something to say says it within a round trip, so that those who hold places keep
//! nobody else out.

use crate::session::outgoing::Outgoing;
use folkmoot_wire::frame::ByeCode;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Can be ended by others.
pub trait End {
    /// Ends it.
    fn end(&self);
}

impl End for Outgoing {
    fn end(&self) {
        self.close(ByeCode::Busy.close_code());
        self.wake();
    }
}

impl End for Notify {
    fn end(&self) {
        self.notify_one();
    }
}

/// Those that hold a place, by whom, oldest first.
pub struct Oldest<K, T> {
    silent: Mutex<HashMap<K, VecDeque<Arc<T>>>>,
    max: usize,
}

/// One that counts until this is dropped.
pub struct Silent<K: Eq + Hash, T> {
    all: Arc<Oldest<K, T>>,
    by: K,
    one: Arc<T>,
}

impl<K: Eq + Hash + Copy, T: End> Oldest<K, T> {
    /// None yet; at most so many by each.
    pub fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { silent: Mutex::default(), max: max.max(1) })
    }

    /// One more by whom this is.
    pub fn add(self: &Arc<Self>, by: K, one: &Arc<T>) -> Silent<K, T> {
        let mut silent = self.silent();
        let theirs = silent.entry(by).or_default();
        while theirs.len() >= self.max
            && let Some(oldest) = theirs.pop_front()
        {
            oldest.end();
        }
        theirs.push_back(Arc::clone(one));
        Silent { all: Arc::clone(self), by, one: Arc::clone(one) }
    }
}

impl<K, T> Oldest<K, T> {
    fn silent(&self) -> MutexGuard<'_, HashMap<K, VecDeque<Arc<T>>>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, T> Drop for Silent<K, T> {
    fn drop(&mut self) {
        let mut silent = self.all.silent();
        if let Some(theirs) = silent.get_mut(&self.by) {
            theirs.retain(|one| !Arc::ptr_eq(one, &self.one));
            if theirs.is_empty() {
                silent.remove(&self.by);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::outgoing::Next;
    use std::net::IpAddr;

    #[test]
    fn of_too_many_silent_connections_of_an_address_the_oldest_goes() {
        let greetings = Oldest::new(2);
        let queues: Vec<Arc<Outgoing>> = (0..4).map(|_| Arc::default()).collect();
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let first = greetings.add(one, &queues[0]);
        let rest = [greetings.add(one, &queues[1]), greetings.add(other, &queues[2]), greetings.add(one, &queues[3])];
        let closed = |n: usize| queues[n].try_next();
        assert_eq!(closed(0), Some(Next::Close(ByeCode::Busy.close_code())));
        assert_eq!([closed(1), closed(2), closed(3)], [None, None, None]);
        drop((first, rest));
        assert!(greetings.silent().is_empty(), "nothing is kept of who has gone");
    }
}
