//! What may be said on the command line. How it is read is in `dashes`.

use crate::exit;
use crate::limits::WAIT_S_MAX;
use clap::{Args, Parser, Subcommand, ValueEnum};
use folkmoot_model::features::documents::DocumentKind;
use folkmoot_model::features::people::Role;
use std::path::PathBuf;

/// The Folkmoot client for terminals and scripts.
#[derive(Parser)]
#[command(name = "folkmootctl", version, after_help = exit::table())]
pub struct Cli {
    /// The profile's folder; made if it is missing.
    #[arg(long, global = true, env = "FOLKMOOT_PROFILE")]
    pub profile: Option<PathBuf>,
    /// Never dial: work on what is held, and keep what is said for later.
    #[arg(long, global = true)]
    pub offline: bool,
    /// How many seconds to wait for the server and the keyring, all in all.
    #[arg(long, global = true, default_value_t = 10, value_parser = clap::value_parser!(u64).range(..=WAIT_S_MAX))]
    pub wait: u64,
    /// Keep the secrets of a new profile in a file that only this user may read, even if there is a keyring.
    #[arg(long, global = true)]
    pub secrets_in_file: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Join a space by its link, as a new person or as the one signed in.
    Join {
        link: String,
        #[command(flatten)]
        who: Who,
    },
    /// Sign in as a person that the server knows. SERVER is HOST:PORT#KEY or a join link.
    SignIn {
        server: String,
        #[command(flatten)]
        who: Who,
    },
    /// Sign out. What is held can still be read.
    SignOut {
        /// Give up what is not sent yet.
        #[arg(long)]
        discard_unsent: bool,
    },
    /// Print a link by which one more person may join.
    Invite {
        /// The space, if there are several.
        #[arg(long)]
        space: Option<String>,
        #[arg(long, default_value = "member")]
        role: AsRole,
    },
    /// List the rooms.
    Rooms {
        #[arg(long)]
        json: bool,
    },
    /// Post a message; prints its id. TEXT is taken as it is, also if it begins with `-`.
    Post {
        room: String,
        text: String,
        /// The message that it answers.
        #[arg(long)]
        reply_to: Option<String>,
        /// The message in whose thread it is posted.
        #[arg(long)]
        thread: Option<String>,
        /// Of a reply in a thread: the room shows it, too.
        #[arg(long, requires = "thread")]
        also_in_room: bool,
    },
    /// Change a message's text: [ROOM] MESSAGE TEXT. TEXT is taken as it is.
    Edit {
        #[arg(num_args = 2..=3, required = true, value_names = ["ROOM", "MESSAGE", "TEXT"])]
        room_message_text: Vec<String>,
    },
    /// Put an emoji on a message, or take it off.
    React {
        message: String,
        emoji: String,
        #[arg(long)]
        off: bool,
    },
    /// Delete a message.
    Delete { message: String },
    /// Pin a message in its room, or take the pin off.
    Pin {
        message: String,
        #[arg(long)]
        off: bool,
    },
    /// List the messages that are pinned in a room, the last one first.
    Pins {
        room: String,
        #[arg(long)]
        json: bool,
    },
    /// Print the last messages of a room, oldest first. Those that are not held are fetched; what could not be is said on
    /// stderr.
    Read {
        room: String,
        #[arg(long, default_value_t = 50)]
        last: usize,
        /// The room is read up to the last of them.
        #[arg(long)]
        mark: bool,
        #[arg(long)]
        json: bool,
    },
    /// Print a message and the last replies in its thread, oldest first.
    Thread {
        room: String,
        message: String,
        #[arg(long, default_value_t = 50)]
        last: usize,
        /// The thread is read up to the last of them.
        #[arg(long)]
        mark: bool,
        #[arg(long)]
        json: bool,
    },
    /// List the threads that are followed, those with unread replies first.
    Threads {
        #[arg(long)]
        json: bool,
    },
    /// Follow the thread of a message, or follow it no longer.
    Follow {
        message: String,
        #[arg(long)]
        off: bool,
    },
    /// Print messages as they come, and again as they change, until ended.
    Tail {
        room: String,
        #[arg(long)]
        json: bool,
    },
    /// Documents.
    Doc {
        #[command(subcommand)]
        command: Doc,
    },
    /// Rooms.
    Room {
        #[command(subcommand)]
        command: Room,
    },
    /// What the server refused. It is kept until it is given up.
    Refused {
        #[command(subcommand)]
        command: Refused,
    },
    /// How this profile stands.
    Status {
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub struct Who {
    /// The name to sign in with.
    #[arg(long)]
    pub name: String,
    /// Read the password from stdin, its first line.
    #[arg(long, required = true)]
    password_stdin: bool,
}

#[derive(Subcommand)]
pub enum Doc {
    /// Make a document in a room; prints its id.
    New {
        room: String,
        title: String,
        #[arg(long, default_value = "code")]
        kind: AsKind,
    },
    /// List the documents of all rooms.
    List,
    /// Print a document's text.
    Show { document: String },
    /// Insert text at a position, counted in characters; beyond the end is the end.
    Insert { document: String, at: usize, text: String },
    /// Replace the whole text, by the smallest change that does it.
    Replace { document: String, text: String },
    /// Print the address at which any other Yjs client opens a document (y-websocket). It is good for a minute.
    Ticket {
        document: String,
        /// Only to read.
        #[arg(long)]
        read_only: bool,
    },
}

#[derive(Subcommand)]
pub enum Room {
    /// Open a room; prints its id.
    New {
        name: String,
        #[arg(long, default_value = "", allow_hyphen_values = true)]
        topic: String,
        /// Only who is added comes in.
        #[arg(long)]
        private: bool,
        /// Who is in it from the start.
        #[arg(long = "member")]
        members: Vec<String>,
        /// The space, if there are several.
        #[arg(long)]
        space: Option<String>,
    },
    /// Open the direct room with these people; prints its id.
    Direct { people: Vec<String> },
    /// Come into a public room.
    Join { room: String },
    /// Leave a room.
    Leave { room: String },
    /// Say who edits messages there: each its author alone, or everyone in the room.
    Edits { room: String, who: AsEditors },
    /// Add a person.
    Add { room: String, person: String },
    /// Put a person out.
    Remove { room: String, person: String },
    /// Archive a room, or take it out of the archive.
    Archive {
        room: String,
        #[arg(long)]
        undo: bool,
    },
}

#[derive(Subcommand)]
pub enum Refused {
    /// List what was refused, newest first: its id, what it was and where, why, and its text.
    List {
        #[arg(long)]
        json: bool,
    },
    /// Give it up.
    Discard {
        /// The ids that are listed.
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        ids: Vec<String>,
        /// All of it.
        #[arg(long)]
        all: bool,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub enum AsKind {
    Code,
    RichText,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum AsRole {
    Owner,
    Admin,
    Member,
    Guest,
}

/// Who edits messages in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AsEditors {
    Author,
    Everyone,
}

impl From<AsKind> for DocumentKind {
    fn from(kind: AsKind) -> Self {
        match kind {
            AsKind::Code => Self::Code,
            AsKind::RichText => Self::RichText,
        }
    }
}

impl From<AsRole> for Role {
    fn from(role: AsRole) -> Self {
        match role {
            AsRole::Owner => Self::Owner,
            AsRole::Admin => Self::Admin,
            AsRole::Member => Self::Member,
            AsRole::Guest => Self::Guest,
        }
    }
}

impl Command {
    /// Does it change nothing, not even here?
    pub fn only_reads(&self) -> bool {
        match self {
            Self::Rooms { .. } | Self::Tail { .. } | Self::Status { .. } | Self::Threads { .. } => true,
            Self::Read { mark, .. } | Self::Thread { mark, .. } => !mark,
            Self::Doc { command } => matches!(command, Doc::List | Doc::Show { .. }),
            Self::Refused { command } => matches!(command, Refused::List { .. }),
            _ => false,
        }
    }

    /// The text or new name that it says, which may be anything.
    pub fn text(&mut self) -> Option<&mut String> {
        match self {
            Self::Post { text, .. }
            | Self::Doc {
                command: Doc::Insert { text, .. } | Doc::Replace { text, .. } | Doc::New { title: text, .. },
            }
            | Self::Room { command: Room::New { name: text, .. } } => Some(text),
            Self::Edit { room_message_text } => room_message_text.last_mut(),
            _ => None,
        }
    }

    /// What it calls things by, or says of them beside its text.
    pub fn names(&mut self) -> Vec<&mut String> {
        match self {
            Self::Post { room, .. } | Self::Read { room, .. } | Self::Tail { room, .. } => vec![room],
            Self::Edit { room_message_text } => room_message_text.iter_mut().collect(),
            Self::Doc { command } => match command {
                Doc::New { room: name, .. }
                | Doc::Show { document: name }
                | Doc::Insert { document: name, .. }
                | Doc::Replace { document: name, .. }
                | Doc::Ticket { document: name, .. } => vec![name],
                Doc::List => Vec::new(),
            },
            Self::Room { command } => match command {
                Room::Join { room } | Room::Leave { room } | Room::Edits { room, .. } | Room::Archive { room, .. } => {
                    vec![room]
                }
                Room::Add { room, person } | Room::Remove { room, person } => vec![room, person],
                Room::Direct { people } => people.iter_mut().collect(),
                Room::New { topic, .. } => vec![topic],
            },
            _ => Vec::new(),
        }
    }
}
