//! `read`: the last messages of a room. What of them is not held is fetched, as far as there is a link and time.

use crate::call::Call;
use crate::commands::print;
use crate::end::End;
use crate::messages::{held_to_the_end, last};
use crate::{find, out};
use folkmoot_client::command::ScrollTo;
use folkmoot_client::features::presence::commands::PresenceCommand;
use folkmoot_client::features::timeline::commands::TimelineCommand;
use folkmoot_client::view::{LinkState, View};
use folkmoot_model::event::PENDING_SEQ;
use folkmoot_model::id::{Seq, StreamId};
use folkmoot_model::key::Key;
use serde_json::json;

/// How to read.
pub struct Read {
    /// So many messages.
    pub last: usize,
    /// And the room is read up to them.
    pub mark: bool,
    /// For programs.
    pub json: bool,
}

/// Prints the last messages, and on stderr that there are more where they could not be fetched.
pub async fn read(call: &Call, room: String, Read { last: limit, mark, json }: Read) -> Result<(), End> {
    let room = call.held(move |source| find::room(source, &room)).await??;
    let whole = fetch(call, room, limit).await?;
    let lines = call.held(move |source| last(source, room, limit)).await?;
    for line in &lines {
        print(line, json)?;
    }
    if !whole {
        // The reason is the link's, or that the time was over.
        let why = if call.status().link == LinkState::Online { "not_held" } else { "offline" };
        out::why(&json!({ "why": why, "held": lines.len(), "asked": limit }));
    }
    match lines.iter().filter_map(|line| line.seq).max().filter(|_| mark) {
        Some(seq) => call.say(PresenceCommand::ReadTo { room, seq }).await.map(drop),
        None => Ok(()),
    }
}

/// Fetches until so many messages are held up to the end of the room, or all are. False if it cannot.
async fn fetch(call: &Call, room: StreamId, limit: usize) -> Result<bool, End> {
    let (mut watched, mut counted, mut next) = (None, 0, PENDING_SEQ);
    loop {
        let (first, more) = call.held(move |source| earlier(source, room, next, limit)).await?;
        (counted, next) = (counted + more, first);
        if counted >= limit || first <= 1 {
            return Ok(true);
        }
        if call.status().link != LinkState::Online {
            return Ok(false);
        }
        let watched = match &mut watched {
            Some(watched) => watched,
            none => none.insert(call.handle.watch(View::Room { room, at: None }).await?),
        };
        call.ask(TimelineCommand::Scroll { watch: watched.watch, to: ScrollTo::Older }).await?;
        let Ok(Some(_)) = tokio::time::timeout_at(call.deadline(), watched.updates.recv()).await else {
            return Ok(false);
        };
    }
}

/// The first place from which on a room is held to its end, and how many messages there are from there up to `next`.
fn earlier(source: &dyn folkmoot_client::source::Source, room: StreamId, next: Seq, limit: usize) -> (Seq, usize) {
    let first = held_to_the_end(source, room).map_or(next, |(first, _)| first).min(next);
    let places = (Key::Timeline(first), Key::Timeline(next.saturating_sub(1)));
    (first, if first < next { source.range(room, places.0, places.1, true, limit).len() } else { 0 })
}
