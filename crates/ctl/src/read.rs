//! `read` and `thread`: the last messages of a room or thread. What of them is not held is fetched, as far as there is a link and time.

use crate::call::Call;
use crate::commands::print;
use crate::end::End;
use crate::messages::{held_to_the_end, last, root};
use crate::{find, out};
use folkmoot_client::command::ScrollTo;
use folkmoot_client::features::presence::commands::PresenceCommand;
use folkmoot_client::features::timeline::commands::TimelineCommand;
use folkmoot_client::source::Source;
use folkmoot_client::view::talk::Talk;
use folkmoot_client::view::{LinkState, View};
use folkmoot_model::event::PENDING_SEQ;
use folkmoot_model::features::messages::message as message_of;
use folkmoot_model::features::threads::Subject;
use folkmoot_model::id::Seq;
use folkmoot_model::key::Key;
use serde_json::json;

/// How to read.
pub struct Read {
    /// So many messages.
    pub last: usize,
    /// And all is read up to them.
    pub mark: bool,
    /// For programs.
    pub json: bool,
}

/// The last messages of a room.
pub async fn read(call: &Call, room: String, how: Read) -> Result<(), End> {
    let room = call.held(move |source| find::room(source, &room)).await??;
    print_last(call, Talk::of_room(room), how).await
}

/// What a thread hangs on, and its last replies.
pub async fn thread(call: &Call, room: String, message: String, how: Read) -> Result<(), End> {
    let found = call.held(move |source| {
        let room = find::room(source, &room)?;
        let (_, message) = find::message(source, Some(room), &message)?;
        // A reply stands for the thread that it is in.
        let row = source.row(room, &Key::Message(message)).and_then(message_of);
        let thread = row.and_then(|row| row.thread).map(|thread| thread.subject);
        Ok::<_, End>((room, thread.unwrap_or(Subject::Message(message))))
    });
    let (room, subject) = found.await??;
    if let Some(line) = call.held(move |source| root(source, room, subject)).await? {
        print(&line, how.json)?;
    }
    print_last(call, Talk::of_thread(room, subject), how).await
}

/// Prints the last messages, and on stderr that there are more where they could not be fetched.
async fn print_last(call: &Call, talk: Talk, Read { last: limit, mark, json }: Read) -> Result<(), End> {
    let whole = fetch(call, talk, limit).await?;
    let lines = call.held(move |source| last(source, talk, limit)).await?;
    for line in &lines {
        print(line, json)?;
    }
    if !whole {
        // The reason is the link's, or that the time was over.
        let why = if call.status().link == LinkState::Online { "not_held" } else { "offline" };
        out::why(&json!({ "why": why, "held": lines.len(), "asked": limit }));
    }
    let Some(seq) = lines.iter().filter_map(|line| line.seq).max().filter(|_| mark) else { return Ok(()) };
    let read = match talk.thread {
        None => PresenceCommand::ReadTo { room: talk.room, seq },
        Some(subject) => PresenceCommand::ReadThreadTo { room: talk.room, subject, seq },
    };
    call.say(read).await.map(drop)
}

/// Fetches until so many messages are held up to the end, or all are. False if it cannot.
async fn fetch(call: &Call, talk: Talk, limit: usize) -> Result<bool, End> {
    let (mut watched, mut counted, mut next) = (None, 0, PENDING_SEQ);
    loop {
        let (first, more, floor) = call.held(move |source| earlier(source, talk, next, limit)).await?;
        (counted, next) = (counted + more, first);
        if counted >= limit || first <= floor {
            return Ok(true);
        }
        if call.status().link != LinkState::Online {
            return Ok(false);
        }
        let view = match talk.thread {
            None => View::Room { room: talk.room, at: None },
            Some(subject) => View::Thread { room: talk.room, subject, at: None },
        };
        let watched = match &mut watched {
            Some(watched) => watched,
            none => none.insert(call.handle.watch(view).await?),
        };
        call.ask(TimelineCommand::Scroll { watch: watched.watch, to: ScrollTo::Older }).await?;
        let Ok(Some(_)) = tokio::time::timeout_at(call.deadline(), watched.updates.recv()).await else {
            return Ok(false);
        };
    }
}

/// The first place from which on it is held to its end, how many messages there are from there up to `next`, and the first place
/// that there can be.
fn earlier(source: &dyn Source, talk: Talk, next: Seq, limit: usize) -> (Seq, usize, Seq) {
    let first = held_to_the_end(source, talk).map_or(next, |(first, _)| first).min(next);
    let (from, to) = (talk.list().entry(first), talk.list().entry(next.saturating_sub(1)));
    let more = if first < next { source.range(talk.room, from, to, true, limit).len() } else { 0 };
    (first, more, talk.first(source))
}
