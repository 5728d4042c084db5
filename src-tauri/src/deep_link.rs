//! `folkmoot://` links from outside: the command line, a second start, the desktop, a clicked notification. Here they
//! only reach the page, which asks the engine what they lead to and the person whether to go there.

use crate::args::Args;
use crate::window::{self, MAIN};
use folkmoot_wire::link::LINK_BYTES_MAX;
use serde::Serialize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tauri::{AppHandle, Emitter, Manager};
use tauri_plugin_deep_link::DeepLinkExt;

/// How our links begin, in letters of either case: whoever opens one may have changed them.
const SCHEME: &str = "folkmoot://";

/// What the page is told: go there.
#[derive(Debug, Clone, Serialize)]
struct Navigate<'l> {
    link: &'l str,
}

/// Links on their way to the page.
#[derive(Debug, Default)]
pub struct Links(Mutex<OnTheirWay>);

#[derive(Debug, Default)]
struct OnTheirWay {
    /// Does the page listen yet?
    listening: bool,
    /// What it is told once it does; the last counts.
    waiting: Option<String>,
}

/// Follows the link that the app was started with, and from now on what the desktop opens.
pub fn start(app: &AppHandle, link: Option<&str>) {
    if let Some(link) = link {
        keep(app, link);
    }
    // On macOS; elsewhere a link is an argument, which may stand beside a profile, and this says nothing.
    let follows = app.clone();
    app.deep_link().on_open_url(move |event| {
        if cfg!(target_os = "macos") {
            event.urls().iter().for_each(|url| follow(&follows, url.as_str()));
        }
    });
}

/// The app was started once more, with the same profile.
pub fn second_start(app: &AppHandle, args: &[String]) {
    match Args::of_second_start(args).and_then(|args| args.link) {
        Some(link) => follow(app, &link),
        None => window::show(app),
    }
}

/// Shows the window and sends the page to where `link` leads.
pub fn follow(app: &AppHandle, link: &str) {
    window::show(app);
    keep(app, link);
    deliver(app);
}

/// The page listens now.
pub fn listening(app: &AppHandle) {
    on_their_way(app).listening = true;
    deliver(app);
}

/// Does the page hear what the shell tells it?
pub fn is_heard(app: &AppHandle) -> bool {
    on_their_way(app).listening
}

/// The page is being loaded anew.
pub fn not_listening(app: &AppHandle) {
    on_their_way(app).listening = false;
}

fn keep(app: &AppHandle, link: &str) {
    if is_ours(link) {
        on_their_way(app).waiting = Some(link.to_owned());
    } else {
        tracing::warn!("what was to be opened is no folkmoot link");
    }
}

fn deliver(app: &AppHandle) {
    let link = {
        let mut links = on_their_way(app);
        if links.listening { links.waiting.take() } else { None }
    };
    if let Some(link) = link
        && let Err(error) = app.emit_to(MAIN, "navigate", Navigate { link: &link })
    {
        tracing::warn!(%error, "the page was not told where to go");
    }
}

/// By its form alone: what it leads to, and whether it is damaged, the page shows.
fn is_ours(link: &str) -> bool {
    let begins = link.get(..SCHEME.len()).is_some_and(|begins| begins.eq_ignore_ascii_case(SCHEME));
    begins && link.len() <= LINK_BYTES_MAX && !link.chars().any(char::is_control)
}

fn on_their_way(app: &AppHandle) -> MutexGuard<'_, OnTheirWay> {
    app.state::<Links>().inner().0.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_known_by_its_scheme_in_either_case() {
        for (link, ours) in [
            ("folkmoot://moot.example/x", true),
            ("FOLKMOOT://moot.example/x", true),
            ("Folkmoot://moot.example/x", true),
            ("https://moot.example/x", false),
            ("folkmoot:/x", false),
            ("folkmoöt://x", false),
            ("folkmoot://x\u{7}", false),
            ("", false),
        ] {
            assert_eq!(is_ours(link), ours, "{link:?}");
        }
    }
}
