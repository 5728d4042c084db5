//! A disk as a power cut may leave it: what was synced, and any part of the rest.
//!
//! Weaker than ext4 with `data=ordered`, so that what survives here survives there. Of a file: whatever `fsync` or
//! `fdatasync` has returned for is there; of every later write any subset of its 4 KiB pages, or 512-byte sectors, is,
//! in no order; later changes of length may be there or not, and what lies between is zeros (never other files' old
//! content: that is where `data=ordered` is relied upon). `sync_file_range` does nothing. Of a folder: the names as of
//! its last `fsync`, and then the oldest so many later changes, for each folder by itself; a rename is whole or not at
//! all, and may be there although the content of the file is not. Syncing a file does not sync its name.

#[cfg(test)]
mod tests;

use crate::trace::{Call, Inode};
use anyhow::{Context, Result};
use rand::Rng;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const PAGE: u64 = 4_096;
const SECTOR: u64 = 512;

type Names = BTreeMap<Inode, BTreeMap<String, Inode>>;

/// A name that changes: in which folder, and what bears it from now on.
type Renaming = Vec<(Inode, String, Option<Inode>)>;

/// One folder of a disk, with all below it.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    root: Inode,
    files: BTreeMap<Inode, Content>,
    folders: BTreeSet<Inode>,
    now: Names,
    synced: Names,
    renamings: Vec<Renaming>,
    /// Inode numbers that were used again, by which name they go here.
    reused: BTreeMap<Inode, Inode>,
}

#[derive(Debug, Clone, Default)]
struct Content {
    now: Vec<u8>,
    synced: Vec<u8>,
    changes: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
}

/// What becomes of writes that were not synced.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Lost,
    Kept,
    Some(u64),
    AllButOne,
    TornAtTheEnd,
}

impl Disk {
    /// The folder at `path` as it lies there, all of it synced.
    pub fn scan(path: &Path) -> Result<Self> {
        let mut disk = Self { root: fs::metadata(path)?.ino(), ..Self::default() };
        disk.enter(path)?;
        disk.synced.clone_from(&disk.now);
        for content in disk.files.values_mut() {
            content.synced.clone_from(&content.now);
        }
        Ok(disk)
    }

    fn enter(&mut self, path: &Path) -> Result<()> {
        let folder = fs::metadata(path)?.ino();
        self.folders.insert(folder);
        self.now.entry(folder).or_default();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let (name, meta) = (entry.file_name().to_string_lossy().into_owned(), entry.metadata()?);
            if is_scratch(&name) || meta.file_type().is_symlink() {
                continue;
            }
            self.now.entry(folder).or_default().insert(name, meta.ino());
            if meta.is_dir() {
                self.enter(&entry.path())?;
            } else {
                let now = fs::read(entry.path()).with_context(|| entry.path().display().to_string())?;
                self.files.insert(meta.ino(), Content { now, ..Content::default() });
            }
        }
        Ok(())
    }

    /// A call was made.
    pub fn apply(&mut self, call: &Call) {
        match call {
            Call::Create { folder, name, inode, is_folder } => {
                let (folder, inode) = (self.known(*folder), self.number(*inode));
                if *is_folder {
                    self.make_folder(inode);
                } else {
                    self.files.insert(inode, Content::default());
                }
                self.rename(vec![(folder, name.clone(), Some(inode))]);
            }
            Call::Link { folder, name, inode } => {
                self.rename(vec![(self.known(*folder), name.clone(), Some(self.known(*inode)))]);
            }
            Call::Unlink { folder, name } => self.rename(vec![(self.known(*folder), name.clone(), None)]),
            Call::Rename { from, to, inode } => {
                let (old, new) = (self.known(from.0), self.known(to.0));
                self.rename(vec![(old, from.1.clone(), None), (new, to.1.clone(), Some(self.known(*inode)))]);
            }
            Call::Write { inode, at, bytes } => self.change(self.known(*inode), Change::Write(*at, bytes.clone())),
            Call::Truncate { inode, len } => self.change(self.known(*inode), Change::Length(*len)),
            Call::Sync { inode } => self.sync(self.known(*inode)),
            Call::Said(_) => {}
        }
    }

    fn known(&self, inode: Inode) -> Inode {
        self.reused.get(&inode).copied().unwrap_or(inode)
    }

    /// A number for a new inode: its own, or another if the one before may still be found after a cut.
    fn number(&mut self, inode: Inode) -> Inode {
        let known = self.known(inode);
        if !self.files.contains_key(&known) && !self.folders.contains(&known) {
            return known;
        }
        let number = (1 << 60) + self.reused.len() as Inode + self.files.len() as Inode * 1_000_000;
        self.reused.insert(inode, number);
        number
    }

    fn make_folder(&mut self, inode: Inode) {
        self.folders.insert(inode);
        self.now.insert(inode, BTreeMap::new());
        self.synced.insert(inode, BTreeMap::new());
    }

    fn change(&mut self, inode: Inode, change: Change) {
        if let Some(content) = self.files.get_mut(&inode) {
            change.make(&mut content.now, |_| true);
            content.changes.push(change);
        }
    }

    fn rename(&mut self, renaming: Renaming) {
        if renaming.iter().all(|(_, name, _)| !is_scratch(name)) {
            name(&mut self.now, &renaming);
            self.renamings.push(renaming);
        }
    }

    fn sync(&mut self, inode: Inode) {
        if let Some(content) = self.files.get_mut(&inode) {
            content.synced.clone_from(&content.now);
            content.changes.clear();
        }
        if self.folders.contains(&inode) {
            let here = |renaming: &mut Renaming| renaming.iter().any(|(folder, ..)| *folder == inode);
            for renaming in self.renamings.extract_if(.., here).collect::<Vec<_>>() {
                name(&mut self.synced, &renaming);
            }
        }
    }

    /// Takes in what lies at `path` now: where a process was killed between a call and its record. Gives how many bytes
    /// and names differed.
    pub fn reconcile(&mut self, path: &Path) -> Result<usize> {
        let there = Self::scan(path)?;
        let mut differed = 0;
        for folder in &there.folders {
            if !self.folders.contains(&self.known(*folder)) {
                self.make_folder(*folder);
            }
        }
        for (inode, content) in there.files {
            let inode = self.known(inode);
            let ours = self.files.entry(inode).or_default();
            if ours.now != content.now {
                let same = ours.now.iter().zip(&content.now).take_while(|(a, b)| a == b).count();
                differed += 1 + content.now.len().max(ours.now.len()) - same;
                if content.now.len() < ours.now.len() {
                    self.change(inode, Change::Length(content.now.len() as u64));
                }
                if same < content.now.len() {
                    self.change(inode, Change::Write(same as u64, content.now[same..].to_vec()));
                }
            }
        }
        for (folder, names) in &there.now {
            let folder = self.known(*folder);
            let ours = self.now.get(&folder).cloned().unwrap_or_default();
            let gone = ours.keys().filter(|name| !names.contains_key(*name));
            let gone: Vec<Renaming> = gone.map(|name| vec![(folder, name.clone(), None)]).collect();
            let names = names.iter().map(|(name, inode)| (name, self.known(*inode)));
            let new = names.filter(|(name, inode)| ours.get(*name) != Some(inode));
            let new: Vec<Renaming> = new.map(|(name, inode)| vec![(folder, name.clone(), Some(inode))]).collect();
            for renaming in gone.into_iter().chain(new) {
                differed += 1;
                self.rename(renaming);
            }
        }
        Ok(differed)
    }

    /// Writes what is there after a power cut into the new folder `path`. Gives what it decided, in words.
    pub fn cut(&self, path: &Path, dice: &mut StdRng) -> Result<String> {
        let mut folders: BTreeMap<Inode, usize> = BTreeMap::new();
        for renaming in &self.renamings {
            if let Some((folder, ..)) = renaming.last() {
                *folders.entry(*folder).or_default() += 1;
            }
        }
        for kept in folders.values_mut() {
            *kept = dice.random_range(0..=*kept);
        }
        let mut names = self.synced.clone();
        for renaming in &self.renamings {
            let Some(kept) = renaming.last().and_then(|(folder, ..)| folders.get_mut(folder)) else { continue };
            if *kept > 0 {
                *kept -= 1;
                name(&mut names, renaming);
            }
        }
        let fate = Fate::draw(dice);
        let each = dice.random_bool(0.3);
        let mut files: BTreeMap<Inode, Vec<u8>> = BTreeMap::new();
        for (inode, content) in &self.files {
            files.insert(*inode, content.after(if each { Fate::draw(dice) } else { fate }, dice));
        }
        lay(path, self.root, &names, &files)?;
        let unsynced: usize = self.files.values().map(|content| content.changes.len()).sum();
        let each = if each { ", or each file by itself" } else { "" };
        Ok(format!("{unsynced} changes of files unsynced, {} of names: {fate:?}{each}", self.renamings.len()))
    }
}

impl Fate {
    fn draw(dice: &mut StdRng) -> Self {
        match dice.random_range(0..8) {
            0 => Self::Lost,
            1 => Self::Kept,
            2 | 3 => Self::Some(PAGE),
            4 | 5 => Self::Some(SECTOR),
            6 => Self::AllButOne,
            _ => Self::TornAtTheEnd,
        }
    }
}

impl Content {
    fn after(&self, fate: Fate, dice: &mut StdRng) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        let last = self.changes.len();
        let dropped = if last == 0 { 0 } else { dice.random_range(0..last) };
        for (n, change) in self.changes.iter().enumerate() {
            match fate {
                Fate::Lost => break,
                Fate::Kept => change.make(&mut bytes, |_| true),
                Fate::Some(unit) => change.make_some(&mut bytes, unit, dice),
                Fate::AllButOne if n == dropped => change.make_some(&mut bytes, SECTOR, dice),
                Fate::TornAtTheEnd if n == dropped => {
                    change.make_some(&mut bytes, SECTOR, dice);
                    break;
                }
                Fate::AllButOne | Fate::TornAtTheEnd => change.make(&mut bytes, |_| true),
            }
        }
        // The length may have reached the disk without the content.
        if bytes.len() < self.now.len() && last > 0 && dice.random_bool(0.3) {
            bytes.resize(self.now.len(), 0);
        }
        bytes
    }
}

impl Change {
    /// Makes it, but only those of its sectors that `keeps`, named by their number.
    fn make(&self, bytes: &mut Vec<u8>, mut keeps: impl FnMut(u64) -> bool) {
        match self {
            Self::Length(len) if keeps(0) => bytes.resize(*len as usize, 0),
            Self::Length(_) => {}
            Self::Write(at, new) => {
                let end = at + new.len() as u64;
                let mut from = *at;
                while from < end {
                    let to = end.min((from / SECTOR + 1) * SECTOR);
                    if keeps(from / SECTOR) {
                        if bytes.len() < to as usize {
                            bytes.resize(to as usize, 0);
                        }
                        let piece = &new[(from - at) as usize..(to - at) as usize];
                        bytes[from as usize..to as usize].copy_from_slice(piece);
                    }
                    from = to;
                }
            }
        }
    }

    /// Makes any subset of it, in units of so many bytes.
    fn make_some(&self, bytes: &mut Vec<u8>, unit: u64, dice: &mut StdRng) {
        let mut drawn = BTreeMap::new();
        let sectors = unit / SECTOR;
        self.make(bytes, |sector| *drawn.entry(sector / sectors).or_insert_with(|| dice.random_bool(0.5)));
    }
}

fn name(names: &mut Names, renaming: &Renaming) {
    for (folder, name, inode) in renaming {
        let names = names.entry(*folder).or_default();
        match inode {
            Some(inode) => names.insert(name.clone(), *inode),
            None => names.remove(name),
        };
    }
}

fn lay(path: &Path, folder: Inode, names: &Names, files: &BTreeMap<Inode, Vec<u8>>) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).with_context(|| path.display().to_string())?;
    for (name, inode) in names.get(&folder).into_iter().flatten() {
        let path = path.join(name);
        match files.get(inode) {
            Some(bytes) if !names.contains_key(inode) => fs::write(&path, bytes)?,
            _ => lay(&path, *inode, names, files)?,
        }
    }
    Ok(())
}

/// SQLite's shared memory and a profile's lock hold nothing that is to last.
fn is_scratch(name: &str) -> bool {
    name.ends_with("-shm")
}
