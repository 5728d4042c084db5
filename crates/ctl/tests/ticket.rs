//! `folkmootctl doc ticket` on a real server: what it prints opens the document to any client of y-websocket.

#[path = "stage/calls.rs"]
mod calls;

use calls::{Person, ctl};
use folkmoot_bench::scene::Scene;
use folkmoot_wire::y_websocket::{NOTHING, Said, step_1, update};
use futures_util::{SinkExt, StreamExt};
use std::path::Path;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use yrs::{Doc, Text, Transact};

/// Far longer than anything takes: only a hang gets here.
const PATIENCE: Duration = Duration::from_secs(60);

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

async fn says(profile: &Path, args: &[&str]) -> String {
    let output = ctl(profile, args, "").await;
    String::from_utf8(output.stdout).expect("text").trim().to_owned()
}

/// What the document holds, as the server tells somebody who has nothing.
async fn opened(address: &str) -> (Socket, Vec<u8>) {
    let (mut socket, _) = connect_async(address).await.expect("it opens");
    socket.send(Message::Binary(step_1(&[0]))).await.expect("sent");
    loop {
        let Message::Binary(message) = socket.next().await.expect("open").expect("read") else { continue };
        if let Ok(Said::Update(update)) = Said::read(&message) {
            return (socket, update.to_vec());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_opens_the_document_and_one_to_read_does_not_write() {
    let scene = Scene::new().await.expect("a server");
    let folder = tempfile::tempdir().expect("a folder");
    let profile = folder.path().join("ana");
    let link = scene.invite().await.expect("an invitation");
    ctl(&profile, &["join", &link, "--name", "Ana", "--password-stdin"], "correct horse battery\n").await;
    let id = says(&profile, &["doc", "new", "welcome", "Our plan"]).await;
    ctl(&profile, &["doc", "insert", "Our plan", "0", "moot"], "").await;

    let address = says(&profile, &["doc", "ticket", "Our plan"]).await;
    assert!(address.starts_with("ws://127.0.0.1:") && address.contains(&format!("/yjs/{id}?ticket=")), "{address}");
    let (_socket, held) = opened(&address).await;
    assert!(held.windows(4).any(|bytes| bytes == b"moot"));

    let (mut reader, held) = opened(&says(&profile, &["doc", "ticket", "Our plan", "--read-only"]).await).await;
    assert_ne!(held, NOTHING);
    reader.send(Message::Binary(update(&held))).await.expect("sent");
    loop {
        if let Message::Close(Some(why)) = reader.next().await.expect("open").expect("read") {
            assert_eq!((u16::from(why.code), why.reason.as_str()), (4403, "forbidden"));
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_is_passed_over_and_what_is_malformed_closes() {
    let scene = Scene::new().await.expect("a server");
    let ana = Person::join(&scene, "Ana").await;
    ana.says(&["doc", "new", "welcome", "Plan"]).await;
    let (mut socket, _) = connect_async(ana.says(&["doc", "ticket", "Plan"]).await).await.expect("it opens");
    for passed_over in [
        Message::Binary(vec![102, 1, 0].into()),
        Message::text("hello"),
        Message::Binary(vec![2, 0, 2, b'n', b'o'].into()),
        Message::Binary(vec![3].into()),
    ] {
        socket.send(passed_over).await.expect("sent");
    }
    let doc = Doc::new();
    let text = doc.get_or_insert_text("content");
    let mut written = doc.transact_mut();
    text.push(&mut written, "moot");
    socket.send(Message::Binary(update(&written.encode_update_v1()))).await.expect("sent");
    drop(written);
    let arrives = async { while ana.says(&["doc", "show", "Plan"]).await != "moot" {} };
    tokio::time::timeout(PATIENCE, arrives).await.expect("the edit arrives");

    socket.send(Message::Binary(vec![0].into())).await.expect("sent");
    loop {
        if let Message::Close(Some(why)) = socket.next().await.expect("open").expect("read") {
            assert_eq!((u16::from(why.code), why.reason.as_str()), (4000, "bad_request"));
            return;
        }
    }
}
