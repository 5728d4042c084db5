//! Two people write one document together, online and apart.

use super::team::{Editor, Person, Team};
use folkmoot_client::command::Done;
use folkmoot_client::features::documents::commands::DocumentCommand;
use folkmoot_client::view::{AppView, DocumentView, Phase, SpaceView, View};
use folkmoot_model::features::documents::DocumentKind;
use folkmoot_model::features::people::Role;
use folkmoot_model::id::StreamId;
use folkmoot_wire::y_websocket::{Aware, aware_update};

async fn creates(person: &Person) -> StreamId {
    let create =
        DocumentCommand::CreateDocument { room: person.welcome, kind: DocumentKind::Code, title: "Rollout".into() };
    match person.dispatch(create).await {
        Done::Opened { stream } => stream,
        other => panic!("creating answered {other:?}"),
    }
}

async fn finds(person: &Person, document: StreamId) {
    let space = person.space_id().await;
    let listed = |view: &SpaceView| view.documents.iter().any(|item| item.id == document);
    person.until(View::Space { space }, listed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_write_one_document_together() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let document = creates(&ana).await;
    let mut at_ana = Editor::open(&ana, document, 11).await;
    at_ana.types("one ").await;
    finds(&bo, document).await;
    let mut at_bo = Editor::open(&bo, document, 22).await;
    at_bo.until(|text| text == "one ").await;
    at_bo.types("two ").await;
    at_ana.until(|text| text == "one two ").await;
    at_ana.types("three").await;
    at_bo.until(|text| text == "one two three").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_both_wrote_apart_is_joined_and_survives_closing() {
    let team = Team::new().await;
    let mut ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    let document = creates(&ana).await;
    let at_ana = Editor::open(&ana, document, 11).await;
    at_ana.types("base. ").await;
    ana.online().await;
    finds(&bo, document).await;
    Editor::open(&bo, document, 22).await.until(|text| text == "base. ").await;
    bo.online().await;

    ana.reopen_offline().await;
    bo.reopen_offline().await;
    let mut at_ana = Editor::open(&ana, document, 33).await;
    at_ana.until(|text| text == "base. ").await;
    at_ana.types("ana was here. ").await;
    let mut at_bo = Editor::open(&bo, document, 44).await;
    at_bo.until(|text| text == "base. ").await;
    at_bo.types("bo too. ").await;
    at_bo.types("and wrote twice. ").await;

    bo.reopen_offline().await;
    let mut at_bo = Editor::open(&bo, document, 55).await;
    at_bo.until(|text| text == "base. bo too. and wrote twice. ").await;

    ana.reopen_online().await;
    bo.reopen_online().await;
    let whole = |text: &str| {
        text.len() == "base. ana was here. bo too. and wrote twice. ".len()
            && text.contains("ana was here. ")
            && text.contains("bo too. and wrote twice. ")
    };
    let mut at_ana = Editor::open(&ana, document, 66).await;
    at_ana.until(whole).await;
    let mut at_bo = Editor::open(&bo, document, 77).await;
    at_bo.until(whole).await;
    assert_eq!(at_ana.text(), at_bo.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_opens_without_a_link_also_after_a_restart() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    ana.posts("Good morning.").await;
    bo.reads("Good morning.").await;
    let (read, unread) = (creates(&ana).await, creates(&ana).await);
    Editor::open(&ana, read, 11).await.types("The plan.").await;
    ana.online().await;
    finds(&bo, unread).await;
    Editor::open(&bo, read, 22).await.until(|text| text == "The plan.").await;

    bo.killed_and_reopened_offline().await;
    for client in [33, 44] {
        assert_eq!(bo.view::<AppView>(View::App).await.phase, Phase::Ready);
        assert_eq!(bo.space().await.documents.len(), 2);
        assert!(bo.room().await.held);
        assert_eq!(bo.texts().await, ["Good morning."]);
        let held: DocumentView = bo.view(View::Document { document: read }).await;
        assert!(held.held && held.can_write);
        Editor::open(&bo, read, client).await.until(|text| text.starts_with("The plan.")).await;
        // What was never on this device is not empty: it is not here, however often it is opened.
        drop(Editor::open(&bo, unread, client).await);
        assert!(!bo.view::<DocumentView>(View::Document { document: unread }).await.held);
        bo.reopen_offline().await;
    }
    let made = creates(&bo).await;
    assert!(bo.view::<DocumentView>(View::Document { document: made }).await.held);
    let mut at_bo = Editor::open(&bo, made, 55).await;
    at_bo.types("Written on the train.").await;
    at_bo.until(|text| text == "Written on the train.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_of_one_person_see_each_others_caret_until_one_closes() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let document = creates(&ana).await;
    let at_desk = Editor::open(&ana, document, 11).await;
    at_desk.types("here").await;
    ana.online().await;
    let laptop = team.second_device(&ana, "laptop").await;
    finds(&laptop, document).await;
    let mut on_lap = Editor::open(&laptop, document, 22).await;
    on_lap.until(|text| text == "here").await;
    laptop.online().await;
    at_desk.shows(&caret(11, 9, r#"{"cursor":3}"#)).await;
    let (client, state) = on_lap.sees_caret().await;
    assert_eq!((client, &state["cursor"], &state["user"]["name"]), (11, &3.into(), &"Ana".into()));
    ana.handle.doc_close(at_desk.channel.number).await.expect("the engine runs");
    assert_eq!(on_lap.sees_caret().await, (11, serde_json::Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caret_bears_the_name_of_whose_it_is_and_nobody_moves_it_or_takes_it_away() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let document = creates(&ana).await;
    let mut at_ana = Editor::open(&ana, document, 11).await;
    at_ana.types("here").await;
    ana.online().await;
    let (bo, eve) = (team.member("Bo", Role::Member).await, team.member("Eve", Role::Member).await);
    let mut editors = Vec::new();
    for (person, client) in [(&bo, 22), (&eve, 33)] {
        finds(person, document).await;
        let mut editor = Editor::open(person, document, client).await;
        editor.until(|text| text == "here").await;
        person.online().await;
        editors.push(editor);
    }
    let [at_bo, at_eve] = &mut editors[..] else { panic!("two editors") };
    at_bo.shows(&caret(22, 1, r#"{"cursor":1}"#)).await;
    for editor in [&mut at_ana, at_eve] {
        let (client, state) = editor.sees_caret().await;
        assert_eq!((client, &state["user"]["name"]), (22, &"Bo".into()));
    }
    // Eve says that she is Bo, that Bo is elsewhere and that he is gone: only the first is heard, and under her name.
    at_eve.shows(&caret(22, u32::MAX, r#"{"cursor":9,"user":{"name":"Bo"}}"#)).await;
    at_eve.shows(&caret(22, u32::MAX, "null")).await;
    at_eve.shows(&caret(33, 1, r#"{"cursor":2,"user":{"name":"Bo"}}"#)).await;
    let (client, state) = at_ana.sees_caret().await;
    assert_eq!((client, &state["user"]["name"]), (33, &"Eve".into()));
    // And Bo's goes on.
    at_bo.shows(&caret(22, 2, r#"{"cursor":3}"#)).await;
    let (client, state) = at_ana.sees_caret().await;
    assert_eq!((client, &state["cursor"], &state["user"]["name"]), (22, &3.into(), &"Bo".into()));
}

/// The frame in which an editor shows the caret of a Yjs client.
fn caret(client: u32, clock: u32, state: &str) -> Vec<u8> {
    let update = aware_update(&[Aware { client, clock, state: state.into() }]);
    [vec![1], update].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_listed_as_they_were_last_changed_also_once_all_is_sent() {
    let team = Team::new().await;
    let mut ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    let older = creates(&ana).await;
    Editor::open(&ana, older, 10).await.types("Ana. ").await;
    ana.online().await;
    let newer = creates(&ana).await;
    let order = |view: &SpaceView| view.documents.iter().map(|item| item.id).collect::<Vec<_>>();
    let space = ana.space_id().await;
    ana.until(View::Space { space }, |view| order(view) == [newer, older]).await;
    finds(&bo, newer).await;
    let mut at_bo = Editor::open(&bo, older, 22).await;
    at_bo.until(|text| text == "Ana. ").await;
    assert_eq!(order(&bo.space().await), [newer, older], "what was changed before he looked is not known to have been");
    at_bo.types("Bo. ").await;
    bo.until(View::Space { space }, |view| order(view) == [older, newer]).await;
    bo.online().await;
    let mut at_ana = Editor::open(&ana, older, 11).await;
    at_ana.until(|text| text == "Ana. Bo. ").await;
    at_bo.types("And now. ").await;
    at_ana.until(|text| text == "Ana. Bo. And now. ").await;
    ana.until(View::Space { space }, |view| order(view) == [older, newer]).await;
    let at_ana = Editor::open(&ana, newer, 12).await;
    at_ana.types("Mine.").await;
    ana.online().await;
    assert_eq!(order(&ana.space().await), [newer, older], "what is sent stays in its place");
    assert_eq!(order(&bo.space().await), [older, newer]);
    drop(at_bo);
    ana.reopen_offline().await;
    assert_eq!(order(&ana.space().await), [newer, older], "also after a restart");
}
