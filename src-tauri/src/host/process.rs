//! One run of the server: a child of ours, or one that outlived the app that started it.

use folkmoot_server::Error;
use folkmoot_server::data_dir::DataDir;
use std::io::{self, BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// How often a server that is not our child is looked at: its end is not told to us.
const LOOK: Duration = Duration::from_millis(500);

/// How often it is looked at while it begins.
const LOOK_EARLY: Duration = Duration::from_millis(50);

/// Looks at one that begins: it says where it listens within a few seconds.
const LOOKS: usize = 200;

/// A server's process.
pub enum Process {
    /// Our child.
    Child(Child),
    /// One that was found; its number is told by its folder.
    Found,
}

/// What is heard of a process, by whoever waits for it.
pub enum Heard {
    /// What the child says.
    Child(BufReader<ChildStdout>),
    /// Its folder is looked at.
    Found,
}

impl Process {
    /// Starts the server of `dir`, or finds the one that has it. Fails as starting a program does.
    pub fn start(dir: &Path, open: bool) -> io::Result<(Self, Heard)> {
        if is_served(dir) {
            return Ok((Self::Found, Heard::Found));
        }
        let ip = if open { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["--serve", "--listen", &SocketAddr::new(IpAddr::V4(ip), 0).to_string(), "--data"])
            .arg(dir)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        // What a terminal sends to the app is not meant for the server, which the app ends itself.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let out = child.stdout.take().ok_or_else(|| io::Error::other("the server has no output"))?;
        Ok((Self::Child(child), Heard::Child(BufReader::new(out))))
    }

    /// Asks it to end: it finishes what it was given.
    pub fn ask_to_end(&mut self, dir: &Path) {
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process};
            let process = match self {
                // Not reaped yet, since that takes `self`: the number is still its own.
                Self::Child(child) => Some(Pid::from_child(child)),
                Self::Found => pid_of_server(dir).and_then(Pid::from_raw),
            };
            if let Some(Err(error)) = process.map(|process| kill_process(process, Signal::TERM)) {
                tracing::warn!(%error, "the server cannot be ended");
            }
        }
        #[cfg(not(unix))]
        {
            let _ = dir;
            self.kill();
        }
    }

    /// Ends it at once. What it acknowledged is on the disk.
    pub fn kill(&mut self) {
        if let Self::Child(child) = self
            && let Err(error) = child.kill()
        {
            tracing::warn!(%error, "the server cannot be killed");
        }
    }

    /// Takes note of its end; gives how it ended, if that is known.
    pub fn reap(&mut self) -> Option<String> {
        match self {
            Self::Child(child) => child.wait().ok().map(|status| status.to_string()),
            Self::Found => None,
        }
    }
}

impl Heard {
    /// Waits until it listens; gives its URL. Fails if it ends instead; `None` if it was found and has ended: its app was killed
    /// while it began, and nobody heard it.
    pub fn listening(&mut self, dir: &Path) -> Result<Option<String>, String> {
        match self {
            Self::Child(out) => {
                let mut line = String::new();
                while out.read_line(&mut line).map_err(|error| error.to_string())? > 0 {
                    if let Some(url) = line.trim_end().strip_prefix("listening ") {
                        return Ok(Some(url.to_owned()));
                    }
                    line.clear();
                }
                Err("the server ended before it listened".into())
            }
            Self::Found => {
                for _ in 0..LOOKS {
                    if let Ok(Some(running)) = DataDir::open(dir).and_then(|dir| dir.running()) {
                        return Ok(Some(running.url));
                    }
                    if !is_served(dir) {
                        return Ok(None);
                    }
                    sleep(LOOK_EARLY);
                }
                Err("a server has the folder, and does not listen".into())
            }
        }
    }

    /// Waits until it has ended.
    pub fn ended(&mut self, dir: &Path) {
        match self {
            Self::Child(out) => {
                // It says nothing more; the end of its output is its end.
                if let Err(error) = io::copy(out, &mut io::sink()) {
                    tracing::debug!(%error, "the server's output broke off");
                }
            }
            Self::Found => {
                while is_served(dir) {
                    sleep(LOOK);
                }
            }
        }
    }
}

fn is_served(dir: &Path) -> bool {
    dir.exists() && matches!(DataDir::open(dir).and_then(|dir| dir.hold()), Err(Error::InUse(_)))
}

/// The process that serves `dir`, if it is a server of ours: never one that has got its number since.
#[cfg(unix)]
fn pid_of_server(dir: &Path) -> Option<i32> {
    let running = DataDir::open(dir).and_then(|dir| dir.running()).ok().flatten()?;
    if cfg!(target_os = "linux") {
        let command = std::fs::read(format!("/proc/{}/cmdline", running.pid)).ok()?;
        let names_dir = command.split(|byte| *byte == 0).any(|arg| arg == dir.as_os_str().as_encoded_bytes());
        if !names_dir {
            return None;
        }
    }
    running.pid.try_into().ok()
}
