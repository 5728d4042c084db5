//! A scene: a server of its own on this computer, a space in it, and links by which people join. It ends when dropped.

use crate::place;
use anyhow::{Context, Result, bail};
use duct::{Expression, Handle};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The space's name.
pub const SPACE: &str = "Northlight";

/// How long a program may take until it answers.
const START_MAX: Duration = Duration::from_secs(30);

/// How long a program that was told to end may take.
const END_MAX: Duration = Duration::from_secs(5);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Programs that run, ended in reverse order when dropped.
pub struct Scene {
    dir: PathBuf,
    profile: &'static str,
    running: Vec<(String, Handle)>,
}

impl Scene {
    /// A scene in `dir`, which is made if it is missing, with the programs built under the cargo profile `profile`.
    pub fn open(dir: PathBuf, profile: &'static str) -> Result<Self> {
        fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        Ok(Self { dir, profile, running: Vec::new() })
    }

    /// As [`Self::open`], with nothing left of an earlier one.
    pub fn open_empty(dir: PathBuf, profile: &'static str) -> Result<Self> {
        if dir.exists() {
            fs::remove_dir_all(&dir).with_context(|| format!("cannot empty {}", dir.display()))?;
        }
        Self::open(dir, profile)
    }

    /// Its folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// One of our programs.
    pub fn program(&self, name: &str) -> PathBuf {
        place::program(self.profile, name)
    }

    /// Starts the server, and waits until it takes connections. Gives its process.
    pub fn serve(&mut self) -> Result<u32> {
        let server = self.server(&["serve", "--listen", "127.0.0.1:0"]);
        let said = self.start("folkmootd", server)?;
        self.until("folkmootd listens", || fs::read_to_string(&said).is_ok_and(|said| said.contains("listening ")))?;
        self.running.last().and_then(|(_, server)| server.pids().first().copied()).context("the server has no process")
    }

    /// Makes a space; gives the link by which its owner joins.
    pub fn make_space(&self, name: &str) -> Result<String> {
        self.server(&["space", "create", name]).read().context("cannot make a space")
    }

    /// A link by which one more person joins [`SPACE`].
    pub fn invite(&self) -> Result<String> {
        self.server(&["invite", "--space", SPACE]).read().context("cannot make an invitation")
    }

    fn server(&self, args: &[&str]) -> Expression {
        duct::cmd(self.program("folkmootd"), args)
            .env("FOLKMOOT_DATA", self.dir.join("server"))
            .stderr_path(self.log("server"))
    }

    /// Starts a program that runs until the scene ends. Gives the file that its stdout goes to.
    pub fn start(&mut self, name: &str, program: Expression) -> Result<PathBuf> {
        let said = self.dir.join(format!("{name}.out"));
        let handle = program.stdin_null().stdout_path(&said).unchecked().start();
        let handle = handle.with_context(|| format!("{name} cannot be started"))?;
        self.running.push((name.to_owned(), handle));
        Ok(said)
    }

    /// The file for a program's log.
    pub fn log(&self, name: &str) -> PathBuf {
        self.dir.join(format!("{name}.log"))
    }

    /// Waits until something listens on `address`.
    pub fn until_open(&self, address: &str) -> Result<()> {
        self.until(&format!("{address} is open"), || TcpStream::connect(address).is_ok())
    }

    /// Waits until `reached`. Fails if a program ends before, or it takes too long.
    fn until(&self, what: &str, reached: impl Fn() -> bool) -> Result<()> {
        let latest = Instant::now() + START_MAX;
        while !reached() {
            for (name, handle) in &self.running {
                if let Some(output) = handle.try_wait()? {
                    bail!("{name} ended ({}): see {}", output.status, self.dir.display());
                }
            }
            if Instant::now() > latest {
                bail!("waited in vain until {what}: see {}", self.dir.display());
            }
            sleep(PAUSE);
        }
        Ok(())
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        for (name, handle) in self.running.drain(..).rev() {
            if let Err(error) = end(&handle) {
                eprintln!("{name} does not end: {error}");
            }
        }
    }
}

/// Asks a program to end, and makes it if it does not.
pub fn end(handle: &Handle) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use duct::unix::HandleExt;
        // POSIX gives SIGTERM this number.
        handle.send_signal(15)?;
        if handle.wait_timeout(END_MAX)?.is_some() {
            return Ok(());
        }
    }
    handle.kill()?;
    handle.wait_timeout(END_MAX).map(drop)
}

/// A port that is free now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
