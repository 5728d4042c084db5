//! How fast anyone may do what: per person, per account name, per address. The counting is governor's.

use crate::config::Rates;
use folkmoot_model::id::PersonId;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter};
use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The limits of one server.
pub struct Gatekeeper {
    events: DefaultKeyedRateLimiter<PersonId>,
    events_burst: u32,
    sign_ins: DefaultKeyedRateLimiter<String>,
    failures: DefaultKeyedRateLimiter<IpAddr>,
    barred: Mutex<HashMap<IpAddr, Instant>>,
    connections: AtomicUsize,
    greetings: Mutex<HashMap<IpAddr, usize>>,
    rates: Rates,
    clock: DefaultClock,
}

/// One connection counts until this is dropped.
pub struct Admission(Arc<Gatekeeper>);

/// One connection that has not said who it is counts for its address until this is dropped.
pub struct Greeting {
    gatekeeper: Arc<Gatekeeper>,
    from: IpAddr,
}

impl Gatekeeper {
    /// With these rates, of which none may be 0.
    pub fn new(rates: Rates) -> Self {
        let at_least_one = |rate| NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN);
        let events =
            Quota::per_second(at_least_one(rates.events_per_second)).allow_burst(at_least_one(rates.events_burst));
        Self {
            events: RateLimiter::keyed(events),
            events_burst: rates.events_burst,
            sign_ins: RateLimiter::keyed(Quota::per_minute(at_least_one(rates.sign_ins_per_minute))),
            failures: RateLimiter::keyed(Quota::per_second(at_least_one(rates.connects_per_second))),
            barred: Mutex::default(),
            connections: AtomicUsize::new(0),
            greetings: Mutex::default(),
            rates,
            clock: DefaultClock::default(),
        }
    }

    /// May `person` submit so many events now? If not: when, in milliseconds from now. What is above a burst is owed
    /// in `debt`, to be paid before the next: so a submit of any size passes some time, and the rate holds.
    pub fn events(&self, person: PersonId, count: u32, debt: &mut u32) -> Result<(), u32> {
        *debt += count;
        while *debt > 0 {
            let part = (*debt).min(self.events_burst);
            let Some(part) = NonZeroU32::new(part) else { break };
            match self.events.check_key_n(&person, part) {
                Ok(Ok(())) => *debt -= part.get(),
                // The first part of this submit must pass; the rest of it may be owed.
                Ok(Err(_)) if *debt < count => break,
                Ok(Err(until)) => {
                    *debt -= count;
                    return Err(self.after_ms(&until));
                }
                Err(_) => break,
            }
        }
        Ok(())
    }

    /// May somebody try to sign in under this name now? If not: when, in milliseconds from now.
    pub fn sign_in(&self, folded: &str) -> Result<(), u32> {
        self.sign_ins.check_key(&folded.to_owned()).map_err(|until| self.after_ms(&until))
    }

    /// A connection or request from here came to nothing. Too many, and the address is barred for a while.
    pub fn failed(&self, from: IpAddr) {
        if let Err(until) = self.failures.check_key(&from) {
            let until = Instant::now() + until.wait_time_from(self.clock.now());
            self.barred().insert(from, until);
        }
    }

    /// For how many milliseconds the address is still barred, if it is.
    pub fn barred_ms(&self, from: IpAddr) -> Option<u32> {
        let left = self.barred().get(&from)?.checked_duration_since(Instant::now())?;
        Some(millis(left))
    }

    /// The limit of one connection's signals.
    pub fn signals(&self) -> DefaultDirectRateLimiter {
        let rate = NonZeroU32::new(self.rates.signals_per_second).unwrap_or(NonZeroU32::MIN);
        RateLimiter::direct(Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(1))))
    }

    /// Counts one more connection; `None` if there are too many.
    pub fn admit(self: &Arc<Self>) -> Option<Admission> {
        let before = self.connections.fetch_add(1, Ordering::Relaxed);
        let admission = Admission(Arc::clone(self));
        (before < self.rates.connections_max).then_some(admission)
    }

    /// Counts one more connection of `from` that has not said who it is; `None` if there are too many.
    pub fn greet(self: &Arc<Self>, from: IpAddr) -> Option<Greeting> {
        let mut greetings = self.greetings();
        let count = greetings.entry(from).or_default();
        if *count >= self.rates.greetings_per_address_max {
            return None;
        }
        *count += 1;
        Some(Greeting { gatekeeper: Arc::clone(self), from })
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Forgets whoever has done nothing lately. To be called about once a minute.
    pub fn tidy(&self) {
        self.events.retain_recent();
        self.sign_ins.retain_recent();
        self.failures.retain_recent();
        let now = Instant::now();
        self.barred().retain(|_, until| *until > now);
    }

    fn greetings(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.greetings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn barred(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, Instant>> {
        self.barred.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn after_ms(&self, until: &NotUntil<governor::clock::QuantaInstant>) -> u32 {
        millis(until.wait_time_from(self.clock.now()))
    }
}

impl Drop for Greeting {
    fn drop(&mut self) {
        let mut greetings = self.gatekeeper.greetings();
        let count = greetings.get_mut(&self.from).map_or(0, |count| {
            *count = count.saturating_sub(1);
            *count
        });
        if count == 0 {
            greetings.remove(&self.from);
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// At least one, so that nobody tries again at once.
fn millis(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_submit_larger_than_a_burst_passes_and_is_paid_for() {
        let keeper = Gatekeeper::new(Rates { events_per_second: 1, events_burst: 10, ..Rates::default() });
        let (ana, bo) = (PersonId([1; 16]), PersonId([2; 16]));
        let mut debt = 0;
        assert_eq!(keeper.events(ana, 256, &mut debt), Ok(()));
        assert_eq!(debt, 246);
        assert!(keeper.events(ana, 1, &mut debt).is_err());
        assert_eq!(debt, 246, "what was not passed on is not owed");
        assert_eq!(keeper.events(bo, 10, &mut 0), Ok(()));
        assert!(keeper.events(bo, 1, &mut 0).is_err_and(|after_ms| after_ms <= 1_001));
    }

    #[test]
    fn an_address_that_only_fails_is_barred_for_a_while() {
        let keeper = Gatekeeper::new(Rates { connects_per_second: 2, ..Rates::default() });
        let (bad, good) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        for _ in 0..2 {
            keeper.failed(bad);
            assert_eq!(keeper.barred_ms(bad), None);
        }
        keeper.failed(bad);
        assert!(keeper.barred_ms(bad).is_some_and(|ms| ms <= 501));
        assert_eq!(keeper.barred_ms(good), None);
    }

    #[test]
    fn an_address_has_few_connections_that_have_not_said_who_they_are() {
        let keeper = Arc::new(Gatekeeper::new(Rates { greetings_per_address_max: 2, ..Rates::default() }));
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let (first, second) = (keeper.greet(one), keeper.greet(one));
        assert!(first.is_some() && second.is_some() && keeper.greet(one).is_none());
        assert!(keeper.greet(other).is_some());
        drop(first);
        assert!(keeper.greet(one).is_some());
        drop(second);
        assert!(keeper.greetings().is_empty(), "nothing is kept of who has gone");
    }

    #[test]
    fn connections_are_counted_until_they_go() {
        let keeper = Arc::new(Gatekeeper::new(Rates { connections_max: 1, ..Rates::default() }));
        let first = keeper.admit();
        assert!(first.is_some());
        assert!(keeper.admit().is_none());
        drop(first);
        assert!(keeper.admit().is_some());
    }
}
