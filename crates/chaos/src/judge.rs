//! The end: everything that was called saved is in the log, once and in order, and everybody sees the same.

use crate::log::Log;
use crate::shown::Shown;
use crate::world::{Said, World, locked, name};
use anyhow::{Context, Result};
use std::fs::DirEntry;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Devices that settle at once.
const AT_ONCE: usize = 4;

/// Lets every device settle, and one that has never seen anything, and compares them with the log and each other.
pub fn judge(world: &World, clients: usize) -> Result<()> {
    world.join(clients).context("a newcomer")?;
    // First everybody sends what they have, then everybody looks.
    for _ in 0..2 {
        settle(world, clients);
    }
    let newcomer = read(file(world, clients)).context("what the newcomer sees")?;
    for index in 0..clients {
        if let Some(journal) = std::fs::read_dir(world.profile(index))?.flatten().find(is_damaged_journal) {
            world.fails(&world.counts.other, format!("{} was taken for damaged", journal.path().display()));
        }
        match read(file(world, index)) {
            Ok(shown) => same(world, index, &shown, &newcomer),
            Err(error) => world.fails(&world.counts.other, format!("{}: {error:#}", name(index))),
        }
    }
    world.double()?;
    let log = Log::whole(&world.data, &world.streams())?;
    let book = locked(&world.book);
    for (index, said) in &book.said {
        for said in said {
            in_the_log(world, *index, said, &log, &newcomer);
        }
        in_order(world, *index, said, &log);
    }
    for id in book.acked.keys().filter(|id| !log.has(id)) {
        world.fails(&world.counts.lost, format!("{id} was acknowledged, and is not in the log"));
    }
    Ok(())
}

fn is_damaged_journal(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with("outbox.journal.bad-")
}

fn settle(world: &World, clients: usize) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index > clients {
                        break;
                    }
                    let settled = world.person_says(index, &["--settle", &file(world, index).display().to_string()]);
                    if let Err(error) = settled {
                        world.fails(&world.counts.unopenable, format!("{} does not settle: {error:#}", name(index)));
                    }
                }
            });
        }
    });
}

fn file(world: &World, index: usize) -> PathBuf {
    world.dir.join(name(index) + ".json")
}

fn read(path: PathBuf) -> Result<Shown> {
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}

fn same(world: &World, index: usize, shown: &Shown, newcomer: &Shown) {
    if shown != newcomer {
        let differ = shown.messages.iter().zip(&newcomer.messages).find(|(ours, theirs)| ours != theirs);
        let documents = shown.documents.iter().zip(&newcomer.documents).filter(|(ours, theirs)| ours != theirs).count();
        let what = format!("{} sees {differ:?}, and {documents} documents otherwise than a newcomer", name(index));
        world.fails(&world.counts.other, what);
    }
}

fn in_the_log(world: &World, index: usize, said: &Said, log: &Log, newcomer: &Shown) {
    let (what, counts) = (format!("{} said {said:?}", name(index)), &world.counts);
    let times = match said.kind.as_str() {
        "doc" => {
            let token = format!("{}\n", said.token);
            newcomer.documents.iter().map(|text| text.matches(&token).count()).sum()
        }
        // An edit that met another may hold a part of its token only: then the rest stood there already.
        "edit" => log.places(said).len(),
        _ => log.places(said).len().min(1) * log.times(&said.token),
    };
    match times {
        0 => world.fails(&counts.lost, format!("{what}: not there")),
        1 => {}
        times => world.fails(&counts.doubled, format!("{what}: there {times} times")),
    }
}

/// What one device said in one stream stands there in the order in which it was said.
fn in_order(world: &World, index: usize, said: &[Said], log: &Log) {
    let mut last = 0;
    for said in said.iter().filter(|said| said.kind != "doc") {
        let Some(place) = log.places(said).first() else { continue };
        if place.seq < last {
            world.fails(&world.counts.other, format!("{} said {said:?} after what stands behind it", name(index)));
        }
        last = place.seq;
    }
}
