//! What the child process does: it is `folkmootd serve`, in the app's own binary.

use crate::args::Serve;
use anyhow::Context;
use folkmoot_server::{Config, prepare_process, serve, shutdown_signal};
use std::io::Write;

/// Serves until told to stop.
pub fn run(args: &Serve<'_>) -> anyhow::Result<()> {
    prepare_process();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(async {
        let mut config = Config::load(args.data)?;
        config.listen = args.listen.unwrap_or(config.listen);
        let running = serve(config, shutdown_signal()?).await?;
        // Whoever started us reads where we are.
        let mut out = std::io::stdout().lock();
        writeln!(out, "listening {}", running.url).and_then(|()| out.flush()).context("nobody hears us")?;
        drop(out);
        running.join().await;
        Ok(())
    })
}
