//! A bare relay: what comes from one connection goes to all others, without a look at it, a document, an account or a
//! disk. The floor of what a server over WebSockets can cost here.

use anyhow::Result;
use bytes::Bytes;
use folkmoot_wire::y_websocket::{NOTHING, Said, step_2};
use futures_util::{SinkExt, StreamExt};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

const READ_BYTES: usize = 4 << 10;
const BACKLOG: u32 = 8_192;
const BATCH: usize = 1_024;

/// Everybody, whatever address they asked for: there is one document at a time.
type All = Arc<Mutex<BTreeMap<SocketAddr, mpsc::UnboundedSender<Bytes>>>>;

/// Relays on this port until it is killed.
pub async fn run(port: u16) -> Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    let listener = socket.listen(BACKLOG)?;
    let all = All::default();
    loop {
        let (stream, from) = listener.accept().await?;
        tokio::spawn(serve(stream, from, Arc::clone(&all)));
    }
}

async fn serve(stream: TcpStream, from: SocketAddr, all: All) -> Result<()> {
    stream.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(READ_BYTES);
    let socket = tokio_tungstenite::accept_async_with_config(stream, Some(config)).await?;
    let (mut sink, mut stream) = socket.split();
    let (to, mut waits) = mpsc::unbounded_channel();
    // Who comes is told at once that nothing is there, so that they begin.
    to.send(step_2(&NOTHING))?;
    all.lock().unwrap_or_else(PoisonError::into_inner).insert(from, to);
    let writing = async {
        let mut batch = Vec::new();
        while waits.recv_many(&mut batch, BATCH).await > 0 {
            for message in batch.drain(..) {
                sink.feed(Message::Binary(message)).await?;
            }
            sink.flush().await?;
        }
        Ok::<(), anyhow::Error>(())
    };
    let reading = async {
        while let Some(Ok(message)) = stream.next().await {
            let Message::Binary(message) = message else { continue };
            if matches!(Said::read(&message), Ok(Said::Update(_))) {
                let all = all.lock().unwrap_or_else(PoisonError::into_inner);
                all.iter().filter(|(other, _)| **other != from).for_each(|(_, to)| drop(to.send(message.clone())));
            }
        }
    };
    tokio::select! {
        _ = writing => {}
        () = reading => {}
    }
    all.lock().unwrap_or_else(PoisonError::into_inner).remove(&from);
    Ok(())
}
