//! A new device of somebody who is in many rooms: when there is something to read, when all has come, and what it is told
//! meanwhile of how far it is.

use crate::scene::Scene;
use crate::socket::{Socket, mint};
use crate::table::{Table, ms};
use anyhow::{Context, Result};
use folkmoot_client::handle::EngineHandle;
use folkmoot_client::source::Source;
use folkmoot_client::view::View;
use folkmoot_client::view::patch::{FieldPatch, Update};
use folkmoot_model::features::documents::{DocumentKind, DocumentListed, DocumentOpened};
use folkmoot_model::features::messages::MessagePosted;
use folkmoot_model::features::rooms::{RoomAccess, RoomOpened};
use folkmoot_model::id::StreamId;
use folkmoot_wire::limits::SUBMIT_EVENTS_MAX;
use std::time::{Duration, Instant};

/// Rooms, messages in each, and documents in all.
const ROOMS: usize = 200;
const MESSAGES: usize = 2_500;
const DOCUMENTS: usize = 100;

/// Whose new device it is.
const NAME: &str = "Zoe";

/// Fills a space of its own, and signs in.
pub async fn measure(table: &mut Table) -> Result<()> {
    let scene = Scene::new().await?;
    let room = fill(&scene).await?;
    let device = scene.new_device(NAME, room)?;
    let begun = Instant::now();
    let mut app = device.handle.watch(View::App).await?;
    scene.sign_in(&device, NAME).await?;
    let signed_in = begun.elapsed();
    let (mut standing, mut told, mut first) = (device.handle.status(), 0_u32, None::<Duration>);
    let mut readable = None;
    loop {
        tokio::select! {
            update = app.updates.recv() => {
                if is_coming(&update.context("the engine ended")?) {
                    told += 1;
                    first.get_or_insert(begun.elapsed());
                }
            }
            caught = standing.wait_for(|standing| standing.caught_up) => {
                caught.context("the engine ended")?;
                break;
            }
        }
        if readable.is_none() && is_held(&device.handle, room).await? {
            readable = Some(begun.elapsed());
        }
    }
    let all = begun.elapsed();
    let of = format!("{ROOMS} rooms, {} messages, {DOCUMENTS} documents", ROOMS * MESSAGES);
    table.put(
        &format!("a new device of somebody in {of}: signed in, the first room readable, all caught up"),
        format!("{:.0} ms, {:.0} ms, {:.0} ms", ms(signed_in), ms(readable.unwrap_or(all)), ms(all)),
    );
    let first = first.map_or_else(|| "never".into(), |first| format!("{:.0} ms", ms(first)));
    table.put("of which it was told first, and how often, how many rooms have come", format!("{first}, {told} times"));
    Ok(())
}

/// Has the room come?
async fn is_held(handle: &EngineHandle, room: StreamId) -> Result<bool> {
    let held = move |source: &dyn Source| source.held(room).is_some_and(|held| held.cursor > 0);
    Ok(handle.read(move |source| source.is_some_and(held)).await?)
}

/// Does it say that rooms are still to come?
fn is_coming(update: &Update) -> bool {
    match update {
        Update::Snapshot { view } => !view["first_sync"].is_null(),
        Update::Patch { fields } => {
            matches!(fields.get("first_sync"), Some(FieldPatch::Set { value }) if !value.is_null())
        }
    }
}

/// Gives the first of the rooms.
async fn fill(scene: &Scene) -> Result<StreamId> {
    let mut filler = Socket::join(scene, NAME).await?;
    let space = filler.space;
    let mut rooms = Vec::new();
    for n in 0..ROOMS {
        let room = StreamId(mint()?.0);
        let (access, name, topic) = (RoomAccess::Private, format!("room-{n}"), String::new());
        filler.append(room, vec![RoomOpened { space, access, name, topic, members: vec![] }.into()]).await?;
        for from in (0..MESSAGES).step_by(SUBMIT_EVENTS_MAX) {
            let posted = |n| MessagePosted {
                text: format!("Note {n}: nothing to see here."),
                reply_to: None,
                mentions: vec![],
                thread: None,
            };
            let to = MESSAGES.min(from + SUBMIT_EVENTS_MAX);
            filler.append(room, (from..to).map(|n| posted(n).into()).collect()).await?;
        }
        rooms.push(room);
    }
    for (n, room) in rooms.iter().cycle().take(DOCUMENTS).enumerate() {
        let (document, kind) = (StreamId(mint()?.0), DocumentKind::Code);
        filler.append(document, vec![DocumentOpened { room: *room, kind }.into()]).await?;
        let listed = DocumentListed { document, kind, title: format!("Plan {n}"), archived: false };
        filler.append(*room, vec![listed.into()]).await?;
    }
    rooms.first().copied().context("no room")
}
