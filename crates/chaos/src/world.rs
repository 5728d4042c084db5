//! What all the threads of a run share: where things lie, what was promised, what was done and found.

use crate::log::Log;
use crate::plant::Plant;
use crate::volume::Volume;
use anyhow::{Context, Result, bail};
use folkmoot_model::id::{EventId, StreamId};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, mpsc};
use std::time::{Duration, Instant, SystemTime};

/// How long a server may take to start, on a machine that does much else.
const START_MAX: Duration = Duration::from_secs(300);

/// One thing that a client called saved.
#[derive(Debug, Clone)]
pub struct Said {
    /// `post`, `edit`, `react` or `doc`.
    pub kind: String,
    /// What stands in it, and nowhere else.
    pub token: String,
    /// The event's id, of posts and edits; else the message's or the document's.
    pub id: String,
}

impl Said {
    /// Reads what comes after `said `.
    pub fn read(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("said ")?.split(' ');
        let mut word = || words.next().map(str::to_owned);
        Some(Self { kind: word()?, token: word()?, id: word()? })
    }

    /// The event that it is, if its id was told.
    pub fn event(&self) -> Option<EventId> {
        ["post", "edit"].contains(&self.kind.as_str()).then(|| self.id.parse().ok()).flatten()
    }
}

/// What was promised by whom.
#[derive(Debug, Default)]
pub struct Book {
    /// By each client, in order.
    pub said: BTreeMap<usize, Vec<Said>>,
    /// What a client knows to be in the log, and since when, Unix milliseconds.
    pub acked: BTreeMap<EventId, u64>,
}

/// Counts.
#[derive(Debug, Default)]
pub struct Counts {
    pub kills: AtomicU64,
    pub server_kills: AtomicU64,
    pub cuts: AtomicU64,
    pub server_cuts: AtomicU64,
    pub stops: AtomicU64,
    pub fulls: AtomicU64,
    pub steps: AtomicU64,
    pub rebuilt: AtomicU64,
    pub lost: AtomicU64,
    pub doubled: AtomicU64,
    pub unopenable: AtomicU64,
    pub other: AtomicU64,
}

/// Everything.
pub struct World {
    /// What decides everything but the time it takes.
    pub seed: u64,
    /// The run's folder.
    pub dir: PathBuf,
    /// The recorder.
    pub recorder: PathBuf,
    /// Debian's libfaketime, if it is there.
    pub faketime: Option<PathBuf>,
    /// How long the server sleeps, and all clients but the sleeper.
    pub nap: Duration,
    /// What is wrong on purpose.
    pub plant: Option<Plant>,
    /// The room that everybody posts in.
    pub room: StreamId,
    /// The documents that everybody writes in.
    pub documents: Vec<StreamId>,
    /// The server's data directory.
    pub data: PathBuf,
    /// Small file systems that can be filled: of the server, and of the first clients.
    pub volumes: [Option<Volume>; 2],
    /// Time to end.
    pub over: AtomicBool,
    /// Written while the server is down.
    pub server: RwLock<()>,
    /// One image is looked at at a time.
    pub looking: Mutex<()>,
    pub book: Mutex<Book>,
    pub log: Mutex<Log>,
    pub counts: Counts,
    failures: Mutex<Vec<String>>,
}

/// Adds one.
pub fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// The lock, whoever panicked with it.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Now, Unix milliseconds.
pub fn now_ms() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

impl World {
    /// An empty one in the new folder `dir`.
    pub fn new(seed: u64, dir: PathBuf, nap: Duration, plant: Option<Plant>) -> Result<Self> {
        for folder in ["traces", "images", "evidence", "people"] {
            std::fs::create_dir_all(dir.join(folder))?;
        }
        let recorder = crate::trace::recorder(&dir)?;
        let volumes = if plant.is_none() { Volume::two(&dir) } else { [None, None] };
        let data = volumes[0].as_ref().map_or(dir.join("server"), |volume| volume.path.join("server"));
        Ok(Self {
            seed,
            recorder,
            faketime: faketime(),
            nap,
            plant,
            room: StreamId([0; 16]),
            documents: Vec::new(),
            data,
            volumes,
            dir,
            over: AtomicBool::new(false),
            server: RwLock::new(()),
            looking: Mutex::new(()),
            book: Mutex::default(),
            log: Mutex::default(),
            counts: Counts::default(),
            failures: Mutex::default(),
        })
    }

    /// Where a client's profile lies: the first two on the small file system, if there is one.
    pub fn profile(&self, index: usize) -> PathBuf {
        match &self.volumes[1] {
            Some(volume) if index < 2 => volume.path.join(name(index)),
            _ => self.dir.join("people").join(name(index)),
        }
    }

    /// The streams that tokens stand in.
    pub fn streams(&self) -> Vec<StreamId> {
        [&[self.room], self.documents.as_slice()].concat()
    }

    /// Something that must not be; `counter` says what.
    pub fn fails(&self, counter: &AtomicU64, what: String) {
        count(counter);
        if self.plant.is_none() {
            eprintln!("FAILED (seed {}): {what}", self.seed);
        }
        locked(&self.failures).push(what);
    }

    /// Everything that was.
    pub fn failures(&self) -> Vec<String> {
        locked(&self.failures).clone()
    }

    /// Sleeps, unless it is over before.
    pub fn wait(&self, time: Duration) {
        let until = Instant::now() + time;
        while !self.is_over() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50).min(until.saturating_duration_since(Instant::now())));
        }
    }

    /// Is it time to end?
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// What a process needs to be recorded in `root`.
    pub fn record<'c>(&self, command: &'c mut Command, root: &Path, trace: &Path) -> &'c mut Command {
        if let Some(path) = self.plant.and_then(|plant| plant.deaf(root == self.data)) {
            command.env("FOLKMOOT_CHAOS_DEAF", path);
        }
        command.env("LD_PRELOAD", &self.recorder).env("FOLKMOOT_CHAOS_ROOT", root).env("FOLKMOOT_CHAOS_TRACE", trace)
    }

    /// `folkmootd ARGS --data DATA`.
    pub fn daemon(&self, args: &[&str], data: &Path) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe()?.with_file_name("folkmootd"));
        command.args(args).arg("--data").arg(data).envs([
            ("FOLKMOOT_RATES__EVENTS_PER_SECOND", "1000000"),
            ("FOLKMOOT_RATES__EVENTS_BURST", "1000000"),
            ("FOLKMOOT_RATES__CONNECTS_PER_SECOND", "1000000"),
            ("FOLKMOOT_RATES__SIGN_INS_PER_MINUTE", "1000000"),
            ("FOLKMOOT_RATES__GREETINGS_PER_ADDRESS_MAX", "100000"),
            ("FOLKMOOT_ARGON2__MEMORY_KIB", "64"),
            ("FOLKMOOT_ARGON2__PASSES", "1"),
            ("FOLKMOOT_LOG", "warn"),
        ]);
        Ok(command)
    }

    /// Starts the server on the data directory, recorded; returns once it takes connections.
    pub fn serve(&self, trace: &Path) -> Result<Child> {
        let mut command = self.daemon(&["serve"], &self.data)?;
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.dir.join("server.log"))?;
        let mut server = self.record(&mut command, &self.data, trace).stdout(Stdio::piped()).stderr(log).spawn()?;
        let stdout = server.stdout.take().context("piped")?;
        let (told, said) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(stdout).read_line(&mut line);
            told.send(read.map(|_| line)).ok();
        });
        match said.recv_timeout(START_MAX) {
            Ok(Ok(line)) if line.starts_with("listening ") => Ok(server),
            said => {
                server.kill().ok();
                bail!("the server does not start: {said:?}, {}", server.wait()?)
            }
        }
    }

    /// `folkmoot-chaos person` on the profile of this client, with these further arguments.
    pub fn person(&self, index: usize, args: &[&str]) -> Result<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("person").arg("--profile").arg(self.profile(index)).args(args);
        if self.room != StreamId([0; 16]) {
            command.arg("--room").arg(self.room.to_string());
        }
        for document in &self.documents {
            command.arg("--document").arg(document.to_string());
        }
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.dir.join(name(index) + ".log"))?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).env("FOLKMOOT_LOG", "warn");
        Ok(command)
    }

    /// Runs that to its end, and gives what it printed.
    pub fn person_says(&self, index: usize, args: &[&str]) -> Result<String> {
        let output = self.person(index, args)?.stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!("{} {args:?}: {}, {said:?}", name(index), output.status);
        }
        Ok(said)
    }

    /// One more person joins.
    pub fn join(&self, index: usize) -> Result<String> {
        let invited = self.daemon(&["invite", "--space", "Northlight"], &self.data)?.output()?;
        let link = String::from_utf8_lossy(&invited.stdout).trim().to_owned();
        self.person_says(index, &["--join", &link, "--token", &name(index)])
    }
}

/// A client's name.
pub fn name(index: usize) -> String {
    format!("c{index:02}")
}

fn faketime() -> Option<PathBuf> {
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"];
    let found = folders.iter().map(|folder| Path::new(folder).join("faketime/libfaketime.so.1"));
    found.into_iter().find(|library| library.exists())
}
