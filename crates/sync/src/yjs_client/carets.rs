//! Whom a foreign client speaks for: it shows its own carets, under its person's name, and echoes everybody's.
//!
//! y-websocket sends back whatever changes in its copy, other people's states too. So a Yjs client belongs to the
//! connection that named it first, and what anybody else says of it is passed over.

use crate::awareness::{CaretUser, Connection, Others, signed};
use folkmoot_model::id::PersonId;
use folkmoot_wire::limits::{AWARENESS_MS, CARETS_PER_CONNECTION_MAX, CARETS_PER_DOCUMENT_MAX, SIGNAL_BYTES_MAX};
use folkmoot_wire::y_websocket::{Aware, aware, aware_update};
use std::collections::{BTreeMap, VecDeque};

/// How many that have left are remembered, so that their echo does not bring them back.
const LEFT_MAX: usize = 1_024;

/// The states of a connection together, with what stands around them in a signal: the last signal is told to who comes.
const STATES_BYTES_MAX: usize = SIGNAL_BYTES_MAX - 64;

/// Bytes around a state: its client, its clock and its length.
const AROUND: usize = 16;

/// The carets of one connection, and what it knows of the others.
#[derive(Debug)]
pub struct Carets {
    user: CaretUser,
    ready: bool,
    own: BTreeMap<u32, Aware<'static>>,
    changed: bool,
    said_ms: u64,
    others: Others,
    /// The names of the people who are here.
    names: BTreeMap<PersonId, CaretUser>,
    left: VecDeque<u32>,
}

impl Carets {
    /// None yet, of a person with this name and colour.
    pub fn new(user: CaretUser) -> Self {
        Self {
            user,
            ready: false,
            own: BTreeMap::new(),
            changed: false,
            said_ms: 0,
            others: Others::default(),
            names: BTreeMap::new(),
            left: VecDeque::new(),
        }
    }

    /// Has the document been caught up with, so that others may hear?
    pub fn is_ready(&self) -> bool {
        self.ready
    }

    /// Others may hear, and who came meanwhile has not heard.
    pub fn say_again(&mut self) {
        self.ready = true;
        self.changed |= !self.own.is_empty();
    }

    /// Is there something to say?
    pub fn waits(&self) -> bool {
        self.ready && self.changed
    }

    /// The client says who is aware. What it says of others is an echo.
    pub fn said(&mut self, update: &[u8]) {
        for one in aware(update) {
            let known = self.own.get(&one.client);
            let newer = known.is_none_or(|known| one.clock > known.clock || one.clock == known.clock && one.is_gone());
            let may = known.is_some()
                || (!one.is_gone() && self.own.len() < CARETS_PER_CONNECTION_MAX && !self.is_others(one.client));
            if !newer || !may {
                continue;
            }
            let Some(one) = signed(&one, &self.user) else { continue };
            let others = self.own.values().filter(|own| own.client != one.client);
            if others.map(weight).sum::<usize>() + weight(&one) > STATES_BYTES_MAX {
                continue;
            }
            self.changed = true;
            self.own.insert(one.client, one);
        }
    }

    /// What is to be said now, if it is time: the newest states only.
    pub fn due(&mut self, now_ms: u64) -> Option<Vec<u8>> {
        if !self.waits() || now_ms.saturating_sub(self.said_ms) < AWARENESS_MS {
            return None;
        }
        let all: Vec<Aware<'_>> = self.own.values().cloned().collect();
        self.own.retain(|_, one| !one.is_gone());
        self.changed = false;
        self.said_ms = now_ms;
        Some(aware_update(&all))
    }

    /// Is the name of a person whose caret is to be shown not known?
    pub fn lacks_name(&self, person: PersonId) -> bool {
        !self.names.contains_key(&person)
    }

    /// A person who is here is called so.
    pub fn named(&mut self, person: PersonId, user: CaretUser) {
        // More than can be shown are told nothing more of: names are looked up again.
        if self.names.len() >= CARETS_PER_DOCUMENT_MAX {
            self.names.clear();
        }
        self.names.insert(person, user);
    }

    /// What a person who is here is called.
    pub fn name(&self, person: PersonId) -> CaretUser {
        self.names.get(&person).cloned().unwrap_or_default()
    }

    /// Another connection shows carets, under its person's name already. Gives what the client is to hear of it, if anything.
    pub fn told(&mut self, by: Connection, states: &[Aware<'_>]) -> Option<Vec<u8>> {
        let update = self.others.shown(by, states, |client| self.own.contains_key(&client));
        let gone = states.iter().filter(|one| one.is_gone() && !self.others.shows(one.client));
        self.left.extend(gone.map(|one| one.client));
        self.left.drain(..self.left.len().saturating_sub(LEFT_MAX));
        update
    }

    /// Another connection is gone. Gives what the client is to hear of that.
    pub fn left(&mut self, by: Connection) -> Option<Vec<u8>> {
        // They may come back under another name.
        self.names.remove(&by.0);
        let (clients, update) = self.others.left(|connection| connection == by)?;
        self.left.extend(clients);
        self.left.drain(..self.left.len().saturating_sub(LEFT_MAX));
        Some(update)
    }

    fn is_others(&self, client: u32) -> bool {
        self.others.shows(client) || self.left.contains(&client)
    }
}

fn weight(one: &Aware<'_>) -> usize {
    one.state.len() + AROUND
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(client: u32, clock: u32, state: &'static str) -> Aware<'static> {
        Aware { client, clock, state: state.into() }
    }

    const BO: Connection = (PersonId([2; 16]), 2);
    const CY: Connection = (PersonId([3; 16]), 3);

    fn ready() -> Carets {
        let mut carets = Carets::new(CaretUser { name: "Ana".into(), colour: 2 });
        carets.say_again();
        carets
    }

    #[test]
    fn a_caret_bears_its_persons_name_whatever_it_says() {
        let mut carets = ready();
        carets.said(&aware_update(&[one(5, 1, r#"{"user":{"name":"Bo"},"cursor":3}"#)]));
        let update = carets.due(1_000).unwrap();
        let state: serde_json::Value = serde_json::from_str(&aware(&update)[0].state).unwrap();
        assert_eq!((&state["user"]["name"], &state["cursor"]), (&"Ana".into(), &3.into()));
    }

    #[test]
    fn nobody_speaks_for_somebody_else_nor_brings_them_back() {
        let mut carets = ready();
        let theirs = [one(7, 4, "{}")];
        assert!(carets.told(BO, &theirs).is_some());
        carets.said(&aware_update(&[one(7, 5, "{}"), Aware::gone(7, 6)]));
        assert!(aware(&carets.left(BO).unwrap())[0].is_gone());
        carets.said(&aware_update(&theirs));
        assert!(!carets.waits());
        // Nor who went by their own word, while the echo was on its way.
        carets.told(BO, &[one(8, 1, "{}")]);
        carets.told(BO, &[Aware::gone(8, 2)]);
        carets.said(&aware_update(&[one(8, 1, "{}")]));
        assert!(!carets.waits());
        // And nobody for it.
        carets.said(&aware_update(&[one(5, 1, "{}")]));
        assert_eq!(carets.told(CY, &[one(5, 9, "{}")]), None);
    }

    #[test]
    fn states_are_said_seldom_and_the_newest_counts() {
        let mut carets = ready();
        carets.said(&aware_update(&[one(5, 1, "{}")]));
        assert!(carets.due(1_000).is_some());
        for clock in 2..9 {
            carets.said(&aware_update(&[one(5, clock, "{}")]));
            assert_eq!(carets.due(1_000 + AWARENESS_MS - 1), None);
        }
        carets.said(&aware_update(&[one(5, 3, "{}")]));
        assert_eq!(aware(&carets.due(1_000 + AWARENESS_MS).unwrap())[0].clock, 8);
        carets.said(&aware_update(&[Aware::gone(5, 8)]));
        assert!(aware(&carets.due(9_000).unwrap())[0].is_gone());
        assert!(carets.own.is_empty());
    }

    #[test]
    fn nonsense_and_crowds_are_passed_over() {
        let mut carets = ready();
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(SIGNAL_BYTES_MAX));
        let nested = "[".repeat(3_000);
        for state in ["", "3", "[]", "{", long.as_str(), nested.as_str()] {
            carets.said(&aware_update(&[Aware { client: 5, clock: 1, state: state.into() }]));
            assert!(!carets.waits(), "{state:.20}");
        }
        let crowd: Vec<Aware<'_>> = (0..100).map(|client| one(client, 1, "{}")).collect();
        carets.said(&aware_update(&crowd));
        assert_eq!(carets.own.len(), CARETS_PER_CONNECTION_MAX);
        let many: Vec<Aware<'_>> = (200..900).map(|client| one(client, 1, "{}")).collect();
        assert_eq!(aware(&carets.told(BO, &many).unwrap()).len(), CARETS_PER_CONNECTION_MAX);
    }
}
