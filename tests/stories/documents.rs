//! Two people write one document together, online and apart.

use super::team::{Editor, Person, Team};
use folkmoot_client::command::{Command, Done};
use folkmoot_client::view::{SpaceView, View};
use folkmoot_model::documents::DocumentKind;
use folkmoot_model::id::StreamId;
use folkmoot_model::members::Role;

async fn creates(person: &Person) -> StreamId {
    let create = Command::CreateDocument { room: person.welcome, kind: DocumentKind::Code, title: "Rollout".into() };
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
    // As y-protocols writes it: one client, 11, at clock 9, with the state `{}`.
    let caret = [1, 1, 11, 9, 2, b'{', b'}'];
    at_desk.shows(&caret).await;
    on_lap.hears(&caret).await;
    ana.doors.doc_close(at_desk.door.door).await.expect("the engine runs");
    on_lap.hears(&[1, 1, 11, 9, 4, b'n', b'u', b'l', b'l']).await;
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
