//! Threads: talk beside the talk of a room, with an unread count of its own.

use super::far_back::long_history;
use super::team::{Person, Team};
use folkmoot_client::command::{Done, Refused, ScrollTo};
use folkmoot_client::features::messages::commands::MessageCommand;
use folkmoot_client::features::presence::commands::PresenceCommand;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_client::features::threads::commands::ThreadCommand;
use folkmoot_client::features::threads::list::ThreadsView;
use folkmoot_client::features::threads::view::ThreadView;
use folkmoot_client::features::timeline::commands::TimelineCommand;
use folkmoot_client::view::{AppView, SendState, View};
use folkmoot_model::features::people::Role;
use folkmoot_model::features::threads::{InThread, Subject};
use folkmoot_model::id::EventId;
use folkmoot_model::refusal::Code;

fn post(person: &Person, root: EventId, text: &str, also_in_room: bool) -> MessageCommand {
    let thread = Some(InThread { subject: Subject::Message(root), also_in_room });
    MessageCommand::Post { room: person.welcome, text: text.into(), reply_to: None, thread }
}

async fn replies(person: &Person, root: EventId, text: &str) -> EventId {
    let Done::Minted { id } = person.dispatch(post(person, root, text, false)).await else { panic!("no id") };
    id
}

/// Waits until the thread shows what is hoped for.
async fn thread(person: &Person, root: EventId, hoped: impl Fn(&ThreadView) -> bool) -> ThreadView {
    person.until(View::Thread { room: person.welcome, subject: Subject::Message(root), at: None }, hoped).await
}

fn says(view: &ThreadView, text: &str) -> bool {
    view.messages.iter().any(|message| message.text == text)
}

/// Waits until the list of followed threads shows what is hoped for.
async fn list(person: &Person, hoped: impl Fn(&ThreadsView) -> bool) -> ThreadsView {
    person.until(View::Threads { space: person.space_id().await }, hoped).await
}

fn code(refused: Refused) -> Code {
    match refused {
        Refused::Rule { refusal } => refusal.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_in_a_thread_is_unread_for_who_has_a_part_in_it_and_not_in_the_room() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let cy = team.member("Cy", Role::Member).await;
    let root = ana.posts("Who brings the boat?").await;
    bo.reads("Who brings the boat?").await;
    ana.online().await;
    replies(&bo, root, "I do.").await;

    let room = ana.sees(|room| room.messages.iter().any(|message| message.thread.is_some())).await;
    let foot = room.messages.iter().find_map(|message| message.thread.clone()).expect("it was just there");
    let faces: Vec<_> = foot.faces.iter().map(|face| face.name.as_str()).collect();
    assert_eq!((foot.replies, faces, foot.follows), (1, vec!["Bo"], true));
    assert!(room.messages.iter().all(|message| message.text != "I do."), "the room itself is not disturbed");
    assert_eq!(room.room.unread, 0);
    let listed = list(&ana, |list| list.unread == 1).await;
    assert_eq!((listed.threads[0].excerpt.as_str(), listed.threads[0].unread), ("Who brings the boat?", 1));
    assert_eq!(list(&bo, |list| !list.threads.is_empty()).await.unread, 0, "whoever wrote there follows, and has read");
    let notices = ana.until(View::App, |app: &AppView| !app.notices.is_empty()).await.notices;
    assert_eq!(notices[0].title, "Bo in #welcome, in a thread");

    // Whoever has no part in it is told nothing, until they are named.
    thread(&cy, root, |view| says(view, "I do.")).await;
    assert!(list(&cy, |_| true).await.threads.is_empty());
    replies(&bo, root, "@Cy and the oars?").await;
    let listed = list(&cy, |list| list.mentions == 1).await;
    assert_eq!(listed.threads[0].unread, 1, "from where he was named on");

    // Read on one device is read on the other.
    let second = team.second_device(&ana, "ana-2").await;
    list(&second, |list| list.threads.first().is_some_and(|thread| thread.unread == 2)).await;
    let seq = thread(&ana, root, |view| view.messages.len() == 2).await.head;
    let (room, subject) = (ana.welcome, Subject::Message(root));
    ana.dispatch(PresenceCommand::ReadThreadTo { room, subject, seq }).await;
    for device in [&ana, &second] {
        list(device, |list| list.unread == 0 && list.threads.len() == 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_written_offline_is_shown_at_once_and_comes_to_thread_and_room() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    let root = ana.posts("Shall we meet on Friday?").await;
    bo.reads("Shall we meet on Friday?").await;
    bo.reopen_offline().await;
    bo.dispatch(post(&bo, root, "Friday is fine", true)).await;
    replies(&bo, root, "At the harbour").await;
    let view = thread(&bo, root, |view| view.messages.len() == 2).await;
    assert!(view.follows && view.messages.iter().all(|message| message.standing == SendState::Saved));
    bo.killed_and_reopened_offline().await;
    thread(&bo, root, |view| says(view, "At the harbour") && view.replies == 2).await;

    bo.reopen_online().await;
    thread(&ana, root, |view| says(view, "Friday is fine") && says(view, "At the harbour")).await;
    let shown = ana.reads("Friday is fine").await;
    let above = shown.in_thread.expect("it says that it is in a thread");
    assert_eq!((above.root.excerpt.as_str(), above.also_in_room), ("Shall we meet on Friday?", true));
    assert!(ana.texts().await.iter().all(|text| text != "At the harbour"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_follows_a_thread_or_not_as_one_likes() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let cy = team.member("Cy", Role::Member).await;
    let root = ana.posts("Lunch?").await;
    bo.reads("Lunch?").await;
    replies(&bo, root, "At noon").await;
    thread(&cy, root, |view| says(view, "At noon") && !view.follows).await;
    list(&ana, |list| list.unread == 1).await;
    let follow = |person: &Person, on| {
        let (room, subject) = (person.welcome, Subject::Message(root));
        ThreadCommand::FollowThread { room, subject, on }
    };
    ana.dispatch(follow(&ana, false)).await;
    cy.dispatch(follow(&cy, true)).await;
    list(&ana, |list| list.threads.is_empty()).await;
    assert_eq!(list(&cy, |list| list.threads.len() == 1).await.unread, 0, "what was there already counts as read");
    cy.online().await;
    replies(&bo, root, "Or at one").await;
    list(&cy, |list| list.unread == 1).await;
    thread(&ana, root, |view| says(view, "Or at one")).await;
    assert!(list(&ana, |_| true).await.threads.is_empty(), "nobody is drawn back in");
    assert_eq!(ana.view::<AppView>(View::App).await.notices.len(), 1, "nor told of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_leaves_its_thread_and_nothing_hangs_on_a_reply() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let room = ana.welcome;
    let root = ana.posts("The plan").await;
    bo.reads("The plan").await;
    let first = replies(&bo, root, "Looks good").await;
    replies(&bo, root, "One thing is missing").await;
    thread(&ana, root, |view| view.replies == 2).await;
    list(&ana, |list| list.threads.first().is_some_and(|thread| thread.unread == 2)).await;
    bo.online().await;
    bo.dispatch(MessageCommand::Delete { room, message: first }).await;
    thread(&ana, root, |view| view.replies == 1).await;
    list(&ana, |list| list.threads.first().is_some_and(|thread| thread.unread == 1)).await;
    assert_eq!(code(ana.refused(post(&ana, first, "below a reply", false)).await), Code::BadRequest);

    // Its subject gone, the thread stays.
    ana.dispatch(MessageCommand::Delete { room, message: root }).await;
    let view = thread(&bo, root, |view| view.root.as_ref().is_some_and(|root| root.deleted)).await;
    assert!(says(&view, "One thing is missing") && view.can_reply);
    ana.dispatch(RoomCommand::ArchiveRoom { room, archived: true }).await;
    assert!(!thread(&ana, root, |view| view.room.archived).await.can_reply);
    assert_eq!(code(ana.refused(post(&ana, root, "too late", false)).await), Code::Archived);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_long_absence_the_threads_that_one_follows_are_fetched() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    let root = bo.posts("How do we name the boat?").await;
    ana.reads("How do we name the boat?").await;
    let early = replies(&ana, root, "Let us think").await;
    thread(&bo, root, |view| view.messages.len() == 1).await;
    bo.online().await;
    bo.quit().await;
    long_history(&team).await;
    replies(&ana, root, "Heron").await;
    ana.online().await;

    bo.reopen_online().await;
    let listed = list(&bo, |list| list.threads.first().is_some_and(|thread| thread.held && thread.unread == 2)).await;
    assert_eq!(listed.threads[0].replies, 2);
    let view = thread(&bo, root, |view| view.messages.len() == 2 && view.root.is_some()).await;
    assert_eq!((view.messages[1].text.as_str(), view.older), ("Heron", false));

    // Whoever comes anew holds nothing of it: a link to a reply leads into the thread.
    let cy = team.member("Cy", Role::Member).await;
    let mut watched = cy.handle.watch(View::Room { room: cy.welcome, at: None }).await.expect("the engine runs");
    drop(watched.updates.recv().await);
    let goes = TimelineCommand::Scroll { watch: watched.watch, to: ScrollTo::Message { message: early } };
    let subject = Subject::Message(root);
    assert_eq!(cy.dispatch(goes).await, Done::InThread { subject });
    thread(&cy, root, |view| says(view, "Let us think") && says(view, "Heron")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_a_reply_is_edited_to_name_has_a_part_in_its_thread() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let cy = team.member("Cy", Role::Member).await;
    let root = ana.posts("The oars").await;
    ana.online().await;
    let reply = replies(&ana, root, "who has them?").await;
    ana.online().await;
    thread(&cy, root, |view| says(view, "who has them?")).await;
    assert!(list(&cy, |_| true).await.threads.is_empty());
    ana.dispatch(MessageCommand::Edit { room: ana.welcome, message: reply, text: "@Cy who has them?".into() }).await;
    let listed = list(&cy, |list| list.unread == 1).await;
    assert_eq!((listed.mentions, listed.threads[0].unread), (1, 1));
    assert!(list(&bo, |_| true).await.threads.is_empty(), "and nobody else");
}
