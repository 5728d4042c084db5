//! Whether the session has a tray: whoever shows one owns this name on the bus.

use std::thread;
use tauri::AppHandle;
use zbus::blocking::Connection;
use zbus::blocking::fdo::DBusProxy;
use zbus::names::BusName;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";

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
    let bus = DBusProxy::new(&Connection::session()?)?;
    // Heard first, asked then: nothing happens unseen in between.
    let changes = bus.receive_name_owner_changed_with_args(&[(0, WATCHER)])?;
    come_or_gone(app, bus.name_has_owner(BusName::try_from(WATCHER)?)?);
    for change in changes {
        come_or_gone(app, change.args()?.new_owner.is_some());
    }
    Ok(())
}
