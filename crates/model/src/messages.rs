//! Messages: posted, edited by whoever is in the room, deleted by their author.
//!
//! Two people who edit one message at once both keep their text (`text.rs`); a deletion wins over every edit.

use crate::event::Sealed;
use crate::id::{EventId, PersonId};
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal, Unit};
use crate::row::{Held, Row, Value};
use crate::rule::Standing;
use crate::text::{DeltaRefusal, MessageText, TEXT_BYTES_MAX};
use minicbor::{Decode, Encode};

/// The most people that one message may name. With the message, its place and its reactions they are at most 64 rows.
pub const MENTIONS_MAX: usize = 50;

/// The most edits that one message takes: each is another Yjs client in its state.
pub const EDITS_MAX: u32 = 1_000;

/// A message was posted. Its id is the event's.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MessagePosted {
    /// Markdown, at most [`TEXT_BYTES_MAX`].
    #[n(0)]
    pub text: String,
    /// The message that it answers.
    #[n(1)]
    pub reply_to: Option<EventId>,
    /// The people it names, at most [`MENTIONS_MAX`], sorted and each once.
    #[n(2)]
    pub mentions: Vec<PersonId>,
}

/// A message's text was changed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MessageEdited {
    /// Which.
    #[n(0)]
    pub message: EventId,
    /// See [`MessageText::delta`].
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    pub delta: Vec<u8>,
}

/// A message was deleted: its text is blanked, its place stays.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MessageDeleted {
    /// Which.
    #[n(0)]
    pub message: EventId,
}

/// A message as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct MessageRow {
    /// Its place; provisional while pending.
    #[n(0)]
    pub posted_seq: u64,
    /// Who posted it.
    #[n(1)]
    pub author: PersonId,
    /// When it was posted, Unix milliseconds.
    #[n(2)]
    pub at_ms: u64,
    /// Its text; blank once deleted.
    #[n(3)]
    pub text: MessageText,
    /// The message that it answers.
    #[n(4)]
    pub reply_to: Option<EventId>,
    /// The people it named when it was posted.
    #[n(5)]
    pub mentions: Vec<PersonId>,
    /// Who deleted it, if anyone did.
    #[n(6)]
    pub deleted_by: Option<PersonId>,
    /// Who edited it last and when, if anyone did.
    #[n(7)]
    pub edited: Option<Edited>,
}

/// The last edit of a message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Edited {
    /// Who.
    #[n(0)]
    pub by: PersonId,
    /// When, Unix milliseconds.
    #[n(1)]
    pub at_ms: u64,
    /// How many edits there are.
    #[n(2)]
    pub count: u32,
}

impl MessagePosted {
    pub(crate) fn permit(&self, standing: &Standing, answered: Option<Held>) -> Result<(), Refusal> {
        if self.text.len() > TEXT_BYTES_MAX {
            return Err(Refusal::too_large(TEXT_BYTES_MAX));
        }
        if self.mentions.len() > MENTIONS_MAX {
            return Err(Refusal::too_many(MENTIONS_MAX, Unit::Mentions));
        }
        if self.text.trim().is_empty() || !self.mentions.is_sorted_by(|one, next| one < next) {
            return Err(Code::BadRequest.into());
        }
        standing.writes()?;
        match answered {
            Some(Held::Absent) => Err(Code::TargetMissing.into()),
            _ => Ok(()),
        }
    }

    pub(crate) fn step(&self, row: Option<Row>, sealed: &Sealed) -> Value {
        match row {
            Some(row) => row.value,
            None => Value::Message(MessageRow {
                posted_seq: sealed.seq,
                author: sealed.author,
                at_ms: sealed.at_ms,
                text: MessageText::plain(self.text.clone()),
                reply_to: self.reply_to,
                mentions: self.mentions.clone(),
                deleted_by: None,
                edited: None,
            }),
        }
    }
}

impl MessageEdited {
    pub(crate) fn permit(&self, standing: &Standing, edit: EventId, target: Held) -> Result<(), Refusal> {
        standing.writes()?;
        let Some(message) = standing_message(target)? else { return Ok(()) };
        if message.author != standing.who {
            standing.not_guest()?;
        }
        if message.edited.as_ref().is_some_and(|edited| edited.count >= EDITS_MAX) {
            return Err(Refusal::too_many(EDITS_MAX as usize, Unit::Edits));
        }
        message.text.admits(self.message, edit, &self.delta).map_err(|refusal| match refusal {
            DeltaRefusal::TooLarge => Refusal::too_large(TEXT_BYTES_MAX),
            _ => Code::BadRequest.into(),
        })
    }

    pub(crate) fn step(&self, row: Option<Row>, sealed: &Sealed) -> Option<Value> {
        let message = message(row?)?;
        if message.deleted_by.is_some() {
            return Some(Value::Message(message));
        }
        let count = message.edited.as_ref().map_or(0, |edited| edited.count) + 1;
        Some(Value::Message(MessageRow {
            text: match &message.edited {
                Some(_) if planted(Mutant::LastEditWins) => MessageText::plain("").with(self.message, &self.delta),
                _ => message.text.with(self.message, &self.delta),
            },
            edited: Some(Edited { by: sealed.author, at_ms: sealed.at_ms, count }),
            ..message
        }))
    }
}

impl MessageDeleted {
    pub(crate) fn permit(standing: &Standing, target: Held) -> Result<(), Refusal> {
        standing.writes()?;
        match standing_message(target)? {
            Some(_) if planted(Mutant::AnyoneDeletes) => Ok(()),
            Some(message) if message.author != standing.who => standing.manages(),
            _ => Ok(()),
        }
    }

    pub(crate) fn step(row: Option<Row>, sealed: &Sealed) -> Option<Value> {
        let message = message(row?)?;
        let deleted_by = Some(message.deleted_by.unwrap_or(sealed.author));
        if planted(Mutant::DeletedKeepsText) {
            return Some(Value::Message(MessageRow { deleted_by, ..message }));
        }
        Some(Value::Message(MessageRow { text: MessageText::plain(""), edited: None, deleted_by, ..message }))
    }
}

/// The message in a row at [`crate::row::Key::Message`].
pub fn message(row: Row) -> Option<MessageRow> {
    match row.value {
        Value::Message(message) => Some(message),
        _ => None,
    }
}

/// The message spoken of, if it is known here. Refused if there is none, or it was deleted.
pub(crate) fn standing_message(target: Held) -> Result<Option<MessageRow>, Refusal> {
    match target {
        Held::Unknown => Ok(None),
        Held::Absent => Err(Code::TargetMissing.into()),
        Held::Row(row) => match message(row) {
            Some(message) if message.deleted_by.is_none() || planted(Mutant::DeletedIsEdited) => Ok(Some(message)),
            _ => Err(Code::TargetMissing.into()),
        },
    }
}
