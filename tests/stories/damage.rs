//! What a disk or a server does wrong costs nobody what they wrote, and is told.

use super::team::{Editor, Person, Team};
use folkmoot_client::command::{Done, Refused};
use folkmoot_client::features::accounts::commands::AccountCommand;
use folkmoot_client::features::documents::commands::DocumentCommand;
use folkmoot_client::view::{AppView, DocumentView, LinkState, SendState, SpaceView, View};
use folkmoot_model::event::encode;
use folkmoot_model::features::documents::{DocumentEdited, DocumentKind};
use folkmoot_model::features::people::Role;
use folkmoot_model::id::StreamId;
use std::path::Path;
use std::time::Duration;

async fn creates(person: &Person) -> StreamId {
    let create =
        DocumentCommand::CreateDocument { room: person.welcome, kind: DocumentKind::Code, title: "Rollout".into() };
    let Done::Opened { stream } = person.dispatch(create).await else { panic!("no document") };
    stream
}

async fn finds(person: &Person, document: StreamId) {
    let space = person.space_id().await;
    let listed = |view: &SpaceView| view.documents.iter().any(|item| item.id == document);
    person.until(View::Space { space }, listed).await;
}

/// Changes bytes in the middle of every file of a folder, as a dying disk does.
fn spoil(folder: &Path) -> usize {
    let mut spoilt = 0;
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            spoilt += spoil(&path);
            continue;
        }
        let mut bytes = std::fs::read(&path).expect("it can be read");
        bytes.iter_mut().step_by(97).for_each(|byte| *byte ^= 0x5a);
        std::fs::write(&path, bytes).expect("it can be written");
        spoilt += 1;
    }
    spoilt
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spoilt_store_is_set_aside_and_filled_again_and_what_was_queued_is_sent_once() {
    let team = Team::new().await;
    let mut ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    for text in ["one", "two"] {
        bo.posts(text).await;
        ana.reads(text).await;
    }
    ana.reopen_offline().await;
    for text in ["queued 1", "queued 2", "queued 3"] {
        ana.posts(text).await;
    }
    ana.quit().await;
    assert!(spoil(&ana.dir.join("store")) > 0);
    ana.reopen_offline().await;
    let app: AppView = ana.until(View::App, |app: &AppView| app.quarantined.is_some()).await;
    let aside = app.quarantined.expect("it was just there");
    assert!(Path::new(&aside).exists(), "{aside} is kept");
    assert_eq!(app.pending, 3, "the journal is another file");
    ana.reopen_online().await;
    let all = ["one", "two", "queued 1", "queued 2", "queued 3"];
    bo.reads("queued 3").await;
    assert_eq!(bo.texts().await, all);
    ana.sees(|room| room.messages.len() == all.len()).await;
    assert_eq!(ana.texts().await, all);
    assert!(ana.room().await.messages.iter().all(|message| message.standing == SendState::Accepted));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_whose_last_write_was_cut_keeps_all_that_came_before() {
    let team = Team::new().await;
    let mut ana = team.member("Ana", Role::Owner).await;
    let bo = team.member("Bo", Role::Member).await;
    ana.reopen_offline().await;
    ana.posts("whole").await;
    ana.posts("cut").await;
    ana.quit().await;
    let journal = ana.dir.join("outbox.journal");
    let bytes = std::fs::read(&journal).expect("it is there");
    std::fs::write(&journal, &bytes[..bytes.len() - 9]).expect("it can be written");
    ana.reopen_online().await;
    bo.reads("whole").await;
    assert_eq!(bo.texts().await, ["whole"]);
    ana.posts("after").await;
    bo.reads("after").await;
    assert_eq!(bo.texts().await, ["whole", "after"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_not_sound_damages_one_document_and_nothing_else() {
    let mut team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let mut bo = team.member("Bo", Role::Member).await;
    let document = creates(&ana).await;
    let at_ana = Editor::open(&ana, document, 11).await;
    at_ana.types("sound").await;
    ana.online().await;
    finds(&bo, document).await;
    bo.quit().await;
    at_ana.types(" and not").await;
    ana.online().await;
    team.stop().await;
    // The server's own disk lies: a bomb of five bytes in place of the last change.
    let bomb = encode(&DocumentEdited { update: vec![0xff, 0xff, 0xff, 0x3f, 0] });
    {
        let db = rusqlite::Connection::open(team.log()).expect("the log opens");
        let sql = "UPDATE event SET body = ?1 WHERE stream = ?2 AND kind = 50 \
                   AND seq = (SELECT max(seq) FROM event WHERE stream = ?2)";
        assert_eq!(db.execute(sql, rusqlite::params![bomb, document.as_bytes()]), Ok(1));
    }
    team.serve().await;
    bo.reopen_online().await;
    let mut at_bo = Editor::open(&bo, document, 22).await;
    bo.until(View::Document { document }, |view: &DocumentView| view.damaged && !view.can_write).await;
    at_bo.until(|text| text == "sound").await;
    assert_eq!(at_bo.tries(" more").await, Err(Refused::Damaged));
    // All else goes on, also after a restart.
    ana.dispatch(AccountCommand::TryNow).await;
    bo.posts("still here").await;
    ana.reads("still here").await;
    bo.reopen_online().await;
    let mut at_bo = Editor::open(&bo, document, 23).await;
    at_bo.until(|text| text == "sound").await;
    bo.until(View::Document { document }, |view: &DocumentView| view.damaged).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_editor_says_that_is_not_sound_is_refused_and_the_document_lives() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let document = creates(&ana).await;
    let editor = Editor::open(&ana, document, 11).await;
    editor.types("sound").await;
    for bad in [vec![0xff, 0xff, 0xff, 0x3f, 0], vec![], vec![1, 1, 5, 9, 0x84, 5, 8, 1, b'x', 0], vec![7; 4_000]] {
        let refused = ana.handle.doc_push(editor.channel.number, [vec![0], bad.clone()].concat()).await;
        assert!(matches!(refused, Err(Refused::Rule { .. })), "{bad:?}: {refused:?}");
    }
    editor.types(" and on").await;
    ana.online().await;
    let mut again = Editor::open(&ana, document, 12).await;
    again.until(|text| text == "sound and on").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_was_first_with_a_client_id_takes_no_word_away() {
    let team = Team::new().await;
    let mut ana = team.member("Ana", Role::Owner).await;
    let eve = team.member("Eve", Role::Member).await;
    let document = creates(&ana).await;
    Editor::open(&ana, document, 11).await.types("base. ").await;
    ana.online().await;
    finds(&eve, document).await;
    ana.reopen_offline().await;
    let mut at_ana = Editor::open(&ana, document, 77).await;
    at_ana.until(|text| text == "base. ").await;
    at_ana.types("hours of work. ").await;
    at_ana.types("and more. ").await;
    // Meanwhile somebody uses the id that ana's editor shows to all.
    let mut at_eve = Editor::open(&eve, document, 77).await;
    at_eve.until(|text| text == "base. ").await;
    at_eve.types("squatted. ").await;
    eve.online().await;

    ana.reopen_online().await;
    let whole = |text: &str| {
        ["base. ", "hours of work. ", "and more. ", "squatted. "].iter().all(|part| text.matches(part).count() == 1)
    };
    let mut at_ana = Editor::open(&ana, document, 78).await;
    at_ana.until(whole).await;
    let mut elsewhere = Editor::open(&eve, document, 79).await;
    elsewhere.until(whole).await;
    assert_eq!(at_ana.text(), elsewhere.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_editor_under_a_taken_client_id_begins_again_and_what_it_says_meanwhile_is_kept() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let eve = team.member("Eve", Role::Member).await;
    let document = creates(&ana).await;
    Editor::open(&ana, document, 11).await.types("base. ").await;
    ana.online().await;
    finds(&eve, document).await;
    let mut at_eve = Editor::open(&eve, document, 77).await;
    at_eve.until(|text| text == "base. ").await;
    // Ana's editor has the base and, of a slow link, not yet what eve says.
    let mut at_ana = Editor::open(&ana, document, 77).await;
    at_ana.until(|text| text == "base. ").await;
    at_eve.types("squatted. ").await;
    eve.online().await;
    at_ana.types("typed. ").await;
    at_ana.hears(&[3]).await;
    at_ana.types("typed meanwhile. ").await;
    let mut anew = Editor::open(&ana, document, 78).await;
    let parts = ["base. ", "squatted. ", "typed. ", "typed meanwhile. "];
    anew.until(|text| parts.iter().all(|part| text.matches(part).count() == 1)).await;
    ana.online().await;
    let mut elsewhere = Editor::open(&eve, document, 79).await;
    elsewhere.until(|text| parts.iter().all(|part| text.matches(part).count() == 1)).await;
    assert_eq!(anew.text(), elsewhere.text());
}

/// A stopped server parts from everybody; nobody waits for a heartbeat that does not come.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_is_missed_at_once() {
    let mut team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    team.stop().await;
    let mut standing = ana.handle.status();
    let offline = standing.wait_for(|standing| matches!(standing.link, LinkState::Offline { .. }));
    assert!(tokio::time::timeout(Duration::from_secs(2), offline).await.is_ok());
}
