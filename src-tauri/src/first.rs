//! The app that was started first with this profile: a later start hands over to it, and must not wait for ever if it
//! stands still.

use zbus::blocking::Connection;
use zbus::blocking::fdo::DBusProxy;

/// Is there one on this bus, of the app that the desktop knows by `identifier`, that does not answer?
pub fn stands_still(bus: &Connection, identifier: &str) -> bool {
    // The name that the single-instance plugin takes.
    let name = format!("{identifier}.SingleInstance");
    let asked = || -> zbus::Result<()> {
        if DBusProxy::new(bus)?.name_has_owner(name.as_str().try_into()?)? {
            bus.call_method(Some(name.as_str()), "/", Some("org.freedesktop.DBus.Peer"), "Ping", &())?;
        }
        Ok(())
    };
    // Any other failure says that there is none.
    matches!(asked(), Err(zbus::Error::InputOutput(_)))
}
