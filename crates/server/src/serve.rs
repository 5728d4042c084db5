//! A server, from its data directory to its last fsync. This is what `folkmootd serve`, the desktop app and tests run.

use crate::accounts::{Accounts, people};
use crate::admin::{Operator, open_door};
use crate::api::{self, Readiness, Shared, Web};
use crate::clock::now_ms;
use crate::config::{Config, Rates};
use crate::data_dir::{DataDir, Held, RunningServer};
use crate::database::{Database, LogError, Threads, misplaced};
use crate::error::Error;
use crate::hub_task;
use crate::identity::Identity;
use crate::listen::{self, Admits};
use crate::process;
use crate::rate_limits::RateLimits;
use crate::session::Sessions;
use crate::space;
use folkmoot_wire::limits::REFUSALS_KEPT_S;
use folkmoot_wire::link::KeyHash;
use rusqlite::{OptionalExtension, params};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval, sleep, timeout};

/// How long connections may take to part when the server ends.
const PARTING: Duration = Duration::from_secs(2);

/// How long the log may take then to write what waits and to move it into one file: what was acknowledged is on the disk already.
const CLOSING: Duration = Duration::from_millis(1_500);

/// Between two rounds of forgetting what limits no longer need.
const TIDY: Duration = Duration::from_secs(60);

/// A server that takes connections.
pub struct Running {
    /// What is listened on, with the port that was chosen.
    pub address: SocketAddr,
    /// `http://…` or `https://…`, as far as this machine can know it.
    pub url: String,
    /// The key by which clients know the server.
    pub key: KeyHash,
    ended: JoinHandle<()>,
}

impl Running {
    /// Waits until it has ended: all that was acknowledged lies in one file, and the directory is free.
    pub async fn join(self) {
        if self.ended.await.is_err() {
            tracing::error!("the server panicked");
        }
    }
}

/// Serves `config.data` until `shutdown` is ready. Takes connections when this returns.
///
/// Fails with [`Error::InUse`] if the directory is served already, and if the address cannot be listened on.
pub async fn serve(config: Config, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<Running, Error> {
    let held = DataDir::open(&config.data)?.hold()?;
    // Left by a server that was killed: an operator's command would look for it in vain.
    held.withdraw();
    let identity = Arc::new(Identity::open(held.dir())?);
    let (hub, inbox) = hub_task::channel();
    let answers = inbox.answers();
    let (log, threads) =
        Database::open_with(&held.dir().log(), config.quotas, Box::new(move |inserts| answers.appended(inserts)))?;
    log.write(misplaced::close).await?;
    log.write(space::open_missing).await?;
    log.write(|tx| people::draw_skeletons(tx.db())).await?;

    let (listener, address) = keep_port(&log, config.listen).await?;
    let host = config.public_addr.clone().unwrap_or_else(|| local_host(address));
    // Links made while no server runs name where it will be, not where it had to go for once.
    if config.listen.port() != 0 || stored(&log, "port").await? == Some(address.port().to_string()) {
        store(&log, "host", host.clone()).await?;
    }
    let tls = if config.is_loopback() { None } else { Some(identity.tls()?) };
    let url = format!("{}://{}", if tls.is_some() { "https" } else { "http" }, address);

    let connections_max = process::connections_that_fit(config.rates.connections_max);
    let rate_limits = Arc::new(RateLimits::new(Rates { connections_max, ..config.rates }));
    let accounts = Accounts::open(&config, log.clone(), Arc::clone(&identity), Arc::clone(&rate_limits), hub.clone());
    let accounts = Arc::new(accounts.await?);
    let operator = Operator { log: log.clone(), key: identity.key_hash(), host, accounts: Some(Arc::clone(&accounts)) };
    let (admin, secret, door) = open_door(operator).await?;
    let sessions = Sessions::new(Arc::clone(&accounts), Arc::clone(&rate_limits), hub.clone());
    let shared = Arc::new(Shared {
        accounts: Arc::clone(&accounts),
        rate_limits: Arc::clone(&rate_limits),
        sessions: Arc::new(sessions),
        readiness: Readiness::new(log.clone(), hub.clone()),
        log: log.clone(),
        web: Web {
            allowed_origins: config.allowed_origins.clone(),
            names: config.is_loopback().then(|| config.public_addr.iter().cloned().collect()),
        },
    });
    let (stop, stopped) = watch::channel(false);
    let hub_ended = tokio::spawn(hub_task::run(inbox, log.clone()));
    let tidy = tokio::spawn(tidy(accounts, Arc::clone(&rate_limits), log.clone()));
    let router = api::router(shared);
    let trusted_proxies = config.trusted_proxies.iter().map(|proxies| proxies.0).collect();
    let admits = Admits { connections_max, rate_limits: Arc::clone(&rate_limits), trusted_proxies };
    let accepting = tokio::spawn(listen::serve(listener, tls, router, admits, stopped));
    held.announce(&RunningServer { pid: std::process::id(), url: url.clone(), admin, secret })?;
    tracing::info!(%url, key = %identity.key_hash(), "serving");

    let parts =
        Parts { held, log, threads, hub, rate_limits, stop, hub_ended, background: vec![tidy, door], accepting };
    let ended = tokio::spawn(async move {
        shutdown.await;
        parts.end().await;
    });
    Ok(Running { address, url, key: identity.key_hash(), ended })
}

/// Everything that must end, in the order of [`Parts::end`].
struct Parts {
    held: Held,
    log: Database,
    threads: Threads,
    hub: hub_task::HubHandle,
    rate_limits: Arc<RateLimits>,
    stop: watch::Sender<bool>,
    hub_ended: JoinHandle<()>,
    background: Vec<JoinHandle<()>>,
    accepting: JoinHandle<()>,
}

impl Parts {
    async fn end(self) {
        tracing::info!("ending");
        self.stop.send_replace(true);
        if self.accepting.await.is_err() {
            tracing::error!("accepting connections panicked");
        }
        self.held.withdraw();
        self.hub.stop().await;
        let latest = Instant::now() + PARTING;
        while self.rate_limits.connections_total() > 0 && Instant::now() < latest {
            sleep(Duration::from_millis(10)).await;
        }
        for task in self.background {
            task.abort();
        }
        // What is being committed is finished; who had no answer yet sends it again and is told that it is there.
        if timeout(CLOSING, self.log.stop()).await.is_err() {
            tracing::error!("the log takes nothing more: what waits for it is given up");
        }
        self.threads.join_within(CLOSING).await;
        self.hub_ended.abort();
        tracing::info!("ended");
    }
}

async fn tidy(accounts: Arc<Accounts>, rate_limits: Arc<RateLimits>, log: Database) {
    let mut rounds = interval(TIDY);
    loop {
        rounds.tick().await;
        accounts.tidy();
        rate_limits.tidy();
        if let Err(error) = log.forget_refusals(now_ms().saturating_sub(REFUSALS_KEPT_S * 1_000)).await {
            tracing::warn!(%error, "old refusals are not deleted");
        }
    }
}

/// Listens on `asked`. For port 0: the port that was chosen first, for ever, unless somebody else has it now.
pub(crate) async fn keep_port(log: &Database, asked: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let kept = stored(log, "port").await?.and_then(|port| port.parse().ok());
    let first_choice = SocketAddr::new(asked.ip(), if asked.port() == 0 { kept.unwrap_or(0) } else { asked.port() });
    let listener = match listen::bind(first_choice) {
        Err(error) if asked.port() == 0 && first_choice.port() != 0 => {
            tracing::warn!(%error, "the port of the last time is taken: links that name it lead nowhere for now");
            listen::bind(asked)?
        }
        bound => bound?,
    };
    let address = listener.local_addr().map_err(|source| Error::Listen { address: asked, source })?;
    if kept.is_none() {
        store(log, "port", address.port().to_string()).await?;
    }
    Ok((listener, address))
}

/// Host and port for links to what listens on `address`: of an unspecified one, that by which this machine reaches
/// others.
pub fn local_host(address: SocketAddr) -> String {
    if !address.ip().is_unspecified() {
        return address.to_string();
    }
    // Connecting a datagram socket sends nothing; it only chooses a route.
    let route = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    });
    let ip = route.map_or(Ipv4Addr::LOCALHOST.into(), |route| route.ip());
    SocketAddr::new(ip, address.port()).to_string()
}

/// A value kept beside the log.
pub(crate) async fn stored(log: &Database, key: &'static str) -> Result<Option<String>, LogError> {
    log.query(move |db| {
        let found = db.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0));
        Ok(found.optional()?)
    })
    .await
}

async fn store(log: &Database, key: &'static str, value: String) -> Result<(), LogError> {
    log.write(move |tx| {
        let sql = "INSERT INTO meta(key, value) VALUES (?1, ?2) ON CONFLICT(key) DO UPDATE SET value = excluded.value";
        tx.db().execute(sql, params![key, value])?;
        Ok(())
    })
    .await
}
