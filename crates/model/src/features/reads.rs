//! A person's own stream: the streams they are in, how far they have read, and what should notify them.
//!
//! Grants are written by the server alone, in the transaction of the membership event that causes them.

use crate::id::{Seq, StreamId};
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal};
use crate::row::{Row, Value};
use crate::rule::Authorization;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The person came into a stream.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Granted {
    /// Which: a space or a room.
    #[n(0)]
    pub stream: StreamId,
    /// Its space, if it is a room.
    #[n(1)]
    pub space: Option<StreamId>,
}

/// The person is no longer in a stream.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct GrantRevoked {
    /// Which.
    #[n(0)]
    pub stream: StreamId,
}

/// The person has read a room up to here; the furthest counts.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct ReadTo {
    /// Which room.
    #[n(0)]
    pub room: StreamId,
    /// The last seq that was read.
    #[n(1)]
    pub seq: Seq,
}

/// The person wants a room unread from here on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MarkedUnread {
    /// Which room.
    #[n(0)]
    pub room: StreamId,
    /// The first seq that is to be unread.
    #[n(1)]
    pub seq: Seq,
}

/// What of a room deserves a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, ts_rs::TS)]
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
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
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

impl Granted {
    pub(crate) fn step(&self) -> Value {
        Value::Grant(GrantRow { present: true, space: self.space })
    }
}

impl GrantRevoked {
    pub(crate) fn step(row: Option<Row>) -> Option<Value> {
        match row?.value {
            Value::Grant(grant) => Some(Value::Grant(GrantRow { present: false, ..grant })),
            _ => None,
        }
    }
}

impl ReadTo {
    pub(crate) fn step(&self, row: Option<Row>) -> Value {
        let before = match row.map(|row| row.value) {
            Some(Value::Read(read)) => read.to,
            _ => 0,
        };
        let before = if planted(Mutant::ReadGoesBack) { 0 } else { before };
        Value::Read(ReadRow { to: before.max(self.seq) })
    }
}

impl MarkedUnread {
    pub(crate) fn step(&self, row: Option<Row>) -> Value {
        let before = row.filter(|_| planted(Mutant::UnreadNeverGoesBack)).map(|row| row.value);
        let least = if let Some(Value::Read(read)) = before { read.to } else { 0 };
        Value::Read(ReadRow { to: self.seq.saturating_sub(1).max(least) })
    }
}

impl NotifyChosen {
    pub(crate) fn step(&self) -> Value {
        Value::Notify(NotifyRow { level: self.level })
    }
}

/// A provisional place is nothing that can have been read by another device.
pub(crate) fn permit_place(author: &Authorization, seq: Seq) -> Result<(), Refusal> {
    if seq >= crate::event::PENDING_SEQ { Err(Code::BadRequest.into()) } else { author.own() }
}
