//! Bo has not updated his app yet: what it does not know it passes over, and after the update all of it is there.
//!
//! His older app is ours, and what an older app would not know is made unknown on its way to it and on its disk: the
//! kind of reactions, their rows, and the fold's version.

use super::team::{Person, Team};
use folkmoot_client::features::reactions::commands::ReactionCommand;
use folkmoot_client::view::{RoomView, SendState};
use folkmoot_model::event::{decode, encode};
use folkmoot_model::features::people::Role;
use folkmoot_model::fold::FOLD_VERSION;
use folkmoot_model::key::Key as RowKey;
use folkmoot_store::{Batch, Key, SledStore, Store};
use folkmoot_sync::replica::io::StreamHeld;
use folkmoot_wire::frame::{ServerFrame, WireRow};
use futures_util::{SinkExt, StreamExt};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;

/// The kind that Bo's app does not know: `MessageReacted`.
const NEWER_KIND: u16 = 35;

/// The tag of a row's key that no version has had so far.
const UNKNOWN_TAG: u8 = 0x5f;

/// What stands between a server and an app, and makes it an older one as long as `older` holds.
struct Between {
    host: SocketAddr,
    older: Arc<AtomicBool>,
}

impl Between {
    async fn of(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let host = listener.local_addr().expect("it has one");
        let older = Arc::new(AtomicBool::new(true));
        let seen = older.clone();
        tokio::spawn(async move {
            while let Ok((app, _)) = listener.accept().await {
                // How either side ends is the other's to notice.
                tokio::spawn(pass(app, server, seen.clone()));
            }
        });
        Self { host, older }
    }
}

/// Requests go through as they are; of the link each frame as the app's version reads it.
async fn pass(mut app: TcpStream, server: SocketAddr, older: Arc<AtomicBool>) -> Option<()> {
    let mut begins = [0; 9];
    while app.peek(&mut begins).await.ok()? < begins.len() {
        app.readable().await.ok()?;
    }
    let mut onward = TcpStream::connect(server).await.ok()?;
    if !begins.starts_with(b"GET /sync") {
        return copy_bidirectional(&mut app, &mut onward).await.ok().map(drop);
    }
    let (mut to_app, mut from_app) = tokio_tungstenite::accept_async(app).await.ok()?.split();
    let (onward, _) = tokio_tungstenite::client_async(format!("ws://{server}/sync"), onward).await.ok()?;
    let (mut to_server, mut from_server) = onward.split();
    loop {
        tokio::select! {
            said = from_app.next() => to_server.send(said?.ok()?).await.ok()?,
            said = from_server.next() => {
                let told = match said?.ok()? {
                    Message::Binary(bytes) if older.load(Ordering::Relaxed) => Message::Binary(as_older(&bytes)),
                    other => other,
                };
                to_app.send(told).await.ok()?;
            }
        }
    }
}

fn as_older(bytes: &[u8]) -> bytes::Bytes {
    let mut frame = ServerFrame::read(bytes).expect("a server says frames");
    let unknown = |rows: &mut Vec<WireRow>| {
        for row in rows.iter_mut().filter(|row| matches!(RowKey::read(&row.key), Some(RowKey::Reactions(_)))) {
            row.key[0] = UNKNOWN_TAG;
        }
    };
    match &mut frame {
        ServerFrame::Events(events) => {
            for logged in events.events.iter_mut().filter(|logged| logged.envelope.kind == NEWER_KIND) {
                logged.envelope.kind |= 0x4000;
            }
        }
        ServerFrame::Snapshot(snapshot) => unknown(&mut snapshot.rows),
        ServerFrame::PageRows(page) => unknown(&mut page.rows),
        _ => {}
    }
    frame.bytes()
}

/// The rows in this profile are as an older app made them.
fn folded_by_an_older_app(profile: &Path) {
    let key = std::fs::read(profile.join("key.plain")).expect("the key of a test lies in a file");
    let key = Key::from_bytes(key.try_into().expect("a key has 32 bytes"));
    let mut store = SledStore::open(&profile.join("store"), Some(&key), 0).expect("the store opens").store;
    let mut older = Batch::default();
    for (name, held) in store.metas(b"held/").expect("it can be read") {
        let held: StreamHeld = decode(&held).expect("of this version");
        assert_eq!(held.fold, FOLD_VERSION);
        older.put_meta(name, encode(&StreamHeld { fold: FOLD_VERSION - 1, ..held }));
    }
    assert!(!older.is_empty(), "something is held");
    store.commit(older).expect("it can be written");
    store.sync().expect("it is on the disk");
}

async fn reacts(person: &Person, message: folkmoot_model::id::EventId) {
    let react = ReactionCommand::React { room: person.welcome, message, emoji: "🌲".into(), on: true };
    person.dispatch(react).await;
}

fn reactions(room: &RoomView) -> Vec<(String, usize)> {
    let messages = room.messages.iter();
    messages.map(|message| (message.text.clone(), message.reactions.iter().map(|it| it.names.len()).sum())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_older_app_does_not_know_it_passes_over_and_has_after_its_update() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    // One reaction is there before he comes, in a snapshot; one comes while he is there, as an event.
    let before = ana.posts("Before Bo.").await;
    reacts(&ana, before).await;
    ana.online().await;
    let between = Between::of(team.address()).await;
    let link = team.invite(Role::Member).await.replace(&team.address().to_string(), &between.host.to_string());
    let mut bo = team.member_by("Bo", link).await;
    bo.reads("Before Bo.").await;
    let during = ana.posts("While Bo is here.").await;
    reacts(&ana, during).await;
    ana.posts("And on.").await;
    bo.reads("And on.").await;
    let none: Vec<(String, usize)> = ["Before Bo.", "While Bo is here.", "And on."].map(|text| (text.into(), 0)).into();
    assert_eq!(reactions(&bo.room().await), none, "all else is there, in its order");
    // He takes part as ever.
    bo.posts("From an older app.").await;
    ana.reads("From an older app.").await;
    bo.online().await;

    // He writes where there is no network, and updates before there is one again.
    bo.reopen_offline().await;
    bo.posts("Written before the update.").await;
    bo.quit().await;
    between.older.store(false, Ordering::Relaxed);
    folded_by_an_older_app(&bo.dir);
    bo.reopen_offline().await;
    let offline = bo.view::<folkmoot_client::view::AppView>(folkmoot_client::view::View::App).await;
    assert_eq!(offline.pending, 1, "what is his is not of the older fold");
    bo.reopen_online().await;
    bo.sees(|room| room.messages.len() == 5 && reactions(room).iter().map(|(_, count)| count).sum::<usize>() == 2)
        .await;
    let all = ana.sees(|room| room.messages.len() == 5).await;
    assert_eq!(reactions(&bo.room().await), reactions(&all));
    assert!(bo.room().await.messages.iter().all(|message| message.standing == SendState::Accepted));
    assert_eq!(reactions(&all)[..2], [("Before Bo.".into(), 1), ("While Bo is here.".into(), 1)]);
}
