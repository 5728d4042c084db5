//! The link as the client machine sees it: when to dial, when to give up waiting, when it is dead. No sockets here.

use crate::random::Random;
use folkmoot_model::mutant::{Mutant, planted};
use folkmoot_wire::limits::{DEAD_MS, PROBE_MS, REDIAL_MS_FIRST, REDIAL_MS_MAX, STABLE_MS};

/// Time for a connection to open and be welcomed, in milliseconds.
const GREETING_MS: u64 = 15_000;

/// What the link is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// This process never dials.
    Never,
    /// No token: signed out, or not yet signed in.
    SignedOut,
    /// The server and we have no version in common.
    Outdated,
    /// Not connected; dials at this time (Unix milliseconds).
    Waiting {
        /// When.
        until_ms: u64,
    },
    /// Opening a connection, waiting for a token, or for the welcome.
    Greeting {
        /// Since when, Unix milliseconds.
        since_ms: u64,
    },
    /// Welcomed.
    Up {
        /// Since when, Unix milliseconds.
        since_ms: u64,
    },
}

/// The link.
#[derive(Debug, Clone)]
pub struct LinkState {
    /// What it is doing.
    pub phase: Phase,
    /// How many times in a row it failed, from 0.
    pub attempt: u32,
    heard_ms: u64,
    /// An answer is due by then.
    probe_until_ms: Option<u64>,
}

impl LinkState {
    /// Before the first token.
    pub fn new(offline: bool) -> Self {
        let phase = if offline { Phase::Never } else { Phase::SignedOut };
        Self { phase, attempt: 0, heard_ms: 0, probe_until_ms: None }
    }

    /// Is it welcomed?
    pub fn is_up(&self) -> bool {
        matches!(self.phase, Phase::Up { .. })
    }

    /// Is a connection open or being opened?
    pub fn is_busy(&self) -> bool {
        matches!(self.phase, Phase::Up { .. } | Phase::Greeting { .. })
    }

    /// A dial begins.
    pub fn dial(&mut self, now_ms: u64) {
        self.phase = Phase::Greeting { since_ms: now_ms };
        self.heard_ms = now_ms;
        self.probe_until_ms = None;
    }

    /// The server welcomed us.
    pub fn welcomed(&mut self, now_ms: u64) {
        self.phase = Phase::Up { since_ms: now_ms };
    }

    /// The clock was set back: every moment goes with it.
    pub fn clock_set_back(&mut self, by_ms: u64) {
        match &mut self.phase {
            Phase::Waiting { until_ms: at_ms }
            | Phase::Greeting { since_ms: at_ms }
            | Phase::Up { since_ms: at_ms } => {
                *at_ms = at_ms.saturating_sub(by_ms);
            }
            Phase::Never | Phase::SignedOut | Phase::Outdated => {}
        }
        self.heard_ms = self.heard_ms.saturating_sub(by_ms);
        self.probe_until_ms = self.probe_until_ms.map(|until_ms| until_ms.saturating_sub(by_ms));
    }

    /// Something arrived.
    pub fn heard(&mut self, now_ms: u64) {
        self.heard_ms = now_ms;
        self.probe_until_ms = None;
    }

    /// An answer is due soon.
    pub fn probe(&mut self, now_ms: u64) {
        self.probe_until_ms = Some(now_ms + PROBE_MS);
    }

    /// The connection is gone: wait before the next dial, for a random time up to a ceiling that doubles with each
    /// failure and is at most [`REDIAL_MS_MAX`]. A link that was stable begins from the first ceiling again.
    /// Source: "Exponential Backoff And Jitter", AWS, 2015 (full jitter).
    pub fn lost(&mut self, now_ms: u64, random: &mut Random) {
        if matches!(self.phase, Phase::Up { since_ms } if now_ms >= since_ms + STABLE_MS) {
            self.attempt = 0;
        }
        let ceiling_ms = (REDIAL_MS_FIRST << self.attempt.min(16)).min(REDIAL_MS_MAX);
        self.phase = match planted(Mutant::GivesUp) && self.attempt >= 5 {
            true => Phase::Outdated,
            false => Phase::Waiting { until_ms: now_ms + random.up_to(ceiling_ms) },
        };
        self.attempt = self.attempt.saturating_add(1);
    }

    /// Dial as soon as possible, if it is waiting.
    pub fn hurry(&mut self, now_ms: u64) {
        if let Phase::Waiting { until_ms } = &mut self.phase {
            *until_ms = now_ms;
        }
    }

    /// Is it time to dial?
    pub fn wants_dial(&self, now_ms: u64) -> bool {
        matches!(self.phase, Phase::Waiting { until_ms } if now_ms >= until_ms)
    }

    /// Has the other side been silent for too long?
    pub fn is_dead(&self, now_ms: u64) -> bool {
        match self.phase {
            _ if planted(Mutant::NeverDead) => false,
            Phase::Greeting { since_ms } => now_ms >= since_ms + GREETING_MS,
            Phase::Up { .. } => {
                now_ms >= self.heard_ms + DEAD_MS || self.probe_until_ms.is_some_and(|until_ms| now_ms >= until_ms)
            }
            _ => false,
        }
    }

    /// When something will have to be done at the latest, Unix milliseconds.
    pub fn due_ms(&self) -> Option<u64> {
        match self.phase {
            Phase::Waiting { until_ms } => Some(until_ms),
            Phase::Greeting { since_ms } => Some(since_ms + GREETING_MS),
            Phase::Up { .. } => Some((self.heard_ms + DEAD_MS).min(self.probe_until_ms.unwrap_or(u64::MAX))),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_with_jitter_up_to_the_bound_and_for_ever() {
        let mut random = Random::new([1; 32]);
        let mut link = LinkState::new(false);
        let mut longest = 0;
        for attempt in 0..200 {
            link.dial(0);
            link.lost(0, &mut random);
            let Phase::Waiting { until_ms } = link.phase else { panic!("gave up") };
            assert!(until_ms <= (REDIAL_MS_FIRST << attempt.min(16)).min(REDIAL_MS_MAX));
            longest = longest.max(until_ms);
        }
        assert!(longest > REDIAL_MS_MAX * 3 / 4, "the jitter is full: {longest}");
    }

    #[test]
    fn a_stable_link_begins_from_the_first_ceiling_again() {
        let mut random = Random::new([1; 32]);
        let mut link = LinkState { attempt: 9, ..LinkState::new(false) };
        link.dial(0);
        link.welcomed(0);
        link.lost(STABLE_MS, &mut random);
        assert_eq!(link.attempt, 1);
    }
}
