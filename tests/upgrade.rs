//! What an earlier build wrote is opened by this one, and nothing of it is lost. `tests/fixtures` holds what a build left on
//! the disks of a server and of two people, and what it showed of it; `make.mjs` there makes such a fixture.
//!
//! Everything is looked at through the real programs, so that it does not matter how they are built inside. Whether what
//! was shown is right is for the stories to say: here it is only still there.

mod upgrade {
    pub mod judge;
    pub mod then;
}

use folkmoot_model::fold::FOLD_VERSION;
use serde_json::Value;
use std::path::{Path, PathBuf};
use upgrade::judge::{agree, documents_came, lacking, long_is_whole, nothing_twice, once_sent, same_unread};
use upgrade::then::{Link, Then};

/// Whose profiles are in a fixture.
const PEOPLE: [&str; 2] = ["ana", "bo"];

/// The fixtures, by their versions.
fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut packed: Vec<PathBuf> = paths.filter(|path| path.to_string_lossy().ends_with(".tar.zst")).collect();
    packed.sort();
    assert!(!packed.is_empty(), "there is a fixture");
    packed
}

#[test]
#[cfg_attr(
    not(target_os = "linux"),
    ignore = "a loopback address of its own is there without being told on Linux alone"
)]
fn what_an_earlier_build_wrote_is_opened_and_nothing_of_it_is_lost() {
    for fixture in fixtures() {
        println!("{}", fixture.display());
        let mut then = Then::unpack(&fixture);
        let events = then.events();
        // What this version changed when it was opened for the first time is not changed again.
        for _ in 0..2 {
            opens_without_a_link(&then);
        }

        then.serve();
        let [ana, bo] = settle(&then);
        came_through(&then, &ana, &bo);
        then.joins_anew("cleo");
        agree("Cleo on a new device", &then.shown("cleo", Link::Up), "Ana", &ana);
        then.stop();
        let events_now = then.events();
        let lost: Vec<_> = events.difference(&events_now).collect();
        assert!(lost.is_empty(), "no longer in the log: {lost:?}");

        // All that a second time.
        for (name, before) in PEOPLE.iter().zip([&ana, &bo]) {
            assert_eq!(lacking(before, &then.shown(name, Link::Never)), [""; 0], "{name}, without a link, again");
        }
        then.serve();
        for ((name, before), now) in PEOPLE.iter().zip([&ana, &bo]).zip(&settle(&then)) {
            assert_eq!(lacking(before, now), [""; 0], "{name}, again");
            assert_eq!(lacking(now, before), [""; 0], "{name}, again");
        }
        then.stop();
        assert_eq!(then.events().len(), events_now.len(), "nothing was said a second time");
    }
}

/// Everything is shown that was shown then; where the fold is another, but for what lies under other keys since, until it
/// has come from the server again.
fn opens_without_a_link(then: &Then) {
    for name in PEOPLE {
        let (mut before, now) = (then.expected["profiles"][name].clone(), then.shown(name, Link::Never));
        if then.expected["fold"].as_u64() < Some(3) && FOLD_VERSION >= 3 {
            without_reactions(&mut before);
        }
        assert_eq!(lacking(&before, &now), [""; 0], "{name}, without a link");
        assert_eq!(before["status"], now["status"], "{name} has as much to send, and as much that was refused");
        let posts = |refused: &Value| -> Vec<(String, String)> {
            let all = refused.as_array().expect("a list").iter();
            all.filter(|item| item["what"] == "post")
                .map(|item| (item["id"].to_string(), item["text"].to_string()))
                .collect()
        };
        assert_eq!(posts(&before["refused"]), posts(&now["refused"]), "{name}'s words are kept");
    }
}

/// Fold 3 put them under their message.
fn without_reactions(profile: &mut Value) {
    for messages in profile["messages"].as_object_mut().expect("messages by room").values_mut() {
        for message in messages.as_array_mut().expect("a list") {
            message.as_object_mut().expect("a message").remove("reactions");
        }
    }
}

/// Brings both online until nothing is left to be sent, and gives what each is shown then.
fn settle(then: &Then) -> [Value; 2] {
    for name in PEOPLE {
        then.drain(name);
    }
    PEOPLE.map(|name| then.shown(name, Link::Up))
}

/// Everything unsent has arrived once, everything else is as it was, and both are shown the same.
fn came_through(then: &Then, ana: &Value, bo: &Value) {
    for (name, now) in PEOPLE.iter().zip([ana, bo]) {
        let before = once_sent(&then.expected, name);
        assert_eq!(lacking(&before, now), [""; 0], "{name}, once all is sent");
        assert_eq!(now["status"]["pending"], 0, "{name} has nothing left to send");
        nothing_twice(name, now);
        same_unread(name, &then.expected["profiles"][name], now);
        documents_came(&then.expected, name, now);
    }
    let refused = ana["refused"].as_array().expect("a list");
    for id in then.expected["to_be_refused"].as_array().expect("a list") {
        assert!(refused.iter().any(|item| item["id"] == *id && item["text"] != ""), "{id} is kept, with its words");
    }
    long_is_whole(&then.expected, ana);
    agree("Bo", bo, "Ana", ana);
}
