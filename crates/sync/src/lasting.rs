//! What lasts of a signal: presence and each caret count until they are taken back or their connection is gone, so they
//! are kept, by the server for whoever comes and by the client to be said again.

use crate::awareness;
use folkmoot_model::signal::{Availability, Signal};
use folkmoot_wire::y_websocket::{Aware, aware_update};

/// One thing that a connection shows in a stream. The last that it said of it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lasting {
    /// That its person is here.
    Presence,
    /// The caret of this Yjs client.
    Caret(u32),
}

impl Lasting {
    /// The first and the last in order, for ranges.
    pub const ALL: std::ops::RangeInclusive<Self> = Self::Presence..=Self::Caret(u32::MAX);
}

/// A part of a signal, which is a signal by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it shows, if that lasts.
    pub lasting: Option<Lasting>,
    /// Is it shown no longer?
    pub taken_back: bool,
    /// What to say.
    pub signal: Signal,
}

/// Cuts a signal into parts, one for each thing that lasts by itself. What is no state of a caret is left out.
pub fn parts(signal: Signal) -> Vec<Part> {
    let presence = Some(Lasting::Presence);
    match &signal {
        Signal::Presence { availability: Availability::Offline, .. } => {
            vec![Part { lasting: presence, taken_back: true, signal: Signal::left() }]
        }
        Signal::Presence { .. } => vec![Part { lasting: presence, taken_back: false, signal }],
        Signal::Typing { .. } => vec![Part { lasting: None, taken_back: false, signal }],
        Signal::Awareness { update } => {
            let part = |one: Aware<'_>| Part {
                lasting: Some(Lasting::Caret(one.client)),
                taken_back: one.is_gone(),
                signal: Signal::Awareness { update: aware_update(&[one]) },
            };
            awareness::states(update).filter_map(awareness::sound).map(part).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_caret_of_an_update_lasts_by_itself() {
        let here = Aware { client: 5, clock: 1, state: "{}".into() };
        let nonsense = Aware { client: 6, clock: 1, state: "[".into() };
        let gone = Aware::gone(7, 2);
        let parts = parts(Signal::Awareness { update: aware_update(&[here.clone(), nonsense, gone.clone()]) });
        let part = |one: Aware<'_>, taken_back| Part {
            lasting: Some(Lasting::Caret(one.client)),
            taken_back,
            signal: Signal::Awareness { update: aware_update(&[one]) },
        };
        assert_eq!(parts, [part(here, false), part(gone, true)]);
    }

    #[test]
    fn presence_is_taken_back_by_offline_and_typing_does_not_last() {
        let left = parts(Signal::left());
        assert!(matches!(left[..], [Part { lasting: Some(Lasting::Presence), taken_back: true, .. }]));
        let typing = parts(Signal::Typing { on: true, thread: None });
        assert!(matches!(typing[..], [Part { lasting: None, taken_back: false, .. }]));
    }
}
