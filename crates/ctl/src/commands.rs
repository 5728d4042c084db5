//! The subcommands, one function each: find what is named, say it, print what came of it.

use crate::args::{AsEditors, Command, Doc, Room, Who};
use crate::call::Call;
use crate::document::Open;
use crate::end::End;
use crate::limits::TAIL_MESSAGES;
use crate::messages::{Line, last};
use crate::read::{Read, read, thread};
use crate::refused::{ids, refused};
use crate::{find, out};
use folkmoot_client::command::{Command as Ask, Done, Refused};
use folkmoot_client::features::accounts::commands::AccountCommand;
use folkmoot_client::features::documents::commands::DocumentCommand;
use folkmoot_client::features::messages::commands::MessageCommand;
use folkmoot_client::features::people::commands::PeopleCommand;
use folkmoot_client::features::pins::commands::PinCommand;
use folkmoot_client::features::pins::view;
use folkmoot_client::features::reactions::commands::ReactionCommand;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_client::features::threads::commands::ThreadCommand;
use folkmoot_client::features::threads::list;
use folkmoot_client::view::item::{self, Items};
use folkmoot_client::view::talk::Talk;
use folkmoot_client::view::{LinkState, Phase, SecretsKept, View};
use folkmoot_model::features::rooms::RoomAccess;
use folkmoot_model::features::threads::{InThread, Subject};
use folkmoot_model::id::{EventId, StreamId};
use folkmoot_model::shown::{on_lines, on_one_line};
use serde_json::json;
use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal};

/// Does what was asked for.
pub async fn run(call: &Call, command: Command) -> Result<(), End> {
    match command {
        Command::Join { link, who } => {
            let (name, password) = who.read()?;
            enter(call, AccountCommand::Join { link, name, password }).await
        }
        Command::SignIn { server, who } => {
            let (name, password) = who.read()?;
            enter(call, AccountCommand::SignIn { server, name, password }).await
        }
        Command::Status { json } => status(call, json).await,
        Command::Tail { room, json } => tail(call, &room, json).await,
        other => {
            call.catch_up().await?;
            caught_up(call, other).await
        }
    }
}

async fn caught_up(call: &Call, command: Command) -> Result<(), End> {
    match command {
        Command::SignOut { discard_unsent } => {
            // What waits is sent first, if it can be.
            if !discard_unsent {
                call.drain().await?;
            }
            call.ask_server(AccountCommand::SignOut { discard_unsent }).await?;
        }
        Command::Invite { space, role } => {
            let space = call.held(move |source| find::space(source, space.as_deref())).await??;
            if let Done::Link { link } = call.ask_server(AccountCommand::Invite { space, role: role.into() }).await? {
                out::line(link)?;
            }
        }
        Command::Rooms { json } => rooms(call, json).await?,
        Command::Post { room, text, reply_to, thread, also_in_room } => {
            let found = call.held(move |source| {
                let room = find::room(source, &room)?;
                let message = |text: Option<String>| {
                    let found = text.map(|text| find::message(source, Some(room), &text)).transpose()?;
                    Ok::<_, End>(found.map(|(_, message)| message))
                };
                Ok::<_, End>((room, message(reply_to)?, message(thread)?))
            });
            let (room, reply_to, thread) = found.await??;
            let thread = thread.map(|root| InThread { subject: Subject::Message(root), also_in_room });
            print_id(&call.say(MessageCommand::Post { room, text, reply_to, thread }).await?)?;
        }
        Command::Edit { room_message_text } => {
            let mut parts = room_message_text.into_iter().rev();
            let (text, message, room) =
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next());
            let found = call.held(move |source| {
                let room = room.map(|room| find::room(source, &room)).transpose()?;
                find::message(source, room, &message)
            });
            let (room, message) = found.await??;
            print_id(&call.say(MessageCommand::Edit { room, message, text }).await?)?;
        }
        Command::React { message, emoji, off } => {
            let (room, message) = call.held(move |source| find::message(source, None, &message)).await??;
            call.say(ReactionCommand::React { room, message, emoji, on: !off }).await?;
        }
        Command::Delete { message } => {
            let (room, message) = call.held(move |source| find::message(source, None, &message)).await??;
            call.say(MessageCommand::Delete { room, message }).await?;
        }
        Command::Pin { message, off } => {
            let (room, message) = call.held(move |source| find::message(source, None, &message)).await??;
            call.say(PinCommand::Pin { room, message, on: !off }).await?;
        }
        Command::Pins { room, json } => pins(call, room, json).await?,
        Command::Read { room, last, mark, json } => read(call, room, Read { last, mark, json }).await?,
        Command::Thread { room, message, last, mark, json } => {
            thread(call, room, message, Read { last, mark, json }).await?;
        }
        Command::Threads { json } => threads(call, json).await?,
        Command::Follow { message, off } => {
            let (room, message) = call.held(move |source| find::message(source, None, &message)).await??;
            call.say(ThreadCommand::FollowThread { room, subject: Subject::Message(message), on: !off }).await?;
        }
        Command::Refused { command } => refused(call, command).await?,
        Command::Doc { command } => document(call, command).await?,
        Command::Room { command } => room(call, command).await?,
        // Done before.
        Command::Join { .. } | Command::SignIn { .. } | Command::Status { .. } | Command::Tail { .. } => {}
    }
    Ok(())
}

impl Who {
    fn read(self) -> Result<(String, String), End> {
        let mut password = String::new();
        std::io::stdin().lock().read_line(&mut password)?;
        Ok((self.name, password.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

/// Joins or signs in, and fetches what there is.
async fn enter(call: &Call, ask: impl Into<Ask>) -> Result<(), End> {
    call.answers().await?;
    let new = call.status().phase == Phase::FirstRun;
    let done = call.ask_server(ask).await?;
    if new && call.status().secrets == SecretsKept::File {
        out::tell("the key of this profile lies in a plain file that only this user may read, not in a keyring");
    }
    call.until(|status| status.caught_up).await;
    // The grant of the first room may come a moment after the rest.
    let joined = match done {
        Done::Joined { room, .. } => Some(room),
        _ => None,
    };
    let granted = call.held(item::granted_rooms).await?;
    for room in joined.into_iter().chain(granted) {
        if !call.comes(room).await? {
            break;
        }
    }
    call.drain().await?;
    print_id(&done)
}

async fn rooms(call: &Call, json: bool) -> Result<(), End> {
    let rooms = call.held(|source| {
        let in_space = |space: StreamId| {
            let mut items = Items::of(source, space);
            let joined = item::rooms(source, space);
            let mut rooms: Vec<_> = joined.iter().map(|(room, head)| items.room(*room, head)).collect();
            let open = item::listings(source, space).into_iter();
            let open = open.filter(|(room, listing)| !listing.archived && !joined.iter().any(|(one, _)| one == room));
            rooms.extend(open.map(|(room, listing)| items.listed(room, &listing)).collect::<Vec<_>>());
            rooms
        };
        item::spaces(source).into_iter().flat_map(in_space).collect::<Vec<_>>()
    });
    for room in rooms.await? {
        if json {
            out::line(serde_json::to_string(&room).map_err(anyhow::Error::from)?)?;
        } else {
            let mark = if room.joined { "" } else { " (not joined)" };
            out::line(format_args!("#{}  {} unread{mark}  {}", on_one_line(&room.name), room.unread, room.id))?;
        }
    }
    Ok(())
}

async fn threads(call: &Call, json: bool) -> Result<(), End> {
    let listed = call.held(|source| {
        let spaces = item::spaces(source).into_iter();
        spaces.flat_map(|space| list::threads(source, space).view.threads).collect::<Vec<_>>()
    });
    for thread in listed.await? {
        if json {
            out::line(serde_json::to_string(&thread).map_err(anyhow::Error::from)?)?;
        } else {
            let what = if thread.held { on_one_line(&thread.excerpt) } else { "(not on this device)".into() };
            let (room, unread, replies) = (on_one_line(&thread.room_name), thread.unread, thread.replies);
            out::line(format_args!("{}  #{room}  {unread} unread of {replies}: {what}", thread.id))?;
        }
    }
    Ok(())
}

async fn pins(call: &Call, room: String, json: bool) -> Result<(), End> {
    let pinned = call.held(move |source| Ok::<_, End>(view::pins(source, find::room(source, &room)?)));
    for pin in pinned.await??.map(|(view, _)| view.pins).unwrap_or_default() {
        if json {
            out::line(serde_json::to_string(&pin).map_err(anyhow::Error::from)?)?;
        } else if pin.held {
            out::line(format_args!("{}  {}: {}", pin.id, on_one_line(&pin.author_name), on_one_line(&pin.excerpt)))?;
        } else {
            out::line(format_args!("{}  (not on this device)", pin.id))?;
        }
    }
    Ok(())
}

async fn room(call: &Call, command: Room) -> Result<(), End> {
    let ask: Ask = match command {
        Room::New { name, topic, private, members, space } => {
            let access = if private { RoomAccess::Private } else { RoomAccess::Public };
            let found = call.held(move |source| {
                let space = find::space(source, space.as_deref())?;
                let members = members.iter().map(|person| find::person(source, Some(space), person));
                Ok::<_, End>((space, members.collect::<Result<Vec<_>, End>>()?))
            });
            let (space, members) = found.await??;
            RoomCommand::OpenRoom { space, access, name, topic, members }.into()
        }
        Room::Direct { people } => {
            let found = call.held(move |source| find::people_of_one_space(source, &people));
            let (space, people) = found.await??;
            RoomCommand::OpenDirect { space, people }.into()
        }
        Room::Join { room } => {
            RoomCommand::JoinRoom { room: call.held(move |source| find::any_room(source, &room)).await?? }.into()
        }
        Room::Leave { room } => {
            RoomCommand::LeaveRoom { room: call.held(move |source| find::room(source, &room)).await?? }.into()
        }
        Room::Edits { room, who } => {
            let room = call.held(move |source| find::room(source, &room)).await??;
            RoomCommand::LetEveryoneEdit { room, everyone: who == AsEditors::Everyone }.into()
        }
        Room::Add { room, person } => {
            let (room, person) = room_and_person(call, room, person).await?;
            RoomCommand::AddToRoom { room, person }.into()
        }
        Room::Remove { room, person } => {
            let (room, person) = room_and_person(call, room, person).await?;
            PeopleCommand::Remove { stream: room, person }.into()
        }
        Room::Archive { room, undo } => {
            let room = call.held(move |source| find::room(source, &room)).await??;
            RoomCommand::ArchiveRoom { room, archived: !undo }.into()
        }
    };
    let joins = match &ask {
        Ask::Room(RoomCommand::JoinRoom { room }) => Some(*room),
        _ => None,
    };
    let done = call.say(ask).await?;
    print_id(&done)?;
    let room = match done {
        Done::Opened { stream } => Some(stream),
        _ => joins,
    };
    match room {
        // It can be read at once, also without the server.
        Some(room) if !call.is_offline() && !call.comes(room).await? => Err(Refused::Offline.into()),
        _ => Ok(()),
    }
}

async fn room_and_person(
    call: &Call,
    room: String,
    person: String,
) -> Result<(StreamId, folkmoot_model::id::PersonId), End> {
    let found = call.held(move |source| {
        let room = find::room(source, &room)?;
        Ok((room, find::person(source, Some(find::space_of(source, room)?), &person)?))
    });
    found.await?
}

async fn document(call: &Call, command: Doc) -> Result<(), End> {
    match command {
        Doc::New { room, title, kind } => {
            let room = call.held(move |source| find::room(source, &room)).await??;
            print_id(&call.say(DocumentCommand::CreateDocument { room, kind: kind.into(), title }).await?)?;
        }
        Doc::List => {
            for (_, document, title) in call.held(find::documents).await? {
                out::line(format_args!("{}  {document}", on_one_line(&title)))?;
            }
        }
        Doc::Ticket { document, read_only } => {
            let (_, document) = call.held(move |source| find::document(source, &document)).await??;
            if let Done::Link { link } = call.ask_server(AccountCommand::Ticket { document, read_only }).await? {
                out::line(link)?;
            }
        }
        Doc::Show { document } => {
            let text = open(call, document).await?.text();
            // A file gets it as it is.
            out::line(if std::io::stdout().is_terminal() { on_lines(&text, "") } else { text })?;
        }
        Doc::Insert { document, at, text } => open(call, document).await?.insert(call, at, &text).await?,
        Doc::Replace { document, text } => open(call, document).await?.replace(call, &text).await?,
    }
    Ok(())
}

async fn open(call: &Call, document: String) -> Result<Open, End> {
    let (room, document) = call.held(move |source| find::document(source, &document)).await??;
    Open::document(call, room, document).await
}

/// Prints new messages for ever, and messages again that have changed.
async fn tail(call: &Call, room: &str, json: bool) -> Result<(), End> {
    call.opened().await?;
    let named = room.to_owned();
    let lines = move |room: StreamId| call.held(move |source| last(source, Talk::of_room(room), TAIL_MESSAGES));
    // What is held before the link is up was there before; what comes with it is new.
    let held = call.held({
        let named = named.clone();
        move |source| find::room(source, &named).map(|room| (room, last(source, Talk::of_room(room), TAIL_MESSAGES)))
    });
    let mut shown: BTreeMap<EventId, Line> = BTreeMap::new();
    let room = match held.await? {
        Ok((room, before)) => {
            shown.extend(before.into_iter().map(|line| (line.id, line)));
            room
        }
        Err(_) => {
            call.catch_up().await?;
            call.held(move |source| find::room(source, &named)).await??
        }
    };
    let mut watched = call.handle.watch(View::Room { room, at: None }).await?;
    while watched.updates.recv().await.is_some() {
        for line in lines(room).await? {
            let before = shown.insert(line.id, line.clone());
            if before.as_ref() != Some(&line) {
                print(&line, json)?;
            }
        }
    }
    Ok(())
}

async fn status(call: &Call, json: bool) -> Result<(), End> {
    match call.catch_up().await {
        Err(End::Refused(_)) | Ok(()) => {}
        Err(other) => return Err(other),
    }
    if call.status().link == LinkState::Online && !matches!(call.drain().await, Ok(()) | Err(End::Queued)) {
        return Err(End::NotFound("status".into()));
    }
    let cursors: BTreeMap<String, u64> =
        call.handle.cursors().await?.into_iter().map(|(stream, seq)| (stream.to_string(), seq)).collect();
    let refused = call.read(|source| source.map(ids).unwrap_or_default()).await?.len();
    let status = call.status();
    let state = match (status.phase, &status.link) {
        (Phase::FirstRun, _) => "first_run",
        (Phase::Locked, _) => "locked",
        (Phase::SignedOut, _) => "signed_out",
        (_, LinkState::Online) => "online",
        (_, LinkState::CatchingUp) => "catching_up",
        (_, LinkState::Connecting) => "connecting",
        (_, LinkState::Outdated { .. }) => "outdated",
        (_, LinkState::Offline { .. } | LinkState::Never) => "offline",
    };
    if json {
        let status = json!({
            "state": state,
            "person": status.person,
            "host": status.host,
            "pending": status.pending,
            "outbox": status.outbox,
            "refused": refused,
            "secrets": status.secrets,
            "cursors": cursors,
        });
        out::line(status)
    } else {
        let (pending, held) = (status.pending, cursors.len());
        out::line(format_args!("{state}, {pending} to send, {refused} refused, {held} streams held"))
    }
}

/// Prints a message.
pub fn print(line: &Line, json: bool) -> Result<(), End> {
    out::line(if json { serde_json::to_string(line).map_err(anyhow::Error::from)? } else { line.human() })
}

/// Prints the id that was answered, if one was.
pub fn print_id(done: &Done) -> Result<(), End> {
    match done {
        Done::Minted { id } => out::line(id),
        Done::Opened { stream } | Done::Joined { room: stream, .. } => out::line(stream),
        _ => Ok(()),
    }
}
