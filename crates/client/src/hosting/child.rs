//! The server as a child process: `PROGRAM [ARGS…] serve --data DIR --listen ADDRESS`, and its commands for spaces.
//!
//! Its port is chosen by the server the first time and kept by it. It ends with this value, or when asked to.

use super::HostServer;
use crate::view::Hosted;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

/// How long the server may take to listen.
const LISTENING_MAX: Duration = Duration::from_secs(20);

/// How long it may take to end when asked.
const ENDING_MAX: Duration = Duration::from_secs(5);

/// The file in the data directory that says that others may connect.
const OPEN: &str = "open-to-network";

/// The server on this computer.
pub struct ChildServer {
    program: PathBuf,
    args: Vec<OsString>,
    data: PathBuf,
    running: Mutex<Option<Running>>,
}

struct Running {
    child: Child,
    address: String,
    open: bool,
}

impl ChildServer {
    /// The server that `program` with `args` before its own arguments is, over the data directory `data`. Not started.
    pub fn of(program: impl Into<PathBuf>, args: Vec<OsString>, data: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), args, data: data.into(), running: Mutex::new(None) }
    }

    /// Starts it if there is a data directory and it does not run: when the app starts. Fails with what went wrong.
    pub fn start(&self) -> Result<(), String> {
        if !self.data.exists() {
            return Ok(());
        }
        let mut running = self.running();
        if running.as_mut().is_some_and(|running| matches!(running.child.try_wait(), Ok(None))) {
            return Ok(());
        }
        *running = Some(self.spawn(self.data.join(OPEN).exists())?);
        Ok(())
    }

    /// Ends it, if it runs, and waits for it.
    pub fn stop(&self) {
        if let Some(running) = self.running().take() {
            running.end();
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        // A panic elsewhere leaves the child as it was.
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).stdin(Stdio::null());
        command
    }

    fn spawn(&self, open: bool) -> Result<Running, String> {
        // The port of the last time, or a free one: the server keeps it.
        let ip = if open { "0.0.0.0" } else { "127.0.0.1" };
        let mut child = self
            .command()
            .args(["serve", "--data"])
            .arg(&self.data)
            .args(["--listen", &format!("{ip}:0")])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("start the server: {error}"))?;
        let stdout = child.stdout.take().ok_or("the server has no output")?;
        let (say, said) = mpsc::sync_channel(1);
        thread::spawn(move || {
            let mut lines = BufReader::new(stdout).lines();
            // Nobody may wait any more; the rest is read so that the server never waits for us.
            drop(say.send(lines.next()));
            lines.for_each(drop);
        });
        let line = match said.recv_timeout(LISTENING_MAX) {
            Ok(Some(Ok(line))) => line,
            _ => {
                end(child);
                return Err("the server did not say where it listens".into());
            }
        };
        match port_of(&line) {
            Some(port) => Ok(Running { child, address: address(open, port), open }),
            None => {
                end(child);
                Err(format!("the server said: {line}"))
            }
        }
    }
}

impl HostServer for ChildServer {
    fn host(&self, space: &str, again: Option<&str>) -> Result<String, String> {
        std::fs::create_dir_all(&self.data).map_err(|error| format!("make the server's folder: {error}"))?;
        self.start()?;
        if let Some(again) = again {
            return Ok(again.to_owned());
        }
        let made = self
            .command()
            .args(["space", "create", "--data"])
            .arg(&self.data)
            .args(["--", space])
            .stderr(Stdio::piped())
            .output()
            .map_err(|error| format!("make the space: {error}"))?;
        let link = String::from_utf8_lossy(&made.stdout).trim().to_owned();
        if made.status.success() && link.starts_with("folkmoot://") {
            Ok(link)
        } else {
            Err(String::from_utf8_lossy(&made.stderr).trim().to_owned())
        }
    }

    fn open_to_network(&self, open: bool) -> Result<(), String> {
        let mark = self.data.join(OPEN);
        let marked = match open {
            true => std::fs::write(&mark, b""),
            false if mark.exists() => std::fs::remove_file(&mark),
            false => Ok(()),
        };
        marked.map_err(|error| format!("note it: {error}"))?;
        self.stop();
        self.start()
    }

    fn hosted(&self) -> Option<Hosted> {
        match &mut *self.running() {
            Some(running) => Some(Hosted {
                address: running.address.clone(),
                open: running.open,
                running: matches!(running.child.try_wait(), Ok(None)),
            }),
            None => self.data.exists().then(|| Hosted {
                address: String::new(),
                open: self.data.join(OPEN).exists(),
                running: false,
            }),
        }
    }
}

impl Drop for ChildServer {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Running {
    fn end(self) {
        end(self.child);
    }
}

/// Asks it to end, and ends it if it does not.
fn end(mut child: Child) {
    #[cfg(unix)]
    {
        let asked = Command::new("kill").arg(child.id().to_string()).status();
        let begun = std::time::Instant::now();
        while asked.as_ref().is_ok_and(std::process::ExitStatus::success) && begun.elapsed() < ENDING_MAX {
            if !matches!(child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
    // Whatever it had acknowledged is on its disk.
    if let Err(error) = child.kill().and_then(|()| child.wait()) {
        tracing::debug!(%error, "the server had ended already");
    }
}

/// The port in `listening URL`.
fn port_of(line: &str) -> Option<u16> {
    let url = line.strip_prefix("listening ")?.trim().trim_end_matches('/');
    url.rsplit_once(':')?.1.parse().ok()
}

/// Where others reach it: this computer's address towards the network if it is open, else loopback.
fn address(open: bool, port: u16) -> String {
    let outward = || -> Option<SocketAddr> {
        // No packet is sent: the system only chooses the address that it would send from.
        let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
        socket.connect("192.0.2.1:9").ok()?;
        socket.local_addr().ok()
    };
    match outward().filter(|_| open) {
        Some(outward) => format!("{}:{port}", outward.ip()),
        None => format!("127.0.0.1:{port}"),
    }
}
