//! What a thread shows, and that its unread count is always what a recount gives.

use super::list::threads;
use super::view::{follows, thread};
use crate::view::remembered::Remembered;
use crate::view::talk::Talk;
use crate::view::testing::{ANA, BO, ME, ROOM, SPACE, World, posted};
use crate::view::unread::{Unread, count};
use crate::view::window::RoomWindow;
use folkmoot_model::event::{Event, Sealed};
use folkmoot_model::features::messages::{MessageDeleted, MessagePosted};
use folkmoot_model::features::threads::{
    DeletedReply, InThread, Subject, ThreadFollowed, ThreadJoined, ThreadReadTo, VOICES_MAX,
};
use folkmoot_model::fold::touches;
use folkmoot_model::id::{EventId, PersonId, Seq, StreamId};
use folkmoot_model::key::{Key, List};
use folkmoot_wire::frame::Range;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn reply(root: EventId, text: &str, also_in_room: bool, mentions: &[PersonId]) -> MessagePosted {
    MessagePosted { thread: Some(InThread { subject: Subject::Message(root), also_in_room }), ..posted(text, mentions) }
}

fn joins(world: &mut World, root: EventId, place: Seq, read_to: Seq) {
    world.say(ME.into(), ME, ThreadJoined { room: ROOM, subject: Subject::Message(root), place, read_to });
}

#[test]
fn replies_are_in_the_thread_and_in_the_room_only_where_they_say_so() {
    let mut world = World::new();
    let root = world.post(ANA, "root", &[]);
    world.say(ROOM, BO, reply(root, "beside", false, &[]));
    world.say(ROOM, BO, reply(root, "also", true, &[]));
    world.queue(ROOM, reply(root, "mine, on its way", false, &[]));
    let shows = |talk| {
        let mut window = RoomWindow::open(&world, talk, None);
        let rows = window.settle(&world).messages;
        rows.iter().map(|(.., row)| row.text.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(shows(Talk::of_room(ROOM)), ["root", "also"]);
    let subject = Subject::Message(root);
    assert_eq!(shows(Talk::of_thread(ROOM, subject)), ["beside", "also"]);
    let mut window = RoomWindow::open(&world, Talk::of_thread(ROOM, subject), None);
    let view = thread(&world, &mut window, subject).unwrap().view;
    let texts: Vec<_> = view.messages.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["beside", "also", "mine, on its way"]);
    assert!(view.follows && view.can_reply && !view.older && !view.loading && view.root.is_some());
    assert!(view.messages[0].thread.is_none() && view.root.unwrap().thread.is_some());
}

#[test]
fn whose_message_it_hangs_on_follows_it_until_they_choose_otherwise() {
    let mut world = World::new();
    let (mine, hers) = (world.post(ME, "mine", &[]), world.post(ANA, "hers", &[]));
    for root in [mine, hers] {
        world.say(ROOM, BO, reply(root, "reply", false, &[]));
    }
    let follows = |world: &World, root| follows(world, ROOM, Subject::Message(root));
    assert_eq!((follows(&world, mine), follows(&world, hers)), (true, false));
    let (subject, on) = (Subject::Message(mine), false);
    world.say(ME.into(), ME, ThreadFollowed { room: ROOM, subject, place: 2, read_to: 5, on });
    assert!(!follows(&world, mine));
}

#[test]
fn what_is_followed_and_not_here_is_asked_for() {
    let mut world = World::new();
    let root = world.post(ANA, "root", &[]);
    let place = world.held[&ROOM].cursor;
    world.say(ROOM, BO, reply(root, "early", false, &[]));
    world.say(ROOM, BO, reply(root, "late", false, &[]));
    joins(&mut world, root, place, place);
    assert!(threads(&world, SPACE).wants.is_empty());
    assert_eq!(threads(&world, SPACE).view.threads[0].unread, 2);
    world.drop_places(ROOM, 1, place + 1);
    let wants = threads(&world, SPACE).wants;
    let (room, thread) = (Talk::of_room(ROOM), Talk::of_thread(ROOM, Subject::Message(root)));
    assert_eq!(
        wants,
        [
            (room, Range { first: place, last: place }),
            (thread, Range { first: place + 1, last: world.held[&ROOM].cursor })
        ]
    );
    // In the thread, as many as there are at once: how far they lie apart says nothing.
    let mut window = RoomWindow::open(&world, thread, None);
    let missing = window.settle(&world).missing.unwrap();
    assert_eq!((missing.first, missing.last), (place + 1, place + 1));
}

#[test]
fn threads_with_something_unread_come_first_then_the_last_that_was_answered() {
    let mut world = World::new();
    let roots: Vec<_> = (0..3).map(|n| world.post(ANA, &format!("root {n}"), &[])).collect();
    for root in &roots {
        world.say(ROOM, BO, reply(*root, "reply", false, &[]));
    }
    let end = world.held[&ROOM].cursor;
    for (root, read_to) in roots.iter().zip([end - 3, end, end]) {
        joins(&mut world, *root, 2, read_to);
    }
    let view = threads(&world, SPACE).view;
    let shown: Vec<_> = view.threads.iter().map(|thread| (thread.excerpt.as_str(), thread.unread)).collect();
    assert_eq!(shown, [("root 0", 1), ("root 2", 0), ("root 1", 0)]);
    assert_eq!((view.unread, view.mentions), (1, 0));
}

#[test]
fn a_crowd_is_counted_and_not_named() {
    let mut world = World::new();
    let root = world.post(ANA, "root", &[]);
    for n in 0..VOICES_MAX as u8 + 5 {
        world.say(ROOM, PersonId([n + 1; 16]), reply(root, "hello", false, &[]));
    }
    let summary = super::view::summary(&world, ROOM, root).unwrap();
    assert_eq!((summary.replies as usize, summary.voices.len()), (VOICES_MAX + 5, VOICES_MAX));
}

/// One thing that happens.
#[derive(Debug, Clone)]
enum Happens {
    Room(PersonId),
    Reply { root: usize, by: PersonId, also: bool, names_me: bool },
    Delete(usize),
    Read { root: usize, back: Seq },
    Follow { root: usize, on: bool },
    ReadRoom,
}

fn happens() -> impl Strategy<Value = Happens> {
    let person = prop_oneof![Just(ANA), Just(BO), Just(ME)];
    prop_oneof![
        1 => person.clone().prop_map(Happens::Room),
        6 => (0..3_usize, person, any::<bool>(), any::<bool>())
            .prop_map(|(root, by, also, names_me)| Happens::Reply { root, by, also, names_me }),
        2 => (0..40_usize).prop_map(Happens::Delete),
        2 => (0..3_usize, 0..4_u64).prop_map(|(root, back)| Happens::Read { root, back }),
        1 => (0..3_usize, any::<bool>()).prop_map(|(root, on)| Happens::Follow { root, on }),
        1 => Just(Happens::ReadRoom),
    ]
}

/// A reply as a recount sees it.
#[derive(Debug, Clone)]
struct Said {
    id: EventId,
    root: usize,
    by: PersonId,
    seq: Seq,
    names_me: bool,
    deleted: bool,
}

/// Says it, and forgets the counts that it changes, as the engine does.
fn say(world: &mut World, cache: &mut Remembered, stream: StreamId, by: PersonId, event: impl Into<Event>) -> EventId {
    let (id, event) = (world.mint(), event.into());
    let seq = world.accept(stream, by, id, event.clone());
    let changed: Vec<(StreamId, Key)> =
        touches(&Sealed { id, seq, author: by, at_ms: 0, event }).into_iter().map(|key| (stream, key)).collect();
    cache.changed(&changed);
    id
}

proptest! {
    #[test]
    fn unread_replies_never_drift_from_a_recount(history in prop::collection::vec(happens(), 1..60)) {
        let mut world = World::new();
        let mut cache = Remembered::default();
        let roots: Vec<EventId> = (0..3).map(|n| world.post(ANA, &format!("root {n}"), &[])).collect();
        let mut said: Vec<Said> = Vec::new();
        let mut marks: [Option<(bool, Seq)>; 3] = [None; 3];
        for happens in history {
            let subject = |root: usize| Subject::Message(roots[root]);
            let end = world.held[&ROOM].cursor;
            match happens {
                Happens::Room(by) => {
                    say(&mut world, &mut cache, ROOM, by, posted("in the room", &[]));
                }
                Happens::Reply { root, by, also, names_me } => {
                    let named: &[PersonId] = if names_me { &[ME] } else { &[] };
                    let event = reply(roots[root], "reply", also, named);
                    let id = say(&mut world, &mut cache, ROOM, by, event);
                    said.push(Said { id, root, by, seq: end + 1, names_me, deleted: false });
                    // As the server tells whoever has a part in it.
                    if (by == ME || names_me) && marks[root].is_none() {
                        let read_to = if by == ME { end + 1 } else { end };
                        let event = ThreadJoined { room: ROOM, subject: subject(root), place: 2, read_to };
                        say(&mut world, &mut cache, ME.into(), ME, event);
                        marks[root] = Some((true, read_to));
                    }
                }
                Happens::Delete(which) => {
                    let standing = said.len();
                    let Some(reply) = said.get_mut(which % standing.max(1)).filter(|reply| !reply.deleted) else { continue };
                    reply.deleted = true;
                    let deleted = DeletedReply { subject: Subject::Message(roots[reply.root]), author: reply.by };
                    let event = MessageDeleted { message: reply.id, reply: Some(deleted) };
                    say(&mut world, &mut cache, ROOM, ANA, event);
                }
                Happens::Read { root, back } => {
                    let to = end.saturating_sub(back);
                    say(&mut world, &mut cache, ME.into(), ME, ThreadReadTo { room: ROOM, subject: subject(root), to });
                    if let Some((_, read_to)) = &mut marks[root] {
                        *read_to = to.max(*read_to);
                    }
                }
                Happens::Follow { root, on } => {
                    let event = ThreadFollowed { room: ROOM, subject: subject(root), place: 2, read_to: end, on };
                    say(&mut world, &mut cache, ME.into(), ME, event);
                    marks[root] = Some((on, marks[root].map_or(end, |(_, read_to)| read_to)));
                }
                Happens::ReadRoom => {
                    let event = folkmoot_model::features::reads::ReadTo { room: ROOM, seq: end };
                    say(&mut world, &mut cache, ME.into(), ME, event);
                }
            }
            for (root, mark) in marks.iter().enumerate() {
                let talk = Talk::of_thread(ROOM, subject(root));
                let shown = cache.count(talk).unwrap_or_else(|| {
                    let counted = count(&world, talk);
                    cache.counted(talk, counted);
                    counted
                });
                let unread: Vec<&Said> = said
                    .iter()
                    .filter(|reply| reply.root == root && !reply.deleted && reply.by != ME)
                    .filter(|reply| mark.is_some_and(|(follows, read_to)| follows && reply.seq > read_to))
                    .collect();
                let named = unread.iter().filter(|reply| reply.names_me).count();
                let Unread { count, mentions, .. } = shown;
                prop_assert_eq!((count as usize, mentions as usize), (unread.len(), named), "thread {}", root);
            }
        }
        // Each list holds its own, each reply once.
        for (root, id) in roots.iter().enumerate() {
            let entries = crate::source::Source::range(
                &world, ROOM, List::Thread(*id).entry(0), List::Thread(*id).entry(Seq::MAX), false, 1_000,
            );
            let places: BTreeSet<Seq> = said.iter().filter(|reply| reply.root == root).map(|reply| reply.seq).collect();
            prop_assert_eq!(entries.len(), places.len());
        }
    }
}
