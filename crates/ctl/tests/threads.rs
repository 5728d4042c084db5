//! Threads in a terminal: replies beside the room, which are read, listed and followed apart.

#[path = "stage/calls.rs"]
mod calls;

use calls::Person;
use folkmoot_bench::scene::Scene;
use serde_json::{Value, json};

fn texts(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["text"].as_str().expect("a text")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_are_posted_read_and_followed_apart_from_the_room() {
    let scene = Scene::new().await.expect("a server");
    let (ana, bo) = (Person::join(&scene, "Ana").await, Person::join(&scene, "Bo").await);
    let root = ana.says(&["post", "welcome", "Who brings tea?"]).await;
    bo.says(&["post", "welcome", "I do", "--thread", &root]).await;
    let also = bo.says(&["--offline", "post", "welcome", "-- and milk", "--thread", &root, "--also-in-room"]).await;
    let room = bo.lists(&["read", "welcome", "--json"]).await;
    assert_eq!(texts(&room), ["Who brings tea?", "-- and milk"]);
    assert_eq!((&room[0]["thread"], &room[1]["thread"]), (&Value::Null, &json!(root)));

    let thread = ana.lists(&["thread", "welcome", &root, "--json"]).await;
    assert_eq!(texts(&thread), ["Who brings tea?", "I do", "-- and milk"]);
    assert!(thread[1..].iter().all(|line| line["thread"] == json!(root)), "{thread:?}");
    // A reply stands for its thread.
    let same = ana.lists(&["thread", "welcome", &also, "--json", "--last", "1"]).await;
    assert_eq!(texts(&same), ["Who brings tea?", "-- and milk"]);

    let list = ana.lists(&["threads", "--json"]).await;
    assert_eq!((&list[0]["id"], &list[0]["unread"], &list[0]["replies"]), (&json!(root), &json!(2), &json!(2)));
    ana.lists(&["thread", "welcome", &root, "--json", "--mark"]).await;
    assert_eq!(ana.lists(&["threads", "--json"]).await[0]["unread"], json!(0));
    assert!(ana.says(&["threads"]).await.starts_with(&format!("{root}  #welcome  0 unread of 2: Who brings tea?")));
    ana.says(&["follow", &root, "--off"]).await;
    assert_eq!(ana.says(&["threads"]).await, "");

    let (code, why) = bo.ends(&["post", "welcome", "deeper", "--thread", &also]).await;
    assert_eq!((code, &why["refusal"]["code"]), (2, &json!("bad_request")), "{why}");
}
