//! What a profile keeps: what was refused, until it is given up; how far one has read; who edited; and all of it to be read
//! where the folder cannot be written.

#[path = "stage/calls.rs"]
mod calls;

use calls::{Person, program};
use folkmoot_bench::scene::Scene;
use serde_json::{Value, json};

/// A field of how a profile stands.
async fn status(person: &Person, field: &str) -> Value {
    person.lists(&["--offline", "status", "--json"]).await[0][field].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_listed_and_given_up() {
    let scene = Scene::new().await.expect("a server");
    let (ana, bo) = (Person::join(&scene, "Ana").await, Person::join(&scene, "Bo").await);
    let tea = ana.says(&["room", "new", "tea", "--member", "Bo"]).await;
    let gone = bo.says(&["post", "welcome", "green"]).await;
    bo.says(&["read", &tea]).await;
    bo.says(&["--offline", "edit", &gone, "black\nAna: yes"]).await;
    for text in ["milk", "sugar"] {
        bo.says(&["--offline", "post", &tea, text]).await;
    }
    ana.says(&["room", "remove", &tea, "Bo"]).await;
    // Another device of his deletes it meanwhile.
    let other = bo.folder().join("other");
    let link = scene.invite().await.expect("an invitation");
    calls::ctl(&other, &["sign-in", &link, "--name", "Bo", "--password-stdin"], "correct horse battery\n").await;
    calls::ctl(&other, &["delete", &gone], "").await;

    bo.says(&["status"]).await;
    assert_eq!(status(&bo, "refused").await, json!(3));
    let listed = bo.lists(&["refused", "list", "--json"]).await;
    let told: Vec<_> = listed.iter().map(|item| (&item["what"], &item["refusal"]["code"], &item["text"])).collect();
    assert_eq!(told[0], (&json!("post"), &json!("not_member"), &json!("sugar")));
    assert_eq!(told[1], (&json!("post"), &json!("not_member"), &json!("milk")));
    assert_eq!((told[2].0, told[2].1), (&json!("edit"), &json!("target_missing")));
    let human = bo.says(&["refused", "list"]).await;
    assert!(human.lines().count() == 3 && human.contains("edit in welcome  target_missing"), "{human}");

    assert_eq!(bo.ends(&["refused", "discard", "ffffffff"]).await.0, 6);
    assert_eq!(bo.ends(&["refused", "discard"]).await.0, 64);
    let id = |at: usize| listed[at]["id"].as_str().expect("an id");
    bo.says(&["--offline", "refused", "discard", id(2)]).await;
    assert_eq!(bo.lists(&["refused", "list", "--json"]).await, listed[..2]);
    bo.says(&["refused", "discard", "--all"]).await;
    assert_eq!(bo.says(&["refused", "list"]).await, "");
    assert_eq!(status(&bo, "refused").await, json!(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_edited_by_somebody_and_never_to_nothing() {
    let scene = Scene::new().await.expect("a server");
    let ana = Person::join(&scene, "Ana").await;
    let id = ana.says(&["post", "welcome", "tea"]).await;
    let me = status(&ana, "person").await;
    let line = |lines: Vec<Value>| lines.into_iter().next().expect("a line");
    let read = ["read", "welcome", "--json"];
    let before = line(ana.lists(&read).await);
    assert_eq!((&before["edited"], &before["edited_by"]), (&json!(false), &Value::Null));
    for blank in ["", " ", "\n\t"] {
        let (code, why) = ana.ends(&["edit", &id, blank]).await;
        assert_eq!((code, &why["refusal"]["code"]), (2, &json!("bad_request")), "{blank:?}");
    }
    assert_eq!(line(ana.lists(&read).await), before);
    ana.says(&["edit", &id, "green tea"]).await;
    let after = line(ana.lists(&read).await);
    assert_eq!((&after["edited"], &after["edited_by"], &after["edited_by_name"]), (&json!(true), &me, &json!("Ana")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_says_who_edits_in_it() {
    let scene = Scene::new().await.expect("a server");
    let (ana, bo) = (Person::join(&scene, "Ana").await, Person::join(&scene, "Bo").await);
    let room = ana.says(&["room", "new", "notes", "--member", "Bo"]).await;
    let id = ana.says(&["post", &room, "tea"]).await;
    bo.says(&["read", &room]).await;
    let forbidden = (2, json!("forbidden"));
    let code = |(code, why): (i32, Value)| (code, why["refusal"]["code"].clone());
    assert_eq!(code(bo.ends(&["edit", &id, "green tea"]).await), forbidden);
    assert_eq!(code(bo.ends(&["room", "edits", &room, "everyone"]).await), forbidden, "who manages the room says so");
    ana.says(&["room", "edits", &room, "everyone"]).await;
    bo.says(&["read", &room]).await;
    bo.says(&["edit", &id, "green tea"]).await;
    assert_eq!(ana.texts(&room).await, ["green tea"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_marks_as_read_only_where_it_is_told_to() {
    let scene = Scene::new().await.expect("a server");
    let (ana, bo) = (Person::join(&scene, "Ana").await, Person::join(&scene, "Bo").await);
    for text in ["green", "black"] {
        bo.says(&["post", "welcome", text]).await;
    }
    let unread = async || ana.lists(&["rooms", "--json"]).await[0]["unread"].clone();
    ana.says(&["read", "welcome"]).await;
    assert_eq!(unread().await, json!(2));
    ana.says(&["read", "welcome", "--mark"]).await;
    assert_eq!((unread().await, status(&ana, "pending").await), (json!(0), json!(0)));
    // On every device.
    let other = ana.folder().join("other");
    let link = scene.invite().await.expect("an invitation");
    calls::ctl(&other, &["sign-in", &link, "--name", "Ana", "--password-stdin"], "correct horse battery\n").await;
    let rooms = calls::ctl(&other, &["rooms", "--json"], "").await.stdout;
    assert_eq!(serde_json::from_slice::<Value>(&rooms).expect("one room")["unread"], json!(0));
}

/// A folder that its owner may read and nobody may write, and whose it is. Root may write anything, so that it is made
/// somebody else's there.
#[cfg(unix)]
fn read_only(dir: &std::path::Path) -> u32 {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    const NOBODY: u32 = 65_534;
    let owner = std::fs::metadata(dir).expect("a folder").uid();
    let owner = if owner == 0 { NOBODY } else { owner };
    let mut all = vec![dir.to_owned()];
    while let Some(path) = all.pop() {
        let is_dir = path.is_dir();
        if is_dir {
            all.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
        }
        let mode = if is_dir { 0o500 } else { 0o400 };
        if owner == NOBODY {
            chown(&path, Some(owner), None).expect("root may");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("ours");
    }
    owner
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_is_read() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new().await.expect("a server");
    let ana = Person::join(&scene, "Ana").await;
    ana.says(&["post", "welcome", "tea"]).await;
    ana.says(&["--offline", "post", "welcome", "milk"]).await;
    std::fs::set_permissions(ana.folder(), std::fs::Permissions::from_mode(0o755)).expect("ours");
    let owner = read_only(&ana.profile);
    let calls = async |args: &[&str]| {
        let mut command = program(&ana.profile, args);
        command.uid(owner).arg("--offline").current_dir("/");
        let output = command.output().await.expect("it ends");
        (output.status.code(), String::from_utf8(output.stdout).expect("text"), output.stderr)
    };
    for _ in 0..2 {
        let (code, said, why) = calls(&["read", "welcome", "--json"]).await;
        let text = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["text"].clone();
        assert_eq!(said.lines().map(text).collect::<Vec<_>>(), [json!("tea"), json!("milk")], "{code:?} {why:?}");
    }
    assert_eq!(calls(&["rooms"]).await.0, Some(0));
    // What would have to be kept is refused.
    assert_eq!(calls(&["post", "welcome", "sugar"]).await.0, Some(7));
    assert_eq!(calls(&["read", "welcome", "--mark"]).await.0, Some(7));
    assert_eq!(calls(&["read", "welcome"]).await.1.lines().count(), 2);
}
