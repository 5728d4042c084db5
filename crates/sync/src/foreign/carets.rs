//! Whom a foreign client speaks for: it shows its own carets, under its person's name, and echoes everybody's.
//!
//! y-websocket sends back whatever changes in its copy, other people's states too. So a Yjs client belongs to the
//! connection that named it first, and what anybody else says of it is passed over.

use folkmoot_wire::limits::{AWARENESS_MS, SIGNAL_BYTES_MAX};
use folkmoot_wire::y_websocket::{Aware, aware, aware_update};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// The most Yjs clients that a connection speaks for: an editor speaks for itself.
const OWN_MAX: usize = 8;

/// The most Yjs clients that another connection is believed to speak for.
const OTHERS_MAX: usize = 64;

/// How many that have left are remembered, so that their echo does not bring them back.
const LEFT_MAX: usize = 1_024;

/// The states of a connection together, with what stands around them in a signal: the last signal is told to who comes.
const STATES_BYTES_MAX: usize = SIGNAL_BYTES_MAX - 64;

/// Bytes around a state: its client, its clock and its length.
const AROUND: usize = 16;

/// The palette of the light theme, for editors that want a colour and not a number. The first is that of number 1.
const PALETTE: [&str; 8] = ["#17634f", "#235c88", "#7a3b69", "#9a4420", "#56651a", "#4a5a6a", "#a12e55", "#7f5a00"];

/// The carets of one connection, and what it knows of the others.
#[derive(Debug)]
pub struct Carets {
    name: String,
    colour: u8,
    ready: bool,
    own: BTreeMap<u32, Aware<'static>>,
    changed: bool,
    said_ms: u64,
    others: BTreeMap<u64, BTreeMap<u32, u32>>,
    left: VecDeque<u32>,
}

impl Carets {
    /// None yet, of a person with this name and colour.
    pub fn new(name: &str, colour: u8) -> Self {
        Self {
            name: name.into(),
            colour,
            ready: false,
            own: BTreeMap::new(),
            changed: false,
            said_ms: 0,
            others: BTreeMap::new(),
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
            let may = known.is_some() || (!one.is_gone() && self.own.len() < OWN_MAX && !self.is_others(one.client));
            if !newer || !may {
                continue;
            }
            let Some(state) = self.signed(&one) else { continue };
            let others = self.own.values().filter(|own| own.client != one.client);
            if others.map(weight).sum::<usize>() + state.len() + AROUND > STATES_BYTES_MAX {
                continue;
            }
            self.changed = true;
            self.own.insert(one.client, Aware { state: state.into(), ..one });
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

    /// Another connection says who is aware. Gives what the client is to hear of it, if anything.
    pub fn told(&mut self, session: u64, update: &[u8]) -> Option<Vec<u8>> {
        let theirs = self.others.entry(session).or_default();
        let mut heard = Vec::new();
        for one in aware(update).into_iter().filter(|one| !self.own.contains_key(&one.client)) {
            if theirs.contains_key(&one.client) || theirs.len() < OTHERS_MAX {
                theirs.insert(one.client, one.clock);
                heard.push(one);
            }
        }
        (!heard.is_empty()).then(|| aware_update(&heard))
    }

    /// Another connection is gone. Gives what the client is to hear of that.
    pub fn left(&mut self, session: u64) -> Option<Vec<u8>> {
        let theirs = self.others.remove(&session)?;
        self.left.extend(theirs.keys());
        self.left.drain(..self.left.len().saturating_sub(LEFT_MAX));
        let gone: Vec<Aware<'_>> = theirs.into_iter().map(|(client, clock)| Aware::gone(client, clock)).collect();
        (!gone.is_empty()).then(|| aware_update(&gone))
    }

    fn is_others(&self, client: u32) -> bool {
        self.others.values().any(|theirs| theirs.contains_key(&client)) || self.left.contains(&client)
    }

    /// A state under its person's name; `None` if it is no state, or too long.
    fn signed(&self, one: &Aware<'_>) -> Option<String> {
        if one.is_gone() {
            return Some("null".into());
        }
        if one.state.len() > STATES_BYTES_MAX {
            return None;
        }
        let Ok(Value::Object(mut state)) = serde_json::from_str(&one.state) else { return None };
        let hex = PALETTE[usize::from(self.colour.saturating_sub(1)) % PALETTE.len()];
        let user = serde_json::json!({ "name": self.name, "colour": self.colour, "color": hex });
        state.insert("user".into(), user);
        Some(Value::Object(state).to_string())
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

    fn ready() -> Carets {
        let mut carets = Carets::new("Ana", 2);
        carets.say_again();
        carets
    }

    #[test]
    fn a_caret_bears_its_persons_name_whatever_it_says() {
        let mut carets = ready();
        carets.said(&aware_update(&[one(5, 1, r#"{"user":{"name":"Bo"},"cursor":3}"#)]));
        let update = carets.due(1_000).unwrap();
        let state: Value = serde_json::from_str(&aware(&update)[0].state).unwrap();
        assert_eq!(state["user"]["name"], "Ana");
        assert_eq!((&state["user"]["color"], &state["cursor"]), (&"#235c88".into(), &3.into()));
    }

    #[test]
    fn the_colours_are_those_of_the_theme() {
        let tokens = include_str!("../../../../ui/src/design/tokens.css");
        for (number, hex) in (1..).zip(PALETTE) {
            assert!(tokens.contains(&format!("--p{number}:{hex};")), "{number}");
        }
    }

    #[test]
    fn nobody_speaks_for_somebody_else_nor_brings_them_back() {
        let mut carets = ready();
        let theirs = aware_update(&[one(7, 4, "{}")]);
        assert_eq!(carets.told(2, &theirs), Some(theirs.clone()));
        carets.said(&aware_update(&[one(7, 5, "{}"), Aware::gone(7, 6)]));
        assert_eq!(carets.left(2), Some(aware_update(&[Aware::gone(7, 4)])));
        carets.said(&theirs);
        assert!(!carets.waits());
        // And nobody for it.
        carets.said(&aware_update(&[one(5, 1, "{}")]));
        assert_eq!(carets.told(3, &aware_update(&[one(5, 9, "{}")])), None);
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
        assert_eq!(carets.own.len(), OWN_MAX);
        let many = carets.told(2, &aware_update(&(200..900).map(|client| one(client, 1, "{}")).collect::<Vec<_>>()));
        assert_eq!(aware(&many.unwrap()).len(), OTHERS_MAX);
    }
}
