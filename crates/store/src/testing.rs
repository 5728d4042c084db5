//! A disk that is not there: it loses what was not synced, tears what was half written, and runs out of room.
//!
//! Deterministic: the same calls and the same seeds, the same outcome. It does not reorder syncs or lie about them.

use crate::disk::{Disk, File};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that real disks write as one.
const SECTOR_BYTES: usize = 512;

/// Clones share the disk. Handles opened before a power cut fail after it; what is dropped without a cut is a `kill -9`.
#[derive(Debug, Clone, Default)]
pub struct SimDisk {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    files: Vec<Content>,
    names: BTreeMap<PathBuf, usize>,
    synced_names: BTreeMap<PathBuf, usize>,
    /// Changes of names since, oldest first.
    unsynced_names: Vec<Renaming>,
    boots: u64,
    off: bool,
    steps_left: Option<u32>,
    room: Option<u64>,
    sync_fails: bool,
    folder_sync_fails: bool,
    truncate_fails: bool,
}

/// Names that change in one step, each with the file that it gets, or none.
type Renaming = Vec<(PathBuf, Option<usize>)>;

#[derive(Debug, Default, Clone)]
struct Content {
    now: Vec<u8>,
    synced: Vec<u8>,
}

impl SimDisk {
    /// An empty disk without bound.
    pub fn new() -> Self {
        Self::default()
    }

    /// Turns the power off after `steps` more writes, syncs, truncations and changes of names: the one after them takes
    /// effect in part, and all fail until [`SimDisk::restart`].
    pub fn cut_power_after(&self, steps: u32) {
        self.shared().steps_left = Some(steps);
    }

    /// Turns the power off if it is on, and on again. What was synced is there. Of the rest, `seed` decides per file: all,
    /// none, a part torn at any byte, the right length but zeros at the end, or some sectors only; of the changed names,
    /// how many of the oldest.
    pub fn restart(&self, seed: u64) {
        let shared = &mut *self.shared();
        let mut dice = Dice(seed);
        for file in &mut shared.files {
            file.lose(&mut dice);
        }
        let kept = dice.below(shared.unsynced_names.len() + 1);
        for (name, file) in shared.unsynced_names.drain(..).take(kept).flatten() {
            set(&mut shared.synced_names, name, file);
        }
        shared.names.clone_from(&shared.synced_names);
        shared.power_on();
    }

    /// A power cut after which exactly the first `bytes` of this file are there; nothing else is lost. Panics if there is
    /// no such file.
    pub fn tear(&self, path: &Path, bytes: usize) {
        let mut shared = self.shared();
        let file = shared.names[path];
        shared.files[file].now.truncate(bytes);
        shared.files[file].synced = shared.files[file].now.clone();
        shared.power_on();
    }

    /// Bounds what may still be written, in bytes; None lifts the bound. What does not fit is written in part.
    pub fn set_room(&self, bytes: Option<u64>) {
        self.shared().room = bytes;
    }

    /// Whether syncs of files fail from now on.
    pub fn set_sync_fails(&self, fails: bool) {
        self.shared().sync_fails = fails;
    }

    /// Whether syncs of folders fail from now on.
    pub fn set_folder_sync_fails(&self, fails: bool) {
        self.shared().folder_sync_fails = fails;
    }

    /// Whether truncations fail from now on.
    pub fn set_truncate_fails(&self, fails: bool) {
        self.shared().truncate_fails = fails;
    }

    /// Replaces a file as if it had always been so: for damage done by others. Makes it if there is none.
    pub fn replace(&self, path: &Path, bytes: Vec<u8>) {
        let mut shared = self.shared();
        let file = shared.files.len();
        shared.files.push(Content { now: bytes.clone(), synced: bytes });
        shared.names.insert(path.to_owned(), file);
        shared.synced_names.insert(path.to_owned(), file);
    }

    /// Names on the disk, in order.
    pub fn names(&self) -> Vec<PathBuf> {
        self.shared().names.keys().cloned().collect()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn power_on(&mut self) {
        self.boots += 1;
        self.off = false;
        self.steps_left = None;
    }

    fn powered(&self) -> io::Result<()> {
        if self.off { Err(io::Error::other("the power is off")) } else { Ok(()) }
    }

    /// Counts one step; whether it is the one during which the power goes.
    fn step(&mut self) -> io::Result<bool> {
        self.powered()?;
        match &mut self.steps_left {
            Some(0) => self.off = true,
            Some(steps) => *steps -= 1,
            None => {}
        }
        Ok(self.off)
    }

    fn file(&self, path: &Path) -> io::Result<usize> {
        self.powered()?;
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn name(&mut self, changes: &[(&Path, Option<usize>)]) {
        for (path, file) in changes {
            set(&mut self.names, path.to_path_buf(), *file);
        }
        self.unsynced_names.push(changes.iter().map(|(path, file)| (path.to_path_buf(), *file)).collect());
    }
}

impl Content {
    fn lose(&mut self, dice: &mut Dice) {
        let common = self.now.iter().zip(&self.synced).take_while(|(a, b)| a == b).count();
        let grown = common == self.synced.len();
        match dice.below(5) {
            0 => self.now.clone_from(&self.synced),
            1 if grown => self.now.truncate(common + dice.below(self.now.len() - common + 1)),
            2 if grown => {
                let zeros = common + dice.below(self.now.len() - common + 1);
                self.now[zeros..].fill(0);
            }
            3 if grown => {
                for sector in self.now[common..].chunks_mut(SECTOR_BYTES) {
                    if dice.below(2) == 0 {
                        sector.fill(0);
                    }
                }
            }
            _ => {}
        }
        self.synced.clone_from(&self.now);
    }
}

impl Disk for SimDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let shared = self.shared();
        Ok(shared.files[shared.file(path)?].now.clone())
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let mut shared = self.shared();
        if shared.step()? {
            return Err(io::Error::other("the power went"));
        }
        let index = shared.files.len();
        shared.files.push(Content::default());
        shared.name(&[(path, Some(index))]);
        Ok(Box::new(Handle { disk: self.clone(), index, boots: shared.boots }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let shared = self.shared();
        Ok(Box::new(Handle { disk: self.clone(), index: shared.file(path)?, boots: shared.boots }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut shared = self.shared();
        let file = shared.file(from)?;
        let went = shared.step()?;
        shared.name(&[(to, Some(file)), (from, None)]);
        if went { Err(io::Error::other("the power went")) } else { Ok(()) }
    }

    fn keep_as(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut shared = self.shared();
        let file = shared.file(from)?;
        if shared.names.contains_key(to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        if shared.step()? {
            return Err(io::Error::other("the power went"));
        }
        shared.name(&[(to, Some(file))]);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut shared = self.shared();
        shared.file(path)?;
        if shared.step()? {
            return Err(io::Error::other("the power went"));
        }
        shared.name(&[(path, None)]);
        Ok(())
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let shared = &mut *self.shared();
        if shared.step()? {
            return Err(io::Error::other("the power went"));
        }
        if shared.folder_sync_fails {
            return Err(io::Error::other("a sync failed"));
        }
        let here = |change: &Renaming| change.iter().any(|(name, _)| name.parent() == Some(folder));
        for (name, file) in shared.unsynced_names.extract_if(.., |change| here(change)).flatten() {
            set(&mut shared.synced_names, name, file);
        }
        Ok(())
    }
}

struct Handle {
    disk: SimDisk,
    index: usize,
    boots: u64,
}

impl Handle {
    fn shared(&self) -> io::Result<MutexGuard<'_, Shared>> {
        let shared = self.disk.shared();
        shared.powered()?;
        if shared.boots == self.boots { Ok(shared) } else { Err(io::Error::other("opened before the power cut")) }
    }
}

impl File for Handle {
    fn write_all_at_end(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut shared = self.shared()?;
        let went = shared.step()?;
        let fits = shared.room.map_or(bytes.len(), |room| bytes.len().min(room as usize));
        shared.room = shared.room.map(|room| room - fits as u64);
        shared.files[self.index].now.extend_from_slice(&bytes[..fits]);
        match (went, fits == bytes.len()) {
            (true, _) => Err(io::Error::other("the power went")),
            (_, false) => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }

    fn sync_data(&mut self) -> io::Result<()> {
        let mut shared = self.shared()?;
        if shared.step()? {
            return Err(io::Error::other("the power went"));
        }
        if shared.sync_fails {
            return Err(io::Error::other("a sync failed"));
        }
        let file = &mut shared.files[self.index];
        file.synced.clone_from(&file.now);
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let mut shared = self.shared()?;
        if shared.step()? {
            return Err(io::Error::other("the power went"));
        }
        if shared.truncate_fails {
            return Err(io::Error::other("a truncation failed"));
        }
        shared.files[self.index].now.truncate(len as usize);
        Ok(())
    }

    fn len(&self) -> io::Result<u64> {
        Ok(self.shared()?.files[self.index].now.len() as u64)
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

fn set(names: &mut BTreeMap<PathBuf, usize>, name: PathBuf, file: Option<usize>) {
    match file {
        Some(file) => names.insert(name, file),
        None => names.remove(&name),
    };
}
