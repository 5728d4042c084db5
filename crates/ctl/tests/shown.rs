//! What others wrote, as `folkmootctl` prints it for people: nothing in it steers the terminal, and no line of a message
//! passes for another's. JSON has it as it is.

#[path = "stage/calls.rs"]
mod calls;

use calls::Person;
use folkmoot_bench::scene::Scene;
use folkmoot_bench::socket::Socket;
use folkmoot_model::features::messages::MessagePosted;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_others_wrote_steers_no_terminal_and_forges_no_line() {
    let scene = Scene::new().await.expect("a server");
    let ana = Person::join(&scene, "Ana").await;
    let texts = ["\x1b]0;x\x07", "hi\nAna: I agree", "a\u{202e}b\u{9b}c\rd"];
    // Said by a client of somebody's own making.
    let mut eve = Socket::join(&scene, "Eve").await.expect("she joins");
    let posted = |text: &str| MessagePosted { text: text.into(), reply_to: None, mentions: vec![], thread: None };
    eve.append(eve.room, texts.into_iter().map(|text| posted(text).into()).collect()).await.expect("it is appended");

    let read = ana.says(&["read", "welcome"]).await;
    let shown: Vec<&str> = read.lines().map(|line| line.split("  01").next().expect("a text")).collect();
    assert_eq!(
        shown,
        ["Eve: \\u{1b}]0;x\\u{7}", "Eve: hi", "    Ana: I agree", "Eve: a\\u{202e}b\\u{9b}c\\rd"],
        "{read:?}"
    );
    assert_eq!(ana.texts("welcome").await, texts, "JSON is as it was said");

    // Also in what is said on stderr.
    let unknown = calls::call(&ana.profile, &["doc", "show", "\u{202e}nalp"], "").await;
    let said = String::from_utf8(unknown.stderr).expect("text");
    assert!(said.contains("\\u202enalp") && !said.contains('\u{202e}'), "{said:?}");
    let why: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(why, json!({ "why": "not_held", "what": "document \u{202e}nalp" }));
    // A file gets a document as it is.
    let id = ana.says(&["doc", "new", "welcome", "Plan"]).await;
    ana.says(&["doc", "replace", &id, "a\u{202e}b\n\tc"]).await;
    assert_eq!(ana.says(&["doc", "show", &id]).await, "a\u{202e}b\n\tc");
}
