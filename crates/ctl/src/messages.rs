//! Messages as `read` and `tail` print them.

use folkmoot_client::source::Source;
use folkmoot_client::view::SendState;
use folkmoot_client::view::pending::Pending;
use folkmoot_client::view::people::People;
use folkmoot_client::view::talk::Talk;
use folkmoot_client::view::unread::{head, place_in_list};
use folkmoot_client::view::window::span;
use folkmoot_model::event::PENDING_SEQ;
use folkmoot_model::features::messages::{MessageRow, message};
use folkmoot_model::features::reactions::reactions_of;
use folkmoot_model::features::threads::Subject;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_model::row::Value;
use folkmoot_model::shown::{on_lines, on_one_line};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A message.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// Its id.
    pub id: EventId,
    /// Its place, once it has one.
    pub seq: Option<Seq>,
    /// Who posted it.
    pub author: PersonId,
    /// Their name.
    pub author_name: String,
    /// Its text.
    pub text: String,
    /// How far posting it has come.
    pub state: SendState,
    /// How far the person's last change to it has come.
    pub change: SendState,
    /// When it was posted, Unix milliseconds.
    pub at_ms: u64,
    /// Was it edited?
    pub edited: bool,
    /// Who edited it last.
    pub edited_by: Option<PersonId>,
    /// Their name.
    pub edited_by_name: Option<String>,
    /// Was it deleted?
    pub deleted: bool,
    /// The message that it answers.
    pub reply_to: Option<EventId>,
    /// What the thread hangs on that it is in; none in the room itself.
    pub thread: Option<EventId>,
    /// Who put which emoji.
    pub reactions: BTreeMap<String, BTreeSet<PersonId>>,
}

/// Before each further line of a message, so that none looks like another message.
const INDENT: &str = "    ";

impl Line {
    /// For people.
    pub fn human(&self) -> String {
        let mark = match self.state {
            SendState::Saved | SendState::Sending => " (queued)",
            SendState::Refused => " (refused)",
            SendState::Accepted => "",
        };
        let by = match &self.edited_by_name {
            Some(name) if self.edited_by != Some(self.author) => format!(" (edited by {})", on_one_line(name)),
            _ => String::new(),
        };
        let text = if self.deleted { "(deleted)".to_owned() } else { on_lines(&self.text, INDENT) };
        format!("{}: {text}{by}{mark}  {}", on_one_line(&self.author_name), self.id)
    }
}

/// The places at the end of a room or thread that are held without a gap. `None` if none are.
pub fn held_to_the_end(source: &dyn Source, talk: Talk) -> Option<(Seq, Seq)> {
    let held = source.held(talk.room)?;
    span(&held, talk.list(), held.cursor)
}

/// What a thread hangs on, if it is held.
pub fn root(source: &dyn Source, room: StreamId, Subject::Message(root): Subject) -> Option<Line> {
    let head = head(source, room)?;
    let row = source.row(room, &Key::Message(root)).and_then(message)?;
    Some(line(source, room, &mut People::of(source, head.space), &Pending::of(source, room), root, row))
}

/// The last messages of a room or thread, oldest first: accepted ones, then the person's own that have no place. What lies before
/// a gap in what is held is left out.
pub fn last(source: &dyn Source, talk: Talk, limit: usize) -> Vec<Line> {
    let (room, list) = (talk.room, talk.list());
    let Some(head) = head(source, room) else { return Vec::new() };
    let mut people = People::of(source, head.space);
    let pending = Pending::of(source, room);
    let first = held_to_the_end(source, talk).map_or(PENDING_SEQ, |(first, _)| first);
    // Pending doubles of messages that have their place already come first and are passed over.
    let doubles = source.outbox().items().filter(|item| item.stream == room).count();
    let places =
        source.range(room, list.entry(first), list.entry(2 * PENDING_SEQ), true, limit.saturating_add(doubles));
    let mut lines = Vec::new();
    for (key, row) in places {
        let (Some(place), Value::At(id)) = (place_in_list(&key), row.value) else { continue };
        let Some(row) = source.row(room, &Key::Message(id)).and_then(message) else { continue };
        // The pending double of a message that has its place already.
        if row.posted_seq != place {
            continue;
        }
        lines.push(line(source, room, &mut people, &pending, id, row));
    }
    lines.reverse();
    let refused = pending.posts().iter().filter_map(|id| Some((*id, pending.refused_post(*id)?)));
    let refused = refused.filter(|(_, (posted, _))| talk.takes(posted));
    lines.extend(refused.map(|(id, (posted, at_ms))| Line {
        id,
        seq: None,
        author: source.me(),
        author_name: people.name(source.me()),
        text: posted.text.clone(),
        state: SendState::Refused,
        change: SendState::Accepted,
        at_ms,
        edited: false,
        edited_by: None,
        edited_by_name: None,
        deleted: false,
        reply_to: posted.reply_to,
        thread: posted.thread.map(|thread| thread.subject.id()),
        reactions: BTreeMap::new(),
    }));
    lines.split_off(lines.len().saturating_sub(limit))
}

fn line(
    source: &dyn Source,
    room: StreamId,
    people: &mut People<'_>,
    pending: &Pending,
    id: EventId,
    row: MessageRow,
) -> Line {
    let reactions = source.row(room, &Key::Reactions(id)).and_then(reactions_of).unwrap_or_default();
    Line {
        id,
        seq: (row.posted_seq < PENDING_SEQ).then_some(row.posted_seq),
        author: row.author,
        author_name: people.name(row.author),
        text: row.text.as_str().to_owned(),
        state: pending.send_state(id),
        change: pending.change(id),
        at_ms: row.at_ms,
        edited: row.edited.is_some(),
        edited_by: row.edited.as_ref().map(|edited| edited.by),
        edited_by_name: row.edited.as_ref().map(|edited| people.name(edited.by)),
        deleted: row.deleted_by.is_some(),
        reply_to: row.reply_to,
        thread: row.thread.map(|thread| thread.subject.id()),
        reactions: reactions.people,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_steers_nothing_either() {
        let line = Line {
            id: EventId([1; 16]),
            seq: Some(1),
            author: PersonId([2; 16]),
            author_name: "Bo\u{202e}\nAna: yes".into(),
            text: "no\nAna: yes".into(),
            state: SendState::Accepted,
            change: SendState::Accepted,
            at_ms: 0,
            edited: true,
            edited_by: Some(PersonId([3; 16])),
            edited_by_name: Some("Cy\n".into()),
            deleted: false,
            reply_to: None,
            thread: None,
            reactions: BTreeMap::new(),
        };
        let id = line.id;
        assert_eq!(line.human(), format!("Bo\\u{{202e}}\\nAna: yes: no\n    Ana: yes (edited by Cy\\n)  {id}"));
        let deleted = Line { deleted: true, edited_by: None, edited_by_name: None, ..line };
        assert_eq!(deleted.human(), format!("Bo\\u{{202e}}\\nAna: yes: (deleted)  {id}"));
    }
}
