//! How many bytes of document updates a person may submit: a rate limit, generous for typing, pasting and a day offline.
//!
//! Whoever is beyond it is told to wait (`Busy`), never refused: their device sends the same again.

use crate::config::Rates;
use folkmoot_model::event::Envelope;
use folkmoot_model::id::PersonId;
use folkmoot_wire::frame::Submit;
use folkmoot_wire::limits::DOCUMENT_UPDATE_BYTES_MIN;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;

/// The limits of all people.
pub struct DocumentRates {
    bytes: DefaultKeyedRateLimiter<PersonId>,
    burst: u32,
    clock: DefaultClock,
}

impl DocumentRates {
    /// With these rates, of which none may be 0.
    pub fn new(rates: &Rates) -> Self {
        let at_least_one = |rate| NonZeroU32::new(rate).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(rates.document_bytes_per_second))
            .allow_burst(at_least_one(rates.document_bytes_burst));
        Self { bytes: RateLimiter::keyed(quota), burst: rates.document_bytes_burst, clock: DefaultClock::default() }
    }

    /// May `person` submit the document updates of `submit` now? If not: when, in milliseconds from now. One that is larger than a
    /// burst counts as a burst.
    pub fn submit(&self, person: PersonId, submit: &Submit) -> Result<(), u32> {
        let edits = submit.events.iter().filter(|envelope| envelope.is_update());
        let bytes = edits.map(bytes).fold(0, u32::saturating_add).min(self.burst);
        let Some(bytes) = NonZeroU32::new(bytes) else { return Ok(()) };
        match self.bytes.check_key_n(&person, bytes) {
            Ok(Err(until)) => {
                let wait = until.wait_time_from(self.clock.now());
                Err(u32::try_from(wait.as_millis()).unwrap_or(u32::MAX).saturating_add(1))
            }
            // More than a burst cannot come here.
            Ok(Ok(())) | Err(_) => Ok(()),
        }
    }

    /// Forgets whoever has done nothing lately. To be called about once a minute.
    pub fn tidy(&self) {
        self.bytes.retain_recent();
    }
}

fn bytes(envelope: &Envelope) -> u32 {
    u32::try_from(envelope.body.len()).unwrap_or(u32::MAX).max(DOCUMENT_UPDATE_BYTES_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use folkmoot_model::event::Event;
    use folkmoot_model::features::documents::DocumentEdited;
    use folkmoot_model::id::{EventId, StreamId};

    fn submit(sizes: &[usize]) -> Submit {
        let edit = |size: &usize| Envelope {
            id: EventId([1; 16]),
            kind: Event::from(DocumentEdited { update: Vec::new() }).kind(),
            body_version: 1,
            body: vec![0; *size],
            client_ms: 1,
        };
        Submit { stream: StreamId([1; 16]), events: sizes.iter().map(edit).collect(), resume: false }
    }

    #[test]
    fn a_person_is_told_to_wait_beyond_a_burst_and_nobody_else_is() {
        let rates = Rates { document_bytes_per_second: 1_000, document_bytes_burst: 10_000, ..Rates::default() };
        let (limits, ana, bo) = (DocumentRates::new(&rates), PersonId([1; 16]), PersonId([2; 16]));
        assert_eq!(limits.submit(ana, &submit(&[4_000, 5_000])), Ok(()));
        assert!(limits.submit(ana, &submit(&[3_000])).is_err_and(|after_ms| (1_000..=2_001).contains(&after_ms)));
        assert_eq!(limits.submit(bo, &submit(&[20_000])), Ok(()), "more than a burst counts as one");
        assert!(limits.submit(bo, &submit(&[1])).is_err());
    }

    #[test]
    fn many_small_updates_count_for_more_than_their_bytes() {
        let rates = Rates { document_bytes_per_second: 1, document_bytes_burst: 2_560, ..Rates::default() };
        let (limits, ana) = (DocumentRates::new(&rates), PersonId([1; 16]));
        assert_eq!(limits.submit(ana, &submit(&[20; 10])), Ok(()));
        assert!(limits.submit(ana, &submit(&[20])).is_err());
    }
}
