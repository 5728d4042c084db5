//! The servers: each is started as it comes, alone, on one core; what it costs is what the system says of its process.

use super::client::Place;
use super::dialect::Dialect;
use super::ours::Ours;
use super::talk::{self, Person};
use super::wire::Wire;
use crate::socket::Socket;
use anyhow::{Context, Result, bail, ensure};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// The server's core. The generator has the other one.
const CORE: &str = "0";

/// How long it has to end when told to.
const ENDS: Duration = Duration::from_secs(30);

/// Ticks of a process' clock in a second, on every Linux.
const TICKS: u32 = 100;

/// Who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Peer {
    /// `folkmootd`, at `/yjs`.
    Folkmoot,
    /// The floor.
    Relay,
    /// Redis' pub/sub.
    Redis,
    /// NATS.
    Nats,
    /// A relay of ten lines in socket.io.
    SocketIo,
    /// y-sweet.
    YSweet,
    /// @y/websocket-server.
    YWebsocket,
    /// Hocuspocus.
    Hocuspocus,
    /// ejabberd's rooms.
    Ejabberd,
    /// Prosody's rooms.
    Prosody,
    /// Synapse's rooms.
    Synapse,
}

/// Ours first: the others are told as ratios to it.
pub const PEERS: [Peer; 11] = [
    Peer::Folkmoot,
    Peer::Relay,
    Peer::Redis,
    Peer::Nats,
    Peer::SocketIo,
    Peer::YSweet,
    Peer::YWebsocket,
    Peer::Hocuspocus,
    Peer::Ejabberd,
    Peer::Prosody,
    Peer::Synapse,
];

impl Peer {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Folkmoot => "Folkmoot",
            Self::Relay => "bare relay",
            Self::Redis => "Redis pub/sub",
            Self::Nats => "NATS",
            Self::SocketIo => "socket.io relay",
            Self::YSweet => "y-sweet",
            Self::YWebsocket => "y-websocket",
            Self::Hocuspocus => "Hocuspocus",
            Self::Ejabberd => "ejabberd MUC",
            Self::Prosody => "Prosody MUC",
            Self::Synapse => "Synapse",
        }
    }

    /// Is it for people in rooms, and for nothing else?
    pub fn has_rooms(self) -> bool {
        matches!(self, Self::Ejabberd | Self::Prosody | Self::Synapse)
    }

    /// Does it keep documents, to which one can come later? The others pass on what they get.
    pub fn keeps_documents(self) -> bool {
        matches!(self, Self::Folkmoot | Self::YSweet | Self::YWebsocket | Self::Hocuspocus)
    }
}

/// A server that runs. It ends when dropped.
pub struct Server {
    peer: Peer,
    process: Child,
    host: String,
    /// What npm and pip installed, and data.
    dir: PathBuf,
    data: TempDir,
    /// Only of ours.
    ours: Option<Ours>,
    /// How many documents were given away.
    given: usize,
}

impl Server {
    /// Starts one. `dir` holds what npm and pip installed, and takes data.
    pub async fn start(peer: Peer, dir: &Path) -> Result<Self> {
        let data = TempDir::with_prefix_in("data-", dir)?;
        let host = format!("127.0.0.1:{}", free_port()?);
        let process = spawn(peer, dir, data.path(), &host)?;
        let mut server = Self { peer, process, host, dir: dir.to_owned(), data, ours: None, given: 0 };
        server.until_open().await?;
        if peer == Peer::Folkmoot {
            server.ours = Some(Ours::create(&folkmootd()?, server.data.path()).await?);
        }
        Ok(server)
    }

    /// Tells it to end, and starts it again with its data, at another port.
    pub async fn restart(&mut self) -> Result<()> {
        let told = Command::new("kill").arg(self.pid()?).status().await?;
        ensure!(told.success(), "it cannot be told to end");
        timeout(ENDS, self.process.wait()).await.context("it does not end")??;
        self.host = format!("127.0.0.1:{}", free_port()?);
        self.process = spawn(self.peer, &self.dir, self.data.path(), &self.host)?;
        self.until_open().await
    }

    /// A document that nobody has been in.
    pub async fn place(&mut self) -> Result<Place> {
        self.given += 1;
        self.at(self.given - 1).await
    }

    /// Where it keeps what it keeps.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// How many of them were asked for.
    pub fn given(&self) -> usize {
        self.given
    }

    /// One of them, from 0.
    pub async fn at(&self, n: usize) -> Result<Place> {
        let (host, name) = (self.host.clone(), format!("document-{n}"));
        let web_socket = |path| (Wire::WebSocket(path), Dialect::YWebsocket);
        let (wire, dialect) = match self.peer {
            Peer::Folkmoot => web_socket(self.ours()?.path(&host, n).await?),
            Peer::Hocuspocus => (Wire::WebSocket("/".into()), Dialect::Hocuspocus(name)),
            Peer::YSweet => web_socket(format!("/d/{name}/ws/{name}")),
            Peer::Relay | Peer::YWebsocket => web_socket(format!("/{name}")),
            Peer::Redis => (Wire::Redis(name), Dialect::Updates),
            Peer::Nats => (Wire::Nats(name), Dialect::Updates),
            Peer::SocketIo => (Wire::SocketIo(name), Dialect::Updates),
            Peer::Ejabberd | Peer::Prosody | Peer::Synapse => bail!("it knows no documents"),
        };
        Ok(Place { host, wire, dialect })
    }

    /// So many people in a room: of ours members, in the room of all; elsewhere in one that nobody has been in.
    pub async fn room(&mut self, people: usize) -> Result<Vec<Person>> {
        self.given += 1;
        let name = format!("room-{}", self.given);
        let (mut all, mut opened) = (Vec::new(), None);
        for n in 0..people {
            let nick = format!("{name}-person-{n}");
            all.push(match &self.ours {
                Some(ours) => talk::ours(ours.person(&nick).await?).await?,
                None if self.peer == Peer::Synapse => talk::matrix(&self.host, &mut opened, &nick).await?,
                None => talk::xmpp(&self.host, &name, &nick).await?,
            });
        }
        Ok(all)
    }

    /// Who will make so many documents, where somebody has to.
    pub async fn people(&self, documents: usize) -> Result<Vec<Socket>> {
        let Some(ours) = &self.ours else { return Ok(Vec::new()) };
        ours.people(documents).await
    }

    /// They make them.
    pub async fn make_documents(&mut self, people: Vec<Socket>) -> Result<()> {
        let Some(ours) = &mut self.ours else { return Ok(()) };
        ours.make_all(people).await
    }

    /// A document of so many edits.
    pub async fn typed(&mut self, edits: usize) -> Result<()> {
        self.given += 1;
        self.ours()?.typed(self.given - 1, edits).await
    }

    fn ours(&self) -> Result<&Ours> {
        self.ours.as_ref().context("not our server")
    }

    /// The time for which it has had its core, all its threads together.
    pub fn cpu(&self) -> Result<Duration> {
        cpu(&self.pid()?)
    }

    /// KiB of memory that are its alone, and its share of the rest.
    pub fn memory(&self) -> Result<u64> {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.pid()?))?;
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }

    fn pid(&self) -> Result<String> {
        Ok(self.process.id().context("it has ended")?.to_string())
    }

    async fn until_open(&mut self) -> Result<()> {
        for _ in 0..400 {
            if let Some(ended) = self.process.try_wait()? {
                bail!("{} ended: {ended}", self.peer.name());
            }
            if TcpStream::connect(&self.host).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        bail!("{} does not listen", self.peer.name())
    }
}

/// Runs one on its core.
fn spawn(peer: Peer, dir: &Path, data: &Path, host: &str) -> Result<Child> {
    let (_, port) = host.split_once(':').unwrap_or_default();
    let mut command = Command::new("taskset");
    command.args(["-c", CORE]);
    let modules = dir.join("node_modules");
    let node = modules.join(".bin/node");
    match peer {
        Peer::Folkmoot => {
            command.arg(folkmootd()?).args(["serve", "--listen", host, "--data"]).arg(data);
            // All clients are one person at one address, as nobody is.
            let bounds = ["COSTS_PER_SECOND", "COSTS_BURST", "SOCKETS_PER_ADDRESS_MAX", "DOCUMENTS_PER_PERSON_MAX"];
            command.envs(bounds.map(|bound| (format!("FOLKMOOT_RATES__{bound}"), "1000000")));
            command.env("FOLKMOOT_LOG", "warn")
        }
        Peer::Relay => command.arg(std::env::current_exe()?).args(["relay", port]),
        Peer::Redis => {
            command.args(["redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir"]).arg(data)
        }
        Peer::Nats => command.args(["nats-server", "--addr", "127.0.0.1", "--port", port]).stderr(Stdio::null()),
        Peer::SocketIo => command.arg(node).arg(dir.join("socketio.mjs")),
        Peer::YSweet => {
            command.arg(dir.join("target/release/y-sweet")).args(["serve", "--host", "127.0.0.1", "--port", port]);
            command.env("RUST_LOG", "error").stderr(Stdio::null())
        }
        Peer::YWebsocket => command.arg(node).arg(modules.join("@y/websocket-server/src/server.js")),
        Peer::Hocuspocus => command.arg(node).arg(dir.join("hocuspocus.mjs")),
        Peer::Ejabberd => {
            let config = configured(dir, "ejabberd.yml", data, port)?;
            // No distribution, and so no port mapper that would stay behind.
            command.args(["erl", "+K", "true", "-noinput", "-mnesia", "dir"]).arg(format!("{:?}", data.join("db")));
            command.args(["-s", "ejabberd"]).env("ERL_LIBS", erlang_libraries()?);
            command.env("EJABBERD_CONFIG_PATH", config).env("EJABBERD_LOG_PATH", data.join("ejabberd.log"))
        }
        Peer::Prosody => {
            let config = configured(dir, "prosody.cfg.lua", data, port)?;
            command.args(["prosody", "--config"]).arg(config).arg("-F")
        }
        Peer::Synapse => {
            let (python, config) = (dir.join("python/bin/python"), configured(dir, "synapse.yaml", data, port)?);
            // Where it is told what to log.
            command
                .arg(std::path::absolute(python)?)
                .args(["-m", "synapse.app.homeserver", "-c"])
                .arg(config)
                .current_dir(dir)
        }
    };
    command.env("HOST", "127.0.0.1").env("PORT", port);
    command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
    command.spawn().context("taskset does not run")
}

/// Puts a port and the place for data into a configuration, beside that data.
fn configured(dir: &Path, name: &str, data: &Path, port: &str) -> Result<PathBuf> {
    // The daemons may change their own folder.
    let data = data.canonicalize()?;
    let told = std::fs::read_to_string(dir.join(name)).with_context(|| format!("no {name}"))?;
    let told = told.replace("@PORT@", port).replace("@DATA@", &data.to_string_lossy());
    let config = data.join(name);
    std::fs::write(&config, told)?;
    Ok(config)
}

/// Where Debian has put ejabberd's libraries, which is another place on each kind of processor.
fn erlang_libraries() -> Result<String> {
    let script = std::fs::read_to_string("/usr/sbin/ejabberdctl").context("no ejabberd")?;
    let line = script.lines().find_map(|line| line.strip_prefix("ERL_LIBS=")).context("no ERL_LIBS")?;
    Ok(line.trim_matches('\'').to_owned())
}

fn folkmootd() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("folkmootd"))
}

/// The time for which a process, or `self`, has had a core.
pub fn cpu(pid: &str) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // After the program's name, which may hold spaces; of what follows, the 12th and 13th are user and system.
    let (_, fields) = stat.rsplit_once(')').context("no stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u32>).sum::<Result<u32, _>>()?;
    Ok(Duration::from_secs(1) * ticks / TICKS)
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
