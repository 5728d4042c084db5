//! Yjs awareness among people who need not be honest: what is the state of a caret, whose it is, and under which name it
//! is shown.
//!
//! An awareness update names Yjs clients, counts their states, and holds a state of each with a `user` in it. Whoever
//! sends one could name somebody else in all three places. So a Yjs client belongs to the connection that showed it first
//! ([`Owners`]); and whoever shows carets to an editor ([`Others`]) counts states itself and writes the `user` itself, from
//! the person whom the server vouches for.

use folkmoot_model::id::PersonId;
use folkmoot_wire::limits::{CARET_DEPTH_MAX, CARETS_PER_CONNECTION_MAX, CARETS_PER_DOCUMENT_MAX, SIGNAL_BYTES_MAX};
use folkmoot_wire::y_websocket::{Aware, aware, aware_update};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The palette of the light theme, for editors that want a colour and not a number. The first is that of number 1.
const PALETTE: [&str; 8] = ["#17634f", "#235c88", "#7a3b69", "#9a4420", "#56651a", "#4a5a6a", "#a12e55", "#7f5a00"];

/// A connection of a person, as the server numbers them.
pub type Connection = (PersonId, u64);

/// Under which name a caret is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaretUser {
    /// The person's name; empty if it is not known.
    pub name: String,
    /// Their colour, an index into the theme's palette from 1.
    pub colour: u8,
}

/// What an update says, of as many Yjs clients as one connection may show.
pub fn states(update: &[u8]) -> impl Iterator<Item = Aware<'_>> {
    aware(update).into_iter().take(CARETS_PER_CONNECTION_MAX)
}

/// The same, if it says that the client is gone or is the state of a caret: a JSON object, neither larger nor nested deeper
/// than a caret needs.
pub fn sound(one: Aware<'_>) -> Option<Aware<'_>> {
    (one.is_gone() || object(&one.state).is_some()).then_some(one)
}

/// The same state under this name, whatever `user` it bore; `None` if it is not sound.
pub fn signed(one: &Aware<'_>, user: &CaretUser) -> Option<Aware<'static>> {
    let Aware { client, clock, .. } = *one;
    if one.is_gone() {
        return Some(Aware::gone(client, clock));
    }
    let mut state = object(&one.state)?;
    let hex = PALETTE[usize::from(user.colour.saturating_sub(1)) % PALETTE.len()];
    let user = serde_json::json!({ "name": user.name, "colour": user.colour, "color": hex });
    state.insert("user".into(), user);
    Some(Aware { client, clock, state: Cow::Owned(Value::Object(state).to_string()) })
}

fn object(state: &str) -> Option<Map<String, Value>> {
    if state.len() > SIGNAL_BYTES_MAX {
        return None;
    }
    match serde_json::from_str(state) {
        Ok(Value::Object(object)) if object.values().all(|value| is_shallow(value, CARET_DEPTH_MAX - 1)) => {
            Some(object)
        }
        _ => None,
    }
}

/// Is it nested at most so deep? (What is nested without end the parser refuses.)
fn is_shallow(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(values) => depth > 0 && values.iter().all(|value| is_shallow(value, depth - 1)),
        Value::Object(values) => depth > 0 && values.values().all(|value| is_shallow(value, depth - 1)),
        _ => true,
    }
}

/// Which connection speaks for which Yjs client: the first that shows it, until it takes it away or is gone. Another
/// connection of the same person may take it over, since the server learns late that a network is gone.
#[derive(Debug, Default)]
pub struct Owners {
    of: BTreeMap<u32, Connection>,
    clients: BTreeSet<(Connection, u32)>,
}

impl Owners {
    /// A connection shows a Yjs client, or takes it away. May it? Then it owns it, or no longer.
    pub fn said(&mut self, by: Connection, client: u32, gone: bool) -> bool {
        let owner = self.owner(client);
        if gone {
            let may = owner == Some(by);
            return may && self.release(by, client);
        }
        let is_theirs = owner.is_none_or(|owner| owner.0 == by.0);
        let has_room =
            self.clients_of(by).count() < CARETS_PER_CONNECTION_MAX && self.of.len() < CARETS_PER_DOCUMENT_MAX;
        if owner == Some(by) {
            return true;
        }
        if !is_theirs || !has_room {
            return false;
        }
        if let Some(before) = self.of.insert(client, by) {
            self.clients.remove(&(before, client));
        }
        self.clients.insert((by, client))
    }

    /// Who speaks for a Yjs client.
    pub fn owner(&self, client: u32) -> Option<Connection> {
        self.of.get(&client).copied()
    }

    /// A connection is gone: gives the Yjs clients that were its own.
    pub fn left(&mut self, by: Connection) -> Vec<u32> {
        let clients: Vec<u32> = self.clients_of(by).collect();
        for client in &clients {
            self.release(by, *client);
        }
        clients
    }

    /// The connections that show something, each once.
    fn connections(&self) -> BTreeSet<Connection> {
        self.clients.iter().map(|(connection, _)| *connection).collect()
    }

    fn clients_of(&self, by: Connection) -> impl Iterator<Item = u32> {
        self.clients.range((by, 0)..=(by, u32::MAX)).map(|(_, client)| *client)
    }

    fn release(&mut self, by: Connection, client: u32) -> bool {
        self.of.remove(&client);
        self.clients.remove(&(by, client))
    }
}

/// The carets of other connections, as one editor is shown them.
///
/// An editor believes the state of a Yjs client only if it was counted higher than the last. Somebody could say the highest
/// count once, and the caret would never move again. So states are counted here, in the order in which they come.
#[derive(Debug, Default)]
pub struct Others {
    owners: Owners,
    counted: u32,
}

impl Others {
    /// A connection shows carets, under the name of its person already (see [`signed`]). `is_own`: does the editor itself
    /// speak for this Yjs client? Gives the update that the editor is to be told, if any.
    pub fn shown<'a>(
        &mut self,
        by: Connection,
        states: impl IntoIterator<Item = &'a Aware<'a>>,
        is_own: impl Fn(u32) -> bool,
    ) -> Option<Vec<u8>> {
        let mut told = Vec::new();
        for Aware { client, state, .. } in states {
            let gone = state == "null";
            if !is_own(*client) && self.owners.said(by, *client, gone) {
                told.push(Aware { client: *client, clock: self.next(), state: Cow::Borrowed(state) });
            }
        }
        (!told.is_empty()).then(|| aware_update(&told))
    }

    /// Connections are gone. Gives their Yjs clients, and the update that takes these away.
    pub fn left(&mut self, is_gone: impl Fn(Connection) -> bool) -> Option<(Vec<u32>, Vec<u8>)> {
        let gone = self.owners.connections().into_iter().filter(|connection| is_gone(*connection));
        let clients: Vec<u32> = gone.flat_map(|connection| self.owners.left(connection)).collect();
        let update: Vec<Aware<'_>> = clients.iter().map(|client| Aware::gone(*client, self.next())).collect();
        (!clients.is_empty()).then(|| (clients, aware_update(&update)))
    }

    /// Is this Yjs client somebody else's?
    pub fn shows(&self, client: u32) -> bool {
        self.owners.owner(client).is_some()
    }

    fn next(&mut self) -> u32 {
        self.counted = self.counted.saturating_add(1);
        self.counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: Connection = (PersonId([1; 16]), 1);
    const ANA_AGAIN: Connection = (PersonId([1; 16]), 2);
    const EVE: Connection = (PersonId([2; 16]), 3);

    fn one(client: u32, clock: u32, state: &'static str) -> Aware<'static> {
        Aware { client, clock, state: state.into() }
    }

    #[test]
    fn a_caret_bears_the_name_that_is_vouched_for() {
        let user = CaretUser { name: "Ana".into(), colour: 2 };
        let signed = signed(&one(5, 1, r#"{"user":{"name":"Bo"},"cursor":3}"#), &user).unwrap();
        let state: Value = serde_json::from_str(&signed.state).unwrap();
        assert_eq!(state["user"], serde_json::json!({ "name": "Ana", "colour": 2, "color": "#235c88" }));
        assert_eq!(state["cursor"], 3);
    }

    #[test]
    fn the_colours_are_those_of_the_theme() {
        let tokens = include_str!("../../../ui/src/design/tokens.css");
        for (number, hex) in (1..).zip(PALETTE) {
            assert!(tokens.contains(&format!("--p{number}: {hex};")), "{number}");
        }
    }

    #[test]
    fn what_is_no_caret_is_not_sound() {
        let nested = |depth: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
        let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(SIGNAL_BYTES_MAX));
        let (deep, endless) = (nested(CARET_DEPTH_MAX), nested(3_000));
        for state in ["", "3", "[]", "{", "nul", &long, &deep, &endless] {
            assert_eq!(sound(Aware { client: 5, clock: 1, state: state.into() }), None, "{state:.20}");
        }
        for state in ["null", "{}", &nested(CARET_DEPTH_MAX - 1)] {
            assert!(sound(Aware { client: 5, clock: 1, state: state.into() }).is_some(), "{state}");
        }
    }

    #[test]
    fn the_first_owner_keeps_a_client_until_it_is_gone() {
        let mut owners = Owners::default();
        assert!(owners.said(ANA, 5, false));
        assert!(!owners.said(EVE, 5, false) && !owners.said(EVE, 5, true));
        assert!(owners.said(ANA, 5, false) && owners.said(ANA, 5, true));
        assert!(!owners.said(ANA, 5, true), "it is gone already");
        assert!(owners.said(EVE, 5, false));
        assert_eq!(owners.left(EVE), [5]);
        assert_eq!(owners.owner(5), None);
    }

    #[test]
    fn a_new_connection_of_the_same_person_takes_its_clients_over() {
        let mut owners = Owners::default();
        assert!(owners.said(ANA, 5, false) && owners.said(ANA_AGAIN, 5, false));
        assert!(!owners.said(ANA, 5, true));
        assert_eq!((owners.left(ANA), owners.owner(5)), (vec![], Some(ANA_AGAIN)));
    }

    #[test]
    fn a_connection_shows_no_crowd() {
        let mut owners = Owners::default();
        let shown = (0..100).filter(|client| owners.said(ANA, *client, false)).count();
        assert_eq!(shown, CARETS_PER_CONNECTION_MAX);
    }

    #[test]
    fn nobody_freezes_a_caret_by_counting_to_the_end() {
        let mut others = Others::default();
        let last = others.shown(ANA, &[one(5, u32::MAX, "{}")], |_| false).unwrap();
        let next = others.shown(ANA, &[one(5, 3, r#"{"cursor":1}"#)], |_| false).unwrap();
        assert!(aware(&next)[0].clock > aware(&last)[0].clock);
        let (clients, gone) = others.left(|connection| connection == ANA).unwrap();
        assert_eq!(clients, [5]);
        assert!(aware(&gone)[0].is_gone() && aware(&gone)[0].clock > aware(&next)[0].clock);
    }

    #[test]
    fn nobody_moves_or_takes_away_a_caret_that_is_not_theirs() {
        let mut others = Others::default();
        let is_own = |client| client == 9;
        assert_eq!(others.shown(EVE, &[one(9, 1, "{}"), Aware::gone(9, 2)], is_own), None);
        assert!(others.shown(ANA, &[one(5, 1, "{}")], is_own).is_some());
        assert_eq!(others.shown(EVE, &[one(5, 2, "{}"), Aware::gone(5, 3)], is_own), None);
        assert!(others.shows(5) && !others.shows(9));
        assert_eq!(others.left(|connection| connection == EVE), None);
    }
}
