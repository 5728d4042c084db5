//! kill −9 of somebody who joins, at every moment of it: trying again leads on, with one person on one device.

use super::{World, kill, kills, printed};
use std::time::{Duration, Instant};

#[test]
fn a_join_that_is_killed_at_any_moment_is_gone_on_with_as_the_same_person() {
    let world = World::new();
    // How long it takes where it is left alone; the first finds nothing in the system's caches.
    world.join("ana");
    let begun = Instant::now();
    world.join("bo");
    let whole = begun.elapsed();
    let mut killed = 0;
    for n in 0..kills() {
        let (name, link) = (format!("person {n}"), world.invite());
        let mut join = world.joining(&name, &link);
        let until = Instant::now() + whole * n / kills();
        while join.try_wait().expect("it can be asked").is_none() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(1));
        }
        killed += u32::from(join.try_wait().expect("it can be asked").is_none());
        kill(&mut join);
        let room = printed(&world.joining(&name, &link).wait_with_output().expect("it ends"));
        assert!(!room.is_empty(), "{name} is in a room");
        let devices = world.daemon(&["device", "list", "--person", &name]).output().expect("it runs");
        assert_eq!(printed(&devices).lines().count(), 1, "{name} has one device");
    }
    assert!(killed > kills() / 3, "only {killed} of {} were still joining", kills());
    let people = printed(&world.daemon(&["person", "list"]).output().expect("it runs"));
    assert_eq!(people.lines().count() as u32, kills() + 2, "{people}");
}
