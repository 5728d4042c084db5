//! What an operator does to accounts and devices: on a running server at once, on a directory at rest all the same.

use crate::common::{Server, post};
use folkmoot_model::id::{DeviceId, EventId};
use folkmoot_server::admin::{Command, Done, command};
use folkmoot_wire::api::{NotGranted, Place, Placed, Refresh, Session, SignIn};
use folkmoot_wire::frame::ByeCode;

async fn lines(server: &Server, asked: Command) -> Vec<String> {
    match command(&server.config, asked).await.unwrap() {
        Done::Lines(lines) => lines,
        Done::Link(link) => panic!("{link}"),
    }
}

async fn sign_in(server: &Server, name: &str, device: DeviceId) -> Result<Session, NotGranted> {
    let sign_in = SignIn { name: name.into(), password: "sesame, please".into(), device, known_device: None };
    server.post("sign-in", &sign_in).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_an_operator_ends_is_gone_at_once_and_for_good() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let bo = server.newcomer("Bo", 2).await;
    let listed = lines(&server, Command::ListPeople).await;
    assert_eq!(listed.len(), 2);
    assert!(
        listed[0].contains(&ana.session.person.to_string()) && listed[0].ends_with("1 signed in  Ana"),
        "{listed:?}"
    );

    let mut watching = server.welcome(&bo, &[bo.at.space]).await;
    let mut connected = server.welcome(&ana, &[ana.at.room]).await;
    // The last owner of her space.
    assert_eq!(lines(&server, Command::EndPerson { person: "ana".into() }).await, Vec::<String>::new());
    assert_eq!(connected.closed().await, Some(ByeCode::Revoked.close_code()));
    let removed = watching.until(|frame| match frame {
        folkmoot_wire::frame::ServerFrame::Events(events) => {
            let removed = |logged: &folkmoot_model::event::Logged| match logged.envelope.event() {
                Ok(folkmoot_model::event::Event::MemberRemoved(removed)) => Some(removed.person),
                _ => None,
            };
            events.events.iter().find_map(removed)
        }
        _ => None,
    });
    assert_eq!(removed.await, ana.session.person);
    let asked = Place { room: ana.at.room, message: EventId([1; 16]) };
    let place: Result<Placed, _> = post(&server.running.url, "place", &asked, Some(&ana.session.access)).await;
    assert_eq!(place.err(), Some(NotGranted::SignedOut));
    let refresh: Result<Session, _> = server.post("refresh", &Refresh { refresh: ana.session.refresh.clone() }).await;
    assert_eq!(refresh.err(), Some(NotGranted::SignedOut));
    assert_eq!(sign_in(&server, "Ana", ana.device).await.err(), Some(NotGranted::WrongPassword));
    let listed = lines(&server, Command::ListPeople).await;
    assert!(listed[0].contains("ended"), "{listed:?}");
    lines(&server, Command::EndPerson { person: "Ana".into() }).await;
    assert!(command(&server.config, Command::EndPerson { person: "Nobody".into() }).await.is_err());
    let config = server.config.clone();
    let server = Server::with(config, server.stop().await).await;
    assert_eq!(sign_in(&server, "Ana", ana.device).await.err(), Some(NotGranted::WrongPassword));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_an_operator_ends_is_signed_out_and_the_person_stays() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let other = DeviceId([7; 16]);
    sign_in(&server, "Ana", other).await.unwrap();
    let listed = lines(&server, Command::ListDevices { person: ana.session.person.to_string() }).await;
    assert_eq!(listed.iter().filter(|line| line.contains("signed in")).count(), 2, "{listed:?}");
    let mut connected = server.welcome(&ana, &[ana.at.room]).await;
    lines(&server, Command::EndDevice { device: ana.device }).await;
    assert_eq!(connected.closed().await, Some(ByeCode::Revoked.close_code()));
    assert!(command(&server.config, Command::EndDevice { device: ana.device }).await.is_err(), "it is signed out");
    // On a directory that nobody serves.
    let config = server.config.clone();
    let dir = server.stop().await;
    command(&config, Command::EndDevice { device: other }).await.unwrap();
    let server = Server::with(config, dir).await;
    let listed = lines(&server, Command::ListDevices { person: "Ana".into() }).await;
    assert_eq!(listed.iter().filter(|line| line.contains("signed out")).count(), 2, "{listed:?}");
    sign_in(&server, "Ana", other).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_space_is_made_whose_name_looks_like_anothers() {
    let server = Server::new().await;
    server.space().await;
    for name in ["Moot", "moot", "M\u{43e}\u{43e}t", "ＭＯＯＴ"] {
        assert!(folkmoot_server::admin::create_space(&server.config, name, None).await.is_err(), "{name}");
    }
    folkmoot_server::admin::create_space(&server.config, "Moot 2", None).await.unwrap();
}
