//! A new device of a person who is in many rooms: how far it is, is told while they come, and no longer.

use super::team::{PASSWORD, Person, Team};
use folkmoot_client::command::Done;
use folkmoot_client::features::accounts::commands::AccountCommand;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_client::view::{AppView, FirstSync, LinkState, View};
use folkmoot_model::features::people::Role;
use folkmoot_model::features::rooms::RoomAccess;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

/// Rooms beside the one in which everybody lands.
const ROOMS: usize = 40;

/// Messages in each: some KiB.
const MESSAGES: usize = 20;

/// What comes through at first: about half of it.
const FIRST_BYTES: usize = 90_000;

#[tokio::test(flavor = "multi_thread")]
async fn how_many_rooms_have_come_is_told_while_they_come_and_stands_still_offline() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut standing = ana.handle.status();
    let space = ana.space_id().await;
    for room in 0..ROOMS {
        let (access, name) = (RoomAccess::Private, format!("room-{room}"));
        let open = RoomCommand::OpenRoom { space, access, name, topic: String::new(), members: vec![] };
        let Done::Opened { stream } = ana.dispatch(open).await else { panic!("no room") };
        for message in 0..MESSAGES {
            ana.posts_in(stream, &format!("Note {message}: {}", "words ".repeat(20))).await;
        }
    }
    standing.wait_for(|standing| standing.pending == 0).await.expect("the engine runs");

    let network = Network::before(team.address()).await;
    let link = team.invite(Role::Member).await;
    let link = link.replacen(&team.address().to_string(), &network.address.to_string(), 1);
    let device = team.stranger("Ana's other device");
    device.dispatch(AccountCommand::SignIn { server: link, name: "Ana".into(), password: PASSWORD.into() }).await;
    let all = u32::try_from(ROOMS + 1).expect("it is small");
    let midway = app(&device, |app| app.first_sync.is_some_and(|sync| sync.rooms == all && sync.held > 4)).await;
    assert_eq!(midway.link, LinkState::CatchingUp, "{midway:?}");

    // The network is gone in the middle of it. What has come is there, and it is said how much that is.
    network.cut();
    let paused = app(&device, |app| matches!(app.link, LinkState::Offline { .. })).await;
    let Some(FirstSync { held, rooms }) = paused.first_sync else { panic!("{paused:?}") };
    assert!(held > 4 && held < all && rooms == all, "{held} of {rooms}");
    network.mend();
    device.dispatch(AccountCommand::TryNow).await;
    app(&device, |app| app.first_sync.is_none() && app.link == LinkState::Online).await;
    device.online().await;

    // A short absence is none.
    network.cut();
    app(&device, |app| matches!(app.link, LinkState::Offline { .. })).await;
    ana.posts("while it is away").await;
    network.mend();
    device.dispatch(AccountCommand::TryNow).await;
    let back = app(&device, |app| {
        assert_eq!(app.first_sync, None, "all rooms are here");
        app.link == LinkState::Online
    });
    back.await;
}

/// Waits until the app's view is so.
async fn app(person: &Person, hoped: impl Fn(&AppView) -> bool) -> AppView {
    person.until(View::App, hoped).await
}

/// What lies between a device and the server: it lets so many bytes through, can be cut, and is whole once mended.
struct Network {
    address: SocketAddr,
    through: Arc<Semaphore>,
    up: watch::Sender<bool>,
}

impl Network {
    async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it listens");
        let (through, (up, is_up)) = (Arc::new(Semaphore::new(FIRST_BYTES)), watch::channel(true));
        let down = through.clone();
        tokio::spawn(async move {
            while let Ok((device, _)) = listener.accept().await {
                let (down, mut is_up) = (down.clone(), is_up.clone());
                tokio::spawn(async move {
                    if *is_up.borrow() {
                        tokio::select! {
                            _ = is_up.wait_for(|up| !up) => {}
                            () = carry(device, server, down) => {}
                        }
                    }
                });
            }
        });
        Self { address, through, up }
    }

    fn cut(&self) {
        self.up.send_replace(false);
    }

    fn mend(&self) {
        self.up.send_replace(true);
        self.through.add_permits(Semaphore::MAX_PERMITS / 4);
    }
}

/// Up at once, down as many bytes as may.
async fn carry(device: TcpStream, server: SocketAddr, down: Arc<Semaphore>) {
    let Ok(server) = TcpStream::connect(server).await else { return };
    let ((mut from_device, mut to_device), (mut from_server, mut to_server)) =
        (device.into_split(), server.into_split());
    let up = tokio::io::copy(&mut from_device, &mut to_server);
    let down = async {
        let mut bytes = [0; 1_024];
        while let Ok(read @ 1..) = from_server.read(&mut bytes).await {
            let Ok(may) = down.acquire_many(u32::try_from(read).expect("it is small")).await else { return };
            may.forget();
            if to_device.write_all(&bytes[..read]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        _ = up => {}
        () = down => {}
    }
}
