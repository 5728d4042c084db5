//! The app that was started first with this profile: a later start hands over to it, and must not wait for ever if it
//! stands still.

use std::time::Duration;
use zbus::blocking::connection::Builder;
use zbus::blocking::fdo::DBusProxy;

/// How long it may take to answer that it is there.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// Is there one, of the app that the desktop knows by `identifier`, that does not answer?
pub fn stands_still(identifier: &str) -> bool {
    // The name that the single-instance plugin takes.
    let name = format!("{identifier}.SingleInstance");
    let asked = || -> zbus::Result<()> {
        let connection = Builder::session()?.method_timeout(ANSWER_MAX).build()?;
        if DBusProxy::new(&connection)?.name_has_owner(name.as_str().try_into()?)? {
            connection.call_method(Some(name.as_str()), "/", Some("org.freedesktop.DBus.Peer"), "Ping", &())?;
        }
        Ok(())
    };
    // Any other failure says that there is none, or no bus.
    matches!(asked(), Err(zbus::Error::InputOutput(_)))
}
