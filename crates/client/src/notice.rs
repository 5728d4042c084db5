//! What deserves a notification. Pure: who shows it, and how, is decided elsewhere.

use crate::command::Pause;
use crate::features::threads::view::follows;
use crate::source::Source;
use crate::view::NoticeItem;
use crate::view::item::Items;
use crate::view::markdown::{parse, plain_text};
use crate::view::mention::Names;
use crate::view::talk::Talk;
use crate::view::unread::{self, at_place, head, joined, mark, notify_level};
use folkmoot_model::event::PENDING_SEQ;
use folkmoot_model::features::messages::{MessageRow, message};
use folkmoot_model::features::profiles::Mode;
use folkmoot_model::features::reads::NotifyLevel;
use folkmoot_model::features::threads::Subject;
use folkmoot_model::id::{EventId, Seq, StreamId};
use folkmoot_model::key::Key;
use folkmoot_wire::frame::Range;
use jiff::{ToSpan, Zoned};

/// The longest text of a notification, in characters: what desktops show.
const TEXT_CHARS: usize = 180;

/// The most notices that one arrival gives: what a night brought is told by counts.
pub const NOTICES_MAX: usize = 20;

/// The hour at which a pause until the morning ends.
const MORNING: i8 = 8;

/// What the person looks at, and whether they want to be told of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Situation {
    /// The room that is open in the window.
    pub focused_room: Option<StreamId>,
    /// The thread that is open beside it.
    pub focused_thread: Option<Subject>,
    /// Has the window the keyboard, and does somebody use it?
    pub window_focused: bool,
    /// Are notifications paused? Then notices are listed, and nothing shows them.
    pub paused: bool,
}

/// The notice that a message deserves, if it does: it is somebody else's, not deleted, not read on any device, its
/// room is one that the person is in and not the one that they look at, the room's level lets it pass, and they have
/// not asked to be left alone.
pub fn notice(
    source: &dyn Source,
    room: StreamId,
    id: EventId,
    message: &MessageRow,
    situation: Situation,
) -> Option<NoticeItem> {
    let me = source.me();
    let head = head(source, room)?;
    let named_at = message.named_at(me);
    // Whoever is named by an edit is told of a message that they have read, too.
    let new =
        message.posted_seq < PENDING_SEQ && named_at.unwrap_or(message.posted_seq) > read_to(source, room, message);
    let shown = match message.thread {
        // The room does not show it, and its thread may lie beside anything.
        Some(thread) if !thread.also_in_room => situation.focused_thread == Some(thread.subject),
        _ => situation.focused_room == Some(room),
    };
    let looked_at = situation.window_focused && shown;
    if message.author == me || !new || looked_at {
        return None;
    }
    if Items::of(source, head.space).people.status(me).is_some_and(|status| status.mode == Mode::DoNotDisturb) {
        return None;
    }
    told(source, room, id, message, situation.paused)
}

/// What is told of a message of which a notice was given, as it stands now; `None` if it is told no longer: it was deleted,
/// does not name the person any more, or is in a room that they are not in. Reading it changes nothing.
pub fn still(source: &dyn Source, item: &NoticeItem) -> Option<NoticeItem> {
    let message = source.row(item.room, &Key::Message(item.id)).and_then(message)?;
    told(source, item.room, item.id, &message, item.silent)
}

fn told(source: &dyn Source, room: StreamId, id: EventId, message: &MessageRow, silent: bool) -> Option<NoticeItem> {
    let me = source.me();
    let head = head(source, room)?;
    if message.deleted_by.is_some() || !joined(source, room) {
        return None;
    }
    let named = message.names(me);
    let addressed = head.access.is_direct() || named;
    let follows = message.thread.is_some_and(|thread| follows(source, room, thread.subject));
    let passes = match notify_level(source, room, head.access) {
        NotifyLevel::All => message.is_in_room() || follows || named,
        NotifyLevel::Mentions => named || follows,
        NotifyLevel::Nothing => false,
    };
    if !passes {
        return None;
    }
    let mut items = Items::of(source, head.space);
    // Whoever named somebody by an edit has said it, not whose message it is.
    let by_edit = message.edited.as_ref().filter(|_| message.named_at(me).is_some_and(|at| at != message.posted_seq));
    let author = items.people.name(by_edit.map_or(message.author, |edited| edited.by));
    let title = match head.access.is_direct() {
        true if head.people.len() <= 2 => author,
        true => format!("{author} in {}", items.room_name(&head)),
        false => format!("{author} in #{}", head.name),
    };
    let title = if message.thread.is_some() { format!("{title}, in a thread") } else { title };
    let text = plain_text(&parse(message.text.as_str(), &Names::default()), TEXT_CHARS);
    Some(NoticeItem { id, room, space: head.space, title, text, addressed, silent })
}

/// The last place that the person has read where the message is shown: in the room or, if it is not there, in its thread. Of
/// a thread that they do not follow nothing counts as read.
fn read_to(source: &dyn Source, room: StreamId, message: &MessageRow) -> Seq {
    match message.thread {
        Some(thread) if !thread.also_in_room => mark(source, room, thread.subject).map_or(0, |mark| mark.read_to),
        _ => unread::read_to(source, Talk::of_room(room)),
    }
}

/// When a pause that begins `now` ends, Unix milliseconds; `None` where it is over.
pub fn paused_until_ms(pause: Pause, now: &Zoned) -> Option<u64> {
    let morning = |day: &Zoned| day.with().hour(MORNING).minute(0).second(0).subsec_nanosecond(0).build();
    let until = match pause {
        Pause::Over => return None,
        Pause::HalfAnHour => now.checked_add(30.minutes()),
        Pause::AnHour => now.checked_add(1.hour()),
        Pause::UntilMorning => match morning(now) {
            Ok(today) if today > *now => Ok(today),
            _ => now.tomorrow().and_then(|tomorrow| morning(&tomorrow)),
        },
    };
    // Beyond the end of calendars: as good as now.
    until.ok().and_then(|until| u64::try_from(until.timestamp().as_millisecond()).ok())
}

/// The notices of what arrived at these places of a room, oldest first: the newest [`NOTICES_MAX`] messages count, and of
/// older ones those that name the person by an edit there.
pub fn arrived(source: &dyn Source, room: StreamId, range: Range, situation: Situation) -> Vec<NoticeItem> {
    let (first, last, me) = (range.first, range.last.min(PENDING_SEQ - 1), source.me());
    let newest = |from, to| source.range(room, from, to, true, NOTICES_MAX);
    let in_room = newest(Key::Timeline(first), Key::Timeline(last)).into_iter();
    let posted = in_room.chain(newest(Key::Reply(first), Key::Reply(last)));
    let posted = posted.filter_map(|place| at_place(source, room, &place));
    let named = newest(Key::Mention(me, first), Key::Mention(me, last)).into_iter();
    let named = named.filter_map(|place| at_place(source, room, &place)).filter(|(_, _, row)| row.posted_seq < first);
    let mut messages: Vec<(Seq, EventId, MessageRow)> = posted.chain(named).collect();
    messages.sort_by_key(|(seq, ..)| *seq);
    let notices = messages.iter().filter_map(|(_, id, message)| notice(source, room, *id, message, situation));
    notices.collect::<Vec<_>>().into_iter().rev().take(NOTICES_MAX).rev().collect()
}

#[cfg(test)]
mod tests;
