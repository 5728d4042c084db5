//! Threads: talk that hangs on a subject, beside the talk of its room.
//!
//! A reply is a message of the room's stream that names its subject ([`InThread`]), so that editing, deleting, reactions and
//! mentions are those of any message. Replies are listed by subject ([`List::Thread`](crate::key::List::Thread)). Which threads
//! a person follows, and how far they have read them, lies in their own stream.

use crate::event::{Event, PENDING_SEQ};
use crate::fact::{About, At, Context, Deriving, Fact, Scope, Words};
use crate::features::messages::mentions::Mention;
use crate::features::messages::{MessagePosted, MessageRow, message};
use crate::id::{EventId, PersonId, Seq, StreamId};
use crate::key::Key;
use crate::mutant::{Mutant, planted};
use crate::refusal::{Code, Refusal};
use crate::row::{Held, Row, Value};
use crate::rule::{Authorization, known_member};
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most people whose replies in one thread are counted one by one; those who come later are counted with all.
pub const VOICES_MAX: usize = 50;

/// What a thread hangs on.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize, JsonSchema, ts_rs::TS,
)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "model.ts")]
pub enum Subject {
    /// A message of the room, which is itself in no thread.
    #[n(0)]
    Message(#[n(0)] EventId),
}

/// That a message is in a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema, ts_rs::TS)]
#[ts(export, export_to = "model.ts")]
pub struct InThread {
    /// What the thread hangs on.
    #[n(0)]
    pub subject: Subject,
    /// Is the message shown among those of the room, too?
    #[n(1)]
    pub also_in_room: bool,
}

/// A reply, as the event that deletes it names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct DeletedReply {
    /// What its thread hangs on.
    #[n(0)]
    pub subject: Subject,
    /// Who posted it.
    #[n(1)]
    pub author: PersonId,
}

/// The person has a part in a thread: it hangs on something of theirs, they replied in it, or a reply named them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct ThreadJoined {
    /// In which room.
    #[n(0)]
    pub room: StreamId,
    /// What it hangs on.
    #[n(1)]
    pub subject: Subject,
    /// The place of its subject in the room.
    #[n(2)]
    pub place: Seq,
    /// The last place that counts as read.
    #[n(3)]
    pub read_to: Seq,
}

/// The person chose to follow a thread, or to follow it no longer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct ThreadFollowed {
    /// In which room.
    #[n(0)]
    pub room: StreamId,
    /// What it hangs on.
    #[n(1)]
    pub subject: Subject,
    /// The place of its subject in the room.
    #[n(2)]
    pub place: Seq,
    /// The last place that counts as read, if they followed it never before.
    #[n(3)]
    pub read_to: Seq,
    /// Follow it?
    #[n(4)]
    pub on: bool,
}

/// The person has read a thread that they follow up to here; the furthest counts.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize, JsonSchema)]
pub struct ThreadReadTo {
    /// In which room.
    #[n(0)]
    pub room: StreamId,
    /// What it hangs on.
    #[n(1)]
    pub subject: Subject,
    /// The last place in the room that was read.
    #[n(2)]
    pub to: Seq,
}

/// How a thread stands: what is shown of it below its subject.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct ThreadSummary {
    /// Replies that are not deleted.
    #[n(0)]
    pub replies: u32,
    /// Who wrote them, in the order in which each came; at most [`VOICES_MAX`].
    #[n(1)]
    pub voices: Vec<Voice>,
    /// When the last was posted, Unix milliseconds.
    #[n(2)]
    pub last_ms: u64,
    /// The place of the last.
    #[n(3)]
    pub last: Seq,
}

/// A person's part in a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Voice {
    /// Who.
    #[n(0)]
    pub person: PersonId,
    /// How many of the replies are theirs, and not deleted.
    #[n(1)]
    pub replies: u32,
}

/// In an own stream: a thread that the person follows, or followed once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct ThreadMark {
    /// Do they follow it?
    #[n(0)]
    pub follows: bool,
    /// The place of its subject in the room.
    #[n(1)]
    pub place: Seq,
    /// The last place that they have read.
    #[n(2)]
    pub read_to: Seq,
    /// What it hangs on.
    #[n(3)]
    pub subject: Subject,
}

impl Subject {
    /// The id of what it is: an id names one thing in a stream, whatever it is.
    pub fn id(self) -> EventId {
        match self {
            Self::Message(message) => message,
        }
    }

    /// The key of how its thread stands.
    pub fn summary(self) -> Key {
        match self {
            Self::Message(message) => Key::ThreadSummary(message),
        }
    }
}

impl Fact for ThreadJoined {
    const SCOPE: Scope = Scope::Server;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::ThreadMark(self.room, self.subject.id())]
    }

    fn permit(&self, _: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    fn step(&self, _: &Key, before: Option<Value>, _: &At) -> Option<Value> {
        let Self { subject, place, read_to, .. } = *self;
        // Whoever follows it no longer has chosen that.
        let is_new = before.and_then(mark_in).is_none() || planted(Mutant::JoinsAgain);
        is_new.then_some(Value::ThreadMark(ThreadMark { follows: true, place, read_to, subject }))
    }
}

impl Fact for ThreadFollowed {
    const SCOPE: Scope = Scope::Own;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::ThreadMark(self.room, self.subject.id())]
    }

    fn permit(&self, _: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        // What is pending has no place that another device could look at.
        if self.place.max(self.read_to) >= PENDING_SEQ { Err(Code::BadRequest.into()) } else { Ok(()) }
    }

    fn step(&self, _: &Key, before: Option<Value>, _: &At) -> Option<Value> {
        let Self { subject, place, read_to, on, .. } = *self;
        let mark = before.and_then(mark_in).unwrap_or(ThreadMark { follows: on, place, read_to, subject });
        Some(Value::ThreadMark(ThreadMark { follows: on, ..mark }))
    }
}

impl Fact for ThreadReadTo {
    const SCOPE: Scope = Scope::Own;

    fn about(&self, _: EventId) -> About {
        About::Stream
    }

    fn words(&self) -> Words<'_> {
        Words::None
    }

    fn touches(&self, _: &At) -> Vec<Key> {
        vec![Key::ThreadMark(self.room, self.subject.id())]
    }

    fn permit(&self, _: &Authorization, _: &Context<'_>) -> Result<(), Refusal> {
        if self.to >= PENDING_SEQ { Err(Code::BadRequest.into()) } else { Ok(()) }
    }

    fn step(&self, _: &Key, before: Option<Value>, _: &At) -> Option<Value> {
        // What nobody follows has no read mark: nothing of it is ever unread.
        let mark = before.and_then(mark_in)?;
        let before = if planted(Mutant::ThreadReadGoesBack) { 0 } else { mark.read_to };
        Some(Value::ThreadMark(ThreadMark { read_to: before.max(self.to), ..mark }))
    }
}

/// May a message be posted there?
pub(crate) fn permit(thread: InThread, context: &Context<'_>) -> Result<(), Refusal> {
    let Subject::Message(subject) = thread.subject;
    match context.row(&Key::Message(subject)) {
        Held::Unknown => Ok(()),
        Held::Absent => Err(Code::TargetMissing.into()),
        Held::Row(row) => match message(row) {
            // What is deleted keeps its thread.
            Some(subject) if subject.thread.is_none() || planted(Mutant::ThreadsNest) => Ok(()),
            _ => Err(Code::BadRequest.into()),
        },
    }
}

/// Does a deletion name the thread that the message is in?
pub(crate) fn permit_deletion(reply: Option<DeletedReply>, message: &MessageRow) -> Result<(), Refusal> {
    let is = message.thread.map(|thread| DeletedReply { subject: thread.subject, author: message.author });
    if reply == is { Ok(()) } else { Err(Code::BadRequest.into()) }
}

/// How the thread stands after a reply of this person, at this place.
pub(crate) fn with_reply(before: Option<Value>, at: &At) -> Option<Value> {
    let mut summary = before.and_then(summary_in).unwrap_or_default();
    summary.replies += 1;
    (summary.last_ms, summary.last) = (at.at_ms, at.seq);
    let voices = &mut summary.voices;
    if let Some(voice) = voices.iter_mut().find(|voice| voice.person == at.author) {
        voice.replies += 1;
    } else if voices.len() < VOICES_MAX {
        voices.push(Voice { person: at.author, replies: 1 });
    }
    Some(Value::ThreadSummary(summary))
}

/// How the thread stands without one of this person's replies.
pub(crate) fn without_reply(before: Option<Value>, author: PersonId) -> Option<Value> {
    let mut summary = before.and_then(summary_in)?;
    if planted(Mutant::DeletedRepliesCount) {
        return None;
    }
    summary.replies = summary.replies.saturating_sub(1);
    if let Some(voice) = summary.voices.iter_mut().find(|voice| voice.person == author) {
        voice.replies = voice.replies.saturating_sub(1);
    }
    Some(Value::ThreadSummary(summary))
}

/// Tells those who have a part in the thread by this reply: its author, whose message it hangs on, and whom it names.
pub(crate) fn joined(posted: &MessagePosted, on: &Deriving<'_>) -> Vec<(StreamId, Event)> {
    let Some(InThread { subject, .. }) = posted.thread else { return Vec::new() };
    let Some(root) = root(subject, on) else { return Vec::new() };
    let before = on.seq.saturating_sub(1);
    let mut people: Vec<(PersonId, Seq)> = vec![(on.author, on.seq)];
    for person in [root.author].into_iter().chain(posted.mentions.iter().map(|mention| mention.person)) {
        if people.iter().all(|(known, _)| *known != person) {
            people.push((person, before));
        }
    }
    joining(subject, &root, people, on)
}

/// Tells those whom an edit of a reply names, that have no part in its thread yet.
pub(crate) fn joined_by_edit(edited: EventId, named: &[Mention], on: &Deriving<'_>) -> Vec<(StreamId, Event)> {
    let reply = on.rows.get(on.stream, &Key::Message(edited)).row().and_then(message);
    let Some((InThread { subject, .. }, seq)) = reply.and_then(|reply| Some((reply.thread?, reply.posted_seq))) else {
        return Vec::new();
    };
    let Some(root) = root(subject, on) else { return Vec::new() };
    // Unread from the reply on, which now names them.
    let people = named.iter().map(|mention| (mention.person, seq.saturating_sub(1))).collect();
    joining(subject, &root, people, on)
}

fn root(Subject::Message(root): Subject, on: &Deriving<'_>) -> Option<MessageRow> {
    on.rows.get(on.stream, &Key::Message(root)).row().and_then(message)
}

/// Tells each of these who is in the room, and has no mark in the thread yet.
fn joining(
    subject: Subject,
    root: &MessageRow,
    people: Vec<(PersonId, Seq)>,
    on: &Deriving<'_>,
) -> Vec<(StreamId, Event)> {
    let is_new = |person: PersonId| {
        let mark = on.rows.get(person.into(), &Key::ThreadMark(on.stream, subject.id()));
        mark.row().is_none() || planted(Mutant::JoinsAgain)
    };
    let is_in = |person| known_member(on.rows, Some(on.stream), person) == Some(true) || planted(Mutant::StrangersJoin);
    let told = people.into_iter().filter(|(person, _)| is_in(*person) && is_new(*person));
    let event = |read_to| ThreadJoined { room: on.stream, subject, place: root.posted_seq, read_to }.into();
    told.map(|(person, read_to)| (person.into(), event(read_to))).collect()
}

/// The mark in a row at [`Key::ThreadMark`].
pub fn mark_of(row: Row) -> Option<ThreadMark> {
    mark_in(row.value)
}

/// How a thread stands, in a row at [`Key::ThreadSummary`].
pub fn summary_of(row: Row) -> Option<ThreadSummary> {
    summary_in(row.value)
}

fn mark_in(value: Value) -> Option<ThreadMark> {
    match value {
        Value::ThreadMark(mark) => Some(mark),
        _ => None,
    }
}

fn summary_in(value: Value) -> Option<ThreadSummary> {
    match value {
        Value::ThreadSummary(summary) => Some(summary),
        _ => None,
    }
}
