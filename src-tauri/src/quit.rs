//! How the app ends: by the tray, by the last way to close its window, or told by the system. In each way it takes along
//! what was typed: the page hands over what the engine has yet to be given, and says when it has.

use crate::deep_link;
use crate::follow::Latest;
use crate::window::MAIN;
use folkmoot_client::view::{AppView, PersonItem};
use folkmoot_model::signal::Availability;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tauri::{AppHandle, Emitter, Manager};
use tauri_plugin_dialog::{DialogExt, MessageDialogButtons, MessageDialogKind};

/// Names that are told; the rest is counted.
const NAMES: usize = 3;

/// How long the page may take to hand over what was typed.
const HAND_OVER_MAX: Duration = Duration::from_secs(1);

/// Is the app about to end?
#[derive(Debug, Default)]
pub struct Leaving(AtomicBool);

/// Quits, after saying who is connected to the server on this computer, if anybody is.
pub fn ask(app: &AppHandle) {
    let connected = app.state::<Latest>().read(connected);
    if connected.is_empty() {
        return leave(app);
    }
    let quit = app.clone();
    app.dialog()
        .message(in_words(&connected))
        .title("Quit Folkmoot?")
        .kind(MessageDialogKind::Warning)
        .buttons(MessageDialogButtons::OkCancelCustom("Quit".into(), "Stay".into()))
        .show(move |quits| {
            if quits {
                leave(&quit);
            }
        });
}

/// Ends the app once the page has handed over what was typed; at once where there is no page, or where it is told twice.
fn leave(app: &AppHandle) {
    let told = app.state::<Leaving>().0.swap(true, Ordering::Relaxed);
    if told || !deep_link::is_heard(app) {
        return app.exit(0);
    }
    if let Err(error) = app.emit_to(MAIN, "leaving", ()) {
        tracing::warn!(%error, "the page was not told that the app ends");
        return app.exit(0);
    }
    let quit = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(HAND_OVER_MAX).await;
        tracing::warn!("the page did not say that it has handed over what was typed");
        quit.exit(0);
    });
}

/// The page has handed over what was typed.
pub fn handed_over(app: &AppHandle) {
    if app.state::<Leaving>().0.load(Ordering::Relaxed) {
        app.exit(0);
    }
}

/// Ends the app when the system says so: a shutdown, a logout, a terminal. Told twice, it ends at once.
#[cfg(unix)]
pub fn when_told(app: &AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let kinds = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
        let [Ok(mut term), Ok(mut int), Ok(mut hangup)] = kinds.map(signal) else {
            return tracing::warn!("signals end the app without a goodbye");
        };
        loop {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
                _ = hangup.recv() => {}
            }
            leave(&app);
        }
    });
}

/// Windows and macOS tell the event loop.
#[cfg(not(unix))]
pub fn when_told(_app: &AppHandle) {}

/// Who would be cut off: the others that are here, while our server runs and we are signed in to it.
fn connected(app: Option<&AppView>, people: &mut dyn Iterator<Item = &PersonItem>) -> Vec<String> {
    let hosts = app.is_some_and(|app| app.hosted.as_ref().is_some_and(|hosted| hosted.running));
    let mut names: Vec<String> = people
        .filter(|person| hosts && !person.me && person.availability != Availability::Offline)
        .map(|person| person.name.clone())
        .collect();
    names.sort();
    names.dedup();
    names
}

fn in_words(names: &[String]) -> String {
    let who = match names {
        [one] => format!("{one} is"),
        [one, other] => format!("{one} and {other} are"),
        [first @ .., last] if names.len() <= NAMES => format!("{} and {last} are", first.join(", ")),
        _ => format!("{} and {} more are", names[..NAMES - 1].join(", "), names.len() + 1 - NAMES),
    };
    format!(
        "{who} connected to the space on this computer. They can go on reading and writing; what they write reaches \
         the others when Folkmoot runs here again."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_connected_is_said_in_a_line() {
        let names: Vec<String> = ["Ana", "Bo", "Noor", "Ines"].map(String::from).to_vec();
        let said = |count: usize| in_words(&names[..count]).split(" connected").next().unwrap().to_owned();
        assert_eq!(said(1), "Ana is");
        assert_eq!(said(2), "Ana and Bo are");
        assert_eq!(said(3), "Ana, Bo and Noor are");
        assert_eq!(said(4), "Ana, Bo and 2 more are");
    }
}
