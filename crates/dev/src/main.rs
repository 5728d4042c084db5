//! `folkmoot-dev`: the engine's handle over a local socket, so that a browser under test drives the real engine. It never
//! is in a bundle.
//!
//! Text frames are JSON. Up: `{"id":n,"dispatch":Command}`, `{"id":n,"watch":View}`, `{"id":n,"unwatch":m}`,
//! `{"id":n,"doc_open":document}`, `{"id":n,"doc_close":document}`. Down: `{"id":n,"done":…}`, `{"id":n,"refused":…}`,
//! `{"watch":m,"update":…}`. Binary frames, both ways: the 16 bytes of a document's id, then a frame of `doc_bridge`.

mod socket;

use anyhow::{Context, bail};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_tws::{WebSocketError, WebSocketUpgrade};
use clap::Parser;
use folkmoot_client::engine::{Engine, Options};
use folkmoot_client::handle::EngineHandle;
use folkmoot_client::hosting::ChildServer;
use folkmoot_client::keys::SecretsWish;
use folkmoot_client::profile::Profile;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tower_http::services::ServeDir;
use tracing_subscriber::EnvFilter;

/// The engine's handle over a local socket.
#[derive(Parser)]
struct Cli {
    /// The profile's folder; made if it is missing.
    #[arg(long)]
    profile: PathBuf,
    /// Where to listen; loopback only.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// A folder of the built UI, to be served beside the socket.
    #[arg(long)]
    serve_ui: Option<PathBuf>,
    /// Never dial.
    #[arg(long)]
    offline: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let filter = EnvFilter::try_from_env("FOLKMOOT_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let cli = Cli::parse();
    if !cli.listen.ip().is_loopback() {
        bail!("{} is not loopback: whoever connects acts as you", cli.listen);
    }
    let server = std::env::current_exe()?.with_file_name(format!("folkmootd{}", std::env::consts::EXE_SUFFIX));
    let host = ChildServer::of(server, Vec::new(), cli.profile.join("server"));
    if let Err(why) = host.start() {
        tracing::warn!(why, "the hosted server does not start");
    }
    let options = Options {
        offline: cli.offline,
        passphrase: std::env::var("FOLKMOOT_PASSPHRASE").ok().map(Into::into),
        // Tests must not meet the keyring of whoever runs them.
        secrets: SecretsWish::File,
        host: Some(Arc::new(host)),
        ..Options::default()
    };
    let engine = Engine::open(Profile::hold(&cli.profile)?, options)?;
    let mut router = Router::new().route("/", get(enter)).with_state(engine.handle());
    if let Some(ui) = &cli.serve_ui {
        router = router.nest_service("/ui", ServeDir::new(ui));
    }
    let listener = tokio::net::TcpListener::bind(cli.listen).await.context("cannot listen")?;
    let address = listener.local_addr()?;
    println!("socket ws://{address}/");
    if cli.serve_ui.is_some() {
        println!("ui http://{address}/ui/");
    }
    let served = axum::serve(listener, router).with_graceful_shutdown(asked_to_stop()).await;
    engine.close();
    Ok(served?)
}

/// A WebSocket of a page of this computer, or of no page at all.
async fn enter(
    State(engine): State<EngineHandle>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketError>,
) -> Response {
    let foreign = headers.get(header::ORIGIN).is_some_and(|origin| !is_local(origin.to_str().unwrap_or_default()));
    if foreign {
        return StatusCode::FORBIDDEN.into_response();
    }
    match upgrade {
        Ok(upgrade) => upgrade.on_upgrade(|web_socket| socket::serve(engine, web_socket)),
        Err(no_socket) => no_socket.into_response(),
    }
}

/// Is it the origin of a page served on loopback?
fn is_local(origin: &str) -> bool {
    let Some(host) = origin.strip_prefix("http://") else { return false };
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut term) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = term.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_pages_of_this_computer_come_in() {
        for local in ["http://127.0.0.1:5173", "http://localhost:80", "http://localhost", "http://[::1]:9"] {
            assert!(is_local(local), "{local}");
        }
        for foreign in ["http://example.org", "https://localhost.example", "http://127.0.0.1.example:80", "null", ""] {
            assert!(!is_local(foreign), "{foreign}");
        }
    }
}
