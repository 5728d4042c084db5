//! What people say of themselves in a space: name, colour and status.

use crate::fact::{About, At, Context, Fact, Scope, Words};
use crate::features::people::{MemberRow, member_in};
use crate::id::EventId;
use crate::key::Key;
use crate::refusal::{Code, Refusal};
use crate::row::Value;
use crate::rule::Authorization;
use crate::writing::{is_line, named};
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The colours that a person may have, as indices into the theme's palette: 1 to this.
pub const COLOURS: u8 = 8;

/// The author's name and colour in a space.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct ProfileChanged {
    /// At most [`NAME_BYTES_MAX`](crate::writing::NAME_BYTES_MAX).
    #[n(0)]
    pub name: String,
    /// 1 to [`COLOURS`].
    #[n(1)]
    pub colour: u8,
}

/// The longest text of a status, in bytes: a line under a name.
pub const STATUS_BYTES_MAX: usize = 200;

/// How a person wishes to be taken, whatever their devices say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema, ts_rs::TS)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "model.ts")]
pub enum Mode {
    /// As their devices say: the text alone counts.
    #[n(0)]
    Open,
    /// At work on something: answers may take a while.
    #[n(1)]
    Busy,
    /// Nothing notifies them.
    #[n(2)]
    DoNotDisturb,
}

/// What a person says of themself, until they say otherwise or its time is over.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema, ts_rs::TS)]
#[ts(export, export_to = "model.ts")]
pub struct Status {
    /// How they wish to be taken.
    #[n(0)]
    pub mode: Mode,
    /// In their words, one line; may be empty. At most [`STATUS_BYTES_MAX`].
    #[n(1)]
    pub text: String,
    /// When it ends, Unix milliseconds: from then on a reader takes it for none. `None`: not by itself.
    #[n(2)]
    pub until_ms: Option<u64>,
}

impl Status {
    /// Does it still count?
    pub fn counts(&self, now_ms: u64) -> bool {
        self.until_ms.is_none_or(|until_ms| now_ms < until_ms)
    }
}

/// The author said how they are, or took it back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct StatusChosen {
    /// What they said; `None`: nothing any more.
    #[n(0)]
    pub status: Option<Status>,
}

impl ProfileChanged {
    pub(crate) fn well_formed(&self) -> Result<(), Refusal> {
        named(&self.name)?;
        if (1..=COLOURS).contains(&self.colour) { Ok(()) } else { Err(Code::BadRequest.into()) }
    }
}

impl Fact for ProfileChanged {
    const SCOPE: Scope = Scope::SpaceOrRoom;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        self.name.as_str().into()
    }

    fn touches(&self, at: &At) -> Vec<Key> {
        vec![Key::Member(at.author)]
    }

    fn permit(&self, author: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        self.well_formed()?;
        if author.room.is_some() { Err(Code::BadRequest.into()) } else { author.member() }
    }

    fn step(&self, _: &Key, before: Option<Value>, _: &At) -> Option<Value> {
        let before = member_in(before?)?;
        Some(Value::Member(MemberRow { name: self.name.clone(), colour: self.colour, ..before }))
    }
}

impl Fact for StatusChosen {
    const SCOPE: Scope = Scope::SpaceOrRoom;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        self.status.as_ref().map_or(Words::None, |status| status.text.as_str().into())
    }

    fn touches(&self, at: &At) -> Vec<Key> {
        vec![Key::Member(at.author)]
    }

    fn permit(&self, author: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        let text = self.status.as_ref().map(|status| status.text.as_str()).unwrap_or_default();
        if text.len() > STATUS_BYTES_MAX {
            return Err(Refusal::too_large(STATUS_BYTES_MAX));
        }
        if author.room.is_some() || !is_line(text) {
            return Err(Code::BadRequest.into());
        }
        author.member()
    }

    fn step(&self, _: &Key, before: Option<Value>, _: &At) -> Option<Value> {
        let before = member_in(before?)?;
        Some(Value::Member(MemberRow { status: self.status.clone(), ..before }))
    }
}
