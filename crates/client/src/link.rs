//! The connection to the server: one WebSocket, dialled when the replica asks, read and written by tasks of its own.
//!
//! It decides nothing: what it meets it tells the engine, with the number of the dial, so that what a link that was
//! given up says late is dropped. There is one at a time.

use crate::pin::{PinnedTls, Server};
use folkmoot_wire::codec::Unreadable;
use folkmoot_wire::frame::{ByeCode, ClientFrame, ServerFrame};
use folkmoot_wire::limits::{FRAME_BYTES_MAX, SEND_QUEUE_FRAMES, UNWRITABLE_MS};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use rustls::pki_types::ServerName;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

/// How long a dial may take, name, TLS and upgrade included. Longer waits are a network that drops packets.
const DIAL_MAX: Duration = Duration::from_secs(10);

/// How long a write may wait for the network.
const WRITE_MAX: Duration = Duration::from_millis(UNWRITABLE_MS);

/// Bytes of a socket's buffers: most frames are smaller, and there is one socket per account.
const BUFFER_BYTES: usize = 16 << 10;

/// What a link tells.
#[derive(Debug)]
pub enum LinkEvent {
    /// It is open.
    Opened,
    /// A frame arrived.
    Frame(ServerFrame),
    /// It is gone or could not be opened. The last that is said.
    Lost {
        /// The server's reason, if it gave one.
        code: Option<ByeCode>,
        /// Another server than the expected one answered.
        wrong_server: bool,
    },
}

/// A link, from its dial on. Dropped, it is closed.
#[derive(Debug)]
pub struct Link {
    /// The number of the dial.
    pub epoch: u64,
    frames: mpsc::Sender<ClientFrame>,
    reading: AbortHandle,
}

/// More frames wait to be written than a live link would ever leave: it is to be given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the link does not take any more")]
pub struct Stuck;

impl Link {
    /// Dials. `hear` is told from a task on `io` what happens; it may wait, and then nothing more is read.
    pub fn dial<H, F>(io: &Handle, server: Server, epoch: u64, mut hear: H) -> Self
    where
        H: FnMut(u64, LinkEvent) -> F + Send + 'static,
        F: Future<Output = ()> + Send,
    {
        let (frames, queued) = mpsc::channel(SEND_QUEUE_FRAMES);
        let reading = io.spawn(async move {
            let lost = match tokio::time::timeout(DIAL_MAX, connect(&server)).await {
                Ok(Ok(Connected::Plain(socket))) => converse(*socket, queued, epoch, &mut hear).await,
                Ok(Ok(Connected::Tls(socket))) => converse(*socket, queued, epoch, &mut hear).await,
                Ok(Err(lost)) => lost,
                Err(_) => Lost::default(),
            };
            hear(epoch, LinkEvent::Lost { code: lost.code, wrong_server: lost.wrong_server }).await;
        });
        Self { epoch, frames, reading: reading.abort_handle() }
    }

    /// Sends a frame, in order. Fails with [`Stuck`]; a link that is gone has said so, or will.
    pub fn send(&self, frame: ClientFrame) -> Result<(), Stuck> {
        match self.frames.try_send(frame) {
            Err(mpsc::error::TrySendError::Full(_)) => Err(Stuck),
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // The writer ends by itself, once it has written what was given to it and said goodbye.
        self.reading.abort();
    }
}

#[derive(Debug, Default)]
struct Lost {
    code: Option<ByeCode>,
    wrong_server: bool,
}

impl From<Error> for Lost {
    fn from(error: Error) -> Self {
        tracing::debug!(%error, "the link failed");
        Self::default()
    }
}

impl From<std::io::Error> for Lost {
    fn from(error: std::io::Error) -> Self {
        tracing::debug!(%error, "the dial failed");
        Self::default()
    }
}

type Tls = tokio_rustls::client::TlsStream<TcpStream>;

enum Connected {
    Plain(Box<WebSocketStream<TcpStream>>),
    Tls(Box<WebSocketStream<Tls>>),
}

async fn connect(server: &Server) -> Result<Connected, Lost> {
    let (name, port) = server.name_and_port();
    let mut tcp = TcpStream::connect((name.as_str(), port)).await?;
    tcp.set_nodelay(true)?;
    if server.is_loopback() {
        if let Ok(socket) = upgrade(server, tcp).await {
            return Ok(Connected::Plain(Box::new(socket)));
        }
        // A server of this computer that is open to the network speaks TLS to all.
        tcp = TcpStream::connect((name.as_str(), port)).await?;
        tcp.set_nodelay(true)?;
    }
    let tls = PinnedTls::to(server).map_err(|error| {
        tracing::error!(%error, "no TLS");
        Lost::default()
    })?;
    let name = ServerName::try_from(name).map_err(|_| Lost::default())?;
    let connector = tokio_rustls::TlsConnector::from(tls.config.clone());
    let stream = connector.connect(name, tcp).await.map_err(|error| {
        tracing::debug!(%error, "the TLS handshake failed");
        Lost { code: None, wrong_server: tls.met_another() }
    })?;
    Ok(Connected::Tls(Box::new(upgrade(server, stream).await?)))
}

async fn upgrade<S>(server: &Server, stream: S) -> Result<WebSocketStream<S>, Lost>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_message_size(Some(FRAME_BYTES_MAX))
        .max_frame_size(Some(FRAME_BYTES_MAX));
    let (socket, _response) =
        tokio_tungstenite::client_async_with_config(server.socket(), stream, Some(config)).await?;
    Ok(socket)
}

/// Reads until the link ends. The writer is a task of its own, so that neither side waits for the other.
async fn converse<S, H, F>(
    socket: WebSocketStream<S>,
    queued: mpsc::Receiver<ClientFrame>,
    epoch: u64,
    hear: &mut H,
) -> Lost
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    H: FnMut(u64, LinkEvent) -> F + Send,
    F: Future<Output = ()> + Send,
{
    let (sink, mut stream) = socket.split();
    let mut writing = tokio::spawn(write(sink, queued));
    hear(epoch, LinkEvent::Opened).await;
    let lost = tokio::select! {
        lost = read(&mut stream, epoch, hear) => lost,
        _ = &mut writing => Lost::default(),
    };
    writing.abort();
    lost
}

async fn read<S, H, F>(stream: &mut SplitStream<WebSocketStream<S>>, epoch: u64, hear: &mut H) -> Lost
where
    S: AsyncRead + AsyncWrite + Unpin,
    H: FnMut(u64, LinkEvent) -> F,
    F: Future<Output = ()>,
{
    while let Some(message) = stream.next().await {
        let bytes = match message {
            Ok(Message::Binary(bytes)) => bytes,
            Ok(Message::Close(frame)) => {
                let code = frame.and_then(|frame| ByeCode::of_close_code(frame.code.into()));
                return Lost { code, wrong_server: false };
            }
            // Pings of the WebSocket itself are answered below us; text is nothing that a server of ours sends.
            Ok(_) => continue,
            Err(error) => return error.into(),
        };
        match ServerFrame::read(&bytes) {
            Ok(frame) => hear(epoch, LinkEvent::Frame(frame)).await,
            Err(Unreadable::UnknownType(_)) => {}
            Err(error) => {
                tracing::warn!(%error, "the server sent what cannot be read");
                return Lost::default();
            }
        }
    }
    Lost::default()
}

/// Writes what is queued, as much at once as waits. Ends when the link is dropped, after a goodbye.
async fn write<S>(mut sink: SplitSink<WebSocketStream<S>, Message>, mut queued: mpsc::Receiver<ClientFrame>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(frame) = queued.recv().await {
        let mut written = sink.feed(Message::Binary(frame.bytes())).await;
        while let (true, Ok(frame)) = (written.is_ok(), queued.try_recv()) {
            written = sink.feed(Message::Binary(frame.bytes())).await;
        }
        if let Err(error) = written {
            tracing::debug!(%error, "the link cannot be written");
            return;
        }
        match tokio::time::timeout(WRITE_MAX, sink.flush()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return tracing::debug!(%error, "the link cannot be written"),
            Err(_) => return tracing::debug!("the link is not read by the server"),
        }
    }
    match tokio::time::timeout(WRITE_MAX, sink.close()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "no goodbye"),
        Err(_) => tracing::debug!("the goodbye is not read by the server"),
    }
}
