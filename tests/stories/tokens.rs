//! An access token is short-lived; nobody notices. Here it lives for two seconds instead of ten minutes.

use super::team::{Person, Team};
use folkmoot_bench::socket::Socket;
use folkmoot_client::features::presence::commands::PresenceCommand;
use folkmoot_client::view::LinkState;
use folkmoot_model::features::people::Role;
use folkmoot_server::config::Config;
use folkmoot_wire::frame::{ByeCode, ServerFrame};

/// What lives shorter than a test lasts.
const ACCESS_TOKEN_S: u64 = 2;

/// Renewals, beyond the first token, that both must have come through.
const RENEWALS_MIN: usize = 10;

/// How often a person's device has got a token in exchange for its last.
fn renewals(team: &Team, person: &[u8; 16]) -> usize {
    let db = rusqlite::Connection::open(team.log()).expect("the log opens");
    let sql = "SELECT count(*) FROM spent JOIN device ON device.id = spent.device WHERE device.person = ?1";
    db.query_row(sql, [person.as_slice()], |row| row.get(0)).expect("it can be read")
}

/// Has the person's link been up without a break since this began? Ends when it has not.
async fn breaks(person: &Person) -> LinkState {
    let mut standing = person.handle.status();
    let broken = standing.wait_for(|standing| !matches!(standing.link, LinkState::Online | LinkState::CatchingUp));
    broken.await.expect("the engine runs").link.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_talk_on_while_their_tokens_expire_and_who_renews_none_is_hung_up_on() {
    let team = Team::with(|config| Config { access_token_s: ACCESS_TOKEN_S, ..config }).await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let witness = team.invite(Role::Member).await;
    let expired = tokio::spawn(async move {
        let mut socket = Socket::join_by(&witness, "Witness").await.expect("the witness joins");
        loop {
            match socket.hear().await.expect("it is told why, before it is hung up on") {
                ServerFrame::Bye(bye) => return bye.code,
                // It lives as every client does, but for its token.
                ServerFrame::Ping(_) => socket.say(folkmoot_wire::frame::Pong {}).await.expect("it is heard"),
                _ => {}
            }
        }
    });
    let talk = async {
        let mut said = 0;
        while !expired.is_finished() {
            for (one, other) in [(&ana, &bo), (&bo, &ana)] {
                said += 1;
                let text = format!("{} says {said}", one.name);
                one.posts(&text).await;
                let seq = other.reads(&text).await.seq.expect("it has come from the server");
                other.dispatch(PresenceCommand::ReadTo { room: other.welcome, seq }).await;
            }
            // A pause, as people make: so that the token expires between two messages and not only within one.
            tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        }
        said
    };
    let said = tokio::select! {
        said = talk => said,
        link = breaks(&ana) => panic!("Ana's link broke: {link:?}"),
        link = breaks(&bo) => panic!("Bo's link broke: {link:?}"),
    };
    assert_eq!(expired.await.expect("it ended"), ByeCode::Expired);
    for person in [&ana, &bo] {
        let renewed = renewals(&team, person.id().await.as_bytes());
        assert!(renewed >= RENEWALS_MIN, "{} renewed {renewed} times", person.name);
        person.online().await;
    }
    assert!(said >= 2 * RENEWALS_MIN, "they said {said} things");
}
