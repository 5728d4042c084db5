//! How messages cross a connection: by WebSocket, by Socket.IO over one, by what Redis and NATS speak, or by `matrix`. What
//! the messages say is `dialect`.
//!
//! Sources: Engine.IO protocol 4 and Socket.IO protocol 5 (a binary event is a packet of type 5 in an Engine.IO message,
//! `4`, its attachment the WebSocket frame after it); RESP3, with which one connection may both subscribe and publish;
//! "Client Protocol", docs.nats.io.

use super::matrix::{Polls, Puts};
use anyhow::{Context, Result, bail, ensure};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use std::ops::Range;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{ClientRequestBuilder, Message};

/// As the shipped server reads: the library's own 128 KiB would be most of what 1,000 connections weigh here.
const READ_BYTES: usize = 4 << 10;

/// What waits to be written is written at the latest when it is so much, as the WebSocket library does by itself.
const WRITE_BYTES: usize = 128 << 10;

/// The event of Socket.IO that has an update attached: Engine.IO's message, Socket.IO's binary event, one attachment.
const EVENT: &str = r#"451-["update",{"_placeholder":true,"num":0}]"#;

/// How a server is reached, and where in it.
#[derive(Debug, Clone)]
pub enum Wire {
    /// By a WebSocket at this path.
    WebSocket(String),
    /// By a WebSocket at this path, its messages XMPP as RFC 7395 has it.
    Xmpp(String),
    /// By Socket.IO, in this room.
    SocketIo(String),
    /// By Redis' pub/sub, in this channel.
    Redis(String),
    /// By NATS, in this subject; one's own are not sent back.
    Nats(String),
}

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// Whoever publishes from now on is heard.
    Open,
    /// A message.
    Message(Bytes),
    /// It asks whether anybody is there: to be answered by [`Said::Pong`].
    Ping,
}

/// What goes out.
#[derive(Debug)]
pub enum Said {
    /// A message.
    Message(Bytes),
    /// The answer to a ping.
    Pong,
}

/// What stands for a message in a WebSocket.
#[derive(Debug, Clone, Copy)]
pub enum Frame {
    /// Bytes.
    Binary,
    /// Text.
    Text,
    /// Bytes that are attached to the event before them.
    Attached,
}

type Socket = WebSocketStream<TcpStream>;

/// One direction of a connection.
pub enum Reader {
    /// Messages are binary frames, Socket.IO's own words text.
    WebSocket(SplitStream<Socket>),
    /// Messages stand in a stream, in which this reads the next.
    Stream { half: OwnedReadHalf, buffer: BytesMut, read: fn(&mut BytesMut) -> Result<Option<Heard>> },
    /// Messages are asked for.
    Polls(Polls),
}

/// The other.
pub enum Writer {
    /// A message is a frame.
    WebSocket { sink: SplitSink<Socket, Message>, frame: Frame },
    /// Before a message stands this and its length.
    Stream { half: OwnedWriteHalf, before: String, waits: BytesMut },
    /// A message is a request.
    Puts(Puts),
}

impl Wire {
    /// Connects; who returns from here is heard, and hears, unless the dialect asks for more.
    pub async fn connect(&self, host: &str) -> Result<(Reader, Writer)> {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        let (mut reader, writer) = match self {
            Self::WebSocket(path) => return web_socket(stream, host, path, Frame::Binary).await,
            Self::Xmpp(path) => return web_socket(stream, host, path, Frame::Text).await,
            Self::SocketIo(room) => {
                let path = format!("/socket.io/?EIO=4&transport=websocket&room={room}");
                let (reader, mut writer) = web_socket(stream, host, &path, Frame::Attached).await?;
                if let Writer::WebSocket { sink, .. } = &mut writer {
                    sink.send(Message::text("40")).await?;
                }
                (reader, writer)
            }
            Self::Redis(channel) => {
                let hello = format!("HELLO 3\r\nSUBSCRIBE {channel}\r\n");
                let before = format!("*3\r\n$7\r\nPUBLISH\r\n${}\r\n{channel}\r\n$", channel.len());
                streamed(stream, &hello, before, redis).await?
            }
            Self::Nats(subject) => {
                let hello = format!("CONNECT {{\"verbose\":false,\"echo\":false}}\r\nSUB {subject} 1\r\nPING\r\n");
                streamed(stream, &hello, format!("PUB {subject} "), nats).await?
            }
        };
        while reader.next().await? != Heard::Open {}
        Ok((reader, writer))
    }
}

async fn web_socket(stream: TcpStream, host: &str, path: &str, frame: Frame) -> Result<(Reader, Writer)> {
    let config = WebSocketConfig::default().read_buffer_size(READ_BYTES);
    let mut request = ClientRequestBuilder::new(format!("ws://{host}{path}").parse()?);
    if let Frame::Text = frame {
        request = request.with_sub_protocol("xmpp");
    }
    let opened = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await;
    Ok(split(opened.context("no WebSocket")?.0, frame))
}

/// Both directions of a WebSocket that stands.
pub fn split(socket: Socket, frame: Frame) -> (Reader, Writer) {
    let (sink, stream) = socket.split();
    (Reader::WebSocket(stream), Writer::WebSocket { sink, frame })
}

async fn streamed(
    stream: TcpStream,
    hello: &str,
    before: String,
    read: fn(&mut BytesMut) -> Result<Option<Heard>>,
) -> Result<(Reader, Writer)> {
    let (from, mut half) = stream.into_split();
    half.write_all(hello.as_bytes()).await?;
    let reader = Reader::Stream { half: from, buffer: BytesMut::with_capacity(READ_BYTES), read };
    Ok((reader, Writer::Stream { half, before, waits: BytesMut::new() }))
}

impl Reader {
    /// What comes next. Fails when the connection ends. Nothing is lost if it is not waited for.
    pub async fn next(&mut self) -> Result<Heard> {
        match self {
            Self::WebSocket(stream) => loop {
                match stream.next().await.context("the server hung up")?? {
                    Message::Binary(message) => return Ok(Heard::Message(message)),
                    Message::Text(text) if text == "2" => return Ok(Heard::Ping),
                    Message::Text(text) if text.starts_with("40") => return Ok(Heard::Open),
                    Message::Text(text) if text.starts_with('<') => return Ok(Heard::Message(text.into())),
                    Message::Close(why) => bail!("the server closed: {why:?}"),
                    _ => {}
                }
            },
            Self::Stream { half, buffer, read } => loop {
                if let Some(heard) = read(buffer)? {
                    return Ok(heard);
                }
                buffer.reserve(READ_BYTES);
                ensure!(half.read_buf(buffer).await? > 0, "the server hung up");
            },
            Self::Polls(polls) => Ok(Heard::Message(polls.next().await?)),
        }
    }
}

impl Writer {
    /// Writes it now, or with the next flush.
    pub async fn feed(&mut self, said: Said) -> Result<()> {
        match (self, said) {
            (Self::WebSocket { sink, frame: Frame::Text }, Said::Message(message)) => {
                sink.feed(Message::Text(message.try_into()?)).await?;
            }
            (Self::WebSocket { sink, frame }, Said::Message(message)) => {
                if let Frame::Attached = frame {
                    sink.feed(Message::text(EVENT)).await?;
                }
                sink.feed(Message::Binary(message)).await?;
            }
            (Self::WebSocket { sink, .. }, Said::Pong) => sink.feed(Message::text("3")).await?,
            (Self::Stream { half, before, waits }, Said::Message(message)) => {
                if waits.len() >= WRITE_BYTES {
                    half.write_all_buf(waits).await?;
                }
                waits.put_slice(before.as_bytes());
                waits.put_slice(message.len().to_string().as_bytes());
                waits.put_slice(b"\r\n");
                waits.put_slice(&message);
                waits.put_slice(b"\r\n");
            }
            (Self::Stream { waits, .. }, Said::Pong) => waits.put_slice(b"PONG\r\n"),
            (Self::Puts(puts), Said::Message(message)) => puts.feed(message),
            (Self::Puts(_), Said::Pong) => {}
        }
        Ok(())
    }

    /// Writes what waits.
    pub async fn flush(&mut self) -> Result<()> {
        match self {
            Self::WebSocket { sink, .. } => Ok(sink.flush().await?),
            Self::Stream { half, waits, .. } => Ok(half.write_all_buf(waits).await?),
            Self::Puts(puts) => puts.flush().await,
        }
    }
}

/// Reads RESP3. Of all that may come, a message, or that the subscription stands.
fn redis(buffer: &mut BytesMut) -> Result<Option<Heard>> {
    loop {
        let Some((end, blobs)) = value(buffer) else { return Ok(None) };
        let value = buffer.split_to(end).freeze();
        ensure!(value[0] != b'-', "refused: {}", String::from_utf8_lossy(&value));
        match &value[blobs[0].clone()] {
            b"message" if value[0] == b'>' => return Ok(Some(Heard::Message(value.slice(blobs[2].clone())))),
            b"subscribe" if value[0] == b'>' => return Ok(Some(Heard::Open)),
            _ => {}
        }
    }
}

/// Where the first value ends, if it is whole, and where the first three texts in it are.
fn value(bytes: &[u8]) -> Option<(usize, [Range<usize>; 3])> {
    let (mut at, mut left, mut blobs, mut found) = (0, 1, [0..0, 0..0, 0..0], 0);
    while left > 0 {
        let kind = *bytes.get(at)?;
        let line = bytes.get(at + 1..)?;
        let length = line.iter().position(|byte| *byte == b'\r')?;
        let number =
            || line[..length].iter().fold(0, |number, digit| number * 10 + usize::from(digit.wrapping_sub(b'0')));
        at += 1 + length + 2;
        left -= 1;
        match kind {
            b'$' => {
                let end = at + number();
                if let Some(blob) = blobs.get_mut(found) {
                    *blob = at..end;
                }
                (at, found) = (end + 2, found + 1);
            }
            b'*' | b'>' => left += number(),
            b'%' => left += 2 * number(),
            _ => {}
        }
    }
    (at <= bytes.len()).then_some((at, blobs))
}

/// Reads what NATS says.
fn nats(buffer: &mut BytesMut) -> Result<Option<Heard>> {
    loop {
        let Some(length) = buffer.iter().position(|byte| *byte == b'\n') else { return Ok(None) };
        let line = &buffer[..length];
        if line.starts_with(b"MSG ") {
            let digits = line.trim_ascii_end().rsplit(|byte| *byte == b' ').next().unwrap_or_default();
            let bytes: usize = std::str::from_utf8(digits)?.parse()?;
            if buffer.len() < length + 1 + bytes + 2 {
                return Ok(None);
            }
            let whole = buffer.split_to(length + 1 + bytes + 2).freeze();
            return Ok(Some(Heard::Message(whole.slice(length + 1..length + 1 + bytes))));
        }
        let heard = match line {
            b"PING\r" => Some(Heard::Ping),
            b"PONG\r" => Some(Heard::Open),
            _ if line.starts_with(b"-ERR") => bail!("refused: {}", String::from_utf8_lossy(line)),
            _ => None,
        };
        drop(buffer.split_to(length + 1));
        if heard.is_some() {
            return Ok(heard);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a byte more at a time.
    fn all(read: fn(&mut BytesMut) -> Result<Option<Heard>>, told: &[u8]) -> Vec<Heard> {
        let (mut buffer, mut heard) = (BytesMut::new(), Vec::new());
        for byte in told {
            buffer.put_u8(*byte);
            heard.extend(read(&mut buffer).unwrap());
        }
        assert!(buffer.is_empty());
        heard
    }

    #[test]
    fn redis_is_read_however_it_is_cut() {
        let told =
            b"%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nmodules\r\n*0\r\n>3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n\
            :2\r\n>3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$4\r\na\r\nb\r\n";
        assert_eq!(all(redis, told), [Heard::Open, Heard::Message(Bytes::from_static(b"a\r\nb"))]);
        assert!(redis(&mut BytesMut::from(&b"-ERR no\r\n"[..])).is_err());
    }

    #[test]
    fn nats_is_read_however_it_is_cut() {
        let told = b"INFO {}\r\nPONG\r\nMSG d.1 1 4\r\na\r\nb\r\nPING\r\n+OK\r\n";
        assert_eq!(all(nats, told), [Heard::Open, Heard::Message(Bytes::from_static(b"a\r\nb")), Heard::Ping]);
        assert!(nats(&mut BytesMut::from(&b"-ERR 'no'\r\n"[..])).is_err());
    }
}
