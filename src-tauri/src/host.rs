//! The space on this computer: our own server as a child process, so that a crash on either side spares the other. It is
//! kept running while the app runs, and ends with Quit. Only the server of this profile's folder is ever ended.
//!
//! `serve` what the child does · `process` one run of it · here who wants what, and the thread that sees to it.

mod process;
pub mod serve;

use folkmoot_client::hosting::HostServer;
use folkmoot_client::view::Hosted;
use folkmoot_server::serve::local_host;
use folkmoot_server::{Config, admin};
use process::Process;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long the server may take until it listens.
const START_MAX: Duration = Duration::from_secs(30);

/// How long it may take to end before it is killed: it waits for its connections to part.
const END_MAX: Duration = Duration::from_secs(8);

/// After a crash it is started again after this time, doubled for each further one.
const RETRY: Duration = Duration::from_millis(500);

/// The longest such time.
const RETRY_MAX: Duration = Duration::from_secs(30);

/// A server that ran this long has not crashed again, but anew.
const STABLE: Duration = Duration::from_secs(60);

/// The file in the server's folder that says that other computers may connect.
const OPEN_MARK: &str = "open-to-network";

/// The server of one profile. Clones see to the same one.
#[derive(Clone)]
pub struct Host(Arc<Shared>);

struct Shared {
    dir: PathBuf,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Is it to run?
    wanted: bool,
    /// Does a thread see to it?
    supervised: bool,
    /// May other computers connect?
    open: bool,
    /// The process, from its start to its end.
    process: Option<Process>,
    /// Where it listens, or did last.
    address: Option<SocketAddr>,
    /// Does it listen, and as `open` says?
    listens: bool,
    /// Why the last start failed, until one succeeds.
    failed: Option<String>,
    /// It is to be started anew at once.
    hurry: bool,
}

impl Host {
    /// The server whose data lies in `dir`, if there is one.
    pub fn of(dir: PathBuf) -> Self {
        let state = State { open: dir.join(OPEN_MARK).exists(), ..State::default() };
        Self(Arc::new(Shared { dir, state: Mutex::new(state), changed: Condvar::new() }))
    }

    /// Starts the server that was hosted here before, or takes over one that outlived the app. Does not wait for it.
    pub fn resume(&self) {
        if self.0.dir.exists() {
            self.want();
        }
    }

    /// Ends the server, and returns when it has ended.
    pub fn end(&self) {
        let mut state = self.0.lock();
        state.wanted = false;
        self.0.changed.notify_all();
        if let Some(process) = &mut state.process {
            process.ask_to_end(&self.0.dir);
        }
        let mut state = self.0.wait(state, END_MAX, |state| state.process.is_none());
        if let Some(process) = &mut state.process {
            tracing::warn!("the server does not end");
            process.kill();
        }
    }

    fn want(&self) {
        let mut state = self.0.lock();
        (state.wanted, state.failed) = (true, None);
        if state.supervised {
            return;
        }
        let shared = self.0.clone();
        match thread::Builder::new().name("host".into()).spawn(move || shared.supervise()) {
            Ok(_) => state.supervised = true,
            Err(error) => state.failed = Some(error.to_string()),
        }
    }

    /// Waits until it listens; gives where.
    fn listening(&self) -> Result<SocketAddr, String> {
        let state = self.0.wait(self.0.lock(), START_MAX, |state| state.listens || state.failed.is_some());
        match (state.listens, state.address, &state.failed) {
            (true, Some(address), _) => Ok(address),
            (_, _, Some(failed)) => Err(failed.clone()),
            _ => Err("the server does not listen".into()),
        }
    }
}

impl HostServer for Host {
    fn host(&self, space: &str, again: Option<&str>) -> Result<String, String> {
        self.want();
        self.listening()?;
        // The server knows whether it leads on, and at which address it is today.
        let (config, again) = (Config::of(&self.0.dir), again.and_then(|again| again.parse().ok()));
        let link = tauri::async_runtime::block_on(admin::host_space(&config, space, again.as_ref()));
        link.map(|link| link.to_string()).map_err(|error| error.to_string())
    }

    fn open_to_network(&self, open: bool) -> Result<(), String> {
        {
            let mut state = self.0.lock();
            if !state.wanted {
                return Err("no space is hosted here".into());
            }
            if state.open == open && state.listens {
                return Ok(());
            }
            mark(&self.0.dir, open).map_err(|error| error.to_string())?;
            (state.open, state.listens, state.failed, state.hurry) = (open, false, None, true);
            self.0.changed.notify_all();
            if let Some(process) = &mut state.process {
                process.ask_to_end(&self.0.dir);
            }
        }
        self.listening().map(|_| ())
    }

    fn hosted(&self) -> Option<Hosted> {
        let state = self.0.lock();
        let address = match state.address {
            Some(address) if state.open => local_host(address),
            Some(address) => address.to_string(),
            None => String::new(),
        };
        let made = state.wanted || state.address.is_some();
        made.then(|| Hosted { address, open: state.open, running: state.listens })
    }
}

impl Shared {
    /// Keeps it running until it is wanted no longer.
    fn supervise(&self) {
        let mut crashes = 0;
        loop {
            let began = Instant::now();
            if let Err(error) = self.run() {
                tracing::warn!(error, "the server on this computer");
                self.lock().failed = Some(error);
                self.changed.notify_all();
            }
            let mut state = self.lock();
            (state.process, state.listens) = (None, false);
            self.changed.notify_all();
            crashes = if state.hurry || began.elapsed() > STABLE { 0 } else { crashes + 1 };
            let pause = if state.hurry { Duration::ZERO } else { pause(crashes) };
            let mut state = self.wait(state, pause, |state| state.hurry || !state.wanted);
            if !state.wanted {
                state.supervised = false;
                return;
            }
        }
    }

    /// One run of it, from its start to its end.
    fn run(&self) -> Result<(), String> {
        let (open, mut heard) = {
            let mut state = self.lock();
            if !state.wanted {
                return Ok(());
            }
            state.hurry = false;
            let (process, heard) = Process::start(&self.dir, state.open).map_err(|error| error.to_string())?;
            state.process = Some(process);
            (state.open, heard)
        };
        let Some(url) = heard.listening(&self.dir)? else { return Ok(()) };
        let (scheme, address) = url.split_once("://").unwrap_or(("", &url));
        let address = address.parse().map_err(|_| format!("the server listens on {url}"))?;
        {
            let mut state = self.lock();
            state.address = Some(address);
            // One that was found may not be as it is wanted now, and neither may one that was started a moment ago.
            if state.open == open && (scheme == "https") == open {
                (state.listens, state.failed) = (true, None);
            } else {
                state.hurry = true;
                if let Some(process) = &mut state.process {
                    process.ask_to_end(&self.dir);
                }
            }
            self.changed.notify_all();
        }
        heard.ended(&self.dir);
        let ended = self.lock().process.as_mut().map(Process::reap);
        tracing::info!(status = ended.flatten(), "the server on this computer has ended");
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(
        &'s self,
        state: MutexGuard<'s, State>,
        limit: Duration,
        until: impl Fn(&State) -> bool,
    ) -> MutexGuard<'s, State> {
        let waited = self.changed.wait_timeout_while(state, limit, |state| !until(state));
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

fn pause(crashes: u32) -> Duration {
    if crashes == 0 { Duration::ZERO } else { RETRY.saturating_mul(1 << (crashes - 1).min(10)).min(RETRY_MAX) }
}

fn mark(dir: &Path, open: bool) -> io::Result<()> {
    let mark = dir.join(OPEN_MARK);
    if open {
        return fs::write(mark, "");
    }
    match fs::remove_file(mark) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_crashes_is_given_more_and_more_time() {
        let pauses: Vec<u64> = (0..9).map(|crashes| pause(crashes).as_millis() as u64).collect();
        assert_eq!(pauses, [0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert_eq!(pause(u32::MAX), RETRY_MAX);
    }

    #[test]
    fn nothing_is_hosted_before_somebody_asks() {
        let host = Host::of("/nowhere/at/all".into());
        host.resume();
        assert_eq!(host.hosted(), None);
        assert!(host.open_to_network(true).is_err());
        host.end();
    }
}
