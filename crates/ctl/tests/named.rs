//! What `folkmootctl` calls things by: a name while it is the only one, else an id; and that what was joined is held.

#[path = "stage/calls.rs"]
mod calls;

use calls::Person;
use folkmoot_bench::scene::Scene;
use serde_json::{Value, json};

/// The ids that an answer lists.
fn ids(why: &Value) -> Vec<String> {
    let ids = why["ids"].as_array().unwrap_or_else(|| panic!("no ids: {why}"));
    ids.iter().map(|one| one["id"].as_str().expect("an id").to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_with_one_name_the_ids_are_listed_and_each_is_taken() {
    let scene = Scene::new().await.expect("a server");
    let (ana, bo) = (Person::join(&scene, "Ana").await, Person::join(&scene, "Bo").await);
    let second = ana.says(&["room", "new", "welcome", "--member", "Bo"]).await;
    ana.says(&["post", &second, "tea"]).await;

    let (code, why) = bo.ends(&["post", "welcome", "milk"]).await;
    assert_eq!((code, &why["why"], &why["what"]), (6, &json!("not_unique"), &json!("room welcome")));
    let rooms = ids(&why);
    assert!(rooms.len() == 2 && rooms.contains(&second), "{why}");
    for room in &rooms {
        bo.says(&["post", room, "milk"]).await;
        // A beginning that no other has is enough.
        assert_eq!(bo.texts(&room[..room.len() - 1]).await.last().map(String::as_str), Some("milk"));
    }
    assert_eq!(ana.texts(&second).await, ["tea", "milk"]);

    let made = [ana.says(&["doc", "new", &second, "Plan"]).await, ana.says(&["doc", "new", &second, "Plan"]).await];
    let (code, why) = ana.ends(&["doc", "show", "plan"]).await;
    assert_eq!((code, ids(&why).len()), (6, 2), "{why}");
    for id in &made {
        assert!(ids(&why).contains(id));
        ana.says(&["doc", "insert", id, "0", "moot"]).await;
    }
    // People too, by name, by id and in a room's own space.
    let bo_id = bo.lists(&["status", "--json"]).await[0]["person"].as_str().expect("who").to_owned();
    let direct = ana.says(&["room", "direct", &bo_id]).await;
    assert_eq!(ana.says(&["room", "direct", "@bo"]).await, direct);
    ana.says(&["room", "remove", &second, &bo_id]).await;
    ana.says(&["room", "add", &second, "Bo"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_was_joined_can_be_read_at_once_without_the_server() {
    let scene = Scene::new().await.expect("a server");
    let (ana, bo) = (Person::join(&scene, "Ana").await, Person::join(&scene, "Bo").await);
    let room = ana.says(&["room", "new", "tea"]).await;
    assert_eq!(ana.says(&["--offline", "read", "tea"]).await, "", "one's own is held too");
    for text in ["green", "black"] {
        ana.says(&["post", "tea", text]).await;
    }
    for _ in 0..3 {
        bo.says(&["room", "join", &room]).await;
        let lines = bo.lists(&["--offline", "read", "tea", "--json"]).await;
        let texts: Vec<_> = lines.iter().map(|line| line["text"].as_str().expect("a text")).collect();
        assert_eq!(texts, ["green", "black"]);
        bo.says(&["room", "leave", "tea"]).await;
    }
    let direct = ana.says(&["room", "direct", "Bo"]).await;
    ana.says(&["--offline", "read", &direct]).await;
    // So is all that a new device is given.
    let other = ana.folder().join("other");
    let link = scene.invite().await.expect("an invitation");
    calls::ctl(&other, &["sign-in", &link, "--name", "Ana", "--password-stdin"], "correct horse battery\n").await;
    for room in ["welcome", &room, &direct] {
        calls::ctl(&other, &["--offline", "read", room], "").await;
    }
}
