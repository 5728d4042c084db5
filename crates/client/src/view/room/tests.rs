//! What a room's view tells of its messages.

use super::*;
use crate::command::ScrollTo;
use crate::view::markdown::{Block, Inline};
use crate::view::patch::{FieldPatch, Update, between};
use crate::view::testing::{ANA, BO, ME, ROOM, SPACE, TALK, World, posted};
use crate::view::{RefusedWhat, SendState};
use folkmoot_model::features::messages::{MessageDeleted, MessageEdited, MessagePosted};
use folkmoot_model::features::people::Role;
use folkmoot_model::features::profiles::ProfileChanged;
use folkmoot_model::features::reactions::MessageReacted;
use folkmoot_model::features::rooms::{RoomAccess, RoomArchived, RoomOpened};
use folkmoot_model::features::spaces::{RoomListed, directory};
use folkmoot_model::id::EventId;
use folkmoot_model::id::StreamId;
use folkmoot_model::refusal::Code;
use folkmoot_model::signal::Signal;
use folkmoot_sync::outbox::Entry;

fn shown(world: &World) -> RoomView {
    let mut window = RoomWindow::open(world, TALK, None);
    room(world, &mut window).unwrap().view
}

fn edit(world: &mut World, message: EventId, to: &str) -> (EventId, MessageEdited) {
    let id = world.mint();
    let row = source_row(world, message);
    (id, MessageEdited { message, delta: row.text.delta(message, id, to).unwrap(), mentions: None })
}

fn source_row(world: &World, id: EventId) -> folkmoot_model::features::messages::MessageRow {
    world.row(ROOM, &Key::Message(id)).and_then(message).unwrap()
}

fn find(view: &RoomView, id: EventId) -> &MessageItem {
    view.messages.iter().find(|message| message.id == id).unwrap()
}

#[test]
fn a_message_goes_from_saved_to_accepted_without_a_double() {
    let mut world = World::new();
    world.post(ANA, "first", &[]);
    let mine = world.queue(ROOM, posted("mine", &[]));
    let next = world.queue(ROOM, posted("next", &[]));
    let standings = |world: &World| {
        let view = shown(world);
        let of = |message: &MessageItem| (message.text.clone(), message.standing, message.seq);
        view.messages.iter().map(of).collect::<Vec<_>>()
    };
    let first = || ("first".to_owned(), SendState::Accepted, Some(2));
    let item = |text: &str, standing, seq| (text.to_owned(), standing, seq);
    assert_eq!(
        standings(&world),
        [first(), item("mine", SendState::Saved, None), item("next", SendState::Saved, None)]
    );
    world.send();
    assert_eq!(standings(&world)[1], item("mine", SendState::Sending, None));
    world.enter(Entry::Accepted { id: mine, seq: 4 });
    assert_eq!(standings(&world)[1], item("mine", SendState::Accepted, None));
    // Its log entry comes, and the outbox still holds it.
    world.post(BO, "between", &[]);
    world.accept(ROOM, ME, mine, posted("mine", &[]));
    let texts: Vec<_> = standings(&world).into_iter().map(|(text, ..)| text).collect();
    assert_eq!(texts, ["first", "between", "mine", "next"]);
    assert_eq!(standings(&world)[2], item("mine", SendState::Accepted, Some(4)));
    world.enter(Entry::Settled { id: mine });
    assert_eq!(shown(&world).messages.len(), 4);
    assert_eq!(find(&shown(&world), next).standing, SendState::Saved);
}

#[test]
fn a_refused_post_stays_at_the_end_with_its_text() {
    let mut world = World::new();
    let refused =
        world.queue(ROOM, MessagePosted { text: "**no**".into(), reply_to: None, mentions: vec![], thread: None });
    let later = world.queue(ROOM, posted("later", &[]));
    world.refuse(refused, Code::Forbidden);
    world.post(ANA, "meanwhile", &[]);
    let view = shown(&world);
    let order: Vec<_> = view.messages.iter().map(|message| (message.text.as_str(), message.standing)).collect();
    assert_eq!(
        order,
        [("meanwhile", SendState::Accepted), ("**no**", SendState::Refused), ("later", SendState::Saved)]
    );
    let item = find(&view, refused);
    assert_eq!((item.mine, item.can_edit, item.author_name.as_str()), (true, false, "Mia"));
    assert_eq!(item.refused.len(), 1);
    let told = &item.refused[0];
    assert_eq!((told.event, told.what, told.refusal.code), (refused, RefusedWhat::Post, Code::Forbidden));
    assert_eq!(told.text, "**no**");
    assert_eq!(view.room.pending, 1);
    assert_eq!(find(&view, later).refused, []);
    world.enter(Entry::Settled { id: refused });
    assert_eq!(shown(&world).messages.len(), 2);
}

#[test]
fn changes_and_refused_changes_are_told_on_their_message() {
    let mut world = World::new();
    let message = world.post(ANA, "old words", &[]);
    let (id, edited) = edit(&mut world, message, "new words");
    world.queue_as(ROOM, id, edited);
    let view = shown(&world);
    let item = find(&view, message);
    assert_eq!((item.text.as_str(), item.standing, item.change), ("new words", SendState::Accepted, SendState::Saved));
    let told = item.edited.clone().unwrap();
    assert_eq!((told.by_name.as_str(), told.by_other), ("Mia", true));

    world.refuse(id, Code::TooLarge);
    let reaction = world.queue(ROOM, MessageReacted { message, emoji: "🙌".into(), on: true });
    let view = shown(&world);
    let item = find(&view, message);
    assert_eq!((item.text.as_str(), item.change), ("old words", SendState::Saved));
    assert_eq!(
        item.refused.iter().map(|told| (told.what, told.text.as_str())).collect::<Vec<_>>(),
        [(RefusedWhat::Edit, "new words")]
    );
    assert!(item.reactions[0].mine);
    world.refuse(reaction, Code::TargetMissing);
    let item = find(&shown(&world), message).clone();
    assert_eq!((item.refused.len(), item.refused[1].text.as_str(), item.reactions), (2, "🙌", vec![]));
    assert_eq!(item.change, SendState::Refused);
}

#[test]
fn names_reactions_replies_and_rights() {
    let mut world = World::new();
    let asked = world.post(ANA, "Who *comes*, @Mia?", &[ME]);
    let reply = MessagePosted { text: "me".into(), reply_to: Some(asked), mentions: vec![], thread: None };
    let reply = world.say(ROOM, ME, reply);
    for person in [BO, ANA] {
        world.say(ROOM, person, MessageReacted { message: asked, emoji: "👍".into(), on: true });
    }
    world.say(SPACE, ANA, ProfileChanged { name: "Ana Lima".into(), colour: 5 });
    let view = shown(&world);
    let item = find(&view, asked);
    assert_eq!((item.author_name.as_str(), item.author_colour, item.mine, item.names_me), ("Ana Lima", 5, false, true));
    assert_eq!(item.reactions[0].names, ["Ana Lima", "bo"]);
    assert!(!item.can_edit && !item.can_delete, "its author does");
    let Block::Paragraph { inlines } = &item.blocks[0] else { panic!("{:?}", item.blocks) };
    assert!(inlines.contains(&Inline::Mention { person: ME, name: "Mia".into(), me: true }));
    let answer = find(&view, reply);
    assert!(answer.can_edit && answer.can_delete);
    let quote = answer.reply_to.clone().unwrap();
    assert_eq!((quote.author_name.as_str(), quote.excerpt.as_str()), ("Ana Lima", "Who comes, @Mia?"));

    world.say(ROOM, ANA, MessageDeleted { message: asked, reply: None });
    let view = shown(&world);
    let item = find(&view, asked);
    assert!(item.deleted && !item.names_me && !item.can_edit && item.blocks.is_empty());
    assert!(find(&view, reply).reply_to.as_ref().is_some_and(|quote| quote.deleted && quote.excerpt.is_empty()));
    world.say(ROOM, ANA, RoomArchived { archived: true });
    assert!(!find(&shown(&world), reply).can_edit);
}

#[test]
fn a_guest_edits_only_what_is_theirs_and_an_owner_deletes_everything() {
    let mut world = World::default();
    world.say(SPACE, ANA, folkmoot_model::features::spaces::SpaceOpened { name: "Field lab".into() });
    world.member(ANA, "Ana", Role::Owner);
    world.member(ME, "Mia", Role::Guest);
    world.room(ROOM, RoomAccess::Private, "notes", ANA, &[ME]);
    let (theirs, mine) = (world.post(ANA, "hers", &[]), world.post(ME, "mine", &[]));
    let view = shown(&world);
    let rights = |id| (find(&view, id).can_edit, find(&view, id).can_delete);
    assert_eq!((rights(theirs), rights(mine), view.manages), ((false, false), (true, true), false));
    world.say(SPACE, ANA, folkmoot_model::features::people::RoleChanged { person: ME, role: Role::Admin });
    let view = shown(&world);
    assert!(view.manages && find(&view, theirs).can_delete);
}

#[test]
fn pending_messages_are_not_shown_above_newer_ones() {
    let mut world = World::new();
    let old: Vec<EventId> = (0..600).map(|n| world.post(ANA, &n.to_string(), &[])).collect();
    let mine = world.queue(ROOM, posted("mine", &[]));
    let mut window = RoomWindow::open(&world, TALK, Some(old[100]));
    let view = room(&world, &mut window).unwrap().view;
    assert!(view.newer && view.messages.iter().all(|message| message.id != mine));
    assert!(window.scroll(&world, ScrollTo::Message { message: mine }));
    assert_eq!(room(&world, &mut window).unwrap().view.messages.last().map(|message| message.id), Some(mine));
}

#[test]
fn a_room_opened_offline_can_be_written_in_at_once() {
    let mut world = World::new();
    let new = StreamId([8; 16]);
    let (access, members) = (RoomAccess::Private, vec![BO]);
    world.queue(new, RoomOpened { space: SPACE, access, name: "new".into(), topic: String::new(), members });
    world.queue(new, posted("hello", &[]));
    let mut window = RoomWindow::open(&world, Talk::of_room(new), None);
    let Shown { view, wants } = room(&world, &mut window).unwrap();
    assert!(view.held && view.room.joined && !view.loading && !view.older && !view.newer);
    assert_eq!((view.messages.len(), wants, view.members.len(), view.room.pending), (1, vec![], 2, 2));
    assert_eq!((view.unread_at_opening, view.head), (0, 0));
}

#[test]
fn a_room_that_is_only_listed_or_granted_is_shown_as_not_held() {
    let mut world = World::new();
    let (open, granted) = (StreamId([4; 16]), StreamId([5; 16]));
    world.say(
        directory(SPACE),
        ANA,
        RoomListed { room: open, name: "birds".into(), topic: "t".into(), archived: false },
    );
    world.say(ME.into(), ME, folkmoot_model::features::reads::Granted { stream: granted, space: Some(SPACE) });
    let look = |id| room(&world, &mut RoomWindow::open(&world, Talk::of_room(id), None)).map(|shown| shown.view);
    let listed = look(open).unwrap();
    assert_eq!((listed.room.name.as_str(), listed.space), ("birds", SPACE));
    assert!(!listed.held && !listed.room.joined);
    assert_eq!(look(granted).map(|view| (view.held, view.room.joined)), Some((false, true)));
    assert_eq!(look(StreamId([6; 16])), None);
}

#[test]
fn who_writes_is_told_without_oneself_and_one_change_is_one_small_patch() {
    let mut world = World::new();
    for n in 0..200 {
        world.post(ANA, &n.to_string(), &[]);
    }
    world.read(ROOM, 201);
    let mut window = RoomWindow::open(&world, TALK, None);
    let fields = |world: &World, window: &mut RoomWindow| {
        let view = room(world, window).unwrap().view;
        serde_json::to_value(view).unwrap().as_object().cloned().unwrap()
    };
    let before = fields(&world, &mut window);
    assert_eq!(before["messages"].as_array().map(Vec::len), Some(50));
    for person in [ME, BO] {
        world.roster.signalled(0, ROOM, person, 1, Some(&Signal::Typing { on: true, thread: None }));
    }
    let typing = fields(&world, &mut window);
    assert_eq!(typing["typing"], serde_json::json!([BO]));
    world.queue(ROOM, posted("mine", &[]));
    let Some(Update::Patch { fields }) = between(&typing, &fields(&world, &mut window)) else { panic!("no patch") };
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["messages", "room"]);
    let FieldPatch::Rows { rows, order } = &fields["messages"] else { panic!("not rows") };
    assert_eq!((rows.len(), order.as_ref().map(Vec::len)), (1, Some(51)));
}

#[test]
fn a_message_is_rendered_once_until_it_or_a_name_in_it_changes() {
    let mut world = World::new();
    let message = world.post(ANA, "@Bo, *look*", &[BO]);
    let mut window = RoomWindow::open(&world, TALK, None);
    room(&world, &mut window).unwrap();
    window.rendered.get_mut(&message).unwrap().2 = vec![Block::Rule];
    let blocks = |world: &World, window: &mut RoomWindow| room(world, window).unwrap().view.messages[0].blocks.clone();
    assert_eq!(blocks(&world, &mut window), [Block::Rule], "remembered");
    world.say(SPACE, BO, ProfileChanged { name: "Bo".into(), colour: 1 });
    assert_ne!(blocks(&world, &mut window), [Block::Rule]);
}
