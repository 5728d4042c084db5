//! A document's frame, before and after its own stream is held.

use super::*;
use crate::view::SendState;
use crate::view::testing::{ANA, BO, ME, ROOM, SPACE, World};
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind, DocumentListed, DocumentOpened};
use folkmoot_model::features::rooms::RoomArchived;
use folkmoot_model::refusal::Code;
use folkmoot_model::signal::{Availability, Signal};
use folkmoot_sync::outbox::Entry;
use folkmoot_sync::replica::io::StreamHeld;

const PLAN: StreamId = StreamId([7; 16]);

fn listed() -> DocumentListed {
    DocumentListed { document: PLAN, kind: DocumentKind::RichText, title: "Plan".into(), archived: false }
}

fn view(world: &World) -> DocumentView {
    document(world, PLAN, false, false).unwrap()
}

#[test]
fn a_document_of_others_is_known_by_its_room_before_it_is_held() {
    let mut world = World::new();
    assert_eq!(document(&world, PLAN, false, false), None);
    world.say(ROOM, ANA, listed());
    let shown = view(&world);
    assert_eq!((shown.document.title.as_str(), shown.room.id, shown.space), ("Plan", ROOM, SPACE));
    assert!(!shown.held && shown.can_write && document(&world, PLAN, true, false).unwrap().held);
    // It was opened once without a link: nothing of it has come.
    world.held.insert(PLAN, StreamHeld::default());
    assert!(!view(&world).held);
    world.say(PLAN, ANA, DocumentOpened { room: ROOM, kind: DocumentKind::RichText });
    assert!(view(&world).held);
    world.say(ROOM, ANA, RoomArchived { archived: true });
    assert!(!view(&world).can_write);
}

#[test]
fn its_standing_is_that_of_the_least_settled_change() {
    let mut world = World::new();
    let opened = world.queue(PLAN, DocumentOpened { room: ROOM, kind: DocumentKind::RichText });
    let list = world.queue(ROOM, listed());
    assert!(view(&world).held);
    assert_eq!(view(&world).standing, SendState::Saved);
    for (id, seq) in [(opened, 1), (list, 9)] {
        world.enter(Entry::Accepted { id, seq });
    }
    assert_eq!(view(&world).standing, SendState::Accepted);
    world.enter(Entry::Unsent { document: PLAN, update: vec![0, 0] });
    assert_eq!(view(&world).standing, SendState::Saved);
    let edit = world.mint();
    let envelope = folkmoot_model::event::Envelope::new(edit, &DocumentEdited { update: vec![0, 0] }.into(), 90_000);
    world.enter(Entry::Queued { stream: PLAN, envelope, merges: 1 });
    world.send();
    assert_eq!(view(&world).standing, SendState::Sending);
    world.refuse(edit, Code::Forbidden);
    assert_eq!(view(&world).standing, SendState::Refused);
}

#[test]
fn who_has_it_open_is_here_the_person_included() {
    let mut world = World::new();
    world.say(ROOM, ANA, listed());
    let here = Signal::Presence { availability: Availability::Online, at: Some(PLAN) };
    world.roster.signalled(0, PLAN, BO, 1, Some(&here));
    let shown = view(&world);
    assert_eq!(shown.here.iter().map(|person| person.id).collect::<Vec<_>>(), [BO, ME]);
    assert_eq!(shown.document.here, [BO]);
}
