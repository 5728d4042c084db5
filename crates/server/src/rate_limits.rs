//! Rate limits and counts: what anyone may do how fast and how often at once, per person, device, account name, address.

pub mod allowance;
mod connections;
mod counts;
pub mod oldest;

pub use connections::{Connection, Connections};
pub use counts::Counted;

use crate::config::Rates;
use crate::session::outgoing::Outgoing;
use allowance::Allowance;
use counts::Counts;
use folkmoot_model::id::PersonId;
use folkmoot_wire::api::NotGranted;
use folkmoot_wire::frame::Submit;
use folkmoot_wire::limits::{BODIES_MAX, BODIES_PER_ADDRESS_MAX, DOCUMENT_UPDATE_BYTES_MIN};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use oldest::Oldest;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// What a request costs that reads the log, in the units of [`folkmoot_wire::limits::COSTS_PER_SECOND`].
pub const COST_OF_READ: u32 = 10;

/// What a request costs that writes.
pub const COST_OF_WRITE: u32 = 20;

const SECOND: Duration = Duration::from_secs(1);

/// The limits of one server.
pub struct RateLimits {
    events: Allowance<PersonId>,
    bytes: Allowance<PersonId>,
    costs: Allowance<PersonId>,
    strangers: Allowance<IpAddr>,
    failures: Allowance<IpAddr>,
    total: AtomicUsize,
    sockets: Arc<Counts<IpAddr>>,
    documents: Arc<Counts<PersonId>>,
    /// The connections of `/sync` that have not said who they are, by address.
    pub greetings: Arc<Oldest<IpAddr, Outgoing>>,
    /// The requests whose body has not come, by address.
    pub bodies: Arc<Oldest<IpAddr, Notify>>,
    /// And all together.
    pub bodies_of_all: Arc<Oldest<(), Notify>>,
    /// The connections of `/sync` whose person is known.
    pub connections: Arc<Connections>,
    rates: Rates,
}

/// One connection counts until this is dropped.
pub struct Admission(Arc<RateLimits>);

impl RateLimits {
    /// With these rates, of which none may be 0.
    pub fn new(rates: Rates) -> Self {
        Self {
            events: Allowance::new(rates.events_per_second, SECOND, rates.events_burst),
            bytes: Allowance::new(rates.bytes_per_second, SECOND, rates.bytes_burst),
            costs: Allowance::new(rates.costs_per_second, SECOND, rates.costs_burst),
            strangers: Allowance::new(rates.costs_per_second, SECOND, rates.costs_burst),
            failures: Allowance::new(rates.connects_per_second, SECOND, rates.connects_per_second),
            total: AtomicUsize::new(0),
            sockets: Counts::new(),
            greetings: Oldest::new(rates.greetings_per_address_max),
            bodies: Oldest::new(BODIES_PER_ADDRESS_MAX),
            bodies_of_all: Oldest::new(BODIES_MAX),
            documents: Counts::new(),
            connections: Connections::new(rates.connections_per_person_max, rates.connections_per_device_max),
            rates,
        }
    }

    /// May `person` append so many events now, by another way than [`Self::submit`]? If not: when, in milliseconds from now.
    pub fn events(&self, person: PersonId, count: u32) -> Result<(), u32> {
        self.events.take(person, count, Instant::now()).map_err(millis)
    }

    /// May `person` append the events of `submit` now? If not: when, in milliseconds from now. All are counted by their bytes,
    /// which is generous for typing, pasting and a day offline; updates of documents by these alone, since somebody who types
    /// makes many small ones. Whoever is beyond it is told to wait, never refused: their device sends the same again.
    pub fn submit(&self, person: PersonId, submit: &Submit) -> Result<(), u32> {
        let (mut events, mut bytes) = (0, 0_u32);
        for envelope in &submit.events {
            let least = if envelope.is_update() { DOCUMENT_UPDATE_BYTES_MIN } else { 0 };
            events += u32::from(!envelope.is_update());
            bytes = bytes.saturating_add(u32::try_from(envelope.body.len()).unwrap_or(u32::MAX).max(least));
        }
        let now = Instant::now();
        let waits = [(events, &self.events), (bytes, &self.bytes)].map(|(units, allowance)| match units {
            0 => None,
            units => allowance.wait(&person, units, now),
        });
        match waits.into_iter().flatten().max() {
            Some(wait) => Err(millis(wait)),
            None => {
                self.events.owe(person, events, now);
                self.bytes.owe(person, bytes, now);
                Ok(())
            }
        }
    }

    /// May `person` have work of so many units done now? See [`folkmoot_wire::limits::COSTS_PER_SECOND`].
    pub fn cost(&self, person: PersonId, units: u32) -> Result<(), NotGranted> {
        self.costs.take(person, units, Instant::now()).map_err(too_many)
    }

    /// As [`Self::cost`], for requests of which no person is known.
    pub fn cost_of_stranger(&self, from: IpAddr, units: u32) -> Result<(), NotGranted> {
        self.strangers.take(from, units, Instant::now()).map_err(too_many)
    }

    /// Waits until `person` may have so many units done: backpressure on the connection that asks.
    pub async fn pay(&self, person: PersonId, units: u32) {
        while let Err(wait) = self.costs.take(person, units, Instant::now()) {
            tokio::time::sleep(wait).await;
        }
    }

    /// A connection or request from here came to nothing. Too many, and those from there that show no proof of who they
    /// are wait.
    pub fn failed(&self, from: IpAddr) {
        // The one too many is not counted: it would only lengthen the wait of others.
        let _counted = self.failures.take(from, 1, Instant::now());
    }

    /// May a request from here go on that shows no proof of who it is? Whoever shows a valid one is not asked this: what
    /// others fail at their address is not theirs.
    pub fn unproven(&self, from: IpAddr) -> Result<(), NotGranted> {
        match self.failures.wait(&from, 1, Instant::now()) {
            Some(wait) => Err(too_many(wait)),
            None => Ok(()),
        }
    }

    /// The limit of one connection's signals.
    pub fn signals(&self) -> DefaultDirectRateLimiter {
        let rate = NonZeroU32::new(self.rates.signals_per_second).unwrap_or(NonZeroU32::MIN);
        RateLimiter::direct(Quota::per_second(rate).allow_burst(rate.saturating_mul(NonZeroU32::MIN.saturating_add(1))))
    }

    /// Counts one more connection; `None` if there are too many.
    pub fn admit(self: &Arc<Self>) -> Option<Admission> {
        let before = self.total.fetch_add(1, Ordering::Relaxed);
        let admission = Admission(Arc::clone(self));
        (before < self.rates.connections_max).then_some(admission)
    }

    /// Counts one more socket of `from`; `None` if there are too many.
    pub fn socket(&self, from: IpAddr) -> Option<Counted<IpAddr>> {
        self.sockets.take(from, self.rates.sockets_per_address_max)
    }

    /// Counts one more connection of `person` to a document, by a Yjs client that is not ours; `None` if there are too
    /// many.
    pub fn document(&self, person: PersonId) -> Option<Counted<PersonId>> {
        self.documents.take(person, self.rates.documents_per_person_max)
    }

    /// How many connections there are.
    pub fn connections_total(&self) -> usize {
        self.total.load(Ordering::Relaxed)
    }

    /// Forgets whoever has done nothing lately. To be called about once a minute.
    pub fn tidy(&self) {
        let now = Instant::now();
        self.events.tidy(now);
        self.bytes.tidy(now);
        self.costs.tidy(now);
        self.strangers.tidy(now);
        self.failures.tidy(now);
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.0.total.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The refusal that says so.
pub fn too_many(wait: Duration) -> NotGranted {
    NotGranted::TooManyTries { after_ms: millis(wait) }
}

/// At least one, so that nobody tries again at once.
fn millis(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use folkmoot_model::event::{Envelope, Event};
    use folkmoot_model::features::documents::DocumentEdited;
    use folkmoot_model::id::{EventId, StreamId};

    #[test]
    fn an_address_that_only_fails_is_barred_for_a_while() {
        let keeper = RateLimits::new(Rates { connects_per_second: 2, ..Rates::default() });
        let (bad, good) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        keeper.failed(bad);
        assert_eq!(keeper.unproven(bad), Ok(()));
        keeper.failed(bad);
        assert!(matches!(keeper.unproven(bad), Err(NotGranted::TooManyTries { after_ms: 1..=501 })));
        assert_eq!(keeper.unproven(good), Ok(()));
    }

    fn submit(update: bool, sizes: &[usize]) -> Submit {
        let kind = if update { Event::from(DocumentEdited { update: Vec::new() }).kind() } else { 32 };
        let envelope =
            |size: &usize| Envelope { id: EventId([1; 16]), kind, body_version: 1, body: vec![0; *size], client_ms: 1 };
        Submit { stream: StreamId([1; 16]), events: sizes.iter().map(envelope).collect(), resume: false }
    }

    #[test]
    fn a_person_is_told_to_wait_beyond_a_burst_of_bytes_and_nobody_else_is() {
        let (ana, bo) = (PersonId([1; 16]), PersonId([2; 16]));
        for update in [true, false] {
            let keeper = RateLimits::new(Rates { bytes_per_second: 1_000, bytes_burst: 10_000, ..Rates::default() });
            assert_eq!(keeper.submit(ana, &submit(update, &[4_000, 5_000])), Ok(()));
            let waits = keeper.submit(ana, &submit(!update, &[3_000]));
            assert!(waits.is_err_and(|after_ms| (1_000..=2_001).contains(&after_ms)));
            assert_eq!(keeper.submit(bo, &submit(update, &[20_000])), Ok(()), "what is more than a burst is owed");
            assert!(keeper.submit(bo, &submit(update, &[1])).is_err_and(|after_ms| after_ms > 9_000));
        }
    }

    #[test]
    fn many_small_updates_count_for_more_than_their_bytes_and_not_by_their_number() {
        let ana = PersonId([1; 16]);
        let rates = Rates { bytes_per_second: 1, bytes_burst: 2_560, events_burst: 1, ..Rates::default() };
        let keeper = RateLimits::new(rates);
        assert_eq!(keeper.submit(ana, &submit(true, &[20; 10])), Ok(()));
        assert!(keeper.submit(ana, &submit(true, &[20])).is_err());
    }

    #[test]
    fn what_must_wait_for_its_bytes_is_not_counted_as_events() {
        let ana = PersonId([1; 16]);
        let rates = Rates {
            bytes_per_second: 1_000_000,
            bytes_burst: 100,
            events_per_second: 1,
            events_burst: 2,
            ..Rates::default()
        };
        let keeper = RateLimits::new(rates);
        keeper.bytes.owe(ana, 1_000_000_000, Instant::now());
        for _ in 0..100 {
            assert!(keeper.submit(ana, &submit(false, &[100])).is_err());
        }
        assert_eq!(keeper.events(ana, 2), Ok(()));
    }

    #[test]
    fn connections_are_counted_until_they_go() {
        let keeper = Arc::new(RateLimits::new(Rates { connections_max: 1, ..Rates::default() }));
        let first = keeper.admit();
        assert!(first.is_some());
        assert!(keeper.admit().is_none());
        drop(first);
        assert!(keeper.admit().is_some());
    }
}
