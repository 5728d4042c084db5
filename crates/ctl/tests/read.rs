//! `folkmootctl read` on a real server: what is not held is fetched, and what cannot be is said.

#[path = "stage/calls.rs"]
mod calls;

use calls::ctl;
use folkmoot_bench::scene::Scene;
use folkmoot_bench::socket::Socket;
use folkmoot_model::features::messages::MessagePosted;
use serde_json::Value;
use std::path::Path;

/// So many that a newcomer is sent only the newest thousand.
const MESSAGES: usize = 6_000;

/// The texts that `read` printed of the last so many, and what it said on stderr.
async fn read(profile: &Path, last: usize, more: &[&str]) -> (Vec<String>, Value) {
    let last = last.to_string();
    let output = ctl(profile, &[&["read", "welcome", "--json", "--last", &last], more].concat(), "").await;
    let lines = String::from_utf8(output.stdout).expect("text");
    let text = |line: &str| serde_json::from_str::<Value>(line).expect("JSON")["text"].as_str().map(str::to_owned);
    let texts = lines.lines().map(|line| text(line).expect("a text")).collect();
    (texts, serde_json::from_slice(&output.stderr).unwrap_or_default())
}

fn notes(from: usize) -> Vec<String> {
    (from..MESSAGES).map(|n| format!("Note {n}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_held_is_fetched_and_offline_it_is_said() {
    let scene = Scene::new().await.expect("a server");
    let mut filler = Socket::join(&scene, "Filler").await.expect("it joins");
    let posted = |n| MessagePosted { text: format!("Note {n}"), reply_to: None, mentions: vec![], thread: None };
    for first in (0..MESSAGES).step_by(250) {
        let batch = (first..first + 250).map(|n| posted(n).into()).collect();
        filler.append(filler.room, batch).await.expect("it is appended");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let profile = folder.path().join("ana");
    let link = scene.invite().await.expect("an invitation");
    ctl(&profile, &["join", &link, "--name", "Ana", "--password-stdin"], "correct horse battery\n").await;

    let (held, said) = read(&profile, 2_000, &["--offline"]).await;
    assert!(!held.is_empty() && held.len() < 2_000, "{} are held", held.len());
    assert_eq!(held, notes(MESSAGES - held.len()), "the last, without a gap");
    assert_eq!(said, serde_json::json!({ "why": "offline", "held": held.len(), "asked": 2_000 }));

    let (fetched, said) = read(&profile, 2_000, &[]).await;
    assert_eq!((fetched, said), (notes(MESSAGES - 2_000), Value::Null));
    // Fetched once, it is there without a link.
    let (kept, said) = read(&profile, 2_000, &["--offline"]).await;
    assert_eq!((kept, said), (notes(MESSAGES - 2_000), Value::Null));
    // More than there are is all.
    let (all, said) = read(&profile, 10 * MESSAGES, &["--wait", "60"]).await;
    assert_eq!((all, said), (notes(0), Value::Null));
}
