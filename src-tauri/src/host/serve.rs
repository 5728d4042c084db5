//! What the child process does: it is `folkmootd serve`, in the app's own binary.

use crate::args::Serve;
use anyhow::Context;
use folkmoot_server::{Config, serve};
use std::io::Write;

/// Serves until told to stop.
pub fn run(args: &Serve<'_>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(async {
        let mut config = Config::load(args.data)?;
        config.listen = args.listen.unwrap_or(config.listen);
        let running = serve(config, asked_to_stop()?).await?;
        // Whoever started us reads where we are.
        let mut out = std::io::stdout().lock();
        writeln!(out, "listening {}", running.url).and_then(|()| out.flush()).context("nobody hears us")?;
        drop(out);
        running.join().await;
        Ok(())
    })
}

#[cfg(unix)]
fn asked_to_stop() -> anyhow::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}

/// On Windows the app ends its child: there is nothing to wait for, all that was acknowledged is on the disk.
#[cfg(not(unix))]
fn asked_to_stop() -> anyhow::Result<impl Future<Output = ()> + Send> {
    Ok(std::future::pending())
}
