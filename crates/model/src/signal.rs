//! Signals: what is fleeting and never stored. Who is here, who types, where carets are.

use crate::id::{EventId, StreamId};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A person's availability, from most to least: of several devices the first counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize, ts_rs::TS)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "model.ts")]
pub enum Availability {
    /// Here, and used the device in the last minute.
    #[n(0)]
    Online,
    /// Connected, but idle for a minute or more.
    #[n(1)]
    Away,
    /// Not connected.
    #[n(2)]
    Offline,
}

/// What a device says in a stream, or a server says of a person.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Signal {
    /// In a space: how available, and which room or document is open.
    #[n(0)]
    Presence {
        /// How available.
        #[n(0)]
        availability: Availability,
        /// The room or document on the screen.
        #[n(1)]
        at: Option<StreamId>,
    },
    /// In a room: writing a message now, or no longer. Counts for 6 seconds.
    #[n(1)]
    Typing {
        /// Writing?
        #[n(0)]
        on: bool,
        /// In the thread of this message, if in one.
        #[n(1)]
        thread: Option<EventId>,
    },
    /// In a document: a Yjs awareness update of this device's Yjs client.
    #[n(2)]
    Awareness {
        /// The update as y-protocols encodes it.
        #[n(0)]
        #[cbor(with = "minicbor::bytes")]
        update: Vec<u8>,
    },
}
