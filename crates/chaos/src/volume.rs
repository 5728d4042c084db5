//! A small file system that can be filled: ext4 in a file, mounted; or none, where that is not allowed.

use anyhow::{Context, Result, bail};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// A mounted file system, unmounted when dropped.
#[derive(Debug)]
pub struct Volume {
    /// Where.
    pub path: PathBuf,
    /// Held while it is full, and by who needs room.
    pub room: Mutex<()>,
}

impl Volume {
    /// One for the server and one for clients. None, and a word about it, where they cannot be mounted.
    pub fn two(dir: &Path) -> [Option<Self>; 2] {
        [("volume-server", 2_048), ("volume-people", 192)].map(|(name, mebibytes)| {
            match Self::mount(dir, name, mebibytes) {
                Ok(volume) => Some(volume),
                Err(error) => {
                    println!("SKIPPED: full disks, for {name}: {error:#}");
                    None
                }
            }
        })
    }

    fn mount(dir: &Path, name: &str, mebibytes: u64) -> Result<Self> {
        let (image, path) = (dir.join(format!("{name}.ext4")), dir.join(name));
        std::fs::File::create(&image)?.set_len(mebibytes << 20)?;
        std::fs::create_dir_all(&path)?;
        run(Command::new("mkfs.ext4").args(["-q", "-m", "0"]).arg(&image))?;
        run(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(&path)).context("needs root")?;
        Ok(Self { path, room: Mutex::new(()) })
    }

    /// Leaves not a byte free.
    pub fn fill(&self) -> Result<()> {
        let free = Command::new("df").args(["--output=avail", "-B1"]).arg(&self.path).output()?;
        let free = String::from_utf8_lossy(&free.stdout).lines().last().unwrap_or_default().trim().to_owned();
        // It fails where the rest is too scattered for one file; the loop below takes that.
        run(Command::new("fallocate").arg("-l").arg(free).arg(self.path.join("ballast"))).ok();
        let mut rest = std::fs::File::create(self.path.join("rest"))?;
        for piece in [1 << 20, 1 << 16, 4_096, 1] {
            while rest.write_all(&vec![0; piece]).is_ok() {}
        }
        Ok(())
    }

    /// Makes room again.
    pub fn free(&self) -> Result<()> {
        for name in ["rest", "ballast"] {
            std::fs::remove_file(self.path.join(name)).or_else(|error| match error.kind() {
                std::io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            })?;
        }
        Ok(())
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        if let Err(error) = run(Command::new("umount").arg(&self.path)) {
            eprintln!("{error:#}");
        }
    }
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{:?}", command.get_program()))?;
    if !output.status.success() {
        bail!("{:?}: {}", command.get_program(), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
