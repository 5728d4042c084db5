//! A person's own stream: the streams they are in, how far they have read, and what should notify them.
//!
//! Grants are written by the server alone, in the transaction of the membership event that causes them.

use crate::event::{Event, PENDING_SEQ};
use crate::fact::{About, At, Context, Fact, Scope, Words};
use crate::id::{EventId, PersonId, Seq, StreamId};
use crate::key::Key;
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal};
use crate::row::Value;
use crate::rule::Authorization;
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The person came into a stream.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct Granted {
    /// Which: a space or a room.
    #[n(0)]
    pub stream: StreamId,
    /// Its space, if it is a room.
    #[n(1)]
    pub space: Option<StreamId>,
}

/// The person is no longer in a stream.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct GrantRevoked {
    /// Which.
    #[n(0)]
    pub stream: StreamId,
}

/// The person has read a room up to here; the furthest counts.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct ReadTo {
    /// Which room.
    #[n(0)]
    pub room: StreamId,
    /// The last seq that was read.
    #[n(1)]
    pub seq: Seq,
}

/// The person wants a room unread from here on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct MarkedUnread {
    /// Which room.
    #[n(0)]
    pub room: StreamId,
    /// The first seq that is to be unread.
    #[n(1)]
    pub seq: Seq,
}

/// What of a room deserves a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema, ts_rs::TS)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "model.ts")]
pub enum NotifyLevel {
    /// Every message.
    #[n(0)]
    All,
    /// Messages that name the person.
    #[n(1)]
    Mentions,
    /// Nothing.
    #[n(2)]
    Nothing,
}

/// The person chose what of a room should notify them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct NotifyChosen {
    /// Which room.
    #[n(0)]
    pub room: StreamId,
    /// The choice.
    #[n(1)]
    pub level: NotifyLevel,
}

/// A stream that the person is or was in.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct GrantRow {
    /// Are they in it?
    #[n(0)]
    pub present: bool,
    /// Its space, if it is a room.
    #[n(1)]
    pub space: Option<StreamId>,
}

/// How far a room is read.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ReadRow {
    /// The last seq that was read.
    #[n(0)]
    pub to: Seq,
}

/// What of a room deserves a notification.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct NotifyRow {
    /// The choice.
    #[n(0)]
    pub level: NotifyLevel,
}

impl Fact for Granted {
    const SCOPE: Scope = Scope::Server;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Grant(self.stream)]
    }

    fn permit(&self, _: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    fn step(&self, _: &Key, _: Option<Value>, _: &At) -> Option<Value> {
        Some(Value::Grant(GrantRow { present: true, space: self.space }))
    }
}

impl Fact for GrantRevoked {
    const SCOPE: Scope = Scope::Server;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Grant(self.stream)]
    }

    fn permit(&self, _: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    fn step(&self, _: &Key, before: Option<Value>, _: &At) -> Option<Value> {
        match before? {
            Value::Grant(grant) => Some(Value::Grant(GrantRow { present: false, ..grant })),
            _ => None,
        }
    }
}

impl Fact for ReadTo {
    const SCOPE: Scope = Scope::Own;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Read(self.room)]
    }

    fn permit(&self, _: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        is_place(self.seq)
    }

    fn step(&self, _: &Key, before: Option<Value>, _: &At) -> Option<Value> {
        let before = if let Some(Value::Read(read)) = before { read.to } else { 0 };
        let before = if planted(Mutant::ReadGoesBack) { 0 } else { before };
        Some(Value::Read(ReadRow { to: before.max(self.seq) }))
    }
}

impl Fact for MarkedUnread {
    const SCOPE: Scope = Scope::Own;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Read(self.room)]
    }

    fn permit(&self, _: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        is_place(self.seq)
    }

    fn step(&self, _: &Key, before: Option<Value>, _: &At) -> Option<Value> {
        let before = before.filter(|_| planted(Mutant::UnreadNeverGoesBack));
        let least = if let Some(Value::Read(read)) = before { read.to } else { 0 };
        Some(Value::Read(ReadRow { to: self.seq.saturating_sub(1).max(least) }))
    }
}

impl Fact for NotifyChosen {
    const SCOPE: Scope = Scope::Own;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::Notify(self.room)]
    }

    fn permit(&self, _: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    fn step(&self, _: &Key, _: Option<Value>, _: &At) -> Option<Value> {
        Some(Value::Notify(NotifyRow { level: self.level }))
    }
}

/// A provisional place is nothing that can have been read by another device.
fn is_place(seq: Seq) -> Result<(), Refusal> {
    if seq >= PENDING_SEQ { Err(Code::BadRequest.into()) } else { Ok(()) }
}

/// Tells a person's own stream that they came into a stream.
pub(crate) fn granted(person: PersonId, stream: StreamId, space: Option<StreamId>) -> (StreamId, Event) {
    (person.into(), Granted { stream, space }.into())
}

/// Tells a person's own stream that they are no longer in a stream.
pub(crate) fn revoked(person: PersonId, stream: StreamId) -> (StreamId, Event) {
    (person.into(), GrantRevoked { stream }.into())
}
