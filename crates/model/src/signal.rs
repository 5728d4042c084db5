//! Signals: what is fleeting and never stored. Who is here, who types, where carets are.
//!
//! A signal is said in a stream, and everyone who follows that stream hears it. So it may name only what all of them may
//! read: in a room's stream that room and nothing else. [`Signal::heard_in`] is the rule.

use crate::id::{EventId, StreamId};
use crate::mutant::{Mutant, planted};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A person's availability, from most to least: of several devices the first counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize, ts_rs::TS)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "model.ts")]
pub enum Availability {
    /// Here: in a space, used the computer in the last ten minutes; in a room or document, in the last minute.
    #[n(0)]
    Online,
    /// Connected, but idle for longer than that.
    #[n(1)]
    Away,
    /// Not connected.
    #[n(2)]
    Offline,
}

/// What a stream is, for the question what may be said in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// A person's own.
    Own,
    /// A space's: all of its people hear what is said there, guests too.
    Space,
    /// A space's directory: nothing is said there.
    Directory,
    /// A room's.
    Room,
    /// A document's: whoever may read its room may read it.
    Document,
}

/// What a device says in a stream, or a server says of a person.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Signal {
    /// In a space: how available, and nothing about where. In a room or document: that it is open. Lasts as long as the
    /// connection that said it; [`Availability::Offline`] takes it back.
    #[n(0)]
    Presence {
        /// How available.
        #[n(0)]
        availability: Availability,
        /// The room or document that is on the screen: the one in whose stream this is said.
        #[n(1)]
        at: Option<StreamId>,
    },
    /// In a room: writing a message now, or no longer. Counts for 6 seconds.
    #[n(1)]
    Typing {
        /// Writing?
        #[n(0)]
        on: bool,
        /// In the thread of this subject, and not in the room itself. Everyone who hears it may read whatever is in the room.
        #[n(1)]
        thread: Option<EventId>,
    },
    /// In a document: a Yjs awareness update of this device's Yjs clients.
    #[n(2)]
    Awareness {
        /// The update as y-protocols encodes it.
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        update: Vec<u8>,
    },
}

impl Signal {
    /// Says that a presence in this stream counts no longer: the room or document was left.
    pub fn left() -> Self {
        Self::Presence { availability: Availability::Offline, at: None }
    }

    /// What of this signal may be heard in `stream`, which is of this kind: names are kept only if everyone who may read the
    /// stream may read what they name. `None`: nothing of it. Older clients say where they are in the space: there only
    /// how available they are is heard.
    pub fn heard_in(self, stream: StreamId, kind: StreamKind) -> Option<Self> {
        if planted(Mutant::SignalsOfAnyKind) {
            return Some(self);
        }
        match (kind, self) {
            (StreamKind::Space, here @ Self::Presence { .. }) if planted(Mutant::PresenceTellsWhere) => Some(here),
            (StreamKind::Space, Self::Presence { availability, .. }) => Some(Self::Presence { availability, at: None }),
            (StreamKind::Room | StreamKind::Document, Self::Presence { availability: Availability::Offline, .. }) => {
                Some(Self::left())
            }
            (StreamKind::Room | StreamKind::Document, here @ Self::Presence { at: Some(at), .. }) if at == stream => {
                Some(here)
            }
            (StreamKind::Room, typing @ Self::Typing { .. }) => Some(typing),
            (StreamKind::Document, awareness @ Self::Awareness { .. }) => Some(awareness),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: StreamId = StreamId([1; 16]);
    const ELSEWHERE: StreamId = StreamId([2; 16]);
    const KINDS: [StreamKind; 5] =
        [StreamKind::Own, StreamKind::Directory, StreamKind::Space, StreamKind::Room, StreamKind::Document];

    fn presence(at: Option<StreamId>) -> Signal {
        Signal::Presence { availability: Availability::Away, at }
    }

    /// What of `said` is heard in each kind of stream, in the order of [`KINDS`].
    fn heard(said: &Signal) -> [Option<Signal>; 5] {
        KINDS.map(|kind| said.clone().heard_in(HERE, kind))
    }

    #[test]
    fn a_signal_is_heard_only_where_everyone_may_read_what_it_names() {
        let without = Some(presence(None));
        assert_eq!(heard(&presence(None)), [None, None, without.clone(), None, None]);
        let here = Some(presence(Some(HERE)));
        assert_eq!(heard(&presence(Some(HERE))), [None, None, without.clone(), here.clone(), here]);
        assert_eq!(heard(&presence(Some(ELSEWHERE))), [None, None, without, None, None]);

        let left = Some(Signal::left());
        let offline = Signal::Presence { availability: Availability::Offline, at: Some(ELSEWHERE) };
        assert_eq!(heard(&offline), [None, None, left.clone(), left.clone(), left]);

        let typing = Signal::Typing { on: true, thread: Some(EventId([3; 16])) };
        assert_eq!(heard(&typing), [None, None, None, Some(typing.clone()), None]);
        let caret = Signal::Awareness { update: vec![0] };
        assert_eq!(heard(&caret), [None, None, None, None, Some(caret.clone())]);
    }
}
