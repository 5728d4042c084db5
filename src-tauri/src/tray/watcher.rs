//! Whether the session has a tray: a watcher owns this name on the bus, and knows whether anybody shows the items that
//! register with it.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;
use tauri::AppHandle;
use zbus::blocking::connection::Builder;
use zbus::blocking::fdo::{DBusProxy, PropertiesProxy};
use zbus::blocking::{Connection, MessageIterator};
use zbus::names::InterfaceName;
use zbus::{MatchRule, message};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const OBJECT: &str = "/StatusNotifierWatcher";

/// The watcher's property that says whether a host shows the items.
const SHOWN: &str = "IsStatusNotifierHostRegistered";

/// How long the bus or the watcher may take to answer: without an answer there is no tray.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// Changes that wait to be looked at: each leads to the same look.
const CHANGES: usize = 8;

/// Tells `come_or_gone` from now on, from a thread of its own.
pub fn start(app: AppHandle, come_or_gone: fn(&AppHandle, bool)) {
    let watch = move || {
        if let Err(error) = watch(&app, come_or_gone) {
            tracing::info!(%error, "no tray: there is no session bus");
            come_or_gone(&app, false);
        }
    };
    if let Err(error) = thread::Builder::new().name("tray".into()).spawn(watch) {
        tracing::warn!(%error, "no tray");
    }
}

fn watch(app: &AppHandle, come_or_gone: fn(&AppHandle, bool)) -> zbus::Result<()> {
    let connection = Builder::session()?.method_timeout(ANSWER_MAX).build()?;
    let (tell, told) = sync_channel(CHANGES);
    // Heard first, asked then: nothing happens unseen in between.
    let signal = || MatchRule::builder().msg_type(message::Type::Signal);
    let owner = signal().sender("org.freedesktop.DBus")?.member("NameOwnerChanged")?.add_arg(WATCHER)?.build();
    hear(&connection, owner, tell.clone())?;
    hear(&connection, signal().interface(WATCHER)?.path(OBJECT)?.build(), tell)?;
    let mut before = None;
    loop {
        let there = is_shown(&connection);
        if before.replace(there) != Some(there) {
            come_or_gone(app, there);
        }
        if told.recv().is_err() {
            return Err(zbus::Error::Failure("the bus has gone".into()));
        }
    }
}

fn hear(connection: &Connection, rule: MatchRule<'static>, tell: SyncSender<()>) -> zbus::Result<()> {
    let heard = MessageIterator::for_match_rule(rule, connection, Some(CHANGES))?;
    let listen = move || {
        for _ in heard {
            if tell.send(()).is_err() {
                return;
            }
        }
    };
    let started = thread::Builder::new().name("tray-heard".into()).spawn(listen);
    started.map(drop).map_err(|error| zbus::Error::InputOutput(error.into()))
}

/// Is there a watcher, and a host that shows its items?
fn is_shown(connection: &Connection) -> bool {
    let asked = || -> zbus::Result<bool> {
        if !DBusProxy::new(connection)?.name_has_owner(WATCHER.try_into()?)? {
            return Ok(false);
        }
        let properties = PropertiesProxy::new(connection, WATCHER, OBJECT)?;
        let shown = properties.get(InterfaceName::try_from(WATCHER)?, SHOWN)?;
        Ok(bool::try_from(shown).unwrap_or_default())
    };
    asked().unwrap_or_else(|error| {
        tracing::info!(%error, "the tray does not answer");
        false
    })
}
