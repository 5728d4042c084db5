//! The connections of `/sync` whose person is known: how many each has, and which of them began with tokens that are
//! void by now.
//!
//! A device needs one. One that comes anew while the server still waits for the old one to die is let in; of more than a
//! few the oldest is closed, so that whoever cannot count their own connections never locks themself out.

use crate::session::outgoing::Outgoing;
use folkmoot_model::id::{DeviceId, PersonId};
use folkmoot_wire::frame::ByeCode;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The connections, by person, oldest first.
pub struct Connections {
    open: Mutex<HashMap<PersonId, Vec<Open>>>,
    per_person_max: usize,
    per_device_max: usize,
}

struct Open {
    device: DeviceId,
    epoch: u64,
    outgoing: Arc<Outgoing>,
}

/// A connection that counts for its person until this is dropped.
pub struct Connection {
    connections: Arc<Connections>,
    person: PersonId,
    outgoing: Arc<Outgoing>,
}

impl Connections {
    /// None yet; at most so many of each.
    pub fn new(per_person_max: usize, per_device_max: usize) -> Arc<Self> {
        Arc::new(Self { open: Mutex::default(), per_person_max, per_device_max: per_device_max.max(1) })
    }

    /// One more, which writes what waits in `outgoing`. `None` if the person has too many on other devices.
    pub fn add(
        self: &Arc<Self>,
        person: PersonId,
        (device, epoch): (DeviceId, u64),
        outgoing: &Arc<Outgoing>,
    ) -> Option<Connection> {
        let mut open = self.open();
        let theirs = open.entry(person).or_default();
        while theirs.iter().filter(|open| open.device == device).count() >= self.per_device_max
            && let Some(oldest) = theirs.iter().position(|open| open.device == device)
        {
            close(&theirs.remove(oldest), ByeCode::Busy);
        }
        if theirs.len() >= self.per_person_max {
            return None;
        }
        theirs.push(Open { device, epoch, outgoing: Arc::clone(outgoing) });
        Some(Connection { connections: Arc::clone(self), person, outgoing: Arc::clone(outgoing) })
    }

    /// The device signed in anew: its connections of earlier epochs need a newer token.
    pub fn end_before(&self, person: PersonId, device: DeviceId, epoch: u64) {
        let mut open = self.open();
        let Some(theirs) = open.get_mut(&person) else { return };
        theirs.retain(|open| {
            let stays = open.device != device || open.epoch >= epoch;
            if !stays {
                close(open, ByeCode::Expired);
            }
            stays
        });
    }

    fn open(&self) -> MutexGuard<'_, HashMap<PersonId, Vec<Open>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn close(open: &Open, code: ByeCode) {
    open.outgoing.close(code.close_code());
    open.outgoing.wake();
}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        if let Some(theirs) = open.get_mut(&self.person) {
            theirs.retain(|open| !Arc::ptr_eq(&open.outgoing, &self.outgoing));
            if theirs.is_empty() {
                open.remove(&self.person);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::outgoing::Next;

    const ANA: PersonId = PersonId([1; 16]);

    fn closed(outgoing: &Outgoing) -> Option<ByeCode> {
        match outgoing.try_next() {
            Some(Next::Close(code)) => ByeCode::of_close_code(code),
            _ => None,
        }
    }

    #[test]
    fn of_many_connections_of_one_device_the_oldest_goes_and_of_many_devices_the_newest_waits() {
        let connections = Connections::new(3, 2);
        let queues: Vec<Arc<Outgoing>> = (0..5).map(|_| Arc::default()).collect();
        let add = |device: u8, n: usize| connections.add(ANA, (DeviceId([device; 16]), 1), &queues[n]);
        let (first, second, third) = (add(1, 0), add(1, 1), add(1, 2));
        assert!(first.is_some() && second.is_some() && third.is_some());
        assert_eq!(closed(&queues[0]), Some(ByeCode::Busy));
        assert_eq!((closed(&queues[1]), closed(&queues[2])), (None, None));
        let fourth = add(2, 3);
        assert!(fourth.is_some() && add(3, 4).is_none());
        drop((first, second));
        assert!(add(3, 4).is_some(), "who has gone leaves a place");
        drop((third, fourth));
        assert!(connections.open().is_empty(), "nothing is kept of who has gone");
    }

    #[test]
    fn a_new_sign_in_ends_the_connections_of_the_one_before() {
        let connections = Connections::new(9, 9);
        let (old, new, other): (Arc<Outgoing>, Arc<Outgoing>, Arc<Outgoing>) = Default::default();
        let (device, another) = (DeviceId([1; 16]), DeviceId([2; 16]));
        let kept = [((device, 1), &old), ((device, 2), &new), ((another, 1), &other)];
        let _kept = kept.map(|(sign_in, outgoing)| connections.add(ANA, sign_in, outgoing));
        connections.end_before(ANA, device, 2);
        assert_eq!((closed(&old), closed(&new), closed(&other)), (Some(ByeCode::Expired), None, None));
    }
}
