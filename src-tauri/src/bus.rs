//! The session bus of a Linux desktop, by which tray, notifications, the keyring and the app that was started before are reached. It
//! may take connections and never say a word; GTK and WebKit would wait for it without end, before there is a window.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;

/// How long it, or whoever is asked over it, may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(3);

/// Where everybody in this process looks for it.
const ADDRESS: &str = "DBUS_SESSION_BUS_ADDRESS";

/// Where there is none, and whoever looks is told so at once. Without any address they would look where it usually is.
const NOWHERE: &str = "unix:path=/nonexistent/bus";

/// How it is with the bus.
pub enum Bus {
    /// It answers.
    There(Connection),
    /// There is none.
    Absent,
    /// It does not answer, and everybody in this process is told that there is none.
    Silent,
}

/// Asks it. Does not return where it says nothing: then the program begins anew without it, since there is no other way to keep
/// libraries from waiting for it. Fails if it cannot.
pub fn ask() -> io::Result<Bus> {
    if std::env::var_os(ADDRESS).is_some_and(|address| address == NOWHERE) {
        return Ok(Bus::Silent);
    }
    let (say, said) = mpsc::sync_channel(1);
    let connect = || Builder::session()?.method_timeout(ANSWER_MAX).build();
    // Nobody may hear it any more.
    thread::Builder::new().name("bus".into()).spawn(move || drop(say.send(connect())))?;
    match said.recv_timeout(ANSWER_MAX) {
        Ok(Ok(connection)) => Ok(Bus::There(connection)),
        Ok(Err(error)) => {
            tracing::info!(%error, "no session bus");
            Ok(Bus::Absent)
        }
        Err(RecvTimeoutError::Disconnected) => Ok(Bus::Absent),
        Err(RecvTimeoutError::Timeout) => {
            tracing::warn!(
                "the session bus does not answer: without tray, notifications and keyring until the next start"
            );
            let mut again = Command::new(std::env::current_exe()?);
            Err(again.args(std::env::args_os().skip(1)).env(ADDRESS, NOWHERE).exec())
        }
    }
}
