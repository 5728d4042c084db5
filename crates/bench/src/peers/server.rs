//! The servers: each is started as it comes, alone, on one core; what it costs is what the system says of its process.

use super::client::Place;
use super::dialect::Dialect;
use super::wire::Wire;
use crate::socket::{Socket, mint};
use anyhow::{Context, Result, bail, ensure};
use folkmoot_model::documents::{DocumentKind, DocumentOpened};
use folkmoot_model::id::StreamId;
use folkmoot_wire::api::{Ticket, Ticketed};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// The server's core. The generator has the other one.
const CORE: &str = "0";

/// Documents that are made at the start: enough for all pieces of work, and no more than one person may make at once.
const DOCUMENTS: usize = 32;

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
    /// @y/websocket-server.
    YWebsocket,
    /// Hocuspocus.
    Hocuspocus,
}

/// Ours first: the others are told as ratios to it.
pub const PEERS: [Peer; 7] =
    [Peer::Folkmoot, Peer::Relay, Peer::Redis, Peer::Nats, Peer::SocketIo, Peer::YWebsocket, Peer::Hocuspocus];

impl Peer {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Folkmoot => "Folkmoot",
            Self::Relay => "bare relay",
            Self::Redis => "Redis pub/sub",
            Self::Nats => "NATS",
            Self::SocketIo => "socket.io relay",
            Self::YWebsocket => "y-websocket",
            Self::Hocuspocus => "Hocuspocus",
        }
    }

    /// Does it keep documents, to which one can come later? The others pass on what they get.
    pub fn keeps_documents(self) -> bool {
        matches!(self, Self::Folkmoot | Self::YWebsocket | Self::Hocuspocus)
    }
}

/// A server that runs. It ends when dropped.
pub struct Server {
    peer: Peer,
    process: Child,
    host: String,
    data: TempDir,
    /// Ours only: documents that are not used yet, and who shows that they may have tickets.
    documents: Vec<StreamId>,
    access: String,
    /// How many documents were given away.
    given: usize,
}

impl Server {
    /// Starts one. `dir` holds what npm installed, and takes data.
    pub async fn start(peer: Peer, dir: &Path) -> Result<Self> {
        let data = TempDir::with_prefix_in("data-", dir)?;
        let host = format!("127.0.0.1:{}", free_port()?);
        let (_, port) = host.split_once(':').unwrap_or_default();
        let mut command = Command::new("taskset");
        command.args(["-c", CORE]);
        let us = std::env::current_exe()?;
        let folkmootd = us.with_file_name("folkmootd");
        let modules = dir.join("node_modules");
        let node = modules.join(".bin/node");
        match peer {
            Peer::Folkmoot => {
                command.arg(&folkmootd).args(["serve", "--listen", &host, "--data"]).arg(data.path());
                command.env("FOLKMOOT_LOG", "warn")
            }
            Peer::Relay => command.arg(us).args(["relay", port]),
            Peer::Redis => {
                command.args(["redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir"]);
                command.arg(data.path())
            }
            Peer::Nats => command.args(["nats-server", "--addr", "127.0.0.1", "--port", port]).stderr(Stdio::null()),
            Peer::SocketIo => command.arg(node).arg(dir.join("socketio.mjs")),
            Peer::YWebsocket => command.arg(node).arg(modules.join("@y/websocket-server/src/server.js")),
            Peer::Hocuspocus => command.arg(node).arg(dir.join("hocuspocus.mjs")),
        };
        command.env("HOST", "127.0.0.1").env("PORT", port);
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let process = command.spawn().context("taskset does not run")?;
        let mut server = Self { peer, process, host, data, documents: Vec::new(), access: String::new(), given: 0 };
        server.until_open().await?;
        if peer == Peer::Folkmoot {
            (server.documents, server.access) = server.documents(&folkmootd).await?;
        }
        Ok(server)
    }

    /// A document that nobody has been in.
    pub async fn place(&mut self) -> Result<Place> {
        self.given += 1;
        let (host, name) = (self.host.clone(), format!("document-{}", self.given));
        Ok(match self.peer {
            Peer::Folkmoot => {
                let document = self.documents.pop().context("all documents are used")?;
                let asks = Ticket { document, read_only: false };
                let url = format!("http://{host}/api/v1/ticket");
                let asked = reqwest::Client::new().post(url).bearer_auth(&self.access).json(&asks).send().await?;
                let Ticketed { ticket } = asked.error_for_status()?.json().await?;
                let wire = Wire::WebSocket(format!("/yjs/{document}?ticket={ticket}"));
                Place { host, wire, dialect: Dialect::YWebsocket }
            }
            Peer::Hocuspocus => Place { host, wire: Wire::WebSocket("/".into()), dialect: Dialect::Hocuspocus(name) },
            Peer::Relay | Peer::YWebsocket => {
                Place { host, wire: Wire::WebSocket(format!("/{name}")), dialect: Dialect::YWebsocket }
            }
            Peer::Redis => Place { host, wire: Wire::Redis(name), dialect: Dialect::Updates },
            Peer::Nats => Place { host, wire: Wire::Nats(name), dialect: Dialect::Updates },
            Peer::SocketIo => Place { host, wire: Wire::SocketIo(name), dialect: Dialect::Updates },
        })
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

    /// A space of one person, with documents: all clients come with that person's tickets.
    async fn documents(&self, folkmootd: &Path) -> Result<(Vec<StreamId>, String)> {
        let mut command = Command::new(folkmootd);
        command.args(["space", "create", "Northlight", "--data"]).arg(self.data.path());
        let created = command.stderr(Stdio::inherit()).output().await?;
        ensure!(created.status.success(), "no space");
        let link = String::from_utf8(created.stdout)?;
        let mut owner = Socket::join_by(link.trim(), "Ana").await?;
        let mut documents = Vec::new();
        for _ in 0..DOCUMENTS {
            let document = StreamId(mint()?.0);
            let opened = DocumentOpened { room: owner.room, kind: DocumentKind::Code };
            owner.append(document, vec![opened.into()]).await?;
            documents.push(document);
        }
        Ok((documents, owner.access))
    }
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
