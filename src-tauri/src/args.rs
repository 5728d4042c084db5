//! What the app was started with, and what a second start hands to the first.

use clap::Parser;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Folkmoot: talk, write and meet as a team, online or not.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Args {
    /// Keep everything in this folder instead of the usual one. Each profile is an app of its own.
    #[arg(long, value_name = "DIR")]
    pub profile: Option<PathBuf>,
    /// Start in the tray, without showing the window.
    #[arg(long)]
    pub hidden: bool,
    /// A folkmoot:// link to follow.
    #[arg(value_name = "LINK")]
    pub link: Option<String>,
    /// Be a server instead of an app.
    #[arg(long, requires = "data", conflicts_with_all = ["profile", "hidden", "link"])]
    serve: bool,
    /// The server's data directory; made if missing.
    #[arg(long, value_name = "DIR", requires = "serve")]
    data: Option<PathBuf>,
    /// Where the server listens; port 0 is the port of the last time, or a free one. Off loopback there is TLS.
    #[arg(long, value_name = "ADDRESS", requires = "serve")]
    listen: Option<SocketAddr>,
}

/// How to be a server.
#[derive(Debug, PartialEq, Eq)]
pub struct Serve<'a> {
    /// The data directory.
    pub data: &'a Path,
    /// Where to listen.
    pub listen: Option<SocketAddr>,
}

impl Args {
    /// How to be a server, if that is wanted.
    pub fn serve(&self) -> Option<Serve<'_>> {
        self.serve.then_some(Serve { data: self.data.as_deref()?, listen: self.listen })
    }

    /// What a second start was given; `None` if it makes no sense.
    pub fn of_second_start(args: &[String]) -> Option<Self> {
        Self::try_parse_from(args).ok()
    }
}

/// A short name for a profile that is not the usual one: its app is known to the desktop by it.
pub fn profile_tag(profile: &Path) -> String {
    // FNV-1a: it need only tell a few folders of one person apart, and say the same each time.
    let hash = profile
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3));
    format!("p{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_comes_with_or_without_a_profile() {
        let of = |args: &[&str]| Args::try_parse_from(args.iter().copied());
        let link = "folkmoot://moot.example/x";
        assert_eq!(of(&["folkmoot", link]).unwrap().link.as_deref(), Some(link));
        let args = of(&["folkmoot", "--profile", "/tmp/p", "--hidden", link]).unwrap();
        assert_eq!(args.serve(), None);
        assert_eq!((args.profile, args.hidden, args.link.as_deref()), (Some("/tmp/p".into()), true, Some(link)));
    }

    #[test]
    fn a_server_is_no_app() {
        let of = |args: &[&str]| Args::try_parse_from(args.iter().copied());
        let args = of(&["folkmoot", "--serve", "--data", "/tmp/d", "--listen", "127.0.0.1:0"]).unwrap();
        let listen = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        assert_eq!(args.serve(), Some(Serve { data: Path::new("/tmp/d"), listen }));
        for bad in [
            &["folkmoot", "--serve"][..],
            &["folkmoot", "--data", "/tmp/d"],
            &["folkmoot", "--serve", "--data", "d", "--hidden"],
        ] {
            assert!(of(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn profiles_have_names_of_their_own() {
        assert_ne!(profile_tag(Path::new("/tmp/ana")), profile_tag(Path::new("/tmp/bo")));
    }
}
