//! How the command line is read: what begins with `-` is text where a text is missing. A script posts what it has, and need
//! not look at how that begins.

use crate::args::Cli;
use clap::Parser;
use std::ffi::OsString;

/// Reads the arguments of a process, its name first. If they make no sense as they are, those that begin with `-` and
/// look like no option are text or names, and one that looks like an option is text if that alone makes sense of them
/// all. Fails with what clap says of them as they are.
pub fn read(args: &[OsString]) -> Result<Cli, clap::Error> {
    let error = match Cli::try_parse_from(args) {
        Ok(cli) => return Ok(cli),
        Err(error) => error,
    };
    let begins = |at: &usize| args[*at].as_encoded_bytes().starts_with(b"-");
    let (options, texts): (Vec<usize>, Vec<usize>) =
        (1..args.len()).filter(begins).partition(|at| is_like_an_option(&args[*at]));
    let one_more = |option: usize| with(args, &[texts.as_slice(), &[option]].concat());
    with(args, &texts).or_else(|| options.into_iter().find_map(one_more)).ok_or(error)
}

/// Reads them with these as text; `None` if they are not in the place of a text or a name, or it makes no sense.
fn with(args: &[OsString], texts: &[usize]) -> Option<Cli> {
    // No argument of a process has a zero in it.
    let mark = |at: usize| format!("\0{at}");
    let mut marked = args.to_vec();
    for at in texts {
        marked[*at] = mark(*at).into();
    }
    let mut cli = Cli::try_parse_from(marked).ok()?;
    for at in texts {
        let (said, mark) = (args[*at].to_str()?, mark(*at));
        let names = if is_like_an_option(&args[*at]) { Vec::new() } else { cli.command.names() };
        match names.into_iter().find(|name| **name == mark) {
            Some(name) => said.clone_into(name),
            None => said.clone_into(cli.command.text().filter(|text| **text == mark)?),
        }
    }
    Some(cli)
}

/// Does it look like `-x` or `--word`?
fn is_like_an_option(arg: &OsString) -> bool {
    let bytes = arg.as_encoded_bytes();
    let word = bytes.strip_prefix(b"--").or_else(|| bytes.strip_prefix(b"-")).unwrap_or_default();
    word.first().is_some_and(u8::is_ascii_alphabetic) && !bytes.iter().any(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Command, Room};
    use clap::error::ErrorKind;

    fn read(line: &[&str]) -> Result<Cli, clap::Error> {
        super::read(&[&["folkmootctl"], line].concat().into_iter().map(OsString::from).collect::<Vec<_>>())
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
    fn so_are_names_that_look_like_no_option() {
        for line in [
            &["read", "-1"][..],
            &["post", "- tea", "- milk"],
            &["doc", "insert", "-1", "0", "-h"],
            &["room", "add", "-1", "-2"],
            &["doc", "show", "- plan", "--offline"],
            &["room", "new", "-1", "--topic", "- tea"],
        ] {
            let mut cli = read(line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
            let said: Vec<String> = cli.command.names().into_iter().map(|name| name.clone()).collect();
            assert!(said.iter().all(|name| line.contains(&name.as_str())) && !said.is_empty(), "{line:?}: {said:?}");
        }
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
