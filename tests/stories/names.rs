//! Names and texts as people write them: in one form, seen, and telling apart who they are.

use super::team::{PASSWORD, Team};
use folkmoot_client::command::Refused;
use folkmoot_client::features::accounts::commands::AccountCommand;
use folkmoot_client::features::documents::commands::DocumentCommand;
use folkmoot_client::features::messages::commands::MessageCommand;
use folkmoot_client::features::people::commands::PeopleCommand;
use folkmoot_client::features::rooms::commands::RoomCommand;
use folkmoot_client::view::{AppView, SpaceView, View};
use folkmoot_model::features::people::Role;
use folkmoot_model::id::PersonId;
use folkmoot_model::refusal::Code;

fn is_bad(refused: &Refused) -> bool {
    matches!(refused, Refused::Rule { refusal } if refusal.code == Code::BadRequest)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_the_same_on_every_keyboard() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let jose = team.member("José", Role::Member).await;
    ana.posts("@Jose\u{301} look").await;
    let look = jose.reads("@José look").await;
    assert!(look.names_me, "as a Mac types it");

    // His password, too: joined with one form, signed in with the other.
    let link = team.invite(Role::Member).await;
    let mac = team.stranger("Mac");
    let join = AccountCommand::Join { link: link.clone(), name: "Zoë".into(), password: "crème brûlée".into() };
    mac.handle.dispatch(join).await.expect("she joins");
    let other = team.stranger("Other");
    let (name, password) = ("Zoe\u{308}".to_owned(), "cre\u{300}me bru\u{302}le\u{301}e".to_owned());
    other.handle.dispatch(AccountCommand::SignIn { server: link, name, password }).await.expect("she signs in");
    let app: AppView = other.until(View::App, |app: &AppView| app.me.is_some()).await;
    assert_eq!(app.me.expect("it is her").name, "Zoë");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_sees_or_what_turns_its_neighbours_is_no_name_and_no_text() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let space = ana.space_id().await;
    for blank in ["\u{3164}", "\u{200b}", "\u{2800}\n"] {
        let post = MessageCommand::Post { room: ana.welcome, text: blank.into(), reply_to: None, thread: None };
        assert!(is_bad(&ana.refused(post).await), "{blank:?}");
    }
    for name in ["\u{3164}", "Bo\u{202e}", "a\u{2066}b"] {
        let named = PeopleCommand::ChangeProfile { space, name: name.into(), colour: 1 };
        assert!(is_bad(&ana.refused(named).await), "{name:?}");
        let (access, topic) = (folkmoot_model::features::rooms::RoomAccess::Public, String::new());
        let room = RoomCommand::OpenRoom { space, access, name: name.into(), topic, members: vec![] };
        assert!(is_bad(&ana.refused(room).await), "{name:?}");
        let kind = folkmoot_model::features::documents::DocumentKind::Code;
        let document = DocumentCommand::CreateDocument { room: ana.welcome, kind, title: name.into() };
        assert!(is_bad(&ana.refused(document).await), "{name:?}");
        let join = AccountCommand::Join {
            link: team.invite(Role::Member).await,
            name: name.into(),
            password: PASSWORD.into(),
        };
        let stranger = team.stranger("Stranger");
        let refused = stranger.handle.dispatch(join).await.expect_err("no such name");
        assert!(is_bad(&refused), "{name:?}: {refused:?}");
    }
    ana.dispatch(PeopleCommand::ChangeProfile { space, name: "👩‍🚀 Ana".into(), colour: 1 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_a_name_that_looks_like_anothers() {
    let team = Team::new().await;
    drop(team.member("Ana", Role::Owner).await);
    for (n, name) in ["Аna", "ana", "ＡＮＡ"].into_iter().enumerate() {
        let link = team.invite(Role::Member).await;
        let stranger = team.stranger(["One", "Two", "Three"][n]);
        let join = AccountCommand::Join { link, name: name.into(), password: PASSWORD.into() };
        assert_eq!(stranger.handle.dispatch(join).await, Err(Refused::NameTaken), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_a_name_in_a_space_that_looks_like_anothers_is_told_from_them_by_everybody() {
    let team = Team::new().await;
    let ana = team.member("Ana", Role::Owner).await;
    let eve = team.member("Eve", Role::Member).await;
    let bo = team.member("Bo", Role::Member).await;
    let space = ana.space_id().await;
    eve.dispatch(PeopleCommand::ChangeProfile { space, name: "Аna".into(), colour: 1 }).await;
    let mark = |id: PersonId| id.to_string()[..8].to_owned();
    let (hers, eves) = (format!("Ana · {}", mark(ana.id().await)), format!("Аna · {}", mark(eve.id().await)));
    bo.until(View::Space { space }, |view: &SpaceView| {
        [&hers, &eves].iter().all(|name| view.people.iter().any(|person| person.name == **name))
    })
    .await;
    eve.posts("send it to me").await;
    assert_eq!(bo.reads("send it to me").await.author_name, eves);
    bo.posts(&format!("@{hers} is that you?")).await;
    assert!(ana.reads(&format!("@{hers} is that you?")).await.names_me);
    assert!(!eve.reads(&format!("@{hers} is that you?")).await.names_me);
    let eve_as_she_sees_herself = eve.view::<AppView>(View::App).await.me.expect("she is signed in");
    assert_eq!(eve_as_she_sees_herself.name, "Аna", "what she changes is what she has chosen");
}
