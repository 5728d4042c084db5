//! Connections of `/sync` that have not said who they are, by address. Of too many the oldest is closed: whoever has a token
//! shows it within a round trip, so that those who hold places in silence keep nobody else at their address out.

use crate::session::outgoing::Outgoing;
use folkmoot_wire::frame::ByeCode;
use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The connections, oldest first.
pub struct Greetings {
    silent: Mutex<HashMap<IpAddr, VecDeque<Arc<Outgoing>>>>,
    per_address_max: usize,
}

/// A connection that counts for its address until this is dropped.
pub struct Greeting {
    greetings: Arc<Greetings>,
    from: IpAddr,
    outgoing: Arc<Outgoing>,
}

impl Greetings {
    /// None yet; at most so many of each address.
    pub fn new(per_address_max: usize) -> Arc<Self> {
        Arc::new(Self { silent: Mutex::default(), per_address_max: per_address_max.max(1) })
    }

    /// One more from this address, which writes what waits in `outgoing`.
    pub fn add(self: &Arc<Self>, from: IpAddr, outgoing: &Arc<Outgoing>) -> Greeting {
        let mut silent = self.silent();
        let theirs = silent.entry(from).or_default();
        while theirs.len() >= self.per_address_max
            && let Some(oldest) = theirs.pop_front()
        {
            oldest.close(ByeCode::Busy.close_code());
            oldest.wake();
        }
        theirs.push_back(Arc::clone(outgoing));
        Greeting { greetings: Arc::clone(self), from, outgoing: Arc::clone(outgoing) }
    }

    fn silent(&self) -> MutexGuard<'_, HashMap<IpAddr, VecDeque<Arc<Outgoing>>>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Greeting {
    fn drop(&mut self) {
        let mut silent = self.greetings.silent();
        if let Some(theirs) = silent.get_mut(&self.from) {
            theirs.retain(|outgoing| !Arc::ptr_eq(outgoing, &self.outgoing));
            if theirs.is_empty() {
                silent.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::outgoing::Next;

    #[test]
    fn of_too_many_silent_connections_of_an_address_the_oldest_goes() {
        let greetings = Greetings::new(2);
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
