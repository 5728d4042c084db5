//! The loopback socket by which a running server takes an operator's commands. One line of JSON each way.

use super::{Command, Done, Operator};
use crate::clock::random;
use crate::data_dir::{DataDir, RunningServer};
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// The longest answer: a line for each of very many people.
const ANSWER_BYTES_MAX: u64 = 64 << 20;

/// The longest command.
const LINE_BYTES_MAX: u64 = 4 << 10;

/// Connections at once: any program of this machine may open one, and each takes a file from the server.
const AT_ONCE: usize = 16;

/// Waits after the system refused a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// The longest that a line takes to come: whoever has the secret has it ready.
const ASKED_MAX: Duration = Duration::from_secs(2);

/// The longest that a command takes.
const TIME_MAX: Duration = Duration::from_secs(30);

/// A server that has just taken its directory says where it is reached within this time.
const START_MAX: Duration = Duration::from_secs(5);

#[derive(Serialize, Deserialize)]
struct Asked {
    secret: String,
    #[serde(flatten)]
    command: Command,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answered {
    Failed(String),
    #[serde(untagged)]
    Done(Done),
}

/// Opens the door on a free port. Gives its address, its secret, and the task that serves it.
pub async fn open(operator: Operator) -> Result<(SocketAddr, String, tokio::task::JoinHandle<()>), Error> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let listen = |source| Error::Listen { address: any, source };
    let listener = TcpListener::bind(any).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let secret = blake3::hash(&random::<32>()).to_hex().to_string();
    let known = secret.clone();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let task = tokio::spawn(async move {
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let Ok((stream, _)) = listener.accept().await else {
                // No more files: trying at once would be in vain.
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let (operator, secret) = (operator.clone(), known.clone());
            tokio::spawn(async move {
                let _place = place;
                match timeout(TIME_MAX, serve(stream, &operator, &secret)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::debug!(%error, "an operator's command was not heard to its end"),
                    Err(_) => tracing::debug!("an operator's command took too long"),
                }
            });
        }
    });
    Ok((address, secret, task))
}

async fn serve(mut stream: TcpStream, operator: &Operator, secret: &str) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    let mut line = String::new();
    timeout(ASKED_MAX, BufReader::new(read.take(LINE_BYTES_MAX)).read_line(&mut line)).await??;
    let Ok(asked) = serde_json::from_str::<Asked>(&line) else { return Ok(()) };
    // Compared by hash, so that how long it takes tells nothing.
    if blake3::hash(asked.secret.as_bytes()) != blake3::hash(secret.as_bytes()) {
        return Ok(());
    }
    let answer = match operator.run(asked.command).await {
        Ok(done) => Answered::Done(done),
        Err(error) => Answered::Failed(error.to_string()),
    };
    write.write_all(&line_of(&answer)).await?;
    write.shutdown().await
}

/// Asks the server that runs on `dir`.
pub async fn ask(dir: &DataDir, command: Command) -> Result<Done, Error> {
    let RunningServer { admin, secret, .. } = running(dir).await?;
    let answer = timeout(TIME_MAX, async {
        let mut stream = TcpStream::connect(admin).await?;
        stream.write_all(&line_of(&Asked { secret, command })).await?;
        let mut line = String::new();
        BufReader::new(stream.take(ANSWER_BYTES_MAX)).read_line(&mut line).await?;
        Ok(line)
    });
    let line = answer.await.unwrap_or_else(|late| Err(late.into())).map_err(Error::Unreachable)?;
    match serde_json::from_str(&line) {
        Ok(Answered::Done(done)) => Ok(done),
        Ok(Answered::Failed(why)) => Err(Error::Refused(why)),
        Err(_) => Err(Error::Refused("nothing".into())),
    }
}

async fn running(dir: &DataDir) -> Result<RunningServer, Error> {
    let found = timeout(START_MAX, async {
        loop {
            match dir.running() {
                Ok(None) => tokio::time::sleep(Duration::from_millis(50)).await,
                Ok(Some(running)) => return Ok(running),
                Err(error) => return Err(error),
            }
        }
    });
    found.await.unwrap_or_else(|late| Err(Error::Unreachable(late.into())))
}

fn line_of<T: Serialize>(value: &T) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("plain fields are always JSON");
    line.push(b'\n');
    line
}
