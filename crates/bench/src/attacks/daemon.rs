//! A `folkmootd` of its own, as a process: what it costs is what the system says of it.

use crate::socket::Socket;
use anyhow::{Context, Result, ensure};
use folkmoot_model::id::StreamId;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// Ticks of a process' clock in a second, on every Linux.
const TICKS: u32 = 100;

/// What no rate should meet by accident: what is attacked must be filled first.
const RATES: [&str; 7] = [
    "EVENTS_PER_SECOND",
    "EVENTS_BURST",
    "BYTES_PER_SECOND",
    "BYTES_BURST",
    "CONNECTS_PER_SECOND",
    "SIGN_INS_PER_MINUTE",
    "SIGNALS_PER_SECOND",
];

/// Where it says whether it can serve.
const READY: &str = "/health/ready";

/// A server with a space and its owner. It ends when dropped.
pub struct Daemon {
    process: Child,
    folkmootd: PathBuf,
    data: TempDir,
    host: String,
    room: StreamId,
    /// The owner, who fills what is attacked.
    pub owner: tokio::sync::Mutex<Socket>,
}

impl Daemon {
    /// Starts `$FOLKMOOTD`, or the one beside this program.
    pub async fn start() -> Result<Self> {
        let beside = std::env::current_exe()?.with_file_name("folkmootd");
        let folkmootd = std::env::var_os("FOLKMOOTD").map_or(beside, PathBuf::from);
        let data = tempfile::tempdir()?;
        let host = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let mut serve = Command::new(&folkmootd);
        serve.args(["serve", "--listen", &host, "--data"]).arg(data.path()).env("RUST_LOG", "error").kill_on_drop(true);
        for rate in RATES {
            serve.env(format!("FOLKMOOT_RATES__{rate}"), "1000000000");
        }
        let process = serve.spawn().with_context(|| format!("cannot start {}", folkmootd.display()))?;
        let url = format!("http://{host}{READY}");
        while reqwest::get(&url).await.is_err() {
            sleep(Duration::from_millis(50)).await;
        }
        let link = command(&folkmootd, data.path(), &["space", "create", "Northlight"]).await?;
        let owner = Socket::join_by(&link, "Ana").await?;
        let room = owner.room;
        Ok(Self { process, folkmootd, data, host, room, owner: owner.into() })
    }

    /// A link for one more person.
    pub async fn invite(&self) -> Result<String> {
        command(&self.folkmootd, self.data.path(), &["invite", "--space", "Northlight"]).await
    }

    /// The room in which others talk.
    pub fn quiet_room(&self) -> StreamId {
        self.room
    }

    /// Where it listens.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Does it answer?
    pub async fn is_alive(&self) -> bool {
        let answer = reqwest::get(format!("http://{}{READY}", self.host)).await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// The time that its process has taken of all cores.
    pub fn cpu(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(self.of_process("stat")?)?;
        let (_, fields) = stat.rsplit_once(')').context("no process")?;
        let field = |at: usize| fields.split_whitespace().nth(at).and_then(|ticks| ticks.parse::<u32>().ok());
        let ticks = field(11).zip(field(12)).context("no times")?;
        Ok(Duration::from_secs(1) * (ticks.0 + ticks.1) / TICKS)
    }

    /// The most memory that it held since [`Self::forget_peak`], in bytes.
    pub fn peak(&self) -> Result<usize> {
        let status = std::fs::read_to_string(self.of_process("status")?)?;
        let line = status.lines().find(|line| line.starts_with("VmHWM")).context("no peak")?;
        Ok(line.split_whitespace().nth(1).context("no peak")?.parse::<usize>()? << 10)
    }

    /// From now on another peak is noted.
    pub fn forget_peak(&self) -> Result<()> {
        Ok(std::fs::write(self.of_process("clear_refs")?, "5")?)
    }

    fn of_process(&self, file: &str) -> Result<String> {
        Ok(format!("/proc/{}/{file}", self.process.id().context("it has ended")?))
    }
}

/// Says an operator's command; gives the link that it prints.
async fn command(folkmootd: &PathBuf, data: &std::path::Path, args: &[&str]) -> Result<String> {
    let said = Command::new(folkmootd).args(args).arg("--data").arg(data).output().await?;
    ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    Ok(String::from_utf8(said.stdout)?.trim().to_owned())
}
