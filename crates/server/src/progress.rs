//! Whether a connection takes what it is sent, and what it has sent itself: a slow reader and one that does not read at all wait
//! alike, and only the bytes that the socket takes tell them apart.

use folkmoot_wire::limits::UNWRITABLE_MS;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::timeout;

/// A writer that made no progress over so many looks is stuck.
const LOOKS: u32 = 3;

/// Bytes that a connection's socket has taken and given, as an extension of its requests.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Bytes>);

#[derive(Debug)]
struct Bytes {
    written: AtomicU64,
    read: AtomicU64,
    read_max: AtomicU64,
}

impl Default for Bytes {
    fn default() -> Self {
        Self { written: AtomicU64::new(0), read: AtomicU64::new(0), read_max: AtomicU64::new(u64::MAX) }
    }
}

/// A stream of which the bytes that are written and read are counted.
pub struct Counted<S> {
    stream: S,
    progress: Progress,
}

impl Progress {
    /// Waits for `writing`, as long as the socket takes something now and then; `None` once it has not for
    /// [`UNWRITABLE_MS`]. While it does, `alive` is told so.
    pub async fn unless_stuck<T, F: Future<Output = ()>>(
        &self,
        writing: impl Future<Output = T>,
        alive: impl Fn() -> F,
    ) -> Option<T> {
        self.unless_stuck_for(Duration::from_millis(UNWRITABLE_MS), writing, alive).await
    }

    async fn unless_stuck_for<T, F: Future<Output = ()>>(
        &self,
        patience: Duration,
        writing: impl Future<Output = T>,
        alive: impl Fn() -> F,
    ) -> Option<T> {
        let mut writing = pin!(writing);
        let (mut before, mut idle) = (self.written(), 0);
        while idle < LOOKS {
            if let Ok(written) = timeout(patience / LOOKS, &mut writing).await {
                return Some(written);
            }
            let now = self.written();
            idle = if now == before { idle + 1 } else { 0 };
            if idle == 0 {
                alive().await;
            }
            before = now;
        }
        None
    }

    /// Bytes that were read so far, those of TLS included.
    pub fn read(&self) -> u64 {
        self.0.read.load(Ordering::Relaxed)
    }

    /// From now on at most so many more bytes are read; then reading fails. `None`: as many as come.
    pub fn read_at_most(&self, more: Option<u64>) {
        let max = more.map_or(u64::MAX, |more| self.read() + more);
        self.0.read_max.store(max, Ordering::Relaxed);
    }

    fn written(&self) -> u64 {
        self.0.written.load(Ordering::Relaxed)
    }
}

impl<S> Counted<S> {
    /// Around a stream of which nothing is written or read yet.
    pub fn new(stream: S) -> Self {
        Self { stream, progress: Progress::default() }
    }

    /// What it counts.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    fn count(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = written {
            self.progress.0.written.fetch_add(bytes as u64, Ordering::Relaxed);
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.progress.read() > self.progress.0.read_max.load(Ordering::Relaxed) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "more than may be sent so far")));
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        let bytes = buf.filled().len() - before;
        self.progress.0.read.fetch_add(bytes as u64, Ordering::Relaxed);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.count(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.count(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    const PATIENCE: Duration = Duration::from_millis(300);

    /// Writes twenty bytes through a pipe of which one is read every so often, or none.
    async fn writes(every: Option<Duration>) -> Option<()> {
        let (near, mut far) = duplex(1);
        let mut near = Counted::new(near);
        let progress = near.progress();
        let reading = tokio::spawn(async move {
            let Some(every) = every else { return std::future::pending().await };
            loop {
                tokio::time::sleep(every).await;
                if far.read_u8().await.is_err() {
                    return;
                }
            }
        });
        let writing = async { near.write_all(&[0; 20]).await.unwrap() };
        let written = progress.unless_stuck_for(PATIENCE, writing, || async {}).await;
        reading.abort();
        written
    }

    // One thread: between two looks the reader has its turn, however busy the machine is.
    #[tokio::test]
    async fn who_reads_slowly_is_waited_for_and_who_does_not_read_is_not() {
        assert_eq!(writes(Some(PATIENCE / 10)).await, Some(()));
        assert_eq!(writes(None).await, None);
    }
}
