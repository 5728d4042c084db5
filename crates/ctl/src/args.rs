//! What may be said on the command line. Text that begins with `-` is text: where one is missing, an argument that would
//! otherwise be an option, or no option at all, is taken as it is.

use crate::exit;
use crate::limits::WAIT_S_MAX;
use clap::{Args, Parser, Subcommand, ValueEnum};
use folkmoot_model::documents::DocumentKind;
use folkmoot_model::members::Role;
use std::ffi::OsString;
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

/// Stands for an argument that is tried as text. No argument of a process has a zero in it.
const TEXT: &str = "\0";

impl Cli {
    /// Reads the arguments of a process, its name first. An argument that begins with `-` is text if nothing else makes
    /// sense of them all. Fails with what clap says of them as they are.
    pub fn read(args: &[OsString]) -> Result<Self, clap::Error> {
        let error = match Self::try_parse_from(args) {
            Ok(cli) => return Ok(cli),
            Err(error) => error,
        };
        let begins = |at: &usize| args[*at].as_encoded_bytes().starts_with(b"-");
        let with_text = |at: usize| {
            let text = args[at].to_str()?;
            let mut tried = args.to_vec();
            tried[at] = TEXT.into();
            let mut cli = Self::try_parse_from(tried).ok()?;
            let place = cli.command.text().filter(|place| *place == TEXT)?;
            text.clone_into(place);
            Some(cli)
        };
        (1..args.len()).filter(begins).find_map(with_text).ok_or(error)
    }
}

impl Command {
    /// Does it change nothing, not even here?
    pub fn only_reads(&self) -> bool {
        match self {
            Self::Rooms { .. } | Self::Tail { .. } | Self::Status { .. } => true,
            Self::Read { mark, .. } => !mark,
            Self::Doc { command } => matches!(command, Doc::List | Doc::Show { .. }),
            Self::Refused { command } => matches!(command, Refused::List { .. }),
            _ => false,
        }
    }

    /// The text or name that it says, which may be anything.
    fn text(&mut self) -> Option<&mut String> {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::error::ErrorKind;

    fn read(line: &[&str]) -> Result<Cli, clap::Error> {
        Cli::read(&[&["folkmootctl"], line].concat().into_iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[track_caller]
    fn says(line: &[&str], text: &str) {
        let mut cli = read(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
        assert_eq!(cli.command.text().map(|text| text.as_str()), Some(text), "{line:?}");
    }

    #[test]
    fn text_that_begins_with_a_dash_is_text() {
        for text in ["- tea", "-1", "-", "--", "--json", "--offline", "--wait", "--help", "-h", "-V", "--reply-to=x"] {
            says(&["post", "welcome", text], text);
            says(&["post", "welcome", "--", text], text);
            says(&["edit", "0193abc", text], text);
            says(&["doc", "insert", "plan", "0", text], text);
            says(&["doc", "replace", "plan", text], text);
            says(&["doc", "new", "welcome", text], text);
            says(&["room", "new", text], text);
        }
        says(&["post", "--reply-to", "0193abc", "welcome", "- tea"], "- tea");
        says(&["post", "welcome", "-1", "--reply-to", "0193abc"], "-1");
        says(&["--offline", "post", "welcome", "-h", "--wait", "3"], "-h");
        says(&["edit", "welcome", "0193abc", "-1"], "-1");
        let cli = read(&["room", "new", "tea", "--topic", "- green"]).expect("a topic");
        assert!(matches!(cli.command, Command::Room { command: Room::New { topic, .. } } if topic == "- green"));
    }

    #[test]
    fn where_no_text_is_missing_it_is_no_text() {
        for (line, kind) in [
            (&["read", "welcome", "--jsn"][..], ErrorKind::UnknownArgument),
            (&["post", "welcome", "tea", "--offlin"], ErrorKind::UnknownArgument),
            (&["post", "welcome"], ErrorKind::MissingRequiredArgument),
            (&["post", "--help"], ErrorKind::DisplayHelp),
            (&["post", "welcome", "tea", "--help"], ErrorKind::DisplayHelp),
            (&["--help"], ErrorKind::DisplayHelp),
            (&["doc", "insert", "plan", "-1", "0"], ErrorKind::UnknownArgument),
            (&["--wait", "18446744073709551615", "rooms"], ErrorKind::ValueValidation),
            (&["--wait", "-1", "rooms"], ErrorKind::UnknownArgument),
        ] {
            let error = read(line).err().unwrap_or_else(|| panic!("{line:?} is taken"));
            assert_eq!(error.kind(), kind, "{line:?}");
        }
    }
}
