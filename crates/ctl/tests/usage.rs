//! What is said on the command line of `folkmootctl`, how its calls end, and that nobody need read what they print.

#[path = "stage/calls.rs"]
mod calls;

use calls::{Person, call, program};
use folkmoot_bench::scene::Scene;
use serde_json::json;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};

#[tokio::test(flavor = "multi_thread")]
async fn text_that_begins_with_a_dash_is_posted_as_it_is() {
    let scene = Scene::new().await.expect("a server");
    let ana = Person::join(&scene, "Ana").await;
    for text in ["- tea", "-1", "--json", "--help"] {
        ana.says(&["post", "welcome", text]).await;
    }
    let id = ana.says(&["post", "welcome", "- milk", "--reply-to", &ana.says(&["post", "welcome", "-"]).await]).await;
    assert_eq!(ana.texts("welcome").await, ["- tea", "-1", "--json", "--help", "-", "- milk"]);
    ana.says(&["edit", &id, "-2"]).await;
    ana.says(&["edit", "welcome", &id, "--offline it was"]).await;
    assert_eq!(ana.texts("welcome").await.last().map(String::as_str), Some("--offline it was"));

    let document = ana.says(&["doc", "new", "welcome", "- plan"]).await;
    ana.says(&["doc", "insert", &document, "0", "-h"]).await;
    assert_eq!(ana.says(&["doc", "show", "- plan"]).await, "-h");
    ana.says(&["doc", "replace", &document, "- all"]).await;
    assert_eq!(ana.says(&["doc", "show", &document]).await, "- all");
    let room = ana.says(&["room", "new", "-1", "--topic", "- tea"]).await;
    let rooms = ana.lists(&["rooms", "--json"]).await;
    let made = rooms.iter().find(|one| one["id"] == json!(room)).expect("the room");
    assert_eq!((&made["name"], &made["topic"]), (&json!("-1"), &json!("- tea")));
    ana.says(&["post", "-1", "-2"]).await;
    assert_eq!(ana.texts("-1").await, ["-2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_end_has_its_own_exit_code() {
    let scene = Scene::new().await.expect("a server");
    let ana = Person::join(&scene, "Ana").await;
    for usage in
        [&["pst"][..], &[], &["post", "welcome"], &["--wait", "18446744073709551615", "rooms"], &["--wait", "x"]]
    {
        let ended = call(&ana.profile, usage, "").await;
        assert_eq!(ended.status.code(), Some(64), "{usage:?}: {}", String::from_utf8_lossy(&ended.stderr));
        assert!(ended.stdout.is_empty() && !ended.stderr.is_empty(), "{usage:?}");
    }
    let help = ana.says(&["--help"]).await;
    assert!(help.contains("64  usage") && help.contains("5  offline"), "{help}");

    assert_eq!(ana.ends(&["post", "nowhere", "tea"]).await, (6, json!({ "why": "not_held", "what": "room nowhere" })));
    assert_eq!(ana.ends(&["post", "welcome", " "]).await.0, 2);
    assert_eq!(ana.ends(&["--offline", "invite"]).await, (5, json!({ "why": "offline" })));
    let all = ana.says(&["read", "welcome", "--last", &usize::MAX.to_string()]).await;
    assert_eq!(all, "");
    let taken = folkmoot_client::profile::Profile::hold(&ana.profile).expect("free");
    assert_eq!(ana.ends(&["rooms"]).await.0, 4);
    drop(taken);
    let file = ana.folder().join("a file");
    std::fs::write(&file, "").expect("written");
    assert_eq!(call(&file, &["rooms"], "").await.status.code(), Some(7));
    drop(scene);
    assert_eq!(ana.ends(&["--wait", "1", "post", "welcome", "tea"]).await.0, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_reading_is_told_nothing_more() {
    let scene = Scene::new().await.expect("a server");
    let ana = Person::join(&scene, "Ana").await;
    // More than a pipe holds.
    let text = "tea ".repeat(4_000);
    for _ in 0..10 {
        ana.says(&["--offline", "post", "welcome", &text]).await;
    }
    let mut reading = program(&ana.profile, &["--offline", "read", "welcome"]).spawn().expect("it starts");
    let mut lines = BufReader::new(reading.stdout.take().expect("piped")).lines();
    lines.next_line().await.expect("read").expect("a line");
    drop(lines);
    let ended = reading.wait_with_output().await.expect("it ends");
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(0), ""));

    // Nor where it can say nothing at all.
    for args in [&["--help"][..], &["rooms"], &["status", "--json"], &["post", "nowhere", "tea"], &["--wait"]] {
        let (gone, pipe) = std::io::pipe().expect("a pipe");
        drop(gone);
        let mut command = program(&ana.profile, args);
        command.arg("--offline").stdout(pipe.try_clone().expect("a pipe")).stderr(pipe).stdin(Stdio::null());
        let code = command.status().await.expect("it ends").code();
        assert!(matches!(code, Some(0 | 6 | 64)), "{args:?}: {code:?}");
    }
}
