//! Messages: posted, edited and deleted by their author; by others where the room lets everyone edit, or who manages it deletes.
//!
//! Two people who edit one message at once both keep their text (`text.rs`); a deletion wins over every edit.

pub mod mentions;

use crate::event::{Event, PLAIN_BODY_BYTES_MAX};
use crate::fact::{About, At, Context, Deriving, Fact, Scope, Words};
use crate::features::threads::{DeletedReply, InThread};
use crate::features::{pins, threads};
use crate::id::{EventId, PersonId, Seq, StreamId};
use crate::key::{Key, List};
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal, Unit};
use crate::row::{Held, Row, Value};
use crate::rule::Authorization;
use crate::writing::is_visible;
use crate::yjs::text::{DELTA_BYTES_MAX, DeltaRefusal, MessageText, TEXT_BYTES_MAX};
use mentions::{Mention, MentionsEdited, Named};
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most edits that one message takes: each is another Yjs client in its state.
pub const EDITS_MAX: u32 = 1_000;

/// After so many, only its author edits a message: nobody uses up what somebody else has left of their own words.
pub const EDITS_OF_ALL_MAX: u32 = EDITS_MAX / 2;

/// A message was posted. Its id is the event's.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct MessagePosted {
    /// Markdown, at most [`TEXT_BYTES_MAX`].
    #[n(0)]
    pub text: String,
    /// The message that it answers.
    #[n(1)]
    pub reply_to: Option<EventId>,
    /// The people it names, sorted by person and each once; at most [`MENTIONS_MAX`](crate::features::messages::mentions::MENTIONS_MAX).
    #[n(2)]
    pub mentions: Vec<Mention>,
    /// The thread that it is in, if it is in one.
    #[n(3)]
    pub thread: Option<InThread>,
}

/// A message's text was changed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct MessageEdited {
    /// Which.
    #[n(0)]
    pub message: EventId,
    /// See [`MessageText::delta`].
    #[n(1)]
    #[cbor(with = "minicbor::bytes")]
    #[serde(with = "crate::base64")]
    #[schemars(with = "crate::base64::Base64")]
    pub delta: Vec<u8>,
    /// Whom the text names from then on; `None` from clients before 0.2, whose edits change nothing there.
    #[n(2)]
    pub mentions: Option<MentionsEdited>,
}

/// A message was deleted: its text is blanked, its place stays.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct MessageDeleted {
    /// Which.
    #[n(0)]
    pub message: EventId,
    /// The thread that it is in, if it is in one.
    #[n(1)]
    pub reply: Option<DeletedReply>,
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
    /// The people it names, sorted by person and each once; nobody once it is deleted.
    #[n(5)]
    pub mentions: Vec<Named>,
    /// Who deleted it, if anyone did.
    #[n(6)]
    pub deleted_by: Option<PersonId>,
    /// Who edited it last and when, if anyone did.
    #[n(7)]
    pub edited: Option<Edited>,
    /// The thread that it is in, if it is in one.
    #[n(8)]
    pub thread: Option<InThread>,
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

impl Fact for MessagePosted {
    const SCOPE: Scope = Scope::Room;

    fn about(&self, id: EventId) -> About {
        About::Message(id)
    }

    fn words(&self) -> Words<'_> {
        self.text.as_str().into()
    }

    fn touches(&self, at: &At) -> Vec<Key> {
        let lists = match self.thread {
            None => vec![Key::Timeline(at.seq)],
            Some(InThread { subject, also_in_room }) => {
                let among = if also_in_room { Key::Timeline(at.seq) } else { Key::Reply(at.seq) };
                vec![Key::Thread(subject.id(), at.seq), among, subject.summary()]
            }
        };
        [Key::Message(at.id)].into_iter().chain(lists).chain(named_at(&self.mentions, at.seq)).collect()
    }

    fn permit(&self, author: &Authorization, context: &Context<'_>) -> Result<(), Refusal> {
        if self.text.len() > TEXT_BYTES_MAX {
            return Err(Refusal::too_large(TEXT_BYTES_MAX));
        }
        mentions::permit(&self.mentions)?;
        if !is_visible(&self.text) {
            return Err(Code::BadRequest.into());
        }
        author.writes()?;
        if let Some(thread) = self.thread {
            threads::permit(thread, context)?;
        }
        match self.reply_to.map(|answered| context.row(&Key::Message(answered))) {
            Some(Held::Absent) => Err(Code::TargetMissing.into()),
            _ => Ok(()),
        }
    }

    fn step(&self, key: &Key, before: Option<Value>, at: &At) -> Option<Value> {
        if matches!(key, Key::ThreadSummary(_)) {
            return threads::with_reply(before, at);
        }
        if !matches!(key, Key::Message(_)) {
            return Some(Value::At(at.id));
        }
        Some(before.unwrap_or_else(|| {
            Value::Message(MessageRow {
                posted_seq: at.seq,
                author: at.author,
                at_ms: at.at_ms,
                text: MessageText::plain(self.text.clone()),
                reply_to: self.reply_to,
                mentions: self.mentions.iter().map(|mention| mention.at(at.seq)).collect(),
                deleted_by: None,
                edited: None,
                thread: self.thread,
            })
        }))
    }

    fn makes(&self, key: &Key) -> bool {
        !matches!(key, Key::ThreadSummary(_))
    }

    fn answers(&self) -> Vec<EventId> {
        let subject = self.thread.map(|thread| thread.subject.id());
        self.reply_to.into_iter().chain(subject).collect()
    }

    fn lets_in(&self, _: PersonId) -> Vec<PersonId> {
        let in_thread = self.mentions.iter().filter(|_| self.thread.is_some());
        in_thread.map(|mention| mention.person).collect()
    }

    fn derived(&self, on: &Deriving<'_>) -> Vec<(StreamId, Event)> {
        threads::joined(self, on)
    }
}

impl Fact for MessageEdited {
    const SCOPE: Scope = Scope::Room;
    const BODY_BYTES_MAX: usize = DELTA_BYTES_MAX + PLAIN_BODY_BYTES_MAX;

    fn about(&self, _: EventId) -> About {
        About::Message(self.message)
    }

    fn words(&self) -> Words<'_> {
        Words::Edit(self.message, &self.delta)
    }

    fn touches(&self, at: &At) -> Vec<Key> {
        [Key::Message(self.message)].into_iter().chain(named_at(self.named(), at.seq)).collect()
    }

    fn permit(&self, author: &Authorization, context: &Context<'_>) -> Result<(), Refusal> {
        author.writes()?;
        let Some(message) = standing_message(context.row(&Key::Message(self.message)))? else { return Ok(()) };
        if let Some(mentions) = &self.mentions {
            mentions::permit(&mentions.all)?;
        }
        let most = if message.author == author.who {
            EDITS_MAX
        } else {
            author.edits_others()?;
            EDITS_OF_ALL_MAX
        };
        if message.edits() >= most {
            return Err(Refusal::too_many(most as usize, Unit::Edits));
        }
        let after = message.text.admits(self.message, context.id, &self.delta).map_err(|refusal| match refusal {
            DeltaRefusal::TooLarge => Refusal::too_large(TEXT_BYTES_MAX),
            _ => Refusal::from(Code::BadRequest),
        })?;
        // Nobody is told that there was anything: that is what deleting says.
        if is_visible(after.as_str()) { Ok(()) } else { Err(Code::BadRequest.into()) }
    }

    fn step(&self, key: &Key, before: Option<Value>, at: &At) -> Option<Value> {
        if matches!(key, Key::Mention(..)) {
            return Some(Value::At(self.message));
        }
        let message = message_in(before?)?;
        if message.deleted_by.is_some() {
            return Some(Value::Message(message));
        }
        let edits = message.edits();
        let text = match &message.edited {
            Some(_) if planted(Mutant::LastEditWins) => MessageText::plain("").with(self.message, &self.delta),
            _ => message.text.with(self.message, &self.delta),
        };
        let mentions = match &self.mentions {
            Some(edited) if !planted(Mutant::EditsNameNobody) => {
                edited.step(&message.mentions, edits, text.as_str(), at.seq)
            }
            _ => message.mentions,
        };
        let edited = Some(Edited { by: at.author, at_ms: at.at_ms, count: edits + 1 });
        Some(Value::Message(MessageRow { text, mentions, edited, ..message }))
    }

    fn makes(&self, key: &Key) -> bool {
        // Whom an event names, it names at its own place.
        matches!(key, Key::Mention(..))
    }

    fn lets_in(&self, _: PersonId) -> Vec<PersonId> {
        // Whether the message is in a thread, the event does not say.
        self.named().iter().map(|mention| mention.person).collect()
    }

    fn derived(&self, on: &Deriving<'_>) -> Vec<(StreamId, Event)> {
        threads::joined_by_edit(self.message, self.named(), on)
    }
}

impl Fact for MessageDeleted {
    const SCOPE: Scope = Scope::Room;

    fn about(&self, _: EventId) -> About {
        About::Message(self.message)
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        let thread = self.reply.map(|reply| reply.subject.summary());
        [Key::Message(self.message), Key::Pins].into_iter().chain(thread).collect()
    }

    fn permit(&self, author: &Authorization, context: &Context<'_>) -> Result<(), Refusal> {
        author.writes()?;
        let Some(message) = standing_message(context.row(&Key::Message(self.message)))? else { return Ok(()) };
        if message.author != author.who && !planted(Mutant::AnyoneDeletes) {
            author.manages()?;
        }
        threads::permit_deletion(self.reply, &message)
    }

    fn step(&self, key: &Key, before: Option<Value>, at: &At) -> Option<Value> {
        if *key == Key::Pins {
            return pins::without(before, self.message);
        }
        if matches!(key, Key::ThreadSummary(_)) {
            return threads::without_reply(before, self.reply?.author);
        }
        let message = message_in(before?)?;
        let deleted_by = Some(message.deleted_by.unwrap_or(at.author));
        if planted(Mutant::DeletedKeepsText) {
            return Some(Value::Message(MessageRow { deleted_by, ..message }));
        }
        let (text, mentions) = (MessageText::plain(""), Vec::new());
        Some(Value::Message(MessageRow { text, mentions, edited: None, deleted_by, ..message }))
    }
}

impl MessageEdited {
    /// Whom the text names from then on, as far as it says.
    fn named(&self) -> &[Mention] {
        self.mentions.as_ref().map(|mentions| mentions.all.as_slice()).unwrap_or_default()
    }
}

impl MessageRow {
    /// How often its text was edited.
    pub fn edits(&self) -> u32 {
        self.edited.as_ref().map_or(0, |edited| edited.count)
    }

    /// The keys of the rows by which it is found: that it is in a thread alone, and whom it names.
    pub(crate) fn index(&self) -> impl Iterator<Item = Key> {
        let reply = (!self.is_in_room()).then_some(Key::Reply(self.posted_seq));
        let named = self.mentions.iter().map(|named| Key::Mention(named.person, self.place_of(named)));
        reply.into_iter().chain(named)
    }

    /// The lists that it is in, all at its place.
    pub fn lists(&self) -> Vec<List> {
        let thread = self.thread.map(|thread| List::Thread(thread.subject.id()));
        self.is_in_room().then_some(List::Messages).into_iter().chain(thread).collect()
    }

    /// Is it shown among the messages of the room? Others are in a thread alone.
    pub fn is_in_room(&self) -> bool {
        self.thread.is_none_or(|thread| thread.also_in_room)
    }

    /// Does it name the person?
    pub fn names(&self, person: PersonId) -> bool {
        self.named_at(person).is_some()
    }

    /// The place of the event by which it names the person, if it does.
    pub fn named_at(&self, person: PersonId) -> Option<Seq> {
        self.mentions.iter().find(|named| named.person == person).map(|named| self.place_of(named))
    }

    fn place_of(&self, named: &Named) -> Seq {
        // Clients before 0.2 named people as they posted.
        if named.seq == 0 { self.posted_seq } else { named.seq }
    }
}

/// The message in a row at [`Key::Message`].
pub fn message(row: Row) -> Option<MessageRow> {
    message_in(row.value)
}

/// The keys of those whom an event at this place names.
fn named_at(all: &[Mention], seq: Seq) -> impl Iterator<Item = Key> {
    let all = all.iter().filter(|_| !planted(Mutant::MentionsUnfolded));
    all.map(move |mention| Key::Mention(mention.person, seq))
}

fn message_in(value: Value) -> Option<MessageRow> {
    match value {
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
