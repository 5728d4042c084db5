//! Whose tokens are good for how long, and who keeps whom from signing in.

use crate::common::{Person, Server, post};
use folkmoot_model::id::{DeviceId, EventId, StreamId};
use folkmoot_server::Config;
use folkmoot_server::config::Rates;
use folkmoot_wire::api::{NotGranted, Place, Placed, Session, SignIn};
use folkmoot_wire::frame::ByeCode;

fn sign_in(name: &str, password: &str, device: DeviceId, known_device: Option<String>) -> SignIn {
    SignIn { name: name.into(), password: password.into(), device, known_device }
}

async fn is_good(server: &Server, access: &str) -> bool {
    let asked = Place { room: StreamId([1; 16]), message: EventId([1; 16]) };
    post::<_, Placed>(&server.running.url, "place", &asked, Some(access)).await.is_ok()
}

async fn sign_out(server: &Server, access: &str) {
    let out = reqwest::Client::new().post(format!("{}/api/v1/sign-out", server.running.url)).bearer_auth(access);
    assert!(out.send().await.unwrap().status().is_success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_from_before_a_sign_out_stays_void_once_its_person_signs_in_again() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let stolen = ana.session.access.clone();
    assert!(is_good(&server, &stolen).await);
    sign_out(&server, &stolen).await;
    let again: Session = server.post("sign-in", &sign_in("Ana", "sesame, please", ana.device, None)).await.unwrap();
    assert!(is_good(&server, &again.access).await);
    assert!(!is_good(&server, &stolen).await);
    let mut link = server.connect().await;
    link.hello(&stolen, ana.device, &[]).await;
    assert_eq!(link.closed().await, Some(ByeCode::Revoked.close_code()));
    // Nor does a restart bring it back.
    let config = server.config.clone();
    let server = Server::with(config, server.stop().await).await;
    assert!(is_good(&server, &again.access).await);
    assert!(!is_good(&server, &stolen).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_again_ends_the_connections_that_older_tokens_opened() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let mut old = server.welcome(&ana, &[]).await;
    let session: Session = server.post("sign-in", &sign_in("Ana", "sesame, please", ana.device, None)).await.unwrap();
    assert_eq!(old.closed().await, Some(ByeCode::Expired.close_code()));
    assert!(!is_good(&server, &ana.session.access).await);
    server.welcome(&Person { session, ..ana }, &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_who_guess_do_not_keep_a_device_out_that_its_owner_used_before() {
    let dir = tempfile::tempdir().unwrap();
    let tests = Config::for_tests(dir.path());
    let server = Server::with(Config { rates: Rates { sign_ins_per_minute: 2, ..tests.rates }, ..tests }, dir).await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let proof = ana.session.known_device.clone();
    assert!(proof.is_some());
    for name in ["Ana", "nobody"] {
        for guess in 0..2 {
            let refused: Result<Session, _> =
                server.post("sign-in", &sign_in(name, "a guess", DeviceId([9; 16]), None)).await;
            assert_eq!(refused.err(), Some(NotGranted::WrongPassword), "{name} {guess}");
        }
        let refused: Result<Session, _> =
            server.post("sign-in", &sign_in(name, "sesame, please", DeviceId([9; 16]), None)).await;
        assert!(matches!(refused.err(), Some(NotGranted::TooManyTries { .. })), "{name}");
    }
    // The proof is of this person on this device: made up, or shown for another, it is none.
    for (device, shown) in [(ana.device, Some("A".repeat(43))), (DeviceId([9; 16]), proof.clone()), (ana.device, None)]
    {
        let refused: Result<Session, _> =
            server.post("sign-in", &sign_in("Ana", "sesame, please", device, shown)).await;
        assert!(matches!(refused.err(), Some(NotGranted::TooManyTries { .. })));
    }
    let session: Session = server.post("sign-in", &sign_in("ana", "sesame, please", ana.device, proof)).await.unwrap();
    assert_eq!(session.person, ana.session.person);
    assert_eq!(session.known_device, ana.session.known_device, "it outlives the sign-in");
}
