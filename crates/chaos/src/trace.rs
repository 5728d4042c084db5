//! What the recorder (`recorder.c`) wrote down: the storage calls of one process, in order.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// An inode number.
pub type Inode = u64;

/// One call that succeeded.
#[derive(Debug, Clone)]
pub struct Record {
    /// When, Unix milliseconds, by the machine's own clock.
    pub at_ms: u64,
    /// What.
    pub call: Call,
}

/// What was called.
#[derive(Debug, Clone)]
pub enum Call {
    /// A new file or folder.
    Create { folder: Inode, name: String, inode: Inode, is_folder: bool },
    /// Bytes at a place.
    Write { inode: Inode, at: u64, bytes: Vec<u8> },
    /// Cut, or made longer by zeros.
    Truncate { inode: Inode, len: u64 },
    /// `fsync` or `fdatasync`, of a file or a folder.
    Sync { inode: Inode },
    /// Another name.
    Rename { from: (Inode, String), to: (Inode, String), inode: Inode },
    /// One more name.
    Link { folder: Inode, name: String, inode: Inode },
    /// A name less.
    Unlink { folder: Inode, name: String },
    /// Something was printed.
    Said(String),
}

const MAGIC: u32 = 0xf01c_0de5;
const HEADER_BYTES: usize = 48;

/// Reads the trace at `path`; one that the process never began is empty, and a last record that it was killed in is
/// left out. Fails if it is not a trace.
pub fn read(path: &Path) -> Result<Vec<Record>> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.context("cannot read the trace")?,
    };
    let mut records = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((header, body)) = rest.split_at_checked(HEADER_BYTES) {
        let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let long = |at: usize| u64::from(word(at)) | u64::from(word(at + 4)) << 32;
        if word(0) != MAGIC {
            bail!("no record at byte {} of {}", bytes.len() - rest.len(), path.display());
        }
        let (first, second) = (word(40) as usize, word(44) as usize);
        let Some((parts, after)) = body.split_at_checked(first + second) else { break };
        let (first, second) = parts.split_at(first);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (a, b, c) = (long(16), long(24), long(32));
        let call = match word(4) {
            1 => Call::Create { folder: a, name: text(first), inode: b, is_folder: c == 1 },
            2 => Call::Write { inode: a, at: b, bytes: first.to_vec() },
            3 => Call::Truncate { inode: a, len: b },
            4 => Call::Sync { inode: a },
            5 => Call::Rename { from: (a, text(first)), to: (b, text(second)), inode: c },
            6 => Call::Link { folder: a, name: text(first), inode: b },
            7 => Call::Unlink { folder: a, name: text(first) },
            8 => Call::Said(text(first)),
            other => bail!("unknown record {other} in {}", path.display()),
        };
        records.push(Record { at_ms: long(8), call });
        rest = after;
    }
    Ok(records)
}

/// Compiles the recorder into `folder`. Fails without a C compiler.
pub fn recorder(folder: &Path) -> Result<PathBuf> {
    let (source, library) = (folder.join("recorder.c"), folder.join("recorder.so"));
    std::fs::write(&source, include_str!("recorder.c"))?;
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    let mut command = Command::new(&compiler);
    command.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(&source).arg("-lpthread");
    let status = command.status().with_context(|| format!("power cuts need a C compiler, and {compiler} is none"))?;
    if !status.success() {
        bail!("the recorder does not compile");
    }
    Ok(library)
}
