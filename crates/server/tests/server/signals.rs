//! What is heard of others at the wire: only where everyone who hears it may read what it names, whatever a client says.

use crate::common::{Person, Server, Wire, event_id, presence};
use folkmoot_model::event::{Envelope, decode};
use folkmoot_model::features::documents::{DocumentKind, DocumentOpened};
use folkmoot_model::features::rooms::{RoomAccess, RoomOpened};
use folkmoot_model::id::StreamId;
use folkmoot_model::signal::{Availability, Signal};
use folkmoot_wire::frame::{ServerFrame, Signalled};
use folkmoot_wire::y_websocket::{Aware, aware, aware_update};

const SECRET: StreamId = StreamId::fixed(0xa0);
const DOCUMENT: StreamId = StreamId::fixed(0xd0);

fn caret(client: u32, clock: u32, state: &str) -> Signal {
    Signal::Awareness { update: aware_update(&[Aware { client, clock, state: state.into() }]) }
}

/// Said last, where everyone hears it: all that was said before it has been heard, or never is.
const END: Availability = Availability::Away;

impl Wire {
    /// What is heard of others until somebody says the end in this space.
    async fn heard_until_the_end(&mut self, space: StreamId) -> Vec<(StreamId, Option<Signal>)> {
        let mut heard = Vec::new();
        loop {
            let Ok(ServerFrame::Signalled(Signalled { stream, bytes, .. })) = self.hear().await else { continue };
            let signal = decode::<Signal>(&bytes);
            if (stream, &signal) == (space, &Some(presence(END, None))) {
                return heard;
            }
            heard.push((stream, signal));
        }
    }
}

/// Opens a private room with `with` in it, and a document there.
async fn secret_room(link: &mut Wire, ana: &Person, with: &Person) {
    let members = vec![with.session.person];
    let (access, name, topic) = (RoomAccess::Private, "surprise".to_owned(), String::new());
    let opened = RoomOpened { space: ana.at.space, access, name, topic, members };
    link.submit(SECRET, vec![Envelope::new(event_id(1), &opened.into(), 1)]).await;
    link.acked(1).await;
    let opened = DocumentOpened { room: SECRET, kind: DocumentKind::Code };
    link.submit(DOCUMENT, vec![Envelope::new(event_id(2), &opened.into(), 1)]).await;
    link.acked(2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_somebody_is_is_heard_only_in_that_room() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let (bo, cy) = (server.newcomer("Bo", 2).await, server.newcomer("Cy", 3).await);
    let (space, own) = (ana.at.space, StreamId::from(ana.session.person));
    let mut opens = server.welcome(&ana, &[]).await;
    secret_room(&mut opens, &ana, &cy).await;
    let all = [space, ana.at.room, SECRET, DOCUMENT];
    let mut by_ana = server.welcome(&ana, &[&all[..], &[own]].concat()).await;
    by_ana.caught(&[&all[..], &[own]].concat()).await;
    let mut at_bo = server.welcome(&bo, &all).await;
    at_bo.caught(&all[..2]).await;
    let mut at_cy = server.welcome(&cy, &all).await;
    at_cy.caught(&all).await;

    let online = |at| presence(Availability::Online, at);
    for stream in [space, own, ana.at.room, SECRET, DOCUMENT] {
        for at in [None, Some(space), Some(own), Some(ana.at.room), Some(SECRET), Some(DOCUMENT)] {
            by_ana.signals(stream, &online(at)).await;
        }
        by_ana.signals(stream, &Signal::Typing { on: true, thread: Some(event_id(1)) }).await;
        by_ana.signals(stream, &caret(7, 1, "{}")).await;
    }
    by_ana.signals(SECRET, &presence(Availability::Offline, Some(SECRET))).await;
    by_ana.signals(space, &presence(END, Some(SECRET))).await;

    let typing = Some(Signal::Typing { on: true, thread: Some(event_id(1)) });
    let in_the_open = [
        vec![(space, Some(online(None))); 6],
        vec![(ana.at.room, Some(online(Some(ana.at.room)))), (ana.at.room, typing.clone())],
    ];
    assert_eq!(at_bo.heard_until_the_end(space).await, in_the_open.concat());
    let in_secret = vec![
        (SECRET, Some(online(Some(SECRET)))),
        (SECRET, typing),
        (DOCUMENT, Some(online(Some(DOCUMENT)))),
        (DOCUMENT, Some(caret(7, 1, "{}"))),
        (SECRET, Some(Signal::left())),
    ];
    assert_eq!(at_cy.heard_until_the_end(space).await, [in_the_open.concat(), in_secret].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caret_is_moved_and_taken_away_only_by_whose_it_is() {
    let server = Server::new().await;
    let ana = server.join(&server.space().await, "Ana", 1).await;
    let eve = server.newcomer("Eve", 2).await;
    let mut opens = server.welcome(&ana, &[]).await;
    secret_room(&mut opens, &ana, &eve).await;
    let streams = [ana.at.space, DOCUMENT];
    let mut by_ana = server.welcome(&ana, &streams).await;
    by_ana.caught(&streams).await;
    let mut by_eve = server.welcome(&eve, &streams).await;
    by_eve.caught(&streams).await;

    by_ana.signals(DOCUMENT, &caret(5, 1, r#"{"cursor":1}"#)).await;
    by_ana.signals(ana.at.space, &presence(END, None)).await;
    assert_eq!(by_eve.heard_until_the_end(ana.at.space).await.len(), 1);
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(900), "]".repeat(900));
    for (client, clock, state) in
        [(5, u32::MAX, "{}"), (5, u32::MAX, "null"), (6, 1, "no JSON"), (6, 1, "3"), (6, 1, &deep), (7, 1, "{}")]
    {
        by_eve.signals(DOCUMENT, &caret(client, clock, state)).await;
    }
    by_eve.signals(ana.at.space, &presence(END, None)).await;
    assert_eq!(by_ana.heard_until_the_end(ana.at.space).await, [(DOCUMENT, Some(caret(7, 1, "{}")))]);

    // Whoever comes is shown both, each once.
    let mut late = server.welcome(&ana, &[DOCUMENT]).await;
    let mut shown = Vec::new();
    while shown.len() < 2 {
        let update = late.until(|frame| match frame {
            ServerFrame::Signalled(signalled) => decode::<Signal>(&signalled.bytes),
            _ => None,
        });
        let Signal::Awareness { update } = update.await else { panic!("no caret") };
        shown.extend(aware(&update).iter().map(|one| (one.client, one.state.to_string())));
    }
    assert_eq!(shown, [(5, r#"{"cursor":1}"#.to_owned()), (7, "{}".to_owned())]);
}
