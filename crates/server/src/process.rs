//! What a process sets up that does nothing but serve: files for its user alone, and as many sockets as it may have.

/// To be called first, before there are threads. An app that serves beside other work leaves it out.
#[cfg(unix)]
pub fn prepare() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    let mut files = getrlimit(Resource::Nofile);
    let before = files.current;
    let wanted = files.maximum.map_or(OPEN_FILES, |maximum| maximum.min(OPEN_FILES));
    if before.is_some_and(|before| before < wanted) {
        files.current = Some(wanted);
        match setrlimit(Resource::Nofile, files) {
            Ok(()) => tracing::info!(before, now = wanted, "open files"),
            Err(error) => tracing::warn!(%error, before, "the limit of open files stays"),
        }
    }
}

/// Elsewhere there is nothing to set up.
#[cfg(not(unix))]
pub fn prepare() {}

/// Enough for any number of connections that one process could serve, and no more than every system takes.
#[cfg(unix)]
const OPEN_FILES: u64 = 1 << 20;

/// How many connections fit beside the files that the server needs itself: all of `wanted`, or what the limit of open files
/// leaves.
#[cfg(unix)]
pub fn connections_that_fit(wanted: usize) -> usize {
    let Some(files) = rustix::process::getrlimit(rustix::process::Resource::Nofile).current else { return wanted };
    let fit = usize::try_from(files).unwrap_or(usize::MAX).saturating_sub(OWN_FILES).max(1);
    if fit < wanted {
        tracing::warn!(
            files,
            wanted,
            connections = fit,
            "fewer connections fit than are configured: raise the limit of open files"
        );
    }
    fit.min(wanted)
}

/// Elsewhere sockets are no files.
#[cfg(not(unix))]
pub fn connections_that_fit(wanted: usize) -> usize {
    wanted
}

/// The database and its readers, sockets that listen, what the runtime waits with, requests under way.
#[cfg(unix)]
const OWN_FILES: usize = 64 + crate::listen::REQUESTS_MAX;
