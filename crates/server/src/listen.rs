//! Sockets: a deep queue of connections that arrive at once, TLS where others can listen, and HTTP/1 on top.

mod client;

use crate::error::Error;
use crate::progress::Counted;
use crate::rate_limits::RateLimits;
use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Connections that the system keeps until they are accepted: a whole team that comes back at once.
const BACKLOG: u32 = 8_192;

/// Bytes that the system takes of what a connection is sent before its client has them. It would take up to 4 MB of who
/// reads slowly, for each of thousands, and say only after a third of them that it takes more. At 100 ms to a client this is
/// still some megabytes a second.
const SEND_BUFFER_BYTES: u32 = 256 << 10;

/// The time for a TLS handshake, and for the head of a request.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Connections beside those of `/sync`: requests under way.
pub const REQUESTS_MAX: usize = 1_024;

/// Bytes of a request's head that are buffered.
const HEAD_BYTES: usize = 16 << 10;

/// Waits after the system refused a connection: it has no more files, and trying at once would be in vain.
const PAUSE: Duration = Duration::from_millis(100);

/// The address that limits count for a request, as an extension of it: see [`client`].
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Who may connect, and who is believed.
#[derive(Clone)]
pub struct Admits {
    /// How many at once.
    pub connections_max: usize,
    /// How many of one address, among other limits.
    pub rate_limits: Arc<RateLimits>,
    /// Who says for whom they ask.
    pub trusted_proxies: Arc<[IpNet]>,
}

/// Listens on `address`.
pub fn bind(address: SocketAddr) -> Result<TcpListener, Error> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let listener = socket.and_then(|socket| {
        // A server that comes back finds its port held by connections of the one before. On Windows the same option
        // would let another program take the port over.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        // Connections that are accepted have it too.
        socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    });
    listener.map_err(|source| Error::Listen { address, source })
}

/// Accepts and serves until `stopped` says true.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<rustls::ServerConfig>>,
    router: Router,
    admits: Admits,
    mut stopped: watch::Receiver<bool>,
) {
    let tls = tls.map(TlsAcceptor::from);
    let places =
        Arc::new(Semaphore::new(admits.connections_max.saturating_add(REQUESTS_MAX).min(Semaphore::MAX_PERMITS)));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.wait_for(|stopped| *stopped) => return,
        };
        let (stream, from) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let from = from.ip();
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        // A proxy's are those of its clients, who are counted by what they say in their requests.
        let counted = match client::is_trusted(from, &admits.trusted_proxies) {
            true => None,
            false => match admits.rate_limits.socket(client::network_of(from)) {
                None => continue,
                counted => counted,
            },
        };
        let (tls, router, trusted) = (tls.clone(), router.clone(), Arc::clone(&admits.trusted_proxies));
        tokio::spawn(async move {
            connection(stream, Via { from, trusted }, tls, router).await;
            drop((place, counted));
        });
    }
}

/// The other end of a socket, and whom to believe there.
struct Via {
    from: IpAddr,
    trusted: Arc<[IpNet]>,
}

async fn connection(stream: TcpStream, via: Via, tls: Option<TlsAcceptor>, router: Router) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    match tls {
        None => http(stream, via, router).await,
        // Apart, since it is ten times as large: every connection without TLS would hold and move as much.
        Some(tls) => Box::pin(https(stream, via, tls, router)).await,
    }
}

async fn https(stream: TcpStream, via: Via, tls: TlsAcceptor, router: Router) {
    match timeout(HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => http(stream, via, router).await,
        Ok(Err(error)) => tracing::debug!(%error, "no TLS"),
        Err(_) => tracing::debug!("TLS took too long"),
    }
}

async fn http(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, via: Via, router: Router) {
    let stream = Counted::new(stream);
    let progress = stream.progress();
    let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        let peer = Peer(client::client_of(via.from, request.headers(), &via.trusted));
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(progress.clone());
        router.clone().oneshot(request)
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}
