//! `folkmootctl`: the client without a window. Each call opens the profile with the same engine as the desktop, dials,
//! catches up, does one thing, waits until what it said is decided, and ends. What could not be sent is kept.
//!
//! Exits with 0 when done, 2 when refused (the reason as JSON on stderr), 3 when something stayed queued, 4 when another
//! process uses the profile. Ids are printed last on stdout.

mod call;
mod document;
mod find;
mod messages;
mod read;
mod said;

use call::{Call, End};
use clap::{Args, Parser, Subcommand, ValueEnum};
use folkmoot_model::documents::DocumentKind;
use folkmoot_model::members::Role;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// The Folkmoot client for terminals and scripts.
#[derive(Parser)]
#[command(name = "folkmootctl", version)]
struct Cli {
    /// The profile's folder; made if it is missing.
    #[arg(long, global = true, env = "FOLKMOOT_PROFILE")]
    profile: Option<PathBuf>,
    /// Never dial: work on what is held, and keep what is said for later.
    #[arg(long, global = true)]
    offline: bool,
    /// How many seconds to wait for the server, all in all.
    #[arg(long, global = true, default_value_t = 10)]
    wait: u64,
    /// Keep the secrets of a new profile in a file that only this user may read, even if there is a keyring.
    #[arg(long, global = true)]
    secrets_in_file: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
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
    /// Post a message; prints its id.
    Post {
        room: String,
        text: String,
        /// The message that it answers.
        #[arg(long)]
        reply_to: Option<String>,
    },
    /// Change a message's text: [ROOM] MESSAGE TEXT.
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
    /// Print the last messages of a room, oldest first. Those that are not held are fetched; what could not be is said on
    /// stderr.
    Read {
        room: String,
        #[arg(long, default_value_t = 50)]
        last: usize,
        #[arg(long)]
        json: bool,
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
    /// How this profile stands.
    Status {
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
struct Who {
    /// The name to sign in with.
    #[arg(long)]
    name: String,
    /// Read the password from stdin, its first line.
    #[arg(long, required = true)]
    password_stdin: bool,
}

#[derive(Subcommand)]
enum Doc {
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
enum Room {
    /// Open a room; prints its id.
    New {
        name: String,
        #[arg(long, default_value = "")]
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

#[derive(Clone, Copy, ValueEnum)]
enum AsKind {
    Code,
    RichText,
}

#[derive(Clone, Copy, ValueEnum)]
enum AsRole {
    Owner,
    Admin,
    Member,
    Guest,
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

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("FOLKMOOT_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(end) => end.told(),
    }
}

fn run(cli: Cli) -> Result<(), End> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let call = Call::open(cli.profile, cli.offline, Duration::from_secs(cli.wait), cli.secrets_in_file)?;
    let ended = runtime.block_on(said::run(&call, cli.command));
    call.close();
    ended
}
